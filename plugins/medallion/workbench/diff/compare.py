"""Stages what a table's spec would publish, and holds it against what is published."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from medallion.names import PROVENANCE_COLUMNS, Layer, PublishedTable, TableName
from medallion.operations.surroundings import Surroundings
from medallion.publish.declaration import BreakingChange
from medallion.publish.disposition import Beside, WriteDisposition
from medallion.publish.order import Order
from medallion.publish.relations import Column
from medallion.publish.replace import REPLACE
from medallion.warehouse.catalogue.versions import in_brackets
from medallion.warehouse.quarantine.rejects import has_unread_records
from medallion.warehouse.registry.masks import read_columns_in_clear
from medallion.warehouse.registry.records import Publication
from medallion.warehouse.session.relations import columns_of, row_count
from medallion.warehouse.session.transaction import Session, session
from medallion.warehouse.tables.compared_columns import Compared, match_columns
from medallion.warehouse.tables.copied import copy_published, mask_rows
from medallion.warehouse.tables.primary_key import prove_key
from medallion.warehouse.tables.table_diff import (
    Differences,
    Query,
    aggregates,
    diff_by_key,
    diff_whole_rows,
    tune_transaction,
)
from medallion.workbench.comparison.sides import Side
from medallion.workbench.diff.ask import Question
from medallion.workbench.diff.examples import column_diffs, row_examples
from medallion.workbench.diff.found import Aggregate, Rows, TableDiff, schema_changes
from medallion.workbench.diff.gold import key_problem, stage_gold, stage_gold_here
from medallion.workbench.diff.protected import NOTHING_HIDDEN, find_hidden_columns
from medallion.workbench.diff.silver import Candidate, Say, stage_silver
from medallion.workbench.scratch import Scratch

WITHOUT_KEY = (
    "without a primary key whole rows are compared: a row that changes counts as one removed and "
    "one added"
)
REFUSED = (
    "a run would be refused, because readers lose a column or find it changed: "
    "`breaking_change: allow` says that it is meant"
)


def diff(
    question: Question,
    side: Side,
    scratch: Scratch,
    surroundings: Surroundings,
    say: Say,
    hidden: Mapping[PublishedTable, frozenset[str]] = NOTHING_HIDDEN,
) -> TableDiff:
    """Make the rows, copy the published ones beside them, and compare.

    Args:
        side: the working tree's specs: they say which columns are personal.
        scratch: an empty one.
        say: takes lines of progress.
        hidden: see `find_hidden_columns`.

    Raises:
        MedallionError: there are no rows to compare, by who must act.
    """
    candidate = _stage(question, scratch, surroundings, say)
    candidate = _mask_for_readers(question, candidate, scratch, surroundings)
    return compare_staged(question, candidate, side, scratch, surroundings, say, hidden)


def compare_staged(
    question: Question,
    candidate: Candidate,
    side: Side,
    scratch: Scratch,
    surroundings: Surroundings,
    say: Say,
    hidden: Mapping[PublishedTable, frozenset[str]] = NOTHING_HIDDEN,
) -> TableDiff:
    """Compare rows that are staged in a scratch already with the published ones; the rest is as
    with `diff`."""
    table, current = question.table, question.current
    published = 0
    if current is not None:
        say(f"reading {table.public} as it is published")
        with (
            session(surroundings.warehouse_url, f"reading {table.public}") as warehouse,
            session(scratch.warehouse_url, f"copying {table.public}") as target,
        ):
            copied = table.version(current.version)
            published = copy_published(
                warehouse, target, table, into=copied, without=PROVENANCE_COLUMNS
            )
    say("comparing")
    with session(scratch.warehouse_url, f"comparing {table.public}") as connection:
        tune_transaction(connection)
        new = columns_of(connection, table.staging(candidate.run.key))
        old = columns_of(connection, table.version(current.version)) if current else ()
        names = [column.name for column in (*new, *old) if column.name[0] != "_"]
        private = find_hidden_columns(table, names, side, surroundings.project_root, hidden)
        shapes = _Shapes(old=_own(old), new=_own(new), hidden=private & frozenset(names))
        if current is None:
            return _first(connection, question, candidate, shapes)
        return _compare(connection, question, candidate, shapes, current, published)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shapes:
    """The columns of both sides, without Medallion's own, and those that are protected."""

    old: tuple[Column, ...]
    new: tuple[Column, ...]
    hidden: frozenset[str]


