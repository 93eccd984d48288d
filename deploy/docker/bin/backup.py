#!/usr/bin/env python3
"""Backs up the databases and the lake, and restores them: `backup` and `restore` of compose.

    backup.py once              now
    backup.py daily             every day at BACKUP_AT (UTC, 01:30); the last BACKUP_KEEP (14) stay
    backup.py list              the backups, oldest first
    backup.py healthy           whether the last one is younger than 26 hours
    backup.py restore NAME      databases and lake as they were then; `latest` is the last one

A backup is a folder: a dump of each database, the roles, and a list of the lake's files. Those are
kept once for all backups, beside the folders: what a publication was made of never changes. The
databases are dumped first, so all that they name has been landed by then.

The server's superuser comes from PGHOST, PGUSER and POSTGRES_PASSWORD.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

PROGRAMS = Path(os.environ.get("BACKUP_PROGRAMS", "/opt/postgres-programs"))
FOLDER = Path(os.environ.get("BACKUP_FOLDER", "/opt/medallion/backups"))
LAKE = Path(os.environ.get("MEDALLION_LAKE_ROOT", "/opt/medallion/lake"))
DATABASES = ("warehouse", "airflow")
NAME = re.compile(r"\d{8}T\d{6}Z")
FILES, ROLES = "lake.json", "roles.sql"


def main(words: list[str]) -> int:
    """0: done; 1: it failed, and stderr says why; 2: the command is not one of these."""
    os.umask(0o077)
    os.environ["PGPASSWORD"] = os.environ.get("POSTGRES_PASSWORD", "")
    try:
        if words == ["once"]:
            back_up(dt.datetime.now(dt.UTC))
        elif words == ["daily"]:
            back_up_daily()
        elif words == ["healthy"]:
            return 0 if _is_fresh(hours=26) else 1
        elif words == ["list"]:
            show("\n".join(path.name for path in backups()) or "there is no backup yet")
        elif len(words) == 2 and words[0] == "restore":
            restore(words[1])
        else:
            sys.stderr.write(__doc__ or "")
            return 2
    except (OSError, ValueError, subprocess.CalledProcessError) as error:
        sys.stderr.write(f"backup: {error}\n")
        return 1
    return 0


def back_up_daily() -> None:
    """For ever. The first at once if the last is old; a failed one is tried again after an hour."""
    if not _is_fresh(hours=24) and not _succeeds():
        show("the first backup has failed; the next one is tried at its time")
    hour, minute = map(int, os.environ.get("BACKUP_AT", "01:30").split(":"))
    while True:
        now = dt.datetime.now(dt.UTC)
        due = now.replace(hour=hour, minute=minute, second=0, microsecond=0)
        due += dt.timedelta(days=1) if due <= now else dt.timedelta()
        show(f"the next backup is at {due:%Y-%m-%d %H:%M} UTC")
        time.sleep((due - now).total_seconds())
        while not _succeeds():
            time.sleep(3600)


def _is_fresh(hours: int) -> bool:
    """Whether the last backup is younger than that."""
    oldest = dt.datetime.now(dt.UTC) - dt.timedelta(hours=hours)
    return any(path.name > f"{oldest:%Y%m%dT%H%M%SZ}" for path in backups())


def _succeeds() -> bool:
    """In a process of its own, whose failure ends nothing."""
    return subprocess.run([sys.executable, __file__, "once"], check=False).returncode == 0


def back_up(now: dt.datetime) -> Path:
    """Make one backup, which appears whole or not at all, and remove those that are too old."""
    while (target := FOLDER / f"{now:%Y%m%dT%H%M%SZ}").exists():
        now += dt.timedelta(seconds=1)  # the one before was made within this second
    draft = FOLDER / f".{target.name}"
    draft.mkdir(parents=True)
    try:
        run("pg_dumpall", "--roles-only", "--file", str(draft / ROLES))
        for database in DATABASES:
            run("pg_dump", "--format=custom", "--file", str(draft / f"{database}.dump"), database)
        files = dict(keep_lake())
        (draft / FILES).write_text(json.dumps(files))
        draft.rename(target)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    dumps = sum(path.stat().st_size for path in target.iterdir())
    show(f"{target.name}: {dumps / 1e6:.1f} MB of dumps, {len(files)} files of the lake")
    forget_old(int(os.environ.get("BACKUP_KEEP", "14")))
    return target


def keep_lake() -> Iterator[tuple[str, int]]:
    """Copy what is new in the lake; each of its files and its size in bytes."""
    for source in sorted(path for path in LAKE.rglob("*") if path.is_file()):
        name = str(source.relative_to(LAKE))
        try:
            copy(source, FOLDER / "lake" / name)
        except FileNotFoundError:
            continue  # the lake has let go of it in between
        yield name, source.stat().st_size


def copy(source: Path, target: Path) -> None:
    """Copy a file unless it is there already: whole or not at all."""
    here = source.stat()
    if target.exists():
        there = target.stat()
        if (there.st_size, there.st_mtime_ns) == (here.st_size, here.st_mtime_ns):
            return
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = target.with_name(f".{target.name}.new")
    shutil.copy2(source, draft)
    draft.replace(target)


def backups() -> list[Path]:
    """The folders of whole backups, oldest first."""
    return sorted(path for path in FOLDER.glob("*") if NAME.fullmatch(path.name))


def forget_old(kept: int) -> None:
    """Remove all backups but the last ones, and the lake's files that none of these names."""
    for old in backups()[: -max(kept, 1)]:
        shutil.rmtree(old)
        show(f"{old.name} is removed: there are {kept} newer ones")
    named = {name for path in backups() for name in _read_files(path)}
    for path in [one for one in (FOLDER / "lake").rglob("*") if one.is_file()]:
        if str(path.relative_to(FOLDER / "lake")) not in named:
            path.unlink()


