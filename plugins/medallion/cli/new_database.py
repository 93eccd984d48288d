"""`new` from a table or a query of a database: its first rows, and what its catalogue says."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from medallion.airflow.connections import open_database
from medallion.cli.arguments import warehouse_url
from medallion.cli.new_connections import enter_airflow, hold_allowed
from medallion.cli.new_landing import land_sample, request_of
from medallion.cli.new_loaded import Loaded, leave_out_own, recognize_loader
from medallion.cli.new_looked import Looked
from medallion.sources.base.source import ExtractRequest
from medallion.sources.database.base import FromDatabase
from medallion.sources.database.catalogue import CatalogueTable
from medallion.sources.database.kinds import kind_of
from medallion.sources.database.opening import read_column_names
from medallion.sources.database.postgres import identity_of
from medallion.sources.database.query import statement_of_table
from medallion.sources.database.source import DatabaseSource
from medallion.warehouse.session.transaction import session
from medallion.workbench.inference.column_names import names_of
from medallion.workbench.inference.sample import DataSample, Declared, apply_declared

MOST_ROWS = 100_000
"""What is inferred from: the database decides which rows these are."""


@contextmanager
def look_at_database(arguments: argparse.Namespace, domain: str, root: Path) -> Iterator[Looked]:
    """The first rows, with the catalogue's types, key and comments where it is known.

    Raises:
        SetupError: the domain may not use the connection, or it is wrong.
        SourceRefused, SourceUnavailable, DataRejected: the database refuses, or does not answer.
    """
    said: dict[str, Any] = {"type": "database", "conn_id": arguments.connection}
    said |= {key: value for key in ("table", "query") if (value := getattr(arguments, key))}
    source: FromDatabase = DatabaseSource.model_validate(said)
    hold_allowed(domain, arguments.connection, root)
    enter_airflow(root)
    request = request_for_database(request_of(domain, root))
    loaded = find_loader(arguments.connection, arguments.table, request)
    if loaded is not None:
        said |= loaded.said
        source = loaded.model.model_validate(said)
    with sample_of_table(source, request, domain) as (sample, table):
        wanted = leave_out_own(sample, loaded) if loaded else sample
        yield Looked(
            sample=wanted,
            source=said,
            guesses={"type": loaded.guess} if loaded else {},
            origin=f"{arguments.table or 'a query'} of {arguments.connection}",
            key=key_of(wanted, table),
            about=table.comment if table else "",
            remarks=tuple(_remarks(table)),
            estimate=table.estimate if table else None,
            takes_cursor=loaded is None,
            has_own_cursor=loaded is not None,
        )


def find_loader(conn_id: str, table: str | None, request: ExtractRequest) -> Loaded | None:
    """Who has loaded a table, by its columns; None of a query, which says itself what it reads.

    Raises:
        SourceRefused, SourceUnavailable, SetupError: the database refuses, or does not answer.
    """
    if not table:
        return None
    details = request.connection(conn_id)
    statement = statement_of_table(table, kind_of(details.conn_type).dialect)
    return recognize_loader(table, read_column_names(details, statement, request))


def request_for_database(request: ExtractRequest) -> ExtractRequest:
    """A request that may open Airflow's connections, and stops after the first rows. As of a run,
    no source reads the warehouse itself."""
    with session(warehouse_url(), "asking which database the warehouse is") as opened:
        warehouse = identity_of(opened)
    return replace(request, database=open_database, warehouse=warehouse, first=MOST_ROWS)


@contextmanager
def sample_of_table(
    source: FromDatabase, request: ExtractRequest, domain: str
) -> Iterator[tuple[DataSample, CatalogueTable | None]]:
    """The first rows, with what the database's catalogue says of them, and its table.

    Raises:
        SourceRefused, SourceUnavailable, DataRejected: the database refuses, or does not answer.
    """
    with land_sample(source, request, domain) as sample:
        table = source.catalogue(request)
        yield _add_declared(sample, table), table


def _add_declared(sample: DataSample, table: CatalogueTable | None) -> DataSample:
    if table is None:
        return sample
    found = {
        one.name: Declared(type=one.declared, nullable=one.nullable, comment=one.comment)
        for one in table.columns
    }
    return apply_declared(sample, found)


def key_of(sample: DataSample, table: CatalogueTable | None) -> tuple[str, ...]:
    """The columns of the primary key that the database itself says; empty: none, or not known."""
    if table is None:
        return ()
    fields = [field.name for field in sample.fields]
    names = dict(zip(fields, names_of(fields, are_paths=False), strict=True))
    return tuple(names[name] for name in table.primary_key if name in names)


def _remarks(table: CatalogueTable | None) -> Iterator[str]:
    if table is None:
        yield "the types are those of the rows: no catalogue was asked"
        return
    if table.primary_key:
        yield "the primary key is the database's own"
    if table.estimate is not None:
        yield f"the database estimates {table.estimate:,} rows"
