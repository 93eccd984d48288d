"""The journal, made by whoever brings roles in step. What cannot be made stops nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from medallion.errors import SetupError, WarehouseRefused
from medallion.warehouse.journal.keeper import JournalSettings, make_journal


def ensure_journal(
    admin_url: str, loader_url: str, settings: JournalSettings, workers: Iterable[str]
) -> Iterator[str]:
    """Make the journal, or bring it in step; yields a line for each thing that is new, or the one
    that says why there is none.

    Raises:
        WarehouseUnavailable: the server does not answer.
    """
    try:
        yield from make_journal(admin_url, loader_url, settings, workers)
    except (SetupError, WarehouseRefused) as error:
        remedy = error.remedy or (
            "the administrator needs CREATEROLE, and CREATE on the database: docs/access-journal.md"
        )
        yield f"no journal of who read and who changed what: {error.problem}; {remedy}"
