"""SPEC §8: HPKE (RFC 9180) base mode over X25519, HKDF-SHA256 and AES-256-GCM; sequences and batches."""

import base64
import hashlib
import hmac

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from . import forms
from .identity import SUITE, prekey_id_of
from .refusal import Refusal
from .strict import canonical, read_object, without

SEALED_BYTES = 96 * 1024
BATCH_BYTES = 1024 * 1024
BATCH = 64
TAG = 16
PLAINTEXT = 65_536
INFO = b"ai2ai/0.2/sealed"
KEM = b"KEM\x00\x20"
HPKE = b"HPKE\x00\x20\x00\x01\x00\x02"


def extract(suite, salt, label, material):
    return hmac.digest(salt or bytes(32), b"HPKE-v1" + suite + label + material, hashlib.sha256)


def expand(suite, key, label, info, length):
    labeled = length.to_bytes(2, "big") + b"HPKE-v1" + suite + label + info
    return hmac.digest(key, labeled + b"\x01", hashlib.sha256)[:length]


def derive_secret(material):
    return expand(KEM, extract(KEM, b"", b"dkp_prk", material), b"sk", b"", 32)


def public(secret):
    return X25519PrivateKey.from_private_bytes(secret).public_key().public_bytes_raw()


def key_and_nonce(secret, theirs, enc, recipient):
    shared = X25519PrivateKey.from_private_bytes(secret).exchange(X25519PublicKey.from_public_bytes(theirs))
    prk = extract(KEM, b"", b"eae_prk", shared)
    agreed = expand(KEM, prk, b"shared_secret", enc + recipient, 32)
    context = b"\0" + extract(HPKE, b"", b"psk_id_hash", b"") + extract(HPKE, b"", b"info_hash", INFO)
    schedule = extract(HPKE, agreed, b"secret", b"")
    return expand(HPKE, schedule, b"key", context, 32), expand(HPKE, schedule, b"base_nonce", context, 12)


def aad_of(document):
    return canonical(without(document, "enc", "ciphertext")).encode()


def read_sealed(document):
    forms.object_(document)
    if len(canonical(document).encode()) > SEALED_BYTES:
        raise Refusal("too_large")
    forms.version(document)
    forms.required(document, "type", forms.one_of("sealed"))
    if forms.required(document, "suite", forms.any_text) != SUITE:
        raise Refusal("unknown_suite")
    forms.required(document, "to", forms.did)
    forms.required(document, "prekey", forms.prekey_id)
    enc = forms.required(document, "enc", lambda text: forms.base64(text, 32))
    ciphertext = forms.required(document, "ciphertext", forms.base64)
    if len(ciphertext) < TAG:
        raise Refusal("malformed", "a ciphertext without a tag")
    if len(ciphertext) > PLAINTEXT + TAG:
        raise Refusal("too_large")
    return enc, ciphertext


def open_sealed(document, secret):
    """What is inside: the plaintext, and the envelopes in it."""
    enc, ciphertext = read_sealed(document)
    recipient = public(secret)
    if document["prekey"] != prekey_id_of(recipient):
        raise Refusal("unknown_prekey")
    try:
        key, nonce = key_and_nonce(secret, enc, enc, recipient)
        plaintext = AESGCM(key).decrypt(nonce, ciphertext, aad_of(document))
    except (InvalidTag, ValueError) as problem:
        raise Refusal("cannot_open") from problem
    return plaintext, sequence(plaintext) if plaintext[:1] == b"\x1e" else [plaintext]


def seal(document, ephemeral, recipient, plaintext):
    enc = public(ephemeral)
    key, nonce = key_and_nonce(ephemeral, recipient, enc, recipient)
    outer = without(document, "enc", "ciphertext")
    ciphertext = AESGCM(key).encrypt(nonce, plaintext, aad_of(outer))
    return outer | {"enc": base64.b64encode(enc).decode(), "ciphertext": base64.b64encode(ciphertext).decode()}


def sequence(plaintext):
    if not plaintext.endswith(b"\n"):
        raise Refusal("malformed", "a sequence without its last line feed")
    found = plaintext[1:].split(b"\x1e")
    if any(len(one) < 2 or not one.endswith(b"\n") for one in found):
        raise Refusal("malformed", "no sequence")
    if len(found) > BATCH:
        raise Refusal("too_large", f"{len(found)} envelopes")
    return [one[:-1] for one in found]


def read_batch(data):
    document = read_object(data, BATCH_BYTES)
    forms.version(document)
    forms.required(document, "type", forms.one_of("batch"))
    entries = forms.required(document, "sealed", forms.listed(BATCH, lambda entry: entry))
    return entries or forms.refuse("batch", entries)
