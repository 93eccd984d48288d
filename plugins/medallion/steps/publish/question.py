"""What a person is shown before he approves: the staged rows beside those that readers have."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

from medallion.checks.outcome import CheckStatus
from medallion.errors import MedallionError
from medallion.names import Layer
from medallion.prose import tally
from medallion.publish.disposition import Beside
from medallion.publish.relations import Column
from medallion.steps.publish.publishing import Publishing
from medallion.steps.publish.shape import readers_of
from medallion.steps.time_limit import query_limit
from medallion.warehouse.catalogue import versions
from medallion.warehouse.catalogue.versions import ChangedRow, Comparison, in_brackets
from medallion.warehouse.quarantine.rejects import has_unread_records
from medallion.warehouse.registry import approvals
from medallion.warehouse.registry import records as registry
from medallion.warehouse.registry.approvals import PROTECTED, ExampleRow, Question
from medallion.warehouse.registry.pins import describe_pins, pins_of
from medallion.warehouse.registry.records import Publication
from medallion.warehouse.session.connection import with_statement_timeout
from medallion.warehouse.session.relations import columns_of
from medallion.warehouse.session.transaction import Session, session

EXAMPLES = 5
"""Of each kind: added, removed, changed."""
LONGEST_VALUE = 80
COMPARING = timedelta(minutes=2)
"""The most that one statement that compares may take; then the person is shown the rest."""
_WITHOUT_EQUALITY = ("json", "xml", "point", "polygon")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Difference:
    """What comparing has brought; None: it was not compared, or not by key."""

    added: int | None = None
    removed: int | None = None
    changed: int | None = None
    same: int | None = None
    changed_columns: tuple[tuple[str, int], ...] = ()
    examples: tuple[ExampleRow, ...] = ()
    why_not: str = ""


def make_question(publishing: Publishing, current: Publication | None) -> Question:
    """Read what the person who decides has to see.

    Args:
        current: what readers have; None: nothing was published yet.
    """
    step, context, figures = publishing.step, publishing.context, publishing.figures
    found = _compare_safely(publishing, current)
    with session(context.warehouse_url, f"reading {step.table.public}") as connection:
        gates = approvals.gates_of(connection, context.run, step.table)
        readers = _readers(connection, publishing) if publishing.shape.breaks else []
        notes = [*_notes(connection, publishing, current), *filter(None, [found.why_not])]
    return Question(
        why="a published column goes or changes its type"
        if publishing.shape.breaks
        else "the spec asks for it before each publication",
        write_disposition=step.write_disposition.name,
        rows_before=current.rows_total if current else None,
        version_before=current.version if current else None,
        rows_staged=figures.staged,
        rows_read=figures.read,
        rows_quarantined=figures.quarantined,
        rows_deduplicated=figures.deduplicated,
        rows_discarded=figures.discarded,
        breaks=publishing.shape.breaks,
        columns_added=publishing.shape.added,
        readers=tuple(reader for reader, _ in readers),
        reader_domains=tuple(domain for _, domain in readers),
        gates=tuple(sorted(Counter(status for _, status, _, _ in gates).items())),
        attention=tuple(_attention(gates)),
        added=found.added,
        removed=found.removed,
        changed=found.changed,
        same=found.same,
        changed_columns=found.changed_columns,
        examples=found.examples,
        key=step.primary_key,
        notes=tuple(notes),
    )


def _readers(connection: Session, publishing: Publishing) -> list[tuple[str, str]]:
    step = publishing.step
    bi = publishing.context.bi_readers(step.table.public)
    return readers_of(connection, step, publishing.shape, bi)


def _attention(gates: Sequence[tuple[str, str, int | None, int | None]]) -> Iterator[str]:
    for name, status, failed, checked in gates:
        if status != CheckStatus.PASSED:
            rows = (
                f", {failed:,} of {tally(checked, 'row')}" if failed is not None and checked else ""
            )
            yield f"{name}: {status}{rows}"


def _notes(
    connection: Session, publishing: Publishing, current: Publication | None
) -> Iterator[str]:
    if current is None:
        yield "it is the first publication of the table"
        return
    step, run = publishing.step, publishing.context.run
    if publishing.shape.breaks and (pinned := pins_of(connection, step.table)):
        yield f"pinned versions stay: {describe_pins(pinned)}"
    if step.write_disposition.moves_staging:
        late = current.as_of > publishing.as_of
    else:
        late = bool(
            registry.next_interval_end(connection, step.table, current.version, run.interval_end)
        )
    if late:
        yield "readers have something newer already, and keep it"


def _compare_safely(publishing: Publishing, current: Publication | None) -> _Difference:
    """Comparing is a courtesy: where it cannot be done, the person is shown the rest."""
    if current is None:
        return _Difference(added=publishing.figures.staged, removed=0)
    url, table = publishing.context.warehouse_url, publishing.step.table
    try:
        url = with_statement_timeout(url, _comparing_limit(publishing.context.time_limit))
        with session(url, f"comparing {table.public}") as connection:
            return _compare(connection, publishing, current)
    except MedallionError as error:
        publishing.context.log.warning("%s is not compared: %s", table.public, error.problem)
        return _Difference(why_not="the rows could not be compared: the log says why")


def _comparing_limit(task: timedelta | None) -> timedelta:
    """How long one statement may take: all of them together have to leave time to ask."""
    return min(COMPARING, query_limit(task) / 4) if task else COMPARING


def _compare(connection: Session, publishing: Publishing, current: Publication) -> _Difference:
    """The rows as they would be after the publication, beside those of the current version. By key
    where there is one that both have; else only counts of added and removed rows."""
    step, context = publishing.step, publishing.context
    staging, rejects = (
        step.table.staging(context.run_key),
        step.table.rejects(context.run_key),
    )
    beside = Beside(
        table=step.table,
        version=current.version,
        staging=staging,
        rejects=rejects if columns_of(connection, rejects) else None,
        primary_key=step.primary_key,
        order=publishing.find_order(connection),
        missing_keys=step.missing_keys,
        has_unread_records=has_unread_records(connection, rejects),
        deleted_when=step.deleted_when,
    )
    before, after = step.write_disposition.sides(beside)
    sides = in_brackets(before), in_brackets(after)
    shared = _find_shared(
        columns_of(connection, step.table.version(current.version)),
        columns_of(connection, staging),
    )
    if not shared:
        return _Difference(why_not="no column of what readers have is left to compare")
    if not step.primary_key:
        added, removed = versions.count_without_key(connection, sides, shared)
        return _Difference(added=added, removed=removed)
    if not set(shared) >= set(step.primary_key):
        return _Difference(why_not="rows cannot be compared: the primary key changes")
    hidden = frozenset(shared) - _columns_to_show(publishing, shared)
    found = versions.compare_rows(
        connection, sides, shared, step.primary_key, hidden, most=EXAMPLES
    )
    by_column = versions.count_changed_values(connection, sides, shared, step.primary_key)
    return _Difference(
        added=found.added,
        removed=found.removed,
        changed=found.changed,
        same=found.same,
        changed_columns=tuple(sorted(by_column.items(), key=lambda one: -one[1])),
        examples=tuple(_example(found, one, step.primary_key) for one in found.examples),
    )


def _find_shared(before: Sequence[Column], after: Sequence[Column]) -> list[str]:
    """The columns that both have, of one type that can be compared; without Medallion's own."""
    types = {one.name: one.type for one in before}
    return [
        one.name
        for one in after
        if types.get(one.name) == one.type
        and not one.name.startswith("_")
        and one.type not in _WITHOUT_EQUALITY
    ]


def _columns_to_show(publishing: Publishing, columns: Sequence[str]) -> frozenset[str]:
    """The columns whose values are not personal; none where that is not known."""
    step = publishing.step
    if step.table.layer is Layer.SILVER:
        return step.approval.shown_columns if step.approval else frozenset()
    hidden = publishing.context.hidden_columns(step.table, columns)
    return frozenset() if hidden is None else frozenset(columns) - hidden


def _example(found: Comparison, row: ChangedRow, key: Sequence[str]) -> ExampleRow:
    shown = found.columns
    before = row.before or [None] * len(shown)
    after = row.after or [None] * len(shown)
    cells = [
        (name, _short(old), _short(new))
        for name, old, new in zip(shown, before, after, strict=True)
        if name not in key and (row.kind != "changed" or old != new)
    ]
    keys = (
        _short(value) or "" if name in shown else PROTECTED
        for name, value in zip(key, row.key, strict=True)
    )
    return ExampleRow(kind=row.kind, key=tuple(keys), cells=tuple(cells))


def _short(value: str | None) -> str | None:
    if value is None or len(value) <= LONGEST_VALUE:
        return value
    return f"{value[: LONGEST_VALUE - 1]}…"
