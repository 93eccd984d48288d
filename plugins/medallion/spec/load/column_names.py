"""What the columns of a valid spec's tables are made of, as far as its texts name it.

It is read here, where authors' texts are parsed within limits, and kept with the spec: whoever
shows the lineage of columns reads no SQL.
"""

from __future__ import annotations

from collections.abc import Mapping

from medallion.spec.models.queries import GoldQuery
from medallion.spec.rules.context import RuleContext
from medallion.spec.rules.expressions import columns_read
from medallion.spec.sql.table_columns import tree_of
from medallion.sql.outline import QueryOutline
from medallion.sql.outline_reader import outline_of


def outlines_of(queries: Mapping[str, GoldQuery]) -> dict[str, QueryOutline | None]:
    """By gold table, the outline of its SELECT; None where it nests too deep to be kept."""
    trees = {name: tree_of(query.text) for name, query in queries.items()}
    return {name: None if tree is None else outline_of(tree) for name, tree in trees.items()}


def expression_columns(context: RuleContext) -> dict[str, dict[str, tuple[str, ...]]]:
    """By dataset and column, the columns that the column's expression reads."""
    return {
        name: {
            column: tuple(columns_read(context, dataset, declared.expression))
            for column, declared in dataset.silver.columns.items()
            if declared.expression is not None
        }
        for name, dataset in context.spec.datasets.items()
    }
