// Named members of an object: required, optional, lists with a bound (SPEC §2, "Members").

import { isObject } from './json.js'
import { refuse } from './refusal.js'

export function required(object, name, reader) {
  const value = object[name]
  if (value === undefined || value === null) refuse('malformed', `no ${name}`)
  return reader(value)
}

/** Left out and `null` are the same. */
export function optional(object, name, reader) {
  const value = object[name]
  return value === undefined || value === null ? null : reader(value)
}

export function object(value) {
  return isObject(value) ? value : refuse('malformed', 'no object')
}

export const list = (most, reader) => (value) => {
  if (!Array.isArray(value)) refuse('malformed', 'no list')
  if (value.length > most) refuse('too_large', `${value.length} entries`)
  return value.map(reader)
}

export const integer = (most = Number.MAX_SAFE_INTEGER) => (value) =>
  Number.isInteger(value) && value >= 0 && value <= most ? value : refuse('malformed', `${value} is no integer from 0 on`)

export function only(object, ...names) {
  for (const name of Object.keys(object)) if (!names.includes(name)) refuse('malformed', `${name} is not known here`)
}

export function version(document) {
  const said = required(document, 'ai2ai', (value) => (typeof value === 'string' ? value : refuse('malformed', 'ai2ai')))
  if (said !== '0.2') refuse('unsupported_version', said)
}

export const exactly = (...words) => (value) =>
  words.includes(value) ? value : refuse('malformed', `${JSON.stringify(value)} is none of ${words}`)
