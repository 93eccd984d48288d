"""What an import brings: drafts of specs, what was guessed, and what of the input is in none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

KeyPath = tuple[str | int, ...]
"""("datasets", "orders", "source", "path"): a place in a draft."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NotMapped:
    """Something of the input that no draft says.

    Attributes:
        place: in the input: tasks.load.python_callable; `line` from 1, 0 where it is not known.
        why: what stands against it.
        instead: what to write, or where to look.
        is_needless: nothing is lost without it: a number or a setting of the other tool's own.
    """

    place: str
    why: str
    instead: str = ""
    line: int = 0
    is_needless: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """One pipeline, as far as the input says it.

    Attributes:
        name: of the pipeline, as the input has it.
        said: the spec's keys.
        sql: the SELECT of each gold table, by the name of its file.
        guesses: why a value is as it is, by its place.
        connections: what an Airflow connection has to hold, by its id: `--conn-type http …`.
        domain: keys for domain.yaml, where the domain has none yet.
    """

    name: str
    said: Mapping[str, Any]
    sql: Mapping[str, str] = field(default_factory=dict)
    guesses: Mapping[KeyPath, tuple[str, ...]] = field(default_factory=dict)
    connections: Mapping[str, str] = field(default_factory=dict)
    domain: Mapping[str, Any] = field(default_factory=dict)

    @property
    def has_tables(self) -> bool:
        """Whether anything is left of it that a spec could publish."""
        return bool(self.said.get("datasets") or self.said.get("gold"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """What an importer made of an input."""

    drafts: tuple[Draft, ...]
    not_mapped: tuple[NotMapped, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Where the specs go.

    Attributes:
        domain: of the specs.
        pipeline: the name that was asked for; empty: the input's own.
    """

    domain: str
    pipeline: str = ""
