"""What the extra of a connection says, in the words of a driver."""

from __future__ import annotations

from collections.abc import Mapping

from medallion.sources.base.source import ConnectionDetails


def read_options(details: ConnectionDetails, names: Mapping[str, str]) -> dict[str, str]:
    """The settings that the extra has, by the driver's names; true and false as `yes` and `no`,
    which drivers of ODBC take.

    Args:
        details: of the connection.
        names: the driver's spelling of each setting that may be there, by its small letters.

    >>> said = ConnectionDetails(conn_id="x", extra={"Encrypt": False, "other": 1})
    >>> read_options(said, {"encrypt": "Encrypt"})
    {'Encrypt': 'no'}
    """
    return {
        names[key.lower()]: _spell(value)
        for key, value in details.extra.items()
        if key.lower() in names and value is not None
    }


def _spell(value: object) -> str:
    return ("yes" if value else "no") if isinstance(value, bool) else str(value)
