"""SPEC §13: the owner's approval of a kind of thing."""

import re

from . import forms
from .refusal import Refusal
from .signing import verify
from .strict import canonical

LONGEST = 366 * forms.DAY
SENSITIVE = {"task.delegate", "social.introduction", "info.share", "info.request"}
TERMS = {"subject", "description", "time", "minutes", "place", "amount", "currency"}
AMOUNT = re.compile(r"[0-9]{1,12}(\.[0-9]{1,4})?", re.ASCII)

amount = forms.matching("amount", AMOUNT.pattern)
currency = forms.matching("currency", r"[A-Z]{3}")
offset_text = forms.matching("offset", r"[+-]([01]\d|2[0-3]):[0-5]\d")
clock_text = forms.matching("hour", r"([01]\d|2[0-3]):[0-5]\d|24:00")


def read_mandate(document, owner):
    forms.object_(document)
    forms.only(document, "id", "did", "intents", "with", "limits", "not_before", "not_after", "signature")
    forms.required(document, "id", forms.message_id)
    mandate = {
        "did": forms.required(document, "did", forms.did_text),
        "intents": forms.required(document, "intents", forms.listed(16, pattern)),
        "with": forms.required(document, "with", lambda value: value if value == "any" else forms.did_text(value)),
        "limits": forms.required(document, "limits", read_limits),
        "not_before": forms.required(document, "not_before", forms.time),
        "not_after": forms.required(document, "not_after", forms.time),
    }
    if not mandate["intents"] or not 0 < mandate["not_after"] - mandate["not_before"] <= LONGEST:
        raise Refusal("malformed", "for nothing, or too long")
    if mandate["did"] != owner:
        raise Refusal("malformed", "somebody else's")
    verify("mandate", document, forms.did(mandate["did"]))
    return mandate


def pattern(value):
    if isinstance(value, str) and value.endswith(".*"):
        forms.intent(value[:-1] + "x")
        return value
    return forms.intent(value)


def read_limits(limits):
    forms.object_(limits)
    forms.only(limits, "amount", "currency", "hours", "per_day")
    read = {
        "amount": forms.optional(limits, "amount", amount),
        "currency": forms.optional(limits, "currency", currency),
        "hours": forms.optional(limits, "hours", read_hours),
        "per_day": forms.optional(limits, "per_day", lambda value: forms.integer(value, 2**32 - 1)),
    }
    if (read["amount"] is None) != (read["currency"] is None):
        raise Refusal("malformed", "amount and currency come together")
    return read


def read_hours(hours):
    forms.object_(hours)
    forms.only(hours, "from", "until", "offset")
    begin, end = (minutes(forms.required(hours, name, clock_text)) for name in ("from", "until"))
    said = forms.required(hours, "offset", offset_text)
    if end <= begin:
        raise Refusal("malformed", "hours that end before they begin")
    return begin, end, minutes(said[1:]) * (-1 if said[0] == "-" else 1)


def minutes(text):
    return int(text[:2]) * 60 + int(text[3:])


def covers(mandate, envelope, terms):
    limits, intent = mandate["limits"], envelope["intent"]
    if not mandate["not_before"] <= envelope["timestamp"] < mandate["not_after"]:
        return False
    if mandate["with"] not in ("any", envelope["to"]):
        return False
    if not any(intent == one or (one.endswith(".*") and intent.startswith(one[:-1])) for one in mandate["intents"]):
        return False
    sensitive = intent.startswith("commerce.") or intent in SENSITIVE
    limited = any(limit is not None for limit in limits.values())
    if sensitive and not (intent in mandate["intents"] and limited):
        return False
    return set(terms) <= TERMS and within_money(limits, intent, terms) and within_hours(limits["hours"], terms)


def within_money(limits, intent, terms):
    if not intent.startswith("commerce.") and not {"amount", "currency"} & set(terms):
        return True
    said = terms.get("amount")
    if isinstance(said, (int, float)) and not isinstance(said, bool):
        said = canonical(said)
    if limits["amount"] is None or terms.get("currency") != limits["currency"] or not isinstance(said, str):
        return False
    return bool(AMOUNT.fullmatch(said)) and units(said) <= units(limits["amount"])


def units(text):
    whole, _, part = text.partition(".")
    return int(whole + part.ljust(4, "0"))


def within_hours(hours, terms):
    if hours is None:
        return True
    begin, end, offset = hours
    try:
        at, long = forms.time(terms.get("time")), forms.optional(terms, "minutes", forms.integer, 0)
    except Refusal:
        return False
    start = (at / forms.MINUTE + offset) % (24 * 60)
    return begin <= start and start + long <= end
