"""SPEC §12 and §14: what an envelope does, whether its sender's human wants it, and what two people agreed on."""

from . import forms
from .envelope import verify_envelope
from .identity import verify_card
from .mandate import covers, read_mandate
from .refusal import Refusal, refused_as
from .signing import signed_bytes, verify
from .strict import canonical, digest, read_object

TERMS_BYTES = 16 * 1024
TERMS_DEPTH = 30
AGREEMENT_BYTES = 512 * 1024
AGREEMENT_DEPTH = 34
# The intent by which an `inform` calls off what was agreed.
CANCEL = "agreement.cancel"


def act_of(envelope):
    """`(act, hash, terms, replaces)`."""
    kind, payload = envelope["type"], envelope["payload"]
    if kind in ("ping", "receipt"):
        return "none", None, None, None
    if payload.get("terms") is not None:
        if kind not in ("request", "response"):
            raise Refusal("malformed", "terms where none may be")
        return offer(payload)
    if kind == "confirm":
        return "confirm", forms.required(payload, "terms_hash", forms.digest), None, None
    if kind == "reject":
        check_reason(payload)
        return "reject", None, None, None
    if kind == "inform" and envelope["intent"] == CANCEL:
        check_reason(payload)
        return "cancel", forms.required(payload, "terms_hash", forms.digest), None, None
    forms.optional(payload, "text", forms.any_text)
    forms.optional(payload, "proposed_times", forms.listed(32, forms.any_text))
    return "talk", None, None, None


def check_reason(payload):
    if len(forms.optional(payload, "reason", forms.any_text, "")) > 1000:
        raise Refusal("too_large", "a long reason")


def offer(payload):
    terms = forms.object_(payload["terms"])
    if not terms or "replaces" not in payload:
        raise Refusal("malformed", "terms that say nothing, or not what they replace")
    if depth_of(terms) > TERMS_DEPTH:
        raise Refusal("too_deep")
    if len(canonical(terms).encode()) > TERMS_BYTES:
        raise Refusal("too_large")
    return "offer", digest(terms), terms, forms.optional(payload, "replaces", forms.message_id)


def depth_of(value):
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else None
    return 0 if inner is None else 1 + max(map(depth_of, inner), default=0)


def check_approval(envelope, act, standing=None):
    """`(by, signed bytes)`; None where no approval is needed."""
    kind, hashed, terms, _ = act
    if kind not in ("offer", "confirm", "cancel"):
        return None
    approval = envelope["approval"]
    if approval is None:
        raise Refusal("approval_missing")
    with refused_as("approval_invalid"):
        if forms.required(approval, "by", forms.one_of("owner", "mandate")) == "owner":
            by_owner(envelope, hashed, approval)
            return "owner", signed_bytes("approval", approval)
        forms.only(approval, "by", "mandate")
        mandate = read_mandate(forms.required(approval, "mandate", forms.object_), envelope["did"])
    # A cancel is the owner's alone.
    terms = terms if kind == "offer" else standing
    if kind == "cancel" or terms is None or not covers(mandate, envelope, terms):
        raise Refusal("outside_mandate")
    return "mandate", signed_bytes("mandate", approval["mandate"])


def by_owner(envelope, hashed, approval):
    forms.only(approval, "by", "did", "act", "with", "conversation", "terms", "at", "signature")
    wanted = {
        "did": envelope["did"], "with": envelope["to"], "conversation": envelope["conversation"],
        "act": envelope["type"], "terms": hashed,
    }
    if any(approval.get(name) != value for name, value in wanted.items()):
        raise Refusal("approval_invalid", "of something else")
    if forms.required(approval, "at", forms.time) > envelope["timestamp"] + forms.CLOCKS:
        raise Refusal("approval_invalid", "later than its envelope")
    verify("approval", approval, forms.did(envelope["did"]))


def check_agreement(data):
    """The hash of what was agreed."""
    file = read_object(data, AGREEMENT_BYTES, AGREEMENT_DEPTH)
    forms.only(file, "ai2ai", "type", "conversation", "terms", "terms_hash", "offer", "confirm", "cancels", "cards")
    forms.version(file)
    forms.required(file, "type", forms.one_of("agreement"))
    offered = forms.required(file, "offer", verify_envelope)
    confirmed = forms.required(file, "confirm", verify_envelope)
    if (offered["did"], offered["to"]) != (confirmed["to"], confirmed["did"]):
        raise Refusal("malformed", "between others")
    acts = act_of(offered), act_of(confirmed)
    if (acts[0][0], acts[1][0]) != ("offer", "confirm") or acts[0][1] != acts[1][1]:
        raise Refusal("malformed", "no offer and confirm of the same terms")
    if confirmed["timestamp"] < offered["timestamp"] - forms.CLOCKS:
        raise Refusal("malformed", "confirmed before it was offered")
    check_approval(offered, acts[0])
    check_approval(confirmed, acts[1], acts[0][2])
    terms = forms.required(file, "terms", forms.object_)
    beside = {file.get("conversation"), offered["conversation"], confirmed["conversation"]}
    if len(beside) != 1 or {digest(terms), file.get("terms_hash")} != {acts[0][1]}:
        raise Refusal("malformed", "something else beside the envelopes")
    check_cancels(file, offered, acts[0][1])
    for card in forms.optional(file, "cards", forms.listed(2, verify_card), []):
        if card["did"] not in (offered["did"], confirmed["did"]):
            raise Refusal("malformed", "somebody else's card")
    return acts[0][1]


def check_cancels(file, offered, hashed):
    """Each of the two may have called it off, once."""
    sides = (offered["did"], offered["to"])
    cancels = forms.optional(file, "cancels", forms.listed(2, verify_envelope), [])
    for cancel in cancels:
        if (cancel["did"], cancel["to"]) not in (sides, sides[::-1]) or cancel["conversation"] != offered["conversation"]:
            raise Refusal("malformed", "called off between others, or elsewhere")
        act = act_of(cancel)
        if act[:2] != ("cancel", hashed):
            raise Refusal("malformed", "something else is called off")
        check_approval(cancel, act)
    if len({cancel["did"] for cancel in cancels}) != len(cancels):
        raise Refusal("malformed", "called off twice")
