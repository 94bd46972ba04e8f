// SPEC §2: strict reading, canonical form, digest.

import { createHash } from 'node:crypto'
import { refuse } from './refusal.js'

export const DEPTH = 32
const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y
const WHITE = new Set([' ', '\t', '\n', '\r'])
const ESCAPES = { '"': '"', '\\': '\\', '/': '/', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' }
const LITERALS = [['null', null], ['true', true], ['false', false]]
const SMALLEST = 2.2250738585072014e-308

/** One strict JSON value of at most `most` bytes. Objects have no prototype: no name in them means anything. */
export function read(bytes, { most = Infinity, depth = DEPTH } = {}) {
  if (bytes.length > most) refuse('too_large', `${bytes.length} bytes`)
  if (deepest(bytes) > depth) refuse('too_deep')
  let text
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    refuse('malformed', 'no UTF-8')
  }
  const reader = new Reader(text)
  const value = reader.value()
  reader.space()
  if (reader.at !== text.length) refuse('malformed', 'something after the value')
  return value
}

export function readObject(bytes, bounds) {
  const value = read(bytes, bounds)
  return isObject(value) ? value : refuse('malformed', 'no object')
}

export function isObject(value) {
  return value !== null && typeof value === 'object' && !Array.isArray(value)
}

function deepest(bytes) {
  let depth = 0
  let most = 0
  let inText = false
  for (let at = 0; at < bytes.length; at += 1) {
    const byte = bytes[at]
    if (inText) {
      if (byte === 0x5c) at += 1
      else if (byte === 0x22) inText = false
    } else if (byte === 0x22) inText = true
    else if (byte === 0x7b || byte === 0x5b) most = Math.max(most, (depth += 1))
    else if (byte === 0x7d || byte === 0x5d) depth -= 1
  }
  return most
}

class Reader {
  constructor(text) {
    this.text = text
    this.at = 0
  }

  space() {
    while (WHITE.has(this.text[this.at])) this.at += 1
  }

  take(what) {
    this.space()
    if (!this.text.startsWith(what, this.at)) return false
    this.at += what.length
    return true
  }

  expect(what) {
    if (!this.take(what)) refuse('malformed', `no ${what} at ${this.at}`)
  }

  value() {
    this.space()
    const first = this.text[this.at]
    if (first === '{') return this.object()
    if (first === '[') return this.list()
    if (first === '"') return this.string()
    for (const [word, value] of LITERALS) if (this.take(word)) return value
    return this.number()
  }

  object() {
    const members = Object.create(null)
    this.expect('{')
    if (this.take('}')) return members
    do {
      this.space()
      const name = this.string()
      if (Object.hasOwn(members, name)) refuse('malformed', `${name} twice`)
      this.expect(':')
      members[name] = this.value()
    } while (this.take(','))
    this.expect('}')
    return members
  }

  list() {
    const items = []
    this.expect('[')
    if (this.take(']')) return items
    do items.push(this.value())
    while (this.take(','))
    this.expect(']')
    return items
  }

  string() {
    if (this.text[this.at] !== '"') refuse('malformed', `no text at ${this.at}`)
    let out = ''
    for (this.at += 1; this.text[this.at] !== '"'; this.at += 1) {
      const next = this.text[this.at]
      if (next === undefined || next < ' ') refuse('malformed', 'a text that does not end')
      out += next === '\\' ? this.escape() : next
    }
    this.at += 1
    return out.isWellFormed() ? out : refuse('malformed', 'a surrogate alone')
  }

  escape() {
    this.at += 1
    const kind = this.text[this.at]
    if (kind !== 'u') return ESCAPES[kind] ?? refuse('malformed', 'an unknown escape')
    const digits = this.text.slice(this.at + 1, this.at + 5)
    if (!/^[0-9a-fA-F]{4}$/.test(digits)) refuse('malformed', 'an unknown escape')
    this.at += 4
    return String.fromCharCode(parseInt(digits, 16))
  }

  number() {
    NUMBER.lastIndex = this.at
    const found = NUMBER.exec(this.text)
    if (!found) refuse('malformed', `no value at ${this.at}`)
    this.at = NUMBER.lastIndex
    return exactly(found[0])
  }
}

/** The double that gives `digits` back as written, by the bounds of SPEC §2. */
function exactly(digits) {
  const value = Number(digits)
  if (Math.abs(value) > Number.MAX_SAFE_INTEGER) refuse('malformed', 'a number that is too large')
  if (/^-?[0-9]+$/.test(digits)) return value
  const significant = digits.replace(/[eE].*/, '').replace(/[-.]/g, '').replace(/^0+|0+$/g, '')
  if (significant.length > 15) refuse('malformed', 'more than 15 digits')
  if (significant !== '' && Math.abs(value) < SMALLEST) refuse('malformed', 'a number that is too small')
  return value
}

/** The RFC 8785 form of a value that was read strictly. */
export function canonical(value) {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`
  if (!isObject(value)) return Object.is(value, -0) ? '0' : JSON.stringify(value)
  const names = Object.keys(value).filter((name) => value[name] !== undefined).sort()
  return `{${names.map((name) => `${JSON.stringify(name)}:${canonical(value[name])}`).join(',')}}`
}

export function digest(value) {
  return digestOfBytes(Buffer.from(canonical(value)))
}

export function digestOfBytes(bytes) {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`
}

/** `object` without some of its members. */
export function without(object, ...names) {
  const rest = Object.assign(Object.create(null), object)
  for (const name of names) delete rest[name]
  return rest
}
