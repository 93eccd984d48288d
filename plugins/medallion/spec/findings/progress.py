"""At which key and rule the reading of a spec is: whoever has to end it says where it was."""

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
    """Say to `listener` from now on what is being read; None: to nobody, which costs nothing."""
    _place.listener = listener


def doing(what: str) -> None:
    """A stage begins: the id of a rule, or what is read."""
    _place.doing = what
    if _place.listener is not None:
        _place.listener(what, ())


def reading(*where: str | int) -> None:
    """A value is about to be handed to an engine: its place in the spec."""
    if _place.listener is not None:
        _place.listener(_place.doing, where)
