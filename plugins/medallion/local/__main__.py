"""`python -m medallion.local up | bi | down | status | env`: the local stack by commands."""

from __future__ import annotations

import argparse
import logging
import os
import shlex
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from medallion.errors import MedallionError, SetupError
from medallion.local import stack
from medallion.local.environment import SECRET_VARIABLES, airflow_environment
from medallion.local.figures import describe_room, describe_tables
from medallion.local.health import HEALTHY, health
from medallion.local.journal import Entry, Journal
from medallion.local.paths import LocalPaths
from medallion.local.postgres import EmbeddedPostgres
from medallion.local.settings import ADMIN, StackSettings, admin_password, prepare
from medallion.local.superset import settings as superset
from medallion.operations.environments.setting import SETTING
from medallion.plan.environment import Environment
from medallion.warehouse.session.connection import without_password

EXECUTORS = ("local", "celery")
NOT_RUNNING = 3
"""The exit status of init scripts for what does not run: no failure of the command that says so."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one verb. 0: all is well; 1: it failed; 3: `status` finds that not all runs."""
    arguments = _parser().parse_args(argv)
    if arguments.env is not None:
        os.environ[SETTING] = arguments.env
    try:
        code = _run(arguments)
        sys.stdout.flush()  # here, where a closed pipe is caught
    except MedallionError as error:
        print(error, file=sys.stderr)
        return 1
    except BrokenPipeError:  # `| head` has seen enough
        # What is still in the buffer is written once more when the interpreter ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    return code


def _run(arguments: argparse.Namespace) -> int:
    paths = LocalPaths.of()
    match arguments.verb:
        case "up":
            _choose_executor(paths, arguments)
            _print_address(stack.up(paths))
        case "bi":
            _print_address(stack.up_with_superset(paths, arguments.environment))
        case "down":
            for one in (paths, *(stack.find_stacks(paths) if arguments.all else ())):
                stack.down(one)
            print("The local stack is stopped.")
        case "status":
            return print_status(paths)
        case "env":
            _print_environment(prepare(paths), secrets=arguments.secrets)
        case "supervise":
            _log_to_stderr()
            stack.supervise(paths)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m medallion.local", description=__doc__)
    parser.add_argument(
        "--env", metavar="NAME",
        help=f"of an environment, whose Airflow is meant; {SETTING} says it otherwise",
    )  # fmt: skip
    verbs = parser.add_subparsers(dest="verb", required=True)
    up = verbs.add_parser("up", help="start everything and wait until it is healthy")
    up.add_argument(
        "--executor", choices=EXECUTORS,
        help="what runs tasks, from then on: processes of the scheduler, or Celery's workers",
    )  # fmt: skip
    up.add_argument("--environment", type=Path, help="where Airflow with Celery is installed")
    bi = verbs.add_parser("bi", help="the same with Superset, which `up` starts too from then on")
    bi.add_argument("--environment", type=Path, required=True, help="where Superset is installed")
    down = verbs.add_parser("down", help="stop everything")
    down.add_argument("--all", action="store_true", help="the stacks of environments too")
    verbs.add_parser("status", help="say what runs, and where")
    env = verbs.add_parser("env", help="print the environment as export lines, for a shell")
    env.add_argument("--secrets", action="store_true", help="with passwords and keys")
    verbs.add_parser("supervise", help="what `up` leaves running; not for the keyboard")
    return parser


def _choose_executor(paths: LocalPaths, arguments: argparse.Namespace) -> None:
    if arguments.executor is None:
        return
    is_celery = arguments.executor == EXECUTORS[1]
    if is_celery and arguments.environment is None:
        raise SetupError(
            "It is not known where Airflow with Celery is installed.",
            remedy="make up EXECUTOR=celery installs it, and says so",
        )
    stack.choose_executor(paths, arguments.environment if is_celery else None)


def _print_address(settings: StackSettings) -> None:
    if name := settings.paths.environment:
        print(f"\n{Environment(name).banner}", end="")
    source = "the bundled replay" if settings.uses_replay else "api.themoviedb.org"
    print(f"\nAirflow   {settings.api_url}")
    print(f"catalogue {settings.api_url}/medallion/")
    print(f"user      {ADMIN}")
    print(f"password  {admin_password(settings.paths)}")
    if settings.superset is not None:
        print(f"Superset  {settings.superset.url}")
        print(f"user      {superset.ADMIN}")
        print(f"password  {superset.superset_password(settings.paths, superset.ADMIN)}")
    print(f"TMDB      {source}")
    print(f"warehouse {without_password(settings.databases.warehouse_url)}   (make psql)")
    named = f" ENV={name}" if name else ""
    print(f"logs      {settings.paths.logs}   (make logs)\nstop      make down{named}")


def print_status(paths: LocalPaths) -> int:
    """What runs, and where; 3 when something of it is not healthy, or not supervised."""
    postgres = "running" if EmbeddedPostgres(paths.postgres).running() else "stopped"
    print(f"{'postgres':<14} {postgres}")
    for line in describe_room(paths):
        print(line)
    if not stack.is_up(paths):
        _print_stopped(stack.find_unsupervised(paths))
        return NOT_RUNNING
    settings, journal = prepare(paths), Journal(paths.run)
    entries = journal.components()
    states = health(settings, journal)
    for name, state in states.items():
        entry = entries.get(name)
        note = f"pid {entry.family.leader}, restarts {entry.restarts}" if entry else ""
        print(f"{name:<14} {state:<12} {note}")
    for line in describe_tables(settings):
        print(line)
    _print_address(settings)
    return 0 if set(states.values()) == {HEALTHY} else NOT_RUNNING


def _print_stopped(running: Mapping[str, Entry]) -> None:
    if not running:
        print("Airflow is stopped. Start it: make up")
        return
    for name, entry in running.items():
        print(f"{name:<14} unsupervised pid {entry.family.leader}")
    print(
        "The supervisor is gone: this keeps running, and nobody starts it again when it dies.\n"
        "make up ends it and starts all of it again; make down ends it."
    )


def _print_environment(settings: StackSettings, *, secrets: bool) -> None:
    for name, value in sorted(airflow_environment(settings).items()):
        if secrets or name not in SECRET_VARIABLES:
            print(f"export {name}={shlex.quote(value)}")
        else:
            print(f"# {name} is secret: --secrets prints it")


def _log_to_stderr() -> None:
    logging.basicConfig(
        level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s", stream=sys.stderr
    )
    logging.getLogger("httpx").setLevel(logging.WARNING)  # a line for each question after health


if __name__ == "__main__":
    sys.exit(main())
