"""Which version of each spec runs, without reading a spec: what was accepted, by its digest."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from medallion.compiler.accepted import list_domains, read_accepted
from medallion.compiler.codec import Damaged, decode
from medallion.compiler.compiled import plan_in
from medallion.compiler.entries import Store
from medallion.compiler.outline import bi_in, boards_in
from medallion.names import DagId, TableName
from medallion.plan.bi import BiDashboard, BiTable
from medallion.plan.boards import Board, boards_that_read
from medallion.plan.column_uses import BiReaders
from medallion.plan.model import Plan
from medallion.spec.files.loaded import Attempt, LoadedSpec
from medallion.spec.load.discover import discover


def running_plans(root: Path) -> Mapping[str, str | None]:
    """By the DAG ids of all specs that there are, the digest of the plan that runs.

    None: not known here. The spec is new, or no version of it was ever accepted, or it may not run
    beside the others; or the DAG processor keeps its plans on another host (MEDALLION_PLANS_ROOT).
    """
    store = Store(Path(os.path.realpath(root)))
    found: dict[str, str | None] = {}
    for folder, paths in discover(root).domains:
        accepted = read_accepted(store, folder.name)
        for path in paths:
            one = accepted.get(path.stem)
            found[f"{folder.name}.{path.stem}"] = (one.plan or None) if one else None
    return found


def list_accepted(root: Path) -> list[DagId]:
    """The ids of all specs of which a version runs, as far as that is known here: also of those
    whose files are not here."""
    store = Store(Path(os.path.realpath(root)))
    found = (
        DagId.parse(f"{domain}.{name}")
        for domain in list_domains(store)
        for name, one in read_accepted(store, domain).items()
        if one.plan
    )
    return sorted((one for one in found if one is not None), key=str)


def running_specs(root: Path) -> list[LoadedSpec]:
    """The specs in the versions that run, as far as their texts are kept here. None is read again:
    they are data.
    """
    store = Store(Path(os.path.realpath(root)))
    found: list[LoadedSpec] = []
    for folder, _ in discover(root).domains:
        for one in read_accepted(store, folder.name).values():
            if one.plan and one.judged:
                with suppress(Damaged):
                    attempt = decode(store.read_text(one.judged) or "")
                    if isinstance(attempt, Attempt) and attempt.loaded is not None:
                        found.append(attempt.loaded)
    return found


def plan_that_runs(root: Path, dag_id: DagId) -> Plan | None:
    """The plan of a DAG in the version that runs; None where none does, or it is not known here."""
    accepted = read_accepted(Store(Path(os.path.realpath(root))), dag_id.domain).get(
        dag_id.pipeline
    )
    return running_plan(root, accepted.plan) if accepted and accepted.plan else None


def list_plans_that_run(root: Path) -> list[Plan]:
    """The plans of all DAGs in the versions that run, as far as they are known here."""
    found = (running_plan(root, digest) for digest in running_plans(root).values() if digest)
    return [plan for plan in found if plan is not None]


def running_plan(root: Path, digest: str) -> Plan | None:
    """The plan of a digest; None where it is damaged, or has just been replaced."""
    try:
        return plan_in(Store(Path(os.path.realpath(root))).read_text(digest))
    except Damaged:
        return None


def running_boards(root: Path, table: TableName) -> tuple[Board, ...]:
    """The dashboards of all specs that run which read a table. No plan is read."""
    store = Store(Path(os.path.realpath(root)))
    found = (
        board
        for folder, _ in discover(root).domains
        for one in read_accepted(store, folder.name).values()
        if one.plan
        for board in boards_in(one.outline)
    )
    return boards_that_read(found, table)


def running_bi(root: Path, table: TableName) -> BiReaders:
    """What the specs that run declare for the BI team of a table: of all of them, also of other
    domains."""
    store = Store(Path(os.path.realpath(root)))
    dataset: BiTable | None = None
    dashboards: list[BiDashboard] = []
    for folder, _ in discover(root).domains:
        for one in read_accepted(store, folder.name).values():
            concerns = str(table) in bi_in(one.outline)
            concerns |= bool(boards_that_read(boards_in(one.outline), table))
            plan = running_plan(root, one.plan) if one.plan and concerns else None
            if plan is not None:
                dashboards += [board for board in plan.dashboards if table in board.tables]
                dataset = next((t for t in plan.bi_tables if t.table == table), dataset)
    return BiReaders(dataset=dataset, dashboards=tuple(dashboards))
