"""`make up`, `make down`, `make status`: Airflow on the embedded PostgreSQL, without containers."""

from __future__ import annotations

import contextlib
import fcntl
import logging
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path

from medallion.bank.core_database import load
from medallion.bank.size import Size
from medallion.errors import SetupError
from medallion.local.celery.processes import BROKER
from medallion.local.celery.settings import forget_celery, remember_celery
from medallion.local.components import components
from medallion.local.databases import metadata_of
from medallion.local.environment import airflow_environment
from medallion.local.health import HEALTHY, find_lost_port, health
from medallion.local.heartbeats import read_heartbeats
from medallion.local.journal import Entry, Journal
from medallion.local.log_rotation import Bounds, LogKeeper
from medallion.local.paths import LocalPaths, environments_below
from medallion.local.postgres import EmbeddedPostgres
from medallion.local.processes import log_tail, start_family, stop_families
from medallion.local.roles import ensure_local_roles
from medallion.local.settings import StackSettings, choose_ports, prepare
from medallion.local.superset import process as superset
from medallion.local.superset.settings import GIVEN_WAREHOUSE, remember_environment
from medallion.local.supervisor import STOP_PATIENCE_SECONDS, Supervisor
from medallion.operations.environments.setting import SETTING
from medallion.private_files import CLOSED_UMASK, open_private, private_folder

HEALTHY_WITHIN_SECONDS = 240.0
ATTEMPTS = 3

PATIENT = {"PGOPTIONS": "-c idle_in_transaction_session_timeout=0"}
"""Of the migration: it imports much within a transaction, for over 15 s on a busy machine."""

log = logging.getLogger(__name__)
Say = Callable[[str], None]


def is_up(paths: LocalPaths) -> bool:
    """Whether a supervisor keeps a stack running on these places."""
    family = Journal(paths.run).supervisor()
    return family is not None and family.is_led()


def up(paths: LocalPaths, say: Say = print) -> StackSettings:
    """Start what does not run yet, and wait until every component is healthy.

    A port that was free may be taken before its server listens, by another stack that starts at the
    same moment: then all of it starts once more, on other ports.

    Raises:
        SetupError: something does not become healthy; the message holds the end of its log.
    """
    Bounds.of()  # a wrong setting is reported here, not in the supervisor's log
    for _ in range(ATTEMPTS):
        with _one_at_a_time(paths):
            if is_up(paths):
                say("The stack is already running.")
                settings = prepare(paths)
            else:
                settings = _start(paths, say)
        try:
            _wait_until_healthy(settings, say)
        except PortTaken as taken:
            say(f"{taken}: starting again on other ports.")
            with _one_at_a_time(paths):
                _stop_processes(paths, say)
        else:
            return settings
    raise SetupError(
        f"{ATTEMPTS} times another program took a port that had been free",
        remedy="which one takes every free port? Then `make up` again.",
    )


def up_with_superset(paths: LocalPaths, environment: Path, say: Say = print) -> StackSettings:
    """The same with Superset, which is part of the stack from then on.

    A stack that runs without it is started again: Airflow has to learn where Superset is.

    Args:
        environment: the virtual environment that Superset is installed in.

    Raises:
        SetupError: what `up` raises; or nobody has said how Superset reads a warehouse elsewhere.
    """
    if paths.environment:
        raise SetupError(
            f"The environment {paths.environment} has no Superset: it brings nothing there.",
            remedy=f"Start production's without {SETTING}; or make up ENV={paths.environment}.",
        )
    remember_environment(paths, environment)
    with _one_at_a_time(paths):
        added = prepare(paths).superset
        if added is None:
            raise SetupError(
                f"There is no Superset in {environment}.", remedy="Install it: make bi"
            )
        if not added.warehouse_url:
            raise SetupError(
                "It is not known how Superset reads a warehouse that is not the embedded one.",
                remedy=f"Set {GIVEN_WAREHOUSE} to its URL, with a login that only reads.",
            )
        if not is_up(paths) or superset.NAME not in Journal(paths.run).components():
            superset.bring_in_step(added, paths, say, always=True)
            if is_up(paths):
                say("Starting again, so that Airflow learns where Superset is …")
            _stop_processes(paths, say)
    return up(paths, say)


