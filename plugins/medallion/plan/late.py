"""Fields of a kept plan that are read when somebody first asks for them.

A task starts with the plan of its whole pipeline, and runs one step of it: it needs neither the
sources of other tasks nor the columns, and in a fresh process each would import what it is made of.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

LATE: Mapping[str, bool] = {"late": True}
"""The metadata of such a field: `source: SourceModel = field(metadata=LATE)`."""


class HasLateFields:
    """The base of a frozen class with slots that has fields of `LATE`.

    A slot without a value is what Python asks `__getattr__` for. Equality, copies and pickles read
    every field, and so have whole objects.
    """

    __slots__ = ("_unread",)

    if not TYPE_CHECKING:  # for whom each field is there

        def __getattr__(self, name: str) -> Any:
            """Read the field, once."""
            unread = object.__getattribute__(self, "_unread") if name != "_unread" else {}
            if name not in unread:
                raise AttributeError(f"{type(self).__name__} has no attribute {name}")
            value = unread[name]()
            object.__setattr__(self, name, value)
            return value


def postpone(made: HasLateFields, unread: Mapping[str, Callable[[], Any]]) -> None:
    """Give an object that is being made what reads its late fields."""
    object.__setattr__(made, "_unread", unread)
