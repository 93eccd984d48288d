"""Superset's processes: the one that serves, and before it the one that prepares its database."""

from __future__ import annotations

import hashlib
import subprocess
from collections.abc import Callable
from pathlib import Path

from medallion.errors import SetupError
from medallion.local.paths import LocalPaths
from medallion.local.ports import HOST
from medallion.local.superset.environment import superset_environment
from medallion.local.superset.settings import SupersetSettings
from medallion.private_files import CLOSED_UMASK, open_private, private_folder

NAME = "superset"
THREADS = "8"
"""A dashboard asks for its charts at once, and most of them wait for the warehouse."""


def serving_command(settings: SupersetSettings) -> tuple[str, ...]:
    """One worker with threads: some 350 MB. Each worker more is as much again."""
    return (
        str(settings.python), "-m", "gunicorn",
        "--bind", f"{HOST}:{settings.port}",
        "--workers", "1", "--worker-class", "gthread", "--threads", THREADS,
        "--timeout", "120", "--graceful-timeout", "10",
        # What Explore asks for is in its address.
        "--limit-request-line", "0", "--limit-request-field_size", "0",
        "superset.app:create_app()",
    )  # fmt: skip


def bring_in_step(
    settings: SupersetSettings, paths: LocalPaths, say: Callable[[str], None], *, always: bool
) -> None:
    """Superset's database, roles and users, as superset/bootstrap.py says: once for each lock, or
    always, which also gives its users the passwords that `make bi` prints.

    Raises:
        SetupError: it fails; the message holds the end of its log.
    """
    folder = paths.project_root / "superset"
    # Beside the data: when the database is removed, so is the mark.
    done = paths.postgres / f"superset-{_digest(folder)}.prepared"
    if done.exists() and not always:
        return
    say("Preparing Superset's metadata database …")
    private_folder(paths.logs)
    log = paths.logs / "superset-bootstrap.log"
    with open_private(log) as out:
        ended = subprocess.run(
            [str(settings.python), str(folder / "bootstrap.py")],
            env=superset_environment(settings, paths),
            cwd=paths.superset,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            check=False,
            umask=CLOSED_UMASK,
        )
    if ended.returncode != 0:
        end = "\n".join(log.read_text(errors="replace").splitlines()[-15:])
        raise SetupError(
            f"Superset's database could not be prepared:\n{end}", remedy=f"Its whole log: {log}"
        )
    done.touch()


def _digest(folder: Path) -> str:
    """Of what decides about the database: the packages, and the bootstrap itself."""
    content = [(folder / name).read_bytes() for name in ("requirements.txt", "bootstrap.py")]
    return hashlib.sha256(b"\0".join(content)).hexdigest()[:16]
