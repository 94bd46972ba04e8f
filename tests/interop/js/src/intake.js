// SPEC §9: taking envelopes in, each with a receipt.

import { actOf, checkApproval } from './acts.js'
import { Conversation } from './conversation.js'
import { judgeAge, readEnvelope } from './envelope.js'
import { digest, digestOfBytes } from './json.js'
import { isPassing, readReceipt } from './receipts.js'
import { Refusal, refuse } from './refusal.js'
import { BATCH, openSealed, readBatch, readSealed } from './sealed.js'
import * as members from './members.js'
import * as texts from './texts.js'

const STRANGERS = 64
const HELD_FROM_ONE = 5
const MESSAGES = 100
const OPENING = new Set(['request', 'message', 'inform'])
const CLOSING = new Set(['confirm', 'reject'])

export class Intake {
  /** `self` has `did`, `prekeys`, `now()`, `tell(event)`, and `receipt(envelope, receipt)` for later receipts. */
  constructor(self) {
    this.self = self
    this.known = new Set()
    this.conversations = new Map()
    this.seen = new Map()
    this.sequences = new Map()
    this.held = new Map()
  }

  /** The receipts for a batch's bytes. */
  batch(bytes) {
    let entries
    try {
      entries = readBatch(bytes)
    } catch (problem) {
      return [this.refused(digestOfBytes(bytes), problem)]
    }
    const receipts = []
    const late = new Set()
    entries.forEach((entry, at) => {
      const room = BATCH - receipts.length - (entries.length - at - 1)
      receipts.push(...this.entry(entry, room, late))
    })
    return receipts
  }

  entry(entry, room, late) {
    let envelopes
    try {
      const sealed = readSealed(entry)
      if (sealed.to !== this.self.did) refuse('wrong_recipient')
      const inside = openSealed(sealed, this.self.prekeys)
      if (inside.length > room) refuse('too_large', 'too many for one answer')
      envelopes = inside.map((bytes) => attempt(() => readEnvelope(bytes, this.self.did)))
    } catch (problem) {
      return [this.refused(digest(entry), problem)]
    }
    return envelopes.map(({ value, problem }) =>
      problem ? this.refused(digest(entry), problem) : this.repeatOrNew(value, late))
  }

  repeatOrNew(envelope, late) {
    const key = `${envelope.from.did} ${envelope.id}`
    const before = this.seen.get(key)
    if (before) {
      return before.digest === envelope.digest ? before.receipt : this.answer(envelope, 'replayed_differently')
    }
    const receipt = late.has(envelope.conversation) ? this.answer(envelope, 'busy') : this.fresh(envelope)
    if (isPassing(receipt.code)) late.add(envelope.conversation)
    else this.seen.set(key, { digest: envelope.digest, receipt })
    return receipt
  }

  /** Steps 3 to 6. */
  fresh(envelope) {
    try {
      judgeAge(envelope, this.self.now())
      const { did } = envelope.from
      if (envelope.delegation.sequence < (this.sequences.get(did) ?? 0)) refuse('bad_delegation', 'an older one')
      if (envelope.type === 'ping' && 'invite' in envelope.payload) refuse('invite_invalid')
      if (!this.known.has(did)) return this.hold(envelope)
      this.sequences.set(did, envelope.delegation.sequence)
      return this.fromKnown(envelope)
    } catch (problem) {
      return this.answer(envelope, codeOf(problem))
    }
  }

  hold(envelope) {
    const held = { id: envelope.id, digest: envelope.digest, status: 'held', at: envelope.document.timestamp }
    // They belong to no conversation: there is nothing to keep for the owner.
    if (envelope.type === 'ping' || envelope.type === 'receipt') return held
    const waiting = this.held.get(envelope.from.did) ?? []
    if (waiting.length >= HELD_FROM_ONE || (waiting.length === 0 && this.held.size >= STRANGERS)) refuse('quarantined')
    this.held.set(envelope.from.did, [...waiting, envelope])
    this.self.tell({ event: 'held', from: envelope.from.did, id: envelope.id })
    return held
  }

  /** The owner accepts a stranger: what waits is taken in, and its receipts are given back. */
  accept(did) {
    this.known.add(did)
    const waiting = this.held.get(did) ?? []
    this.held.delete(did)
    return waiting.map((envelope) => {
      const receipt = attempt(() => this.fromKnown(envelope))
      const answer = receipt.value ?? this.answer(envelope, codeOf(receipt.problem))
      this.seen.set(`${did} ${envelope.id}`, { digest: envelope.digest, receipt: answer })
      return answer
    })
  }

  /** Steps 7 to 10. */
  fromKnown(envelope) {
    const { type, payload } = envelope
    if (type === 'receipt') return this.laterReceipts(envelope, payload)
    if (type === 'ping') return this.answer(envelope)
    const act = actOf(envelope)
    const known = this.conversations.get(envelope.conversation)
    checkApproval(envelope, act, known?.standing?.terms)
    if (known && known.other !== envelope.from.did) refuse('not_a_party')
    if (!known && act.act === 'cancel') refuse('unknown_conversation')
    const conversation = known ?? this.open(envelope)
    if (conversation.messages >= MESSAGES && !CLOSING.has(type) && act.act !== 'cancel') refuse('over_budget')
    const code = conversation.hear(envelope, act)
    this.self.tell({
      event: 'envelope', from: envelope.from.did, conversation: conversation.id, id: envelope.id, type,
      intent: envelope.intent, act: act.act, hash: act.hash ?? null, outcome: code ?? 'accepted', state: conversation.state(),
    })
    return this.answer(envelope, code, conversation.state())
  }

  open(envelope) {
    if (!OPENING.has(envelope.type) || envelope.inReplyTo !== null) refuse('unknown_conversation')
    const { conversation: id, intent, expiresAt } = envelope
    const opened = new Conversation({ id, other: envelope.from.did, intent, openedByMe: false, expiresAt })
    this.conversations.set(id, opened)
    return opened
  }

  laterReceipts(envelope, payload) {
    const receipts = members.optional(payload, 'receipts', members.list(64, readReceipt)) ?? []
    for (const receipt of receipts) this.self.receipt(envelope.from.did, receipt)
    return this.answer(envelope)
  }

  answer(envelope, code = null, state = null) {
    const receipt = { id: envelope.id, digest: envelope.digest, at: texts.timeText(this.self.now()) }
    if (state) receipt.state = state
    return code ? { ...receipt, status: 'refused', code } : { ...receipt, status: 'accepted' }
  }

  refused(digestText, problem) {
    const at = texts.timeText(this.self.now())
    return { digest: digestText, status: 'refused', code: codeOf(problem), at }
  }
}

function attempt(body) {
  try {
    return { value: body() }
  } catch (problem) {
    return { problem }
  }
}

function codeOf(problem) {
  if (problem instanceof Refusal) return problem.code
  console.error(problem)
  return 'internal'
}
