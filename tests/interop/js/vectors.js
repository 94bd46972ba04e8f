// Checks every vector, good and bad, byte for byte: node vectors.js FOLDER. One line of JSON at the end says how many.

import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { actOf, checkApproval } from './src/acts.js'
import { checkAgreement } from './src/agreement.js'
import { isCurrent, prekeyIdOf, readCard } from './src/card.js'
import { readDelegation } from './src/delegation.js'
import { judgeAge, readEnvelope, verifyEnvelope } from './src/envelope.js'
import * as hpke from './src/hpke.js'
import { canonical, digest, isObject, read, readObject } from './src/json.js'
import { readReceipts } from './src/receipts.js'
import { openSealed, readBatch, readSealed, sealTo } from './src/sealed.js'
import { signedBytes } from './src/signing.js'
import * as texts from './src/texts.js'
import { Refusal } from './src/refusal.js'

const NAMES = {
  did: (text) => ({ public_key: texts.did(text).toString('hex') }),
  time: (text) => ({ millis: String(texts.time(text)) }),
  id: (text) => ({ text: texts.id(text) }),
  digest: (text) => ({ text: texts.digestText(text) }),
  agent: (text) => ({ text: texts.agentName(text) }),
  human: (text) => ({ text: texts.humanName(text) }),
  intent: (text) => ({ text: texts.intent(text) }),
}

const CHECKS = {
  'json.json': (input) => {
    const value = read(input)
    return { canonical: canonical(value), digest: digest(value) }
  },
  'names.json': (input, given) => NAMES[given.kind](input.toString()),
  'delegation.json': (input) => {
    const document = readObject(input)
    readDelegation(document)
    return { digest: digest(document), signed_bytes: signedBytes('delegation', document).toString() }
  },
  'card.json': (input, given) => {
    const card = readCard(input)
    if (given.now) isCurrent(card, texts.time(given.now))
    const prekeys = card.nodes.flatMap((node) => node.prekeys.map((prekey) => prekey.id)).join('\n')
    return { digest: card.digest, prekeys, signed_bytes: signedBytes('card', card.document).toString() }
  },
  'envelope.json': (input, given) => {
    const envelope = readEnvelope(input, given.me)
    if (given.now) judgeAge(envelope, texts.time(given.now))
    const { digest, type, intent } = envelope
    return { digest, type, intent, signed_bytes: signedBytes('envelope', envelope.document).toString() }
  },
  'sealed.json': (input, given) => (given.batch ? batch(input) : sealed(input, given)),
  'receipts.json': (input, given) => {
    const { receipts, document } = readReceipts(input, given.from)
    const outcomes = receipts.map((receipt) => receipt.code ?? receipt.status).join('\n')
    return { outcomes, signed_bytes: signedBytes('receipts', document).toString() }
  },
  'approval.json': (input, given) => {
    const envelope = verifyEnvelope(readObject(input))
    const act = actOf(envelope)
    const approved = checkApproval(envelope, act, given.terms ? read(Buffer.from(given.terms)) : undefined)
    const instead = act.replaces ? ` instead of ${act.replaces}` : ''
    const said = { act: act.hash ? `${act.act} ${act.hash}${instead}` : act.act }
    return approved ? { ...said, by: approved.by, signed_bytes: approved.signed.toString() } : said
  },
  'agreement.json': (input) => {
    try {
      return { terms_hash: checkAgreement(input), valid: 'true' }
    } catch (problem) {
      if (problem instanceof Refusal) return { valid: 'false' }
      throw problem
    }
  },
}

function sealed(input, given) {
  const document = readObject(input)
  const one = readSealed(document)
  const pair = hpke.pairOf(Buffer.from(given.prekey_secret, 'hex'))
  const id = prekeyIdOf(pair.bytes)
  const inside = openSealed(one, new Map([[id, pair]]))
  const opened = inside.map((bytes) => bytes.toString()).join('\n')
  const ephemeral = hpke.derivePair(Buffer.from(given.ephemeral_ikm, 'hex'))
  const plaintext = inside.length === 1 ? inside[0] : Buffer.from(inside.map((bytes) => `\x1e${bytes}\n`).join(''))
  const again = sealTo(one.to, { id, bytes: pair.bytes }, [], ephemeral, plaintext)
  if (canonical(again) !== canonical(document)) throw new Error('sealing it gives something else')
  return { digest: digest(document), opened }
}

function batch(input) {
  const judged = readBatch(input).map((entry) => {
    try {
      readSealed(entry)
      return `${digest(entry)} ok`
    } catch (problem) {
      return `${digest(entry)} ${problem.code}`
    }
  })
  return { sealed: judged.join('\n') }
}

function outcome(check, vector) {
  const input = Buffer.from(vector.input ?? vector.input_base64, vector.input === undefined ? 'base64' : 'utf8')
  try {
    return check(input, vector.given ?? {})
  } catch (problem) {
    if (problem instanceof Refusal) return { code: problem.code }
    throw problem
  }
}

const folder = process.argv[2]
let checked = 0
const wrong = []
for (const name of readdirSync(folder).sort()) {
  if (name === 'people.json') continue
  const { vectors } = readObject(readFileSync(join(folder, name)))
  for (const vector of vectors) {
    const { place: _place, ...expected } = vector.result
    const found = outcome(CHECKS[name] ?? (() => ({ unknown_file: name })), vector)
    checked += 1
    const same = isObject(found) && canonical(found) === canonical(expected)
    if (!same) wrong.push({ file: name, vector: vector.name, found, expected })
  }
}
for (const one of wrong) console.error(JSON.stringify(one))
console.log(JSON.stringify({ checked, wrong: wrong.length }))
process.exitCode = wrong.length || !checked ? 1 : 0
