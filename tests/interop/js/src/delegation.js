// SPEC §5.

import * as members from './members.js'
import { refuse } from './refusal.js'
import { sign, verify } from './signing.js'
import * as texts from './texts.js'

const LONGEST = 366 * texts.DAY

export function readDelegation(document) {
  members.object(document)
  const delegation = {
    did: members.required(document, 'did', texts.isDid),
    keyBytes: members.required(document, 'key', texts.key),
    key: document.key,
    sequence: members.required(document, 'sequence', members.integer()),
    notBefore: members.required(document, 'not_before', texts.time),
    notAfter: members.required(document, 'not_after', texts.time),
  }
  if (delegation.notAfter - delegation.notBefore > LONGEST) refuse('bad_delegation', 'too long')
  verify('delegation', document, texts.did(delegation.did), 'bad_delegation')
  return delegation
}

export const covers = (delegation, at) => delegation.notBefore <= at && at < delegation.notAfter

/** The delegation that `document` carries: of `did`, for `key` (if one is named), and covering `at`. */
export function carried(document, did, key, at) {
  if (document.delegation === undefined || document.delegation === null) refuse('bad_delegation', 'there is none')
  const delegation = readDelegation(document.delegation)
  if (delegation.did !== did) refuse('bad_delegation', "somebody else's")
  if (key !== null && delegation.key !== key) refuse('bad_delegation', 'for another key')
  if (!covers(delegation, at)) refuse('bad_delegation', 'for another time')
  return delegation
}

export function delegate(owner, agent, now) {
  const document = {
    did: owner.did,
    key: agent.text,
    sequence: 1,
    not_before: texts.timeText(now - texts.DAY),
    not_after: texts.timeText(now + 180 * texts.DAY),
  }
  return sign('delegation', document, owner)
}
