"""Verdicts of one copy of a project for another copy: what is the same is not compiled twice."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

from medallion.compiler.entries import Entry
from medallion.compiler.survey import Survey
from medallion.spec.files.evidence import Fact


def seed(other: Survey, survey: Survey) -> int:
    """Give a project that is about to be compiled the verdicts of another copy of it; how many.

    A verdict counts for the same text at the same place. What else of the disk it depends on is
    named by absolute paths: those below the other project are taken to be below this one, and are
    looked at here when the verdict is used, as any kept verdict is.

    Args:
        other: of the other copy, which is compiled.
        survey: of the project, nothing of which is compiled yet.
    """
    theirs, ours = other.compiler.store, survey.compiler.store
    entries = {one.name: one.entry for one in (*other.domains, *other.specs)}
    seeded = 0
    for one in (*survey.domains, *survey.specs):
        if one.entry is not None or not one.readable:
            continue
        entry = entries.get(other.compiler.name_of(one.place, survey.compiler.root / one.place))
        if entry is None or entry.until:
            continue
        found = {digest: theirs.read_text(digest) for digest in _texts(entry)}
        texts = {digest: text for digest, text in found.items() if text is not None}
        if len(texts) < len(found):
            continue
        facts = tuple(_move(fact, theirs.root, ours.root) for fact in entry.facts)
        moved = replace(entry, facts=facts)
        ours.keep(one.name, moved, texts)
        seeded += 1
    return seeded


def _texts(entry: Entry) -> list[str]:
    return [digest for digest in (entry.plan, entry.judged) if digest]


def _move(fact: Fact, other: Path, root: Path) -> Fact:
    """The fact as the same files would give it below `root`."""
    value = _below(fact.value, other, root) if fact.kind == "place" else fact.value
    folder = fact.folder if fact.kind == "names" else _below(fact.folder, other, root)
    return Fact(fact.kind, _below(fact.path, other, root), folder, value)


def _below(path: str, other: Path, root: Path) -> str:
    if path == str(other):
        return str(root)
    inside = os.path.join(other, "")  # noqa: PTH118  # Path drops the last slash
    return f"{root}/{path.removeprefix(inside)}" if path.startswith(inside) else path
