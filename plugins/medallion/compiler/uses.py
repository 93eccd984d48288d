"""Where gold SQL names columns: found in the guarded process, where all authors' SQL is parsed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from medallion.compiler.guard import Guard, GuardFailed
from medallion.names import TableName
from medallion.sql.result_columns import TableColumn
from medallion.sql.scope import Columns

_SECONDS = 30.0
"""Of processor time, for all of them together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A SELECT, what is known of the tables that it reads, and the columns that are asked for."""

    text: str
    tables: Mapping[TableName, Columns]
    asked: Sequence[TableColumn]


Uses = Mapping[TableColumn, Sequence[tuple[int, int]]]
"""Line and column, from 1, of each place that names a column."""


def ask_uses(readings: Sequence[Reading], root: Path, guard: Guard) -> list[Uses]:
    """The places in each SELECT; none of any where the guarded process did not come to an end."""
    if not readings:
        return []
    nothing: list[Uses] = [{} for _ in readings]
    job = [
        {
            "text": one.text,
            "tables": [[str(t), known.names, known.whole] for t, known in one.tables.items()],
            "asked": [[str(column.table), column.column] for column in one.asked],
        }
        for one in readings
    ]
    try:
        answer = guard.ask("uses", root, seconds=_SECONDS, readings=job, path="specs")
    except GuardFailed:
        return nothing
    if "uses" not in answer:
        return nothing
    return [
        {
            TableColumn(TableName.parse(table), column): [(line, at) for line, at in spots]
            for table, column, spots in found
        }
        for found in answer["uses"]
    ]
