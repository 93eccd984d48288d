"""Rules on gold tables that grow by increments."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from medallion.checks.declaration import OnFailure
from medallion.durations import duration, in_words
from medallion.names import Layer, TableName
from medallion.publish.incremental import IncrementalSpec, IncrementBy, Materialization
from medallion.schedules.cron import CONTINUOUS
from medallion.spec.findings.finding import Finding, did_you_mean
from medallion.spec.models.pipeline import GoldSpec
from medallion.spec.models.queries import GoldQuery
from medallion.spec.rules.checks import list_declared
from medallion.spec.rules.context import RuleContext
from medallion.spec.rules.gold_columns import certain_names
from medallion.spec.sql.lineage import placeholders_in
from medallion.spec.sql.table_columns import tree_of
from medallion.sql.problem import place_of_offset
from medallion.sql.reading_back import ReadingBack, find_reading_back
from medallion.sql.tree_nodes import texts

_WINDOW = ("data_interval_start", "data_interval_end")
_UNITS = (("d", 86_400), ("h", 3600), ("m", 60), ("s", 1))


def incremental_words(context: RuleContext) -> Iterator[Finding]:
    """`incremental` says how a table grows, which one that is built whole each time does not."""
    for name, gold in context.spec.gold.items():
        if gold.incremental is not None and not _is_incremental(gold):
            yield Finding(
                where=("gold", name, "incremental"),
                on_key=True,
                problem=f"{name} is built whole each time",
                remedy="add `materialization: incremental` beside it, or remove it",
            )


def incremental_time_column(context: RuleContext) -> Iterator[Finding]:
    """An incremental table has a time column, which its SELECT gives: that says which rows belong
    to an interval, or which row of a key is the later one."""
    for name, gold in _incremental(context):
        if gold.time_column is None:
            yield Finding(
                where=("gold", name, "materialization"),
                problem=f"{name} has no time column to grow by",
                remedy="add `time_column: day` beside it: a column of the SELECT that is a date or "
                "a time",
            )
            continue
        columns = certain_names(
            context.columns.read(TableName(f"{Layer.GOLD}_{context.dag_id.domain}", name))
        )
        if columns is not None and gold.time_column not in columns:
            yield Finding(
                where=("gold", name, "time_column"),
                problem=f"{gold.sql} gives no column {gold.time_column}, by which {name} grows",
                remedy=did_you_mean(gold.time_column, columns),
            )


def incremental_key(context: RuleContext) -> Iterator[Finding]:
    """A table that grows by key has a primary key: it says which rows are replaced."""
    for name, gold in _incremental(context):
        if _said(gold).by is IncrementBy.KEY and not gold.primary_key:
            yield Finding(
                where=("gold", name, "incremental", "by"),
                problem=f"{name} grows by its key, and has none",
                remedy="add `primary_key: [column]`, or grow it by time",
            )


def incremental_schedule(context: RuleContext) -> Iterator[Finding]:
    """An incremental table needs a cron `schedule`, which cuts time into intervals, and a start:
    then it is known which intervals it has to hold."""
    has_schedule = context.value_of("schedule") not in (None, (CONTINUOUS,))
    has_start = context.value_of("start_date") is not None
    for name, gold in _incremental(context):
        where = ("gold", name, "materialization")
        if not has_schedule:
            yield Finding(
                where=where,
                problem=f"{name} grows by data intervals, and the pipeline has none",
                remedy='add a cron schedule, such as `schedule: "@daily"`, or build it whole: '
                "`materialization: table`",
            )
        elif not has_start and _said(gold).begin is None:
            yield Finding(
                where=where,
                problem=f"nothing says where the first interval of {name} begins",
                remedy="add `start_date` to the pipeline, or `incremental: {begin: 2026-01-01}`",
            )


def incremental_window(context: RuleContext) -> Iterator[Finding]:
    """The SELECT of an incremental table takes the rows of the run's interval: else each run would
    read and make everything."""
    for name, gold in _incremental(context):
        query = context.queries.get(name)
        if query is None:
            continue
        missing = [word for word in _WINDOW if word not in placeholders_in(query.text)]
        if missing:
            made_of, remark = _column_to_filter(query.text, gold.time_column or "day")
            yield Finding(
                where=("gold", name, "sql"),
                file=query.path,
                line=1,
                column=1,
                problem=f"{name} is incremental, and its SELECT does not say "
                + " and ".join(f":{word}" for word in missing),
                remedy=f"take the rows of the run: `where {made_of} >= :data_interval_start and "
                f"{made_of} < :data_interval_end`{remark}",
            )


def incremental_reads_back(context: RuleContext) -> Iterator[Finding]:
    """An incremental table whose SELECT reads rows of a time before its window says how far back:
    else nobody knows which days follow from one that is made again."""
    for name, gold in _incremental(context):
        query = context.queries.get(name)
        tree = tree_of(query.text) if query else None
        if query is None or tree is None:
            continue
        back = find_reading_back(query.text, tree, _WINDOW)
        first = next((one for one in back if not _covers(_said(gold).reads_back, one)), None)
        if first is not None:
            yield _reads_back(name, _said(gold).reads_back, query, first)


def _covers(said: str | None, one: ReadingBack) -> bool:
    """Whether `reads_back` says as much as a condition reads, as far as that is known."""
    is_known = one.length is not None and one.placeholder == _WINDOW[0]
    return said is not None and not (is_known and duration(said) < (one.length or timedelta(0)))


def _reads_back(name: str, said: str | None, query: GoldQuery, one: ReadingBack) -> Finding:
    line, column = place_of_offset(query.text, one.offset)
    how_far = in_words(one.length) if one.length else "some time"
    stale = "where such a day is made again, the days that read it would stay as they were"
    if said is not None:
        return Finding(
            where=("gold", name, "incremental", "reads_back"),
            problem=f"{said} is less than {query.path}:{line} reads, {how_far}: {stale}",
            remedy=f"write {_as_limit(one.length)}",
        )
    return Finding(
        where=("gold", name, "sql"),
        file=query.path,
        line=line,
        column=column,
        problem=f"{name} reads {how_far} back from its window, and does not say so: {stale}",
        remedy=f"say `incremental: {{reads_back: {_as_limit(one.length)}}}`. For rows that come "
        "late say `lookback` in place of the arithmetic",
    )


def _as_limit(length: timedelta | None) -> str:
    """A length of time as specs write it."""
    seconds = int((length or timedelta(days=7)).total_seconds())
    unit, one = next((unit, one) for unit, one in _UNITS if seconds % one == 0)
    return f"{seconds // one}{unit}"


def _column_to_filter(text: str, name: str) -> tuple[str, str]:
    """What WHERE compares for a column of the result, and a remark on it: WHERE knows the columns
    of FROM, and not the names that the SELECT gives."""
    select = (tree_of(text) or {}).get("SelectStmt", {})
    while "larg" in select:  # of a UNION, whose first SELECT names the columns
        select = select["larg"]
    found = (target["ResTarget"] for target in select.get("targetList", ()))
    value = next((one["val"] for one in found if one.get("name") == name and "val" in one), None)
    if value is None:
        return name, ""
    if "ColumnRef" in value:
        return ".".join(texts(value["ColumnRef"]["fields"])), ""
    return "…", f", with a time column of FROM for …: WHERE does not know {name}"


def check_of_whole(context: RuleContext) -> Iterator[Finding]:
    """`whole` is for checks of incremental gold tables, whose other checks see the rows of a run;
    it moves no row to quarantine, for most of them are published already."""
    for where, declared, _ in list_declared(context.spec):
        if not declared.whole:
            continue
        place = (*where, declared.name, "whole")
        gold = context.spec.gold.get(str(where[1])) if where[0] == "gold" else None
        if gold is None or not _is_incremental(gold):
            yield Finding(
                where=place,
                problem="every check of this table sees all of what a run brings",
                remedy="remove `whole`: it is for gold tables with `materialization: incremental`",
            )
        elif declared.on_failure is OnFailure.QUARANTINE:
            yield Finding(
                where=(*where, declared.name, "on_failure"),
                problem="a check of the whole table finds rows that are published already",
                remedy="let it fail or warn; without `whole`, it can quarantine rows of the run",
            )


def _incremental(context: RuleContext) -> Iterator[tuple[str, GoldSpec]]:
    return ((name, gold) for name, gold in context.spec.gold.items() if _is_incremental(gold))


def _is_incremental(gold: GoldSpec) -> bool:
    return gold.materialization is Materialization.INCREMENTAL


def _said(gold: GoldSpec) -> IncrementalSpec:
    return gold.incremental or IncrementalSpec()
