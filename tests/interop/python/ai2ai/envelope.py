"""SPEC §7: what an envelope is, and who said it."""

from . import forms
from .identity import carried
from .refusal import Refusal
from .signing import verify
from .strict import digest, read_object

ENVELOPE_BYTES = 64 * 1024
LONGEST = 14 * forms.DAY
USUAL = {"ping": "node.ping", "message": "message.relay", "receipt": "node.receipt"}
SHORT = {"schedule": "schedule.meeting", "info_request": "info.request"}
PLAIN = ("ping", "message", "request", "response", "confirm", "reject", "inform", "receipt")


def read_envelope(data, me):
    return verify_envelope(read_object(data, ENVELOPE_BYTES), me)


def verify_envelope(document, me=None):
    envelope = form(forms.object_(document))
    if me is not None and envelope["to"] != me:
        raise Refusal("wrong_recipient")
    delegation = carried(document, envelope["did"], envelope["key"], envelope["timestamp"])
    verify("envelope", document, forms.key(delegation["key"]))
    return envelope | {"digest": digest(document)}


def form(document):
    forms.version(document)
    sender = forms.required(document, "from", forms.object_)
    to = forms.required(document, "to", forms.object_)
    forms.required(sender, "agent", forms.agent_name)
    forms.required(sender, "human", forms.human_name)
    forms.optional(to, "agent", forms.agent_name)
    forms.required(document, "id", forms.message_id)
    forms.optional(document, "in_reply_to", forms.message_id)
    kind, intent = kind_and_intent(document)
    envelope = {
        "document": document,
        "timestamp": forms.required(document, "timestamp", forms.time),
        "expires": forms.required(document, "expires_at", forms.time),
        "did": forms.required(sender, "did", forms.did_text),
        "key": forms.required(sender, "key", forms.key_text),
        "to": forms.required(to, "did", forms.did_text),
        "conversation": forms.required(document, "conversation", forms.message_id),
        "payload": forms.required(document, "payload", forms.object_),
        "approval": forms.optional(document, "approval", forms.object_),
        "type": kind,
        "intent": intent,
    }
    if envelope["expires"] <= envelope["timestamp"] or envelope["to"] == envelope["did"]:
        raise Refusal("malformed", "it ends before it begins, or is for its own sender")
    return envelope


def kind_and_intent(document):
    kind = forms.required(document, "type", forms.one_of(*PLAIN, *SHORT))
    said = forms.optional(document, "intent", forms.intent)
    if kind in SHORT:
        if said not in (None, SHORT[kind]):
            raise Refusal("malformed", "a short form with another intent")
        return "request", SHORT[kind]
    intent = said or USUAL.get(kind)
    return (kind, intent) if intent else forms.refuse("intent", said)


def judge_age(envelope, now):
    if envelope["expires"] - envelope["timestamp"] > LONGEST:
        raise Refusal("life_too_long")
    if envelope["timestamp"] > now + forms.CLOCKS:
        raise Refusal("not_yet_valid")
    if now >= envelope["expires"]:
        raise Refusal("expired")
