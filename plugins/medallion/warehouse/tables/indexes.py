"""The indexes that a spec asks for: made where they are missing, dropped where it has them no
longer; and rows in the order of some columns."""

from __future__ import annotations

import logging
import re
from collections.abc import Sequence
from dataclasses import dataclass

import psycopg
from psycopg import errors, sql

from medallion.errors import DataRejected, WarehouseRefused, WarehouseUnavailable
from medallion.names import PublishedTable, TableName
from medallion.publish.indexes import MARK, Index, create_index
from medallion.publish.partitions import rows_of
from medallion.publish.relations import identifier, names
from medallion.sql.index_conditions import read_index_condition
from medallion.warehouse.registry import records as registry
from medallion.warehouse.session.locking import one_at_a_time
from medallion.warehouse.session.statements import statements
from medallion.warehouse.session.transaction import session

SQL = "tables/indexes.sql"
_KEY = re.compile(r"Key \((.*?)\)=")
_IMPOSSIBLE = (
    errors.UndefinedObject,  # the type has no order, or the method none of it
    errors.UndefinedColumn,
    errors.UndefinedFunction,  # no operator compares these types
    errors.ProgramLimitExceeded,  # a value is too long
    errors.FeatureNotSupported,
    errors.InvalidObjectDefinition,
    errors.DatatypeMismatch,
    psycopg.DataError,  # a constant of the condition is not of its type
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """An index of a relation.

    Attributes:
        mark: what of the spec it was made for; empty: it is not one of these.
        plain: its columns, if it is a B-tree of all rows.
    """

    name: str
    mark: str
    plain: tuple[str, ...]
    is_unique: bool

    def serves(self, wanted: Index) -> bool:
        """Whether there need be no other one."""
        if self.mark == f"{MARK}{wanted}":
            return True
        is_alike = wanted.is_plain and self.plain == wanted.columns
        return is_alike and (self.is_unique or not wanted.unique)


def add_missing_indexes(
    connection: psycopg.Connection,
    table: PublishedTable,
    relation: TableName,
    wanted: Sequence[Index],
) -> None:
    """Make each index that the relation does not have.

    Args:
        connection: in the transaction of the caller.
        table: for the error.
        relation: its staging table, or a version of it.
        wanted: what the spec asks for.

    Raises:
        DataRejected: two rows have the same values, and the index is unique.
        WarehouseRefused: PostgreSQL can make no such index.
    """
    if not wanted:
        return
    there = _read_indexes(connection, relation)
    for index in wanted:
        if not any(one.serves(index) for one in there):
            _make(connection, table, relation, index)


def _make(
    connection: psycopg.Connection, table: PublishedTable, relation: TableName, index: Index
) -> None:
    if index.where:
        # The plan is made by a process that reads hostile specs: so it is read here, too.
        for found in read_index_condition(index.where, table.public).problems:
            raise WarehouseRefused(f"{table.public}: {found.problem}", remedy=found.remedy)
    try:
        for statement in create_index(relation, index):
            connection.execute(statement)
    except errors.UniqueViolation:
        raise not_unique(table, index) from None
    except _IMPOSSIBLE as no:
        raise WarehouseRefused(
            f"{table.public} gets no index {index}: {no.diag.message_primary}",
            remedy="take it out of `indexes` in the spec, or choose columns, a method and a "
            "condition that go together. The published table is untouched",
        ) from None


def not_unique(table: PublishedTable, index: Index) -> DataRejected:
    """The error of rows that a unique index does not allow. It shows no values: they may be
    personal."""
    return DataRejected(
        f"{table.public}: two rows have the same {', '.join(index.columns)}, and `indexes` says "
        "that it is unique",
        remedy=f"have a check find them, `unique: {{columns: [{', '.join(index.columns)}]}}` with "
        "`on_failure: quarantine`, or take `unique` out of the index. The published table is "
        "untouched",
    )


def find_broken_index(wanted: Sequence[Index], violation: errors.UniqueViolation) -> Index | None:
    """The unique index of a spec that rows did not fit in; None: it was another one, such as that
    of the key. The server names the columns, and the index by a name that a version has changed."""
    said = _KEY.match(violation.diag.message_detail or "")
    columns = said.group(1).replace('"', "") if said else ""
    return next((one for one in wanted if one.unique and ", ".join(one.columns) == columns), None)


def drop_unwanted_indexes(
    url: str,
    table: PublishedTable,
    wanted: Sequence[Index],
    log: logging.Logger,
    *,
    only_unique: bool = False,
) -> tuple[str, ...]:
    """Drop the indexes of the current version that a spec has asked for, and that it asks for no
    longer; their names.

    Each is dropped in a moment, or left for the next publication: nobody waits for a reader, and no
    reader waits.

    Args:
        only_unique: those that would refuse rows, before the rows come.
    """
    with session(url, f"reading the indexes of {table.public}") as connection:
        current = registry.current(connection, table)
        if current is None:
            return ()
        version = table.version(current.version)
        stored = (version, rows_of(version))  # of a partitioned version the second one is there
        marks = {f"{MARK}{one}" for one in wanted}
        there = [(one, found) for one in stored for found in _read_indexes(connection, one)]
    gone = [
        (relation, one.name)
        for relation, one in there
        if one.mark and one.mark not in marks and (one.is_unique or not only_unique)
    ]
    return tuple(name for relation, name in gone if _drop(url, table, relation, name, log))


def _drop(
    url: str, table: PublishedTable, relation: TableName, name: str, log: logging.Logger
) -> bool:
    try:
        with session(url, f"dropping an index of {table.public}") as connection:
            one_at_a_time(connection, table)
            _drop_at_once(connection, relation, name)
    except (_InUse, WarehouseUnavailable):
        log.info(
            "%s is being read: its index %s, which the spec has no longer, is dropped after a "
            "later publication", table.public, name,
        )  # fmt: skip
        return False
    log.info("%s: the index %s is dropped: the spec has it no longer", table.public, name)
    return True


class _InUse(Exception):
    """A reader holds the version."""


def _drop_at_once(connection: psycopg.Connection, relation: TableName, name: str) -> None:
    """Drop an index in one message to the server, for readers wait for its lock: nothing of ours
    and no disk comes between lock and commit."""
    connection.execute("SET LOCAL synchronous_commit = off")
    dropping = sql.SQL(
        "LOCK TABLE {} IN ACCESS EXCLUSIVE MODE NOWAIT; DROP INDEX IF EXISTS {}; COMMIT"
    )
    try:
        connection.execute(
            dropping.format(identifier(relation), sql.Identifier(relation.schema, name))
        )
    except errors.LockNotAvailable as error:
        raise _InUse from error


def put_in_order(
    connection: psycopg.Connection,
    table: PublishedTable,
    staging: TableName,
    columns: Sequence[str],
) -> None:
    """Put the rows of a staging table in the order of some columns, which its publication keeps.

    PostgreSQL writes the table and its indexes once more; nobody reads it yet.

    Raises:
        WarehouseRefused: a column is not there, or has no order.
    """
    if not columns:
        return
    there = _read_indexes(connection, staging)
    found = next((one.name for one in there if one.plain == tuple(columns)), "")
    name = found or f"{staging.table[:50]}__order"
    words = {
        "name": sql.Identifier(name),
        "schemaed": sql.Identifier(staging.schema, name),
        "staging": identifier(staging),
        "columns": names(columns),
    }
    try:
        if not found:
            making = sql.SQL("CREATE INDEX {name} ON {staging} ({columns})")
            connection.execute(making.format(**words))
        connection.execute(sql.SQL("CLUSTER {staging} USING {name}").format(**words))
    except _IMPOSSIBLE as no:
        raise WarehouseRefused(
            f"{table.public} cannot be put in the order of ({', '.join(columns)}): "
            f"{no.diag.message_primary}",
            remedy="name columns in `cluster_by` that the table has, that can be ordered and are "
            "short. The published table is untouched",
        ) from None
    if not found:
        connection.execute(sql.SQL("DROP INDEX {schemaed}").format(**words))


def _read_indexes(connection: psycopg.Connection, relation: TableName) -> tuple[_Found, ...]:
    asked = {"relation": identifier(relation).as_string(connection), "mark": f"{MARK}%"}
    rows = connection.execute(statements(SQL)["indexes"], asked).fetchall()
    return tuple(
        _Found(name=name, mark=mark, plain=tuple(plain), is_unique=unique)
        for name, mark, plain, unique in rows
    )
