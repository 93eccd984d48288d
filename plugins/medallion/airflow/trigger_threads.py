"""Threads for what triggers ask of servers.

All triggers of a triggerer share one event loop, and its few threads. A server that does not answer
holds whoever asks it for half a minute: so each connection has one thread for its questions, and
the warehouse has one. What waits for nobody has threads of its own.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import TypeVar

LOOKERS = 4
"""Threads of all that looks, and waits for nobody."""

Answer = TypeVar("Answer")


@cache
def threads_of(name: str, number: int = 1) -> ThreadPoolExecutor:
    """The threads of one server's questions, for as long as the process lasts."""
    return ThreadPoolExecutor(number, thread_name_prefix=f"asks-{name}")


async def ask(conn_id: str, question: Callable[[], Answer]) -> Answer:
    """The answer of a server, which may let one wait: its other questions then wait too, and those
    of no other server."""
    return await asyncio.get_running_loop().run_in_executor(threads_of(conn_id), question)


async def call(what: Callable[[], Answer]) -> Answer:
    """What a function returns that waits for no server."""
    return await asyncio.get_running_loop().run_in_executor(threads_of("looks", LOOKERS), what)
