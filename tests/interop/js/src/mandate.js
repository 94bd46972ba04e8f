// SPEC §13.

import { canonical, isObject } from './json.js'
import * as members from './members.js'
import { refuse } from './refusal.js'
import { verify } from './signing.js'
import * as texts from './texts.js'

const LONGEST = 366 * texts.DAY
const SENSITIVE = new Set(['task.delegate', 'social.introduction', 'info.share', 'info.request'])
const TERMS = new Set(['subject', 'description', 'time', 'minutes', 'place', 'amount', 'currency'])

const matching = (pattern) => (value) =>
  typeof value === 'string' && pattern.test(value) ? value : refuse('malformed', `${value}`)
const amount = matching(/^[0-9]{1,12}(\.[0-9]{1,4})?$/)
const currency = matching(/^[A-Z]{3}$/)
const isSensitive = (intent) => intent.startsWith('commerce.') || SENSITIVE.has(intent)

export function readMandate(document, owner) {
  members.object(document)
  members.only(document, 'id', 'did', 'intents', 'with', 'limits', 'not_before', 'not_after', 'signature')
  const mandate = {
    id: members.required(document, 'id', texts.id),
    did: members.required(document, 'did', texts.isDid),
    intents: members.required(document, 'intents', members.list(16, pattern)),
    with: members.required(document, 'with', (value) => (value === 'any' ? value : texts.isDid(value))),
    limits: members.required(document, 'limits', readLimits),
    notBefore: members.required(document, 'not_before', texts.time),
    notAfter: members.required(document, 'not_after', texts.time),
  }
  const life = mandate.notAfter - mandate.notBefore
  if (mandate.intents.length === 0 || life <= 0 || life > LONGEST) refuse('malformed', 'a mandate for nothing, or too long')
  if (mandate.did !== owner) refuse('approval_invalid', "somebody else's mandate")
  verify('mandate', document, texts.did(mandate.did))
  return mandate
}

function pattern(value) {
  if (typeof value !== 'string' || !value.endsWith('.*')) return texts.intent(value)
  texts.intent(`${value.slice(0, -1)}x`)
  return value
}

function readLimits(limits) {
  members.object(limits)
  members.only(limits, 'amount', 'currency', 'hours', 'per_day')
  const read = {
    amount: members.optional(limits, 'amount', amount),
    currency: members.optional(limits, 'currency', currency),
    hours: members.optional(limits, 'hours', readHours),
    perDay: members.optional(limits, 'per_day', members.integer(2 ** 32 - 1)),
  }
  if ((read.amount === null) !== (read.currency === null)) refuse('malformed', 'amount and currency come together')
  return read
}

function readHours(hours) {
  members.object(hours)
  members.only(hours, 'from', 'until', 'offset')
  const read = {
    from: members.required(hours, 'from', clock),
    until: members.required(hours, 'until', clock),
    offset: members.required(hours, 'offset', offset),
  }
  return read.until > read.from ? read : refuse('malformed', 'hours that end before they begin')
}

function clock(value) {
  const [hour, minute] = matching(/^\d\d:\d\d$/)(value).split(':').map(Number)
  const minutes = hour * 60 + minute
  return minute < 60 && minutes <= 24 * 60 ? minutes : refuse('malformed', value)
}

function offset(value) {
  const [, sign, hour, minute] = /^([+-])(\d\d):(\d\d)$/.exec(value) ?? refuse('malformed', `${value}`)
  if (Number(hour) > 23 || Number(minute) > 59) refuse('malformed', value)
  return (sign === '-' ? -1 : 1) * (Number(hour) * 60 + Number(minute))
}

/** Whether a mandate covers an envelope with these terms; what only its sender's node can count is left out. */
export function covers(mandate, envelope, terms) {
  const { limits } = mandate
  const inTime = mandate.notBefore <= envelope.timestamp && envelope.timestamp < mandate.notAfter
  if (!inTime || (mandate.with !== 'any' && mandate.with !== envelope.to)) return false
  if (!mandate.intents.some((one) => fits(one, envelope.intent))) return false
  const limited = Object.values(limits).some((limit) => limit !== null)
  if (isSensitive(envelope.intent) && !(mandate.intents.includes(envelope.intent) && limited)) return false
  if (Object.keys(terms).some((name) => !TERMS.has(name))) return false
  return withinMoney(limits, envelope.intent, terms) && withinHours(limits.hours, terms)
}

const fits = (one, intent) => (one.endsWith('.*') ? intent.startsWith(one.slice(0, -1)) : one === intent)

function withinMoney(limits, intent, terms) {
  if (!('amount' in terms) && !('currency' in terms) && !intent.startsWith('commerce.')) return true
  if (limits.amount === null || terms.currency !== limits.currency) return false
  const said = typeof terms.amount === 'number' ? canonical(terms.amount) : terms.amount
  return typeof said === 'string' && /^[0-9]{1,12}(\.[0-9]{1,4})?$/.test(said) && units(said) <= units(limits.amount)
}

function units(text) {
  const [whole, part = ''] = text.split('.')
  return BigInt(whole + part.padEnd(4, '0'))
}

function withinHours(hours, terms) {
  if (hours === null) return true
  const minutes = terms.minutes ?? 0
  if (!Number.isInteger(minutes) || minutes < 0) return false
  let at
  try {
    at = texts.time(terms.time)
  } catch {
    return false
  }
  const midnight = 24 * 60 * texts.MINUTE
  const local = (((at + hours.offset * texts.MINUTE) % midnight) + midnight) % midnight
  const start = local / texts.MINUTE
  return start >= hours.from && start + minutes <= hours.until
}

export const isTerms = (value) => isObject(value) && Object.keys(value).length > 0
