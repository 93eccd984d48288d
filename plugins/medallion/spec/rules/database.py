"""Rules on database sources: table names and queries. No server is asked."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from medallion.sources.database.base import FromDatabase
from medallion.sources.database.source import DatabaseSource
from medallion.spec.cache.disk import cache_folder
from medallion.spec.cache.lineage import CachedReading
from medallion.spec.findings.finding import Finding
from medallion.spec.findings.progress import reading
from medallion.spec.models.queries import QueryReading
from medallion.spec.rules.context import RuleContext
from medallion.sql.version import reader_version

_READER, _WORDS = "medallion.sources.database.query", "medallion.sources.database.select"


def database_tables(context: RuleContext) -> Iterator[tuple[str, str]]:
    """Each dataset that names a table of a database, and the table."""
    for name, dataset in context.spec.datasets.items():
        source = dataset.source
        if isinstance(source, FromDatabase) and source.table is not None:
            yield name, source.table


def _sources(context: RuleContext) -> Iterator[tuple[str, DatabaseSource]]:
    for name, dataset in context.spec.datasets.items():
        if isinstance(dataset.source, DatabaseSource):
            yield name, dataset.source


def database_table(context: RuleContext) -> Iterator[Finding]:
    """A database source's table is a name, with its schema where it needs one."""
    for name, table in database_tables(context):
        from medallion.sources.database.query import names_of

        try:
            names_of(table)
        except ValueError as error:
            yield Finding(
                where=("datasets", name, "source", "table"),
                problem=str(error),
                remedy="schema.table, exactly as the database has it; a name with a dot in double "
                "quotes. For SQL there is `query`",
            )


def database_query(context: RuleContext) -> Iterator[Finding]:
    """A database source's query is one SELECT, and nothing in it writes."""
    version = reader_version(_READER, _WORDS)
    read = CachedReading(cache_folder(context.root, "source-queries"), _read, version)
    for name, source in _sources(context):
        reading("datasets", name, "source", "query")
        for found in read(source.query).problems if source.query is not None else ():
            yield Finding(
                where=("datasets", name, "source", "query"),
                problem=found.problem,
                remedy=found.remedy,
            )


def _read(text: str) -> QueryReading:
    from medallion.sources.database.query import describe, problem_of_query

    found = problem_of_query(text)
    if found is None:
        return QueryReading()
    return QueryReading(problems=(replace(found, problem=describe(found)),))
