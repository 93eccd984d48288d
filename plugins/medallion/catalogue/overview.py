"""The overview: every table that a person may see, with its state, what needs somebody first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import groupby

from medallion.catalogue.declared import Declared
from medallion.catalogue.declared_table import DeclaredTable
from medallion.catalogue.lateness import find_late, late_now
from medallion.catalogue.state import Evidence, State, judge, quarantined_percent
from medallion.names import Layer, PublishedTable
from medallion.warehouse.catalogue.overview import (
    TableDetails,
    TableState,
    table_details,
    table_states,
)
from medallion.warehouse.registry.freshness import TableFreshness, table_freshness
from medallion.warehouse.session.transaction import Session

PAGE_SIZE = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class TableRow:
    """One table's line of the overview. Times in UTC."""

    table: PublishedTable
    dag_id: str
    state: State
    why: str
    description: str
    owner: str
    published_at: datetime | None
    rows: int | None
    rows_quarantined: int
    quarantined_percent: float
    checks_warned: int
    trend: tuple[int, ...]
    version: int | None
    run_id: str | None
    publication_id: int | None
    quarantine_open: int
    """Rows in quarantine now, of all runs."""
    spec_digest: str | None
    expected_by: datetime | None
    """When the next publication is due; None: the spec does not say."""
    newer_inputs: tuple[str, ...]
    """The tables it is made of that have been published since it was built."""

    @property
    def name(self) -> str:
        """As readers of the warehouse write it."""
        return str(self.table.public)


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """What a person asked to see; empty: everything."""

    text: str = ""
    domain: str = ""
    layer: str = ""
    state: str = ""
    owner: str = ""

    def takes(self, row: TableRow) -> bool:
        """Whether a table is among what was asked for, whatever its state."""
        return (
            self.domain in ("", row.table.domain)
            and self.layer in ("", row.table.layer)
            and self.owner in ("", row.owner)
            and (not self.text or self._is_named(row))
        )

    def takes_state(self, state: State) -> bool:
        """Whether tables in that state were asked for."""
        return self.state in ("", state, "attention" if state.needs_somebody else "")

    def _is_named(self, row: TableRow) -> bool:
        said = f"{row.name} {row.description} {row.owner} {row.dag_id}".lower()
        return all(word in said for word in self.text.lower().split())


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """One page of the tables, and how many there are of each state among those asked for."""

    rows: tuple[TableRow, ...]
    total: int
    """How many tables there are, whatever is asked for."""
    found: int
    page: int
    pages: int
    counts: Mapping[State, int] = field(default_factory=dict)
    as_of: datetime | None = None
    """When it was judged which tables are late, in UTC."""
    domains: tuple[str, ...] = ()
    owners: tuple[str, ...] = ()

    @property
    def attention(self) -> int:
        """How many tables need somebody."""
        return sum(n for state, n in self.counts.items() if state.needs_somebody)

    def groups(self) -> Iterator[tuple[str, str, list[TableRow]]]:
        """The rows under headings: what needs somebody, then each domain (title, domain, rows)."""
        for heading, rows in groupby(self.rows, key=_heading):
            yield heading or "Needs you", heading, list(rows)


def read_tables(
    session: Session, declared: Declared, domains: frozenset[str], dag_id: str | None = None
) -> list[TableRow]:
    """The tables of some domains, what needs somebody first; without what
    `with_details` adds.

    Args:
        dag_id: of one DAG alone.
    """
    return _read(session, declared, domains, dag_id)[0]


def read_row(session: Session, declared: Declared, table: PublishedTable) -> TableRow | None:
    """One table's line; None where it is in no spec and was never published."""
    said = declared.tables.get(table)
    known = table_states(session, {table: said.dag_id if said else None}, ())
    if said is None and known[0].publication_id is None:
        return None
    late = late_now(session, [table])
    return with_details(session, _rows(declared, known, late))[0]


