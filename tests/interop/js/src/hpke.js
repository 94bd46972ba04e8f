// RFC 9180, base mode: DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-256-GCM; one plaintext per context.

import { createCipheriv, createDecipheriv, createHmac, createPrivateKey, createPublicKey, diffieHellman } from 'node:crypto'

const PKCS8_X25519 = Buffer.from('302e020100300506032b656e04220420', 'hex')
const KEM = Buffer.from('KEM\x00\x20', 'latin1')
const HPKE = Buffer.from('HPKE\x00\x20\x00\x01\x00\x02', 'latin1')
const NOTHING = Buffer.alloc(0)
const TAG = 16

const hmac = (key, ...parts) => parts.reduce((mac, part) => mac.update(part), createHmac('sha256', key)).digest()

function labeledExtract(suite, salt, label, material) {
  return hmac(salt.length ? salt : Buffer.alloc(32), Buffer.from('HPKE-v1'), suite, Buffer.from(label), material)
}

function labeledExpand(suite, prk, label, info, length) {
  const size = Buffer.from([length >> 8, length & 255])
  const labeled = Buffer.concat([size, Buffer.from('HPKE-v1'), suite, Buffer.from(label), info])
  return hmac(prk, labeled, Buffer.from([1])).subarray(0, length)
}

/** An X25519 pair from its 32 secret bytes. */
export function pairOf(secretBytes) {
  const secret = createPrivateKey({ key: Buffer.concat([PKCS8_X25519, secretBytes]), format: 'der', type: 'pkcs8' })
  return { secret, bytes: Buffer.from(createPublicKey(secret).export({ format: 'jwk' }).x, 'base64url') }
}

/** RFC 9180 §7.1.3. */
export function derivePair(material) {
  const prk = labeledExtract(KEM, NOTHING, 'dkp_prk', material)
  return pairOf(labeledExpand(KEM, prk, 'sk', NOTHING, 32))
}

function publicKey(bytes) {
  return createPublicKey({ key: { kty: 'OKP', crv: 'X25519', x: bytes.toString('base64url') }, format: 'jwk' })
}

function sharedSecret(pair, theirs, enc, recipient) {
  // Node refuses a shared secret of zeros by throwing.
  const dh = diffieHellman({ privateKey: pair.secret, publicKey: publicKey(theirs) })
  const prk = labeledExtract(KEM, NOTHING, 'eae_prk', dh)
  return labeledExpand(KEM, prk, 'shared_secret', Buffer.concat([enc, recipient]), 32)
}

function keyAndNonce(shared, info) {
  const context = Buffer.concat([
    Buffer.from([0]),
    labeledExtract(HPKE, NOTHING, 'psk_id_hash', NOTHING),
    labeledExtract(HPKE, NOTHING, 'info_hash', info),
  ])
  const secret = labeledExtract(HPKE, shared, 'secret', NOTHING)
  return [labeledExpand(HPKE, secret, 'key', context, 32), labeledExpand(HPKE, secret, 'base_nonce', context, 12)]
}

export function seal(ephemeral, recipient, info, aad, plaintext) {
  const [key, nonce] = keyAndNonce(sharedSecret(ephemeral, recipient, ephemeral.bytes, recipient), info)
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(aad)
  return Buffer.concat([cipher.update(plaintext), cipher.final(), cipher.getAuthTag()])
}

/** The plaintext; throws where it does not open. */
export function open(pair, enc, info, aad, ciphertext) {
  const [key, nonce] = keyAndNonce(sharedSecret(pair, enc, enc, pair.bytes), info)
  const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG }).setAAD(aad)
  decipher.setAuthTag(ciphertext.subarray(-TAG))
  return Buffer.concat([decipher.update(ciphertext.subarray(0, -TAG)), decipher.final()])
}