def restore(name: str) -> None:
    """Bring the databases and the lake's files back. Nothing else may be connected.

    What was landed since stays in the lake; no publication knows of it any more.

    Raises:
        ValueError: there is no such backup, or somebody is connected.
    """
    found = [path for path in backups() if name in (path.name, "latest")]
    if not found:
        raise ValueError(f"there is no backup {name}; `backup.py list` shows what there is")
    chosen = found[-1]
    _refuse_company()
    missing = [one for one in _read_files(chosen) if not (FOLDER / "lake" / one).exists()]
    if missing:
        raise ValueError(f"{len(missing)} files of the lake are missing, the first is {missing[0]}")
    _restore_roles((chosen / ROLES).read_text())
    for database in DATABASES:
        run(
            *("pg_restore", "--clean", "--create", "--if-exists", "--exit-on-error"),
            *("--dbname", "postgres", str(chosen / f"{database}.dump")),
        )
    files = _read_files(chosen)
    for one in files:
        copy(FOLDER / "lake" / one, LAKE / one)
    show(f"{chosen.name} is restored: {', '.join(DATABASES)} and {len(files)} files of the lake")


def _refuse_company() -> None:
    asked = (
        "SELECT count(*) FROM pg_stat_activity WHERE datname IN ('warehouse', 'airflow')"
        " AND backend_type = 'client backend'"
    )
    count = int(run("psql", "--no-psqlrc", "-At", "--dbname", "postgres", "--command", asked))
    if count:
        raise ValueError(
            f"{count} sessions are connected: stop what uses the databases first "
            "(docker compose stop, then start postgres alone)"
        )


def _restore_roles(text: str) -> None:
    """As they were, with their passwords; those that a new server has already are only changed.

    Who restores stays as the new server has it: with another password nothing could go on.
    """
    own = re.escape(os.environ.get("PGUSER", "postgres"))
    text = re.sub(rf"^(CREATE|ALTER) ROLE {own}( .*)?;\n", "", text, flags=re.MULTILINE)
    create = r"DO $do$BEGIN CREATE ROLE \1; EXCEPTION WHEN duplicate_object THEN NULL; END$do$;"
    script = re.sub(r"^CREATE ROLE (.+);$", create, text, flags=re.MULTILINE)
    words = ("--no-psqlrc", "--quiet", "-v", "ON_ERROR_STOP=1", "--dbname", "postgres")
    run("psql", *words, given=script)


def _read_files(backup: Path) -> dict[str, int]:
    files: dict[str, int] = json.loads((backup / FILES).read_text())
    return files


def run(program: str, *words: str, given: str | None = None) -> str:
    """Run a program of PostgreSQL; it writes its errors to stderr itself."""
    command = [str(PROGRAMS / program), *words]
    pipes: dict[str, Any] = {"input": given} if given is not None else {"stdin": subprocess.DEVNULL}
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, **pipes)
    return done.stdout


def show(text: str) -> None:
    """Print a line at once."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
