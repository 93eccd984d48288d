"""The lines of `for_each_table`: a whole spec of a database's tables, and what is added to one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import yaml

from medallion.spec.models.each_table import KEY
from medallion.workbench.inference.proposal import Proposal
from medallion.workbench.inference.spec_text import SCHEMA, column_lines, comment, flow, in_words

_INDENT = " " * 4
NO_RECORD = "it has no record now: a run without records is accepted"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposedTable:
    """One table: its name in the database, the key that the database says, and what was found of
    its columns. `dataset` is empty where the table's own name makes it; `source` are words of its
    type."""

    table: str
    proposal: Proposal
    primary_key: tuple[str, ...] = ()
    about: str = ""
    dataset: str = ""
    source: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class TablesHeading:
    """What is around the tables; `asked` are the keys that say which ones they are."""

    asked: Mapping[str, Any]
    origin: str
    start_date: date
    name: str
    description: str = ""
    schedule: str = ""
    left_out: Mapping[str, str] = field(default_factory=dict)
    """By table that could not be read, why."""


def tables_text(heading: TablesHeading, tables: Sequence[ProposedTable]) -> str:
    """The whole file."""
    return "\n".join((*_top(heading, tables), *table_lines(tables), ""))


def _top(heading: TablesHeading, tables: Sequence[ProposedTable]) -> Iterator[str]:
    yield SCHEMA
    yield f"# Inferred from {len(tables):,} tables of {heading.origin}."
    yield "# What was guessed is marked: decide, and remove the mark."
    described = heading.description or f"{in_words(heading.name).capitalize()}."
    yield f"description: {flow(described)}{'' if heading.description else '  # guess: say more'}"
    if heading.schedule:
        yield f"schedule: {flow(heading.schedule)}"
        yield f"start_date: {heading.start_date.isoformat()}"
    yield ""
    yield f"{KEY}:"
    yield from (f"  {key}: {flow(value)}" for key, value in heading.asked.items())
    for table, why in heading.left_out.items():
        yield from (f"  {line}" for line in comment(f"{table} is left out: {why}"))
    yield "  tables:"


def table_lines(tables: Sequence[ProposedTable]) -> Iterator[str]:
    """The lines of each table, below `tables:`."""
    for one in tables:
        yield from (f"{_INDENT}{line}" for line in _lines_of_table(one))


def _lines_of_table(one: ProposedTable) -> Iterator[str]:
    yield f"{flow(one.table)}:"
    if one.dataset:
        yield f"  dataset: {one.dataset}"
    row = " and ".join(map(in_words, one.primary_key)) or "record"
    if one.source:
        yield f"  source: {flow(dict(one.source))}"
    yield f"  description: {flow(one.about or f'One row for each {row}.')}"
    yield "  silver:"
    if one.primary_key:
        yield f"    primary_key: {flow(list(one.primary_key))}"
    else:
        likely = ", ".join(one.proposal.primary_key)
        seen = f"; {likely} tells the first records apart" if likely else ""
        yield from (f"    {line}" for line in comment(f"no primary key in the database{seen}"))
    if not one.proposal.records:
        yield from (f"    {line}" for line in comment(NO_RECORD))
        yield "    guard: {min_rows: 0}"
    yield "    columns:"
    yield from (f"      {line}" for line in column_lines(one.proposal.columns))


def add_tables(text: str, tables: Sequence[ProposedTable], gone: Sequence[str]) -> str:
    """The text of a spec with tables added at the end of its list, and a mark above each that has
    gone.

    Args:
        text: YAML, of a spec that is valid and has `for_each_table`.
        tables: to be added.
        gone: names of tables that the database no longer has.
    """
    listed = _tables_node(text)
    lines = text.split("\n")
    places = {key.value: key.start_mark for key, _ in listed.value}
    if tables:
        at = _end_of(listed, lines)
        lines[at:at] = table_lines(tables)
    for name in sorted(gone, key=lambda one: places[one].line, reverse=True):
        mark = places[name]
        note = f"{' ' * mark.column}# guess: {name} has gone: remove it, or was it renamed?"
        if lines[mark.line - 1] != note:
            lines.insert(mark.line, note)
    return "\n".join(lines)


def _tables_node(text: str) -> yaml.MappingNode:
    node: yaml.Node | None = yaml.compose(text, Loader=yaml.CSafeLoader)
    for part in (KEY, "tables"):
        assert isinstance(node, yaml.MappingNode)  # noqa: S101  # the spec is valid
        node = next(value for key, value in node.value if key.value == part)
    assert isinstance(node, yaml.MappingNode)  # noqa: S101
    return node


def _end_of(node: yaml.Node, lines: Sequence[str]) -> int:
    """The line behind a block, before the blank lines and comments that follow it."""
    at = min(int(node.end_mark.line) + (node.end_mark.column > 0), len(lines))
    while at and (not lines[at - 1].strip() or lines[at - 1].lstrip().startswith("#")):
        at -= 1
    return at
