"""Limits on a process's time and memory, and its clock. Linux; without /proc there is no memory
limit."""

from __future__ import annotations

import ctypes
import math
import os
import resource
import signal
import sys
import time
from dataclasses import dataclass, replace

MEBIBYTE = 1 << 20
_MAPPED = 4096 * MEBIBYTE
"""Address space for libraries and the like."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one spec may cost.

    Attributes:
        first: seconds of processor time that each spec is given at first, so that one that never
            ends does not keep the others waiting.
        seconds: of processor time that a spec is given once the others are done: a spec that needs
            more is refused. A busy machine does not change it.
        patience: how many times as long it may take by the clock on the wall, before it counts as
            stuck; then it is tried again later, since the machine may be what is stuck.
        memory: bytes beyond what the process has before it reads any spec.
        retry_after: seconds after which a spec that was stuck is tried again.
    """

    first: float = 2.0
    seconds: float = 6.0
    patience: float = 2.0
    memory: int = 1024 * MEBIBYTE
    retry_after: float = 300.0

    @classmethod
    def of(cls, environ: dict[str, str] | os._Environ[str] = os.environ) -> Limits:
        """The defaults, changed by MEDALLION_COMPILE_SECONDS and MEDALLION_COMPILE_MEMORY_MB."""
        limits = cls()
        if seconds := environ.get("MEDALLION_COMPILE_SECONDS"):
            limits = replace(limits, seconds=float(seconds), first=min(2.0, float(seconds)))
        if memory := environ.get("MEDALLION_COMPILE_MEMORY_MB"):
            limits = replace(limits, memory=int(memory) * MEBIBYTE)
        return limits


def limit_memory(more: int) -> None:
    """Let this process allocate `more` bytes beyond what it has, write no core file and no file
    above 64 MiB.

    RLIMIT_DATA counts what a process writes to, not the libraries that it maps, which alone would
    exceed it.
    """
    if now := _data():
        resource.setrlimit(resource.RLIMIT_DATA, (now + more, now + more))
        resource.setrlimit(resource.RLIMIT_AS, (now + more + _MAPPED, now + more + _MAPPED))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (64 * MEBIBYTE, 64 * MEBIBYTE))


def limit_time(more: float) -> None:
    """Have the kernel kill this process after `more` further seconds of processor time."""
    until = math.ceil(time.process_time() + more) + 1
    resource.setrlimit(resource.RLIMIT_CPU, (until, resource.RLIM_INFINITY))


def end_with_parent() -> None:
    """Kill this process when its parent ends, however it ends. Linux only; elsewhere it does
    nothing."""
    if sys.platform == "linux":
        parent, death = os.getppid(), 1  # PR_SET_PDEATHSIG
        ctypes.CDLL(None).prctl(death, signal.SIGKILL)
        if os.getppid() != parent:
            os._exit(1)


def processor_time(pid: int) -> float:
    """Seconds of processor time that another process has used; 0 if it cannot be read."""
    try:
        return time.clock_gettime((~pid << 3) | 2)  # the clock of a process, as Linux numbers it
    except OSError:
        return 0.0


def _data() -> int:
    """Bytes; 0 where the system does not say: then memory has no limit."""
    try:
        with open("/proc/self/statm", encoding="ascii") as file:  # noqa: PTH123
            return int(file.read().split()[5]) * resource.getpagesize()
    except OSError:
        return 0
