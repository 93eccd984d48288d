"""What is still to be read from TMDB: written to the journal after each page, for the run's next
try."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from medallion.sources.tmdb.window_pass import Films, WindowPass
from medallion.sources.tmdb.windows import Window


@dataclass(slots=True, kw_only=True)
class Count:
    """What has been read so far, over all windows."""

    films: int = 0
    """TMDB's totals of the windows, added up."""
    windows: int = 0
    pages: int = 0
    again: int = 0
    """Pages that were asked for because films had moved, or an earlier try had ended."""
    missing: int = 0
    undated: int = 0
    """Films without a date that no window can reach."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A window still to be read."""

    window: Window
    seen: Films | None = None
    """Films of it that were landed, where it is part of a window in which some were missing."""
    total: int = 0
    """How many TMDB has said that there are, where films of it were landed."""
    sure: bool = True
    """Those that were landed are there still: of as many films, none is another one."""

    def halves(self) -> list[Part]:
        """The two halves of the window; its films without a date are in neither."""
        seen, halves = self.seen, self.window.halves(list((self.seen or {}).values()))
        if seen is None:
            return [Part(window=half) for half in halves]
        return [
            Part(window=half, seen={k: day for k, day in seen.items() if half.has(day)})
            for half in halves
        ]

    def to_json(self) -> list[Any]:
        """A list for the journal, in the order in which `from_json` takes it."""
        return [self.window.to_json(), self.seen, self.total, self.sure]

    @classmethod
    def from_json(cls, kept: Sequence[Any]) -> Part:
        """Read back what `to_json` wrote into the journal."""
        window, seen, total, sure = kept
        return cls(window=Window.from_json(window), seen=seen, total=total, sure=sure)


@dataclass(slots=True, kw_only=True)
class State:
    """What is still to be read, and what is being read."""

    todo: list[Part]
    """The next one last."""
    now: WindowPass | None = None
    count: Count = field(default_factory=Count)

    def to_json(self) -> dict[str, Any]:
        """JSON values for the journal."""
        return {
            "todo": [part.to_json() for part in self.todo],
            "now": self.now.to_json() if self.now else None,
            "count": asdict(self.count),
        }

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> State:
        """The state in a value of `to_json`. A pass in the middle looks at its last page again."""
        now = WindowPass.from_json(kept["now"]) if kept["now"] else None
        if now:
            now.go_on()
        todo = [Part.from_json(part) for part in kept["todo"]]
        return cls(todo=todo, now=now, count=Count(**kept["count"]))
