// SPEC §3: what a text has to look like. Each reader gives the text (or what it means) back, or refuses it as malformed.

import { refuse } from './refusal.js'

const ALPHABET = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz'
const MULTICODEC = [0xed, 0x01]
const TIME = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?(?:Z|([+-])(\d\d):(\d\d))$/
const LATEST = Date.parse('9999-12-30T22:00:00Z')
const INVISIBLE =
  /[\p{Cc}\u00AD\u061C\u180E\u200B-\u200F\u2028-\u202E\u2060-\u206F\uFEFF\uFFF9-\uFFFB\u{E0000}-\u{E0FFF}]/u

export const SECOND = 1000
export const MINUTE = 60 * SECOND
export const DAY = 24 * 60 * MINUTE

const bad = (what, text) => refuse('malformed', `${JSON.stringify(text)} is no ${what}`)
const matching = (what, pattern) => (text) =>
  typeof text === 'string' && pattern.test(text) ? text : bad(what, text)

export const id = matching('id', /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/)
export const digestText = matching('digest', /^sha256:[0-9a-f]{64}$/)
export const agentName = matching('agent name', /^[a-z0-9][a-z0-9._-]{0,63}$/)
export const peer = matching('peer', /^[A-Za-z0-9]{1,128}$/)
export const address = matching('address', /^\/[\x21-\x7e]{0,511}$/)
export const language = matching('language', /^[A-Za-z0-9-]{1,35}$/)
export const timezone = matching('time zone', /^[A-Za-z0-9/_+-]{1,64}$/)
export const prekeyId = matching('prekey id', /^[0-9a-f]{32}$/)
export const text = (value) => (typeof value === 'string' ? value : bad('text', value))

export function intent(value) {
  return typeof value === 'string' && value.length <= 64 && /^[a-z0-9_-]+(\.[a-z0-9_-]+)+$/.test(value)
    ? value
    : bad('intent', value)
}

export function humanName(value) {
  const good = typeof value === 'string' && value !== '' && [...value].length <= 128
  return good && value.trim() === value && !INVISIBLE.test(value) ? value : bad('human name', value)
}

export function base64(value, length) {
  if (typeof value !== 'string') bad('base64', value)
  const bytes = Buffer.from(value, 'base64')
  if (bytes.toString('base64') !== value) bad('base64', value)
  if (length !== undefined && bytes.length !== length) bad(`base64 of ${length} bytes`, value)
  return bytes
}

/** Milliseconds since 1970. */
export function time(value) {
  const parts = typeof value === 'string' ? TIME.exec(value) : null
  if (!parts) bad('time', value)
  const [year, month, day, hour, minute, second] = parts.slice(1, 7).map((part) => Number(part ?? 0))
  const [offsetHours, offsetMinutes] = [Number(parts[9] ?? 0), Number(parts[10] ?? 0)]
  if (hour > 23 || minute > 59 || second > 59 || offsetHours > 23 || offsetMinutes > 59) bad('time', value)
  const date = new Date(0)
  date.setUTCFullYear(year, month - 1, day)
  if (date.getUTCFullYear() !== year || date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) bad('time', value)
  const millis = Number((parts[7] ?? '').padEnd(3, '0').slice(0, 3))
  const offset = (parts[8] === '-' ? -1 : 1) * (offsetHours * 60 + offsetMinutes) * MINUTE
  const at = date.getTime() + (hour * 60 + minute) * MINUTE + second * SECOND + millis - offset
  return at >= 0 && at <= LATEST ? at : bad('time', value)
}

export const timeText = (millis) => new Date(millis).toISOString()

/** The 32 bytes of an Ed25519 key that is written `z6Mk…`. */
export function key(value) {
  if (typeof value !== 'string' || value.length !== 48 || value[0] !== 'z') bad('key', value)
  const bytes = fromBase58(value.slice(1))
  if (bytes?.length !== 34 || bytes[0] !== MULTICODEC[0] || bytes[1] !== MULTICODEC[1]) bad('key', value)
  return bytes.subarray(2)
}

export const keyText = (bytes) => `z${toBase58(Buffer.from([...MULTICODEC, ...bytes]))}`

/** The 32 bytes of the owner's key that a did is. */
export function did(value) {
  if (typeof value !== 'string' || !value.startsWith('did:key:')) bad('did', value)
  return key(value.slice('did:key:'.length))
}

export function isDid(value) {
  did(value)
  return value
}

export const didText = (bytes) => `did:key:${keyText(bytes)}`

function fromBase58(text) {
  let number = 0n
  for (const letter of text) {
    const digit = ALPHABET.indexOf(letter)
    if (digit < 0) return null
    number = number * 58n + BigInt(digit)
  }
  const digits = number.toString(16)
  return Buffer.from(digits.length % 2 ? `0${digits}` : digits, 'hex')
}

function toBase58(bytes) {
  let number = BigInt(`0x${bytes.toString('hex')}`)
  let text = ''
  for (; number > 0n; number /= 58n) text = ALPHABET[Number(number % 58n)] + text
  return text
}
