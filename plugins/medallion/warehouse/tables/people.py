"""Rows of people: found in every table that a dataset has, counted, shown and deleted."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import psycopg
from psycopg import sql

from medallion.names import Area, PublishedTable, TableName
from medallion.publish.relations import identifier
from medallion.warehouse.registry.erasures import write_like
from medallion.warehouse.session.relations import columns_of
from medallion.warehouse.session.statements import statements
from medallion.warehouse.session.transaction import autocommit_session

SQL = "tables/people.sql"
_CLEARS_STATISTICS = 180000
"""The first server that can be asked to."""
_OF_VERSION = re.compile(r"__v([0-9]+)(?:__rows)?$")

Record = tuple[int, int, int]
"""(load, part, record): where a row comes from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Whose rows are meant: of one table, those of which any of this is true.

    Attributes:
        values: by column, texts of its values.
        records: where they were landed.
    """

    values: Mapping[str, Sequence[str]] = field(default_factory=dict, repr=False)
    records: Sequence[Record] = ()

    def condition(self, columns: Iterable[str]) -> tuple[sql.Composable, dict[str, object]]:
        """The condition on a table that has these columns, and its values."""
        columns = tuple(columns)
        known = [name for name in columns if self.values.get(name)]
        named = statements(SQL)
        either: list[sql.Composable] = [self._of_records(columns)]
        asked: dict[str, object] = {
            "loads": [one[0] for one in self.records],
            "parts": [one[1] for one in self.records],
            "records": [one[2] for one in self.records],
        }
        for number, name in enumerate(known):
            key = f"values_{number}"
            either.append(
                named["has_value"].format(column=sql.Identifier(name), values=sql.Placeholder(key))
            )
            asked[key] = list(self.values[name])
        return sql.SQL(" OR ").join(either), asked

    def _of_records(self, columns: Sequence[str]) -> sql.Composable:
        """By where rows come from, where nothing in them says whose they are. A run that has landed
        again has given its numbers to other records: older rows have numbers of the former ones.
        """
        named = statements(SQL)
        conditions: list[sql.Composable] = [named["of_records"]]
        conditions += [
            named["says_nothing"].format(column=sql.Identifier(name))
            for name in columns
            if name in self.values
        ]
        if "quarantined_at" in columns:
            conditions.append(named["of_this_landing"])
        return sql.SQL("({})").format(sql.SQL(" AND ").join(conditions))


def list_row_tables(connection: psycopg.Connection, table: PublishedTable) -> list[TableName]:
    """Every version and staging table of a dataset or gold table."""
    return _list(connection, "row_tables", table)


def find_version(name: TableName) -> int | None:
    """The number of the version that one of these tables holds; None: a run stages there.

    >>> find_version(TableName("store_silver_shop", "visits__v12__rows"))
    12
    >>> find_version(TableName("staging_silver_shop", "visits__0123456789"))
    """
    found = _OF_VERSION.search(name.table)
    return int(found[1]) if found else None


def list_rejected_tables(connection: psycopg.Connection, table: PublishedTable) -> list[TableName]:
    """The quarantine of a dataset, and the rejects of runs that have not published."""
    return _list(connection, "rejected_tables", table)


def list_values(
    connection: psycopg.Connection, name: TableName, column: str, are: Callable[[str], bool]
) -> set[str]:
    """The values of a column that are some people's, as texts; none where it has no such column."""
    if column not in _names(connection, name):
        return set()
    query = statements(SQL)["values"].format(column=sql.Identifier(column), table=identifier(name))
    with connection.cursor(name="values_of_people") as cursor:
        return {value for (value,) in cursor.execute(query) if are(value)}


def list_values_of(
    connection: psycopg.Connection, name: TableName, column: str, wanted: Wanted
) -> set[str]:
    """What a column says in people's rows."""
    columns = _names(connection, name)
    if column not in columns:
        return set()
    which, asked = wanted.condition(columns)
    query = statements(SQL)["values_of"].format(
        column=sql.Identifier(column), table=identifier(name), which=which
    )
    return {value for (value,) in connection.execute(query, asked)}


