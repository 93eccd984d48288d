"""The overview: every table that a person may see, with its state, what needs somebody first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import groupby
from typing import NamedTuple

from medallion.catalogue.declared import Declared
from medallion.catalogue.declared_table import DeclaredTable
from medallion.catalogue.lateness import find_late
from medallion.catalogue.state import State, calculate_quarantined_percent, judge
from medallion.names import Layer, PublishedTable
from medallion.warehouse.catalogue.overview import (
    TableDetails,
    TableState,
    table_details,
    table_states,
)
from medallion.warehouse.registry.freshness import TableFreshness, late_tables, table_freshness
from medallion.warehouse.session.transaction import Session

PAGE_SIZE = 100


class TableLine(NamedTuple):
    """One table with its state, as far as tables are chosen and put in order by it."""

    known: TableState
    declared: DeclaredTable | None
    state: State
    why: str

    @property
    def table(self) -> PublishedTable:
        """By which the warehouse's functions ask for it."""
        return self.known.table

    @property
    def name(self) -> str:
        """As readers of the warehouse write it."""
        table = self.known.table
        return f"{table.layer}_{table.domain}.{table.name}"

    @property
    def dag_id(self) -> str:
        """Of the DAG that publishes it."""
        return self.known.dag_id

    @property
    def description(self) -> str:
        """As its spec says; empty where none does."""
        return self.declared.description if self.declared else ""

    @property
    def owner(self) -> str:
        """As its spec says; empty where none does."""
        return self.declared.owner if self.declared else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TableRow:
    """One table's line of the overview, as it is shown. Times in UTC."""

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

    def takes(self, line: TableLine) -> bool:
        """Whether a table is among what was asked for, whatever its state."""
        return (
            self.domain in ("", line.table.domain)
            and self.layer in ("", line.table.layer)
            and self.owner in ("", line.owner)
            and (not self.text or self._is_named(line))
        )

    def takes_state(self, state: State) -> bool:
        """Whether tables in that state were asked for."""
        return self.state in ("", state, "attention" if state.needs_somebody else "")

    def _is_named(self, line: TableLine) -> bool:
        said = f"{line.name} {line.description} {line.owner} {line.dag_id}".lower()
        return all(word in said for word in self.text.lower().split())


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """One page of the tables, and how many there are of each state among those asked for."""

    rows: tuple[TableRow, ...]
    total: int
    """How many tables there are, whatever is asked for."""
    attention: int
    """How many of these need somebody."""
    found: int
    page: int
    pages: int
    counts: Mapping[State, int] = field(default_factory=dict)
    as_of: datetime | None = None
    """When it was judged which tables are late, in UTC."""
    domains: tuple[str, ...] = ()
    owners: tuple[str, ...] = ()

    def groups(self) -> Iterator[tuple[str, str, list[TableRow]]]:
        """The rows under headings: what needs somebody, then each domain (title, domain, rows)."""
        for heading, rows in groupby(self.rows, key=_heading):
            yield heading or "Needs you", heading, list(rows)


def read_tables(
    session: Session, declared: Declared, domains: frozenset[str], dag_id: str | None = None
) -> list[TableLine]:
    """The tables of some domains, what needs somebody first.

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
    late = late_tables(session, [table])
    return with_details(session, _lines(declared, known, late))[0]


def with_details(session: Session, lines: Sequence[TableLine]) -> list[TableRow]:
    """The tables that are shown, with their figures, and how fresh they are now."""
    found = table_details(session, {one.table: one.known.publication_id for one in lines})
    fresh = {one.table: one for one in table_freshness(session, found)}
    return [_row(one, found.get(one.table, TableDetails()), fresh.get(one.table)) for one in lines]


def read_overview(
    session: Session, declared: Declared, domains: frozenset[str], filters: Filters, page: int
) -> Overview:
    """One page of the tables of some domains that are asked for. Six queries."""
    lines, as_of = _read(session, declared, domains, None)
    shown = overview(lines, filters, lambda found: with_details(session, found), page)
    return replace(shown, as_of=as_of)


def overview(
    lines: Sequence[TableLine],
    filters: Filters,
    detailed: Callable[[Sequence[TableLine]], Sequence[TableRow]],
    page: int = 1,
) -> Overview:
    """One page of those tables that are asked for. The counts leave the state itself out.

    Args:
        detailed: gives what is shown of the tables of the page.
    """
    likely = [line for line in lines if filters.takes(line)]
    counts = Counter(line.state for line in likely)
    found = [line for line in likely if filters.takes_state(line.state)]
    pages = max(1, -(-len(found) // PAGE_SIZE))
    page = min(max(1, page), pages)
    return Overview(
        rows=tuple(detailed(found[(page - 1) * PAGE_SIZE : page * PAGE_SIZE])),
        total=len(lines),
        attention=sum(line.state.needs_somebody for line in lines),
        found=len(found),
        page=page,
        pages=pages,
        counts={state: counts[state] for state in State if counts[state]},
        domains=_sort(line.table.domain for line in lines),
        owners=_sort(line.owner for line in lines),
    )


def _heading(row: TableRow) -> str:
    return "" if row.state.needs_somebody else row.table.domain


def _read(
    session: Session, declared: Declared, domains: frozenset[str], dag_id: str | None
) -> tuple[list[TableLine], datetime]:
    """The tables, and as of when it is known which are late."""
    ids: dict[PublishedTable, str | None] = {
        one.table: one.dag_id
        for one in declared.of_domains(domains)
        if dag_id is None or one.dag_id == dag_id
    }
    known = table_states(session, ids, sorted(domains), dag_id)
    found = find_late(session, known)
    return sorted(_lines(declared, known, found.late), key=_urgency), found.as_of


def _lines(
    declared: Declared, known: Sequence[TableState], late: Set[PublishedTable]
) -> list[TableLine]:
    return [_line(one, declared.tables.get(one.table), one.table in late) for one in known]


def _line(known: TableState, declared: DeclaredTable | None, is_late: bool) -> TableLine:
    judged = judge(known, declared, is_late=is_late)
    return TableLine(known=known, declared=declared, state=judged.state, why=judged.why)


def _row(line: TableLine, found: TableDetails, fresh: TableFreshness | None) -> TableRow:
    known, why = line.known, line.why
    if fresh and fresh.is_late and line.state is State.STALE:
        why = fresh.reason()
    return TableRow(
        table=known.table,
        dag_id=known.dag_id,
        state=line.state,
        why=why,
        description=line.description,
        owner=line.owner,
        published_at=known.published_at,
        rows=found.rows,
        rows_quarantined=known.rows_quarantined or 0,
        quarantined_percent=calculate_quarantined_percent(known),
        checks_warned=found.checks_warned,
        trend=tuple(found.trend),
        version=found.version,
        run_id=found.run_id,
        publication_id=known.publication_id,
        quarantine_open=found.quarantine_open,
        spec_digest=known.spec_digest,
        expected_by=fresh.expected_by if fresh else None,
        newer_inputs=fresh.newer_inputs if fresh else (),
    )


_RANKS = {state: number for number, state in enumerate(State)}
_CALM = {state for state in State if not state.needs_somebody}


def _urgency(line: TableLine) -> tuple[object, ...]:
    """What needs somebody first; the rest by domain, gold before silver, as readers look for it."""
    table = line.known.table
    rank = len(State) if line.state in _CALM else _RANKS[line.state]
    return (rank, table.domain, table.layer is not Layer.GOLD, table.name)


def _sort(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted({text for text in texts if text}))