def with_details(session: Session, rows: Sequence[TableRow]) -> list[TableRow]:
    """The rows that are shown, with their trends and warnings, and how fresh they are now."""
    found = table_details(session, {row.table: row.publication_id for row in rows})
    fresh = {one.table: one for one in table_freshness(session, found)}
    return [
        _detailed(row, found.get(row.table, TableDetails()), fresh.get(row.table)) for row in rows
    ]


def read_overview(
    session: Session, declared: Declared, domains: frozenset[str], filters: Filters, page: int
) -> Overview:
    """One page of the tables of some domains that are asked for. Six queries."""
    rows, as_of = _read(session, declared, domains, None)
    shown = overview(rows, filters, page)
    return replace(shown, rows=tuple(with_details(session, shown.rows)), as_of=as_of)


def overview(rows: Sequence[TableRow], filters: Filters, page: int = 1) -> Overview:
    """One page of those tables that are asked for. The counts leave the state itself out."""
    likely = [row for row in rows if filters.takes(row)]
    counts = Counter(row.state for row in likely)
    found = [row for row in likely if filters.takes_state(row.state)]
    pages = max(1, -(-len(found) // PAGE_SIZE))
    page = min(max(1, page), pages)
    return Overview(
        rows=tuple(found[(page - 1) * PAGE_SIZE : page * PAGE_SIZE]),
        total=len(rows),
        found=len(found),
        page=page,
        pages=pages,
        counts={state: counts[state] for state in State if counts[state]},
        domains=_sorted(row.table.domain for row in rows),
        owners=_sorted(row.owner for row in rows),
    )


def _heading(row: TableRow) -> str:
    return "" if row.state.needs_somebody else row.table.domain


def _read(
    session: Session, declared: Declared, domains: frozenset[str], dag_id: str | None
) -> tuple[list[TableRow], datetime]:
    """The tables, and as of when it is known which are late."""
    ids: dict[PublishedTable, str | None] = {
        one.table: one.dag_id
        for one in declared.of_domains(domains)
        if dag_id is None or one.dag_id == dag_id
    }
    known = table_states(session, ids, sorted(domains), dag_id)
    found = find_late(session, known)
    return sorted(_rows(declared, known, found.late), key=_urgency), found.as_of


def _rows(
    declared: Declared, known: Sequence[TableState], late: Set[PublishedTable]
) -> list[TableRow]:
    return [_row(one, declared.tables.get(one.table), one.table in late) for one in known]


def _row(known: TableState, declared: DeclaredTable | None, is_late: bool) -> TableRow:
    judged = judge(Evidence(known=known, declared=declared, is_late=is_late))
    return TableRow(
        table=known.table,
        dag_id=known.dag_id,
        state=judged.state,
        why=judged.why,
        description=declared.description if declared else "",
        owner=declared.owner if declared else "",
        published_at=known.published_at,
        rows=known.rows_total,
        rows_quarantined=known.rows_quarantined or 0,
        quarantined_percent=quarantined_percent(known),
        checks_warned=0,
        trend=(),
        version=known.version,
        run_id=known.run_id,
        publication_id=known.publication_id,
        quarantine_open=known.quarantine_open,
        spec_digest=known.spec_digest,
        expected_by=None,
        newer_inputs=(),
    )


def _detailed(row: TableRow, found: TableDetails, fresh: TableFreshness | None) -> TableRow:
    row = replace(row, trend=found.trend, checks_warned=found.checks_warned)
    if fresh is None:
        return row
    why = fresh.reason() if row.state is State.STALE and fresh.is_late else row.why
    return replace(row, why=why, expected_by=fresh.expected_by, newer_inputs=fresh.newer_inputs)


def _urgency(row: TableRow) -> tuple[object, ...]:
    """What needs somebody first; the rest by domain, gold before silver, as readers look for it."""
    rank = row.state.rank if row.state.needs_somebody else len(State)
    return (rank, row.table.domain, row.table.layer is not Layer.GOLD, row.table.name)


def _sorted(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted({text for text in texts if text}))
