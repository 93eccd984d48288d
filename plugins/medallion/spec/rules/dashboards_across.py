"""Rules on dashboards over tables of other specs: they show when all specs are known."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from medallion.names import Layer, TableName
from medallion.spec.files.loaded import Attempt, LoadedSpec
from medallion.spec.findings.finding import Finding, did_you_mean
from medallion.spec.models.dashboards import table_of
from medallion.spec.rules.bi import judge_protected
from medallion.spec.rules.bi_datasets import Dataset, datasets_of, declares_bi
from medallion.spec.rules.charts import (
    charts_in,
    names_of_chart,
    time_of_chart,
    where_of_chart,
)
from medallion.spec.rules.dashboards import column_of_filter
from medallion.spec.sql.protected_columns import ProtectedColumns, find_protected_in_silver
from medallion.spec.sql.table_columns import TableColumns, gold_queries, merge, silver_columns
from medallion.sql.outline import QueryOutline


def dashboard_across(attempts: Sequence[Attempt]) -> Iterator[tuple[Attempt, Finding]]:
    """What a dashboard takes of other specs' gold tables is there, and nothing is offered that
    another spec's silver protects."""
    loaded = [one.loaded for one in attempts if one.loaded is not None]
    if not any(declares_bi(one.spec) for one in loaded):
        return
    datasets = {one.table: one for one in all_datasets(loaded)}
    known = {table for attempt in attempts for table in attempt.tables}
    unsure = {a.dag_id.domain for a in attempts if a.dag_id is not None and not a.whole}
    for attempt in attempts:
        if attempt.loaded is None or not declares_bi(attempt.loaded.spec):
            continue
        for finding in _of_spec(attempt.loaded, datasets):
            yield attempt, finding
        for finding in _unknown(attempt.loaded, known, unsure):
            yield attempt, finding


def all_datasets(loaded: Sequence[LoadedSpec]) -> Iterator[Dataset]:
    """The gold tables of all specs, with what is protected in them."""
    columns = TableColumns(
        merge(silver_columns(one.spec, one.dag_id.domain) for one in loaded),
        merge(gold_queries(one.queries, one.dag_id.domain) for one in loaded),
    )
    outlines: dict[TableName, QueryOutline | None] = {
        TableName(f"{Layer.GOLD}_{one.dag_id.domain}", name): outline
        for one in loaded
        for name, outline in one.outlines.items()
    }
    silver = merge(find_protected_in_silver(one.spec, one.dag_id.domain) for one in loaded)
    protected = ProtectedColumns(silver, outlines.get, columns)
    for one in loaded:
        yield from datasets_of(one.spec, one.dag_id.domain, columns, protected)


def _of_spec(one: LoadedSpec, datasets: Mapping[TableName, Dataset]) -> Iterator[Finding]:
    """Of its own tables only what another spec protects: the rest was judged with the spec."""
    domain = one.dag_id.domain
    own = {TableName(f"{Layer.GOLD}_{domain}", name) for name in one.spec.gold}
    for table in sorted(own):
        yield from judge_protected(datasets[table])
    for where, chart in charts_in(one.spec):
        dataset = datasets.get(table_of(chart.table, domain))
        if dataset is None:
            continue
        yield from names_of_chart(where, chart, dataset)
        yield from where_of_chart(where, chart, dataset)
        if dataset.table not in own:
            yield from time_of_chart(where, chart, dataset)
    yield from _filters(one, datasets)


def _filters(one: LoadedSpec, datasets: Mapping[TableName, Dataset]) -> Iterator[Finding]:
    for name, dashboard in one.spec.dashboards.items():
        tables = [table_of(c.table, one.dag_id.domain) for c in dashboard.charts.values()]
        for key, said in dashboard.filters.items():
            table = table_of(said.table, one.dag_id.domain) if said.table else tables[0]
            if table in datasets:
                where = ("dashboards", name, "filters", key)
                yield from column_of_filter(where, said, datasets[table], dashboard, datasets)


def _unknown(one: LoadedSpec, known: set[TableName], unsure: set[str]) -> Iterator[Finding]:
    """Charts over tables that no spec publishes."""
    for where, chart in charts_in(one.spec):
        table = table_of(chart.table, one.dag_id.domain)
        if table not in known and table.schema.partition("_")[2] not in unsure:
            yield Finding(
                where=(*where, "table"),
                problem=f"no spec publishes {table}",
                remedy=did_you_mean(
                    str(table), [str(t) for t in known if t.schema.startswith(Layer.GOLD)]
                ),
            )
