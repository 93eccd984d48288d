"""A draft while an importer makes it, and the datasets that every format writes alike."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from medallion.records import PARENT
from medallion.workbench.imports.base.outcome import Draft, KeyPath
from medallion.workbench.inference.column_names import name_of, names_of
from medallion.workbench.inference.personal import personal_by_name

LONGEST_NAME = 40
PLACEHOLDER = "placeholder"
_ALL_ELSE = (
    f"{PLACEHOLDER}: the input does not say which fields there are. Each one that no column takes "
    "becomes a column of texts (`evolve`); declare those that you want"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A field that an input declares.

    Attributes:
        field: its name or path in the records.
        column: the name that the input gives its column; empty: made of the field.
        said: of its column: `type`, `format`, `description` …
        required: every record has a value.
        guesses: why something of it is as it is.
    """

    field: str
    said: Mapping[str, Any]
    required: bool = False
    guesses: tuple[str, ...] = ()
    column: str = ""


def columns_of(fields: Sequence[Found]) -> dict[str, str]:
    """The name of each field's column, each once."""
    names = names_of([one.column or one.field for one in fields])
    return dict(zip((one.field for one in fields), names, strict=True))


@dataclass(slots=True, kw_only=True)
class Sketch:
    """A draft that grows."""

    name: str
    said: dict[str, Any] = field(default_factory=dict)
    sql: dict[str, str] = field(default_factory=dict)
    guesses: dict[KeyPath, list[str]] = field(default_factory=dict)
    connections: dict[str, str] = field(default_factory=dict)
    domain: dict[str, Any] = field(default_factory=dict)

    def guess(self, where: KeyPath, why: str) -> None:
        """Why a value is as it is, where the input does not say it."""
        self.guesses.setdefault(where, []).append(why)

    def finish(self) -> Draft:
        """What was gathered. Without a schedule a pipeline is run by hand."""
        return Draft(
            name=self.name,
            said=self.said,
            sql=self.sql,
            guesses={where: tuple(dict.fromkeys(all_)) for where, all_ in self.guesses.items()},
            connections=self.connections,
            domain=self.domain,
        )

    def free_name(self, wanted: str) -> str:
        """A name for a dataset that no other has."""
        taken = self.said.get("datasets", {})
        name = short_name(wanted)
        number, free = 2, name
        while free in taken:
            free, number = f"{name[: LONGEST_NAME - 3]}_{number}", number + 1
        return free

    def add_dataset(
        self,
        wanted: str,
        source: Mapping[str, Any],
        fields: Sequence[Found],
        *,
        key: Sequence[str] = (),
        description: str = "",
        silver: Mapping[str, Any] | None = None,
    ) -> str:
        """A dataset with its columns; returns its name.

        Args:
            wanted: the name, as the input has it.
            source: the keys of `source:`.
            fields: its columns; none: a placeholder, and `schema_contract: {columns: evolve}`.
            key: fields, not columns.
            description: one row per what.
            silver: further keys of `silver:`.
        """
        name = self.free_name(wanted)
        where: KeyPath = ("datasets", name)
        fields = [*fields, *_missing(key, fields)]
        is_known = any(one.said and not one.field.startswith(f"{PARENT}.") for one in fields)
        columns = columns_of(fields)
        made: dict[str, Any] = {}
        if key:
            made["primary_key"] = [columns[one] for one in key]
        made |= silver or {}
        if not is_known:
            made["schema_contract"] = {"columns": "evolve"}
            self.guess((*where, "silver", "schema_contract"), _ALL_ELSE)
        made["columns"] = {}
        for one in fields or [Found(field="id", said={})]:
            column = columns.get(one.field, "id")
            made["columns"][column] = self._column(one, column, where, is_key=one.field in key)
        if checks := made.pop("checks", None):
            made["checks"] = checks
        said = {"description": description} if description else {}
        self.said.setdefault("datasets", {})[name] = {**said, "source": source, "silver": made}
        return name

    def _column(self, one: Found, column: str, where: KeyPath, *, is_key: bool) -> dict[str, Any]:
        place = (*where, "silver", "columns", column)
        said: dict[str, Any] = {} if one.field == column else {"from": one.field}
        said |= one.said or {"type": "text"}
        if not one.said:
            self.guess(place, f"{PLACEHOLDER}: the input does not say its type")
        if not (one.required or is_key) and "nullable" not in said:
            said = {**_first(said, ("from", "type")), "nullable": True, **said}
        for why in one.guesses:
            self.guess(place, why)
        pii = personal_by_name(one.field) if "classification" not in said and one.said else None
        is_text = said["type"] == "text"
        if pii and (is_text or not is_key):
            protect = "hash" if is_key else "mask" if is_text else "drop"
            said["classification"] = {"pii": pii, "protect": protect}
            self.guess(place, "personal data: by its name")
        return said


def _missing(key: Iterable[str], fields: Sequence[Found]) -> list[Found]:
    known = {one.field for one in fields}
    return [Found(field=one, said={}, required=True) for one in key if one not in known]


def _first(said: Mapping[str, Any], keys: Sequence[str]) -> dict[str, Any]:
    return {key: said[key] for key in keys if key in said}


def short_name(wanted: str) -> str:
    """A name for a pipeline, a dataset or a gold table.

    >>> short_name("GitHub Issues (v2)"), short_name("2024-orders")
    ('github_issues_v2', 'n_2024_orders')
    """
    return name_of(wanted)[:LONGEST_NAME].rstrip("_") or "data"
