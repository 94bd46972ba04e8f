// SPEC §6.

import { createHash } from 'node:crypto'
import { carried } from './delegation.js'
import { canonical, digest, readObject } from './json.js'
import * as members from './members.js'
import { refuse } from './refusal.js'
import { verify } from './signing.js'
import * as texts from './texts.js'

export const SUITE = 'x25519-hkdf-sha256-aes-256-gcm'
export const CARD_BYTES = 16 * 1024
const LONGEST = 7 * texts.DAY
const CLOCKS = 10 * texts.MINUTE

export const prekeyIdOf = (bytes) => createHash('sha256').update(bytes).digest('hex').slice(0, 32)

export const readCard = (bytes) => verifyCard(readObject(bytes, { most: CARD_BYTES }))

export function verifyCard(document) {
  members.object(document)
  if (Buffer.byteLength(canonical(document)) > CARD_BYTES) refuse('too_large')
  members.version(document)
  members.required(document, 'type', members.exactly('card'))
  const card = {
    document,
    did: members.required(document, 'did', texts.isDid),
    agent: members.required(document, 'agent', texts.agentName),
    human: members.required(document, 'human', texts.humanName),
    sequence: members.required(document, 'sequence', members.integer()),
    issuedAt: members.required(document, 'issued_at', texts.time),
    expiresAt: members.required(document, 'expires_at', texts.time),
    nodes: members.required(document, 'nodes', members.list(4, readNode)),
    mailboxes: members.optional(document, 'mailboxes', members.list(4, mailbox)) ?? [],
    intents: members.optional(document, 'intents', members.list(32, texts.intent)) ?? [],
    languages: members.optional(document, 'languages', members.list(8, texts.language)) ?? [],
    timezone: members.optional(document, 'timezone', texts.timezone),
  }
  if (card.expiresAt <= card.issuedAt) refuse('malformed', 'it ends before it begins')
  if (card.expiresAt - card.issuedAt > LONGEST) refuse('life_too_long')
  card.delegation = carried(document, card.did, null, card.issuedAt)
  verify('card', document, card.delegation.keyBytes)
  card.digest = digest(document)
  return card
}

export function isCurrent(card, now) {
  if (card.issuedAt > now + CLOCKS) refuse('not_yet_valid')
  if (now >= card.expiresAt) refuse('expired')
  if (now >= card.delegation.notAfter) refuse('bad_delegation', 'it has ended')
}

export function takesThePlaceOf(card, other) {
  if (card.did !== other.did) return false
  const [mine, theirs] = [card.delegation.sequence, other.delegation.sequence]
  return mine > theirs || (mine === theirs && card.sequence > other.sequence)
}

/** The prekey to seal to: of this suite, the one with the latest end that has not passed. */
export function prekeyFor(card, now) {
  const usable = card.nodes.flatMap((node) => node.prekeys).filter((prekey) => now < prekey.notAfter)
  return usable.sort((one, other) => other.notAfter - one.notAfter)[0] ?? null
}

function readNode(node) {
  members.object(node)
  return {
    peer: members.required(node, 'peer', texts.peer),
    addresses: members.required(node, 'addresses', members.list(16, texts.address)),
    prekeys: members.required(node, 'prekeys', members.list(4, readPrekey)).filter((prekey) => prekey !== null),
  }
}

function readPrekey(prekey) {
  members.object(prekey)
  if (members.required(prekey, 'suite', texts.text) !== SUITE) return null
  const bytes = members.required(prekey, 'key', (value) => texts.base64(value, 32))
  const id = members.required(prekey, 'id', texts.prekeyId)
  if (id !== prekeyIdOf(bytes)) refuse('malformed', "a prekey under another's id")
  return { id, bytes, notAfter: members.required(prekey, 'not_after', texts.time) }
}

function mailbox(value) {
  return /\/p2p\/[A-Za-z0-9]+$/.test(texts.address(value)) ? value : refuse('malformed', 'a mailbox without /p2p/')
}
