"""SPEC §4: signatures over a domain tag and the canonical form, checked strictly."""

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from . import forms
from .refusal import Refusal
from .strict import canonical, without

P = 2**255 - 19
EIGHTH = [
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
]
SMALL_ORDER = {0, 1, P - 1} | {int.from_bytes(bytes.fromhex(y), "little") for y in EIGHTH}


def signed_bytes(kind, document):
    return f"ai2ai/0.2/{kind}\n{canonical(without(document, 'signature'))}".encode()


def verify(kind, document, key, code="bad_signature"):
    try:
        signature = forms.base64(document.get("signature"), 64)
    except Refusal as problem:
        raise Refusal(code, "the signature is missing, or no base64 of 64 bytes") from problem
    if is_small(key) or is_small(signature[:32]):
        raise Refusal(code, "a point of small order")
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, signed_bytes(kind, document))
    except (InvalidSignature, ValueError) as problem:
        raise Refusal(code, "it does not verify") from problem


def is_small(point):
    return (int.from_bytes(point, "little") & (2**255 - 1)) % P in SMALL_ORDER
