"""A column that the public view masks, and for whom not; plain data, so that plans have it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadMask:
    """A masked column of a view. `roles` read it in clear; `keep_last` characters stay of a text
    that is not an address."""

    column: str
    roles: tuple[str, ...]
    is_email: bool
    keep_last: int
