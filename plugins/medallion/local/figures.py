"""What `make status` says besides the processes: how much room it all takes, and what is late."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg

from medallion.disk import GIB, room_at
from medallion.errors import MedallionError
from medallion.local.paths import LocalPaths
from medallion.local.settings import StackSettings
from medallion.prose import list_and_count
from medallion.warehouse.registry.behind import tables_behind
from medallion.warehouse.registry.freshness import table_freshness
from medallion.warehouse.session.transaction import Session, session

PATIENCE_SECONDS = 2.0
"""For adding up the files of one folder: a lake may have very many."""
MOST_NAMES = 5
_TOLERATED_HOURS = 24


def describe_room(paths: LocalPaths) -> Iterator[str]:
    """Lines about the disk: what is free, and what the stack's own folders take."""
    try:
        room = room_at(paths.state_root)
    except OSError:
        return
    used = (room.total - room.free) / GIB
    yield f"{'disk':<9} {used:.1f} GiB used, {room.free / GIB:.1f} GiB free"
    if room.is_low:
        yield f"! {room}: make room before the lake or the database needs it"
    folders = {
        "lake": paths.lake,
        "database": paths.postgres,
        "logs": paths.logs,
        "task logs": paths.airflow_home / "logs",
    }
    sizes = (f"{name} {_size(folder)}" for name, folder in folders.items() if folder.exists())
    yield f"{'':<9} {', '.join(sizes)}"


def describe_tables(settings: StackSettings) -> Iterator[str]:
    """Lines about the published tables: which are stale, and which are behind what they read."""
    try:
        with session(settings.databases.warehouse_url, "reading the registry") as connection:
            yield from _late(connection)
    except (MedallionError, psycopg.Error) as error:
        problem = error.problem if isinstance(error, MedallionError) else type(error).__name__
        yield f"! {'tables':<7} not known: {problem}"


def _late(connection: Session) -> Iterator[str]:
    declared = table_freshness(connection)
    stale = [f"{one.table.public} ({one.state})" for one in declared if one.is_late]
    behind = [
        str(one.table.public)
        for one in tables_behind(connection)
        if one.age.total_seconds() > _TOLERATED_HOURS * 3600
    ]
    yield f"{'tables':<9} {len(declared)} declared, {len(stale)} late, {len(behind)} behind"
    for word, names in (("late", stale), ("behind", behind)):
        if names:
            yield f"! {word:<7} {list_and_count(names, MOST_NAMES)}"


def _size(folder: Path) -> str:
    """The bytes of its files, as far as they can be added up in the time there is for it."""
    until = time.monotonic() + PATIENCE_SECONDS
    total, whole = 0, True
    for place, _, files in os.walk(folder):
        for file in files:
            try:
                total += os.lstat(os.path.join(place, file)).st_size  # noqa: PTH118  # hot
            except OSError:
                continue
        if time.monotonic() > until:
            whole = False
            break
    return f"{'' if whole else 'over '}{_bytes(total)}"


def _bytes(number: int) -> str:
    for unit, size in (("GiB", GIB), ("MiB", 1024**2)):
        if number >= size:
            return f"{number / size:.1f} {unit}"
    return f"{number / 1024:.0f} KiB"
