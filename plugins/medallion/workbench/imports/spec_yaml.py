"""A draft as the YAML that a careful person would write, with a comment where it is a guess."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from medallion.spec.messages.report import visible
from medallion.workbench.imports.base.outcome import Draft, KeyPath
from medallion.workbench.imports.base.sketch import PLACEHOLDER
from medallion.workbench.inference.spec_text import LONGEST_COLUMN, SCHEMA, flow

_BLOCKS = frozenset(("datasets", "gold", "source", "bronze", "silver", "columns", "checks"))
"""Keys whose content stands on lines of its own, however short it is."""


def draft_text(draft: Draft, origin: str) -> str:
    """The whole file.

    Args:
        draft: of one pipeline.
        origin: the file and its kind, for the comment at the top.
    """
    lines = [SCHEMA, f"# Imported from {visible(origin)}."]
    if draft.guesses:
        lines.append("# What the input does not say is marked: decide, and remove the mark.")
    marked = frozenset(where[:length] for where in draft.guesses for length in range(len(where)))
    for key, value in draft.said.items():
        if isinstance(value, Mapping):
            lines.append("")
        lines += _entry(draft, marked, (key,), value, "")
    return "\n".join((*lines, ""))


def domain_text(said: Mapping[str, Any]) -> str:
    """The text of a domain.yaml, with the line by which editors find its schema."""
    lines = [f"{key}: {flow(value)}" for key, value in said.items()]
    return "\n".join(("# yaml-language-server: $schema=../domain.schema.json", *lines, ""))


def _entry(
    draft: Draft, marked: frozenset[KeyPath], where: KeyPath, value: object, indent: str
) -> Iterator[str]:
    yield from _comments(draft, where, indent)
    key = flow(str(where[-1]))
    if isinstance(value, Mapping) and value and not _is_short(marked, where, value, indent):
        yield f"{indent}{key}:"
        align = _align(value) if where[-1] == "columns" else 0
        for name, one in value.items():
            for line in _entry(draft, marked, (*where, name), one, indent + "  "):
                yield _pad(line, name, align, indent) if align else line
        return
    if isinstance(value, Sequence) and not isinstance(value, str) and where[-1] == "checks":
        yield f"{indent}{key}:"
        for number, one in enumerate(value):
            yield from _comments(draft, (*where, number), f"{indent}  ")
            yield f"{indent}  - {flow(one)[1:-1]}"
        return
    yield from _scalar(key, value, indent)


def _scalar(key: str, value: object, indent: str) -> Iterator[str]:
    lines = value.split("\n") if isinstance(value, str) else []
    as_it_is = all(line == line.rstrip() and line.isprintable() for line in lines)
    if len(lines) > 1 and as_it_is and lines[0] and lines[0][0] not in " #":
        yield f"{indent}{key}: |-"
        yield from (f"{indent}  {line}" if line else "" for line in lines)
        return
    yield f"{indent}{key}: {flow(value)}"


def _is_short(
    marked: frozenset[KeyPath], where: KeyPath, value: Mapping[str, Any], indent: str
) -> bool:
    """Whether it stands on one line: nothing in it has a comment, and it fits."""
    if len(where) <= 2 or where[-1] in _BLOCKS:
        return False
    if where in marked:
        return False
    if any(isinstance(one, str) and "\n" in one for one in value.values()):
        return False
    return len(f"{indent}{where[-1]}: {flow(value)}") <= LONGEST_COLUMN + 8


def _align(columns: Mapping[str, Any]) -> int:
    return max(map(len, columns)) + 1


def _pad(line: str, name: str, width: int, indent: str) -> str:
    """The values of columns below each other."""
    start = f"{indent}  {name}: {{"
    if not line.startswith(start):
        return line
    return f"{indent}  {name + ':':{width}} {line[len(start) - 1 :]}"


def _comments(draft: Draft, where: KeyPath, indent: str) -> Iterator[str]:
    for why in draft.guesses.get(where, ()):
        text = visible(" ".join(why.split()))
        marked = text if text.startswith(PLACEHOLDER) else f"guess: {text}"
        yield from textwrap.wrap(
            marked,
            LONGEST_COLUMN + 8,
            initial_indent=f"{indent}# ",
            subsequent_indent=f"{indent}#   ",
            break_long_words=False,
            break_on_hyphens=False,
        )
