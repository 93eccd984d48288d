"""An HTTP API from an Airflow connection and a spec."""

from __future__ import annotations

import re

from medallion.errors import SetupError
from medallion.sources.base.pace import Rate, Throttle
from medallion.sources.base.source import ConnectionDetails, ExtractRequest

AT_ONCE = 8
"""Requests of one extraction that may be under way together, where the connection says nothing."""
MOST_AT_ONCE = 64

ParamValue = str | int | float | bool
"""A query parameter as YAML writes it."""


def spell(value: ParamValue) -> str:
    """A parameter as it is written in a query.

    >>> spell(True), spell(50)
    ('true', '50')
    """
    return str(value).lower() if isinstance(value, bool) else str(value)


def address(details: ConnectionDetails, *, host: str = "", path: str = "") -> str:
    """The base URL of a connection's host, schema and port; http on this machine, else https.

    Args:
        details: the host may hold all of it: `https://api.example.com:8443/v2`.
        host: where the connection has none.
        path: where the connection's host has none.

    Raises:
        SetupError: it makes no URL.

    >>> address(ConnectionDetails(conn_id="shop", host="api.example.com/v2"))
    'https://api.example.com/v2'
    """
    given = details.host.strip() or host
    scheme, separator, rest = given.partition("://")
    if not separator:
        local = given.split("/")[0].split(":")[0] in ("127.0.0.1", "localhost")
        scheme, rest = details.schema or ("http" if local else "https"), given
    name, slash, own_path = rest.rstrip("/").partition("/")
    if scheme not in ("http", "https") or not name or re.search(r"[@?#\s\\]", rest):
        usual = f"leave both empty for https://{host}/{path}, or give" if host else "give"
        raise SetupError(
            f"the host and schema of the connection {details.conn_id} make no address of an API",
            remedy=f"{usual} a host and http or https",
        )
    port = f":{details.port}" if details.port and not re.search(r":\d+$", name) else ""
    below = own_path if slash else path
    return f"{scheme}://{name}{port}" + (f"/{below}" if below else "")


def positive(details: ConnectionDetails, key: str, default: float, *, least: float = 0.01) -> float:
    """A positive number in the connection's extra.

    Raises:
        SetupError: it is not a number, or less than `least`.
    """
    given = details.extra.get(key, default)
    try:
        number = float(str(given))
    except ValueError:
        number = -1.0
    if not least <= number < float("inf"):
        raise SetupError(
            f"the extra {key} of the connection {details.conn_id} is {given!r}",
            remedy=f"give a number of {least} or more, or leave it out ({default})",
        )
    return number


def at_once(details: ConnectionDetails) -> int:
    """How many requests of one extraction may be under way at the same time.

    Raises:
        SetupError: the extra `requests_at_once` is not a number.
    """
    return int(min(positive(details, "requests_at_once", AT_ONCE, least=1), MOST_AT_ONCE))


def throttle(details: ConnectionDetails, request: ExtractRequest, per_second: float) -> Throttle:
    """The connection's throttle, which all runs share.

    Args:
        per_second: the default, if the connection's extra has no `requests_per_second`.

    Raises:
        SetupError: that, or `requests_per_day`, is not a number.
    """
    day = None
    if details.extra.get("requests_per_day") is not None:
        day = int(positive(details, "requests_per_day", 0, least=1))
    rate = Rate(per_second=positive(details, "requests_per_second", per_second), per_day=day)
    return request.throttle(details.conn_id, rate)
