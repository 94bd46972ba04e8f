"""SPEC §10: what became of each envelope of a batch."""

from . import forms
from .identity import carried, verify_card
from .refusal import Refusal
from .signing import verify
from .strict import read_object

RECEIPTS_BYTES = 96 * 1024
PHASES = ("proposed", "negotiating", "confirmed", "rejected", "expired")
CODES = set(
    """malformed too_large too_deep unsupported_version unknown_suite unknown_prekey cannot_open bad_signature
    bad_delegation wrong_recipient expired not_yet_valid life_too_long replayed_differently blocked rate_limited quarantined
    invite_invalid unknown_conversation not_a_party crossed stale_terms approval_missing approval_invalid outside_mandate
    closed over_budget busy no_mailbox mailbox_full internal""".split()
)


def read_receipts(data, did):
    document = read_object(data, RECEIPTS_BYTES)
    forms.version(document)
    forms.required(document, "type", forms.one_of("receipts"))
    sender = forms.required(document, "from", forms.object_)
    signer = forms.required(sender, "did", forms.did_text)
    key = forms.required(sender, "key", forms.key_text)
    at = forms.required(document, "timestamp", forms.time)
    outcomes = forms.required(document, "receipts", forms.listed(64, read_receipt))
    if signer != did:
        raise Refusal("bad_signature", "somebody else's")
    verify("receipts", document, forms.key(carried(document, signer, key, at)["key"]))
    card = forms.optional(document, "card", verify_card)
    if card and card["did"] != did:
        raise Refusal("malformed", "somebody else's card")
    return outcomes


def read_receipt(receipt):
    forms.object_(receipt)
    status = forms.required(receipt, "status", forms.one_of("accepted", "held", "refused"))
    code = forms.optional(receipt, "code", forms.any_text)
    if (status == "refused") != (code is not None):
        raise Refusal("malformed", "a code with a refusal, and only then")
    forms.optional(receipt, "id", forms.message_id)
    forms.required(receipt, "digest", forms.digest)
    forms.optional(receipt, "retry_after_s", lambda value: forms.integer(value, 2**32 - 1))
    forms.required(receipt, "at", forms.time)
    state = forms.optional(receipt, "state", forms.object_)
    if state is not None:
        forms.required(state, "phase", forms.one_of(*PHASES))
        forms.optional(state, "terms", forms.digest)
        forms.optional(state, "cancelled", forms.message_id)
    return status if code is None else code if code in CODES else "internal"
