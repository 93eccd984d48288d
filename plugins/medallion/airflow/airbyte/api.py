"""What is asked of Airbyte's API, by the hook of Airflow's provider.

The provider's operator asks for a new sync at each try, and its trigger takes a job that is queued
for one that has failed, and one lost answer for the end. So only its hook is used.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from airflow.sdk.exceptions import AirflowException

from medallion.errors import MedallionError, SetupError, SourceUnavailable, SyncRefused
from medallion.sources.base.providers import missing
from medallion.sources.base.redaction import HIDDEN, redact
from medallion.sources.base.source import ConnectionDetails

PATIENCE_SECONDS = 60.0
"""For one answer. Airbyte starts a job before it answers, and takes more than the hook's five."""
LISTED = 20
"""Jobs of a connection that are looked at, the newest."""

_GOING_ON = frozenset(("pending", "queued", "running", "incomplete"))
"""`incomplete`: an attempt has failed, and Airbyte makes another one."""
_OF_TOKEN = re.compile(r"Unexpected status code (\d{3}) from token endpoint")
_BEARER = re.compile(r"(?i)bearer\s+[\w.~+/=-]+")
"""A token as a proxy's answer may quote it: the client has it, and nobody here."""
_LONGEST = 300


class UnknownHere(SyncRefused):
    """Airbyte does not know what it was asked about."""


class AlreadyRunning(Exception):
    """A job of the connection is under way."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One load of a connection. `kind`: sync, refresh, reset or clear; `since`: as Airbyte says."""

    job_id: int
    connection_id: str
    status: str
    kind: str = "sync"
    since: str = ""
    rows: int | None = None

    @property
    def is_going_on(self) -> bool:
        """Whether it has no end yet."""
        return self.status in _GOING_ON

    @property
    def has_succeeded(self) -> bool:
        """Whether what it was to load is there."""
        return self.status == "succeeded"


class Airbyte:
    """One Airbyte, by an Airflow connection."""

    def __init__(self, details: ConnectionDetails) -> None:
        """Raises SetupError: the connection is not one of Airbyte's, or the provider is missing."""
        self._conn_id = details.conn_id
        self._secrets = tuple(filter(None, (details.password,)))
        self._hook = _open_hook(details)

    def start(self, connection_id: str) -> Job:
        """Ask for a sync.

        Raises:
            AlreadyRunning: a job of the connection is under way.
            SourceUnavailable: no answer; whether there is a job now is not known.
            SyncRefused, SetupError: Airbyte does not know the connection, or the login.
        """
        what = f"the connection {connection_id}"
        return _job_of(self._ask(what, lambda: self._hook.submit_sync_connection(connection_id)))

    def find_job(self, job_id: int) -> Job:
        """How a job is doing.

        Raises:
            SourceUnavailable, SyncRefused, SetupError: as `start`.
        """
        return _job_of(self._ask(f"the job {job_id}", lambda: self._hook.get_job_details(job_id)))

    def find_known(self, job_id: int, connection_id: str) -> Job | None:
        """The same of a job of a connection; None: Airbyte does not know it, or not as one of this
        connection's: its jobs were cleaned up, or it is another Airbyte by now.

        Raises:
            SourceUnavailable, SyncRefused, SetupError: as `start`.
        """
        try:
            found = self.find_job(job_id)
        except UnknownHere:
            return None
        return found if found.connection_id.lower() == connection_id.lower() else None

    def list_newest(self, connection_id: str) -> list[Job]:
        """The last jobs of a connection, the newest first.

        Raises:
            SourceUnavailable, SyncRefused, SetupError: as `start`.
        """
        from airbyte_api.api import ListJobsRequest

        asked = ListJobsRequest(
            connection_id=connection_id, order_by="createdAt|DESC", limit=LISTED
        )
        jobs = self._hook.airbyte_api.jobs
        answer = self._ask(
            f"the jobs of the connection {connection_id}",
            lambda: jobs.list_jobs(request=asked).jobs_response,
        )
        found = [_job_of(one) for one in (answer.data if answer else ())]
        return sorted(found, key=lambda one: one.job_id, reverse=True)

    def _ask(self, what: str, question: Callable[[], Any]) -> Any:
        """Once more where the token is not taken: the client then asks for a new one."""
        try:
            return question()
        except Exception as first:
            if _status_of(_cause_of(first)) != 401:
                raise self._explain(what, _cause_of(first)) from None
        try:
            return question()
        except Exception as error:
            raise self._explain(what, _cause_of(error)) from None

    def _explain(self, what: str, error: Exception) -> MedallionError | AlreadyRunning:
        """What an error of the client means. Its text has what Airbyte has answered."""
        status = _status_of(error)
        by = f"Airbyte, by the Airflow connection {self._conn_id},"
        text = _BEARER.sub(f"Bearer {HIDDEN}", " ".join(str(error).split()))
        said = redact(text, self._secrets)[:_LONGEST]
        if status == 409:
            return AlreadyRunning()
        if status in (401, 403):
            return SetupError(
                f"{by} does not let this login use {what}: {status}",
                remedy=f"are login and password of {self._conn_id} the id and the secret of an "
                "application of Airbyte's that may run the connection?",
            )
        if status == 404:
            return UnknownHere(
                f"{by} does not know {what}",
                remedy="`connection_id` is in the address of the connection's page in Airbyte; the "
                f"host of {self._conn_id} ends in /api/public/v1, or is https://api.airbyte.com/v1",
            )
        if status is not None and 400 <= status < 500 and status not in (408, 425, 429):
            return SyncRefused(f"{by} refuses {what}: {said}", remedy="see what Airbyte says")
        if status is not None and status < 400:
            return SyncRefused(
                f"{by} gave an answer about {what} that cannot be read: {said}",
                remedy=f"is the host of {self._conn_id} the address of Airbyte's API?",
            )
        return SourceUnavailable(
            f"{by} does not answer about {what}: {type(error).__name__}: {said}",
            remedy=f"is Airbyte running, and the host of {self._conn_id} right?",
        )


