"""Environments that may have a person: tables of a branch beside production's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from medallion.errors import MedallionError
from medallion.operations.environments.upkeep import drop_environment
from medallion.warehouse.environments.record import environments, has_own_rows
from medallion.warehouse.session.transaction import session

if TYPE_CHECKING:
    from medallion.operations.people.erase import Erasing, Erasure


def take_environments(asked: Erasing, domain: str, erasure: Erasure) -> None:
    """Drop, count or name the environments that have rows. They cannot be searched: their specs are
    a branch's, and gold of any domain may be made of the person's rows.

    One that has nothing but views on production's tables stays as it is.
    """
    where = asked.surroundings
    with session(where.warehouse_url, "reading the environments") as connection:
        records = [
            one
            for one in environments(connection)
            if domain in one.domains and has_own_rows(connection, one)
        ]
    for record in records:
        if not asked.drop_environments:
            erasure.problems.append(
                f"the environment {record.name} has tables beside those of {domain}, which are not "
                "searched: with --drop-environments it is dropped"
            )
            continue
        if asked.is_meant:
            try:
                drop_environment(record, where)
            except MedallionError as error:
                erasure.problems.append(f"the environment {record.name} is still there: {error}")
                continue
        erasure.add(f"the environment {record.name}", "environment", 1)
