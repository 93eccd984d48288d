"""The data diffs of every table that a branch touches, within limits: for a pull request.

Tables come behind those that they read. A gold table of which only an input has changed is built on
the rows that the input would have: each has a scratch of its own, and reads from those before it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, field, replace

from medallion.errors import MedallionError, WarehouseUnavailable
from medallion.names import Layer, PublishedTable, TableName
from medallion.operations.surroundings import Surroundings
from medallion.warehouse.session.transaction import session
from medallion.warehouse.tables.copied import name_for_readers
from medallion.workbench.comparison.sides import Side
from medallion.workbench.diff.ask import Question, ask
from medallion.workbench.diff.compare import diff
from medallion.workbench.diff.found import TableDiff
from medallion.workbench.diff.protected import NONE
from medallion.workbench.diff.silver import Say
from medallion.workbench.diff.touched import Touched
from medallion.workbench.scratch import Scratch

OpenScratch = Callable[[], AbstractContextManager[Scratch]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What the diffs of a branch may cost.

    Attributes:
        rows: a published table with more of them is not compared.
        seconds: no table is begun after them.
        examples: of each kind.
    """

    rows: int = 5_000_000
    seconds: float = 600.0
    examples: int = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class NotDiffed:
    """A touched table of which there is no diff, and why. `remedy` may be empty."""

    table: PublishedTable
    why: str
    remedy: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class BranchData:
    """What a branch does to the rows.

    Attributes:
        diffs: each behind those that it reads.
        missing: tables that are touched, too.
    """

    diffs: tuple[TableDiff, ...] = ()
    missing: tuple[NotDiffed, ...] = ()


def diff_branch(
    touched: Sequence[Touched],
    before: Side,
    side: Side,
    open_scratch: OpenScratch,
    surroundings: Surroundings,
    say: Say,
    limits: Limits | None = None,
) -> BranchData:
    """Compare the touched tables, one after the other. No source is asked.

    Args:
        touched: in the order of `find_touched`.
        before: the base: what it protects is not shown, though the branch may not protect it.
        side: the working tree.
        open_scratch: gives an empty one, each time.
        say: takes lines of progress.
        limits: those of a check by default.

    Raises:
        WarehouseUnavailable: it does not answer, or no scratch can be made.
    """
    with ExitStack() as opened:
        work = _Work(
            side=side,
            open_scratch=lambda: opened.enter_context(open_scratch()),
            surroundings=surroundings,
            say=say,
            limits=limits or Limits(),
            until=time.monotonic() + (limits or Limits()).seconds,
            hidden={one.table: one.hidden_fields for one in before.all_tables.values()},
        )
        found = [one for table in touched for one in _one(table, work)]
    return BranchData(
        diffs=tuple(one for one in found if isinstance(one, TableDiff)),
        missing=tuple(one for one in found if isinstance(one, NotDiffed)),
    )


def explain_missing(one: Touched, error: MedallionError) -> NotDiffed:
    """A table that could not be compared, with the first line of why."""
    why = error.problem.partition("\n")[0]
    return NotDiffed(table=one.table, why=why, remedy=error.remedy)


@dataclass(slots=True, kw_only=True)
class _Work:
    """What the tables before have left for those behind them."""

    side: Side
    open_scratch: Callable[[], Scratch]
    surroundings: Surroundings
    say: Say
    limits: Limits
    until: float
    made: dict[TableName, Scratch] = field(default_factory=dict)
    hidden: dict[PublishedTable, frozenset[str]]
    lost: dict[TableName, str] = field(default_factory=dict)
    """Tables whose new rows nobody can read here, and why."""


def _one(one: Touched, work: _Work) -> Iterator[TableDiff | NotDiffed]:
    name = one.table.public
    if not one.is_own and not any(up in work.made or up in work.lost for up in one.inputs):
        return  # what it reads stays as it is
    lost = [up for up in one.inputs if up in work.lost]
    if lost:
        why = f"it reads {lost[0]}, whose new rows are not known: {work.lost[lost[0]]}"
        work.lost[name] = f"it reads {lost[0]}"
        yield NotDiffed(table=one.table, why=why)
        return
    try:
        outcome = _compare(one, work)
    except WarehouseUnavailable:
        raise  # nor will it answer for the next table
    except MedallionError as error:
        outcome = explain_missing(one, error)
    if isinstance(outcome, NotDiffed):
        work.lost[name] = outcome.why
    yield outcome


def _compare(one: Touched, work: _Work) -> TableDiff | NotDiffed:
    table = one.table
    if time.monotonic() > work.until:
        why = f"the {work.limits.seconds:g} s for all tables were over"
        return NotDiffed(table=table, why=why, remedy=f"`diff {table.public}` compares it alone")
    question = ask(table, one.plan, work.surroundings, most=work.limits.examples)
    if refused := _beyond(question, work.limits):
        return refused
    work.say(f"{table.public}")
    scratch = replace(work.open_scratch(), made=dict(work.made))
    found = diff(question, work.side, scratch, work.surroundings, work.say, work.hidden)
    if found.is_different:
        _keep(question, found, scratch, work)
    return _name_inputs(found, one, work)


def _beyond(question: Question, limits: Limits) -> NotDiffed | None:
    """Why a table is not compared; None: it is."""
    table, current = question.table, question.current
    if current is not None and current.rows_total > limits.rows:
        return NotDiffed(
            table=table,
            why=f"{current.rows_total:,} rows are published, and {limits.rows:,} are the limit",
            remedy=f"`diff {table.public}` compares it alone, or raise --data-rows",
        )
    if table.layer is Layer.SILVER and question.landing is None:
        return NotDiffed(
            table=table,
            why="no landing of it is kept, and no source is asked here",
            remedy=f"`diff {table.public} --fresh` asks it",
        )
    return None


def _keep(question: Question, found: TableDiff, scratch: Scratch, work: _Work) -> None:
    """Let the tables behind this one read its new rows, where they are all that it would have."""
    table, step = question.table, question.step
    if found.problem:
        work.lost[table.public] = "it would not be published"
    elif not step.write_disposition.brings_all or found.untouched:
        work.lost[table.public] = f"a run of {step.write_disposition.name} brings some of them only"
    else:
        with session(scratch.warehouse_url, f"showing {table.public}") as connection:
            name_for_readers(connection, table, table.staging(question.run.key))
        work.made[table.public] = scratch
        work.hidden[table] = work.hidden.get(table, NONE) | found.hidden


def _name_inputs(found: TableDiff, one: Touched, work: _Work) -> TableDiff:
    """Say of a table that has not changed itself why it is here."""
    if one.is_own:
        return found
    read = ", ".join(str(up) for up in one.inputs if up in work.made)
    return replace(found, notes=(f"only what it reads has changed: {read}", *found.notes))
