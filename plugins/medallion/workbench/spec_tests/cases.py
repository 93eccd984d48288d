"""One test of a spec, run in a scratch: what was expected, and what came."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

from medallion.checks.aliases import ROWS
from medallion.checks.catalogue import expectations
from medallion.checks.outcome import PlannedCheck
from medallion.closest import closest
from medallion.errors import MedallionError, SetupError
from medallion.local.postgres import EmbeddedPostgres
from medallion.names import PublishedTable, TableName
from medallion.plan.model import CleanStep, GateStep, LandStep, Plan, PlannedTask, PublishStep
from medallion.prose import tally
from medallion.publish.declaration import GuardSpec
from medallion.run import Run
from medallion.schedules.clock import moment_in, zone_of
from medallion.spec.models.unit_tests import CaseSpec, ExpectedSpec, IntervalSpec
from medallion.warehouse.quarantine.report import ReasonCount
from medallion.warehouse.registry.named_table import parse_published_table
from medallion.warehouse.session.relations import columns_of
from medallion.warehouse.session.transaction import Session, session
from medallion.warehouse.tables.run_results import reasons
from medallion.warehouse.tables.unit_test_rows import differences
from medallion.workbench.inputs import share_as_declared, tables_of, tasks_of_project
from medallion.workbench.preview import run_for, run_over
from medallion.workbench.scratch import Scratch, open_scratch, surround
from medallion.workbench.spec_tests.files import TestsFile, map_published
from medallion.workbench.spec_tests.given import (
    insert_table,
    project_for,
    silver_types,
    with_given_source,
)
from medallion.workbench.tries import TriedTask, try_tasks

USUAL_DAY = date(2026, 1, 1)
MOST_ROWS = 10
RUN_ID = "test"
KEY = "the key of every test: equal values have equal hashes"
NO_GUARD = GuardSpec(
    min_rows=0,
    max_shrink_percent=None,
    max_quarantined_percent=None,
    max_conflicting_percent=None,
)
"""A handful of rows is not an extract: what it lacks says nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseResult:
    """One test: it passed where there are no failures. `error` says that it could not be run."""

    file: str
    name: str
    seconds: float
    failures: tuple[str, ...] = ()
    error: str = ""

    @property
    def passed(self) -> bool:
        """Whether the test ran to its end, and every expectation held."""
        return not self.failures and not self.error


def run_case(
    file: TestsFile, name: str, plan: Plan, root: Path, server: EmbeddedPostgres
) -> CaseResult:
    """Run one test. It does not raise for what a spec, its SQL or the test itself gets wrong.

    Args:
        file: which holds it.
        name: of the test.
        plan: of the file's pipeline.
        root: the project's folder.
        server: an embedded server, for the scratch.
    """
    began = time.monotonic()
    result = partial(CaseResult, file=file.name, name=name)
    case = file.spec.tests[name]
    try:
        with open_scratch(server) as scratch:
            failures = tuple(_failures(file, case, plan, root, scratch))
    except MedallionError as error:
        return result(seconds=time.monotonic() - began, error=str(error))
    return result(seconds=time.monotonic() - began, failures=failures)


def _failures(
    file: TestsFile, case: CaseSpec, plan: Plan, root: Path, scratch: Scratch
) -> Iterator[str]:
    project = project_for(root, plan.dag_id.domain, scratch)
    tasks = _tasks(file, case, plan, project)
    _give_tables(case, plan, tasks, root, scratch)
    run = _run(case, plan)
    around = surround(project, scratch, key=KEY, logger="medallion.spec_tests", level=logging.ERROR)
    tried = try_tasks(plan, tasks, run, scratch, around)
    with session(scratch.warehouse_url, "comparing what came with what was expected") as found:
        for table_name, expected in case.expect.items():
            table = parse_published_table(table_name)
            of_table = [one for one in tried if _is_of(one, table, plan)]
            for failure in _of_table(found, table, expected, of_table, run):
                yield f"{table_name}: {failure}"


