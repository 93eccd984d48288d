"""Rules on what a domain does with other domains' tables.

They run when all specs are read, and again when a task starts, with what the other domains' files
say then.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from medallion.names import TableName
from medallion.spec.files.loaded import Attempt, LoadedSpec
from medallion.spec.files.offers import Offer
from medallion.spec.findings.finding import Finding
from medallion.spec.findings.positions import KeyPath
from medallion.spec.models.dashboards import table_of
from medallion.spec.models.pipeline import GoldSpec, PipelineSpec
from medallion.spec.models.sharing import EVERY_DOMAIN, is_shared_with
from medallion.spec.rules.charts import charts_in


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """A table that a spec reads, with its place: in the spec, or in a SQL file."""

    table: TableName
    where: KeyPath
    file: str = ""
    line: int = 0
    column: int = 0

    def report(self, problem: str, remedy: str) -> Finding:
        """What is wrong with it, at its place."""
        return Finding(
            where=self.where,
            file=self.file,
            line=self.line,
            column=self.column,
            problem=problem,
            remedy=remedy,
        )


def table_not_shared(attempts: Sequence[Attempt]) -> Iterator[tuple[Attempt, Finding]]:
    """Another domain's table is read, by SQL, a check or a dashboard, or waited for, only where its
    spec shares it."""
    offers = _offers(attempts)
    for attempt in attempts:
        for read in foreign_reads(attempt.loaded) if attempt.loaded else ():
            offer, domain = offers.get(read.table), _domain(attempt)
            if offer is None or is_shared_with(domain, offer.share_with):
                continue
            yield (
                attempt,
                read.report(
                    f"{read.table} is not shared with the domain {domain}",
                    f"its owner adds `share_with: [{domain}]` to {offer.key} in {offer.path}",
                ),
            )


def beyond_its_inputs(attempts: Sequence[Attempt]) -> Iterator[tuple[Attempt, Finding]]:
    """What is made of another domain's table is granted to, and shared with, only those who may
    read that table too."""
    offers = _offers(attempts)
    queries = {
        TableName(f"gold_{_domain(attempt)}", name): query.upstream
        for attempt in attempts
        if attempt.loaded
        for name, query in attempt.loaded.queries.items()
    }
    for attempt in attempts:
        for name, gold in attempt.loaded.spec.gold.items() if attempt.loaded else ():
            table = TableName(f"gold_{_domain(attempt)}", name)
            for origin in sorted(_foreign_origins(table, queries)):
                if origin in offers:
                    offer = offers[origin]
                    for finding in _wider(table, gold, origin, offer):
                        yield attempt, finding


def foreign_reads(loaded: LoadedSpec) -> Iterator[Read]:
    """Every read of another domain's table."""
    domain = loaded.dag_id.domain
    for name, query in loaded.queries.items():
        for table in query.upstream:
            if owner_of(table) == domain:
                continue
            line, column = query.place_of(table)
            yield Read(
                table=table,
                where=("gold", name, "sql"),
                file=query.path,
                line=line,
                column=column,
            )
    for where, table in (*loaded.checked_against, *tables_waited_for(loaded.spec)):
        if owner_of(table) != domain:
            yield Read(table=table, where=where)
    for where, chart in charts_in(loaded.spec):
        table = table_of(chart.table, domain)
        if owner_of(table) != domain:
            yield Read(table=table, where=(*where, "table"))


def list_tables_read(loaded: LoadedSpec) -> Iterator[TableName]:
    """Every table that a spec names where it reads, of its own or of others."""
    domain = loaded.dag_id.domain
    for query in loaded.queries.values():
        yield from query.upstream
    for _, table in (*loaded.checked_against, *tables_waited_for(loaded.spec)):
        yield table
    for _, chart in charts_in(loaded.spec):
        yield table_of(chart.table, domain)
    for dashboard in loaded.spec.dashboards.values():
        yield from (table_of(one.table, domain) for one in dashboard.filters.values() if one.table)


def tables_waited_for(spec: PipelineSpec) -> Iterator[tuple[KeyPath, TableName]]:
    """The tables that `wait_for` names, each with its place."""
    if spec.wait_for is not None:
        yield from spec.wait_for.tables()


def _foreign_origins(
    table: TableName, queries: Mapping[TableName, Sequence[TableName]]
) -> set[TableName]:
    """The other domains' tables that a gold table is made of, also through tables of its own."""
    found: set[TableName] = set()
    todo, done = [table], {table}
    while todo:
        for upstream in queries.get(todo.pop(), ()):
            if owner_of(upstream) != owner_of(table):
                found.add(upstream)
            elif upstream not in done:
                done.add(upstream)
                todo.append(upstream)
    return found


def _wider(table: TableName, gold: GoldSpec, origin: TableName, offer: Offer) -> Iterator[Finding]:
    """Each role and domain that may read a gold table, and may not read one that it is made of."""
    name, owner = table.table, owner_of(origin)
    for at, role in enumerate(gold.grants):
        if role not in offer.grants:
            yield Finding(
                where=("gold", name, "grants", at),
                problem=f"{role} may not read {origin}, which this table is made of",
                remedy=f"remove it, or ask its owner for `grants: [{role}]` of {offer.key} in "
                f"{offer.path}",
            )
    if gold.share_with == EVERY_DOMAIN and offer.share_with != EVERY_DOMAIN:
        yield Finding(
            where=("gold", name, "share_with"),
            problem=f"{origin}, which this table is made of, is not shared with every domain",
            remedy="name the domains: "
            + ", ".join(sorted({owner, *offer.share_with} - {owner_of(table)})),
        )
        return
    for at, domain in enumerate(gold.share_with if gold.share_with != EVERY_DOMAIN else ()):
        if domain != owner and not is_shared_with(domain, offer.share_with):
            yield Finding(
                where=("gold", name, "share_with", at),
                problem=f"{origin}, which this table is made of, is not shared with {domain}",
                remedy=f"remove it, or ask its owner for `share_with: [{domain}]` of "
                f"{offer.key} in {offer.path}",
            )


def _offers(attempts: Sequence[Attempt]) -> dict[TableName, Offer]:
    offers: dict[TableName, Offer] = {}
    for attempt in attempts:
        for table, offer in attempt.tables.items():
            offers.setdefault(table, offer)
    return offers


def _domain(attempt: Attempt) -> str:
    return attempt.dag_id.domain if attempt.dag_id else ""


def owner_of(table: TableName) -> str:
    """The domain in a published table's schema.

    >>> owner_of(TableName("silver_cinema", "movies"))
    'cinema'
    """
    return table.schema.partition("_")[2]
