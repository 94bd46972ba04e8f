// SPEC §22 and §23: what is asked of a volunteer, and what it answers.

import { isCurrent, verifyCard } from './card.js'
import { carried } from './delegation.js'
import { digest, readObject } from './json.js'
import * as members from './members.js'
import { codeOr } from './receipts.js'
import { refuse } from './refusal.js'
import { BATCH, readSealed } from './sealed.js'
import { verify } from './signing.js'
import * as texts from './texts.js'

const CLOCKS = 10 * texts.MINUTE
const FOUND = 16
const CHARACTERS = 128
const WORDS = 8
/** What stands before the 32 bytes of an Ed25519 key in a peer id: an identity multihash of its protobuf form. */
const PEER = Buffer.from('002408011220', 'hex')

function read(bytes, type) {
  const document = readObject(bytes)
  members.version(document)
  if (document.type === 'error' && type !== undefined) refuse(codeOr(members.required(document, 'code', texts.text)))
  if (type !== undefined) members.required(document, 'type', members.exactly(type))
  return document
}

/** `{ request, … }`; `given` is what the volunteer knows: `me`, `now`, and `from`, the peer that brought it. */
export function readMailboxRequest(bytes, given) {
  const document = read(bytes)
  const type = members.required(document, 'type', members.exactly('mailbox_register', 'mailbox_deposit', 'mailbox_collect'))
  if (type === 'mailbox_register') return readClaim(members.required(document, 'claim', members.object), given)
  if (type === 'mailbox_deposit') {
    const to = members.required(document, 'to', texts.isDid)
    const sealed = members.required(document, 'sealed', members.list(BATCH, (entry) => judge(entry, to)))
    return sealed.length > 0 ? { request: 'deposit', to, sealed } : refuse('malformed', 'nothing')
  }
  return {
    request: 'collect',
    did: members.required(document, 'did', texts.isDid),
    done: members.required(document, 'done', members.list(BATCH, texts.digestText)),
    after: members.required(document, 'after', members.integer()),
  }
}

function judge(entry, to) {
  let code = 'ok'
  try {
    if (readSealed(entry).to !== to) code = 'wrong_recipient'
  } catch (problem) {
    code = problem.code ?? 'internal'
  }
  return { digest: digest(entry), code }
}

function readClaim(claim, given) {
  members.version(claim)
  members.required(claim, 'type', members.exactly('mailbox_claim'))
  const from = members.required(claim, 'from', members.object)
  const did = members.required(from, 'did', texts.isDid)
  members.required(from, 'key', texts.key)
  const timestamp = members.required(claim, 'timestamp', texts.time)
  const [peer, mailbox] = ['peer', 'mailbox'].map((name) => members.required(claim, name, texts.peer))
  verify('claim', claim, carried(claim, did, from.key, timestamp).keyBytes)
  if (mailbox !== given.me || peer !== given.from) refuse('wrong_recipient')
  const now = texts.time(given.now)
  if (now > timestamp + CLOCKS) refuse('expired')
  if (now < timestamp - CLOCKS) refuse('not_yet_valid')
  return { request: 'claim', did, claim }
}

/** What a mailbox says that it keeps; it has to be signed by the node key that its peer id is. */
export function readCustody(bytes, { mailbox, to }) {
  const document = read(bytes, 'custody')
  const said = members.required(document, 'mailbox', texts.peer)
  const whom = members.required(document, 'to', texts.isDid)
  for (const name of ['at', 'until']) members.required(document, name, texts.time)
  const receipts = members.required(document, 'receipts', members.list(BATCH, custodyOf))
  if (said !== mailbox || whom !== to) refuse('bad_signature', "another's")
  const bytesOfPeer = texts.fromBase58(mailbox)
  if (!bytesOfPeer?.subarray(0, 6).equals(PEER) || bytesOfPeer.length !== 38) refuse('bad_signature', 'no Ed25519 key')
  verify('custody', document, bytesOfPeer.subarray(6))
  return { document, receipts }
}

function custodyOf(receipt) {
  members.object(receipt)
  const status = members.required(receipt, 'status', members.exactly('kept', 'refused'))
  const told = status === 'kept' ? 'kept' : codeOr(members.required(receipt, 'code', texts.text))
  return `${members.required(receipt, 'digest', texts.digestText)} ${told}`
}

export function readPlace(bytes) {
  const document = read(bytes, 'mailbox_place')
  members.required(document, 'until', texts.time)
  return { until: document.until, waiting: members.required(document, 'waiting', members.integer()) }
}

/** What a mailbox hands over; what is no seal is left out. */
export function readHandover(bytes) {
  const document = read(bytes, 'mailbox_batch')
  const sealed = members.required(document, 'sealed', members.list(BATCH, (entry) => (isSealed(entry) ? [digest(entry)] : [])))
  const [last, more] = ['last', 'more'].map((name) => members.required(document, name, members.integer()))
  return { sealed: sealed.flat(), last, more }
}

function isSealed(entry) {
  try {
    return readSealed(entry) !== null
  } catch {
    return false
  }
}

export function readDirectoryRequest(bytes) {
  const document = read(bytes)
  const type = members.required(document, 'type', members.exactly('directory_list', 'directory_unlist', 'directory_search'))
  if (type === 'directory_unlist') return { request: 'unlist', did: members.required(document, 'did', texts.isDid) }
  if (type === 'directory_list') {
    const card = members.required(document, 'card', verifyCard)
    return { request: 'list', did: card.did, sequence: card.sequence }
  }
  const search = {
    request: 'search',
    name: members.optional(document, 'name', searched),
    intent: members.optional(document, 'intent', texts.intent),
    text: members.optional(document, 'text', searched),
  }
  if (words(search.text).length > WORDS) refuse('too_large', 'too many words')
  return search
}

function searched(value) {
  return [...texts.text(value)].length <= CHARACTERS ? value : refuse('too_large')
}

const words = (text) => (text ?? '').split(/\s+/u).filter((word) => word !== '')

export function readListed(bytes) {
  const document = read(bytes, 'directory_listed')
  if (document.until === undefined) refuse('malformed', 'no until')
  members.optional(document, 'until', texts.time)
  return document.until
}

/** The cards that are believed: those that verify, are of this time, and fit what was asked. */
export function readFound(bytes, search, now) {
  const entries = members.required(read(bytes, 'directory_cards'), 'cards', members.list(FOUND, (entry) => entry))
  return entries.flatMap((entry) => {
    try {
      const card = verifyCard(entry)
      isCurrent(card, now)
      return fits(card, search) ? [card.did] : []
    } catch {
      return []
    }
  })
}

function fits(card, { name, intent, text }) {
  const names = [card.agent, card.human].map((one) => one.toLowerCase())
  const all = [...names, ...card.intents, ...card.languages].map((one) => one.toLowerCase())
  return (
    (name === null || names.includes(name.toLowerCase())) &&
    (intent === null || card.intents.includes(intent)) &&
    words(text).every((word) => all.some((one) => one.includes(word.toLowerCase())))
  )
}

