// A whole node: keys, card, the wire, what arrives and what is said.

import { randomBytes, randomUUID } from 'node:crypto'
import { actOf, approve } from './acts.js'
import { writeAgreement } from './agreement.js'
import { CARD_BYTES, SUITE, isCurrent, prekeyFor, prekeyIdOf, readCard, verifyCard } from './card.js'
import { Conversation } from './conversation.js'
import { delegate } from './delegation.js'
import { verifyEnvelope } from './envelope.js'
import * as hpke from './hpke.js'
import { Intake } from './intake.js'
import { canonical, digest, readObject } from './json.js'
import * as members from './members.js'
import { RECEIPTS_BYTES, isPassing, readReceipts } from './receipts.js'
import { codeOrInternal } from './refusal.js'
import { BATCH_BYTES, sealTo, writeBatch } from './sealed.js'
import { keyPair, sign } from './signing.js'
import * as texts from './texts.js'
import * as wire from './wire.js'

const ATTEMPTS = 20
const LIFE = 7 * texts.DAY

export class Peer {
  constructor({ human, agent, tell }) {
    Object.assign(this, { human, agent, tell })
    this.owner = keyPair(randomBytes(32))
    this.agentKey = keyPair(randomBytes(32))
    this.did = this.owner.did
    const prekey = hpke.pairOf(randomBytes(32))
    this.prekey = { id: prekeyIdOf(prekey.bytes), bytes: prekey.bytes }
    this.prekeys = new Map([[this.prekey.id, prekey]])
    this.delegation = delegate(this.owner, this.agentKey, this.now())
    this.intake = new Intake(this)
    this.cards = new Map()
    this.sent = new Map()
    this.sequence = 0
  }

  now() {
    return Date.now()
  }

  async start() {
    this.node = await wire.startNode()
    await wire.serve(this.node, wire.CARD, wire.CARD_REQUEST_BYTES, (bytes, peer) => this.showCard(bytes, peer))
    await wire.serve(this.node, wire.ENVELOPE, BATCH_BYTES, (bytes) => this.answerBatch(bytes))
  }

  addresses() {
    return this.node.getMultiaddrs().map(String)
  }

  card() {
    const now = this.now()
    const prekey = {
      id: this.prekey.id, suite: SUITE, key: this.prekey.bytes.toString('base64'), not_after: texts.timeText(now + 2 * texts.DAY),
    }
    const addresses = this.addresses().map((address) => address.replace(/\/p2p\/.*/, ''))
    this.sequence += 1
    const card = {
      ai2ai: '0.2', type: 'card', did: this.did, agent: this.agent, human: this.human, sequence: this.sequence,
      issued_at: texts.timeText(now), expires_at: texts.timeText(now + LIFE), delegation: this.delegation,
      nodes: [{ peer: this.node.peerId.toString(), addresses, prekeys: [prekey] }], intents: ['schedule.meeting'],
    }
    return sign('card', card, this.agentKey)
  }

  showCard(bytes, peer) {
    try {
      const request = readObject(bytes)
      members.version(request)
      members.required(request, 'type', members.exactly('card_request'))
      const card = members.optional(request, 'card', verifyCard)
      if (card !== null) this.believe(card, peer)
    } catch (problem) {
      return Buffer.from(canonical({ ai2ai: '0.2', type: 'error', code: codeOrInternal(problem) }))
    }
    return Buffer.from(canonical(this.card()))
  }

  believe(card, peer) {
    isCurrent(card, this.now())
    if (!card.nodes.some((node) => node.peer === peer)) return
    this.cards.set(card.did, card)
  }

  /** Dials a node, and shows each other who we are. */
  async introduce(address) {
    const request = Buffer.from(canonical({ ai2ai: '0.2', type: 'card_request', card: this.card() }))
    const card = readCard(await wire.ask(this.node, [address], wire.CARD, request, CARD_BYTES))
    this.believe(card, address.split('/p2p/').at(-1))
    if (!this.cards.has(card.did)) throw new Error("somebody else's card")
    return card
  }

  answerBatch(bytes) {
    const receipts = this.intake.batch(bytes)
    const answer = {
      ai2ai: '0.2', type: 'receipts', from: { did: this.did, key: this.agentKey.text }, delegation: this.delegation,
      timestamp: texts.timeText(this.now()), receipts,
    }
    if (receipts.some((receipt) => receipt.code === 'unknown_prekey')) answer.card = this.card()
    return Buffer.from(canonical(sign('receipts', answer, this.agentKey)))
  }

