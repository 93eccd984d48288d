"""The process of a call: its time, what it knows, and what becomes of it."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import anyio
import psutil

from medallion.mcp_server.arguments import Search
from medallion.mcp_server.child import Answer, environment_of, run_call
from medallion.mcp_server.tools import TOOLS, Tool

SLEEPER = """
import pathlib, subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
note = pathlib.Path(sys.argv[1])
note.with_suffix(".new").write_text(str(child.pid))
note.with_suffix(".new").rename(note)
time.sleep(600)
"""
ASKED = Search(question="anything")


def tool(seconds: float) -> Tool:
    return Tool(name="slow", title="", description="", takes=Search, seconds=seconds)


def run(seconds: float, root: Path, *words: str) -> Answer:
    return anyio.run(lambda: run_call(tool(seconds), ASKED, root, [sys.executable, "-c", *words]))


def test_a_call_that_runs_out_of_time_says_so_and_its_processes_end(tmp_path: Path) -> None:
    note = tmp_path / "pid"
    for seconds in (0.7, 7.0, 70.0):  # a busy machine takes long to start the two
        answer = run(seconds, tmp_path, SLEEPER, str(note))
        assert answer.failed
        assert f"slow ran out of time: it was ended after {seconds:g} s" in answer.text
        if note.exists():
            break
    grandchild = int(note.read_text())
    until = time.monotonic() + 240
    while is_running(grandchild):
        assert time.monotonic() < until, "it lives on"
        time.sleep(0.02)


def is_running(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def test_a_process_that_dies_is_an_answer(tmp_path: Path) -> None:
    answer = run(120.0, tmp_path, "import os; print('not json'); os._exit(3)")
    assert answer.failed
    assert "without an answer" in answer.text


def test_only_what_needs_connections_knows_them() -> None:
    environ = {"PATH": "/bin", "AIRFLOW_CONN_X": "secret", "MEDALLION_READER_URL": "secret"}
    knowing = {one.name for one in TOOLS if "secret" in environment_of(one, environ).values()}
    assert knowing == {"infer", "preview", "explain_failure"}
