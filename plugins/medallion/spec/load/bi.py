"""What a plan of BI declarations needs of a spec's text: their lines, and which columns it must not
offer. Nothing is read where nothing is declared."""

from __future__ import annotations

from collections.abc import Mapping

from medallion.names import Layer, TableName
from medallion.spec.findings.positions import KeyPath, Positions, write_path
from medallion.spec.models.pipeline import PipelineSpec
from medallion.spec.models.queries import GoldQuery
from medallion.spec.rules.bi_datasets import declares_bi
from medallion.spec.sql.protected_columns import (
    ProtectedColumns,
    find_protected_in_silver,
    outlines_by_text,
)
from medallion.spec.sql.table_columns import TableColumns, gold_queries, silver_columns


def find_protected_of_bi(
    spec: PipelineSpec, domain: str, queries: Mapping[str, GoldQuery]
) -> dict[str, frozenset[str]]:
    """By gold table, the columns that hold what the spec's own silver protects."""
    features = any(gold.declares_features() for gold in spec.gold.values())
    if not (features or declares_bi(spec)):
        return {}
    by_table = gold_queries(queries, domain)
    columns = TableColumns(silver_columns(spec, domain), by_table)
    silver = find_protected_in_silver(spec, domain)
    search = ProtectedColumns(silver, outlines_by_text(by_table), columns)
    found = {name: search.of(TableName(f"{Layer.GOLD}_{domain}", name)) for name in spec.gold}
    return {name: columns for name, columns in found.items() if columns}


def lines_of_bi(spec: PipelineSpec, data: bytes) -> dict[str, int]:
    """By key path, the line of each gold table, dashboard and chart.

    Args:
        data: the spec's bytes, which were accepted.
    """
    if not declares_bi(spec):
        return {}
    paths: list[KeyPath] = [("gold", name) for name in spec.gold]
    for name, dashboard in spec.dashboards.items():
        paths.append(("dashboards", name))
        paths += [("dashboards", name, "charts", chart) for chart in dashboard.charts]
    positions = Positions(data.decode("utf-8-sig"))
    return {write_path(path): positions.place(path, on_key=True).line for path in paths}
