"""From an image to a machine that runs it, as the templates in deploy/ci do: push, pull, start."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from engine import RehearsalError, call
from report import LeftOut
from ssh_server import Machine, running_ssh_server
from stack import PROJECT, ROOT, Stack, free_port

_REGISTRY = "docker-registry"
_CONFIGURATION = """\
version: 0.1
log: {{level: error}}
storage: {{filesystem: {{rootdirectory: {folder}}}}}
http: {{addr: "127.0.0.1:{port}"}}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """A registry of this machine's own, and a checkout that stands in for that of the machine."""

    stack: Stack
    registry: str
    """Its host and port: an engine needs no TLS on loopback."""
    machine: Machine | None = None
    """This one, as a CI reaches it; None: without SSH."""

    @property
    def checkout(self) -> Path:
        """Where the services are brought up from."""
        return self.stack.folder / "checkout"

    def push(self, image: str) -> str:
        """As `make push` does; the tag is the commit.

        Raises:
            RehearsalError: it failed.
        """
        words = ["make", "--no-print-directory", "push", f"ENGINE={self.stack.engine.name}"]
        words += [f"IMAGE={image}", f"REGISTRY={self.registry}", f"VERSION={self.commit()}"]
        call(words, timeout=900, folder=ROOT, environment=self.stack.engine.environment)
        pushed = f"{self.registry}/medallion:{self.commit()}"
        # So that what runs afterwards was pulled.
        self.stack.engine.run("image", "rm", pushed)
        return pushed

    def deploy(self) -> str:
        """The commit's image, as a CI brings it here.

        Raises:
            RehearsalError: it failed, or the services are on another image.
        """
        call(["git", "clone", "--quiet", str(ROOT), str(self.checkout)], timeout=120)
        shutil.copy(self.stack.settings, self.checkout / ".env")
        started = time.monotonic()
        said = self._run_script(self.registry)
        image = f"{self.registry}/medallion:{self.commit()}"
        used = self.stack.containers()["scheduler"]["Config"]["Image"]
        if used != image:
            raise RehearsalError(f"the scheduler runs {used}, not {image}")
        self.stack.set({"MEDALLION_IMAGE": image})
        way = "over SSH" if self.machine else "without SSH"
        return f"{way}: {said.splitlines()[-1]} after {time.monotonic() - started:.0f} s"

    def deploy_what_does_not_run(self, image: str) -> str:
        """An image that is none of Airflow: it must fail, and the former one must run again.

        Raises:
            RehearsalError: it did not fail, or the former one is not back.
        """
        broken = f"{self.registry}/broken"
        tag = f"{broken}/medallion:{self.commit()}"
        self.stack.engine.run("tag", image, tag)
        self.stack.engine.run("push", tag, timeout=600)
        before = self.stack.containers()["scheduler"]["Config"]["Image"]
        try:
            self._run_script(broken)
        except RehearsalError as error:
            if "does not run" not in str(error):
                raise
        else:
            raise RehearsalError(f"{tag} is no Airflow, and was said to run")
        after = self.stack.containers()["scheduler"]["Config"]["Image"]
        if after != before:
            raise RehearsalError(f"the scheduler runs {after}, not {before}")
        return "refused; the former image runs again"

    def commit(self) -> str:
        """The checkout's commit."""
        return call(["git", "rev-parse", "HEAD"], timeout=30, folder=ROOT).strip()

    def _run_script(self, registry: str) -> str:
        scripts = ROOT / "deploy" / "ci"
        if self.machine is None:
            image = f"{registry}/medallion:{self.commit()}"
            words = ["bash", str(scripts / "on_the_machine.sh"), str(self.checkout), image]
            own = environment_of(self.stack)
            return call([*words, self.commit()], timeout=1500, environment=own)
        wanted = {
            "DEPLOY_TO": self.machine.destination,
            "DEPLOY_FOLDER": str(self.checkout),
            "DEPLOY_KEY": self.machine.key,
            "DEPLOY_HOST_KEY": self.machine.known,
            "REGISTRY": registry,
            "REVISION": self.commit(),
        }
        return call(["bash", str(scripts / "deploy.sh")], timeout=1500, environment=wanted)


@contextlib.contextmanager
def reachable(stack: Stack) -> Iterator[Machine]:
    """This machine over SSH, while the block runs.

    Raises:
        LeftOut: there is no server of SSH.
    """
    with running_ssh_server(stack.folder / "ssh", environment_of(stack)) as machine:
        yield machine


def environment_of(stack: Stack) -> dict[str, str]:
    """Where commands find the engine, and the services under the rehearsal's name."""
    own = {"COMPOSE": " ".join(stack.engine.compose), "COMPOSE_PROJECT_NAME": PROJECT}
    return {"PATH": os.environ["PATH"], **own, **stack.engine.environment}


@contextlib.contextmanager
def running_registry(folder: Path) -> Iterator[str]:
    """Debian's registry of images on loopback, while the block runs: its host and port.

    Raises:
        LeftOut: it is not installed.
    """
    if shutil.which(_REGISTRY) is None:
        raise LeftOut(f"no registry here: apt-get install {_REGISTRY}")
    port = free_port()
    settings = folder / "registry.yml"
    settings.write_text(_CONFIGURATION.format(folder=folder / "registry", port=port))
    server = subprocess.Popen(
        [_REGISTRY, "serve", str(settings)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        yield f"127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(timeout=30)
