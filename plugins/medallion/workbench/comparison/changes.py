"""What a comparison says: changes, each with what it means and what is downstream of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from medallion.prose import list_and_count
from medallion.workbench.comparison.places import NOWHERE, Place


class Level(StrEnum):
    """What a change means for whoever reads the tables; the most serious one first."""

    BREAKING = "breaking"
    REBUILD = "rebuild"
    """Rows that are published stay as they were until they are made again."""
    REVIEW = "review"
    """No query breaks, and a person should look: a check is looser, a schedule has changed."""
    SAFE = "safe"


ORDER = tuple(Level)

TITLES = {
    Level.BREAKING: "Breaking",
    Level.REBUILD: "Needs a rebuild",
    Level.REVIEW: "Worth a look",
    Level.SAFE: "Safe",
}


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Impact:
    """Something that is downstream of a change.

    Attributes:
        kind: `gold table`, `silver table`, `check`, `exposure`, `dashboard`, `chart` …
        name: as people know it.
        how: what it has to do with the change, the rest of a sentence that begins with its name.
        owner: of the impact, and `contacts` the people to ask.
        url: where it is, where its spec says it.
        place: the line that would break or that declares it.
    """

    kind: str
    name: str
    how: str
    owner: str = ""
    contacts: tuple[str, ...] = ()
    url: str = ""
    place: Place = NOWHERE


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One difference between the two sides.

    Attributes:
        kind: a word for machines: `column_removed`.
        subject: the table, the pipeline or the file.
        what: what is different, a sentence without its end.
        then: what happens when it is merged, and what to do; may be empty.
        place: a line of the working tree, or of the base where the thing is gone.
        before: whether `place` is one of the base.
    """

    level: Level
    kind: str
    subject: str
    what: str
    then: str = ""
    owner: str = ""
    contacts: tuple[str, ...] = ()
    place: Place = NOWHERE
    before: bool = False
    impacts: tuple[Impact, ...] = ()

    @property
    def rank(self) -> tuple[object, ...]:
        """What changes are in order of: the most serious first, then by name."""
        return (ORDER.index(self.level), self.subject, self.kind, self.what, self.place)


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """The outcome.

    Attributes:
        base: the commit that the working tree was compared with.
        specs: how many there are, `same` how many of them are the same on both sides.
        changes: in order.
        uncompared: specs of the base that the present code refuses, with the reason: what they
            published is not known.
    """

    base: str
    specs: int
    same: int
    changes: tuple[Change, ...] = ()
    uncompared: tuple[str, ...] = ()

    @property
    def is_breaking(self) -> bool:
        """Whether readers or later tasks would break: one change that does is enough."""
        return any(one.level is Level.BREAKING for one in self.changes)

    def of(self, level: Level) -> Sequence[Change]:
        """The changes of a level, in their order."""
        return [one for one in self.changes if one.level is level]

    def to_ask(self) -> dict[tuple[str, tuple[str, ...]], list[str]]:
        """Who owns what would break: by owner and contacts, the names of what is theirs."""
        found: dict[tuple[str, tuple[str, ...]], dict[str, None]] = {}
        for one in self.of(Level.BREAKING):
            for impact in one.impacts:
                if impact.owner or impact.contacts:
                    theirs = found.setdefault((impact.owner, impact.contacts), {})
                    theirs[f"{impact.kind} {impact.name}"] = None
        return {who: list(names) for who, names in sorted(found.items())}


def in_order(changes: Iterable[Change]) -> tuple[Change, ...]:
    """The most serious first, each once."""
    return tuple(sorted(dict.fromkeys(changes), key=lambda one: one.rank))


def list_names(names: Iterable[str], most: int = 8) -> str:
    """Names in a sentence: `a, b and 3 more`.

    >>> list_names(["a", "b"]), list_names("abcde", most=3)
    ('a, b', 'a, b, c and 2 more')
    """
    return list_and_count(tuple(names), most)
