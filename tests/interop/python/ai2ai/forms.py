"""SPEC §2 "Members" and §3: the form of members and of texts. A reader gives the value (or its meaning), or refuses it."""

import base64 as b64
import re
from datetime import datetime, timedelta, timezone

from .refusal import Refusal

ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
TIME = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?(?:Z|([+-])(\d\d):(\d\d))", re.ASCII
)
LATEST = 253402207200000
INVISIBLE = re.compile(
    "[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\U000e0000-\U000e0fff]"
)
SECOND = 1000
MINUTE = 60 * SECOND
DAY = 24 * 60 * MINUTE
CLOCKS = 10 * MINUTE


def refuse(what, value):
    raise Refusal("malformed", f"{value!r} is no {what}")


def matching(what, pattern):
    compiled = re.compile(pattern, re.ASCII)

    def reader(value):
        return value if isinstance(value, str) and compiled.fullmatch(value) else refuse(what, value)

    return reader


message_id = matching("id", r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
digest = matching("digest", r"sha256:[0-9a-f]{64}")
agent_name = matching("agent name", r"[a-z0-9][a-z0-9._-]{0,63}")
intent = matching("intent", r"(?=.{1,64}$)[a-z0-9_-]+(\.[a-z0-9_-]+)+")
peer = matching("peer", r"[A-Za-z0-9]{1,128}")
address = matching("address", r"/[\x21-\x7e]{0,511}")
mailbox = matching("mailbox", r"(?=.{1,512}$)/[\x21-\x7e]*/p2p/[A-Za-z0-9]+")
language = matching("language", r"[A-Za-z0-9-]{1,35}")
zone = matching("time zone", r"[A-Za-z0-9/_+-]{1,64}")
prekey_id = matching("prekey id", r"[0-9a-f]{32}")
any_text = matching("text", r"(?s:.*)")


def human_name(value):
    good = isinstance(value, str) and 1 <= len(value) <= 128 and value.strip() == value
    return value if good and not INVISIBLE.search(value) else refuse("human name", value)


def base64(value, length=None):
    try:
        data = b64.b64decode(value, validate=True) if isinstance(value, str) else None
    except ValueError:
        data = None
    if data is None or b64.b64encode(data).decode() != value or length not in (None, len(data)):
        refuse("base64", value)
    return data


def time(value):
    """Milliseconds since 1970."""
    parts = TIME.fullmatch(value) if isinstance(value, str) else None
    if not parts:
        refuse("time", value)
    year, month, day, hour, minute, second = (int(part or 0) for part in parts.groups()[:6])
    offset = timedelta(hours=int(parts[9] or 0), minutes=int(parts[10] or 0))
    if int(parts[9] or 0) > 23 or int(parts[10] or 0) > 59:
        refuse("time", value)
    try:
        local = datetime(year, month, day, hour, minute, second, tzinfo=timezone.utc)
    except ValueError:
        refuse("time", value)
    since = local - datetime(1970, 1, 1, tzinfo=timezone.utc)
    since += offset if parts[8] == "-" else -offset
    millis = since // timedelta(milliseconds=1) + int((parts[7] or "").ljust(3, "0")[:3])
    return millis if 0 <= millis <= LATEST else refuse("time", value)


def key(value):
    """The 32 bytes of an Ed25519 key that is written `z6Mk…`."""
    if not isinstance(value, str) or len(value) != 48 or value[0] != "z":
        refuse("key", value)
    number = 0
    for letter in value[1:]:
        if letter not in ALPHABET:
            refuse("key", value)
        number = number * 58 + ALPHABET.index(letter)
    data = number.to_bytes(48, "big").lstrip(b"\0")
    return data[2:] if len(data) == 34 and data[:2] == b"\xed\x01" else refuse("key", value)


def did(value):
    """The 32 bytes of the owner's key."""
    if not isinstance(value, str) or not value.startswith("did:key:"):
        refuse("did", value)
    return key(value.removeprefix("did:key:"))


def checked(reader):
    """Gives the text back where `reader` gives its meaning."""

    def give(value):
        reader(value)
        return value

    return give


did_text = checked(did)
key_text = checked(key)


def object_(value):
    return value if isinstance(value, dict) else refuse("object", value)


def required(document, name, reader):
    value = document.get(name)
    return refuse(f"{name}", value) if value is None else reader(value)


def optional(document, name, reader, default=None):
    value = document.get(name)
    return default if value is None else reader(value)


def listed(most, reader):
    def give(value):
        if not isinstance(value, list):
            refuse("list", value)
        if len(value) > most:
            raise Refusal("too_large", f"{len(value)} entries")
        return [reader(one) for one in value]

    return give


def integer(value, most=2**53 - 1):
    whole = not isinstance(value, bool) and isinstance(value, (int, float)) and value == int(value)
    return int(value) if whole and 0 <= value <= most else refuse("integer", value)


def one_of(*words):
    return lambda value: value if isinstance(value, str) and value in words else refuse(f"one of {words}", value)


def only(document, *names):
    for name in document:
        if name not in names:
            refuse("known member", name)


def version(document):
    said = required(document, "ai2ai", any_text)
    if said != "0.2":
        raise Refusal("unsupported_version", said)
