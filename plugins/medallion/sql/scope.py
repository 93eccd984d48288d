"""Columns as far as they are known, and the names that a SELECT and those around it give them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from medallion.names import SYSTEM_COLUMNS


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """The columns of a table, a subquery or a result, as far as they are known.

    Attributes:
        names: in their order.
        whole: whether there are no others.
        own: whether Medallion's columns (`_load_id`) and the server's may exist besides them.
    """

    names: tuple[str, ...] = ()
    whole: bool = True
    own: bool = False

    def may_have(self, name: str) -> bool:
        """Whether a column may exist; False only if it certainly does not.

        >>> Columns(names=("id",), whole=True).may_have("fee")
        False
        """
        if name in self.names or not self.whole:
            return True
        return self.own and (name.startswith("_") or name in SYSTEM_COLUMNS)

    def rename(self, names: Sequence[str]) -> Columns:
        """The columns after `AS t (a, b)`, which renames the first ones."""
        if not names:
            return self
        if self.own or not self.whole:
            return Columns(names=tuple(names), whole=False)
        return replace(self, names=(*names, *self.names[len(names) :]))

    def beside(self, other: Columns) -> Columns:
        """These columns followed by the others."""
        return Columns(
            names=self.names + other.names,
            whole=self.whole and other.whole,
            own=self.own or other.own,
        )


UNKNOWN = Columns(whole=False)
Tables = Callable[[str, str], Columns]
"""A table's schema and name → its columns."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """Something in FROM. `schema` is empty where it has an alias."""

    name: str
    columns: Columns
    schema: str = ""
    shown: str = ""


@dataclass(slots=True, kw_only=True)
class Scope:
    """What the names of one SELECT can mean, and of those around it."""

    parent: Scope | None
    ctes: Mapping[str, Columns]
    items: list[Item] = field(default_factory=list)

    def outwards(self) -> Iterator[Scope]:
        """This one, and then those around it."""
        level: Scope | None = self
        while level is not None:
            yield level
            level = level.parent


def find_items(name: str, scope: Scope) -> list[Item]:
    """What a name in front of a dot means: the innermost SELECT that knows it decides."""
    for level in scope.outwards():
        found = [item for item in level.items if item.name == name]
        if found:
            return found
    return []
