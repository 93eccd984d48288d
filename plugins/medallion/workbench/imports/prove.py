"""A draft that validates: what the spec's own rules refuse of it is taken out, and reported."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from medallion.errors import Issue
from medallion.spec.models.policy import PREFIX
from medallion.workbench.imports.base.outcome import Draft, KeyPath, NotMapped

MOST_ROUNDS = 200
_PART = re.compile(r"\[(\d+)\]|([^.\[\]]+)")
_NEEDED = frozenset(
    ("type", "conn_id", "path", "table", "query", "columns", "source", "silver", "sql")
)
"""Keys without which what they are in says nothing: that goes with them."""


def prove(
    draft: Draft, issues_of: Callable[[Draft], Sequence[Issue]]
) -> tuple[Draft, tuple[NotMapped, ...]]:
    """The draft without what is refused, and that, each with the rule's problem and remedy.

    Args:
        draft: of one pipeline.
        issues_of: what `validate` says of the draft's own spec. Warnings refuse nothing; nor does
            the organisation's policy here: what it asks for is the author's to add.
    """
    refused: list[NotMapped] = []
    for _ in range(MOST_ROUNDS):
        errors = (one for one in issues_of(draft) if one.level == "error")
        issues = [one for one in errors if not one.rule.startswith(PREFIX)]
        if not issues:
            break
        issue = issues[0]
        said = copy.deepcopy(dict(draft.said))
        where = _remove(said, _path(issue.key))
        if not where:
            break
        draft = _without(replace(draft, said=said), where)
        refused.append(
            NotMapped(
                place=f"the spec's {write_dotted(where)}",
                why=issue.problem,
                instead=issue.remedy,
            )
        )
    return draft, tuple(refused)


def _path(key: str) -> KeyPath:
    return tuple(int(number) if number else name for number, name in _PART.findall(key))


def _remove(said: dict[str, Any], path: KeyPath) -> KeyPath:
    """Take the last part of a path that can go out of a draft; returns its place, empty: none."""
    followed: list[tuple[Any, str | int]] = []
    node: Any = said
    for part in path:
        is_there = part in node if isinstance(node, dict) else isinstance(part, int) and (
            isinstance(node, list) and part < len(node)
        )  # fmt: skip
        if not is_there:
            continue
        followed.append((node, part))
        node = node[part]
    while followed:
        owner, part = followed[-1]
        is_top = len(followed) == 1 and part in ("description", "datasets", "gold")
        is_check = len(followed) > 1 and isinstance(followed[-2][1], int)
        if not is_top and not is_check and not _is_needed(followed):
            del owner[part]
            return tuple(one for _, one in followed)
        followed.pop()
    return ()


def _is_needed(followed: Sequence[tuple[Any, str | int]]) -> bool:
    owner, part = followed[-1]
    return part in _NEEDED or (len(owner) == 1 and len(followed) > 2)


def _without(draft: Draft, where: KeyPath) -> Draft:
    """Without the guesses of what has gone, and SQL that no table has."""
    kept = {w: why for w, why in draft.guesses.items() if w[: len(where)] != where}
    files = {table.get("sql") for table in draft.said.get("gold", {}).values()}
    sql = {name: text for name, text in draft.sql.items() if name in files}
    return replace(draft, guesses=kept, sql=sql)


def write_dotted(where: KeyPath) -> str:
    """A place as people write it."""
    text = ""
    for part in where:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text
