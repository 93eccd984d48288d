"""What silver protects, in the datasets of other specs: known once all specs are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from medallion.names import Layer, TableName
from medallion.plan.model import Plan
from medallion.spec.files.loaded import LoadedSpec
from medallion.spec.sql.protected_columns import ProtectedColumns, find_protected_in_silver
from medallion.spec.sql.table_columns import merge, silver_columns
from medallion.sql.origins import result_columns
from medallion.sql.outline import QueryOutline
from medallion.sql.scope import UNKNOWN, Columns


def add_protected(plans: Iterable[Plan], specs: Sequence[LoadedSpec]) -> tuple[Plan, ...]:
    """The plans, whose datasets name every column that any spec's silver protects. A plan by itself
    knows those of its own spec. No SQL is read.

    Args:
        specs: all of the project, as they were loaded.
    """
    outlines = {
        TableName(f"{Layer.GOLD}_{one.dag_id.domain}", name): outline
        for one in specs
        for name, outline in one.outlines.items()
    }
    silver = merge(silver_columns(one.spec, one.dag_id.domain) for one in specs)
    protected = merge(find_protected_in_silver(one.spec, one.dag_id.domain) for one in specs)
    search = ProtectedColumns(protected, outlines.get, _ColumnsByOutline(silver, outlines))
    return tuple(
        replace(
            plan,
            bi_tables=tuple(
                replace(one, protected=one.protected | search.of(one.table))
                for one in plan.bi_tables
            ),
        )
        if plan.bi_tables
        else plan
        for plan in plans
    )


class _ColumnsByOutline:
    """What tables have, by the outlines that were kept of their SELECTs."""

    def __init__(
        self,
        silver: Mapping[TableName, Columns],
        outlines: Mapping[TableName, QueryOutline | None],
    ) -> None:
        self._known = dict(silver)
        self._outlines = outlines

    def of(self, table: TableName) -> Columns:
        """The columns of one table, as far as they are known."""
        if table not in self._known:
            self._known[table] = UNKNOWN  # where tables select from one another in a circle
            outline = self._outlines.get(table)
            if outline is not None:
                found = result_columns(
                    outline, lambda schema, name: self.of(TableName(schema, name))
                )
                self._known[table] = Columns(
                    names=tuple(found.names()), whole=found.is_whole, own=True
                )
        return self._known[table]
