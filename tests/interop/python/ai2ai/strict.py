"""SPEC §2: strict reading, canonical form, digest."""

import hashlib
import json
import re

from .refusal import Refusal

DEPTH = 32
LARGEST = 2**53 - 1
SMALLEST = 2.2250738585072014e-308
STRUCTURE = re.compile(rb'"(?:[^"\\]|\\.)*"?|[{}\[\]]', re.DOTALL)


def read(data, most=None, depth=DEPTH):
    if most is not None and len(data) > most:
        raise Refusal("too_large", f"{len(data)} bytes")
    if deepest(data) > depth:
        raise Refusal("too_deep")
    try:
        value = json.loads(
            data.decode("utf-8"),
            object_pairs_hook=members_once,
            parse_int=integer,
            parse_float=fraction,
            parse_constant=no_constant,
        )
        canonical(value).encode("utf-8")
    except ValueError as problem:
        raise Refusal("malformed", str(problem)) from problem
    return value


def read_object(data, most=None, depth=DEPTH):
    value = read(data, most, depth)
    if not isinstance(value, dict):
        raise Refusal("malformed", "no object")
    return value


def deepest(data):
    level = most = 0
    for found in STRUCTURE.finditer(data):
        if found[0] in (b"{", b"["):
            level += 1
            most = max(most, level)
        elif found[0] in (b"}", b"]"):
            level -= 1
    return most


def members_once(pairs):
    members = dict(pairs)
    if len(members) != len(pairs):
        raise Refusal("malformed", "a name that stands twice")
    return members


def no_constant(word):
    raise Refusal("malformed", word)


def integer(digits):
    # Python refuses to read thousands of digits; they are too many anyway.
    if len(digits) > 17 or abs(int(digits)) > LARGEST:
        raise Refusal("malformed", "a number that is too large")
    return int(digits)


def fraction(digits):
    value = float(digits)
    significant = re.sub(r"[eE].*|[-.]", "", digits).strip("0")
    if abs(value) > LARGEST or len(significant) > 15:
        raise Refusal("malformed", "a number that no double gives back")
    if significant and abs(value) < SMALLEST:
        raise Refusal("malformed", "a number that is too small")
    return value


def canonical(value):
    """The RFC 8785 form, as a text."""
    if isinstance(value, dict):
        ordered = sorted(value, key=lambda name: name.encode("utf-16-be", "surrogatepass"))
        return "{" + ",".join(f"{text(name)}:{canonical(value[name])}" for name in ordered) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(canonical, value)) + "]"
    if isinstance(value, str):
        return text(value)
    if isinstance(value, bool) or value is None:
        return json.dumps(value)
    return number(value)


def text(value):
    return json.dumps(value, ensure_ascii=False)


def number(value):
    """ECMAScript's Number::toString (ECMA-262 §6.1.6.1.20)."""
    if isinstance(value, int):
        return str(value)
    if value == 0:
        return "0"
    sign = "-" if value < 0 else ""
    mantissa, exponent = f"{abs(value)!r}e0".split("e")[:2]
    whole, _, part = mantissa.partition(".")
    digits = (whole + part).lstrip("0")
    point = len(whole) + int(exponent) - (len(whole + part) - len(digits))
    digits = digits.rstrip("0")
    return sign + spelled(digits, point)


def spelled(digits, point):
    count = len(digits)
    if count <= point <= 21:
        return digits + "0" * (point - count)
    if 0 < point <= 21:
        return digits[:point] + "." + digits[point:]
    if -6 < point <= 0:
        return "0." + "0" * -point + digits
    exponent = f"{point - 1:+d}"
    return digits[0] + ("." + digits[1:] if count > 1 else "") + "e" + exponent


def digest(value):
    return digest_of(canonical(value).encode())


def digest_of(data):
    return "sha256:" + hashlib.sha256(data).hexdigest()


def without(document, *names):
    return {name: value for name, value in document.items() if name not in names}
