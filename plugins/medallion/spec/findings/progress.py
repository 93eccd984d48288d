"""Which key and rule is being read, so that a process that has to be ended can say where it was."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from medallion.spec.findings.positions import KeyPath

Listener = Callable[[str, KeyPath], None]


@dataclass(slots=True)
class _Place:
    listener: Listener | None = None
    doing: str = ""


_place = _Place()


def listen(listener: Listener | None) -> None:
    """Report to `listener` from now on; None: to nobody, which costs nothing."""
    _place.listener = listener


def doing(what: str) -> None:
    """A stage begins: the id of a rule, or the kind of file."""
    _place.doing = what
    if _place.listener is not None:
        _place.listener(what, ())


def reading(*where: str | int) -> None:
    """The value at this key path is about to be given to an engine."""
    if _place.listener is not None:
        _place.listener(_place.doing, where)
