"""deploy.sh over SSH, to a server on this machine, as far as containers are not needed."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.workbench.comparison.repository import commit_all, git

pytestmark = pytest.mark.skipif(
    shutil.which("sshd", path="/usr/sbin:/usr/local/sbin") is None or shutil.which("ssh") is None,
    reason="no server of SSH here",
)


@pytest.fixture
def machine(tmp_path: Path, project_root: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The rehearsal's server; its sessions have a variable of their own."""
    monkeypatch.syspath_prepend(str(project_root / "deploy" / "rehearsal"))
    from ssh_server import running_ssh_server

    environment = {"PATH": os.environ["PATH"], "COMPOSE": "none here"}
    with running_ssh_server(tmp_path / "ssh", environment) as running:
        yield running


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """The machine's, with a change of its own, in a folder whose name the shell has to quote."""
    folder = tmp_path / "it's the machine's $HOME"
    folder.mkdir()
    git(folder, "init", "--quiet")
    (folder / "README").write_text("one\n")
    commit_all(folder)
    (folder / "README").write_text("two\n")
    return folder


def deploy(
    project_root: Path, machine: Any, checkout: Path, **more: str
) -> subprocess.CompletedProcess[str]:
    """As a CI calls it."""
    environment = {
        "PATH": os.environ["PATH"],
        "DEPLOY_TO": machine.destination,
        "DEPLOY_FOLDER": str(checkout),
        "DEPLOY_KEY": machine.key,
        "DEPLOY_HOST_KEY": machine.known,
        "REGISTRY": "registry.example.org/team",
        "REVISION": "0123456789abcdef0123456789abcdef01234567",
        **more,
    }
    return subprocess.run(
        ["bash", str(project_root / "deploy" / "ci" / "deploy.sh")], env=environment,
        capture_output=True, text=True, check=False, timeout=600,
    )  # fmt: skip


def test_the_script_reaches_the_checkout_on_the_machine(
    project_root: Path, machine: Any, checkout: Path
) -> None:
    done = deploy(project_root, machine, checkout)
    assert done.returncode == 1
    assert f"{checkout} has changes of its own: nothing is deployed" in done.stderr


def test_a_machine_with_another_key_is_not_logged_in_to(
    project_root: Path, machine: Any, checkout: Path
) -> None:
    another = (checkout.parent / "ssh" / "key.pub").read_text().split()[1]
    known = f"{machine.known.rsplit(' ', 1)[0]} {another}"
    done = deploy(project_root, machine, checkout, DEPLOY_HOST_KEY=known)
    assert done.returncode == 255
    assert "Host key verification failed" in done.stderr
    assert "has changes of its own" not in done.stderr


def test_a_key_that_the_machine_does_not_know_is_refused(
    project_root: Path, machine: Any, checkout: Path
) -> None:
    another = (checkout.parent / "ssh" / "host_key").read_text()
    done = deploy(project_root, machine, checkout, DEPLOY_KEY=another)
    assert done.returncode == 255
    assert "Permission denied" in done.stderr
