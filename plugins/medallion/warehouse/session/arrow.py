"""Connections by ADBC's driver, which speaks Arrow: they log in as all sessions do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from psycopg.conninfo import make_conninfo

from medallion.warehouse.session.connection import CONNECT_TIMEOUT_SECONDS, NETWORK_LIMITS
from medallion.warehouse.session.login import make_login, renew_login

if TYPE_CHECKING:
    from adbc_driver_postgresql.dbapi import Connection


def connect_arrow(url: str, **more: str) -> Connection:
    """A connection, whose errors are ADBC's: `translate_errors` translates them.

    Args:
        url: a libpq URL or connection string; what it leaves out, libpq takes from PG… variables,
            the service file and the password file.
        more: settings of libpq that the URL overrides.
    """
    import adbc_driver_postgresql.dbapi as adbc

    settings = {
        "connect_timeout": CONNECT_TIMEOUT_SECONDS,
        **NETWORK_LIMITS,
        **more,
        **make_login(url),
    }
    try:
        return _open(settings)
    except adbc.Error as error:
        renewed = renew_login(settings, str(error))
        if renewed is None:
            raise
        return _open(renewed)


def _open(settings: Mapping[str, Any]) -> Connection:
    import adbc_driver_postgresql.dbapi as adbc

    return adbc.connect(make_conninfo("", **settings))
