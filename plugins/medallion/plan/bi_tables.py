"""What a spec's gold tables are to the BI team: their datasets in a plan."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from medallion.names import Layer, TableName
from medallion.plan.bi import BiDimension, BiMetric, BiTable, RowFilter
from medallion.spec.files.loaded import LoadedSpec
from medallion.spec.models.bi import CertifiedSpec
from medallion.spec.models.dashboards import table_of
from medallion.spec.models.pipeline import GoldSpec
from medallion.spec.rules.bi_datasets import says_something

NO_OWNER = "medallion"
"""Who owns what a spec gives no owner."""


def bi_tables_of(loaded: LoadedSpec) -> tuple[BiTable, ...]:
    """The datasets of a spec, in its order: of each gold table of which it says something for the
    BI team, or that one of its dashboards reads."""
    return tuple(_bi_tables(loaded))


def owner_of_spec(loaded: LoadedSpec) -> str:
    """Whom to ask about what a spec declares."""
    return loaded.spec.owner or loaded.domain.owner or NO_OWNER


def certification(certified: CertifiedSpec | None, owner: str) -> tuple[str, str]:
    """Who vouches for something, and for what; empty texts: nobody does."""
    if certified is None:
        return "", ""
    return certified.certified_by or owner, certified.details


def _bi_tables(loaded: LoadedSpec) -> Iterator[BiTable]:
    domain = loaded.dag_id.domain
    read = {
        table_of(chart.table, domain)
        for dashboard in loaded.spec.dashboards.values()
        for chart in dashboard.charts.values()
    }
    for name, gold in loaded.spec.gold.items():
        table = TableName(f"{Layer.GOLD}_{domain}", name)
        if table in read or says_something(gold):
            yield _bi_table(loaded, name, gold, table)


def _bi_table(loaded: LoadedSpec, name: str, gold: GoldSpec, table: TableName) -> BiTable:
    owner = owner_of_spec(loaded)
    certified_by, details = certification(gold.certified, owner)
    return BiTable(
        table=table,
        description=gold.description,
        owner=owner,
        contacts=loaded.domain.contacts,
        certified_by=certified_by,
        certification_details=details,
        time_column=gold.time_column or "",
        dimensions=tuple(_dimensions(gold)),
        metrics=tuple(_metrics(gold)),
        row_filters=tuple(
            RowFilter(name=key, clause=one.clause, roles=one.roles, group_key=one.group_key)
            for key, one in gold.row_filters.items()
        ),
        column_descriptions=_of_columns(gold, "description"),
        column_units=_of_columns(gold, "unit"),
        protected=loaded.protected.get(name, frozenset()),
        line=loaded.lines.get(f"gold.{name}", 0),
    )


def _metrics(gold: GoldSpec) -> Iterator[BiMetric]:
    for name, one in gold.metrics.items():
        yield BiMetric(
            name=name,
            expression=one.expression,
            label=one.label,
            description=one.description,
            unit=one.unit,
            format=one.format,
        )


def _dimensions(gold: GoldSpec) -> Iterator[BiDimension]:
    """What is not said of a dimension that is a column is what the column's own entry says."""
    for name, one in gold.dimensions.items():
        column = None if one.expression else gold.columns.get(name)
        yield BiDimension(
            name=name,
            label=one.label,
            description=one.description or (column.description if column else ""),
            unit=one.unit or (column.unit if column else ""),
            expression=one.expression,
        )


def _of_columns(gold: GoldSpec, key: str) -> Mapping[str, str]:
    found = {name: str(getattr(one, key)) for name, one in gold.columns.items()}
    return {name: text for name, text in found.items() if text}
