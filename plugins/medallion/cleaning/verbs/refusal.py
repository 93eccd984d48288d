"""A text that a verb refuses: it carries the reason with it, and no type accepts it.

It starts with a NUL character, which no PostgreSQL value can hold: whatever verbs, look-ups and
types come after, it is never published, and its row is quarantined with the reason.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from medallion.cleaning.verbs.templates import fill

if TYPE_CHECKING:
    from sqlglot import exp


def refuse(value: exp.Expr, reason: str) -> exp.Expr:
    """Mark the text `value` as refused. `reason` continues a sentence about the text: `is not
    …`."""
    return fill("concat(chr(0), value, chr(0), reason)", value=value, reason=reason)


def is_refused(value: exp.Expr) -> exp.Expr:
    """Whether a verb has refused the text; NULL if it is NULL."""
    return fill("starts_with(value, chr(0))", value=value)


def text_of(value: exp.Expr) -> exp.Expr:
    """The original text inside a refused one."""
    return fill("split_part(value, chr(0), 2)", value=value)


def reason_of(value: exp.Expr) -> exp.Expr:
    """The reason inside a refused text."""
    return fill("split_part(value, chr(0), 3)", value=value)
