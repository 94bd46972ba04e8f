"""SPEC §22 and §23: what is asked of a volunteer, and what it answers."""

from . import forms
from .identity import carried, is_current, verify_card
from .receipts import CODES
from .refusal import Refusal
from .sealed import BATCH, read_sealed
from .signing import verify
from .strict import digest, read_object

FOUND = 16
CHARACTERS = 128
WORDS = 8
# What stands before the 32 bytes of an Ed25519 key in a peer id: an identity multihash of its protobuf form.
PEER = bytes.fromhex("002408011220")


def code_or(code):
    return code if code in CODES else "internal"


def read(data, kind=None):
    document = read_object(data)
    forms.version(document)
    if kind and document.get("type") == "error":
        raise Refusal(code_or(forms.required(document, "code", forms.any_text)))
    if kind:
        forms.required(document, "type", forms.one_of(kind))
    return document


def mailbox_request(data, given):
    document = read(data)
    kinds = "mailbox_register", "mailbox_deposit", "mailbox_collect"
    kind = forms.required(document, "type", forms.one_of(*kinds))
    if kind == "mailbox_register":
        return claim(forms.required(document, "claim", forms.object_), given)
    if kind == "mailbox_deposit":
        to = forms.required(document, "to", forms.did_text)
        sealed = forms.required(document, "sealed", forms.listed(BATCH, lambda entry: judged(entry, to)))
        if not sealed:
            raise Refusal("malformed", "nothing")
        return {"request": "deposit", "to": to, "sealed": sealed}
    return {
        "request": "collect",
        "did": forms.required(document, "did", forms.did_text),
        "done": forms.required(document, "done", forms.listed(BATCH, forms.digest)),
        "after": forms.required(document, "after", forms.integer),
    }


def judged(entry, to):
    try:
        read_sealed(entry)
        code = "ok" if entry["to"] == to else "wrong_recipient"
    except Refusal as problem:
        code = problem.code
    return f"{digest(entry)} {code}"


def claim(document, given):
    forms.version(document)
    forms.required(document, "type", forms.one_of("mailbox_claim"))
    sender = forms.required(document, "from", forms.object_)
    did = forms.required(sender, "did", forms.did_text)
    key = forms.required(sender, "key", forms.key_text)
    at = forms.required(document, "timestamp", forms.time)
    peer, mailbox = (forms.required(document, name, forms.peer) for name in ("peer", "mailbox"))
    verify("claim", document, forms.key(carried(document, did, key, at)["key"]))
    if mailbox != given["me"] or peer != given["from"]:
        raise Refusal("wrong_recipient")
    now = forms.time(given["now"])
    if now > at + forms.CLOCKS:
        raise Refusal("expired")
    if now < at - forms.CLOCKS:
        raise Refusal("not_yet_valid")
    return {"request": "claim", "did": did, "claim": document}


def custody(data, mailbox, to):
    """What a mailbox says that it keeps, signed by the node key that its peer id is: the document, and a line each."""
    document = read(data, "custody")
    said = forms.required(document, "mailbox", forms.peer)
    whom = forms.required(document, "to", forms.did_text)
    for name in ("at", "until"):
        forms.required(document, name, forms.time)
    receipts = forms.required(document, "receipts", forms.listed(BATCH, kept))
    if (said, whom) != (mailbox, to):
        raise Refusal("bad_signature", "another's")
    key = forms.from_base58(mailbox)
    if key is None or len(key) != 38 or not key.startswith(PEER):
        raise Refusal("bad_signature", "no Ed25519 key")
    verify("custody", document, key[len(PEER) :])
    return document, receipts


def kept(receipt):
    forms.object_(receipt)
    status = forms.required(receipt, "status", forms.one_of("kept", "refused"))
    told = status if status == "kept" else code_or(forms.required(receipt, "code", forms.any_text))
    return f"{forms.required(receipt, 'digest', forms.digest)} {told}"


def place(data):
    document = read(data, "mailbox_place")
    forms.required(document, "until", forms.time)
    return document["until"], forms.required(document, "waiting", forms.integer)


def handover(data):
    """The digests of the seals; what is none is left out."""
    document = read(data, "mailbox_batch")
    sealed = forms.required(document, "sealed", forms.listed(BATCH, digest_of_seal))
    last, more = (forms.required(document, name, forms.integer) for name in ("last", "more"))
    return [one for one in sealed if one], last, more


def digest_of_seal(entry):
    try:
        read_sealed(entry)
        return digest(entry)
    except Refusal:
        return None


def directory_request(data):
    document = read(data)
    kinds = "directory_list", "directory_unlist", "directory_search"
    kind = forms.required(document, "type", forms.one_of(*kinds))
    if kind == "directory_unlist":
        return {"request": "unlist", "did": forms.required(document, "did", forms.did_text)}
    if kind == "directory_list":
        card = forms.required(document, "card", verify_card)
        return {"request": "list", "did": card["did"], "sequence": card["document"]["sequence"]}
    search = {
        "request": "search",
        "name": forms.optional(document, "name", searched),
        "intent": forms.optional(document, "intent", forms.intent),
        "text": forms.optional(document, "text", searched),
    }
    if len((search["text"] or "").split()) > WORDS:
        raise Refusal("too_large", "too many words")
    return search


def searched(value):
    if len(forms.any_text(value)) > CHARACTERS:
        raise Refusal("too_large")
    return value


def listed(data):
    document = read(data, "directory_listed")
    if "until" not in document:
        raise Refusal("malformed", "no until")
    forms.optional(document, "until", forms.time)
    return document["until"]


def found(data, search, now):
    """Whose cards are believed: those that verify, are of this time, and fit what was asked."""
    entries = forms.required(read(data, "directory_cards"), "cards", forms.listed(FOUND, lambda entry: entry))
    return [did for entry in entries for did in believed(entry, search, now)]


def believed(entry, search, now):
    try:
        card = verify_card(entry)
        is_current(card, now)
    except Refusal:
        return []
    return [card["did"]] if fits(card["document"], search) else []


def fits(card, search):
    names = [card[name].lower() for name in ("agent", "human")]
    intents = card.get("intents") or []
    everything = names + [one.lower() for one in intents + (card.get("languages") or [])]
    words = (search["text"] or "").lower().split()
    return (
        (search["name"] is None or search["name"].lower() in names)
        and (search["intent"] is None or search["intent"] in intents)
        and all(any(word in one for one in everything) for word in words)
    )
