"""A proposal as the YAML that a careful person would write: comments only where something was
guessed."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from medallion.workbench.inference.alike import find_alike
from medallion.workbench.inference.proposal import Proposal, ProposedColumn
from medallion.workbench.inference.readings import MISSING

SCHEMA = "# yaml-language-server: $schema=../pipeline.schema.json"
LONGEST_COLUMN = 92
"""Characters of a column that is written on one line."""
_NUMBERED = re.compile(r"column_\d+")
"""A column that the source gives no name."""
_NEEDS_QUOTES = re.compile(r"""[,\[\]{}#&*!|>'"%@`]|: |:$|^\s|\s$""")


@dataclass(frozen=True, slots=True, kw_only=True)
class Heading:
    """What is around the columns.

    Attributes:
        dataset: the silver table's name.
        description: of the pipeline; empty: a stub is written, and marked.
        schedule: cron or a preset; empty: none.
        start_date: of the schedule.
        source: the keys of `source:`.
        origin: what was read, for the comment at the top.
        guesses: of keys of `source:`, why they are as they are.
        notes: further guesses about the source, each a comment above it.
        about: a description of the dataset; empty: a row's key says what it is.
        write_disposition: of a stream; empty: the source says whether it reads increments.
        deleted_when: the column by which a row deletes its key; empty: none.
    """

    dataset: str
    source: Mapping[str, Any]
    origin: str
    start_date: date
    description: str = ""
    schedule: str = ""
    guesses: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    about: str = ""
    write_disposition: str = ""
    deleted_when: str = ""

    @property
    def reads_increments(self) -> bool:
        """Whether a run reads only what is new."""
        return "cursor" in self.source or bool(self.write_disposition)


def spec_text(heading: Heading, proposal: Proposal) -> str:
    """The whole file."""
    return "\n".join((*_top(heading, proposal), *_dataset(heading, proposal), ""))


def _top(heading: Heading, proposal: Proposal) -> Iterator[str]:
    yield SCHEMA
    some = "" if proposal.is_whole else "the first "
    yield f"# Inferred from {some}{proposal.records:,} records of {heading.origin}."
    guessed = any(column.guesses for column in proposal.columns) or proposal.row_filter
    if guessed or heading.guesses or heading.notes or not heading.description:
        yield "# What was guessed is marked: decide, and remove the mark."
    described = heading.description or f"{in_words(heading.dataset).capitalize()}."
    yield f"description: {flow(described)}{'' if heading.description else '  # guess: say more'}"
    if heading.schedule:
        yield f"schedule: {flow(heading.schedule)}"
        yield f"start_date: {heading.start_date.isoformat()}"
    yield ""


def _dataset(heading: Heading, proposal: Proposal) -> Iterator[str]:
    yield "datasets:"
    yield f"  {heading.dataset}:"
    is_named = not any(_NUMBERED.fullmatch(name) for name in proposal.primary_key)
    key = " and ".join(map(in_words, proposal.primary_key)) if is_named else ""
    one = f"One row for each {key or 'record'}."
    yield f"    description: {flow(heading.about or one)}"
    yield from (f"    {line}" for note in heading.notes for line in comment(note))
    yield "    source:"
    for key, value in heading.source.items():
        if key in heading.guesses:
            yield from (f"      {line}" for line in comment(heading.guesses[key]))
        yield from (f"      {line}" for line in _lines_of(key, value))
    if not heading.reads_increments:
        yield "    bronze:"
        yield "      checks:"
        yield "        - row_count: {min_value: 1}"
    yield "    silver:"
    yield from (f"      {line}" for note in proposal.notes for line in comment(note, ""))
    if proposal.primary_key:
        others = [group for group in proposal.keys if group != proposal.primary_key]
        if others:
            shown = "; ".join(", ".join(group) for group in others[:3])
            yield f"      # guess: {shown} would be a key too"
        yield f"      primary_key: {flow(list(proposal.primary_key))}"
    yield from (f"      {line}" for line in _say_disposition(heading))
    columns, alike = find_alike(proposal.columns, proposal.primary_key)
    yield "      columns:" + ("" if columns else " {}")
    yield from (f"        {line}" for line in column_lines(columns))
    if alike:
        yield "      columns_like:"
        yield from (f"        {line}" for line in _alike_lines(alike))
    if proposal.row_filter:
        yield from (f"      {line}" for line in comment(proposal.filter_guess))
        yield f"      filter: {flow(proposal.row_filter)}"
    if proposal.checks:
        yield "      checks:"
        yield from (f"        - {flow(check)[1:-1]}" for check in proposal.checks)


def _say_disposition(heading: Heading) -> Iterator[str]:
    if heading.reads_increments:
        yield f"write_disposition: {heading.write_disposition or 'merge'}"
    if heading.deleted_when:
        yield f"deleted_when: {heading.deleted_when}"


def comment(text: str, mark: str = "guess: ") -> list[str]:
    """A remark on lines of its own."""
    return textwrap.wrap(
        f"{mark}{_plain(text)}",
        LONGEST_COLUMN,
        initial_indent="# ",
        subsequent_indent="#   ",
        break_long_words=False,
        break_on_hyphens=False,
    )


def _lines_of(key: str, value: object) -> Iterator[str]:
    """A key and its value; a text of several lines as it is, where YAML keeps it so, and a list of
    mappings with each on its line."""
    if isinstance(value, list) and value and all(isinstance(one, Mapping) for one in value):
        yield f"{key}:"
        yield from (f"  - {flow(one)}" for one in value)
        return
    lines = value.split("\n") if isinstance(value, str) else []
    as_it_is = len(lines) > 1 and all(line == line.rstrip() for line in lines)
    if not as_it_is or lines[0] != lines[0].lstrip() or not lines[0]:
        yield f"{key}: {flow(value)}"
        return
    yield f"{key}: |"
    yield from (f"  {line}" if line else "" for line in lines)


def column_lines(columns: Sequence[ProposedColumn]) -> Iterator[str]:
    """The lines of `columns:`, without the blanks before them."""
    width = max((len(column.name) for column in columns), default=0) + 1
    for column in columns:
        for guess in column.guesses:
            yield from comment(guess)
        line = f"{column.name + ':':{width}} {flow(column.said)}"
        if len(line) <= LONGEST_COLUMN:
            yield line
            continue
        yield f"{column.name}:"
        for key, value in column.said.items():
            yield f"  {key}: {flow(value)}"


def _alike_lines(entry: Mapping[str, Any]) -> Iterator[str]:
    """The one entry of `columns_like:`, its fields on as many lines as they need."""
    yield from textwrap.wrap(
        f"- fields: {flow(entry['fields'])}",
        LONGEST_COLUMN,
        subsequent_indent=" " * 11,
        break_long_words=False,
        break_on_hyphens=False,
    )
    if entry.get("null_values"):
        shown = ", ".join(repr(word) for word in entry["null_values"] if word)
        yield f"  # guess: {shown} {MISSING}"
    yield from (f"  {key}: {flow(value)}" for key, value in entry.items() if key != "fields")


def flow(value: object) -> str:
    """A value as YAML on one line.

    >>> flow({"type": "decimal(18,2)", "clean": ["trim"]})
    '{type: "decimal(18,2)", clean: [trim]}'
    """
    if isinstance(value, Mapping):
        inside = ", ".join(f"{flow(key)}: {flow(one)}" for key, one in value.items())
        return f"{{{inside}}}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(flow, value))}]"
    return _scalar(value)


def _scalar(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    if not isinstance(value, str):
        return str(value)
    return value if _is_plain(value) else _quote(value)


@lru_cache(maxsize=65_536)
def _is_plain(text: str) -> bool:
    """Whether the text means itself without quotes, within brackets too."""
    import yaml

    if (
        not text.isprintable()
        or any(one in text for one in ",[]{}#&*!|>'\"%@`")
        or text != text.strip()
    ):
        return False
    try:
        return (
            bool(yaml.load(f"[{text}]", Loader=yaml.CSafeLoader) == [text])
            and ": " not in text
            and not text.endswith(":")
        )
    except yaml.YAMLError:
        return False


def _quote(text: str) -> str:
    """In double quotes, whose escapes are those of JSON."""
    import json

    return json.dumps(text, ensure_ascii=not text.isprintable())


def _plain(text: str) -> str:
    return " ".join(text.split())


def in_words(name: str) -> str:
    """A name as people say it.

    >>> in_words("order_lines")
    'order lines'
    """
    return name.replace("_", " ")
