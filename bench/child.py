"""A side in a process of its own: fresh imports, and a peak of memory that is its alone."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import traceback
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import psutil

MARK = "@@bench "
ROOT = Path(__file__).resolve().parents[1]
NOISE = ("nanobind: ", " - leaked ", " - ... skipped", "See https://nanobind.")
"""How lines begin that DuckDB adds where a process ends early, behind the error itself."""


class SideFailed(Exception):
    """A side's process ended with an error; the message holds the end of its output."""


def run_side(
    side: str,
    arguments: Mapping[str, Any],
    env: Mapping[str, str] | None = None,
    root: Path = ROOT,
) -> dict[str, Any]:
    """Run `bench.sides.<side>` of a checkout with arguments (JSON values); give back its answer.

    Raises:
        SideFailed: it did not end well.
    """
    done = subprocess.run(
        [sys.executable, "-m", f"bench.sides.{side}", json.dumps(dict(arguments))],
        env={**os.environ, "PYTHONPATH": f"{root / 'plugins'}:{root}", **(env or {})},
        cwd=root,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    answers = [line for line in done.stdout.splitlines() if line.startswith(MARK)]
    if done.returncode != 0 or not answers:
        said = [line for line in done.stdout.splitlines() if not line.startswith(NOISE)]
        tail = "\n".join(said[-25:])
        raise SideFailed(f"bench.sides.{side} ended with {done.returncode}:\n{tail}")
    answer: dict[str, Any] = json.loads(answers[-1].removeprefix(MARK))
    return answer


def arguments() -> dict[str, Any]:
    """In the side's process: what it was handed."""
    given: dict[str, Any] = json.loads(sys.argv[1])
    return given


def answer(**figures: Any) -> None:
    """In the side's process: what it found."""
    print(f"\n{MARK}{json.dumps(figures)}", flush=True)


def age_s() -> float:
    """In the side's process: seconds since it was started, to a hundredth: Python and imports."""
    return time.time() - psutil.Process().create_time()


def peak_rss_mib() -> float:
    """In the side's process: the most memory that it ever held, in MiB.

    Not `getrusage`: there the peak of the process that started it counts too.
    """
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    raise OSError("the kernel does not tell the peak of memory")


def in_fork(work: Callable[[], Any]) -> Any:
    """In the side's process: what `work` gives (a JSON value) in a child forked for it alone.

    Raises:
        SideFailed: the child ended without an answer; its traceback is in the output.
    """
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        status = 1
        try:
            os.write(writing, json.dumps(work()).encode())
            status = 0
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(status)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        said = pipe.read()
    os.waitpid(child, 0)
    if not said:
        raise SideFailed("the forked child gave no answer")
    return json.loads(said)
