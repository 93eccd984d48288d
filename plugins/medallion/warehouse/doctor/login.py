"""Which layer refuses a login, by what libpq and the server say."""

from __future__ import annotations

import re
from dataclasses import dataclass
from shlex import quote

from medallion.warehouse.doctor.finding import Finding

_RESERVED = re.compile(r"[/?#\[\]@:\s]|%(?![0-9A-Fa-f]{2})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """What a message means. `sign`: a pattern in it."""

    sign: str
    layer: str
    cause: str


REFUSALS = (
    Refusal(
        # libpq's own, before it asks anybody: of the connection, or of a variable PG….
        sign=r"invalid \w+ value: |bad value for \w+:|invalid integer value .* for connection",
        layer="url",
        cause="a setting of the connection, or a variable such as PGSSLMODE, has a value that "
        "libpq does not know: sslmode is disable, allow, prefer, require, verify-ca or "
        "verify-full; target_session_attrs is any, read-write, read-only, primary, standby or "
        "prefer-standby",
    ),
    Refusal(
        sign=r"root certificate file .* does not exist|no .*root certificate",
        layer="tls",
        cause="sslmode=verify-… needs the authority's certificate: mount it, and name it with "
        "`sslrootcert` in the connection's extra (`system` takes the machine's)",
    ),
    Refusal(
        # The last: of an authority with the same name and another key, as after its renewal.
        sign=r"certificate verify failed|self.signed certificate|signature failure",
        layer="tls",
        cause="`sslrootcert` is of another authority than the server's certificate, or the "
        "certificate has expired",
    ),
    Refusal(
        sign=r"does not match host name",
        layer="tls",
        cause="the server's certificate is for another name: connect by that name, which "
        "sslmode=verify-full holds it to",
    ),
    Refusal(
        sign=r"pg_hba\.conf.*no encryption",
        layer="login",
        cause="pg_hba.conf of the server wants TLS (hostssl): set sslmode=require, or verify-full",
    ),
    Refusal(
        sign=r"pg_hba\.conf",
        layer="login",
        cause="pg_hba.conf of the server has no line for this address, user and database: pods "
        "come from the nodes' or the pods' network, which it must name",
    ),
    Refusal(
        sign=r"password authentication failed|no password supplied|SASL|Ident authentication",
        layer="login",
        cause="user or password: one that was changed, a Secret with a line's end in it, or a URL "
        "in which a character of the password is not percent-encoded",
    ),
    Refusal(
        sign=r"token",
        layer="login",
        cause="the token is not for this server, or no role here has its identity: an "
        "administrator from Entra ID makes one of the identity's name, "
        "pgaadauth_create_principal('NAME', false, false), and the connection's login is that name",
    ),
    Refusal(
        sign=r"database .* does not exist|no such database",
        layer="database",
        cause="the connection's `schema` is the database's name: it is misspelt, or not made yet",
    ),
    Refusal(
        sign=r"permission denied for database|not permitted to log in",
        layer="rights",
        cause="an administrator grants it: CONNECT on the database, LOGIN of the role",
    ),
    Refusal(
        sign=r"unsupported startup parameter",
        layer="pooler",
        cause="a PgBouncer is in between, which does not hand on the session's settings: connect "
        "to PostgreSQL itself",
    ),
    Refusal(
        sign=r"session is not in UTC",
        layer="pooler",
        cause="a PgBouncer in between ignores the session's settings (ignore_startup_parameters): "
        "connect to PostgreSQL itself",
    ),
    Refusal(
        sign=r"too many (clients|connections)|remaining connection slots|no more connections",
        layer="limits",
        cause="all connections of the server or the role are in use: raise max_connections, or "
        "have fewer workers",
    ),
    Refusal(
        sign=r"is starting up|is shutting down|in recovery mode",
        layer="login",
        cause="the server starts or stops: try again in a moment",
    ),
    Refusal(
        sign=r"timeout expired|timed out",
        layer="login",
        cause="the port is open and nobody answers: a pooler without a server behind it, or a "
        "server that hangs",
    ),
)
"""In the order in which they are tried."""


def explain_refusal(
    subject: str, message: str, settings: dict[str, str], secrets: tuple[str, ...]
) -> Finding:
    """What a login's failure means.

    Args:
        subject: what is looked at.
        message: of libpq, which may have the server's.
        settings: of the connection.
        secrets: values that no text may show.
    """
    text = " ".join(message.split())
    for secret in secrets:
        text = text.replace(secret, "•••") if secret else text
    found = next((one for one in REFUSALS if re.search(one.sign, text, re.IGNORECASE)), None)
    return Finding(
        subject=subject,
        layer=found.layer if found else "login",
        verdict="failed",
        says=text,
        cause=found.cause if found else "the server's own log says more than it tells a client",
        confirm=psql_command(settings),
    )


def psql_command(settings: dict[str, str]) -> str:
    """A command that logs in likewise and asks for the password.

    >>> psql_command({"host": "db", "dbname": "warehouse", "password": "secret"})
    "psql 'host=db dbname=warehouse' -c 'SELECT 1'"
    """
    shown = (
        *("host", "port", "dbname", "user", "sslmode", "sslrootcert"),
        "target_session_attrs",
    )
    words = [f"{name}={_libpq(settings[name])}" for name in shown if name in settings]
    return f"psql {quote(' '.join(words))} -c 'SELECT 1'"


def _libpq(value: str) -> str:
    if re.fullmatch(r"[^\s'\\]+", value):
        return value
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def has_unescaped_password(text: str) -> bool:
    """Whether the user or the password of a URL has a character that ends it.

    >>> has_unescaped_password("postgresql://loader:p@ss/word@db/warehouse")
    True
    >>> has_unescaped_password("postgresql://loader:p%40ss@db/warehouse?sslmode=require")
    False
    """
    _, found, rest = text.partition("://")
    before, at, _ = rest.rpartition("@")
    if not found or not at:
        return False
    # Not urlsplit, which raises for some of these texts, and names them.
    query = rest.partition("#")[0].partition("?")[2]
    if "@" in query and before.count("@") == 1:
        return False
    user, _, password = before.partition(":")
    return bool(_RESERVED.search(user) or _RESERVED.search(password))
