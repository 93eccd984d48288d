"""Connections to the warehouse, and its errors in words that say who must act."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from medallion.errors import (
    MedallionError,
    QueryCancelled,
    SetupError,
    WarehouseRefused,
    WarehouseUnavailable,
)
from medallion.warehouse.session.login import make_login, renew_login

CONNECT_TIMEOUT_SECONDS = 15
_IS_IT_UP = "is the server up? `python -m medallion.cli doctor` says what is not"
_LOGIN = "the server is up, and refuses the login: are user, password and database right?"
_REFUSALS = ("authentication failed", "does not exist", "is not permitted to log in", "pg_hba.conf")
_POOLER = (
    "a pooler in between leaves out what a session asks for (`ignore_startup_parameters`): connect "
    "to PostgreSQL itself. `python -m medallion.cli doctor` says more"
)
NETWORK_LIMITS: Mapping[str, str] = {
    "keepalives_idle": "60",
    "keepalives_interval": "10",
    "keepalives_count": "3",
    "tcp_user_timeout": "90000",
}
"""When a server counts as gone that is cut off and says nothing. After 60 s of silence, which a
long statement is, it is asked three times, 10 s apart: firewalls drop what is silent for minutes,
too. What was sent and is not confirmed for 90 s ends the session as well. Linux itself would wait
for a quarter of an hour."""

# SQLSTATE classes and codes that a later try may get past.
_PASSING_CLASSES = ("08", "53", "57", "40", "58")
_PASSING_CODES = ("55P03", "25P03")  # lock_not_available, idle_in_transaction_session_timeout


def connect(url: str, *, application_name: str = "medallion") -> psycopg.Connection:
    """A connection in UTC; `with connect(url) as conn:` is one transaction.

    Raises:
        WarehouseUnavailable: the server does not answer.
        WarehouseRefused: it refuses this user or this database.
        SetupError: a pooler in between does not hand on the session's settings.
    """
    settings = {**NETWORK_LIMITS, **make_login(url)}
    settings["options"] = f"{settings.get('options') or ''} -c TimeZone=UTC".strip()
    settings["application_name"] = application_name
    with translate_errors("connecting to the warehouse"):
        connection = _log_in(settings)
    if connection.info.parameter_status("TimeZone") != "UTC":
        connection.close()
        raise SetupError("the warehouse's session is not in UTC, as was asked", remedy=_POOLER)
    return connection


def _log_in(settings: Mapping[str, Any]) -> psycopg.Connection:
    """By another token where the server refuses the first one."""
    limited = {"connect_timeout": CONNECT_TIMEOUT_SECONDS, **settings}
    try:
        return psycopg.connect(**limited)
    except psycopg.OperationalError as error:
        renewed = renew_login(limited, str(error))
        if renewed is None:
            raise
        return psycopg.connect(**renewed)


def settings_of(url: str) -> dict[str, str]:
    """The settings in a libpq URL (host, port, user, password, dbname …); those not given are left
    out.

    >>> settings_of("postgresql://loader@db/warehouse")
    {'user': 'loader', 'dbname': 'warehouse', 'host': 'db'}
    """
    return {key: str(value) for key, value in conninfo_to_dict(url).items() if value}


def without_password(url: str) -> str:
    """What a client needs in order to find the database, in libpq's words (`host=… port=…`).

    >>> without_password("postgresql://loader:pw@db:5432/warehouse")
    'host=db port=5432 dbname=warehouse user=loader'
    """
    found = settings_of(url)
    names = ("host", "port", "dbname", "user", "target_session_attrs")
    return make_conninfo("", **{name: found[name] for name in names if name in found})


def for_reading(settings: Mapping[str, str]) -> dict[str, str]:
    """The settings of a session that is read-only from its start, on the same server.

    Of several hosts `read-write` finds the one whose sessions may write. No session of such a role
    may, on any of them: what is meant is the primary.

    >>> for_reading({"host": "db1,db2", "target_session_attrs": "read-write"})
    {'host': 'db1,db2', 'target_session_attrs': 'primary'}
    """
    if settings.get("target_session_attrs") != "read-write":
        return dict(settings)
    return {**settings, "target_session_attrs": "primary"}


def is_database_url(text: str) -> bool:
    """Whether libpq can parse it. No server is asked.

    >>> is_database_url("postgresql://db/warehouse"), is_database_url("https://db")
    (True, False)
    """
    try:
        conninfo_to_dict(text)
    except psycopg.ProgrammingError:
        return False
    return True


def with_statement_timeout(url: str, limit: timedelta) -> str:
    """The URL with a statement_timeout, in milliseconds, after the options it already has.

    >>> with_statement_timeout("postgresql://db/warehouse", timedelta(seconds=30))
    "dbname=warehouse host=db options='-c statement_timeout=30000'"
    """
    milliseconds = int(limit / timedelta(milliseconds=1))
    options = f"{settings_of(url).get('options', '')} -c statement_timeout={milliseconds}".strip()
    return make_conninfo(url, options=options)


@contextmanager
def translate_errors(doing: str) -> Iterator[None]:
    """Turn psycopg's and ADBC's errors into Medallion's; `doing` says what was being done.

    The server's message is kept; the connection string, with its password, never is.
    """
    try:
        yield
    except psycopg.Error as error:
        raise _translate(doing, error, error.sqlstate, _message(error)) from None
    except Exception as error:
        # By its module's name: to catch its class, each process would have to import the driver.
        if not type(error).__module__.startswith("adbc_driver"):
            raise
        raise _translate(doing, error, getattr(error, "sqlstate", None), str(error)) from None


def _translate(doing: str, error: Exception, sqlstate: str | None, message: str) -> MedallionError:
    code = f" [{sqlstate}]" if sqlstate else ""
    problem = f"PostgreSQL, {doing}: {message}{code}"
    # An error without a code never came from the server: the connection has ended.
    lost = sqlstate is None and (isinstance(error, psycopg.OperationalError) or _is_adbc_io(error))
    # Before the classes: 57 is the server going down, which passes; a statement out of its time
    # does not.
    if sqlstate == "57014":
        return QueryCancelled(problem, remedy="it ran out of time, or a person has ended it")
    if lost or (sqlstate and (sqlstate[:2] in _PASSING_CLASSES or sqlstate in _PASSING_CODES)):
        if "unsupported startup parameter" in message:
            return SetupError(problem, remedy=_POOLER)
        return WarehouseUnavailable(problem, remedy=_LOGIN if _is_refused(message) else _IS_IT_UP)
    return WarehouseRefused(problem)


def _is_refused(message: str) -> bool:
    """Whether a server has answered, and let nobody in. There is no code to tell it by."""
    return "FATAL" in message and any(word in message for word in _REFUSALS)


def _is_adbc_io(error: Exception) -> bool:
    """ADBC calls a connection that ended an I/O error, and gives no SQLSTATE."""
    return getattr(getattr(error, "status_code", None), "name", "") == "IO"


def _message(error: psycopg.Error) -> str:
    """The server's own words, or the client's first line."""
    primary = error.diag.message_primary if error.diag else None
    if not primary:
        return str(error).strip().split("\n")[0]
    detail = f" ({error.diag.message_detail})" if error.diag.message_detail else ""
    hint = f" Hint: {error.diag.message_hint}" if error.diag.message_hint else ""
    return f"{primary}{detail}{hint}"
