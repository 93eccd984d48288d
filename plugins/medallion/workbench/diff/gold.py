"""The rows that a gold table's SQL gives, read as its domain's role and staged in a scratch."""

from __future__ import annotations

from medallion.checks.declaration import OnFailure
from medallion.errors import DataRejected, SetupError, WarehouseRefused
from medallion.names import PublishedTable
from medallion.operations.surroundings import Surroundings
from medallion.plan.model import BuildStep, GateStep, Plan
from medallion.prose import tally
from medallion.publish.window import Window
from medallion.run import Run
from medallion.spec.sql.lineage import origin_in
from medallion.steps.build import render, values_of
from medallion.steps.domain.refused_sql import at_its_line
from medallion.warehouse.registry import records as registry
from medallion.warehouse.registry import windows
from medallion.warehouse.roles import domain_rights, domain_role
from medallion.warehouse.roles.domain_role import DomainRole
from medallion.warehouse.session.schemas import ensure_schemas
from medallion.warehouse.session.transaction import session
from medallion.warehouse.tables.copied import BEFORE_QUERY, copy_query, query_columns
from medallion.warehouse.tables.table_diff import KeyCounts
from medallion.workbench.diff.silver import Candidate, Say
from medallion.workbench.inputs import copy_inputs, find_unpublished
from medallion.workbench.scratch import Scratch
from medallion.workbench.tries import try_tasks


def stage_gold(
    plan: Plan,
    table: PublishedTable,
    run: Run,
    scratch: Scratch,
    surroundings: Surroundings,
    say: Say,
) -> Candidate:
    """Run the SELECT on the published inputs, in a transaction that only reads.

    It runs where the inputs are, with the rights that the domain has there now: no spec of the
    working tree adds to them.

    Raises:
        SetupError: an input was never published, or the loader may not look after the role.
        WarehouseRefused: PostgreSQL refuses the SQL, or the domain may not read an input.
        DataRejected: it gives no row.
    """
    step = _build_of(plan, table)
    role = _role(step, surroundings)
    window = _all_of_it(step, run, surroundings)
    select, values = render(step.sql, run, window), values_of(run, window)
    staging = table.staging(run.key)
    what = (str(table.public), step.sql_path, step.sql)
    with (
        session(scratch.warehouse_url, f"staging {table.public}") as target,
        domain_rights.domain_session(
            surroundings.warehouse_url,
            role,
            table,
            doing=f"running {step.sql_path}",
            what=step.sql_path,
            timezone=run.timezone,
        ) as source,
    ):
        ensure_schemas(target, table)

        def origin(offset: int) -> int:
            return origin_in(step.sql, values, offset)

        with at_its_line(*what, origin=origin, before=0):
            columns = query_columns(source, select)
        with at_its_line(*what, origin=origin, before=len(BEFORE_QUERY)):
            rows = copy_query(source, target, select, staging, columns)
    say(f"{table.name}: {tally(rows, 'row')} by {step.sql_path}")
    return Candidate(run=run, source=step.sql_path, notes=(*_of(window), *_notes(plan, table)))


def stage_gold_here(
    plan: Plan,
    table: PublishedTable,
    run: Run,
    scratch: Scratch,
    surroundings: Surroundings,
    say: Say,
) -> Candidate:
    """Run the SELECT in the scratch, on inputs of which some are not as they are published.

    Args:
        scratch: it knows those inputs: `made`.

    Raises:
        MedallionError: as for `stage_gold`. The domain may read the inputs in the warehouse, too.
    """
    step = _build_of(plan, table)
    _role(step, surroundings)
    copy_inputs(step.upstream, table.domain, scratch, surroundings)
    tasks = [task for task in plan.tasks if task.step == step]
    for tried in try_tasks(plan, tasks, run, scratch, surroundings):
        if tried.error is not None:
            raise tried.error
        say(f"{table.name}: {tried.result.rows_out if tried.result else 0:,} rows")
    new = ", ".join(str(name) for name in step.upstream if name in scratch.made)
    return Candidate(
        run=run, source=f"{step.sql_path} on the new rows of {new}", notes=_notes(plan, table)
    )


def key_problem(
    table: PublishedTable, key: tuple[str, ...], counts: KeyCounts
) -> DataRejected | None:
    """Why a gold table's rows have no primary key; None: they have one, or none is declared."""
    if not key or not counts.uncompared:
        return None
    found = []
    if counts.keys_twice:
        found.append(f"{counts.keys_twice:,} keys have several rows")
    if counts.without_key:
        found.append(f"{tally(counts.without_key, 'row')} without a whole key")
    return DataRejected(
        f"{table.public}: ({', '.join(key)}) is not a primary key: {', '.join(found)}",
        remedy="fix the SELECT (a join that multiplies rows?) or the primary_key in the spec",
    )


def _build_of(plan: Plan, table: PublishedTable) -> BuildStep:
    steps = (task.step for task in plan.tasks if isinstance(task.step, BuildStep))
    return next(step for step in steps if step.table == table)


def _all_of_it(step: BuildStep, run: Run, surroundings: Surroundings) -> Window | None:
    """Of an incremental table all that it holds: so rows that came too late for a run show, too."""
    if step.increment is None:
        return None
    with session(surroundings.warehouse_url, f"looking at {step.table.public}") as connection:
        current = registry.current(connection, step.table)
        latest = windows.latest_end(connection, step.table, current.version) if current else None
    return step.increment.whole_until(max(run.interval_end, latest or run.interval_end))


def _of(window: Window | None) -> tuple[str, ...]:
    if window is None:
        return ()
    return (f"the table grows by increments: here all of it was built, {window}",)


def _role(step: BuildStep, surroundings: Surroundings) -> DomainRole:
    """The role of the domain, with the rights that the registry says it has."""
    url, domain = surroundings.warehouse_url, step.table.domain
    if missing := find_unpublished(step.upstream, url):
        raise SetupError(
            f"{step.table.public} reads {', '.join(map(str, missing))}, which nobody has published",
            remedy="run the pipeline that publishes it first",
        )
    with session(url, f"reading the rights of {domain}") as loader:
        role = domain_role.role_of(loader, url, domain, surroundings.domain_warehouse(domain))
        if not domain_rights.is_in_step(loader, role, step.upstream, builds=False):
            domain_role.ensure(loader, role)
            domain_rights.bring_in_step(loader, role)
        foreign = domain_rights.unreadable(loader, role, step.upstream)
    if foreign:
        raise WarehouseRefused(
            f"{step.table.public} reads {', '.join(map(str, foreign))}, which the domain {domain} "
            "may not read",
            remedy=domain_rights.remedy(domain),
        )
    return role


def _notes(plan: Plan, table: PublishedTable) -> tuple[str, ...]:
    moving = [
        check.check_id
        for task in plan.tasks
        if isinstance(task.step, GateStep) and task.step.table == table
        for check in task.step.checks
        if check.on_failure is OnFailure.QUARANTINE
    ]
    if not moving:
        return ()
    return (f"rows that {', '.join(moving)} would quarantine are still among the new ones",)
