"""The services of docker-compose.yaml under a project name of the rehearsal's own."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine import Engine, RehearsalError, call
from report import LeftOut

ROOT = Path(__file__).resolve().parents[2]
PROJECT = "medallionrehearsal"
_PATIENCE = 600.0
"""Seconds that `up` may take: it waits for what other services need."""
_AS_ADMINISTRATOR = (
    'PGPASSWORD="$(cat /run/secrets/POSTGRES_PASSWORD)" '
    "exec psql -XAt -v ON_ERROR_STOP=1 --host=127.0.0.1 --username=postgres --dbname=warehouse"
)
_TICK = 2.0
"""Seconds between two looks at what is still to come."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stack:
    """The services, with their secrets and settings in a folder of the rehearsal's own."""

    engine: Engine
    folder: Path

    @property
    def settings(self) -> Path:
        """The .env of this stack."""
        return self.folder / ".env"

    def prepare(self, more: Mapping[str, str], *switches: str) -> None:
        """Write secrets and settings as `make compose-env` does with these switches (`CELERY`), and
        add to the settings."""
        self.complete(*switches)
        self.set(dict(more) | {"MEDALLION_SECRETS": str(self.folder / "secrets")})

    def complete(self, *switches: str) -> None:
        """Run `make compose-env` with these switches: what they need is added."""
        environment = {"PYTHONPATH": str(ROOT / "plugins"), "TMDB_TOKEN": ""}
        environment |= dict.fromkeys(switches, "1")
        command = [sys.executable, "-S", "-m", "medallion.local.compose"]
        call(command, timeout=60, folder=self.folder, environment=environment)

    def set(self, more: Mapping[str, str]) -> None:
        """Change settings."""
        lines = [line for line in self.settings.read_text().splitlines() if "=" in line]
        known = dict(line.split("=", 1) for line in lines) | dict(more)
        self.settings.write_text("".join(f"{name}={value}\n" for name, value in known.items()))

    def secret(self, name: str) -> str:
        """The content of a secret's file."""
        return (self.folder / "secrets" / name).read_text().strip()

    def compose(self, *words: str, timeout: float = 300, **more: Any) -> str:
        """Run a command of compose on this stack."""
        command = [
            *self.engine.compose,
            *("--project-name", PROJECT, "--env-file", str(self.settings)),
            *("--file", str(ROOT / "docker-compose.yaml"), *words),
        ]
        return call(command, timeout=timeout, environment=self.engine.environment, **more)

    def up(self, *services: str) -> None:
        """Bring services up, without a name all of the profiles that are on.

        Raises:
            RehearsalError: one did not start, or ended with an error; with the end of its log.
        """
        try:
            self.compose("up", "--detach", "--no-build", *services, timeout=_PATIENCE)
        except RehearsalError as error:
            ended = [name for name, one in self.containers().items() if "with" in state_of(one)]
            logs = "\n".join(self.log(name) for name in ended)
            raise RehearsalError(f"{error}\n{logs}") from None

    def containers(self) -> dict[str, dict[str, Any]]:
        """What the engine knows of each container, by service."""
        names = self.engine.run(
            "ps", "--all", "--quiet", "--filter", f"label=com.docker.compose.project={PROJECT}"
        )
        found = self.engine.inspect(*names.split())
        return {one["Config"]["Labels"]["com.docker.compose.service"]: one for one in found}

    def describe_unready(self, wanted: frozenset[str]) -> str:
        """The services that are not as they should be, with their states; empty: all are."""
        there = self.containers()
        states = {name: state_of(there[name]) if name in there else "gone" for name in wanted}
        good = ("healthy", "ended well")
        return ", ".join(
            f"{name}: {one}" for name, one in sorted(states.items()) if one not in good
        )

    def wait_until_ready(self, wanted: frozenset[str], timeout: float) -> None:
        """Wait until services are healthy, or have ended well.

        Raises:
            RehearsalError: they are not in time; with the end of the logs of those.
        """
        said = wait_for(lambda: self.describe_unready(wanted), timeout)
        if said:
            names = [one.split(":")[0] for one in said.split(", ")]
            logs = "\n".join(self.log(name) for name in names)
            raise RehearsalError(f"not ready after {timeout:.0f} s: {said}\n{logs}")

    def log(self, service: str) -> str:
        """The end of a service's log."""
        container = self.containers().get(service)
        if container is None:
            return f"--- {service} has no container"
        done = subprocess.run(
            [self.engine.name, "logs", "--tail", "25", container["Id"]],
            capture_output=True, text=True, check=False, timeout=60,
        )  # fmt: skip
        return f"--- {service}\n{done.stdout[-3000:]}{done.stderr[-3000:]}"

    def exec(self, service: str, *words: str, timeout: float = 120, **more: Any) -> str:
        """Run a command in a service's container."""
        container = self.containers()[service]["Id"]
        return self.engine.run("exec", "--interactive", container, *words, timeout=timeout, **more)

    def ask_as_administrator(self, statement: str) -> str:
        """What a statement of PostgreSQL's administrator gives; it goes by standard input."""
        return self.exec("postgres", "bash", "-c", _AS_ADMINISTRATOR, given=statement).strip()

    def kill(self, service: str) -> None:
        """End a service's first process with SIGKILL, as running out of memory does.

        Not `docker kill`: the engine would take that for the wish that it stays down.

        Raises:
            LeftOut: it runs as somebody whose processes we may not end.
        """
        process = int(self.containers()[service]["State"]["Pid"])
        try:
            os.kill(process, signal.SIGKILL)
        except PermissionError:
            raise LeftOut("only root may end a container's process") from None


def state_of(container: Mapping[str, Any]) -> str:
    """`healthy`, `ended well`, or what keeps a container from being one of these."""
    state = container["State"]
    if state["Status"] == "exited":
        return "ended well" if state["ExitCode"] == 0 else f"ended with {state['ExitCode']}"
    health = state.get("Health") or state.get("Healthcheck") or {}
    return str(health.get("Status") or state["Status"])


def wait_for(look: Callable[[], str], timeout: float) -> str:
    """Look until nothing is said any more, or the time is over; what was said last."""
    until = time.monotonic() + timeout
    while True:
        said = look()
        if not said or time.monotonic() > until:
            return said
        time.sleep(_TICK)


def free_port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return int(listening.getsockname()[1])


@contextlib.contextmanager
def checking_health(stack: Stack) -> Iterator[None]:
    """Run the health checks of all containers for an engine that leaves that to systemd."""
    if stack.engine.checks_health:
        yield
        return
    over = threading.Event()
    thread = threading.Thread(target=_check_health, args=(stack, over), daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join(timeout=60)


def _check_health(stack: Stack, over: threading.Event) -> None:
    while not over.wait(_TICK):
        with contextlib.suppress(RehearsalError, KeyError):
            for container in stack.containers().values():
                if container["State"]["Status"] == "running" and not over.is_set():
                    with contextlib.suppress(RehearsalError):
                        stack.engine.run("healthcheck", "run", container["Id"], timeout=60)
