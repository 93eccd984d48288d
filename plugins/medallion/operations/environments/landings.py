"""Production's landings, which an environment reads where they are."""

from __future__ import annotations

from dataclasses import replace

from medallion.errors import MedallionError
from medallion.lake.reader import read_manifest
from medallion.names import PublishedTable
from medallion.run import Run
from medallion.steps.context import StepContext, StepResult
from medallion.warehouse.environments.record import Landing, find_landing
from medallion.warehouse.registry import records as registry
from medallion.warehouse.session.transaction import session


def find_landing_to_take(
    table: PublishedTable, source_fingerprint: str, run: Run, warehouse_url: str
) -> Landing | None:
    """The landing of production that another extraction would repeat, if its files can be read from
    here; None: the source has to be asked.

    Args:
        table: of production.
        source_fingerprint: of the plan that is run; empty: the table has no source.
        run: over which interval.
        warehouse_url: of whoever may read the registry.
    """
    if not source_fingerprint:
        return None
    with session(warehouse_url, f"looking for landings of {table.public}") as known:
        landing = find_landing(
            known, table, source_fingerprint, run.interval_start, run.interval_end
        )
    return landing if landing is not None and _is_in_reach(landing) else None


def take_landing(landing: Landing, table: PublishedTable, context: StepContext) -> StepResult:
    """Enter a landing of production as this run's: its files are read where they are.

    Args:
        table: of the environment.
    """
    manifest = read_manifest(landing.uri)
    with session(context.warehouse_url, f"entering a landing of {table.public}") as connection:
        load_id = registry.open_load(connection, context.run, table)
        registry.close_load(connection, replace(manifest, load_id=load_id))
    return StepResult(rows_in=manifest.records, rows_out=manifest.records, reference=landing.uri)


def _is_in_reach(landing: Landing) -> bool:
    """Whether its manifest can be read from here: another machine's lake may be a folder of its."""
    try:
        read_manifest(landing.uri)
    except (MedallionError, OSError):
        return False
    return True
