"""`python -m tests.executors.pairs PROJECT STATE COPIES`: the supervisor of a stack that has each
of Airflow's components so many times on one database, with HAProxy before its API servers.

It is what `medallion.local supervise` is to `make up`. Ports, secrets and databases are the local
stack's; only what is started differs.
"""

from __future__ import annotations

import logging
import os
import shutil
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from medallion.local.celery.processes import BROKER, worker_command
from medallion.local.components import API_SERVER, Component, components
from medallion.local.environment import airflow_environment
from medallion.local.journal import Journal
from medallion.local.paths import LocalPaths
from medallion.local.ports import HOST, free_port
from medallion.local.settings import StackSettings, prepare
from medallion.local.supervisor import Supervisor

PROXY = "haproxy"
TWICE = ("scheduler", "dag-processor")
_CONFIG = """\
defaults
    mode http
    timeout connect 2s
    timeout client 300s
    timeout server 300s
    retries 3
    option redispatch
    retry-on conn-failure empty-response response-timeout
frontend airflow
    bind {host}:{port}
    default_backend api
backend api
    balance roundrobin
    option httpchk GET /api/v2/version
    default-server check inter 1s fall 2 rise 1
{servers}
"""


def paired(settings: StackSettings, copies: int) -> Iterator[Component]:
    """The components: `scheduler-1`, `scheduler-2` and so on. The bank's API is left out."""
    celery = settings.celery
    assert celery is not None
    ports = [free_port() for _ in range(copies)]
    for one in components(settings):
        if one.name == BROKER:
            yield one
        elif one.name == API_SERVER:
            command = one.argv[: one.argv.index("--port")]
            for number, port in enumerate(ports, 1):
                argv = (*command, "--port", str(port))
                yield Component(name=f"{API_SERVER}-{number}", argv=argv, serves_others=True)
        elif one.name in TWICE:
            for number in range(1, copies + 1):
                yield replace(one, name=f"{one.name}-{number}")
        elif one.name == "triggerer":
            yield one
    for number in range(1, copies + 1):
        name = f"worker-{number}"
        yield Component(name=name, argv=worker_command(celery, name, settings.paths.run))
    yield Component(name=PROXY, argv=_proxy(settings, ports), serves_others=True, environment={})


def _proxy(settings: StackSettings, ports: list[int]) -> tuple[str, ...]:
    """HAProxy on the port at which everybody looks for the API server."""
    servers = "\n".join(
        f"    server api-{number} {HOST}:{port}" for number, port in enumerate(ports, 1)
    )
    text = _CONFIG.format(host=HOST, port=settings.ports.api, servers=servers)
    file = settings.paths.run / "haproxy.cfg"
    file.write_text(text)
    program = shutil.which(PROXY, path=f"{os.environ['PATH']}:/usr/sbin")
    assert program is not None, "apt-get install haproxy"
    return program, "-db", "-f", str(file)


def main(project: Path, state: Path, copies: int) -> None:
    """Supervise until SIGTERM."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    paths = LocalPaths(project_root=project, state_root=state, dags_folder=project / "dags")
    settings = prepare(paths)
    environment = airflow_environment(settings)
    Supervisor(
        tuple(paired(settings, copies)),
        env={**os.environ, **environment, **SETTINGS},
        logs=paths.logs,
        journal=Journal(paths.run),
        tend_database=lambda: None,
    ).run()


SETTINGS = {
    # The tasks of a scheduler that is gone are taken over after this time, not after 5 minutes.
    "AIRFLOW__SCHEDULER__ORPHANED_TASKS_CHECK_INTERVAL": "30",
}


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]))