def _open_hook(details: ConnectionDetails) -> Any:
    if details.conn_type != "airbyte":
        raise SetupError(
            f"the connection {details.conn_id} is of the type {details.conn_type!r}, not airbyte",
            remedy="`airbyte_conn_id` names the connection of Airbyte itself; `conn_id` is that of "
            "the database",
        )
    if not details.host:
        raise SetupError(
            f"the connection {details.conn_id} has no host",
            remedy="the address of Airbyte's API: https://airbyte.example.org/api/public/v1",
        )
    try:
        from airflow.providers.airbyte.hooks.airbyte import AirbyteHook
    except ImportError:
        raise missing("airbyte") from None
    own = None if details.extra.get("timeout") else PATIENCE_SECONDS
    try:
        return AirbyteHook(airbyte_conn_id=details.conn_id, timeout=own)
    except (ValueError, TypeError) as error:  # its time-out, or its address
        raise SetupError(
            f"Airflow's provider cannot use the connection {details.conn_id}: {error}",
            remedy="correct the connection",
        ) from None


def _cause_of(error: Exception) -> Exception:
    """What the hook has wrapped."""
    inner = error.args[0] if isinstance(error, AirflowException) and error.args else None
    return inner if isinstance(inner, Exception) else error


def _status_of(error: Exception) -> int | None:
    """The HTTP status of an answer; None: there was none."""
    if (token := _OF_TOKEN.search(str(error))) is not None:
        return int(token[1])
    status = getattr(error, "status_code", None)
    return status if isinstance(status, int) else None


def _job_of(said: Any) -> Job:
    if said is None:
        raise SyncRefused("Airbyte has answered without a job", remedy="see its log")
    words: Mapping[str, Any] = vars(said)
    return Job(
        job_id=int(words["job_id"]),
        connection_id=str(words["connection_id"]),
        status=_word(words["status"]),
        kind=_word(words["job_type"]),
        since=str(words.get("start_time") or ""),
        rows=words.get("rows_synced"),
    )


def _word(value: Any) -> str:
    return str(getattr(value, "value", value))
