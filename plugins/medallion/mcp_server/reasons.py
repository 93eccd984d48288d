"""The reason of a failure, for an assistant: what it says, without the values of people."""

from __future__ import annotations

import re

from medallion.errors import CustomStepFailed
from medallion.workbench.preview import HIDDEN

_EXAMPLES = re.compile(r"(, for example ).*")
_VALUES = (
    re.compile(r'".*"', re.DOTALL),  # PostgreSQL's way of showing a text
    re.compile(r"(?<==)\(.*\)", re.DOTALL),  # Key (email)=(…) is duplicated
    re.compile(r"(?<=contains )\(.*\)", re.DOTALL),  # Failing row contains (…)
)
"""Each from the first sign to the last one of the text: a value may hold the sign itself."""
_OF_PYTHON = f"{CustomStepFailed.__name__}: "


def hide_values(problem: str, kind: str = "") -> str:
    """A problem of a table with personal data. PostgreSQL and gates repeat the values that they
    refuse; a person's function may say anything, so of its error only the kind is left.

    Args:
        kind: the name of the error's class, where `problem` does not begin with it.

    >>> hide_values('invalid input syntax for type integer: "ana@example.org" [22P02]')
    'invalid input syntax for type integer: (personal: not shown) [22P02]'
    >>> hide_values("Key (mail)=(ana (home)) is duplicated.")
    'Key (mail)=(personal: not shown) is duplicated.'
    >>> hide_values("accepted_values {column: b}: 2 of 9 rows, for example 'Ana', 'Bo'")
    'accepted_values {column: b}: 2 of 9 rows, for example (personal: not shown)'
    >>> hide_values("include/python/a.py: KeyError: Ana", "CustomStepFailed")
    'CustomStepFailed: (personal: not shown)'
    """
    if kind == CustomStepFailed.__name__ or problem.startswith(_OF_PYTHON):
        return f"{_OF_PYTHON}{HIDDEN}"
    text = _EXAMPLES.sub(rf"\g<1>{HIDDEN}", problem)
    for pattern in _VALUES:
        text = pattern.sub(HIDDEN, text)
    return text
