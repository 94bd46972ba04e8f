// SPEC §14: checked with nothing else at hand.

import { actOf, checkApproval, termsHash } from './acts.js'
import { verifyCard } from './card.js'
import { verifyEnvelope } from './envelope.js'
import { readObject } from './json.js'
import * as members from './members.js'
import { refuse } from './refusal.js'
import * as texts from './texts.js'

const AGREEMENT_BYTES = 512 * 1024
const AGREEMENT_DEPTH = 34
const CLOCKS = 10 * texts.MINUTE

/** The hash of what was agreed; whatever does not hold is refused. */
export function checkAgreement(bytes) {
  const file = readObject(bytes, { most: AGREEMENT_BYTES, depth: AGREEMENT_DEPTH })
  members.only(file, 'ai2ai', 'type', 'conversation', 'terms', 'terms_hash', 'offer', 'confirm', 'cancels', 'cards')
  members.version(file)
  members.required(file, 'type', members.exactly('agreement'))
  const offer = members.required(file, 'offer', (value) => verifyEnvelope(value))
  const confirm = members.required(file, 'confirm', (value) => verifyEnvelope(value))
  if (offer.from.did !== confirm.to || confirm.from.did !== offer.to) refuse('malformed', 'between others')
  if (offer.conversation !== confirm.conversation) refuse('malformed', 'two conversations')
  const [offered, confirmed] = [actOf(offer), actOf(confirm)]
  if (offered.act !== 'offer' || confirmed.act !== 'confirm') refuse('malformed', 'no offer and confirm')
  if (confirmed.hash !== offered.hash) refuse('malformed', 'other terms')
  if (confirm.timestamp < offer.timestamp - CLOCKS) refuse('malformed', 'confirmed before it was offered')
  checkApproval(offer, offered)
  checkApproval(confirm, confirmed, offered.terms)
  const terms = members.required(file, 'terms', members.object)
  const beside = [termsHash(terms), file.terms_hash, file.conversation].join()
  if (beside !== [offered.hash, offered.hash, offer.conversation].join()) refuse('malformed', 'something else beside it')
  checkCancels(file, offer, offered.hash)
  const cards = members.optional(file, 'cards', members.list(2, verifyCard)) ?? []
  const both = [offer.from.did, confirm.from.did]
  if (cards.some((card) => !both.includes(card.did))) refuse('malformed', "somebody else's card")
  return offered.hash
}

/** Each of the two may have called it off, once. */
function checkCancels(file, offer, hash) {
  const cancels = members.optional(file, 'cancels', members.list(2, (value) => verifyEnvelope(value))) ?? []
  for (const cancel of cancels) {
    const between = [`${offer.from.did} ${offer.to}`, `${offer.to} ${offer.from.did}`]
    if (!between.includes(`${cancel.from.did} ${cancel.to}`)) refuse('malformed', 'called off between others')
    if (cancel.conversation !== offer.conversation) refuse('malformed', 'called off elsewhere')
    const act = actOf(cancel)
    if (act.act !== 'cancel' || act.hash !== hash) refuse('malformed', 'something else is called off')
    checkApproval(cancel, act)
  }
  if (new Set(cancels.map((cancel) => cancel.from.did)).size !== cancels.length) refuse('malformed', 'called off twice')
}

export function writeAgreement(offer, confirm, cards) {
  const { terms } = offer.document.payload
  return JSON.stringify({
    ai2ai: '0.2', type: 'agreement', conversation: offer.conversation, terms, terms_hash: termsHash(terms),
    offer: offer.document, confirm: confirm.document, cards,
  }, null, 2)
}
