"""What operators do with environments: list them, drop one, drop those that nobody uses."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta

from medallion.errors import SetupError
from medallion.lake.retention import delete_domain
from medallion.operations.surroundings import Surroundings
from medallion.plan.environment import Environment
from medallion.steps.publish.primary import refuse_former_server
from medallion.warehouse.environments import dropping
from medallion.warehouse.environments.record import (
    EnvironmentRecord,
    environments,
    find_environment,
    find_unused_environments,
    hold_environment,
)
from medallion.warehouse.session.transaction import autocommit_session, session

DAYS = "MEDALLION_ENVIRONMENT_DAYS"
DEFAULT_DAYS = 14
"""Two weeks without a run: a branch that is still worked on has had one."""


def list_environments(warehouse_url: str) -> Sequence[EnvironmentRecord]:
    """All of them, by name."""
    with session(warehouse_url, "reading environments") as connection:
        return environments(connection)


def get_environment(warehouse_url: str, name: str) -> EnvironmentRecord:
    """The environment of a name.

    Raises:
        SetupError: there is none.
    """
    with session(warehouse_url, f"looking for the environment {name}") as connection:
        found = find_environment(connection, name)
        others = [one.name for one in environments(connection)] if found is None else []
    if found is None:
        raise SetupError(
            f"there is no environment {name}",
            remedy=f"there are: {', '.join(others)}"
            if others
            else f"`python -m medallion.cli run --env {name}` makes it",
        )
    return found


@contextmanager
def holding(warehouse_url: str, name: str) -> Iterator[None]:
    """Keep others out of an environment while the block lasts.

    Raises:
        SetupError: something runs in it, or drops it.
    """
    with autocommit_session(warehouse_url, f"holding the environment {name}") as connection:
        if not hold_environment(connection, name):
            raise SetupError(
                f"something else works in the environment {name}",
                remedy="wait until it has ended, or take another name",
            )
        yield


def drop_environment(record: EnvironmentRecord, surroundings: Surroundings) -> None:
    """Drop an environment: its schemas, what the registry has of it, its folders of the lake, its
    roles. Nothing of production's is touched. Killed half way, it is done again.

    Raises:
        SetupError: something runs in it.
        LakeError: a folder of the lake is still there.
        WarehouseUnavailable: the server does not answer.
    """
    url, name = surroundings.warehouse_url, record.name
    environment = Environment(name)
    with holding(url, name):
        with session(url, f"dropping the schemas of {name}") as connection:
            schemas = dropping.drop_schemas(connection, record)
        with session(url, f"forgetting {name}") as connection:
            dropping.delete_rows(connection, record)
        for domain in record.domains:
            delete_domain(surroundings.lake_root, environment.domain(domain))
        with session(url, f"dropping the roles of {name}") as connection:
            dropping.drop_roles(connection, record)
    surroundings.log.info("the environment %s is dropped: %d schemas", name, len(schemas))


def drop_unused(
    surroundings: Surroundings, *, dry_run: bool = False
) -> Iterator[EnvironmentRecord]:
    """Drop each environment in which nothing has run for longer than `read_unused_age`.

    Raises:
        SetupError: the setting is not a number of days.
        FormerPrimary: the warehouse has left the server that answers.
    """
    doing = "looking for unused environments"
    refuse_former_server(surroundings.warehouse_url, surroundings.lake_root, doing)
    with session(surroundings.warehouse_url, doing) as connection:
        unused = find_unused_environments(connection, read_unused_age())
    for record in unused:
        if not dry_run:
            drop_environment(record, surroundings)
        yield record


def read_unused_age() -> timedelta:
    """How long an environment stays in which nothing runs.

    Raises:
        SetupError: the setting is not a number of days.
    """
    said = os.environ.get(DAYS, "") or str(DEFAULT_DAYS)
    if not re.fullmatch(r"[1-9][0-9]{0,3}", said):
        raise SetupError(
            f"{DAYS}={said} is not a number of days from 1 on",
            remedy=f"leave it out for {DEFAULT_DAYS} days",
        )
    return timedelta(days=int(said))
