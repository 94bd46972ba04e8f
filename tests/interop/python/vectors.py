"""Checks every vector, good and bad, byte for byte: vectors.py FOLDER. One line of JSON at the end says how many."""

import base64
import json
import sys
from pathlib import Path

from ai2ai import acts, envelope, forms, identity, receipts, sealed, strict
from ai2ai.refusal import Refusal
from ai2ai.signing import signed_bytes

NAMES = {
    "did": lambda text: {"public_key": forms.did(text).hex()},
    "time": lambda text: {"millis": str(forms.time(text))},
    "id": lambda text: {"text": forms.message_id(text)},
    "digest": lambda text: {"text": forms.digest(text)},
    "agent": lambda text: {"text": forms.agent_name(text)},
    "human": lambda text: {"text": forms.human_name(text)},
    "intent": lambda text: {"text": forms.intent(text)},
}


def of_json(data, _given):
    value = strict.read(data)
    return {"canonical": strict.canonical(value), "digest": strict.digest(value)}


def of_delegation(data, _given):
    document = strict.read_object(data)
    identity.read_delegation(document)
    return {"digest": strict.digest(document), "signed_bytes": signed_bytes("delegation", document).decode()}


def of_card(data, given):
    card = identity.read_card(data)
    if "now" in given:
        identity.is_current(card, forms.time(given["now"]))
    signed = signed_bytes("card", card["document"]).decode()
    return {"digest": card["digest"], "prekeys": "\n".join(card["prekeys"]), "signed_bytes": signed}


def of_envelope(data, given):
    found = envelope.read_envelope(data, given["me"])
    if "now" in given:
        envelope.judge_age(found, forms.time(given["now"]))
    signed = signed_bytes("envelope", found["document"]).decode()
    return {name: found[name] for name in ("digest", "type", "intent")} | {"signed_bytes": signed}


def of_sealed(data, given):
    if "batch" in given:
        return {"sealed": "\n".join(map(entry, sealed.read_batch(data)))}
    document = strict.read_object(data)
    secret = bytes.fromhex(given["prekey_secret"])
    plaintext, inside = sealed.open_sealed(document, secret)
    ephemeral = sealed.derive_secret(bytes.fromhex(given["ephemeral_ikm"]))
    again = sealed.seal(document, ephemeral, sealed.public(secret), plaintext)
    assert strict.canonical(again) == strict.canonical(document), "sealing it gives something else"
    return {"digest": strict.digest(document), "opened": b"\n".join(inside).decode()}


def entry(document):
    try:
        sealed.read_sealed(document)
        return f"{strict.digest(document)} ok"
    except Refusal as problem:
        return f"{strict.digest(document)} {problem.code}"


def of_receipts(data, given):
    outcomes = receipts.read_receipts(data, given["from"])
    signed = signed_bytes("receipts", strict.read_object(data)).decode()
    return {"outcomes": "\n".join(outcomes), "signed_bytes": signed}


def of_approval(data, given):
    found = envelope.verify_envelope(strict.read_object(data))
    act = acts.act_of(found)
    standing = strict.read(given["terms"].encode()) if "terms" in given else None
    approved = acts.check_approval(found, act, standing)
    kind, hashed, _, replaces = act
    said = " ".join(filter(None, [kind, hashed, replaces and f"instead of {replaces}"]))
    return {"act": said} | ({"by": approved[0], "signed_bytes": approved[1].decode()} if approved else {})


def of_agreement(data, _given):
    try:
        return {"terms_hash": acts.check_agreement(data), "valid": "true"}
    except Refusal:
        return {"valid": "false"}


CHECKS = {
    "json.json": of_json,
    "names.json": lambda data, given: NAMES[given["kind"]](data.decode()),
    "delegation.json": of_delegation,
    "card.json": of_card,
    "envelope.json": of_envelope,
    "sealed.json": of_sealed,
    "receipts.json": of_receipts,
    "approval.json": of_approval,
    "agreement.json": of_agreement,
}


def outcome(check, vector):
    data = vector["input"].encode() if "input" in vector else base64.b64decode(vector["input_base64"])
    try:
        return check(data, vector.get("given", {}))
    except Refusal as problem:
        return {"code": problem.code}


def main(folder):
    checked = wrong = 0
    for path in sorted(Path(folder).glob("*.json")):
        if path.name == "people.json":
            continue
        for vector in json.loads(path.read_bytes())["vectors"]:
            expected = strict.without(vector["result"], "place")
            found = outcome(CHECKS[path.name], vector)
            checked += 1
            if found != expected:
                wrong += 1
                about = {"file": path.name, "vector": vector["name"], "found": found, "expected": expected}
                print(json.dumps(about), file=sys.stderr)
    print(json.dumps({"checked": checked, "wrong": wrong}))
    return 1 if wrong or not checked else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
