"""A server of SSH on loopback that lets one key in, and what a CI has to know of it."""

from __future__ import annotations

import contextlib
import getpass
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from engine import RehearsalError, call
from report import LeftOut
from stack import free_port

_CONFIGURATION = """\
Port {port}
ListenAddress 127.0.0.1
HostKey {folder}/host_key
AuthorizedKeysFile {folder}/key.pub
PidFile none
StrictModes no
UsePAM no
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin prohibit-password
SetEnv {environment}
"""
_PATH = "/usr/sbin:/usr/local/sbin"


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """What deploy/ci/deploy.sh asks for: where to, its own key, and the machine's key."""

    destination: str
    key: str
    known: str


@contextlib.contextmanager
def running_ssh_server(folder: Path, environment: Mapping[str, str]) -> Iterator[Machine]:
    """OpenSSH's server for the user that runs this, while the block runs.

    Args:
        folder: where its keys are made; nobody else may see it.
        environment: what its sessions have.

    Raises:
        LeftOut: it is not installed.
        RehearsalError: it does not answer.
    """
    folder.mkdir(mode=0o700, exist_ok=True)
    program = shutil.which("sshd") or shutil.which("sshd", path=_PATH)
    if program is None or shutil.which("ssh") is None:
        raise LeftOut("no server of SSH here: apt-get install openssh-server openssh-client")
    for name in ("host_key", "key"):
        words = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / name)]
        call(words, timeout=60)
    port, settings = free_port(), folder / "sshd_config"
    variables = " ".join(f'"{name}={value}"' for name, value in environment.items())
    settings.write_text(
        _CONFIGURATION.format(port=port, folder=folder, environment=variables), encoding="utf-8"
    )
    if os.getuid() == 0:
        # Where it locks up what it does not trust.
        Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
    server = subprocess.Popen(
        [program, "-D", "-e", "-f", str(settings)],
        stdout=subprocess.DEVNULL,
        stderr=(folder / "sshd.log").open("w"),
    )
    try:
        _wait_for(port, server, folder / "sshd.log")
        host_key = " ".join((folder / "host_key.pub").read_text().split()[:2])
        yield Machine(
            destination=f"ssh://{getpass.getuser()}@127.0.0.1:{port}",
            key=(folder / "key").read_text().rstrip("\n"),
            known=f"[127.0.0.1]:{port} {host_key}",
        )
    finally:
        server.terminate()
        server.wait(timeout=60)


def _wait_for(port: int, server: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until and server.poll() is None:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 5):
            return
        time.sleep(0.1)
    raise RehearsalError(f"the server of SSH does not answer: {log.read_text()[-500:]}")
