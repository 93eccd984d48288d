"""What a pipeline or a table would publish, with personal data hidden."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from medallion.authoring.working_tree import read_declared_now
from medallion.catalogue.declared import Declared
from medallion.catalogue.personal import find_hidden_if_known
from medallion.cli.arguments import moment_of_word
from medallion.cli.preview import find_plan
from medallion.cli.sample_sources import sample_sources
from medallion.cli.surroundings import surroundings
from medallion.local import stack
from medallion.local.environment import airflow_environment
from medallion.local.paths import LocalPaths
from medallion.local.postgres import EmbeddedPostgres
from medallion.local.settings import prepare
from medallion.mcp_server.arguments import Preview as Asked
from medallion.mcp_server.reading import LIMIT, reader_url
from medallion.mcp_server.reasons import hide_values
from medallion.prose import show_value, tally
from medallion.spec.messages.report import visible
from medallion.warehouse.roles.author_login import author_session
from medallion.workbench.preview import HIDDEN, Preview, TablePreview, preview, run_for
from medallion.workbench.scratch import open_scratch

FIRST = 5_000
"""Records of each database and API that are read."""
LONGEST_CELL = 100
MOST_COLUMNS = 100


def answer(arguments: Asked, root: Path) -> str:
    """Each table: what becomes of its rows, its checks, a sample.

    Raises:
        SetupError, SpecError, DataRejected: what is asked for cannot be tried.
    """
    plan, only = find_plan(arguments.name, root)
    reader = reader_url(root)
    with author_session(reader, "asking who reads the warehouse", LIMIT):
        pass  # a role that may change it is refused before anything is tried
    moment = moment_of_word(arguments.run) if arguments.run is not None else None
    run = run_for(plan, moment, datetime.now(UTC))
    paths = LocalPaths.of(project_root=root)
    settings = prepare(paths)
    os.environ.update(airflow_environment(settings))
    where = replace(surroundings(), warehouse_url=reader, project_root=root, first=FIRST)
    where.log.setLevel(logging.CRITICAL)
    with ExitStack() as opened:
        if not stack.is_up(paths):
            opened.enter_context(sample_sources(settings, {plan.dag_id.domain}, lambda said: None))
        scratch = opened.enter_context(open_scratch(EmbeddedPostgres(paths.postgres)))
        found = preview(plan, only, run, scratch, where, rows=arguments.rows)
    return "\n".join(describe(found, read_declared_now(root), arguments.rows))


def describe(found: Preview, declared: Declared, rows: int) -> Iterator[str]:
    """A preview in lines. Of a table with personal data, no value is shown outside of its sample,
    and in the sample none of a column that holds some or is made of some."""
    run = found.run
    start, end = run.local_interval()
    yield f"interval: {start:%Y-%m-%d %H:%M} to {end:%Y-%m-%d %H:%M} {run.timezone}"
    for name, number in found.inputs:
        yield f"read as published now: {name}, {tally(number, 'row')}"
    for one in found.tables:
        yield ""
        yield from _table(one, declared, rows)
    yield ""
    yield found.outcome


def _table(one: TablePreview, declared: Declared, rows: int) -> Iterator[str]:
    names = [column.name for column in one.sample.columns] if one.sample else []
    hidden = find_hidden_if_known(declared, one.table, names)
    is_open = hidden is not None and not hidden
    yield f"── {one.table.public}"
    if one.problem is not None:
        problem = one.problem.problem
        problem = problem if is_open else hide_values(problem, type(one.problem).__name__)
        yield f"✗ would not be published: {visible(problem)}"
        yield from (f"  → {visible(one.problem.remedy)}" for _ in [1] if one.problem.remedy)
    if one.accounts is not None:
        said = one.accounts
        yield (
            f"{tally(said.read, 'row')} read = {said.published:,} published + {said.quarantined:,} "
            f"quarantined + {said.deduplicated:,} duplicates + {said.discarded:,} discarded"
        )
    for reason in one.reasons:
        yield f"quarantine: {tally(reason.rows, 'row')}: {visible(reason.reason)} ({reason.stage})"
    if one.duplicates:
        yield f"duplicates: {visible(one.duplicates[0])}"
    for verdict in one.verdicts:
        figures = ""
        if verdict.rows_failed is not None and verdict.rows_checked is not None:
            figures = f": {verdict.rows_failed:,} of {tally(verdict.rows_checked, 'row')} failed"
        examples = ", ".join(_cell(value) for value in verdict.examples or ()) if is_open else ""
        shown = f" ({examples})" if examples else ""
        name = f"check {visible(verdict.check_id)}, {verdict.layer}"
        yield f"{name}: {verdict.status}{figures}{shown}"
    yield from _sample(one, names, hidden, rows)


def _sample(
    one: TablePreview, names: Sequence[str], hidden: frozenset[str] | None, rows: int
) -> Iterator[str]:
    if one.landed is not None:
        yield f"landed: {tally(one.landed.records, 'record')}"
    if one.sample is None:
        return
    columns = one.sample.columns[:MOST_COLUMNS]
    yield f"columns: {', '.join(f'{column.name} {column.type}' for column in columns)}"
    yield f"{min(rows, one.sample.total):,} of {tally(one.sample.total, 'row')}:"
    for row in one.sample.rows[:rows]:
        cells = (
            f"{name}={HIDDEN if hidden is None or name in hidden else _cell(value)}"
            for name, value in zip(names[:MOST_COLUMNS], row, strict=False)
        )
        yield f"  {' | '.join(cells)}"


def _cell(value: object) -> str:
    text = "NULL" if value is None else visible(show_value(value))
    return text if len(text) <= LONGEST_CELL else f"{text[:LONGEST_CELL]}…"
