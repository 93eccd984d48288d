"""Which container engine and which compose there are, and how a command of theirs is run."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

HOW_TO_GET_IT = (
    "no container engine answers. As root on Debian: make rehearsal INSTALL=1, or install "
    "Docker with its compose plugin, or podman, runc, netavark, aardvark-dns and docker-compose"
)
_PODMAN_SOCKET = "/run/podman/podman.sock"


class RehearsalError(Exception):
    """What went wrong, and the remedy where there is one: for a person to read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Engine:
    """An engine that answers. `checks_health`: it runs health checks itself."""

    name: str
    compose: tuple[str, ...]
    version: str
    checks_health: bool
    environment: Mapping[str, str] = field(default_factory=dict)

    def run(self, *words: str, timeout: float = 120, **more: Any) -> str:
        """Run a command of the engine, and return what it prints.

        Raises:
            RehearsalError: it failed, or took more than `timeout` seconds.
        """
        return call([self.name, *words], timeout=timeout, environment=self.environment, **more)

    def inspect(self, *containers: str) -> list[dict[str, Any]]:
        """What the engine knows of containers, in their order."""
        if not containers:
            return []
        found: list[dict[str, Any]] = json.loads(self.run("inspect", *containers))
        return found

    def build(self, tag: str, folder: Path, *words: str) -> None:
        """Build an image from a Dockerfile; with the machine's network, as packages are fetched."""
        self.run("build", *self.build_flags(), "--tag", tag, *words, str(folder), timeout=1200)

    def build_flags(self) -> list[str]:
        """What a build needs on this machine."""
        return ["--isolation=chroot"] if self.name == "podman" else ["--network=host"]


def find_engine() -> Engine:
    """Docker if its daemon answers, else podman.

    Raises:
        RehearsalError: neither; the message says how to get one.
    """
    for find in (_find_docker, _find_podman):
        engine = find()
        if engine is not None:
            return engine
    raise RehearsalError(HOW_TO_GET_IT)


def _find_docker() -> Engine | None:
    version = _ask("docker", "version", "--format", "{{.Server.Version}}")
    if version is None:
        return None
    compose = _compose_for(["docker", "compose"], ["docker-compose"])
    if compose is None:
        return None
    return Engine(name="docker", compose=compose, version=f"Docker {version}", checks_health=True)


def _find_podman() -> Engine | None:
    version = _ask("podman", "version", "--format", "{{.Client.Version}}")
    compose = _compose_for(["docker-compose"]) if version else None
    if version is None or compose is None or not Path(_PODMAN_SOCKET).exists():
        return None
    return Engine(
        name="podman",
        compose=compose,
        version=f"podman {version}",
        # Its health checks are timers of systemd.
        checks_health=Path("/run/systemd/system").exists(),
        environment={"DOCKER_HOST": f"unix://{_PODMAN_SOCKET}"},
    )


def _compose_for(*candidates: list[str]) -> tuple[str, ...] | None:
    for words in candidates:
        if _ask(*words, "version") is not None:
            return tuple(words)
    return None


def _ask(*words: str) -> str | None:
    """What a command prints; None if it is not there, or fails."""
    if shutil.which(words[0]) is None:
        return None
    try:
        return call(words, timeout=30).strip()
    except RehearsalError:
        return None


def call(
    words: Sequence[str],
    *,
    timeout: float,
    environment: Mapping[str, str] = os.environ,
    folder: Path | None = None,
    given: str | None = None,
) -> str:
    """Run a command and return its standard output.

    Raises:
        RehearsalError: it failed or took too long; with the end of what it said.
    """
    try:
        done = subprocess.run(
            words,
            timeout=timeout,
            env={**os.environ, **environment},
            cwd=folder,
            input=given,
            capture_output=True,
            text=True,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise RehearsalError(f"`{' '.join(words[:4])} …` took more than {timeout:.0f} s") from None
    if done.returncode:
        said = (done.stdout[-1500:] + done.stderr[-3000:]).strip()
        raise RehearsalError(f"`{' '.join(words[:6])} …` ended with {done.returncode}:\n{said}")
    return done.stdout