def _tasks(file: TestsFile, case: CaseSpec, plan: Plan, project: Path) -> tuple[PlannedTask, ...]:
    """The tasks that make the expected tables, with the test's own sources and without guards."""
    groups = map_published(plan)
    wanted = {groups[TableName.parse(name)] for name in case.expect}
    while True:
        tasks = tuple(task for task in plan.tasks if task.group in wanted)
        needed = {groups[name] for name in tables_of(tasks) if _is_made(name, case, groups)}
        if needed <= wanted:
            break
        wanted |= needed
    return tuple(_make_ready(task, file, case, project) for task in tasks)


def _is_made(name: TableName, case: CaseSpec, groups: Mapping[TableName, str]) -> bool:
    """Whether a table that is read is made by this pipeline's own tasks: it is not given."""
    return name in groups and str(name) not in case.given


def _make_ready(task: PlannedTask, file: TestsFile, case: CaseSpec, project: Path) -> PlannedTask:
    if isinstance(task.step, PublishStep):
        return replace(task, step=replace(task.step, guard=NO_GUARD, approval=None))
    if isinstance(task.step, GateStep):
        checks = tuple(check for check in task.step.checks if _is_asked(check, case))
        return replace(task, step=replace(task.step, checks=checks))
    if not isinstance(task.step, LandStep):
        return task
    given = case.given.get(task.group)
    if given is None:
        near = closest(task.group, case.given)
        raise SetupError(
            f"nothing is given for the dataset {task.group}, which the expected tables are made of",
            remedy=f"did you mean {task.group} by {near}?"
            if near
            else f"add `given: {{{task.group}: {{rows: […]}}}}`; `rows: []` for none",
        )
    return with_given_source(task, given, file.path.parent, project)


def _is_asked(check: PlannedCheck, case: CaseSpec) -> bool:
    if case.checks == "rows":
        return check.expectation == ROWS or expectations()[check.expectation].looks_at_rows
    return case.checks == "all"


def _give_tables(
    case: CaseSpec, plan: Plan, tasks: Sequence[PlannedTask], root: Path, scratch: Scratch
) -> None:
    """Tables that are read and not made: as the test gives them."""
    missing = [str(name) for name in tables_of(tasks) if str(name) not in case.given]
    if missing:
        raise SetupError(
            f"nothing is given for {', '.join(missing)}, which the expected tables read",
            remedy=f"add `given: {{{missing[0]}: {{rows: […]}}}}`",
        )
    others: tuple[PlannedTask, ...] = ()
    for name, given in case.given.items():
        if given.rows is None or not name.startswith(("silver_", "gold_")):
            continue
        table = parse_published_table(name)
        if table.public not in map_published(plan):
            others = others or tasks_of_project(root)
        insert_table(table, given.rows, silver_types([*plan.tasks, *others], table), scratch)
        with session(scratch.warehouse_url, f"sharing {table.public}") as connection:
            share_as_declared(connection, [table], others)


def _run(case: CaseSpec, plan: Plan) -> Run:
    interval, zone = case.data_interval, zone_of(plan.settings.timezone)
    if isinstance(interval, IntervalSpec):
        start, end = moment_in(interval.start, zone), moment_in(interval.end, zone)
        return run_over(plan, start, end, RUN_ID)
    day = moment_in(interval or USUAL_DAY, zone)
    scheduled = plan.settings.schedule is not None
    return replace(run_for(plan, day if scheduled else None, day), run_id=RUN_ID)


def _is_of(one: TriedTask, table: PublishedTable, plan: Plan) -> bool:
    return one.task.group == map_published(plan)[table.public]


def _of_table(
    connection: Session,
    table: PublishedTable,
    expected: ExpectedSpec,
    tried: Sequence[TriedTask],
    run: Run,
) -> Iterator[str]:
    error = next((one.error for one in tried if one.error is not None), None)
    waited = any(one.waited for one in tried)
    if expected.fails is not None:
        yield from _of_failure(expected.fails, error)
    elif error is not None:
        yield f"it is not published: {error}"
    elif waited:
        yield "it was not tried, because a table that it reads failed"
    published = error is None and not waited
    if expected.rows is not None and published:
        yield from _of_rows(connection, table, expected.rows, _key(tried))
    if expected.quarantined is not None:
        rejects = table.quarantine if published else table.rejects(run.key)
        yield from _of_quarantine(expected, reasons(connection, rejects, 1000))
    yield from _of_counts(expected, tried)


