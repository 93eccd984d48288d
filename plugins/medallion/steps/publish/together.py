"""Tables of one spec that readers see change at the same moment (`publish_together`).

The publications of all of them are one transaction: it takes the locks of all tables first, in one
order, refuses what may not be published of any, writes every version, and then shows them. A
reader's statement is planned with one snapshot, which says the version of each table: it sees all
of the new versions or none. That holds for whole versions alone: rows that are changed in place
belong to the snapshot with which the statement is run, which is a later one.
"""

from __future__ import annotations

from collections.abc import Sequence

from medallion.plan.model import PublishStep
from medallion.run import Run
from medallion.steps.publish.publishing import Publishing
from medallion.warehouse.registry import records as registry
from medallion.warehouse.registry.accounting import report_lost_staging
from medallion.warehouse.registry.records import Publication
from medallion.warehouse.session.relations import oid_of
from medallion.warehouse.session.transaction import Session


def commit_all(connection: Session, publishings: Sequence[Publishing]) -> tuple[int, ...]:
    """The publications of a group; their ids, in the order given. The caller holds the locks of all
    tables.

    Where another try of the run has published them meanwhile, theirs.

    Raises:
        as `Publishing.hold` and `Publishing.write`.
    """
    found = _find_published(connection, publishings)
    if found:
        return found
    currents = [one.hold(connection) for one in publishings]
    is_current = not _come_late(publishings, currents)
    written = [
        one.write(connection, current, is_current=is_current)
        for one, current in zip(publishings, currents, strict=True)
    ]
    ids = [
        one.show(connection, rows, is_current=is_current)
        for one, rows in zip(publishings, written, strict=True)
    ]
    if len(ids) > 1:
        registry.keep_together(connection, ids)
    return tuple(ids)


def hold_to_all_or_none(step: PublishStep, prepared: Sequence[Publishing | None], run: Run) -> None:
    """Refuse to publish some tables of a group without the others.

    Args:
        prepared: by table, what is staged; None: nothing.

    Raises:
        StagingLost: some are staged, and others not; the steps before have to run again, for all.
    """
    steps = (step, *step.together)
    lost = [one for one, found in zip(steps, prepared, strict=True) if found is None]
    if lost and len(lost) < len(steps):
        raise report_lost_staging(
            lost[0].table,
            f"the run {run.run_id} has no staging table of {_names(lost)}, and {_names(steps)} "
            "are published together",
        )


def name_others(step: PublishStep) -> str:
    """The tables that are published with it, as text; empty: there are none."""
    return _names(step.together)


def _names(steps: Sequence[PublishStep]) -> str:
    return ", ".join(str(one.table.public) for one in steps)


def _find_published(connection: Session, publishings: Sequence[Publishing]) -> tuple[int, ...]:
    """What the run has published, if nothing of it is staged any more: whoever waited for the locks
    has been overtaken by another try."""
    if len(publishings) == 1:
        return ()  # its own check says what has become of the staging table
    staged = (one.step.table.staging(one.context.run_key) for one in publishings)
    if any(oid_of(connection, name) is not None for name in staged):
        return ()
    found = [
        registry.publication_of_run(connection, one.context.run, one.step.table)
        for one in publishings
    ]
    return tuple(one.publication_id for one in found if one) if all(found) else ()


def _come_late(publishings: Sequence[Publishing], currents: Sequence[Publication | None]) -> bool:
    """Whether readers have something newer already. Of several tables the oldest decides: by each
    for itself, readers could keep one of one run, and get another of another run."""
    if len(publishings) == 1:
        return publishings[0].comes_late(currents[0])
    there = [one for one in currents if one is not None]
    if not there or min(one.as_of for one in there) <= min(one.as_of for one in publishings):
        return False
    for one, current in zip(publishings, currents, strict=True):
        if current is not None:
            one.warn_of_newer(current)
    return True
