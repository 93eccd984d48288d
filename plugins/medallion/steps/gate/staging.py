"""The gate on a staging table: GX in PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from medallion.checks.aliases import AGE, FOREIGN_KEY, ROWS
from medallion.checks.catalogue import expectations
from medallion.checks.outcome import PlannedCheck
from medallion.checks.pattern_reader import POSTGRES
from medallion.checks.regexes import rewrite_patterns
from medallion.checks.row_conditions import foreign_key_query
from medallion.checks.row_query import query_for_gx, query_problems, query_tables
from medallion.durations import duration
from medallion.errors import CheckCrashed, MedallionError, WarehouseUnavailable
from medallion.names import PROVENANCE_COLUMNS, TableName
from medallion.publish.relations import Column, spell_columns
from medallion.schedules.clock import UTC_NAME
from medallion.sources.base.redaction import redact
from medallion.steps.domain.check_query import hold_query
from medallion.steps.gate.ahead import ASKING, Ahead, ask_ahead
from medallion.steps.gate.expectations import EXAMPLES, Evaluation, is_lost, new_context, validate
from medallion.steps.preload import preload
from medallion.warehouse.session.connection import NETWORK_LIMITS, for_reading, settings_of

if TYPE_CHECKING:
    from sqlalchemy import URL

READ_ONLY = "-cdefault_transaction_read_only=on"
"""A check only reads; beyond that, its role has no right to write anything."""


class NotOpened(WarehouseUnavailable):
    """Great Expectations could not connect: of the reason it gives no more than a text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StagedTable:
    """The table that a gate looks at.

    Attributes:
        search_path: the schemas in which a check's other names are looked up.
        timezone: the zone whose days are meant.
        is_large: whether reading it takes longer than logging in to ask ahead.
    """

    name: TableName
    columns: tuple[Column, ...]
    search_path: tuple[str, ...] = ()
    timezone: str = UTC_NAME
    is_large: bool = False


def evaluate(url: str, table: StagedTable, checks: Sequence[PlannedCheck]) -> list[Evaluation]:
    """Evaluate checks on a table; failing ones a second time, for examples.

    The first pass asks for no examples, because GX would scan the table once more for each check.
    `url` is that of the domain's role.

    Raises:
        CheckCrashed: a check could not be evaluated.
        NotOpened: the server does not answer, or does not let the role in.
        WarehouseUnavailable: the connection was lost meanwhile.
    """
    if not checks:
        return []
    types = {column.name: column.type for column in table.columns}
    kwargs = {check.check_id: run_kwargs(check, types) for check in checks}
    with _ahead(url, table, checks, kwargs) as ahead, _source(url, table) as source:
        if ahead is not None:
            ahead.answer_from(source.get_execution_engine())
        found: list[Evaluation] = []
        for asset, asked in _assets(source, table, checks):
            batch = asset.add_batch_definition_whole_table("whole").get_batch()
            try:
                evaluated = validate(batch, asked, kwargs)
            except CheckCrashed:
                for check in asked:
                    hold_query(url, table.name, check)
                raise
            failing = [e.check for e in evaluated if not e.success]
            examples = _examples(batch, failing, kwargs)
            found += [replace(e, examples=examples.get(e.check.check_id, ())) for e in evaluated]
    order = {check.check_id: at for at, check in enumerate(checks)}
    return sorted(found, key=lambda evaluation: order[evaluation.check.check_id])


def _ahead(
    url: str,
    table: StagedTable,
    checks: Sequence[PlannedCheck],
    kwargs: Mapping[str, Mapping[str, Any]],
) -> AbstractContextManager[Ahead | None]:
    """What is asked of a large table while GX is imported and set up."""
    if not table.is_large:
        return nullcontext()
    preload(ASKING)
    names = (table.name.schema, table.name.table)
    columns = [column.name for column in table.columns]
    return ask_ahead(_address(url, table), names, columns, checks, kwargs)


def run_kwargs(check: PlannedCheck, types: Mapping[str, str]) -> dict[str, Any]:
    """A check's arguments as GX takes them now: ages become moments, foreign keys become queries.

    Args:
        check: as planned.
        types: the PostgreSQL type of each column.
    """
    kwargs = rewrite_patterns(check.kwargs, POSTGRES)
    if FOREIGN_KEY in kwargs:
        return {"unexpected_rows_query": foreign_key_query(kwargs[FOREIGN_KEY])}
    if check.expectation == ROWS:
        query = kwargs["unexpected_rows_query"]
        _check_query(check, query)
        kwargs["unexpected_rows_query"] = query_for_gx(query)
    for key, value in kwargs.items():
        if isinstance(value, Mapping) and AGE in value:
            kwargs[key] = _moment_before(check, value[AGE], types.get(kwargs["column"], ""))
    return kwargs


def tables_read(checks: Sequence[PlannedCheck]) -> tuple[TableName, ...]:
    """The published tables that checks read besides the staged one, sorted."""
    found: set[TableName] = set()
    for check in checks:
        if FOREIGN_KEY in check.kwargs:
            found.add(TableName(*str(check.kwargs[FOREIGN_KEY]["to"]).split(".")[:2]))
        elif check.expectation == ROWS:
            found.update(query_tables(check.kwargs["unexpected_rows_query"]))
    return tuple(sorted(found))


