"""A goal that is a pipeline: it is run in a scratch, step by step, and its tables are looked at."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import Field
from rich.console import Console
from rich.markup import escape

from medallion.course.goals.base import Goal, Texts
from medallion.course.goals.clear_values import ClearValues, clear_values
from medallion.course.goals.rows import comparable
from medallion.course.goals.spec import problems_of
from medallion.course.goals.trial import TableFound, try_pipeline
from medallion.course.workplace import Workplace
from medallion.model import SpecModel
from medallion.prose import list_and_count, tally

Days = Annotated[tuple[date, ...], Field(strict=False)]


class ValueGoal(SpecModel):
    """One row of a table, and what it has to say."""

    where: dict[str, Any]
    """Values of the columns that find it."""
    has: dict[str, Any]
    """Values that it has to have."""


Values = Annotated[tuple[ValueGoal, ...], Field(strict=False)]


class TableGoal(SpecModel):
    """What becomes of a table. What is left out is not looked at."""

    rows: int | None = None
    """In the table when all runs are over."""
    quarantined: dict[str, int] | None = None
    """All that the gates and the cleaning put into quarantine: by a part of the reason, rows."""
    discarded: int | None = None
    deduplicated: int | None = None
    columns: dict[str, str] = {}
    """Columns that it has, with PostgreSQL's types."""
    without: Texts = ()
    """Columns that it does not have."""
    values: Values = ()
    hides: ClearValues | None = None
    """Values of a source that are nowhere in clear."""
    warns: str | None = None
    """A part of the id of a check that warns."""
    fails: str | None = None
    """It is not published, and this is a part of the reason."""


class PipelineGoal(Goal):
    """A pipeline of the exercise's project, and what becomes of its tables."""

    type: Literal["pipeline"]
    pipeline: str
    """`<domain>.<name>`."""
    days: Days = ()
    """The days that it is run for, in this order, into the same tables; one run without any."""
    expect: dict[str, TableGoal] = Field(min_length=1)
    """By table, `silver_cinema.brands`."""

    def judge(self, place: Workplace) -> Iterator[str]:
        """Problems of the spec; where there is none, table by table what came of it."""
        problems = list(problems_of(self.pipeline, place))
        if problems:
            yield from problems
            return
        found = try_pipeline(place, self.pipeline, self.days)
        for name, expected in self.expect.items():
            if name not in found:
                yield f"{self.pipeline} publishes no table {name}; it has {', '.join(found)}"
            else:
                texts = _of_table(expected, found[name], place)
                yield from (f"{name}{self._when()}: {text}" for text in texts)

    def _when(self) -> str:
        """The days, where the pipeline runs for some."""
        return f" ({', '.join(map(str, self.days))})" if self.days else ""

    def show(self, place: Workplace, console: Console) -> bool:
        """Each table's accounts, reasons and first rows."""
        problems = list(problems_of(self.pipeline, place))
        for problem in problems:
            console.print(escape(problem), soft_wrap=True)
        found = {} if problems else try_pipeline(place, self.pipeline, self.days)
        for name, table in found.items():
            console.print(f"[bold]{name}[/bold]: {table.accounts()}")
            for line in table.details():
                console.print(f"  {escape(line)}", soft_wrap=True)
        return True


def _of_table(expected: TableGoal, found: TableFound, place: Workplace) -> Iterator[str]:
    if expected.fails is not None:
        if not found.error:
            yield "it is published, and this delivery should have been stopped"
        elif expected.fails not in found.error:
            yield f"it is stopped for another reason than expected: {found.error}"
        return
    if found.error:
        yield f"it is not published: {found.error}"
        return
    yield from _of_shape(expected, found)
    yield from _of_quarantine(expected, found)
    yield from _of_counts(expected, found)
    yield from _of_values(expected, found)
    if expected.hides:
        yield from clear_values(expected.hides, found, place)
    if expected.warns is not None and not any(expected.warns in one for one in found.warned):
        warned = ", ".join(found.warned) or "no check"
        yield f"a check on {expected.warns} should have warned; {warned} warned"


def _of_shape(expected: TableGoal, found: TableFound) -> Iterator[str]:
    for name, kind in expected.columns.items():
        if name not in found.columns:
            yield f"it should have a column {name}; it has {', '.join(found.columns)}"
        elif found.columns[name] != kind:
            yield f"the column {name} should be {kind}, it is {found.columns[name]}"
    for name in expected.without:
        if name in found.columns:
            yield f"it should not have a column {name} any more"


def _of_quarantine(expected: TableGoal, found: TableFound) -> Iterator[str]:
    """The number of rows first, then each reason that differs."""
    if expected.quarantined is None:
        return
    wanted = sum(expected.quarantined.values())
    if not wanted and found.quarantined:
        yield f"no row should be in quarantine, {found.quarantined:,} are"
    elif wanted != found.quarantined:
        yield (
            f"your gate should have quarantined {tally(wanted, 'row')}, "
            f"it quarantined {found.quarantined:,}"
        )
    left = dict(found.reasons)
    for part, rows in expected.quarantined.items():
        matching = [reason for reason in left if part in reason]
        came = sum(left.pop(reason) for reason in matching)
        if came != rows:
            yield f"for `{part}`: {tally(rows, 'row')} expected, {came:,} came"
    for reason, rows in left.items():
        yield f"not expected in quarantine: {tally(rows, 'row')} for {reason}"


def _of_counts(expected: TableGoal, found: TableFound) -> Iterator[str]:
    for words, wanted, came in (
        ("should hold {} rows, it holds {}", expected.rows, found.rows),
        ("{} rows should be discarded by the filter, {} were", expected.discarded, found.discarded),
        (
            "{} rows should give way to another one with their key, {} did",
            expected.deduplicated,
            found.deduplicated,
        ),
    ):
        if wanted is not None and wanted != came:
            yield words.format(f"{wanted:,}", f"{came:,}")


def _of_values(expected: TableGoal, found: TableFound) -> Iterator[str]:
    for goal in expected.values:
        at = ", ".join(f"{name} = {value}" for name, value in goal.where.items())
        rows = [row for row in found.sample if _says(row, goal.where)]
        if len(rows) != 1:
            yield f"there should be one row with {at}, there are {len(rows)}"
            continue
        for name, value in goal.has.items():
            if name not in rows[0]:
                yield f"it should have a column {name}; it has {list_and_count(list(rows[0]), 12)}"
            elif not _same(rows[0][name], value):
                yield f"where {at}, {name} should be {value}, it is {rows[0][name]}"


def _says(row: Mapping[str, object], wanted: Mapping[str, object]) -> bool:
    return all(name in row and _same(row[name], value) for name, value in wanted.items())


def _same(found: object, wanted: object) -> bool:
    return comparable(found) == comparable(wanted) or str(found) == str(wanted)
