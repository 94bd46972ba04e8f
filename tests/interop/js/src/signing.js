// SPEC §4: signatures over a domain tag and the canonical form, checked strictly.

import { createPrivateKey, createPublicKey, sign as signBytes, verify as verifyBytes } from 'node:crypto'
import { canonical, without } from './json.js'
import { refuse } from './refusal.js'
import * as texts from './texts.js'

const PKCS8_ED25519 = Buffer.from('302e020100300506032b657004220420', 'hex')
const P = 2n ** 255n - 19n
/** The y coordinates of the eight points of small order. */
const SMALL_ORDER = new Set([
  0n, 1n, P - 1n,
  littleEndian(Buffer.from('26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05', 'hex')),
  littleEndian(Buffer.from('c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a', 'hex')),
])

export function signedBytes(kind, document) {
  return Buffer.from(`ai2ai/0.2/${kind}\n${canonical(without(document, 'signature'))}`)
}

/** An Ed25519 key pair from its 32-byte seed. */
export function keyPair(seed) {
  const secret = createPrivateKey({ key: Buffer.concat([PKCS8_ED25519, seed]), format: 'der', type: 'pkcs8' })
  const bytes = Buffer.from(createPublicKey(secret).export({ format: 'jwk' }).x, 'base64url')
  return { secret, bytes, text: texts.keyText(bytes), did: texts.didText(bytes) }
}

/** `document` with its signature. */
export function sign(kind, document, pair) {
  const signature = signBytes(null, signedBytes(kind, document), pair.secret).toString('base64')
  return Object.assign(without(document, 'signature'), { signature })
}

export function verify(kind, document, keyBytes, code = 'bad_signature') {
  let signature
  try {
    signature = texts.base64(document.signature, 64)
  } catch {
    refuse(code, 'the signature is missing, or no base64 of 64 bytes')
  }
  if (isSmall(keyBytes) || isSmall(signature.subarray(0, 32))) refuse(code, 'a point of small order')
  const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: keyBytes.toString('base64url') }, format: 'jwk' })
  if (!verifyBytes(null, signedBytes(kind, document), key, signature)) refuse(code, 'it does not verify')
}

function isSmall(point) {
  return SMALL_ORDER.has((littleEndian(point) & ((1n << 255n) - 1n)) % P)
}

function littleEndian(bytes) {
  return BigInt(`0x${Buffer.from(bytes).reverse().toString('hex')}`)
}
