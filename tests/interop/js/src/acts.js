// SPEC §12: what an envelope does, and whether its sender's human wants it.

import { canonical, digestOfBytes } from './json.js'
import { covers, isTerms, readMandate } from './mandate.js'
import * as members from './members.js'
import { refuse, refusedAs } from './refusal.js'
import { sign, signedBytes, verify } from './signing.js'
import * as texts from './texts.js'

const TERMS_BYTES = 16 * 1024
const TERMS_DEPTH = 30
const CLOCKS = 10 * texts.MINUTE
/** The intent by which an `inform` calls off what was agreed. */
export const CANCEL = 'agreement.cancel'
const TALK = new Set(['message', 'inform', 'request', 'response'])

export const termsHash = (terms) => digestOfBytes(Buffer.from(canonical(terms)))

/** `{ act: 'offer' | 'confirm' | 'cancel' | 'reject' | 'talk' | 'none', hash?, terms?, replaces? }`. */
export function actOf(envelope) {
  const { type, intent, payload } = envelope
  if (type === 'ping' || type === 'receipt') return { act: 'none' }
  const hasTerms = payload.terms !== undefined && payload.terms !== null
  if (hasTerms && type !== 'request' && type !== 'response') refuse('malformed', 'terms where none may be')
  if (hasTerms) return offer(payload)
  if (type === 'confirm') return { act: 'confirm', hash: members.required(payload, 'terms_hash', texts.digestText) }
  if (type === 'inform' && intent === CANCEL) {
    members.optional(payload, 'reason', reason)
    return { act: 'cancel', hash: members.required(payload, 'terms_hash', texts.digestText) }
  }
  if (type === 'reject') {
    members.optional(payload, 'reason', reason)
    return { act: 'reject' }
  }
  members.optional(payload, 'text', texts.text)
  members.optional(payload, 'proposed_times', members.list(32, texts.text))
  return TALK.has(type) ? { act: 'talk' } : refuse('malformed', type)
}

function reason(value) {
  return [...texts.text(value)].length <= 1000 ? value : refuse('too_large')
}

function offer(payload) {
  const { terms } = payload
  if (!isTerms(terms)) refuse('malformed', 'terms that say nothing')
  if (depthOf(terms) > TERMS_DEPTH) refuse('too_deep')
  if (Buffer.byteLength(canonical(terms)) > TERMS_BYTES) refuse('too_large')
  // Here `null` says something, so leaving it out is another thing.
  if (payload.replaces === undefined) refuse('malformed', 'no replaces')
  return { act: 'offer', terms, hash: termsHash(terms), replaces: members.optional(payload, 'replaces', texts.id) }
}

function depthOf(value) {
  if (value === null || typeof value !== 'object') return 0
  return 1 + Math.max(0, ...Object.values(value).map(depthOf))
}

/** How the sender's human approved an act that binds them: `{ by, signed }`; null where none is needed. */
export function checkApproval(envelope, act, standing) {
  if (!['offer', 'confirm', 'cancel'].includes(act.act)) return null
  const { approval } = envelope
  if (approval === null) refuse('approval_missing')
  if (approval.by === 'owner') return refusedAs('approval_invalid', () => byOwner(envelope, act, approval))
  if (approval.by !== 'mandate') refuse('approval_invalid', 'by nobody known')
  const mandate = refusedAs('approval_invalid', () => {
    members.only(approval, 'by', 'mandate')
    return readMandate(approval.mandate, envelope.from.did)
  })
  // A cancel is the owner's alone.
  const terms = act.act === 'offer' ? act.terms : standing
  if (act.act === 'cancel' || !terms || !covers(mandate, envelope, terms)) refuse('outside_mandate')
  return { by: 'mandate', signed: signedBytes('mandate', approval.mandate) }
}

function byOwner(envelope, act, approval) {
  members.only(approval, 'by', 'did', 'act', 'with', 'conversation', 'terms', 'at', 'signature')
  const agreed = {
    did: envelope.from.did,
    with: envelope.to,
    conversation: envelope.conversation,
    act: envelope.type,
    terms: act.hash,
  }
  for (const [name, value] of Object.entries(agreed)) if (approval[name] !== value) refuse('approval_invalid', name)
  if (members.required(approval, 'at', texts.time) > envelope.timestamp + CLOCKS) refuse('approval_invalid', 'too late')
  verify('approval', approval, texts.did(approval.did))
  return { by: 'owner', signed: signedBytes('approval', approval) }
}

/** The owner's word for one act. */
export function approve(owner, { act, other, conversation, hash, now }) {
  const document = {
    by: 'owner', did: owner.did, act, with: other, conversation, terms: hash, at: texts.timeText(now),
  }
  return sign('approval', document, owner)
}
