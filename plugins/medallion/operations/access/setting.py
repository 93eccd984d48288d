"""What an operator says of the journal of reads, in the environment."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from medallion.errors import SetupError
from medallion.operations.ages import access_age, journal_age
from medallion.warehouse.journal.keeper import JournalSettings

SWITCH = "MEDALLION_ACCESS_JOURNAL"
SERVER_LOG = "MEDALLION_SERVER_LOG"
"""The file that a server without a collector of its own logs to, as the server sees it."""
LOG_FOLDER = "MEDALLION_SERVER_LOG_FOLDER"
"""The folder that has copies of the server's log, as the task sees it."""
_WORDS = {"": True, "on": True, "off": False}


def is_switched_on(environ: Mapping[str, str] = os.environ) -> bool:
    """Whether reads are journalled.

    Raises:
        SetupError: the setting is neither `on` nor `off`.
    """
    said = environ.get(SWITCH, "").strip().lower()
    if said not in _WORDS:
        raise SetupError(f"{SWITCH}={said} is neither on nor off", remedy="leave it out for on")
    return _WORDS[said]


def find_log_folder(environ: Mapping[str, str] = os.environ) -> Path | None:
    """Where copies of the server's log are; None: the server reads its files itself.

    Raises:
        SetupError: the setting is not a path from `/` on.
    """
    said = environ.get(LOG_FOLDER, "").strip()
    if said and not said.startswith("/"):
        raise SetupError(
            f"{LOG_FOLDER}={said} is not the path of a folder from / on",
            remedy="name it as the machine of the tasks does",
        )
    return Path(said) if said else None


def read_journal_settings(
    log_file: str = "", environ: Mapping[str, str] = os.environ
) -> JournalSettings:
    """What the environment says, and how long entries stay.

    Args:
        log_file: that of the local stack's own server.

    Raises:
        SetupError: a setting is not what it may be.
    """
    named = environ.get(SERVER_LOG, "").strip() or log_file
    if named and not named.startswith("/"):
        raise SetupError(
            f"{SERVER_LOG}={named} is not the path of a file from / on",
            remedy="name it as the server's own machine does",
        )
    return JournalSettings(
        reads_for=access_age(),
        changes_for=journal_age(),
        log_file=named,
        is_on=is_switched_on(environ),
    )
