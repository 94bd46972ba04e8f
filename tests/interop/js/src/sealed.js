// SPEC §8: sealed envelopes, sequences of envelopes under one seal, and batches.

import { randomBytes } from 'node:crypto'
import { SUITE } from './card.js'
import { ENVELOPE_BYTES } from './envelope.js'
import * as hpke from './hpke.js'
import { canonical, readObject, without } from './json.js'
import * as members from './members.js'
import { refuse } from './refusal.js'
import * as texts from './texts.js'

export const SEALED_BYTES = 96 * 1024
export const BATCH_BYTES = 1024 * 1024
export const BATCH = 64
const INFO = Buffer.from('ai2ai/0.2/sealed')
const BEGIN = 0x1e
const END = 0x0a
const TAG = 16

export function readSealed(document) {
  members.object(document)
  if (Buffer.byteLength(canonical(document)) > SEALED_BYTES) refuse('too_large')
  members.version(document)
  members.required(document, 'type', members.exactly('sealed'))
  if (members.required(document, 'suite', texts.text) !== SUITE) refuse('unknown_suite')
  const sealed = {
    document,
    to: members.required(document, 'to', texts.isDid),
    prekey: members.required(document, 'prekey', texts.prekeyId),
    enc: members.required(document, 'enc', (value) => texts.base64(value, 32)),
    ciphertext: members.required(document, 'ciphertext', texts.base64),
  }
  if (sealed.ciphertext.length < TAG) refuse('malformed', 'a ciphertext without a tag')
  if (sealed.ciphertext.length > ENVELOPE_BYTES + TAG) refuse('too_large')
  return sealed
}

/** What is inside, an envelope's bytes each; `prekeys` are the pairs that this reader holds, by their ids. */
export function openSealed(sealed, prekeys) {
  const pair = prekeys.get(sealed.prekey) ?? refuse('unknown_prekey')
  let plaintext
  try {
    plaintext = hpke.open(pair, sealed.enc, INFO, aadOf(sealed.document), sealed.ciphertext)
  } catch {
    refuse('cannot_open')
  }
  return plaintext[0] === BEGIN ? sequence(plaintext) : [plaintext]
}

export function sealTo(did, prekey, envelopes, ephemeral = hpke.pairOf(randomBytes(32)), plaintext = together(envelopes)) {
  const outer = { ai2ai: '0.2', type: 'sealed', suite: SUITE, to: did, prekey: prekey.id }
  const ciphertext = hpke.seal(ephemeral, prekey.bytes, INFO, aadOf(outer), plaintext)
  return { ...outer, enc: ephemeral.bytes.toString('base64'), ciphertext: ciphertext.toString('base64') }
}

export function readBatch(bytes) {
  const document = readObject(bytes, { most: BATCH_BYTES })
  members.version(document)
  members.required(document, 'type', members.exactly('batch'))
  const entries = members.required(document, 'sealed', members.list(BATCH, (entry) => entry))
  return entries.length > 0 ? entries : refuse('malformed', 'an empty batch')
}

export function writeBatch(sealed) {
  return Buffer.from(canonical({ ai2ai: '0.2', type: 'batch', sealed }))
}

const aadOf = (document) => Buffer.from(canonical(without(document, 'enc', 'ciphertext')))

function together(envelopes) {
  const bytes = envelopes.map((envelope) => Buffer.from(canonical(envelope)))
  if (bytes.length === 1) return bytes[0]
  return Buffer.concat(bytes.flatMap((one) => [Buffer.from([BEGIN]), one, Buffer.from([END])]))
}

function sequence(plaintext) {
  const found = []
  for (let at = 0; at < plaintext.length; ) {
    const end = plaintext.indexOf(END, at)
    const next = plaintext.indexOf(BEGIN, at + 1)
    // The line feed that ends an envelope is the last byte before the next one begins.
    const stop = next < 0 ? plaintext.length - 1 : next - 1
    if (plaintext[at] !== BEGIN || end < 0 || plaintext[stop] !== END) refuse('malformed', 'no sequence')
    if (stop <= at + 1) refuse('malformed', 'nothing in it')
    found.push(plaintext.subarray(at + 1, stop))
    at = stop + 1
  }
  return found.length <= BATCH ? found : refuse('too_large', `${found.length} envelopes`)
}
