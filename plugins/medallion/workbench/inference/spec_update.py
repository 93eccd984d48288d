"""A spec's text with what drifted put right; everything else stays as its author wrote it."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import yaml

from medallion.spec.models.each_table import KEY, list_made
from medallion.spec.yaml.loader import read_yaml
from medallion.workbench.inference.drift import Drift
from medallion.workbench.inference.proposal import ProposedColumn
from medallion.workbench.inference.spec_text import column_lines


@dataclass(frozen=True, slots=True)
class _Edit:
    """Lines from `start` up to `end` (from 0, half open) become others."""

    start: int
    end: int
    lines: tuple[str, ...]


def update_spec(text: str, dataset: str, drift: Drift) -> str:
    """The text of a spec with a dataset's columns changed and added.

    Columns whose field has gone stay: a comment above says so.

    Args:
        text: YAML, of a spec that is valid.
        dataset: whose columns have drifted.
        drift: what has.
    """
    columns = _columns_node(text, dataset)
    places = {key.value: (key, value) for key, value in columns.value}
    indent = columns.value[0][0].start_mark.column
    lines = text.split("\n")
    edits = []
    for one in drift.changed:
        if one.name not in places:
            edits += _note_above_alike(
                text, dataset, f"{one.name}: {_note(one.refused, one.examples)}"
            )
            continue
        key, value = places[one.name]
        column = ProposedColumn(
            name=one.name,
            said=one.said,
            evidence="",
            guesses=(_note(one.refused, one.examples),),
        )
        edits.append(
            _Edit(key.start_mark.line, _last_line(value), _indent_columns([column], indent))
        )
    for name in drift.gone:
        if name not in places:
            edits += _note_above_alike(text, dataset, f"{name} has gone")
            continue
        line = places[name][0].start_mark.line
        note = f"# guess: {name} has gone: `optional: true`, or a second name in `from`?"
        if lines[line - 1].strip() == note:  # it was proposed before, and is not decided yet
            continue
        edits.append(_Edit(line, line, (" " * indent + note,)))
    if drift.added:
        end = _last_line(columns.value[-1][1])
        edits.append(_Edit(end, end, _indent_columns(drift.added, indent)))
    for edit in sorted(edits, key=lambda one: one.start, reverse=True):
        lines[edit.start : edit.end] = edit.lines
    return "\n".join(lines)


def _note_above_alike(text: str, dataset: str, note: str) -> list[_Edit]:
    """A mark above `columns_like`, which makes the column; none where it is there already."""
    key = _key_node(text, dataset, "columns_like")
    mark = f"# guess: {note}: write it in `columns`"
    if key is None or mark in text:
        return []
    line = key.start_mark.line
    return [_Edit(line, line, (" " * key.start_mark.column + mark,))]


def diff(before: str, after: str, name: str) -> str:
    """The unified diff of two texts of a file."""
    found = difflib.unified_diff(
        before.splitlines(keepends=True), after.splitlines(keepends=True), name, name
    )
    return "".join(found)


def is_block(text: str, dataset: str) -> bool:
    """Whether the dataset's columns are on lines of their own, so that they can be changed."""
    return not _columns_node(text, dataset).flow_style


def _key_node(text: str, dataset: str, key: str) -> yaml.Node | None:
    """A key of the dataset's silver."""
    node = yaml.compose(text, Loader=yaml.CSafeLoader)
    for part in (*_place_of(text, dataset), "silver"):
        assert isinstance(node, yaml.MappingNode)  # noqa: S101  # the spec is valid
        node = next(value for name, value in node.value if name.value == part)
    assert isinstance(node, yaml.MappingNode)  # noqa: S101
    return next((name for name, _ in node.value if name.value == key), None)


def _columns_node(text: str, dataset: str) -> yaml.MappingNode:
    node = yaml.compose(text, Loader=yaml.CSafeLoader)
    for part in (*_place_of(text, dataset), "silver", "columns"):
        if not isinstance(node, yaml.MappingNode):
            break
        node = next(value for key, value in node.value if key.value == part)
    assert isinstance(node, yaml.MappingNode)  # noqa: S101  # the spec is valid
    return node


def _place_of(text: str, dataset: str) -> tuple[str, ...]:
    """Where a dataset is declared: by itself, or as a table of `for_each_table`."""
    raw = read_yaml(text.encode())
    if dataset in raw.get("datasets", {}):
        return "datasets", dataset
    table = next((one.table for one in list_made(raw) if one.name == dataset), "")
    return (KEY, "tables", table) if table else ("datasets", dataset)


def _last_line(node: yaml.Node) -> int:
    """The line behind a value, from 0. A block ends where the next thing begins."""
    if isinstance(node, yaml.MappingNode) and node.value and not node.flow_style:
        return _last_line(node.value[-1][1])
    if isinstance(node, yaml.SequenceNode) and node.value and not node.flow_style:
        return _last_line(node.value[-1])
    return int(node.end_mark.line) + (node.end_mark.column > 0)


def _indent_columns(columns: Sequence[ProposedColumn], indent: int) -> tuple[str, ...]:
    return tuple(f"{' ' * indent}{line}" for line in column_lines(columns))


def _note(refused: int, examples: Iterable[str]) -> str:
    shown = ", ".join(repr(text[:40]) for text in examples)
    return f"records that it did not read: {refused:,}" + (f", with {shown}" if shown else "")
