"""`new --update`: what a pipeline's sources hold now that its spec does not say, as a diff."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from medallion.cli.arguments import warehouse_url
from medallion.cli.new_api import MOST_RECORDS
from medallion.cli.new_connections import enter_airflow
from medallion.cli.new_database import request_for_database, sample_of_table
from medallion.cli.new_landing import LOG, land_sample, request_of
from medallion.cli.new_loaded import leave_out_others
from medallion.cli.new_tables import FIRST, ChangedTables, find_changed_tables
from medallion.compiler.project import read_project
from medallion.errors import SetupError
from medallion.plan.make import make_plan
from medallion.sources.base.cursor import CursorRange
from medallion.sources.base.source import ExtractRequest, SourceModel
from medallion.sources.database.base import FromDatabase
from medallion.sources.database.source import DatabaseSource
from medallion.sources.file.source import FileSource
from medallion.sources.loaded_tables.table import LoadedTable
from medallion.spec.files.loaded import LoadedSpec
from medallion.warehouse.registry.request_budget import RequestBudgets
from medallion.warehouse.session.transaction import session
from medallion.workbench.inference.drift import find_drift
from medallion.workbench.inference.readings import Hints
from medallion.workbench.inference.sample import DataSample
from medallion.workbench.inference.spec_update import diff, is_block, update_spec
from medallion.workbench.preview import run_for


def propose_update(root: Path, domain: str, target: Path, hints: Hints, *, write: bool) -> int:
    """Print the diff, and apply it if `write`. 0: nothing has drifted; 1: something has.

    Raises:
        SetupError: there is no such spec, it is not valid, or it has no dataset.
        SourceRefused, SourceUnavailable, DataRejected: a source cannot be read.
    """
    file = str(target.relative_to(root))
    loaded = _load(root, file)
    before = after = target.read_text(encoding="utf-8")
    if not loaded.spec.datasets:
        raise SetupError(f"{file} has no dataset", remedy="only datasets have a source to look at")
    made = loaded.spec.for_each_table
    changed = find_changed_tables(made, domain, root, hints) if made else None
    for name, dataset in loaded.spec.datasets.items():
        if _is_no_longer_read(dataset.source, changed):
            continue
        with _sample_of(dataset.source, loaded, domain, root) as sample:
            if not sample.records:
                sys.stderr.write(f"{name}: its source has no record now: nothing was compared\n")
                continue
            is_loaded = isinstance(dataset.source, LoadedTable)
            seen = leave_out_others(sample, dataset.silver.columns) if is_loaded else sample
            drift = find_drift(dataset, seen, hints)
        if drift and not is_block(before, name):
            raise SetupError(
                f"{file}: the columns of {name} have drifted, but are written in braces",
                remedy="put each column on a line of its own",
            )
        after = update_spec(after, name, drift) if drift else after
    after = changed.write(after) if changed else after
    if after == before:
        sys.stdout.write(f"{file} says what its sources hold\n")
        return 0
    sys.stdout.write(diff(before, after, file))
    if write:
        target.write_text(after, encoding="utf-8")
    return 1


def _is_no_longer_read(source: SourceModel, changed: ChangedTables | None) -> bool:
    """Whether a source is a list of tables, or one of them that has gone."""
    if not isinstance(source, FromDatabase) or changed is None:
        return False
    is_list = isinstance(source, DatabaseSource) and source.tables is not None
    return is_list or source.table in changed.gone_paths


@contextmanager
def _sample_of(
    source: SourceModel, loaded: LoadedSpec, domain: str, root: Path
) -> Iterator[DataSample]:
    """What a source brings for its pipeline's last whole interval: of a file all, of others the
    first records."""
    run = run_for(make_plan(loaded), None, datetime.now(UTC))
    request = replace(request_of(domain, root), run=run, cursor=_from_the_start(source))
    if source.conn_ids():
        enter_airflow(root)
    with ExitStack() as opened:
        if isinstance(source, FromDatabase):
            asked = request_for_database(request)
            if loaded.spec.for_each_table is not None:  # there may be hundreds of them
                asked = replace(asked, first=FIRST)
            sample, _ = opened.enter_context(sample_of_table(source, asked, domain))
            yield sample
            return
        if not isinstance(source, FileSource):
            request = opened.enter_context(_for_api(request))
        yield opened.enter_context(land_sample(source, request, domain))


def _from_the_start(source: SourceModel) -> CursorRange | None:
    """The range of a first run, of a source that reads by a cursor."""
    spec = source.reads_by()
    if spec is None:
        return None
    return CursorRange(field=spec.field, kind=spec.kind, start=spec.initial())


@contextmanager
def _for_api(request: ExtractRequest) -> Iterator[ExtractRequest]:
    """At the pace of all runs that use the connection."""
    with session(warehouse_url(), "asking how many requests may be made"):
        pass  # the first session of a process makes the registry
    with RequestBudgets(warehouse_url(), LOG) as budgets:
        yield replace(request, throttle=budgets, first=MOST_RECORDS)


def _load(root: Path, file: str) -> LoadedSpec:
    report = read_project(root)
    found = next((one for one in report.specs if one.spec_path == file), None)
    if found is None:
        issues = [issue.one_line() for issue in report.issues if issue.path == file]
        why = f": {issues[0]}" if issues else ""
        raise SetupError(f"{file} is not a valid spec{why}", remedy="`make validate` shows it")
    return found
