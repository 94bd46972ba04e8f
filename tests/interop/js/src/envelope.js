// SPEC §7: what an envelope is, and who said it.

import { carried } from './delegation.js'
import { digest, readObject } from './json.js'
import * as members from './members.js'
import { refuse } from './refusal.js'
import { verify } from './signing.js'
import * as texts from './texts.js'

export const ENVELOPE_BYTES = 64 * 1024
const LONGEST = 14 * texts.DAY
const CLOCKS = 10 * texts.MINUTE
const USUAL = { ping: 'node.ping', message: 'message.relay', receipt: 'node.receipt' }
const SHORT = { schedule: 'schedule.meeting', info_request: 'info.request' }
const PLAIN = ['ping', 'message', 'request', 'response', 'confirm', 'reject', 'inform', 'receipt']

/** An envelope that came in for `me` (a did). */
export function readEnvelope(bytes, me) {
  return verifyEnvelope(readObject(bytes, { most: ENVELOPE_BYTES }), me)
}

/** Steps 1 to 5; without `me`, all of them but the third. */
export function verifyEnvelope(document, me = null) {
  const envelope = form(members.object(document))
  if (me !== null && envelope.to !== me) refuse('wrong_recipient')
  envelope.delegation = carried(document, envelope.from.did, envelope.from.key, envelope.timestamp)
  verify('envelope', document, envelope.delegation.keyBytes)
  envelope.digest = digest(document)
  return envelope
}

function form(document) {
  members.version(document)
  const from = members.required(document, 'from', members.object)
  const to = members.required(document, 'to', members.object)
  const envelope = {
    document,
    id: members.required(document, 'id', texts.id),
    timestamp: members.required(document, 'timestamp', texts.time),
    expiresAt: members.required(document, 'expires_at', texts.time),
    from: {
      agent: members.required(from, 'agent', texts.agentName),
      human: members.required(from, 'human', texts.humanName),
      did: members.required(from, 'did', texts.isDid),
      key: (members.required(from, 'key', texts.key), from.key),
    },
    to: members.required(to, 'did', texts.isDid),
    conversation: members.required(document, 'conversation', texts.id),
    inReplyTo: members.optional(document, 'in_reply_to', texts.id),
    payload: members.required(document, 'payload', members.object),
    approval: members.optional(document, 'approval', members.object),
    ...typeAndIntent(document),
  }
  members.optional(to, 'agent', texts.agentName)
  if (envelope.expiresAt <= envelope.timestamp) refuse('malformed', 'it ends before it begins')
  if (envelope.to === envelope.from.did) refuse('malformed', 'to its own sender')
  return envelope
}

function typeAndIntent(document) {
  const type = members.required(document, 'type', members.exactly(...PLAIN, ...Object.keys(SHORT)))
  const said = members.optional(document, 'intent', texts.intent)
  if (type in SHORT) {
    if (said !== null && said !== SHORT[type]) refuse('malformed', 'a short form with another intent')
    return { type: 'request', intent: SHORT[type] }
  }
  return { type, intent: said ?? USUAL[type] ?? refuse('malformed', 'no intent') }
}

/** SPEC §9, step 3. */
export function judgeAge(envelope, now) {
  if (envelope.expiresAt - envelope.timestamp > LONGEST) refuse('life_too_long')
  if (envelope.timestamp > now + CLOCKS) refuse('not_yet_valid')
  if (now >= envelope.expiresAt) refuse('expired')
}
