"""The databases that a connection may lead to, as far as its texts show: fields, URLs, ODBC words.

What no text shows (a DSN, an alias of a host) is asked of the server: its `IDENTITY`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple
from urllib.parse import parse_qsl, unquote

from medallion.sources.base.source import ConnectionDetails

POSTGRES_PORT = 5432

_HERE = frozenset(("", "localhost", "127.0.0.1", "::1"))
_URL = re.compile(
    r"(?:jdbc:)?(?:postgres(?:ql)?|pgsql|redshift)(?:\+\w+)?:(?://(?P<hosts>[^/?]*)/?)?"
    r"(?P<database>[^?]*)(?:\?(?P<more>.*))?",
    re.IGNORECASE | re.DOTALL,
)
_ONE_HOST = re.compile(r"(?P<host>\[[^\]]*\]|[^:]*)(?::(?P<port>\d+))?")
_ODBC_WORD = re.compile(r"\s*([\w .]+?)\s*=\s*(\{[^}]*\}|[^;]*)(?:;|$)")
_WORDS = {
    "host": ("server", "servername", "host", "hostname", "hostaddr", "pghost"),
    "port": ("port", "portnumber", "pgport"),
    "database": ("database", "dbname", "db", "databasename", "pgdbname"),
}
"""What URLs, ODBC and drivers call the three, in lower case."""


class Address(NamedTuple):
    """A database of a server. The host is empty for every name of this machine, and for a
    socket."""

    host: str
    port: int
    database: str

    @classmethod
    def of(cls, host: str, port: object, database: str) -> Address:
        """With its host in one form, and PostgreSQL's port where there is none.

        >>> Address.of("DB.example.", "", "shop")
        Address(host='db.example', port=5432, database='shop')
        """
        name = host.strip().strip("[]").lower().rstrip(".")
        here = name in _HERE or name.startswith("/")
        number = str(port or "").strip()
        return cls(
            "" if here else name, int(number) if number.isdecimal() else POSTGRES_PORT, database
        )


def addresses(details: ConnectionDetails) -> Iterator[Address]:
    """Each database that a connection's texts may name, if it were PostgreSQL."""
    extra = {str(key).lower(): str(value) for key, value in details.extra.items()}
    own = {"host": details.host, "port": str(details.port or ""), "database": details.schema}
    texts = [details.host, details.schema, *extra.values()]
    for found in (own, _pick_names(extra), *map(_of_url, texts), *map(_of_odbc, texts)):
        if found:
            yield from _each_host({**own, **found})


def _each_host(found: Mapping[str, str]) -> Iterator[Address]:
    """A URL may name several hosts, each with a port of its own."""
    for host in found["host"].split(","):
        one = _ONE_HOST.fullmatch(host.strip())
        name, port = (one["host"], one["port"]) if one else (host, None)
        yield Address.of(name, port or found["port"].split(",")[0], found["database"])


def _pick_names(words: Mapping[str, str]) -> dict[str, str]:
    """Host, port and database under whichever of their names."""
    return {
        kind: words[name] for kind, names in _WORDS.items() for name in names if words.get(name)
    }


def _of_url(text: str) -> dict[str, str]:
    """
    >>> _of_url("jdbc:postgresql://db:5433/shop?user=me")
    {'host': 'db:5433', 'port': '', 'database': 'shop'}
    """
    url = _URL.fullmatch(text.strip())
    if url is None:
        return {}
    hosts = (url["hosts"] or "").rpartition("@")[2]
    database = unquote(url["database"].strip("/"))
    more = {key.lower(): value for key, value in parse_qsl(url["more"] or "")}
    named = {"database": database} if database else {}
    return {"host": hosts, "port": "", **named, **_pick_names(more)}


def _of_odbc(text: str) -> dict[str, str]:
    """
    >>> _of_odbc("Driver={PostgreSQL Unicode};Server=db;Port=5433;Database=shop")
    {'host': 'db', 'port': '5433', 'database': 'shop'}
    """
    return _pick_names({key.lower(): value.strip("{}") for key, value in _ODBC_WORD.findall(text)})
