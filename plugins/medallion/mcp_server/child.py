"""Starts the process of one call, and ends it, with all that it started, when its time is over."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import anyio
from anyio.abc import Process

from medallion.compiler.version import PASSED_ON, SETTINGS
from medallion.mcp_server.arguments import Arguments
from medallion.mcp_server.tools import Tool

CALL = (sys.executable, "-m", "medallion.mcp_server.call")
_CUT = "\n… cut here: the answer is longer than {:,} bytes. Ask for less."
_ROOTS = ("MEDALLION_PROJECT_ROOT", "MEDALLION_LOCAL_ROOT")


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a tool says. `failed`: it says why it could not do what was asked."""

    text: str
    failed: bool = False


async def run_call(
    tool: Tool, arguments: Arguments, root: Path, command: Sequence[str] = CALL
) -> Answer:
    """The answer of one call, whatever becomes of its process.

    Args:
        tool: which one.
        arguments: that were checked.
        root: the project's folder.
        command: what is started.
    """
    job = {"tool": tool.name, "arguments": arguments.model_dump(mode="json"), "root": str(root)}
    process = await anyio.open_process(
        command,
        stderr=None if os.environ.get("MEDALLION_MCP_LOG") else _NOWHERE,
        env=environment_of(tool, os.environ),
        start_new_session=True,
    )
    try:
        with anyio.move_on_after(tool.seconds):
            return _answer(await _talk(process, json.dumps(job).encode(), tool.most_bytes))
        return Answer(
            text=f"✗ {tool.name} ran out of time: it was ended after {tool.seconds:g} s\n"
            "  → ask for less (fewer rows, one table), or run it on the command line",
            failed=True,
        )
    finally:
        with anyio.CancelScope(shield=True):
            await _end(process)


_NOWHERE = subprocess.DEVNULL  # subprocess.DEVNULL: what a library prints may hold anything
_IN_JSON = 8
"""So many times as long may a text be in JSON, which escapes letters."""


def environment_of(tool: Tool, environ: Mapping[str, str]) -> dict[str, str]:
    """What the process of a tool knows: connections and secrets only where it needs them."""
    plugins = str(Path(__file__).resolve().parents[2])
    known = [one for one in environ.get("PYTHONPATH", "").split(os.pathsep) if one]
    paths = os.pathsep.join(dict.fromkeys([plugins, *known]))
    if tool.needs_connections:
        return {**environ, "PYTHONPATH": paths}
    passed = (*PASSED_ON, *SETTINGS, *_ROOTS)
    return {name: environ[name] for name in passed if name in environ} | {"PYTHONPATH": paths}


async def _talk(process: Process, job: bytes, most: int) -> bytes:
    """What it answers to its job; cut where it is far too long."""
    assert process.stdin is not None and process.stdout is not None  # noqa: S101
    with suppress(anyio.BrokenResourceError, anyio.ClosedResourceError):
        await process.stdin.send(job)
        await process.stdin.aclose()
    said = b""
    with suppress(anyio.EndOfStream):
        while len(said) <= _IN_JSON * most:
            said += await process.stdout.receive()
    return said


def _answer(said: bytes) -> Answer:
    try:
        found = json.loads(said)
        text, failed = str(found["text"]), bool(found["failed"])
    except (ValueError, KeyError, TypeError):
        return Answer(
            text="✗ the call ended without an answer\n"
            "  → run the same on the command line, which says more",
            failed=True,
        )
    return Answer(text=text, failed=failed)


def cut(text: str, most: int) -> str:
    """A text of at most so many bytes, and a line that says so where it was longer.

    >>> cut("a" * 9, most=4)
    'aaaa\\n… cut here: the answer is longer than 4 bytes. Ask for less.'
    """
    data = text.encode("utf-8", "backslashreplace")
    if len(data) <= most:
        return data.decode()
    return data[:most].decode("utf-8", "ignore") + _CUT.format(most)


async def _end(process: Process) -> None:
    """Kill the process and its group; it may be gone already."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    await process.aclose()
