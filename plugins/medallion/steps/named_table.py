"""A published table by the name that an operator types."""

from __future__ import annotations

from medallion.errors import SetupError
from medallion.names import Layer, PublishedTable, TableName


def published_table(text: str) -> PublishedTable:
    """The table that `silver_cinema.movies` names.

    Raises:
        SetupError: it is not the name of a published table.
    """
    name = TableName.parse(text)
    layer, _, domain = name.schema.partition("_")
    if layer not in (Layer.SILVER, Layer.GOLD) or not domain or not name.table:
        raise SetupError(
            f"{text!r} is not the name of a published table",
            remedy="write silver_<domain>.<dataset> or gold_<domain>.<table>",
        )
    return PublishedTable(layer=Layer(layer), domain=domain, name=name.table)
