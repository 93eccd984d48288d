"""The published tables that a try reads without making them: copied into its database."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from pathlib import Path

from medallion.compiler.project import read_project
from medallion.errors import SetupError
from medallion.names import PublishedTable, TableName
from medallion.operations.reads import read_by
from medallion.operations.surroundings import Surroundings
from medallion.plan.make import make_plan
from medallion.plan.model import PlannedTask, PublishStep
from medallion.warehouse.registry.named_table import parse_published_table
from medallion.warehouse.roles import readers
from medallion.warehouse.session.kept import reading_session
from medallion.warehouse.session.relations import columns_of
from medallion.warehouse.session.transaction import Session, session
from medallion.warehouse.tables.copied import copy_published
from medallion.workbench.scratch import Scratch

NAME = "medallion preview"
"""Of its sessions in the warehouse, for whoever looks at the server's."""


def tables_of(tasks: Iterable[PlannedTask]) -> tuple[TableName, ...]:
    """The published tables that SQL, checks and look-ups of tasks read, and no task publishes."""
    tasks = tuple(tasks)
    made = {task.step.table.public for task in tasks if isinstance(task.step, PublishStep)}
    return tuple(sorted({name for task in tasks for name in read_by(task)} - made))


def find_unpublished(names: Sequence[TableName], warehouse_url: str) -> tuple[TableName, ...]:
    """Those that the warehouse does not have.

    Raises:
        WarehouseUnavailable: it does not answer.
    """
    with reading_session(warehouse_url, "looking for published tables", name=NAME) as warehouse:
        return tuple(name for name in names if not columns_of(warehouse, name))


def copy_inputs(
    names: Sequence[TableName], domain: str, scratch: Scratch, surroundings: Surroundings
) -> dict[TableName, int]:
    """Copy published tables as they are now; by name, how many rows. What another domain's spec
    does not share stays unreadable, as it would be in a run.

    Raises:
        SetupError: one was never published.
        WarehouseUnavailable: the warehouse does not answer.
    """
    if not names:
        return {}
    url = surroundings.warehouse_url
    if missing := find_unpublished([name for name in names if name not in scratch.made], url):
        raise SetupError(
            f"{', '.join(map(str, missing))} was never published, and what is tried reads it",
            remedy="run the pipeline that publishes it first, or preview the whole pipeline",
        )
    foreign = [table for table in map(_table, names) if table.domain != domain]
    tasks = tasks_of_project(surroundings.project_root) if foreign else ()
    copied = {}
    with (
        reading_session(url, "reading published tables", name=NAME) as warehouse,
        session(scratch.warehouse_url, "copying published tables") as target,
    ):
        for name in names:
            if (other := scratch.made.get(name)) is None:
                copied[name] = copy_published(warehouse, target, _table(name))
                continue
            with reading_session(other.warehouse_url, f"reading {name}", name=NAME) as made:
                copied[name] = copy_published(made, target, _table(name))
        share_as_declared(target, foreign, tasks)
    return copied


def tasks_of_project(root: Path) -> tuple[PlannedTask, ...]:
    """The tasks of every valid spec as it is now: which types a table has, and who may read it."""
    return tuple(task for loaded in read_project(root).specs for task in make_plan(loaded).tasks)


def share_as_declared(
    target: Session, tables: Collection[PublishedTable], tasks: Iterable[PlannedTask]
) -> None:
    """Let domains read tables of a scratch, as far as the specs that publish them share them.

    Args:
        target: a session of the scratch, which has the tables.
        tables: of any domains.
        tasks: of the specs, those that publish the tables among them.
    """
    for task in tasks:
        if isinstance(task.step, PublishStep) and task.step.table in tables:
            readers.share(target, task.step.table, task.step.share_with)


def _table(name: TableName) -> PublishedTable:
    return parse_published_table(str(name))
