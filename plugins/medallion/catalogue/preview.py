"""The first rows of a table, without the columns of personal data."""

from __future__ import annotations

from medallion.catalogue.declared import Declared
from medallion.catalogue.personal import hidden_fields
from medallion.names import PublishedTable
from medallion.warehouse.catalogue.preview import Preview, preview


def read_preview(
    loader_url: str, declared: Declared, table: PublishedTable, given: str | None
) -> Preview:
    """Some rows, read as the domain's role.

    Args:
        given: the URL of a role that an administrator has made for the domain.
    """
    if table not in declared.tables:
        return Preview(why_not="no spec that runs declares it: nobody says what is personal in it")
    return preview(loader_url, table, lambda names: hidden_fields(declared, table, names), given)
