"""Rows that fail a check move from the staging table to the run's rejects, with reasons."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import psycopg
from psycopg import sql

from medallion.checks.catalogue import failing_rows
from medallion.checks.outcome import PlannedCheck
from medallion.errors import CheckCrashed
from medallion.names import PROVENANCE_COLUMNS, Layer, PublishedTable
from medallion.publish.relations import identifier
from medallion.steps.domain.role import within_rights
from medallion.warehouse.roles.domain_rights import grant_on, revoke_all
from medallion.warehouse.roles.domain_role import DomainRole, log_in
from medallion.warehouse.session.connection import connect, translated
from medallion.warehouse.session.relations import columns_of
from medallion.warehouse.tables.staging import create_rejects

STAGE = "gate"


def put_back(connection: psycopg.Connection, table: PublishedTable, run_key: str) -> None:
    """Undo what an earlier try of this gate has moved, so that it ends the same."""
    staging, rejects = table.staging(run_key), table.rejects(run_key)
    if not columns_of(connection, rejects):
        return
    provenance = _provenance(table)
    restored = sql.SQL(", ").join(
        sql.SQL("{}, {}").format(sql.Literal(name), sql.Identifier(name)) for name in provenance
    )
    connection.execute(
        sql.SQL(
            "INSERT INTO {staging} SELECT (jsonb_populate_record(NULL::{staging}, record"
            " || jsonb_build_object({restored}))).* FROM {rejects} WHERE stage = {stage}"
        ).format(
            staging=identifier(staging),
            rejects=identifier(rejects),
            restored=restored,
            stage=sql.Literal(STAGE),
        )
    )
    connection.execute(
        sql.SQL("DELETE FROM {} WHERE stage = {}").format(identifier(rejects), sql.Literal(STAGE))
    )


def set_aside(
    loader_url: str,
    role: DomainRole,
    table: PublishedTable,
    run_key: str,
    failing: Mapping[str, tuple[PlannedCheck, int]],
) -> int:
    """Move every row that fails one of the checks; how many rows that were.

    As the domain's role: the conditions are made of what a spec says.

    Args:
        loader_url: of the loader, who lends the role the rights for it.
        role: of the table's domain.
        table: whose staging and rejects are meant.
        run_key: the run's.
        failing: by check id, the check and the rows that GX counted for it.

    Raises:
        CheckCrashed: other rows were found than GX counted; nothing has moved then.
    """
    staging, rejects = table.staging(run_key), table.rejects(run_key)
    what = f"quarantining rows of {table.public}"
    with translated(what), connect(loader_url) as loader:
        if not columns_of(loader, rejects):
            create_rejects(loader, rejects)
        grant_on(loader, staging, role, ["SELECT", "DELETE"])
        grant_on(loader, rejects, role, ["SELECT", "INSERT"])
    with (
        translated(what),
        log_in(loader_url, role) as session,
        within_rights(role, table, "a check"),
    ):
        moved = _move(session, table, run_key, failing)
    with translated(what), connect(loader_url) as loader:
        revoke_all(loader, rejects, role)
    return moved


def _move(
    session: psycopg.Connection,
    table: PublishedTable,
    run_key: str,
    failing: Mapping[str, tuple[PlannedCheck, int]],
) -> int:
    staging, rejects = table.staging(run_key), table.rejects(run_key)
    conditions = {
        check_id: sql.SQL(
            failing_rows(check.expectation, check.kwargs, staging).sql(dialect="postgres")
        )
        for check_id, (check, _) in failing.items()
    }
    moved = session.execute(
        sql.SQL(
            "WITH moved AS (DELETE FROM {staging} AS t WHERE {any} RETURNING"
            " array_remove(ARRAY[{reasons}], NULL) AS reasons,"
            " to_jsonb(t) - {hidden}::text[] AS record, {provenance})"
            " INSERT INTO {rejects} (stage, reasons, record, {names})"
            " SELECT {stage}, reasons, record, {names} FROM moved"
        ).format(
            staging=identifier(staging),
            any=sql.SQL(" OR ").join(sql.SQL("({})").format(c) for c in conditions.values()),
            reasons=sql.SQL(", ").join(
                sql.SQL("CASE WHEN {} THEN {} END").format(condition, sql.Literal(check_id))
                for check_id, condition in conditions.items()
            ),
            hidden=sql.Literal(list(PROVENANCE_COLUMNS)),
            provenance=_returned(table),
            rejects=identifier(rejects),
            names=sql.SQL(", ").join(sql.Identifier(name) for name in PROVENANCE_COLUMNS),
            stage=sql.Literal(STAGE),
        )
    ).rowcount
    _check_counts(session, rejects_of=table, run_key=run_key, failing=failing)
    return moved


def _check_counts(
    connection: psycopg.Connection,
    *,
    rejects_of: PublishedTable,
    run_key: str,
    failing: Mapping[str, tuple[PlannedCheck, int]],
) -> None:
    """Hold the rows found against those that GX counted, check by check."""
    rows: Sequence[tuple[str, int]] = connection.execute(
        sql.SQL(
            "SELECT reason, count(*) FROM {}, unnest(reasons) AS reason WHERE stage = {} GROUP BY 1"
        ).format(identifier(rejects_of.rejects(run_key)), sql.Literal(STAGE))
    ).fetchall()
    found = dict(rows)
    for check_id, (check, counted) in failing.items():
        if found.get(check_id, 0) != counted:
            raise CheckCrashed(
                f"{check_id} ({check.name}): Great Expectations counts {counted} failing rows, "
                f"{found.get(check_id, 0)} were found to quarantine",
                remedy="nothing was moved or published; use on_failure: fail or warn for this "
                "check, and tell the maintainers",
            )


def _provenance(table: PublishedTable) -> tuple[str, ...]:
    """Gold has none."""
    return PROVENANCE_COLUMNS if table.layer is Layer.SILVER else ()


def _returned(table: PublishedTable) -> sql.Composed:
    types = ("bigint", "integer", "bigint")
    return sql.SQL(", ").join(
        sql.SQL("t.{}").format(sql.Identifier(name))
        if table.layer is Layer.SILVER
        else sql.SQL("NULL::{} AS {}").format(sql.SQL(kind), sql.Identifier(name))
        for name, kind in zip(PROVENANCE_COLUMNS, types, strict=True)
    )
