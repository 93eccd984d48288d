"""What PostgreSQL itself says of a query: asked by preparing it, which runs nothing."""

from __future__ import annotations

import psycopg
from psycopg import errors, pq

from medallion.publish.relations import Column
from medallion.warehouse.session.relations import SQL
from medallion.warehouse.session.statements import statements


def prepare_query(connection: psycopg.Connection, query: str) -> tuple[Column, ...]:
    """The columns that a query gives. It is not executed.

    Args:
        connection: in a transaction, which is broken when the query is refused.
        query: one statement, without parameters.

    Raises:
        psycopg.Error: the server refuses it; the place is in its diagnostics.
    """
    connection.execute("SELECT")  # a transaction begins, as the connection is set
    pgconn = connection.pgconn
    _check(connection, pgconn.prepare(b"", query.encode(connection.info.encoding)))
    described = _check(connection, pgconn.describe_prepared(b""))
    fields = range(described.nfields)
    names = [(described.fname(at) or b"").decode(connection.info.encoding) for at in fields]
    types = connection.execute(
        statements(SQL)["names_of_types"],
        {
            "types": [described.ftype(at) for at in fields],
            "modifiers": [described.fmod(at) for at in fields],
        },
    )
    return tuple(Column(name=name, type=kind) for name, (kind,) in zip(names, types, strict=True))


def _check(connection: psycopg.Connection, result: pq.abc.PGresult) -> pq.abc.PGresult:
    if result.status != pq.ExecStatus.COMMAND_OK:
        raise errors.error_from_result(result, encoding=connection.info.encoding)
    return result
