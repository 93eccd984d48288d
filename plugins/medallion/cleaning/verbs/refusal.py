"""A text that a verb refuses: it carries the reason along, and no type takes it.

A NUL character stands at its start, which no value in PostgreSQL can hold: whatever verbs, look-ups
and types come after, such a text is never published, and its row is quarantined with the reason.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from medallion.cleaning.verbs.templates import fill

if TYPE_CHECKING:
    from sqlglot import exp


def refused(value: exp.Expr, reason: str) -> exp.Expr:
    """The text `value` as one that is refused; `reason` goes on from the text: `is not …`."""
    return fill("concat(chr(0), value, chr(0), reason)", value=value, reason=reason)


def is_refused(value: exp.Expr) -> exp.Expr:
    """Whether a verb has refused the text; NULL where it is NULL."""
    return fill("starts_with(value, chr(0))", value=value)


def text_of(value: exp.Expr) -> exp.Expr:
    """The text that was refused."""
    return fill("split_part(value, chr(0), 2)", value=value)


def reason_of(value: exp.Expr) -> exp.Expr:
    """Why it was refused."""
    return fill("split_part(value, chr(0), 3)", value=value)
