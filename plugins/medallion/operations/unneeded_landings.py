"""Landings of tables that set no retention of bronze: they go once nothing needs them, late.

So the lake does not grow without an end, and nobody loses by an upgrade what he may still want: a
landing stays as long as published rows or open rows of quarantine are made of it, and in any case
for two years; in the first months after the upgrade the log only says what will go.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from medallion.names import Layer
from medallion.operations.ages import bronze_age
from medallion.operations.surroundings import Surroundings
from medallion.plan.keeping import Keeping
from medallion.prose import tally
from medallion.warehouse.registry import unneeded
from medallion.warehouse.registry.landings import OldLanding
from medallion.warehouse.session.transaction import session


def find_unneeded(
    keeping: Keeping, surroundings: Surroundings
) -> tuple[timedelta, list[OldLanding]] | None:
    """The age, and the landings of a table that are older and that nothing needs. None: its spec
    says what is kept, or nothing goes by itself, or not yet: then the log says from when on.

    Raises:
        SetupError: the setting is neither a number of days nor `never`.
    """
    age, table = bronze_age(), keeping.table
    if age is None or keeping.bronze is not None or table.layer is not Layer.SILVER:
        return None
    doing = f"reading the landings of {table.public}"
    with session(surroundings.warehouse_url, doing) as connection:
        found = unneeded.list_unneeded(connection, table, age, age_of_quarantine(keeping))
        due = unneeded.read_due_from(connection)
    if due <= datetime.now(UTC):
        return age, found
    if found:
        surroundings.log.info(
            "%s: from %s on, %s older than %d days that nothing needs will be deleted (%d bytes); "
            "`bronze: {retention: …}` in the spec says otherwise",
            table.public,
            f"{due:%Y-%m-%d}",
            tally(len(found), "landing"),
            age.days,
            sum(one.bytes for one in found),
        )
    return None


def age_of_quarantine(keeping: Keeping) -> timedelta | None:
    """How long rows of a table's quarantine are kept; None: as long as their landing.

    A file or a table that is corrected is read again, and a run of it done again empties its
    quarantine. A message stays as it was written: what nobody has replayed of a topic would stay
    for ever, and its landing with it. So without a word of the spec it goes when landings do.
    """
    if keeping.quarantine is None and keeping.bronze is None and keeping.is_stream:
        return bronze_age()
    return keeping.quarantine


def age_of_tries(keeping: Keeping, surroundings: Surroundings) -> Iterator[timedelta]:
    """How old the landing of a try has to be, from which a later try took over; none: it stays."""
    if keeping.bronze is not None:
        yield keeping.bronze
        return
    age = bronze_age()
    if age is not None:
        with session(surroundings.warehouse_url, "reading the registry") as connection:
            due = unneeded.read_due_from(connection)
        if due <= datetime.now(UTC):
            yield age
