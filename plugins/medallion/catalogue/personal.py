"""Whose values no page shows."""

from __future__ import annotations

from medallion.catalogue.declared import Declared
from medallion.names import PublishedTable


def hidden_fields(declared: Declared, table: PublishedTable) -> frozenset[str]:
    """The columns with personal data of a table and of whatever it is made of, with the fields that
    they are read from.

    A gold table declares no classification of its own: a column counts as personal that is made of
    a personal one, under whatever name, or that has the name of one somewhere before it.
    """
    found = set(_made_of_personal(declared, table, frozenset()))
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


def hidden_if_known(declared: Declared, table: PublishedTable) -> frozenset[str] | None:
    """The same; None unless the table and all that it is made of are declared by specs that
    run."""
    todo, seen = [str(table.public)], set[str]()
    while todo:
        name = todo.pop()
        known = declared.by_name.get(name)
        if known is None:
            return None
        if name not in seen:
            seen.add(name)
            todo += map(str, declared.tables[known].upstream)
    return hidden_fields(declared, table)


def _made_of_personal(
    declared: Declared, table: PublishedTable, above: frozenset[PublishedTable]
) -> frozenset[str]:
    """The columns that personal ones go into. Where the spec's texts do not tell what a column is
    made of, it counts if anything that the table is made of is personal."""
    one = declared.tables.get(table)
    if one is None or table in above:
        return frozenset()
    below = {
        name: _made_of_personal(declared, other, above | {table})
        for name in map(str, one.upstream)
        if (other := _published(declared, name)) is not None
    }
    found = set(one.hidden_fields)
    if any(below.values()):
        for column, made in declared.origins.of(one).items():
            if made.unknown or any(
                origin.column in below.get(str(origin.table), ()) for origin in made.columns
            ):
                found.add(column)
    return frozenset(found)


def _published(declared: Declared, name: str) -> PublishedTable | None:
    return declared.by_name.get(name)
