"""Rules on gold tables. What is wrong inside their SQL is found by `spec.sql.files`."""

from __future__ import annotations

from collections.abc import Iterator

from medallion.names import Layer, TableName
from medallion.spec.findings.finding import Finding
from medallion.spec.rules.context import RuleContext
from medallion.spec.rules.cycles import cycles


def gold_cycle(context: RuleContext) -> Iterator[Finding]:
    """No gold table selects from itself, nor from one that waits for it."""
    domain = context.dag_id.domain
    gold = {TableName(f"{Layer.GOLD}_{domain}", name): name for name in context.spec.gold}
    edges = {
        name: {gold[table] for table in query.upstream if table in gold}
        for name, query in context.queries.items()
    }
    for cycle in cycles(edges):
        query = context.queries[cycle[-1]]
        table = TableName(f"{Layer.GOLD}_{domain}", cycle[0])
        line, column = query.place_of(table)
        path = " → ".join((*cycle, cycle[0]))
        yield Finding(
            where=("gold", cycle[-1], "sql"),
            file=query.path,
            line=line,
            column=column,
            problem=f"{cycle[0]} selects from itself"
            if len(cycle) == 1
            else f"gold tables select from one another in a circle: {path}",
            remedy="select from silver, or from a gold table that does not depend on this one",
        )
