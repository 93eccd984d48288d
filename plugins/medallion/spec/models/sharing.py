"""Which other domains may read a table: the `share_with` of silver and gold."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Discriminator, Field, Tag

from medallion.names import Name

EVERY_DOMAIN = "public"
"""In place of a list: every domain of the project. No domain can be called so."""


def _form(value: object) -> str:
    """The tag of the arm that is meant, so that only its error is reported."""
    return "literal" if isinstance(value, str) else "tuple"


ShareWith = Annotated[
    Annotated[tuple[Name, ...], Field(strict=False), Tag("tuple")]
    | Annotated[Literal["public"], Tag("literal")],
    Discriminator(_form),
]
"""A list of domains, or `public` for all of them; no other domain by default."""


def is_shared_with(domain: str, share_with: ShareWith) -> bool:
    """Whether a table's `share_with` lets another domain read it.

    >>> is_shared_with("finance", ("finance",)), is_shared_with("finance", ())
    (True, False)
    >>> is_shared_with("finance", "public")
    True
    """
    return share_with == EVERY_DOMAIN or domain in share_with
