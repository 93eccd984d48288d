"""Where the files of the server's log are: read through the server, or copied into a folder."""

from __future__ import annotations

import os
import stat
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from medallion.errors import SetupError
from medallion.operations.access.log_forms import ENDINGS, LogForm
from medallion.warehouse.journal.collection import (
    LogFile,
    LogState,
    list_log_files,
    read_log_bytes,
)
from medallion.warehouse.session.transaction import Session

QUIET_SECONDS = 60.0
"""A copy that nobody has written to for so long is whole."""


class LogPlace(Protocol):
    """One of them."""

    def describe_empty(self, form: LogForm) -> str:
        """What is wrong where it has no file."""

    def find_problem(self, state: LogState) -> str:
        """Why it cannot be read; empty: it can."""

    def list_files(self, session: Session) -> list[LogFile]:
        """The files, the one first that was written to longest ago."""

    def read(self, session: Session, file: LogFile, from_byte: int, most: int) -> bytes:
        """A stretch of a file; empty: it has no more, or is gone."""


class ServerLog:
    """The files as the server itself reads them."""

    def describe_empty(self, form: LogForm) -> str:
        """That the server logs elsewhere."""
        return "the server has no file of its log: docs/access-journal.md"

    def find_problem(self, state: LogState) -> str:
        """Only a superuser lets the loader read them."""
        if not state.may_read:
            return "this server's log cannot be read: only a superuser lets `roles` read it"
        is_read = state.is_text or state.is_json
        return "" if is_read else "log_destination of the server has neither stderr nor jsonlog"

    def list_files(self, session: Session) -> list[LogFile]:
        """Those that the server names."""
        return list_log_files(session)

    def read(self, session: Session, file: LogFile, from_byte: int, most: int) -> bytes:
        """By the function that the keeper has."""
        return read_log_bytes(session, file, from_byte, most)


@dataclass(frozen=True, slots=True)
class CopiedLog:
    """Copies of the files, in a folder that whoever manages the server fills."""

    folder: Path

    def describe_empty(self, form: LogForm) -> str:
        """That nobody has copied one."""
        return f"there is no file *{form.ending} in {self.folder}"

    def find_problem(self, state: LogState) -> str:
        """A copy needs no right on the server."""
        return ""

    def list_files(self, session: Session) -> list[LogFile]:
        """Regular files named `*.log` or `*.json`. A link leads to none.

        Raises:
            SetupError: the folder is not there, or cannot be read.
        """
        found = []
        try:
            for entry in os.scandir(self.folder):
                if entry.name.endswith(ENDINGS) and entry.is_file(follow_symlinks=False):
                    state = entry.stat(follow_symlinks=False)
                    found.append((state.st_mtime, entry.path, state.st_size))
        except OSError as error:
            raise SetupError(
                f"the folder of the server's log, {self.folder}, cannot be read: {error.strerror}",
                remedy="correct MEDALLION_SERVER_LOG_FOLDER, or copy the files there",
            ) from None
        until = time.time() - QUIET_SECONDS
        return [
            LogFile(name=path, bytes=size, is_quiet=changed < until)
            for changed, path, size in sorted(found)
        ]

    def read(self, session: Session, file: LogFile, from_byte: int, most: int) -> bytes:
        """By this process."""
        try:
            handle = os.open(file.name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        except OSError:
            return b""
        with open(handle, "rb") as content:  # noqa: PTH123  # it is open already
            if not stat.S_ISREG(os.fstat(handle).st_mode):
                return b""
            content.seek(from_byte)
            return content.read(most)