def _of_failure(part: str, error: MedallionError | None) -> Iterator[str]:
    if error is None:
        yield f"it is published, and was expected to fail with {part!r}"
    elif part not in str(error):
        yield f"it was expected to fail with {part!r}, and fails with: {error}"


def _of_rows(
    connection: Session,
    table: PublishedTable,
    rows: Sequence[Mapping[str, Any]],
    key: Sequence[str],
) -> Iterator[str]:
    known = [c.name for c in columns_of(connection, table.public)]
    own = [name for name in known if not name.startswith("_")]
    named = list(dict.fromkeys(name for row in rows for name in row)) or own
    if strange := [name for name in named if name not in known]:
        near = closest(strange[0], known)
        yield f"it has no column {strange[0]}" + (f" (did you mean {near}?)" if near else "")
        return
    if partial_rows := [row for row in rows if set(row) != set(named)]:
        lacking = sorted(set(named) - set(partial_rows[0]))
        yield f"an expected row does not say {', '.join(lacking)}: all rows name the same columns"
        return
    found = differences(connection, table.public, named, json.dumps(rows, default=str))
    yield from _differing(list(found.missing), list(found.unexpected), key)


def _differing(
    missing: list[Mapping[str, Any]], unexpected: list[Mapping[str, Any]], key: Sequence[str]
) -> Iterator[str]:
    """Rows of one key as what differs in them; the others as they are."""
    lines: list[str] = []
    for row in list(missing):
        other = next((o for o in unexpected if _same_key(row, o, key)), None)
        if other is None:
            continue
        missing.remove(row)
        unexpected.remove(other)
        at = ", ".join(f"{name}={row[name]}" for name in key)
        changes = [
            f"{n}: expected {row[n]!r}, came {other[n]!r}" for n in row if row[n] != other[n]
        ]
        lines.append(f"row {at}: {'; '.join(changes)}")
    lines += [f"expected, and not there: {_row(row)}" for row in missing]
    lines += [f"there, and not expected: {_row(row)}" for row in unexpected]
    yield from lines[:MOST_ROWS]
    if len(lines) > MOST_ROWS:
        yield f"… and {len(lines) - MOST_ROWS} more rows differ"


def _same_key(one: Mapping[str, Any], other: Mapping[str, Any], key: Sequence[str]) -> bool:
    return bool(key) and all(name in one and one[name] == other[name] for name in key)


def _row(row: Mapping[str, Any]) -> str:
    return "{" + ", ".join(f"{name}: {value!r}" for name, value in row.items()) + "}"


def _of_quarantine(expected: ExpectedSpec, found: Sequence[ReasonCount]) -> Iterator[str]:
    left = list(found)
    for wanted in expected.quarantined or ():
        match = next((one for one in left if wanted.reason in one.reason), None)
        if match is None:
            yield f"no row is quarantined for {wanted.reason!r}"
            continue
        left.remove(match)
        if match.rows != wanted.rows:
            yield f"quarantined for {match.reason!r}: {tally(match.rows, 'row')}, not {wanted.rows}"
    for one in left:
        yield f"{tally(one.rows, 'row')} quarantined and not expected: {one.reason}, {one.example}"


def _of_counts(expected: ExpectedSpec, tried: Sequence[TriedTask]) -> Iterator[str]:
    clean = next((one.result for one in tried if isinstance(one.task.step, CleanStep)), None)
    for word, wanted, came in (
        ("deduplicated", expected.deduplicated, clean.rows_deduplicated if clean else 0),
        ("discarded", expected.discarded, clean.rows_discarded if clean else 0),
    ):
        if wanted is not None and wanted != came:
            yield f"{tally(came, 'row')} {word}, not {wanted}"


def _key(tried: Sequence[TriedTask]) -> tuple[str, ...]:
    steps = (one.task.step for one in tried)
    return next((step.primary_key for step in steps if isinstance(step, PublishStep)), ())
