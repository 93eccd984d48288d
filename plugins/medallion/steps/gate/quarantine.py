"""Rows that fail a check move from the staging table to the run's rejects, with reasons."""

from __future__ import annotations

from collections.abc import Mapping

from medallion.checks.catalogue import failing_rows
from medallion.checks.outcome import PlannedCheck
from medallion.errors import CheckCrashed
from medallion.names import PublishedTable
from medallion.schedules.clock import UTC_NAME
from medallion.warehouse.roles.domain_rights import domain_session, grant_on, revoke_all
from medallion.warehouse.roles.domain_role import DomainRole
from medallion.warehouse.session.relations import columns_of
from medallion.warehouse.session.transaction import session
from medallion.warehouse.tables.failing_rows import count_moved_by_check, move
from medallion.warehouse.tables.staging import create_rejects


def move_failing(
    loader_url: str,
    role: DomainRole,
    table: PublishedTable,
    run_key: str,
    failing: Mapping[str, tuple[PlannedCheck, int]],
    timezone: str = UTC_NAME,
) -> int:
    """Move every row that fails one of the checks; returns how many.

    It runs as the domain's role, because the conditions come from a spec.

    Args:
        loader_url: of the loader, who lends the role the rights for it.
        role: of the table's domain.
        table: names the staging table and the rejects.
        run_key: the run's.
        failing: by check id, the check and the number of rows that GX counted.
        timezone: of the pipeline, whose days the checks mean.

    Raises:
        CheckCrashed: the conditions find other rows than GX counted; then nothing is moved.
    """
    staging, rejects = table.staging(run_key), table.rejects(run_key)
    what = f"quarantining rows of {table.public}"
    with session(loader_url, what) as loader:
        if not columns_of(loader, rejects):
            create_rejects(loader, rejects)
        grant_on(loader, staging, role, ["SELECT", "DELETE"])
        grant_on(loader, rejects, role, ["SELECT", "INSERT"])
    conditions = {
        check_id: failing_rows(check.expectation, check.kwargs, staging).sql(dialect="postgres")
        for check_id, (check, _) in failing.items()
    }
    with domain_session(
        loader_url, role, table, doing=what, what="a check", timezone=timezone
    ) as connection:
        moved = move(connection, table, run_key, conditions)
        _check_counts(failing, count_moved_by_check(connection, table, run_key))
    with session(loader_url, what) as loader:
        revoke_all(loader, rejects, role)
    return moved


def _check_counts(
    failing: Mapping[str, tuple[PlannedCheck, int]], found: Mapping[str, int]
) -> None:
    """Hold the rows found against those that GX counted, check by check."""
    for check_id, (check, counted) in failing.items():
        if found.get(check_id, 0) != counted:
            raise CheckCrashed(
                f"{check_id} ({check.name}): Great Expectations counts {counted} failing rows, "
                f"{found.get(check_id, 0)} were found to quarantine",
                remedy="nothing was moved or published; use on_failure: fail or warn for this "
                "check, and report a bug",
            )
