"""A large table that is replaced whole: how long a reader waits, and the peak of the disk."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from psycopg import sql

from bench.claims import Bound, Claim, Result
from bench.readers import CONNECTIONS, RATE, Reading, Table
from bench.rounds import Say
from bench.warehouse import warehouse
from bench.workspace import Workspace
from medallion.names import Layer, PublishedTable

GIB = 1 << 30
ROUNDS = 5
SECONDS_BETWEEN_LOOKS = 0.2
ONE_ROW = "SELECT value >= 0 FROM {} WHERE id = 7"

_HOW = (
    f"{CONNECTIONS} connections send {RATE} queries a second, each of one row by its key, counted "
    f"from the moment at which it was due. Meanwhile the publish step replaces the table as a task "
    "runs it: guards, digest, statistics, the CHECK, the flip, the registry, "
    "the drop of the version that is one too many (`keep_versions: 3`)."
)
CLAIMS = (
    Claim(
        name="replace.wait",
        what="Replace a large table: the longest that a reader waits for locks or the disk, ms",
        how=f"{_HOW} Of each query, from when it was sent, the time on a processor and in the "
        "queue for one is taken off (Linux's schedstat, of reader and server process), for "
        "publisher, readers and server share the machine's cores. The longest of all queries of "
        "all rounds.",
        bound=Bound.AT_MOST,
        target=50.0,
        unit="ms",
    ),
    Claim(
        name="replace.disk",
        what="Replace a large table: peak of the disk beyond what is kept ÷ one version",
        how=f"{_HOW} The files of the database and its log (WAL), looked at every "
        f"{SECONDS_BETWEEN_LOOKS:g} s from before the rows are staged until the publication has "
        "ended, less what they were before; and one version with its indexes.",
        bound=Bound.REPORTED,
    ),
)


@dataclass(frozen=True, kw_only=True)
class Large(Table):
    """A table of as many rows as one likes, which each interval replaces."""

    count: int

    @property
    def rows(self) -> int:
        """Of one publication, all of which stay."""
        return self.count

    @property
    def name(self) -> PublishedTable:
        """One for each size."""
        return PublishedTable(layer=Layer.SILVER, domain="bench", name="large")


def measure(workspace: Workspace, say: Say) -> list[Result]:
    """Replace the table some times beside readers of single rows."""
    rows, folder = workspace.rows, workspace.folder / "postgres"
    with warehouse(workspace) as server:
        table = Large(url=server.url, disposition="replace", count=rows)
        table.publish(0)
        (one_version,) = server.one(
            sql.SQL("SELECT pg_total_relation_size({}::regclass)").format(
                sql.Literal(str(table.name.version(1)))
            )
        )
        assert isinstance(one_version, int)
        say(f"a version of {rows:,} rows: {one_version / GIB:.2f} GiB")
        reading = Reading(workspace, server, ONE_ROW.format(table.name.public))
        waits, longest, peaks = [], [], []
        for number in range(1, workspace.rounds(ROUNDS) + 1):
            with _peak_of(folder) as peak:
                table.stage(number)
                said = reading.during(partial(table.flip, number))
            if said["errors"] or said["lost"]:
                raise RuntimeError(f"readers failed: {said['lost']} lost, {said['errors'][:2]}")
            waits.append(said["waited"])
            longest.append(max(whole for whole, _, _ in said["queries"]))
            peaks.append(max(peak) / one_version)
            say(f"waited {waits[-1]:.1f} ms, longest {longest[-1]:.1f} ms, peak × {peaks[-1]:.2f}")
    size = f"{rows:,} rows"
    return [
        Result(
            claim="replace.wait",
            values=[max(waits)],
            ours=f"longest query {max(longest):.1f} ms, with the time for a processor",
            size=size,
        ),
        Result(
            claim="replace.disk", values=peaks, ours=f"one version: {one_version / GIB:.2f} GiB",
            size=size,
        ),
    ]  # fmt: skip


@contextmanager
def _peak_of(folder: Path) -> Iterator[list[int]]:
    """Bytes beyond those of the beginning, looked at until the block ends."""
    first, over = _size(folder), threading.Event()
    found = [0]

    def look() -> None:
        while not over.wait(SECONDS_BETWEEN_LOOKS):
            found.append(_size(folder) - first)

    watcher = threading.Thread(target=look)
    watcher.start()
    try:
        yield found
    finally:
        over.set()
        watcher.join()


def _size(folder: Path) -> int:
    """Bytes on disk; a file that goes meanwhile counts no longer."""
    total = 0
    for root, _, files in os.walk(folder):
        for name in files:
            try:
                total += (Path(root) / name).stat().st_blocks * 512
            except FileNotFoundError:
                continue
    return total