  /** A later receipt, in an envelope of its own. */
  receipt(from, receipt) {
    const sent = this.sent.get(receipt.digest)
    if (!sent || sent.envelope.to !== from) return
    const act = actOf(sent.envelope)
    this.intake.conversations.get(sent.envelope.conversation)?.receipt(sent.envelope, act, receipt)
    this.tell({ event: 'receipt', digest: receipt.digest, status: receipt.status, code: receipt.code })
  }

  async accept(did) {
    const receipts = this.intake.accept(did)
    if (receipts.length > 0) await this.send(this.draft({ to: did, type: 'receipt', intent: 'node.receipt', payload: { receipts } }))
    return receipts.length
  }

  /** Opens a conversation, or goes on in one; resolves with the receipt. */
  async say({ to, conversation: id, type, intent, payload, approved }) {
    const known = this.intake.conversations.get(id)
    const other = known?.other ?? to
    const draft = this.draft({ to: other, conversation: id, type, intent: intent ?? known?.intent, payload })
    if (approved) draft.approval = this.approval(draft, other)
    const envelope = verifyEnvelope(sign('envelope', draft, this.agentKey))
    // Whom my owner writes to is no stranger.
    this.intake.known.add(other)
    const conversation = known ?? this.open(envelope)
    const act = actOf(envelope)
    conversation.say(envelope, act)
    const receipt = await this.deliver(envelope)
    conversation.receipt(envelope, act, receipt)
    return { conversation: conversation.id, id: envelope.id, status: receipt.status, code: receipt.code, told: receipt.state }
  }

  open(envelope) {
    const { conversation: id, to: other, intent, expiresAt } = envelope
    const opened = new Conversation({ id, other, intent, openedByMe: true, expiresAt })
    this.intake.conversations.set(id, opened)
    return opened
  }

  draft({ to, conversation = randomUUID(), type, intent, payload }) {
    const now = this.now()
    return {
      ai2ai: '0.2', id: randomUUID(), timestamp: texts.timeText(now), expires_at: texts.timeText(now + LIFE),
      from: { agent: this.agent, human: this.human, did: this.did, key: this.agentKey.text }, to: { did: to },
      conversation, type, intent, payload, delegation: this.delegation,
    }
  }

  /** The owner of this peer says yes: their key signs exactly these terms. */
  approval(draft, other) {
    const act = actOf(draft)
    return approve(this.owner, { act: draft.type, other, conversation: draft.conversation, hash: act.hash, now: this.now() })
  }

  send(draft) {
    return this.deliver(verifyEnvelope(sign('envelope', draft, this.agentKey)))
  }

  /** Brings one envelope until there is an answer that does not pass. */
  async deliver(envelope) {
    this.sent.set(envelope.digest, { envelope })
    for (let attempt = 1; ; attempt += 1) {
      const receipt = await this.bring(envelope)
      if (!isPassing(receipt.code) || attempt === ATTEMPTS) return receipt
      await new Promise((done) => setTimeout(done, (receipt.retryAfter ?? 1) * texts.SECOND))
    }
  }

  async bring(envelope) {
    const card = this.cards.get(envelope.to)
    const sealed = sealTo(envelope.to, prekeyFor(card, this.now()), [envelope.document])
    const node = card.nodes[0]
    const where = node.addresses.filter((one) => one.includes('/tcp/')).map((one) => `${one}/p2p/${node.peer}`)
    const answer = await wire.ask(this.node, where, wire.ENVELOPE, writeBatch([sealed]), RECEIPTS_BYTES)
    const { receipts, card: newer } = readReceipts(answer, envelope.to)
    if (newer !== null) this.cards.set(newer.did, newer)
    const wanted = [envelope.digest, digest(sealed)]
    return receipts.find((receipt) => wanted.includes(receipt.digest)) ?? { status: 'refused', code: 'internal' }
  }

  agreement(id) {
    const { offer, confirm, other, phase } = this.intake.conversations.get(id)
    if (phase !== 'confirmed') throw new Error(`it is ${phase}`)
    return writeAgreement(offer, confirm, [this.card(), this.cards.get(other).document])
  }
}
