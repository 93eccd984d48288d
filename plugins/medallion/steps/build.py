"""Build: one SELECT fills a gold table's staging table."""

from __future__ import annotations

from datetime import datetime

from medallion.errors import DataRejected, WarehouseRefused
from medallion.names import TableName
from medallion.plan.model import BuildStep
from medallion.prose import tally
from medallion.publish.window import Window
from medallion.run import Run
from medallion.spec.sql.lineage import origin_in, read_query, select_with
from medallion.steps.context import StepContext, StepResult
from medallion.steps.domain.refused_sql import at_its_line
from medallion.steps.domain.role import domain_role_of
from medallion.steps.window import (
    choose_window,
    has_another_shape,
    hold_to_window,
    recipe_of,
    whole_window,
)
from medallion.warehouse.registry.accounting import WINDOW
from medallion.warehouse.roles.domain_rights import domain_session, take_over
from medallion.warehouse.roles.domain_role import DomainRole
from medallion.warehouse.roles.early_login import EarlyLogin, early_login
from medallion.warehouse.session.relations import columns_of
from medallion.warehouse.session.schemas import ensure_schemas
from medallion.warehouse.session.transaction import Session, session
from medallion.warehouse.tables.built import (
    NoSuchColumn,
    NotAKey,
    add_index,
    build_table,
    create_table_as,
    hold_key,
    wait_for_publications,
    write_literal,
)
from medallion.warehouse.tables.selects import stage_select
from medallion.warehouse.tables.staging import drop_all


def render(query: str, run: Run, window: Window | None = None) -> str:
    """The SELECT that PostgreSQL gets: the author's text with the run's values as typed literals.

    Args:
        query: the author's text.
        run: whose values it gets.
        window: of an incremental table: what the run makes, in place of its interval.

    Raises:
        WarehouseRefused: it is not one SELECT.
    """
    try:
        return select_with(query, values_of(run, window))
    except ValueError as error:
        raise WarehouseRefused(str(error), remedy="a gold table is one SELECT") from None


def values_of(run: Run, window: Window | None = None) -> dict[str, str]:
    """SQL literals for the placeholders that a query may use (`:data_interval_start` …)."""
    start, end = (window.start, window.end) if window else (run.interval_start, run.interval_end)
    return {
        "data_interval_start": write_literal(start.isoformat(), "timestamptz"),
        "data_interval_end": write_literal(end.isoformat(), "timestamptz"),
        "run_id": write_literal(run.run_id, "text"),
    }


def run(step: BuildStep, context: StepContext) -> StepResult:
    """Build the staging table, replacing what an earlier try left.

    Raises:
        WarehouseRefused: PostgreSQL refuses the query, it is not one SELECT, or a table that it
            reads is not published.
        DataRejected: two rows have one primary key, or a key is NULL.
    """
    problems = read_query(step.sql).problems
    if problems:
        raise WarehouseRefused(
            f"{step.sql_path}:{problems[0].line}: {problems[0].problem}", remedy=problems[0].remedy
        )
    staging, domain = step.table.staging(context.run_key), step.table.domain
    with (
        early_login(context.warehouse_url, domain, context.domain_warehouse(domain)) as early,
        session(context.warehouse_url, f"preparing and taking over {staging}") as connection,
    ):
        ensure_schemas(connection, step.table)
        _must_be_published(connection, step)
        role = domain_role_of(
            connection, context, step.table, reads=step.upstream, builds=True, early=early
        )
        window = choose_window(connection, step, context)
        read_at, rows = _stage(connection, step, context, role, window, early)
        is_part = window is not None and not window.is_whole
        if is_part and has_another_shape(connection, step.table, staging):
            why = "its columns are others than those that are published"
            window = whole_window(connection, step, context, why)
            read_at, rows = _stage(connection, step, context, role, window, early)
        if window is not None:
            hold_to_window(connection, step, staging, window)
        _add_primary_key(connection, step, staging)
        _add_indexes(connection, step, staging, window)
    made = f", {window}" if window else ""
    context.log.info(
        "%s: %s built by %s%s", step.table.public, tally(rows, "row"), step.sql_path, made
    )
    return StepResult(
        rows_in=rows,
        rows_out=rows,
        reference=str(staging),
        details={
            "read_at": read_at.isoformat(),
            **({WINDOW: window.to_json(), **recipe_of(step).to_json()} if window else {}),
        },
    )


