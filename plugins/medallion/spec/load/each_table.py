"""Findings about the datasets that `for_each_table` makes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from medallion.names import NAME_PATTERN
from medallion.spec.findings.finding import Finding
from medallion.spec.models.each_table import KEY, MadeDataset, list_made

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


def find_first_errors(errors: Iterable[Any], raw: Mapping[str, Any]) -> list[Any]:
    """Of pydantic's errors those that are not said of `for_each_table` already: of a dataset that
    it makes only that a part is missing which `defaults` could have had."""
    made = {one.name for one in list_made(raw)}
    return [
        error
        for error in errors
        if error["loc"][:1] != ("datasets",)
        or made.isdisjoint(error["loc"][1:2])
        or (error["type"] == "missing" and error["loc"][2:] in _OF_TWO)
    ]


def _refuse(made: MadeDataset, problem: str, remedy: str) -> Finding:
    where = (KEY, "tables", made.table) if made.table else (KEY, "listing")
    return Finding(where=where, on_key=True, rule=RULE, problem=problem, remedy=remedy)
