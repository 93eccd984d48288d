"""Drivers' errors as Medallion's, by who must act; no password and no address in them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from medallion.errors import MedallionError, SetupError, SourceRefused, SourceUnavailable
from medallion.sources.base.redaction import redact
from medallion.sources.base.source import ConnectionDetails

_SIGN_IN = ("28", "3D")
_PASSING = ("08", "53", "57", "40", "58")
_PASSING_CODES = ("55P03", "25P03", "HYT00", "HYT01")

# Drivers of the DB-API tell most in words. Where these say nothing, a driver's OperationalError and
# InterfaceError are worth another try.
_SIGN_IN_WORDS = re.compile(
    r"password|authenticat|login failed|access denied|not allowed to connect|no pg_hba|"
    r"role .* does not exist|unknown database|database .* does not exist|ORA-(?:01017|28000|12514)|"
    r"DPY-(?:4001|600[13])|certificate|ssl",
    re.IGNORECASE,
)
_ALWAYS_SIGN_IN = re.compile(
    r"access denied for user|unknown database|login failed|SQL30082N|SQL1060N|SQL20576N|"
    r'sqlccSSLSocketSetup".*"414"',
    re.IGNORECASE,
)
_CERTIFICATE = re.compile(r'certificate|"414"|SQL20576N', re.IGNORECASE)
"""What IBM's driver says of a certificate that it does not trust, and of one for another host."""
_PASSING_WORDS = re.compile(
    r"ORA-(?:00060|01033|01034|01089|01555|03113|03114|03135|08103|12170|12537|12541)|"
    r"deadlock victim|SQL0911N|SQL30081N",
    re.IGNORECASE,
)
"""A server that starts or stops, a lock, a snapshot that it no longer keeps."""
_REFUSED_WORDS = re.compile(
    r"syntax|no such (?:table|column|function)|doesn't exist|does not exist|"
    r"unknown (?:column|table)|invalid (?:object|column)|permission|not authorized|privilege|"
    r"read[- ]?only|"
    r"command denied|could not decode|ORA-(?:009\d\d|00942|01031)",
    re.IGNORECASE,
)
_REMEDIES = (
    (
        r"execute command denied .* for routine",
        "is there such a function? MariaDB says the same of one that does not exist",
    ),
    (
        r"ORDER BY clause is invalid",
        "leave ORDER BY out: around the `query` is another SELECT here, whose rows have no order",
    ),
    (r"no column name was specified", "give each column of the `query` a name: … AS total"),
    (r"you have an error in your sql syntax", "correct the `query`: it is sent as it is written"),
    (r"permission|command denied|privilege|not authorized", "have the login granted SELECT on it"),
    (
        r"no such table|relation|unknown table|invalid object|table .* doesn't",
        "is its name, with its schema, as the database has it?",
    ),
    (r"column", "is the column's name as the database has it?"),
    (r"read[- ]?only", "a source only reads: leave out what writes"),
)


_NAMES = frozenset(("Error", "DatabaseError", "InterfaceError"))
"""What the DB-API calls its errors (PEP 249), in every driver."""


@contextmanager
def translate_errors(details: ConnectionDetails, doing: str) -> Iterator[None]:
    """Turn a driver's errors into SourceUnavailable, SourceRefused or SetupError; MedallionErrors
    pass."""
    try:
        yield
    except MedallionError:
        raise
    except Exception as error:
        names = {base.__name__ for base in type(error).__mro__}
        # While rows come, what libpq says is reported by Arrow.
        if not _NAMES & names and "[libpq]" not in str(error):
            raise
        raise _translate(details, doing, error) from None


def _translate(details: ConnectionDetails, doing: str, error: Exception) -> MedallionError:
    state = _sqlstate(error)
    said = redact(" ".join(_message(error).split()), [details.password])[:500]
    problem = f"the database of {details.conn_id}, {doing}: {said}" + (
        f" [{state}]" if state else ""
    )
    sign_in = state[:2] in _SIGN_IN or _ALWAYS_SIGN_IN.search(said)
    if sign_in or (not _is_told(state) and _SIGN_IN_WORDS.search(said)):
        return SetupError(problem, remedy=_fix_connection(details, said))
    if state[:2] in _PASSING or state in _PASSING_CODES or _PASSING_WORDS.search(said):
        return SourceUnavailable(problem, remedy="is the server up?")
    lost = type(error).__name__ in ("OperationalError", "InterfaceError") or _is_io(error)
    if lost and not _is_told(state) and not _REFUSED_WORDS.search(said):
        return SourceUnavailable(problem, remedy="is the server up?")
    remedies = (remedy for words, remedy in _REMEDIES if re.search(words, said, re.IGNORECASE))
    return SourceRefused(problem, remedy=next(remedies, "fix the `table` or `query`"))


def _fix_connection(details: ConnectionDetails, said: str) -> str:
    if _CERTIFICATE.search(said):
        return (
            f"have the connection {details.conn_id} name the authority that signed the server's "
            "certificate, in its extra, and the host by the name that the certificate has"
        )
    return f"fix the login, password or schema of the connection {details.conn_id}"


def _is_told(state: str) -> bool:
    """Whether a state says more than that something went wrong."""
    return state not in ("", "HY000")


def _is_io(error: Exception) -> bool:
    """A connection that ended is an I/O error to ADBC and to Arrow, without an SQLSTATE."""
    return isinstance(error, OSError) or (
        getattr(getattr(error, "status_code", None), "name", "") == "IO"
    )


def _sqlstate(error: Exception) -> str:
    state = getattr(error, "sqlstate", None) or ""
    first = error.args[0] if error.args else ""
    if not state and isinstance(first, str) and re.fullmatch(r"[0-9A-Z]{5}", first):
        return first  # pyodbc
    in_words = re.search(r"SQLSTATE=([0-9A-Z]{5})", str(error))  # ibm_db
    return str(state) or (in_words[1] if in_words else "")


def _message(error: Exception) -> str:
    """What the server said, without the statement: that may be long."""
    diagnosed = getattr(getattr(error, "diag", None), "message_primary", None)
    if diagnosed:
        return str(diagnosed)
    text = error.args[-1] if error.args and isinstance(error.args[-1], str) else str(error)
    return str(text).partition("\nQuery was:")[0]
