"""SPEC §5 and §6: delegations and cards."""

import hashlib

from . import forms
from .refusal import Refusal
from .signing import verify
from .strict import canonical, digest, read_object

SUITE = "x25519-hkdf-sha256-aes-256-gcm"
CARD_BYTES = 16 * 1024
DELEGATION_LIFE = 366 * forms.DAY
CARD_LIFE = 7 * forms.DAY


def read_delegation(document):
    forms.object_(document)
    read = {
        "did": forms.required(document, "did", forms.did_text),
        "key": forms.required(document, "key", forms.key_text),
        "sequence": forms.required(document, "sequence", forms.integer),
        "not_before": forms.required(document, "not_before", forms.time),
        "not_after": forms.required(document, "not_after", forms.time),
    }
    if read["not_after"] - read["not_before"] > DELEGATION_LIFE:
        raise Refusal("bad_delegation", "too long")
    verify("delegation", document, forms.did(read["did"]), "bad_delegation")
    return read


def carried(document, did, key, at):
    """The delegation that `document` carries: of `did`, for `key` if one is named, and covering `at`."""
    if document.get("delegation") is None:
        raise Refusal("bad_delegation", "there is none")
    delegation = read_delegation(document["delegation"])
    fits = delegation["did"] == did and key in (None, delegation["key"])
    if not fits or not delegation["not_before"] <= at < delegation["not_after"]:
        raise Refusal("bad_delegation", "of somebody else, for another key, or for another time")
    return delegation


def read_card(data):
    return verify_card(read_object(data, CARD_BYTES))


def verify_card(document):
    if len(canonical(forms.object_(document)).encode()) > CARD_BYTES:
        raise Refusal("too_large")
    forms.version(document)
    forms.required(document, "type", forms.one_of("card"))
    did = forms.required(document, "did", forms.did_text)
    forms.required(document, "agent", forms.agent_name)
    forms.required(document, "human", forms.human_name)
    forms.required(document, "sequence", forms.integer)
    issued = forms.required(document, "issued_at", forms.time)
    expires = forms.required(document, "expires_at", forms.time)
    nodes = forms.required(document, "nodes", forms.listed(4, node))
    forms.optional(document, "mailboxes", forms.listed(4, forms.mailbox))
    forms.optional(document, "intents", forms.listed(32, forms.intent))
    forms.optional(document, "languages", forms.listed(8, forms.language))
    forms.optional(document, "timezone", forms.zone)
    if expires <= issued:
        raise Refusal("malformed", "it ends before it begins")
    if expires - issued > CARD_LIFE:
        raise Refusal("life_too_long")
    delegation = carried(document, did, None, issued)
    verify("card", document, forms.key(delegation["key"]))
    prekeys = [prekey for prekeys in nodes for prekey in prekeys if prekey]
    return {
        "document": document, "did": did, "issued": issued, "expires": expires, "prekeys": prekeys,
        "delegation": delegation, "digest": digest(document),
    }


def is_current(card, now):
    if card["issued"] > now + forms.CLOCKS:
        raise Refusal("not_yet_valid")
    if now >= card["expires"]:
        raise Refusal("expired")
    if now >= card["delegation"]["not_after"]:
        raise Refusal("bad_delegation", "it has ended")


def node(value):
    forms.object_(value)
    forms.required(value, "peer", forms.peer)
    forms.required(value, "addresses", forms.listed(16, forms.address))
    return forms.required(value, "prekeys", forms.listed(4, prekey))


def prekey(value):
    forms.object_(value)
    if forms.required(value, "suite", forms.any_text) != SUITE:
        return None
    data = forms.required(value, "key", lambda text: forms.base64(text, 32))
    forms.required(value, "not_after", forms.time)
    if forms.required(value, "id", forms.prekey_id) != prekey_id_of(data):
        forms.refuse("prekey's own id", value["id"])
    return value["id"]


def prekey_id_of(data):
    return hashlib.sha256(data).hexdigest()[:32]
