"""What the rows of an incremental table were made by, and which of them are of a former text."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from medallion.publish.window import Window


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """What decides the rows of a window, besides its inputs.

    Attributes:
        sql_digest: of the text of the SELECT.
        time_column: of the table; None: nobody knows, for the registry did not keep it yet.
        time_grain: windows are whole ones of these.
        primary_key: of the table.
        time_digest: of what the time column is computed from; None: nobody knows.
    """

    sql_digest: str
    time_column: str | None
    time_grain: str | None = None
    primary_key: tuple[str, ...] = ()
    time_digest: str | None = None

    def to_json(self) -> dict[str, object]:
        """For a task's record in the registry.

        >>> one = Recipe(sql_digest="a1", time_column="day", primary_key=("day", "till"))
        >>> Recipe.from_json(one.to_json()) == one
        True
        """
        return {
            "sql_digest": self.sql_digest,
            "time_column": self.time_column,
            "time_grain": self.time_grain,
            "primary_key": list(self.primary_key),
            "time_digest": self.time_digest,
        }

    @classmethod
    def from_json(cls, said: Mapping[str, Any]) -> Recipe:
        """What `to_json` wrote."""
        return cls(
            sql_digest=str(said.get("sql_digest", "")),
            time_column=said.get("time_column"),
            time_grain=said.get("time_grain"),
            primary_key=tuple(said.get("primary_key") or ()),
            time_digest=said.get("time_digest"),
        )

    def find_change(self, former: Recipe) -> str | None:
        """What has changed so that no row of both can be in one table; None: nothing has.

        >>> from dataclasses import replace
        >>> now = Recipe(sql_digest="a1", time_column="paid_on")
        >>> now.find_change(replace(now, time_column="sold_on"))
        '`time_column` is paid_on now, and was sold_on'
        >>> now.find_change(replace(now, sql_digest="b2"))
        >>> now.find_change(replace(now, time_column=None))
        >>> replace(now, time_digest="c3").find_change(replace(now, time_digest="d4"))
        'the SELECT computes paid_on, by which rows belong to a time, in another way'
        """
        if former.time_column is None:
            return None
        for key in ("time_column", "time_grain", "primary_key"):
            mine, its = getattr(self, key), getattr(former, key)
            if mine != its:
                return f"`{key}` is {_in_words(mine)} now, and was {_in_words(its)}"
        if None not in (self.time_digest, former.time_digest) and (
            self.time_digest != former.time_digest
        ):
            return (
                f"the SELECT computes {self.time_column}, by which rows belong to a time, in "
                "another way"
            )
        return None


def find_former(
    made: Sequence[tuple[Window, str]], digest: str, *, by_time: bool
) -> tuple[Window, ...]:
    """The stretches of time whose rows another text has made, and no later window has replaced.

    Args:
        made: the windows of a version with the digest of the text, the earliest publication first.
        digest: of the text of today.
        by_time: whether a window takes the place of all rows that lie in it.

    Returns:
        in the order of time; those of one window and text are together.
    """
    covered: tuple[Window, ...] = ()
    former: list[Window] = []
    for window, text in reversed(made):
        if text != digest:
            former.extend(_without(window, covered))
        if by_time:
            covered = _unite(covered, window)
    return tuple(sorted(former, key=_start))


def _without(window: Window, covered: Iterable[Window]) -> list[Window]:
    """What is left of a window; `covered` is in order, and without overlaps."""
    parts, at = [], window.start
    for other in covered:
        if other.end <= at:
            continue
        if other.start >= window.end:
            break
        if other.start > at:
            parts.append(Window(start=at, end=other.start))
        at = other.end
    if at < window.end:
        parts.append(Window(start=at, end=window.end))
    return parts


def _unite(covered: tuple[Window, ...], window: Window) -> tuple[Window, ...]:
    apart = [one for one in covered if one.end < window.start or window.end < one.start]
    touching = [window, *(one for one in covered if one not in apart)]
    united = Window(start=min(one.start for one in touching), end=max(one.end for one in touching))
    return tuple(sorted([*apart, united], key=_start))


def _start(window: Window) -> datetime:
    return window.start


def _in_words(value: object) -> str:
    if isinstance(value, tuple):
        return f"[{', '.join(value)}]"
    return "not there" if value is None else str(value)