def _stage(
    connection: Session,
    step: BuildStep,
    context: StepContext,
    role: DomainRole,
    window: Window | None,
    early: EarlyLogin,
) -> tuple[datetime, int]:
    """Make the staging table, in place of what is there; when it began to read, and its rows."""
    table, key = step.table, context.run_key
    staging = table.staging(key)
    drop_all(
        connection,
        views=(table.as_whole(key), table.as_select(key)),
        tables=(staging, table.rejects(key)),
    )
    connection.commit()  # the role sees it; a second login costs more than a small query
    read_at = wait_for_publications(connection)
    connection.commit()
    rows = _select_into(staging, step, context, role, window, early)
    take_over(connection, staging, role)
    return read_at, rows


def _select_into(
    staging: TableName,
    step: BuildStep,
    context: StepContext,
    role: DomainRole,
    window: Window | None,
    early: EarlyLogin,
) -> int:
    """Make the staging table as the domain's role; the number of its rows. Of a view also the
    SELECT itself, which is published once the rows have passed their gate.

    CREATE TABLE AS keeps the types, and the plan may be parallel, which that of an INSERT may not.
    """
    select, values = render(step.sql, context.run, window), values_of(context.run, window)
    opening = create_table_as(staging)
    with (
        domain_session(
            context.warehouse_url,
            role,
            step.table,
            doing=f"building {step.table.public} from {step.sql_path}",
            what=step.sql_path,
            timezone=context.run.timezone,
            early=early,
        ) as connection,
        at_its_line(
            str(step.table.public),
            step.sql_path,
            step.sql,
            origin=lambda offset: origin_in(step.sql, values, offset),
            before=len(opening),
        ),
    ):
        built = build_table(connection, staging, select)
        if step.is_view:
            stage_select(connection, step.table.as_select(context.run_key), select)
        return built


def _must_be_published(connection: Session, step: BuildStep) -> None:
    """What it reads is there: else PostgreSQL says that there is no such relation, and no more."""
    missing = [str(table) for table in step.upstream if not columns_of(connection, table)]
    if missing:
        raise WarehouseRefused(
            f"{step.table.public} reads {', '.join(missing)}, which nobody has published yet",
            remedy="run the pipeline that publishes it first, then clear this task and those after "
            "it. Without a `schedule` the DAG waits for it by itself",
        )


def _add_indexes(
    connection: Session, step: BuildStep, staging: TableName, window: Window | None
) -> None:
    """What the next runs find their rows by, where the staging table becomes a version."""
    if step.increment is None or window is None or not window.is_whole:
        return
    if step.primary_key[:1] != (step.increment.time_column,):
        add_index(connection, staging, [step.increment.time_column])


def _add_primary_key(connection: Session, step: BuildStep, staging: TableName) -> None:
    """A unique index on the key, and no NULL in it."""
    if not step.primary_key:
        return
    try:
        hold_key(connection, staging, step.primary_key)
    except NotAKey as broken:
        raise DataRejected(
            f"{step.table.public}: ({', '.join(step.primary_key)}) is not a primary key of what "
            f"{step.sql_path} selects: {broken}",
            remedy="fix the SELECT (a join that multiplies rows?) or the primary_key in the spec. "
            "The published table is untouched",
        ) from None
    except NoSuchColumn:
        raise WarehouseRefused(
            f"{step.table.public}: {step.sql_path} selects no column for each of "
            f"primary_key {list(step.primary_key)}",
            remedy="name the columns of the SELECT in primary_key",
        ) from None
