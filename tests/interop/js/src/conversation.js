// SPEC §11: what both sides agree on.

import { isPassing } from './receipts.js'

const CLOSED = new Set(['confirmed', 'rejected', 'expired'])

export class Conversation {
  constructor({ id, other, intent, openedByMe, expiresAt }) {
    Object.assign(this, { id, other, intent, openedByMe, expiresAt })
    this.phase = 'proposed'
    this.standing = null
    this.pending = null
    this.messages = 0
    /** The envelopes of an agreement. */
    this.offer = null
    this.confirm = null
    /** Who has called it off, in which message: `me` once they have it, `they`. */
    this.cancelled = { me: null, they: null }
    /** Every cancel that I have said. */
    this.cancels = new Set()
  }

  get closed() {
    return CLOSED.has(this.phase)
  }

  state() {
    const rejecting = this.pending?.act.act === 'reject'
    const state = { phase: rejecting && !this.closed ? 'rejected' : this.phase, terms: this.standing?.hash ?? null }
    return this.cancelled.they === null ? state : { ...state, cancelled: this.cancelled.they }
  }

  /** An act of theirs arrives: null if it is accepted, else the code. */
  hear(envelope, act) {
    const mine = this.pending?.act.act
    if (act.act === 'cancel') return this.hearCancel(envelope, act, mine)
    if (this.closed || mine === 'reject') return 'closed'
    const refusal = this.judge(act, mine)
    if (refusal) return refusal
    this.messages += 1
    this.expiresAt = Math.max(this.expiresAt, envelope.expiresAt)
    if (this.openedByMe && act.act !== 'none') this.phase = 'negotiating'
    if (act.act === 'offer') this.replaceBy(envelope, act)
    if (act.act === 'reject') this.close('rejected')
    if (act.act === 'confirm') this.settle(envelope, act)
    return null
  }

  /** Whoever calls off what I am confirming has my confirm. */
  hearCancel(envelope, act, mine) {
    if (mine === 'reject' || this.phase === 'rejected' || this.phase === 'expired') return 'closed'
    const agreed = this.phase === 'confirmed' || mine === 'confirm'
    if (!agreed || this.standing.hash !== act.hash) return 'stale_terms'
    if (this.phase !== 'confirmed') this.accepted(this.pending.envelope, this.pending.act)
    this.messages += 1
    this.cancelled.they ??= envelope.id
    return null
  }

  judge(act, mine) {
    if (act.act === 'offer') return this.judgeOffer(act, mine)
    if (act.act !== 'confirm') return null
    if (mine === 'confirm') return 'stale_terms'
    if (mine === 'offer') return act.hash === this.pending.act.hash ? null : 'stale_terms'
    return this.standing?.mine && this.standing.hash === act.hash ? null : 'stale_terms'
  }

  judgeOffer(act, mine) {
    const fits = act.replaces === (this.standing?.message ?? null)
    if (mine === 'confirm') return 'busy'
    if (mine !== 'offer') return fits ? null : 'stale_terms'
    if (act.replaces === this.pending.envelope.id) return null
    if (this.openedByMe) return 'crossed'
    return fits ? null : 'stale_terms'
  }

  replaceBy(envelope, act) {
    if (this.pending && act.replaces === this.pending.envelope.id) this.pending = null
    this.stand(envelope, act, false)
  }

  stand(envelope, act, mine) {
    this.standing = { hash: act.hash, terms: act.terms, message: envelope.id, mine }
    this.offer = envelope
  }

  settle(envelope, act) {
    if (this.pending?.act.hash === act.hash) this.stand(this.pending.envelope, this.pending.act, true)
    this.confirm = envelope
    this.close('confirmed')
  }

  close(phase) {
    this.phase = phase
    this.pending = null
  }

  /** What I am about to say; throws where it may not be said. */
  say(envelope, act) {
    if (act.act === 'cancel') return this.sayCancel(envelope, act)
    const mine = this.pending?.act.act
    const allowed = {
      offer: !mine && act.hash !== this.standing?.hash,
      confirm: !mine && this.standing !== null && !this.standing.mine && this.standing.hash === act.hash,
      reject: !mine || mine === 'offer',
      talk: !mine || mine === 'offer',
    }
    if (this.closed || !allowed[act.act]) throw new Error(`a ${act.act} can't be said now`)
    this.messages += 1
    if (act.act !== 'talk') this.pending = { act, envelope }
  }

  sayCancel(envelope, act) {
    const agreed = this.phase === 'confirmed' && this.standing.hash === act.hash
    if (!agreed || this.pending !== null || this.cancelled.me !== null) throw new Error("a cancel can't be said now")
    this.messages += 1
    this.cancels.add(envelope.id)
    this.pending = { act, envelope }
  }

  /** A believed receipt for one of mine. */
  receipt(envelope, act, receipt) {
    const told = receipt.state?.phase
    if (act.act === 'cancel') return this.receiptOfCancel(envelope, act, receipt)
    if (receipt.status === 'held' || this.closed) return
    if (this.pending?.envelope.id !== envelope.id) return this.hint(receipt, told)
    if (receipt.status === 'accepted') return this.accepted(envelope, act)
    if (act.act === 'reject') return this.close('rejected')
    if (told === 'rejected' || told === 'expired') return this.close(told)
    if (act.act === 'confirm' && told === 'confirmed' && receipt.state.terms === act.hash) return this.accepted(envelope, act)
    if (receipt.code === 'closed' && !told) return this.close('rejected')
    if (receipt.code === 'expired' && act.act === 'offer') return this.close('expired')
    if (receipt.code === 'expired' && !told) return
    this.pending = null
  }

  /** Once they have it, it counts; a final answer that says otherwise leaves what was agreed. */
  receiptOfCancel(envelope, act, { status, code, state }) {
    if (status === 'held' || isPassing(code) || this.pending?.envelope.id !== envelope.id) return
    this.pending = null
    const accepted = status === 'accepted' && state?.phase === 'confirmed' && state.terms === act.hash
    if (accepted) this.cancelled.me = envelope.id
    if (status === 'refused' && this.cancels.has(state?.cancelled)) this.cancelled.me = state.cancelled
  }

  accepted(envelope, act) {
    this.expiresAt = Math.max(this.expiresAt, envelope.expiresAt)
    this.pending = null
    if (!this.openedByMe) this.phase = 'negotiating'
    if (act.act === 'offer') this.stand(envelope, act, true)
    if (act.act === 'reject') this.close('rejected')
    if (act.act === 'confirm') {
      this.confirm = envelope
      this.close('confirmed')
    }
  }

  hint(receipt, told) {
    const closing = this.pending && this.pending.act.act !== 'offer'
    if ((told === 'rejected' || told === 'expired') && !closing) this.close(told)
    if (receipt.status === 'accepted' && !this.openedByMe) this.phase = 'negotiating'
  }
}