def choose_executor(paths: LocalPaths, celery: Path | None, say: Say = print) -> None:
    """Have the stack run its tasks in Celery's workers from then on, or as the scheduler's own
    processes. One that runs otherwise is stopped first.

    Args:
        celery: the virtual environment that has Airflow with Celery; None: LocalExecutor.

    Raises:
        SetupError: Celery or its broker is not installed.
    """
    with _one_at_a_time(paths):
        if celery is not None:
            remember_celery(paths, celery)
        else:
            forget_celery(paths)
        runs_celery = BROKER in Journal(paths.run).components()
        if is_up(paths) and runs_celery is not (celery is not None):
            say("The stack runs with another executor: it is started again …")
            _stop_processes(paths, say)


class PortTaken(Exception):
    """A component's port is somebody else's."""


def find_unsupervised(paths: LocalPaths) -> dict[str, Entry]:
    """What still runs of a stack whose supervisor is gone: nobody starts it again when it dies."""
    if is_up(paths):
        return {}
    entries = Journal(paths.run).components()
    return {name: entry for name, entry in entries.items() if entry.family.members()}


def down(paths: LocalPaths, say: Say = print) -> None:
    """Stop every process of the stack, the database last. What is already stopped is left."""
    if not paths.state_root.exists():
        return
    with _one_at_a_time(paths):
        _stop_processes(paths, say)
        server = EmbeddedPostgres(paths.postgres)
        if others := find_others(paths):
            say(f"PostgreSQL stays: {', '.join(others)} runs on it")
        elif server.running():
            say("Stopping PostgreSQL …")
            server.stop()


def find_others(paths: LocalPaths) -> tuple[str, ...]:
    """The stacks that run on the same database server, in words."""
    return tuple(
        f"the stack of the environment {one.environment}" if one.environment else "the stack itself"
        for one in find_stacks(paths)
        if one != paths and is_up(one)
    )


def find_stacks(paths: LocalPaths) -> tuple[LocalPaths, ...]:
    """The places of production's stack, and of those of environments that have been started."""
    folder = environments_below(paths.state_root)
    names = sorted(path.name for path in folder.glob("*") if path.is_dir())
    return tuple(replace(paths, environment=name) for name in ("", *names))


def supervise(paths: LocalPaths) -> None:
    """Run the supervisor in this process until it is announced to stop."""
    settings = prepare(paths)
    server = EmbeddedPostgres(paths.postgres)

    def tend_database() -> None:
        if server.running():
            return
        log.warning("PostgreSQL is gone; it is started again")
        try:
            server.start()
        except SetupError as error:
            log.error("%s", error)

    keeper = LogKeeper(
        [paths.logs, paths.postgres / "log"], paths.airflow_home / "logs", Bounds.of()
    )
    Supervisor(
        components(settings),
        env={**os.environ, **airflow_environment(settings)},
        logs=paths.logs,
        journal=Journal(paths.run),
        tend_database=tend_database,
        tend_logs=keeper.look,
        read_heartbeats=lambda: read_heartbeats(settings.api_url),
    ).run()


