"""The expressions that protect a value.

The key of hashes is in no query text: it is in a relation of one row that the query joins.
"""

from __future__ import annotations

import hashlib

from sqlglot import exp

from medallion.cleaning.declared.classification import ClassificationSpec, Protect
from medallion.cleaning.duckdb.naming import column_of
from medallion.cleaning.verbs.templates import fill

KEY_RELATION = "pii_key"
INNER, OUTER = "_inner_pad", "_outer_pad"
_BLOCK_BYTES = 64

REDACTED: tuple[tuple[str, str], ...] = (
    (r"[\p{L}\p{N}._%+'-]+@[\p{L}\p{N}-]+(?:\.[\p{L}\p{N}-]+)+", "[email]"),
    (r"\b[A-Z]{2}[0-9]{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,4})?\b", "[iban]"),
    (r"(?:[0-9][ -]?){12,18}[0-9]", "[card]"),
    (r"\+?[0-9](?:[ ().\-/]*[0-9]){7,11}", "[number]"),
    (r"\b(?:[0-9]{1,3}\.){3}[0-9]{1,3}\b", "[ip]"),
)
"""What `redact` finds in a text, in this order, and what it writes there."""


def protect(value: exp.Expr, classification: ClassificationSpec) -> exp.Expr:
    """What silver holds instead of a text: hashed, masked or redacted; NULL stays NULL."""
    if classification.protect is Protect.HASH:
        return _hash(value)
    if classification.protect is Protect.MASK:
        return _mask(value, classification)
    if classification.protect is Protect.REDACT:
        return _redact(value)
    return value


def key_pads(secret: str) -> tuple[bytes, bytes]:
    """HMAC's inner and outer pad (RFC 2104) for SHA-256, 64 bytes each."""
    key = secret.encode()
    if len(key) > _BLOCK_BYTES:
        key = hashlib.sha256(key).digest()
    block = key.ljust(_BLOCK_BYTES, b"\0")
    return bytes(byte ^ 0x36 for byte in block), bytes(byte ^ 0x5C for byte in block)


def _hash(value: exp.Expr) -> exp.Expr:
    """HMAC-SHA256 of the text's UTF-8, in 64 hexadecimal digits."""
    return fill(
        "sha256(outside || unhex(sha256(inside || encode(value))))",
        value=value,
        inside=column_of(INNER),
        outside=column_of(OUTER),
    )


def _mask(value: exp.Expr, classification: ClassificationSpec) -> exp.Expr:
    """Always four stars: the length of the text stays hidden."""
    if classification.pii == "email":
        return fill(
            "CASE WHEN contains(value, '@')"
            " THEN left(value, 1) || '****@' || split_part(value, '@', -1)"
            " WHEN value IS NOT NULL THEN '****' END",
            value=value,
        )
    kept = classification.keep_last
    if not kept:
        return fill("CASE WHEN value IS NOT NULL THEN '****' END", value=value)
    return fill(
        "CASE WHEN length(value) >= enough THEN '****' || right(value, kept)"
        " WHEN value IS NOT NULL THEN '****' END",
        value=value,
        enough=exp.Literal.number(2 * kept),
        kept=exp.Literal.number(kept),
    )


def _redact(value: exp.Expr) -> exp.Expr:
    for pattern, word in REDACTED:
        value = fill(
            "regexp_replace(value, pattern, word, 'g')", value=value, pattern=pattern, word=word
        )
    return value
