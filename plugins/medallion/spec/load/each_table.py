"""Findings about the datasets that `for_each_table` makes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from medallion.names import NAME_PATTERN
from medallion.spec.findings.finding import Finding
from medallion.spec.models.each_table import DATABASE, KEY, MadeDataset, list_made, type_of
from medallion.spec.models.pipeline import TableSource

RULE = "each-table"
_OF_TWO = (("silver",), ("silver", "columns"))
"""What a table and `defaults` have together or not at all."""


def judge_names(raw: Mapping[str, Any]) -> Iterator[Finding]:
    """Each dataset that `for_each_table` makes has a name of its own."""
    said = raw.get("datasets")
    seen = dict.fromkeys(said if isinstance(said, Mapping) else (), "")
    for made in list_made(raw):
        other = "`dataset: other_name`" if made.table else "`listing: other_name`"
        if not re.fullmatch(NAME_PATTERN, made.name):
            problem = (
                f"{made.name!r} is not the name of a dataset: a small letter, then small letters, "
                "digits or _, 40 at most"
            )
            yield _refuse(made, problem, f"give it one: {other}")
        elif made.name in seen:
            twin = f"the table {seen[made.name]} makes" if seen[made.name] else "`datasets` has"
            problem = f"{twin} a dataset {made.name} too"
            yield _refuse(made, problem, f"give this one another name: {other}")
        seen.setdefault(made.name, made.table)


def judge_cursors(raw: Mapping[str, Any]) -> Iterator[Finding]:
    """Tables that a tool has loaded are read on by the tool's own column of times."""
    said = raw.get(KEY)
    if not isinstance(said, Mapping) or (kind := type_of(said)) == DATABASE:
        return
    for where in _holders(said):
        yield Finding(
            where=(*where, "cursor"),
            on_key=True,
            rule=RULE,
            problem=f"a cursor by a column is for `type: database`: {kind} has its own",
            remedy="write it below `source`: `source: {cursor: {}}`, or {lookback: 6h}",
        )


def find_first_errors(errors: Iterable[Any], raw: Mapping[str, Any]) -> list[Any]:
    """Of pydantic's errors those that are not said of `for_each_table` already: of a dataset that
    it makes only that a part is missing which `defaults` could have had, and that its type has no
    such word."""
    made = {one.name for one in list_made(raw)}
    elsewhere = [finding.where for finding in judge_cursors(raw)]
    return [
        error
        for error in errors
        if (
            error["loc"][:1] != ("datasets",)
            or made.isdisjoint(error["loc"][1:2])
            or (error["type"] == "missing" and error["loc"][2:] in _OF_TWO)
            or _is_of_another_type(error, raw)
        )
        and not any(error["loc"][: len(one)] == one for one in elsewhere)
    ]


def _is_of_another_type(error: Any, raw: Mapping[str, Any]) -> bool:
    loc = error["loc"]
    if error["type"] != "extra_forbidden" or loc[2:3] != ("source",) or len(loc) != 5:
        return False
    said = raw.get(KEY)
    is_known = isinstance(said, Mapping) and said.get("type", DATABASE) == type_of(said)
    return is_known and loc[4] in TableSource.model_fields


def _holders(said: Mapping[str, Any]) -> Iterator[tuple[str, ...]]:
    """The places that say `cursor`."""
    tables = said.get("tables")
    places: dict[tuple[str, ...], object] = {("defaults",): said.get("defaults")}
    if isinstance(tables, Mapping):
        places |= {("tables", str(name)): one for name, one in tables.items()}
    for where, one in places.items():
        if isinstance(one, Mapping) and one.get("cursor") is not None:
            yield (KEY, *where)


def _refuse(made: MadeDataset, problem: str, remedy: str) -> Finding:
    where = (KEY, "tables", made.table) if made.table else (KEY, "listing")
    return Finding(where=where, on_key=True, rule=RULE, problem=problem, remedy=remedy)