def migrate(settings: StackSettings, say: Say = print) -> None:
    """Bring the metadata database to the installed Airflow's version, once for each version.

    Raises:
        SetupError: the migration fails; the message holds its last lines.
    """
    # Beside the data: when the database is removed, so is the mark.
    database = metadata_of(settings.paths.environment)
    done = settings.paths.postgres / f"{database}-{version('apache-airflow-core')}.migrated"
    if done.exists():
        return
    say("Preparing Airflow's metadata database …")
    private_folder(settings.paths.logs)
    log_file = settings.paths.logs / "migrate.log"
    with open_private(log_file) as out:
        result = subprocess.run(
            [sys.executable, "-m", "airflow", "db", "migrate"],
            env={**os.environ, **airflow_environment(settings), **PATIENT},
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            check=False,
            umask=CLOSED_UMASK,
        )
    if result.returncode != 0:
        raise SetupError(
            f"airflow db migrate failed:\n{log_tail(log_file)}", remedy=f"Its whole log: {log_file}"
        )
    done.touch()


def _start(paths: LocalPaths, say: Say) -> StackSettings:
    _stop_processes(paths, say)  # what a supervisor that was killed has left behind
    choose_ports(paths)
    say("Starting PostgreSQL …")
    settings = prepare(paths)
    ensure_local_roles(paths)
    load(settings.databases.bank_url, Size())
    migrate(settings, say)
    if settings.superset is not None:
        superset.bring_in_step(settings.superset, paths, say, always=False)
    journal = Journal(paths.run)
    journal.write_components({})
    say("Starting Airflow …")
    _, family = start_family(
        [sys.executable, "-m", "medallion.local", "supervise"],
        env={**os.environ, **_places(paths)},
        log=paths.logs / "supervisor.log",
        cwd=paths.state_root,
    )
    journal.write_supervisor(family)
    return settings


def _places(paths: LocalPaths) -> dict[str, str]:
    return {
        "PYTHONPATH": str(paths.project_root / "plugins"),
        "MEDALLION_PROJECT_ROOT": str(paths.project_root),
        "MEDALLION_STATE_ROOT": str(paths.state_root),
        "MEDALLION_DAGS_FOLDER": str(paths.dags_folder),
        SETTING: paths.environment,
    }


def _stop_processes(paths: LocalPaths, say: Say) -> None:
    journal = Journal(paths.run)
    if not any(family.members() for family in journal.families()):
        return
    say("Stopping Airflow …")
    supervisor = journal.supervisor()
    if supervisor is not None:
        # It stops its children in two waves, each with the same patience.
        stop_families([supervisor], patience_seconds=2 * STOP_PATIENCE_SECONDS + 10)
    # Only when the supervisor was killed is there anything left to do here.
    stop_families(journal.families(), patience_seconds=STOP_PATIENCE_SECONDS)


def _wait_until_healthy(settings: StackSettings, say: Say) -> None:
    journal = Journal(settings.paths.run)
    began = time.monotonic()
    announced: set[str] = set()
    states = health(settings, journal)
    while True:
        for name in states:
            if states[name] == HEALTHY and name not in announced:
                announced.add(name)
                say(f"  ✓ {name} ({time.monotonic() - began:.0f} s)")
        if announced == set(states):
            return
        if name := find_lost_port(states):
            raise PortTaken(f"{name}: {states[name]}")
        if time.monotonic() - began > HEALTHY_WITHIN_SECONDS or not is_up(settings.paths):
            raise _unhealthy(settings, states)
        time.sleep(0.5)
        states = health(settings, journal)


def _unhealthy(settings: StackSettings, states: dict[str, str]) -> SetupError:
    logs = settings.paths.logs
    ill = [name for name, state in states.items() if state != HEALTHY]
    tails = [f"--- {logs / name}.log\n{log_tail(logs / f'{name}.log')}" for name in ill]
    return SetupError(
        f"Not healthy: {', '.join(f'{name} ({states[name]})' for name in ill)}\n"
        + "\n".join(tails),
        remedy="Read the logs above, then `make down` and `make up` again.",
    )


@contextlib.contextmanager
def _one_at_a_time(paths: LocalPaths) -> Iterator[None]:
    """Two `make up` at once: the second waits, and finds a running stack."""
    private_folder(paths.run)
    with open_private(paths.run / ".lock") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
