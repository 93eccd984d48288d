"""Build: one SELECT becomes a gold table's staging table."""

from __future__ import annotations

from datetime import datetime

from psycopg import errors, sql

from medallion.errors import DataRejected, WarehouseRefused
from medallion.names import TableName
from medallion.plan.model import BuildStep
from medallion.publish.relations import identifier
from medallion.spec.sql.lineage import origin_in, read_query, select_with
from medallion.steps.context import StepContext, StepResult
from medallion.steps.domain.role import domain_role_of
from medallion.warehouse.roles.domain_rights import domain_session, take_over
from medallion.warehouse.roles.domain_role import DomainRole
from medallion.warehouse.session.relations import columns_of
from medallion.warehouse.session.schemas import ensure_schemas
from medallion.warehouse.session.transaction import Session, session
from medallion.warehouse.tables.staging import drop


def render(query: str, interval_start: datetime, interval_end: datetime, run_id: str) -> str:
    """The SELECT as its author wrote it, with the run's values as typed literals: what PostgreSQL
    gets.

    Raises:
        WarehouseRefused: it is not one SELECT.
    """
    try:
        return select_with(query, values_of(interval_start, interval_end, run_id))
    except ValueError as error:
        raise WarehouseRefused(str(error), remedy="a gold table is one SELECT") from None


def values_of(interval_start: datetime, interval_end: datetime, run_id: str) -> dict[str, str]:
    """SQL for each word that a run knows."""
    return {
        "data_interval_start": _cast(interval_start.isoformat(), "timestamptz"),
        "data_interval_end": _cast(interval_end.isoformat(), "timestamptz"),
        "run_id": _cast(run_id, "text"),
    }


def _cast(value: str, kind: str) -> str:
    literal = sql.SQL("CAST({} AS {})").format(sql.Literal(value), sql.SQL(kind))
    return literal.as_string()


def run(step: BuildStep, context: StepContext) -> StepResult:
    """Build the staging table again, whatever an earlier try has left.

    Raises:
        WarehouseRefused: PostgreSQL does not take the query, or it is not one SELECT.
        DataRejected: the result has two rows of one primary key, or a key that is NULL.
    """
    problems = read_query(step.sql).problems
    if problems:
        raise WarehouseRefused(
            f"{step.sql_path}:{problems[0].line}: {problems[0].problem}", remedy=problems[0].remedy
        )
    select = render(
        step.sql, context.run.interval_start, context.run.interval_end, context.run.run_id
    )
    staging = step.table.staging(context.run_key)
    with session(context.warehouse_url, f"preparing {staging}") as connection:
        ensure_schemas(connection, step.table)
        _must_be_published(connection, step)
        role = domain_role_of(connection, context, step.table, reads=step.upstream, builds=True)
        drop(connection, (staging, step.table.rejects(context.run_key)))
    read_at, rows = _select_into(staging, select, step, context, role)
    with session(context.warehouse_url, f"taking over {staging}") as connection:
        take_over(connection, staging, role)
        _add_primary_key(connection, step, staging)
    context.log.info("%s: %d rows built", step.table.public, rows)
    return StepResult(
        rows_in=rows,
        rows_out=rows,
        reference=str(staging),
        details={"read_at": read_at.isoformat()},
    )


def _select_into(
    staging: TableName, select: str, step: BuildStep, context: StepContext, role: DomainRole
) -> tuple[datetime, int]:
    """Make the staging table as the domain's role; when it began to read, and how many rows.

    CREATE TABLE AS keeps the types, and the plan may be parallel, which that of an INSERT may not.
    """
    values = values_of(context.interval_start, context.interval_end, context.run_id)
    opening = sql.SQL("CREATE TABLE {} AS\n").format(identifier(staging)).as_string()
    with (
        domain_session(
            context.warehouse_url,
            role,
            step.table,
            doing=f"building {step.table.public} from {step.sql_path}",
            what=step.sql_path,
        ) as connection,
    ):
        now = connection.execute("SELECT clock_timestamp()").fetchone()
        assert now is not None  # noqa: S101  # one row, always
        # A text that is prepared is one statement, whatever it holds. It may end with a comment.
        cursor = connection.execute(
            sql.SQL("CREATE TABLE {} AS\n{}\n").format(identifier(staging), sql.SQL(select)),
            prepare=True,
        )
        return now[0], cursor.rowcount


def _must_be_published(connection: Session, step: BuildStep) -> None:
    """What it reads is there: else PostgreSQL says that there is no such relation, and no more."""
    missing = [str(table) for table in step.upstream if not columns_of(connection, table)]
    if missing:
        raise WarehouseRefused(
            f"{step.table.public} reads {', '.join(missing)}, which nobody has published yet",
            remedy="run the pipeline that publishes it first, then clear this task and those after "
            "it. Without a `schedule` the DAG waits for it by itself",
        )


def _add_primary_key(connection: Session, step: BuildStep, staging: TableName) -> None:
    """A unique index on the key, and no NULL in it."""
    if not step.primary_key:
        return
    table = identifier(staging)
    key = sql.SQL(", ").join(sql.Identifier(column) for column in step.primary_key)
    try:
        with connection.transaction():
            connection.execute(sql.SQL("CREATE UNIQUE INDEX ON {} ({})").format(table, key))
            for column in step.primary_key:
                connection.execute(
                    sql.SQL("ALTER TABLE {} ALTER COLUMN {} SET NOT NULL").format(
                        table, sql.Identifier(column)
                    )
                )
    except (errors.UniqueViolation, errors.NotNullViolation) as error:
        detail = error.diag.message_detail or error.diag.message_primary or ""
        raise DataRejected(
            f"{step.table.public}: ({', '.join(step.primary_key)}) is not a primary key of what "
            f"{step.sql_path} selects: {detail}",
            remedy="fix the SELECT (a join that multiplies rows?) or the primary_key in the spec. "
            "The published table is untouched",
        ) from None
    except errors.UndefinedColumn:
        raise WarehouseRefused(
            f"{step.table.public}: {step.sql_path} selects no column for each of "
            f"primary_key {list(step.primary_key)}",
            remedy="name the columns of the SELECT in primary_key",
        ) from None