def _stage(question: Question, scratch: Scratch, surroundings: Surroundings, say: Say) -> Candidate:
    table, plan, run = question.table, question.plan, question.run
    if table.layer is Layer.SILVER:
        return stage_silver(plan, table, run, question.landing, scratch, surroundings, say)
    if scratch.made.keys() & question.step.inputs:
        return stage_gold_here(plan, table, run, scratch, surroundings, say)
    return stage_gold(plan, table, run, scratch, surroundings, say)


def _mask_for_readers(
    question: Question, candidate: Candidate, scratch: Scratch, surroundings: Surroundings
) -> Candidate:
    """What is staged has the clear values of columns that readers get masked: it gets the masks, as
    what is published has them for whoever reads it here."""
    table = question.table
    masks = [mask for mask in question.step.masks if mask.roles]
    if not masks:
        return candidate
    with session(surroundings.warehouse_url, f"looking at {table.public}") as warehouse:
        clear = read_columns_in_clear(warehouse, table)
    masks = [mask for mask in masks if mask.column not in clear]
    with session(scratch.warehouse_url, f"masking {table.public}") as connection:
        found = mask_rows(connection, table.staging(candidate.run.key), masks)
    note = f"compared as readers get them, masked: {', '.join(found)}"
    return replace(candidate, notes=(*candidate.notes, note)) if found else candidate


def _first(
    connection: Session, question: Question, candidate: Candidate, shapes: _Shapes
) -> TableDiff:
    """A table that was never published: all of it is new."""
    staging = question.table.staging(candidate.run.key)
    side = in_brackets(REPLACE.sides(_beside(connection, question, candidate, 0))[1])
    measured = aggregates(connection, side, shapes.new, shapes.hidden)
    return TableDiff(
        table=question.table,
        source=candidate.source,
        version=None,
        published_at=None,
        key=question.step.primary_key,
        hidden=shapes.hidden,
        schema=schema_changes((), shapes.new),
        rows=None,
        rows_after=row_count(connection, staging),
        untouched=0,
        columns=(),
        examples=(),
        aggregates=(*_compare_left_out(None, candidate), *_aggregates({}, measured)),
        notes=candidate.notes,
        problem=str(candidate.problem or ""),
    )


def _compare(
    connection: Session,
    question: Question,
    candidate: Candidate,
    shapes: _Shapes,
    current: Publication,
    published: int,
) -> TableDiff:
    step, both = question.step, match_columns(shapes.old, shapes.new, shapes.hidden)
    schema, key = schema_changes(shapes.old, shapes.new), _key(question, both)
    disposition, why = _disposition(question, current, both)
    beside = _beside(connection, question, candidate, current.version)
    old, new = map(in_brackets, disposition.sides(beside))
    tables = beside.table.version(beside.version), beside.staging
    found = _differences(connection, tables, (old, new), both, key, question.most)
    others = tuple(one for one in both if one.name not in key)
    notes = [*candidate.notes, *filter(None, [why, "" if key else WITHOUT_KEY])]
    if schema.is_breaking and step.breaking_change is BreakingChange.REFUSE:
        notes.append(REFUSED)
    before = aggregates(connection, old, shapes.old, shapes.hidden)
    after = aggregates(connection, new, shapes.new, shapes.hidden)
    problem = candidate.problem or key_problem(question.table, step.primary_key, found.after)
    return TableDiff(
        table=question.table,
        source=candidate.source,
        version=current.version,
        published_at=current.published_at,
        key=key,
        hidden=shapes.hidden,
        schema=schema,
        rows=_rows(found),
        rows_after=found.after.rows,
        untouched=published - found.before.rows,
        columns=column_diffs(found, others, question.most),
        examples=row_examples(found, others),
        aggregates=(*_compare_left_out(current, candidate), *_aggregates(before, after)),
        notes=tuple(notes),
        problem=str(problem or ""),
    )


