"""Where readers find the warehouse, as a contract says it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from medallion.errors import SetupError

_ADDRESS = re.compile(
    r"^(?P<host>\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+):(?P<port>[0-9]{1,5})/(?P<database>[\w-]+)$"
)
_HIGHEST_PORT = 65_535


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerAddress:
    """A PostgreSQL server and its database. No user and no password: each reader has his own."""

    host: str
    port: int
    database: str
    environment: str = ""

    def describe(self, schema: str) -> dict[str, Any]:
        """As an entry of `servers`."""
        more = {"environment": self.environment} if self.environment else {}
        return {
            "server": "warehouse",
            "type": "postgres",
            **more,
            "host": self.host,
            "port": self.port,
            "database": self.database,
            "schema": schema,
        }


def parse_address(text: str, environment: str = "") -> ServerAddress:
    """The address that `host:port/database` says.

    >>> parse_address("db.example.org:5432/warehouse").port
    5432

    Raises:
        SetupError: it says something else. The text is not shown: it may hold a password.
    """
    found = _ADDRESS.match(text)
    if found is None or not 0 < int(found["port"]) <= _HIGHEST_PORT:
        raise SetupError(
            "--server is not host:port/database",
            remedy="--server db.example.org:5432/warehouse, without a user and a password",
        )
    return ServerAddress(
        host=found["host"].strip("[]"),
        port=int(found["port"]),
        database=found["database"],
        environment=environment,
    )
