"""Whom the embedded PostgreSQL runs as: PostgreSQL refuses to run as root."""

from __future__ import annotations

import os
import pwd
import stat
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

from medallion.errors import SetupError

SYSTEM_USER = "pgserver"


class PopenArguments(TypedDict, total=False):
    """The arguments of `subprocess` that change who a child runs as."""

    user: int
    group: int
    extra_groups: list[int]
    umask: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerUser:
    """The account of the server; `uid` is None when it is simply ours."""

    uid: int | None = None
    gid: int | None = None

    def popen_arguments(self) -> PopenArguments:
        """What `subprocess.run` needs to start a program as this user."""
        if self.uid is None or self.gid is None:
            return {"umask": 0o077}
        return {"user": self.uid, "group": self.gid, "extra_groups": [], "umask": 0o077}

    def own(self, path: Path) -> None:
        """Hand a file or folder over, closed to everybody else."""
        if self.uid is not None and self.gid is not None:
            os.chown(path, self.uid, self.gid)
        path.chmod(0o700 if path.is_dir() else 0o600)

    def open_path(self, *folders: Path) -> None:
        """Let the server walk through the parents of its folders (walk, not list or read)."""
        if self.uid is None:
            return
        for folder in folders:
            for parent in (folder, *folder.parents):
                mode = parent.stat().st_mode
                if not mode & stat.S_IXOTH:
                    parent.chmod(stat.S_IMODE(mode) | stat.S_IXOTH)


def server_user() -> ServerUser:
    """Ourselves; for root the system user `pgserver`, which is created when it is missing."""
    if os.geteuid() != 0:
        return ServerUser()
    try:
        entry = pwd.getpwnam(SYSTEM_USER)
    except KeyError:
        entry = _create()
    return ServerUser(uid=entry.pw_uid, gid=entry.pw_gid)


def _create() -> pwd.struct_passwd:
    command = ["useradd", "--system", "--user-group", "--shell", "/usr/sbin/nologin", SYSTEM_USER]
    try:
        subprocess.run(command, check=True, capture_output=True, text=True)
        return pwd.getpwnam(SYSTEM_USER)
    except (OSError, subprocess.CalledProcessError, KeyError) as error:
        raise SetupError(
            f"PostgreSQL refuses to run as root, and the system user {SYSTEM_USER} could not be "
            f"created: {getattr(error, 'stderr', '') or error}",
            remedy=f"Run as an ordinary user, or create the user yourself: {' '.join(command)}",
        ) from error
