"""The gate on a staging table: GX in PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from psycopg.conninfo import conninfo_to_dict

from medallion.checks.aliases import AGE, FOREIGN_KEY, ROWS
from medallion.checks.catalogue import expectations
from medallion.checks.outcome import PlannedCheck
from medallion.checks.row_conditions import foreign_key_query
from medallion.errors import CheckCrashed, WarehouseUnavailable
from medallion.names import TableName
from medallion.plan.lineage import read_query
from medallion.sources.redaction import redact
from medallion.spec.models import duration
from medallion.steps.expectations import EXAMPLES, Evaluation, Suite, new_context


def evaluate(url: str, table: TableName, checks: Sequence[PlannedCheck]) -> list[Evaluation]:
    """Evaluate checks on a table; failing ones a second time, for examples.

    The first pass asks for no examples, because GX would scan the table once more for each check.

    Raises:
        CheckCrashed: a check could not be evaluated.
        WarehouseUnavailable: the server does not answer.
    """
    if not checks:
        return []
    kwargs = {check.check_id: run_kwargs(check) for check in checks}
    context = new_context()
    with _batch(context, url, table) as batch:
        found = Suite(context, batch, checks, kwargs).run()
        failing = [e.check for e in found if not e.success and _has_rows(e.check)]
        if not failing:
            return found
        again = Suite(context, batch, failing, kwargs).run(examples=EXAMPLES * 5)
    examples = {e.check.check_id: e.examples for e in again}
    return [replace(e, examples=examples.get(e.check.check_id, ())) for e in found]


def run_kwargs(check: PlannedCheck) -> dict[str, Any]:
    """The arguments as GX takes them now: ages become moments, references become queries."""
    kwargs = dict(check.kwargs)
    if FOREIGN_KEY in kwargs:
        return {"unexpected_rows_query": foreign_key_query(kwargs[FOREIGN_KEY])}
    if check.expectation == ROWS:
        _check_query(check, kwargs["unexpected_rows_query"])
    for key, value in kwargs.items():
        if isinstance(value, Mapping) and AGE in value:
            kwargs[key] = datetime.now(UTC) - duration(value[AGE])
    if isinstance(kwargs.get("row_condition"), str):
        kwargs["condition_parser"] = "great_expectations"
    return kwargs


def _check_query(check: PlannedCheck, query: str) -> None:
    """A spec's own query may only read the batch and published tables."""
    problems = read_query(query.replace("{batch}", "silver_batch.batch")).problems
    if problems:
        raise CheckCrashed(
            f"the check {check.check_id}: line {problems[0].line}: {problems[0].problem}",
            remedy=problems[0].remedy,
        )


def _has_rows(check: PlannedCheck) -> bool:
    return check.expectation == ROWS or expectations()[check.expectation].looks_at_rows


@contextmanager
def _batch(context: Any, url: str, table: TableName) -> Iterator[Any]:
    """The whole table, on connections of GX's own, which it does not close by itself.

    psycopg2, because psycopg 3 binds values strictly: a date is not among texts for it.
    """
    settings = {key: str(value) for key, value in conninfo_to_dict(url).items() if value}
    try:
        source = context.data_sources.add_postgres(
            "warehouse", connection_string=_sqlalchemy_url(settings, table.schema)
        )
        asset = source.add_table_asset("staged", table_name=table.table)
    except Exception as error:
        secrets = [settings.get("password", "")]
        said = redact(" ".join(str(error).split())[:300], secrets)
        raise WarehouseUnavailable(
            f"Great Expectations cannot open {table}: {said}",
            remedy="the task is tried again; is the server up?",
        ) from None
    try:
        yield asset.add_batch_definition_whole_table("whole")
    finally:
        source.get_engine().dispose()
        source.get_execution_engine().engine.dispose()


def _sqlalchemy_url(settings: Mapping[str, str], schema: str) -> str:
    from sqlalchemy import URL

    known = {"host", "port", "user", "password", "dbname", "options"}
    query = {key: value for key, value in settings.items() if key not in known}
    url = URL.create(
        "postgresql+psycopg2",
        username=settings.get("user"),
        password=settings.get("password"),
        host=settings.get("host"),
        port=int(settings["port"]) if "port" in settings else None,
        database=settings.get("dbname"),
        query={**query, "options": f"-csearch_path={schema} -cTimeZone=UTC"},
    )
    # GX puts values in for $NAME: a dollar of a password is not one.
    return url.render_as_string(hide_password=False).replace("$", "\\$")
