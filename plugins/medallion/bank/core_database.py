"""The bank's core system: a table with a snapshot of its customers for the end of each day."""

from __future__ import annotations

from dataclasses import astuple, fields

import psycopg
from psycopg import sql

from medallion.bank.customers import Customer, snapshots
from medallion.bank.size import Size

_CREATE = """
CREATE SCHEMA IF NOT EXISTS core;
DROP TABLE IF EXISTS core.customer_snapshots;
CREATE TABLE core.customer_snapshots (
    snapshot_date date NOT NULL,
    customer_id text NOT NULL,
    first_name text NOT NULL,
    last_name text NOT NULL,
    email text NOT NULL,
    iban text NOT NULL,
    segment text NOT NULL,
    city text NOT NULL,
    country text NOT NULL,
    opened_on date NOT NULL,
    PRIMARY KEY (snapshot_date, customer_id)
);
"""


def load(url: str, size: Size) -> int:
    """Fill what the finance domain reads with the customers of a sample; how many rows it has."""
    columns = ["snapshot_date", *(field.name for field in fields(Customer))]
    copy = sql.SQL("COPY core.customer_snapshots ({}) FROM STDIN").format(
        sql.SQL(", ").join(map(sql.Identifier, columns))
    )
    rows = 0
    with psycopg.connect(url) as connection:
        connection.execute(_CREATE)
        with connection.cursor().copy(copy) as target:
            for day, customers in enumerate(snapshots(size)):
                for customer in customers:
                    target.write_row((size.date_of(day), *astuple(customer)))
                    rows += 1
    return rows
