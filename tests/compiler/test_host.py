"""One process that has its imports ahead, for a process and all that are forked from it."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from tests.compiler.projects import HOSTILE, LIMITS, write

from medallion.compiler import guard as guards
from medallion.compiler import version
from medallion.compiler.guard import Guard, close_shared_guard, share_guard, start_host
from medallion.compiler.host import Host


@pytest.fixture(scope="module")
def host() -> Iterator[Host]:
    host = Host(HOSTILE)
    host.start()
    yield host
    host.close()


@pytest.fixture
def ahead(monkeypatch: pytest.MonkeyPatch, host: Host) -> Iterator[Host]:
    """This process has a host for those that are forked from it."""
    close_shared_guard()
    monkeypatch.setattr(guards, "_hosts", [host])
    yield host
    close_shared_guard()


def in_a_fork(work: Callable[[], Any]) -> Any:
    """What `work` gives in a child, as JSON."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.write(writing, json.dumps(work()).encode())
        finally:
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        said = pipe.read()
    os.waitpid(child, 0)
    return json.loads(said)


def compile_one(root: Path) -> list[Any]:
    answer = share_guard().ask("spec", root, seconds=5.0, path="specs/shop/witness.yaml")
    return [bool(answer["plan"]), len(psutil.Process().children())]


def forked_by(host: Host) -> list[psutil.Process]:
    assert host._process is not None
    return psutil.Process(host._process.pid).children(recursive=True)


def until(said: Callable[[], bool]) -> None:
    end = time.monotonic() + 240
    while not said():
        assert time.monotonic() < end
        time.sleep(0.02)


def test_processes_that_are_forked_compile_without_one_of_their_own(
    tmp_path: Path, ahead: Host
) -> None:
    write(tmp_path, "witness")
    for _ in range(2):
        assert in_a_fork(lambda: compile_one(tmp_path)) == [True, 0]
    until(lambda: forked_by(ahead) == [])
    assert ahead.runs()


def test_where_it_has_ended_they_start_one_of_their_own(tmp_path: Path, ahead: Host) -> None:
    write(tmp_path, "witness")
    assert ahead._process is not None
    ahead._process.kill()
    ahead._process.wait()
    assert not ahead.runs()
    assert in_a_fork(lambda: compile_one(tmp_path)) == [True, 1]
    ahead.start()
    assert ahead.runs()


def test_it_is_not_used_for_other_settings(ahead: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    assert in_a_fork(ahead.runs) is True
    monkeypatch.setenv("MEDALLION_FILE_ROOTS", "/elsewhere")
    assert in_a_fork(ahead.runs) is False


def test_a_client_that_is_killed_leaves_nothing_at_work(tmp_path: Path, ahead: Host) -> None:
    write(tmp_path, "wait", "wait > 1")
    client = os.fork()
    if client == 0:
        share_guard().ask("spec", tmp_path, seconds=60.0, path="specs/shop/wait.yaml")
        os._exit(0)
    until(lambda: len(forked_by(ahead)) == 2)
    os.kill(client, signal.SIGKILL)
    os.waitpid(client, 0)
    until(lambda: forked_by(ahead) == [])


def test_a_child_that_has_died_between_two_specs_is_replaced(tmp_path: Path, host: Host) -> None:
    write(tmp_path, "witness")
    guard = Guard(LIMITS, host=host)
    ask = {"root": tmp_path, "seconds": 5.0, "path": "specs/shop/witness.yaml"}
    assert guard.ask("spec", **ask)["plan"]
    _, child = sorted(forked_by(host), key=lambda one: len(one.parents()))
    child.kill()
    until(lambda: child.status() == psutil.STATUS_ZOMBIE)
    assert guard.ask("spec", **ask)["plan"]
    guard.close()
    until(lambda: forked_by(host) == [])


def test_one_that_ends_while_it_is_asked_is_replaced(tmp_path: Path) -> None:
    """It ends with the thread that has started it, whoever else is asking then."""
    write(tmp_path, "witness")
    own = Host(HOSTILE)
    guard = Guard(LIMITS, host=own)
    ask = {"root": tmp_path, "seconds": 5.0, "path": "specs/shop/witness.yaml"}
    assert guard.ask("spec", **ask)["plan"]
    assert own._process is not None
    os.killpg(own._process.pid, signal.SIGKILL)
    own._process.wait()
    assert guard.ask("spec", **ask)["plan"]
    guard.close()
    own.close()


def test_the_dag_processor_starts_it_ahead(monkeypatch: pytest.MonkeyPatch) -> None:
    hosts: list[Host] = []
    monkeypatch.setattr(guards, "_hosts", hosts)
    start_host()
    (host,) = hosts
    assert host.runs()
    host.close()
    assert not host.runs()


def test_what_is_forked_later_goes_by_the_code_that_was_imported(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A `git pull` beside it changes the files, not what it runs: verdicts of old code under the
    digest of new code would outlast a restart."""
    monkeypatch.setattr(guards, "_hosts", hosts := list[Host]())
    copy = tmp_path / "medallion" / "compiler" / "version.py"
    copy.parent.mkdir(parents=True)
    (changed := tmp_path / "medallion" / "errors.py").write_text("old = 1\n")
    monkeypatch.setattr(version, "__file__", str(copy))
    monkeypatch.setattr(version, "_worked_out", list[str]())
    start_host()
    for host in hosts:
        host.close()
    changed.write_text("new = 1\n")
    forked = version.code_version()
    version._worked_out.clear()
    assert forked != version.code_version()
