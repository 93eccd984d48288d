"""A published table, from the name that an operator types."""

from __future__ import annotations

from collections.abc import Sequence

import psycopg

from medallion.errors import SetupError
from medallion.names import Layer, PublishedTable, TableName, is_of_environment
from medallion.spec.findings.finding import did_you_mean
from medallion.warehouse.registry import records as registry
from medallion.warehouse.session.statements import statements
from medallion.warehouse.session.transaction import session


def parse_published_table(text: str) -> PublishedTable:
    """The table named `silver_cinema.movies`. `find_known_table` asks whether it exists.

    Raises:
        SetupError: the text is not the name of a published table.
    """
    name = TableName.parse(text)
    layer, _, domain = name.schema.partition("_")
    if layer not in (Layer.SILVER, Layer.GOLD) or not domain or not name.table:
        raise SetupError(
            f"{text!r} is not the name of a published table",
            remedy="write silver_<domain>.<dataset> or gold_<domain>.<table>",
        )
    return PublishedTable(layer=Layer(layer), domain=domain, name=name.table)


def find_known_table(text: str, url: str) -> PublishedTable:
    """The table of that name, if it was ever published.

    Raises:
        SetupError: it is not the name of a published table, or nothing has published it yet; a
            misspelt name would otherwise look like an empty table.
    """
    table = parse_published_table(text)
    with session(url, "reading the registry") as connection:
        known = _list_published_names(connection)
    if str(table.public) not in known:
        raise SetupError(
            f"{table.public} has never been published",
            remedy=did_you_mean(str(table.public), _list_beside(table, known))
            or "run its pipeline first",
        )
    return table


def _list_beside(table: PublishedTable, known: Sequence[str]) -> list[str]:
    """Production's tables for one of production, those of environments for one of an environment:
    whoever misspells one does not mean the other."""
    is_own = is_of_environment(table.schema())
    return [name for name in known if is_of_environment(name.partition(".")[0]) == is_own]


def _list_published_names(connection: psycopg.Connection) -> list[str]:
    rows = connection.execute(statements(registry.SQL)["published_names"]).fetchall()
    return [
        str(PublishedTable(layer=Layer(layer), domain=domain, name=name).public)
        for layer, domain, name in rows
    ]
