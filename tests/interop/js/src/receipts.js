// SPEC §10: what became of each envelope of a batch.

import { verifyCard } from './card.js'
import { carried } from './delegation.js'
import { readObject } from './json.js'
import * as members from './members.js'
import { refuse } from './refusal.js'
import { verify } from './signing.js'
import * as texts from './texts.js'

export const RECEIPTS_BYTES = 96 * 1024
const PHASES = ['proposed', 'negotiating', 'confirmed', 'rejected', 'expired']
const CODES = new Set(
  `malformed too_large too_deep unsupported_version unknown_suite unknown_prekey cannot_open bad_signature bad_delegation
  wrong_recipient expired not_yet_valid life_too_long replayed_differently blocked rate_limited quarantined invite_invalid
  unknown_conversation not_a_party crossed stale_terms approval_missing approval_invalid outside_mandate closed over_budget
  busy no_mailbox mailbox_full internal`.split(/\s+/),
)
const PASSING = new Set(
  'unknown_prekey not_yet_valid rate_limited quarantined busy no_mailbox mailbox_full internal'.split(' '),
)

/** A code that nobody knows counts as `internal`. */
export const codeOr = (code) => (CODES.has(code) ? code : 'internal')
export const isPassing = (code) => PASSING.has(code)

/** The answer of `did` to a batch. */
export function readReceipts(bytes, did) {
  const document = readObject(bytes, { most: RECEIPTS_BYTES })
  members.version(document)
  members.required(document, 'type', members.exactly('receipts'))
  const from = members.required(document, 'from', members.object)
  const signer = members.required(from, 'did', texts.isDid)
  members.required(from, 'key', texts.key)
  const timestamp = members.required(document, 'timestamp', texts.time)
  const receipts = members.required(document, 'receipts', members.list(64, readReceipt))
  if (signer !== did) refuse('bad_signature', "somebody else's")
  const delegation = carried(document, signer, from.key, timestamp)
  verify('receipts', document, delegation.keyBytes)
  const card = members.optional(document, 'card', verifyCard)
  if (card !== null && card.did !== did) refuse('malformed', "somebody else's card")
  return { document, receipts, card, delegation }
}

export function readReceipt(receipt) {
  members.object(receipt)
  const status = members.required(receipt, 'status', members.exactly('accepted', 'held', 'refused'))
  const code = members.optional(receipt, 'code', texts.text)
  if ((status === 'refused') !== (code !== null)) refuse('malformed', 'a code with a refusal, and only then')
  return {
    id: members.optional(receipt, 'id', texts.id),
    digest: members.required(receipt, 'digest', texts.digestText),
    status,
    code: code === null ? null : codeOr(code),
    retryAfter: members.optional(receipt, 'retry_after_s', members.integer(2 ** 32 - 1)),
    state: members.optional(receipt, 'state', readState),
    at: members.required(receipt, 'at', texts.time),
  }
}

function readState(state) {
  members.object(state)
  return {
    phase: members.required(state, 'phase', members.exactly(...PHASES)),
    terms: members.optional(state, 'terms', texts.digestText),
    cancelled: members.optional(state, 'cancelled', texts.id),
  }
}