def _check_query(check: PlannedCheck, query: str) -> None:
    """A spec's own query may only read the batch and published tables."""
    problems = query_problems(query)
    if problems:
        raise CheckCrashed(
            f"the check {check.check_id}: line {problems[0].line}: {problems[0].problem}",
            remedy=problems[0].remedy,
        )


def _moment_before(check: PlannedCheck, age: str, column_type: str) -> datetime:
    """The moment of the gate less an age, as GX compares it with a column's highest value.

    A column without a zone is in UTC, and a date lasts until its end.
    """
    moment = datetime.now(UTC) - duration(age)
    if column_type.endswith("with time zone"):
        return moment
    if column_type.startswith("timestamp"):
        return moment.replace(tzinfo=None)
    if column_type == "date":
        return datetime(moment.year, moment.month, moment.day)  # noqa: DTZ001  # as GX reads dates
    raise CheckCrashed(
        f"the check {check.check_id} ({check.name}): the column {check.kwargs['column']} is "
        f"{column_type or 'missing'}, and holds no dates or times",
        remedy="ask it of a column of type date, timestamp or timestamptz",
    )


def _examples(
    batch: Any, failing: Sequence[PlannedCheck], kwargs: Mapping[str, Mapping[str, Any]]
) -> dict[str, tuple[object, ...]]:
    """By check id, some of the values or rows that fail."""
    queries = [check for check in failing if check.expectation == ROWS]
    of_rows = [check for check in failing if expectations()[check.expectation].looks_at_rows]
    again = validate(batch, queries, kwargs, complete=True) if queries else []
    again += validate(batch, of_rows, kwargs, examples=EXAMPLES * 5) if of_rows else []
    return {evaluation.check.check_id: evaluation.examples for evaluation in again}


def _of_shape(check: PlannedCheck) -> bool:
    return expectations()[check.expectation].asks_of_table_shape


def _assets(
    source: Any, table: StagedTable, checks: Sequence[PlannedCheck]
) -> Iterator[tuple[Any, list[PlannedCheck]]]:
    """What each check is asked of: the table; for its shape, without Medallion's own columns."""
    of_rows = [check for check in checks if not _of_shape(check)]
    of_shape = [check for check in checks if _of_shape(check)]
    if of_rows:
        yield source.add_table_asset("staged", table_name=table.name.table), of_rows
    if of_shape:
        names = [c.name for c in table.columns if c.name not in PROVENANCE_COLUMNS]
        query = spell_columns(table.name, names).as_string()
        yield source.add_query_asset("shape", query=query), of_shape


@contextmanager
def _source(url: str, table: StagedTable) -> Iterator[Any]:
    """The warehouse, on connections of GX's own, which it does not close by itself.

    psycopg2, because psycopg 3 binds values strictly: a date is not among texts for it.

    GX would log in twice: its data source to look whether that is possible, and its execution
    engine to ask. Each login takes some hundredths of a second, so both have one pool here.
    """
    engine: Any = None
    try:
        try:
            source = new_context().data_sources.add_postgres(
                "warehouse", connection_string=_write_for_gx(_address(url, table))
            )
            engine, asking = source.get_engine(), source.get_execution_engine()
        except MedallionError:
            raise
        except Exception as error:
            raise _cannot_open(table, error, settings_of(url), NotOpened) from None
        asking.engine = engine
        yield source
    except MedallionError:
        raise
    except Exception as error:
        raise _cannot_open(table, error, settings_of(url)) from None
    finally:
        if engine is not None:
            engine.dispose()


def _cannot_open(
    table: StagedTable,
    error: Exception,
    settings: Mapping[str, str],
    lost: type[WarehouseUnavailable] = WarehouseUnavailable,
) -> MedallionError:
    said = redact(" ".join(str(error).split())[:300], [settings.get("password", "")])
    problem = f"Great Expectations cannot open {table.name}: {said}"
    if is_lost(said):
        return lost(problem, remedy="is the server up?")
    return CheckCrashed(problem, remedy="nothing was published; report a bug")


def _search_path(table: StagedTable) -> Iterable[str]:
    return (table.name.schema, *table.search_path, "pg_temp")


def _address(url: str, table: StagedTable) -> URL:
    """libpq's settings as SQLAlchemy takes them, for a session in which the table is found by its
    name.

    A socket's folder or several hosts go into the query part; GX insists on a host where the URL
    has one.
    """
    from sqlalchemy import URL

    settings = {**NETWORK_LIMITS, **for_reading(settings_of(url))}
    known = {"host", "port", "user", "password", "dbname", "options"}
    query = {key: value for key, value in settings.items() if key not in known}
    host, port = settings.get("host"), settings.get("port")
    if host is None or "/" in host or "," in host:
        query |= {key: value for key, value in (("host", host), ("port", port)) if value}
        host, port = "localhost", None
    options = (
        f"-csearch_path={','.join(_search_path(table))} -cTimeZone={table.timezone} {READ_ONLY}"
    )
    return URL.create(
        "postgresql+psycopg2",
        username=settings.get("user"),
        password=settings.get("password"),
        host=host,
        port=int(port) if port else None,
        database=settings.get("dbname"),
        query={**query, "options": f"{settings.get('options', '')} {options}".strip()},
    )


def _write_for_gx(url: URL) -> str:
    """GX puts values in for $NAME: a dollar of a password is not one."""
    return url.render_as_string(hide_password=False).replace("$", "\\$")
