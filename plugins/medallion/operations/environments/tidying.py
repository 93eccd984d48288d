"""Landings of environments that are used for long: what is past its time goes, as in production."""

from __future__ import annotations

from collections.abc import Iterator

from medallion.names import Layer, PublishedTable
from medallion.operations.environments.upkeep import read_unused_age
from medallion.operations.maintenance import (
    Swept,
    delete_loose_folders,
    delete_old_landings,
    hold_to_server,
    read_keepings,
)
from medallion.operations.surroundings import Surroundings
from medallion.plan.environment import Environment
from medallion.plan.keeping import Keeping
from medallion.warehouse.environments.record import environments, list_landed
from medallion.warehouse.session.transaction import session


def tidy_environments(surroundings: Surroundings, *, dry_run: bool = False) -> Iterator[Swept]:
    """Delete the environments' own landings that are older than an unused environment may be, or
    than the `retention` of production's spec where that is shorter. Each run lands again, or takes
    what production has landed, which stays where it is.

    Raises:
        SetupError: the setting is not a number of days.
        LakeError: a landing is still there after it was deleted.
        WarehouseUnavailable: the server is away; called again, it continues. FormerPrimary: it is
            one that the warehouse has left.
    """
    hold_to_server(surroundings)
    with session(surroundings.warehouse_url, "reading environments") as connection:
        known = environments(connection)
    for record in known:
        for domain in record.domains:
            for keeping in _list_keepings(Environment(record.name), domain, surroundings):
                yield from delete_old_landings(keeping, surroundings, dry_run, only_here=True)
                yield from delete_loose_folders(keeping, surroundings, dry_run)


def _list_keepings(
    environment: Environment, domain: str, surroundings: Surroundings
) -> Iterator[Keeping]:
    """Of what the environment has landed of a domain, by the environment's names."""
    own, age = environment.domain(domain), read_unused_age()
    with session(surroundings.warehouse_url, f"reading the landings of {own}") as connection:
        landed = list_landed(connection, own)
    declared = read_keepings(domain, surroundings, []) if landed else ()
    said = {one.table.name: one.bronze for one in declared}
    for dataset in landed:
        yield Keeping(
            table=PublishedTable(layer=Layer.SILVER, domain=own, name=dataset),
            bronze=min(age, said.get(dataset) or age),
            readers=(),
            quarantine=None,
            keep_versions=1,
        )
