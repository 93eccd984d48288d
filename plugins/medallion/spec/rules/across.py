"""Rules across specs: problems that only show when all specs are known.

Of two specs that exclude each other, the one that comes first stays.
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
from medallion.spec.rules.lake_tables import lake_gold_in_clear, lake_location_twice
from medallion.spec.rules.sharing import (
    Read,
    beyond_its_inputs,
    owner_of,
    table_not_shared,
    tables_waited_for,
)

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
    """A gold table reads, and a pipeline waits for, tables that some spec publishes."""
    known = {table for attempt in attempts for table in attempt.tables}
    # What a broken file publishes is not known: its readers are not blamed for it.
    unsure = {a.dag_id.domain for a in attempts if a.dag_id is not None and not a.whole}
    for attempt in attempts:
        for read in _all_reads(attempt.loaded) if attempt.loaded else ():
            if read.table in known or owner_of(read.table) in unsure:
                continue
            yield (
                attempt,
                read.report(
                    f"no spec publishes {read.table}",
                    did_you_mean(str(read.table), [str(t) for t in known]),
                ),
            )


def pipeline_cycle(attempts: Sequence[Attempt]) -> Iterator[tuple[Attempt, Finding]]:
    """Pipelines do not read from, or wait for, one another in a circle: each would wait for the
    other's data."""
    owners = {table: attempt.path for attempt in attempts for table in attempt.tables}
    by_path = {attempt.path: attempt for attempt in attempts}
    loaded = {attempt.path: attempt.loaded for attempt in attempts if attempt.loaded is not None}
    reads = {path: _reads(spec, owners) for path, spec in loaded.items()}
    for cycle in cycles({path: set(read) for path, read in reads.items()}):
        read = reads[cycle[-1]][cycle[0]]
        path = " → ".join((*cycle, cycle[0]))
        waits = read.where[0] == "wait_for"
        yield (
            by_path[cycle[-1]],
            Finding(
                where=read.where,
                file=read.file,
                line=read.line,
                column=read.column,
                problem=f"pipelines {'wait for' if waits else 'read from'} one another in a "
                f"circle: {path}",
                remedy=f"do not wait for {read.table}"
                if waits
                else "move one of the gold tables to the other pipeline",
            ),
        )


def _reads(spec: LoadedSpec, owners: Mapping[TableName, str]) -> dict[str, Read]:
    """The other specs that one reads from, or waits for, each with a place where it does."""
    return {
        owners[read.table]: read
        for read in _all_reads(spec)
        if owners.get(read.table, spec.spec_path) != spec.spec_path
    }


def _all_reads(spec: LoadedSpec) -> Iterator[Read]:
    """What it waits for, and then what its SQL reads, of whatever domain."""
    for where, table in tables_waited_for(spec.spec):
        yield Read(table=table, where=where)
    for name, query in spec.queries.items():
        for table in query.upstream:
            line, column = query.place_of(table)
            where = ("gold", name, "sql")
            yield Read(table=table, where=where, file=query.path, line=line, column=column)


ACROSS: tuple[Across, ...] = (
    table_published_twice,
    unknown_table,
    pipeline_cycle,
    table_not_shared,
    beyond_its_inputs,
    gold_across,
    dashboard_across,
    lake_gold_in_clear,
    lake_location_twice,
)


SHARING: tuple[Across, ...] = (table_not_shared, beyond_its_inputs)
"""Those that one spec is held to again when its task starts."""


def judge_across(
    attempts: Sequence[Attempt], rules: Sequence[Across] = ACROSS
) -> Iterator[tuple[Attempt, Finding]]:
    """The findings of the rules across specs. `attempts`: those that run already, and then the new
    ones."""
    for rule in rules:
        for attempt, finding in rule(attempts):
            yield attempt, replace(finding, rule=rule_id(rule))
