"""Whose values no page shows."""

from __future__ import annotations

from medallion.catalogue.declared import Declared
from medallion.names import PublishedTable


def hidden_fields(declared: Declared, table: PublishedTable) -> frozenset[str]:
    """The columns with personal data of a table and of whatever it is made of, with the fields that
    they are read from.

    A gold table declares no classification of its own: a column that has the name of a personal
    one, somewhere before it, counts as that one.
    """
    found: set[str] = set()
    seen: set[PublishedTable] = set()
    todo = [table]
    while todo:
        one = declared.tables.get(todo.pop())
        if one is None or one.table in seen:
            continue
        seen.add(one.table)
        found |= one.hidden_fields
        todo += [other for name in one.upstream if (other := _published(declared, str(name)))]
    return frozenset(found)


def _published(declared: Declared, name: str) -> PublishedTable | None:
    return declared.by_name.get(name)