def count_rows(connection: psycopg.Connection, name: TableName, wanted: Wanted) -> int:
    """How many rows of a table are theirs."""
    which, asked = wanted.condition(_names(connection, name))
    query = statements(SQL)["count"].format(table=identifier(name), which=which)
    row = connection.execute(query, asked).fetchone()
    return int(row[0]) if row else 0


def delete_rows(connection: psycopg.Connection, name: TableName, wanted: Wanted) -> int:
    """Delete their rows of a table; how many."""
    which, asked = wanted.condition(_names(connection, name))
    query = statements(SQL)["delete"].format(table=identifier(name), which=which)
    return connection.execute(query, asked).rowcount


def read_rows(
    connection: psycopg.Connection, name: TableName, wanted: Wanted
) -> Iterator[Mapping[str, object]]:
    """Their rows of a table, as JSON has them; numbers with a fraction are texts: all digits."""
    which, asked = wanted.condition(_names(connection, name))
    query = statements(SQL)["rows"].format(table=identifier(name), which=which)
    found = connection.execute(query, asked)
    yield from (json.loads(row, parse_float=str) for (row,) in found)


def find_mentions(
    connection: psycopg.Connection,
    name: TableName,
    words: re.Pattern[str] | None,
    values: Iterable[str],
) -> list[str]:
    """Where rejected records are that name one of the people, whatever record they were."""
    likes = [write_like(value) for value in values if value]
    if words is None or not likes:
        return []
    query = statements(SQL)["texts"].format(table=identifier(name))
    found = connection.execute(query, {"likes": likes}).fetchall()
    return [place for place, text in found if _has_word(json.loads(text, parse_float=str), words)]


def delete_mentions(connection: psycopg.Connection, name: TableName, places: Sequence[str]) -> int:
    """Delete these rows, which were found in the same transaction; how many."""
    named = statements(SQL)
    query = named["delete"].format(table=identifier(name), which=named["by_place"])
    return connection.execute(query, {"places": list(places)}).rowcount


def delete_all(connection: psycopg.Connection, name: TableName) -> int:
    """Delete every row of a table; how many."""
    query = statements(SQL)["delete"].format(table=identifier(name), which=sql.SQL("true"))
    return connection.execute(query).rowcount


def clear_room(url: str, names: Sequence[TableName]) -> None:
    """Have the server forget deleted rows, and the values that its statistics keep of them."""
    with autocommit_session(url, "tidying after an erasure") as connection:
        for name in names:
            connection.execute(sql.SQL("VACUUM (ANALYZE) {}").format(identifier(name)))
            if connection.info.server_version >= _CLEARS_STATISTICS:
                _clear_statistics(connection, name)


def _clear_statistics(connection: psycopg.Connection, name: TableName) -> None:
    """Of a table without rows, and of partitions without: ANALYZE leaves theirs as they were."""
    named = statements(SQL)
    asked = {"table": identifier(name).as_string(connection)}
    are_empty: dict[TableName, bool] = {}
    query = named["columns_of_statistics"]
    for schema, table, column, inherited in connection.execute(query, asked).fetchall():
        one = TableName(schema, table)
        if one not in are_empty:
            row = connection.execute(named["is_empty"].format(table=identifier(one))).fetchone()
            are_empty[one] = bool(row and row[0])
        if are_empty[one]:
            words = {"schema": schema, "table": table, "column": column, "inherited": inherited}
            connection.execute(named["clear_statistics"], words)


def _list(connection: psycopg.Connection, query: str, table: PublishedTable) -> list[TableName]:
    asked = {
        "store": table.schema(Area.STORE),
        "staging": table.schema(Area.STAGING),
        "quarantine": table.schema(Area.QUARANTINE),
        "name": table.name,
    }
    rows = connection.execute(statements(SQL)[query], asked).fetchall()
    return [TableName(schema, name) for schema, name in rows]


def _names(connection: psycopg.Connection, name: TableName) -> tuple[str, ...]:
    return tuple(one.name for one in columns_of(connection, name))


def _has_word(value: object, words: re.Pattern[str]) -> bool:
    """Whether a value of JSON names somebody. Not its text: there `\\n` before an address is a
    letter of it, and a quotation mark has a backslash."""
    if isinstance(value, dict):
        return any(_has_word(one, words) for pair in value.items() for one in pair)
    if isinstance(value, list):
        return any(_has_word(one, words) for one in value)
    return words.search(str(value)) is not None
