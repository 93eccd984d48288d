"""The processes that the local stack consists of, besides PostgreSQL."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from medallion.local.celery.processes import BROKER, broker_command, worker_command, worker_names
from medallion.local.ports import HOST
from medallion.local.settings import StackSettings
from medallion.local.superset import process as superset
from medallion.local.superset.environment import superset_environment


@dataclass(frozen=True, slots=True, kw_only=True)
class Component:
    """A command that is kept running. Its log is `<name>.log`."""

    name: str
    argv: tuple[str, ...]
    serves_others: bool = False
    """The others talk to it: it is stopped after them."""
    environment: Mapping[str, str] | None = field(default=None, repr=False)
    """Of a program that is not Airflow: its own, instead of the stack's with its secrets."""


REPLAY = "tmdb-replay"
RATES = "bank-rates"
API_SERVER = "api-server"
SUPERSET = superset.NAME

# The key in the health report of the API server, and the component it speaks of.
REPORTED_HEALTH = {
    "metadatabase": API_SERVER,
    "scheduler": "scheduler",
    "dag_processor": "dag-processor",
    "triggerer": "triggerer",
}


def components(settings: StackSettings) -> tuple[Component, ...]:
    """What `make up` starts, in this order."""
    airflow = (settings.celery.python if settings.celery else sys.executable, "-m", "airflow")
    servers = [
        Component(
            name=API_SERVER,
            argv=(*airflow, "api-server", "--host", HOST, "--port", str(settings.ports.api)),
            serves_others=True,
        )
    ]
    if settings.uses_replay:
        servers.append(Component(name=REPLAY, argv=replay_command(settings), serves_others=True))
    servers.append(Component(name=RATES, argv=rates_command(settings), serves_others=True))
    if settings.superset is not None:
        servers.append(
            Component(
                name=SUPERSET,
                argv=superset.serving_command(settings.superset),
                serves_others=True,
                environment=superset_environment(settings.superset, settings.paths),
            )
        )
    if settings.celery is not None:
        command = broker_command(settings.celery, settings.paths)
        servers.append(Component(name=BROKER, argv=command, serves_others=True, environment={}))
    return (
        *servers,
        # The API server reads the logs from this disk. Airflow's servers of logs would listen on
        # every address of the machine: they are not started.
        Component(name="scheduler", argv=(*airflow, "scheduler", "--skip-serve-logs")),
        Component(name="dag-processor", argv=(*airflow, "dag-processor")),
        Component(name="triggerer", argv=(*airflow, "triggerer", "--skip-serve-logs")),
        *_workers(settings),
    )


def _workers(settings: StackSettings) -> Iterator[Component]:
    """Celery's, where it is the executor."""
    if settings.celery is None:
        return
    for name in worker_names():
        command = worker_command(settings.celery, name, settings.paths.run)
        yield Component(name=name, argv=command)


def rates_command(settings: StackSettings) -> tuple[str, ...]:
    """The command of the sample bank's API of exchange rates."""
    return (sys.executable, "-m", "medallion.bank", "rates", "--port", str(settings.ports.rates))


def replay_command(settings: StackSettings) -> tuple[str, ...]:
    """The command of the TMDB replay server, on the port that the connection names."""
    ready = settings.paths.run / "replay.ready"
    return (
        sys.executable, "-m", "medallion.replay",
        "--port", str(settings.ports.replay), "--ready-file", str(ready),
    )  # fmt: skip