def _key(question: Question, both: Sequence[Compared]) -> tuple[str, ...]:
    """What rows are compared by; empty: as wholes."""
    key = question.step.primary_key
    return key if set(key) <= {one.name for one in both} else ()


def _disposition(
    question: Question, current: Publication, both: Sequence[Compared]
) -> tuple[WriteDisposition, str]:
    """The disposition that says which published rows such a run would overwrite; and why it is not
    the spec's, where it is not."""
    own, key = question.step.write_disposition, question.step.primary_key
    if current.write_disposition != own.name:
        return REPLACE, (
            f"the published table was written by {current.write_disposition}, not by {own.name}: "
            "all of it is compared with the new rows"
        )
    alike = {one.name for one in both if not one.type}
    if set(key) <= alike:
        return own, ""
    return REPLACE, "the key is another one than that of the published table"


def _beside(connection: Session, question: Question, candidate: Candidate, version: int) -> Beside:
    step, run = question.step, candidate.run
    rejects = question.table.rejects(run.key)
    return Beside(
        table=question.table,
        version=version,
        staging=question.table.staging(run.key),
        rejects=rejects if columns_of(connection, rejects) else None,
        primary_key=step.primary_key,
        order=Order(interval_end=run.interval_end),
        missing_keys=step.missing_keys,
        has_unread_records=has_unread_records(connection, rejects),
        deleted_when=step.deleted_when,
    )


def _differences(
    connection: Session,
    tables: tuple[TableName, TableName],
    sides: tuple[Query, Query],
    both: Sequence[Compared],
    key: Sequence[str],
    most: int,
) -> Differences:
    """Compare two sides, each of which are rows of one table."""
    if not key:
        return diff_whole_rows(connection, sides, both, most=most)
    by_name = {one.name: one for one in both}
    keys = [by_name[name] for name in key]
    others = [one for one in both if one.name not in key]
    is_plain = not any(one.type for one in keys)  # an index holds values as they are
    unique = [is_plain and prove_key(connection, table, key) for table in tables]
    return diff_by_key(connection, sides, keys, others, most=most, unique=(unique[0], unique[1]))


def _own(columns: Sequence[Column]) -> tuple[Column, ...]:
    return tuple(column for column in columns if column.name[0] != "_")


def _rows(found: Differences) -> Rows:
    return Rows(
        before=found.before.rows,
        after=found.after.rows,
        added=found.added,
        removed=found.removed,
        changed=found.changed,
        same=found.same,
        uncompared_before=found.before.uncompared,
        uncompared_after=found.after.uncompared,
    )


_Measured = Mapping[str, Mapping[str, str | None]]


def _aggregates(before: _Measured, after: _Measured) -> Iterator[Aggregate]:
    """Each measure of each column, in the order of the new table; then those of removed columns."""
    for column in (*after, *(name for name in before if name not in after)):
        old, new = before.get(column, {}), after.get(column, {})
        for measure in dict.fromkeys([*old, *new]):
            yield Aggregate(
                column=column, measure=measure, before=old.get(measure), after=new.get(measure)
            )


def _compare_left_out(current: Publication | None, candidate: Candidate) -> Iterator[Aggregate]:
    """What was read and would not be published, beside that of the last publication."""
    for name, count in candidate.left_out:
        before = getattr(current, _LEFT_OUT[name]) if current else None
        yield Aggregate(
            column="",
            measure=name,
            before=None if before is None else str(before),
            after=str(count),
        )


_LEFT_OUT = {
    "quarantined": "rows_quarantined",
    "duplicates": "rows_deduplicated",
    "discarded": "rows_discarded",
}
