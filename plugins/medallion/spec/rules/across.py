"""Rules across specs: problems that only show when all specs are known.

Of two specs that exclude each other, the one whose path sorts first stays.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

from medallion.names import Layer, TableName
from medallion.spec.files.loaded import Attempt, LoadedSpec
from medallion.spec.findings.finding import Finding, did_you_mean
from medallion.spec.rules.context import rule_id
from medallion.spec.rules.cycles import cycles
from medallion.spec.rules.dashboards_across import dashboard_across
from medallion.spec.rules.gold_columns import gold_across
from medallion.spec.rules.sharing import beyond_its_inputs, table_not_shared

Across = Callable[[Sequence[Attempt]], Iterator[tuple[Attempt, Finding]]]


def table_published_twice(attempts: Sequence[Attempt]) -> Iterator[tuple[Attempt, Finding]]:
    """A table has one pipeline: two of a domain cannot publish the same dataset or gold table."""
    owners: dict[TableName, str] = {}
    for attempt in attempts:
        for table, offer in attempt.tables.items():
            owner = owners.setdefault(table, attempt.path)
            if owner == attempt.path or attempt.loaded is None:
                continue
            kind = "gold" if table.schema.startswith(f"{Layer.GOLD}_") else "datasets"
            yield (
                attempt,
                Finding(
                    where=(kind, offer.name),
                    on_key=True,
                    problem=f"{table} is published by {owner} already",
                    remedy="rename it, or keep it in one of the two",
                ),
            )


def unknown_table(attempts: Sequence[Attempt]) -> Iterator[tuple[Attempt, Finding]]:
    """A gold table reads tables that some spec publishes."""
    known = {table for attempt in attempts for table in attempt.tables}
    # What a broken file publishes is not known: its readers are not blamed for it.
    unsure = {a.dag_id.domain for a in attempts if a.dag_id is not None and not a.whole}
    for attempt in attempts:
        if attempt.loaded is None:
            continue
        for name, query in attempt.loaded.queries.items():
            for table in query.upstream:
                domain = table.schema.partition("_")[2]
                if table in known or domain in unsure:
                    continue
                line, column = query.place_of(table)
                yield (
                    attempt,
                    Finding(
                        where=("gold", name, "sql"),
                        file=query.path,
                        line=line,
                        column=column,
                        problem=f"no spec publishes {table}",
                        remedy=did_you_mean(str(table), [str(t) for t in known]),
                    ),
                )


def pipeline_cycle(attempts: Sequence[Attempt]) -> Iterator[tuple[Attempt, Finding]]:
    """Pipelines do not read from one another in a circle: each would wait for the other's data."""
    owners = {table: attempt.path for attempt in attempts for table in attempt.tables}
    by_path = {attempt.path: attempt for attempt in attempts}
    loaded = {attempt.path: attempt.loaded for attempt in attempts if attempt.loaded is not None}
    reads = {path: _reads(spec, owners) for path, spec in loaded.items()}
    for cycle in cycles({path: set(read) for path, read in reads.items()}):
        gold, table = reads[cycle[-1]][cycle[0]]
        query = loaded[cycle[-1]].queries[gold]
        line, column = query.place_of(table)
        path = " → ".join((*cycle, cycle[0]))
        yield (
            by_path[cycle[-1]],
            Finding(
                where=("gold", gold, "sql"),
                file=query.path,
                line=line,
                column=column,
                problem=f"pipelines read from one another in a circle: {path}",
                remedy="move one of the gold tables to the other pipeline",
            ),
        )


def _reads(spec: LoadedSpec, owners: Mapping[TableName, str]) -> dict[str, tuple[str, TableName]]:
    """The other specs that one reads from, each by one of its gold tables and what that reads."""
    return {
        owners[table]: (name, table)
        for name, query in spec.queries.items()
        for table in query.upstream
        if owners.get(table, spec.spec_path) != spec.spec_path
    }


ACROSS: tuple[Across, ...] = (
    table_published_twice,
    unknown_table,
    pipeline_cycle,
    table_not_shared,
    beyond_its_inputs,
    gold_across,
    dashboard_across,
)


SHARING: tuple[Across, ...] = (table_not_shared, beyond_its_inputs)
"""Those that one spec is held to again when its task starts."""


def judge_across(
    attempts: Sequence[Attempt], rules: Sequence[Across] = ACROSS
) -> Iterator[tuple[Attempt, Finding]]:
    """The findings of the rules across specs. `attempts` must be sorted by path."""
    for rule in rules:
        for attempt, finding in rule(attempts):
            yield attempt, replace(finding, rule=rule_id(rule))
