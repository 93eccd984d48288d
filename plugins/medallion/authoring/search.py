"""Finds passages of the docs and of a project's specs and SQL by the words of a question."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from medallion.authoring.files import author_files, show_text
from medallion.errors import SetupError
from medallion.roots import PROJECT_ROOT
from medallion.spec.files.regular_file import FileRefused, read_bounded

MOST_LETTERS = 1200
"""Of a passage that is shown."""
_LINES = 20
"""Lines of a passage at most."""
_WORD = re.compile(r"[^\W_]+")
_HEADING = re.compile(r"#{1,4} ")
_IN_TITLE = 3
"""So many times as much counts a word in a heading or a path."""
_SHORTEST = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """A part of a file. `line`: where it begins, from 1. `title`: the heading above, or empty."""

    path: str
    line: int
    title: str
    text: str


def doc_pages() -> tuple[str, ...]:
    """The pages of Medallion's own documentation, by their paths."""
    pages = sorted((PROJECT_ROOT / "docs").glob("*.md"))
    return ("README.md", *(page.relative_to(PROJECT_ROOT).as_posix() for page in pages))


def doc_text(page: str) -> str:
    """The text of one of `doc_pages`.

    Raises:
        SetupError: there is no such page, or it cannot be read.
    """
    if page not in doc_pages():
        raise SetupError("there is no such page", remedy="`search` finds pages")
    try:
        return read_bounded(PROJECT_ROOT / page, PROJECT_ROOT).decode("utf-8", "replace")
    except (FileNotFoundError, FileRefused):
        raise SetupError(f"{page} cannot be read", remedy="look at the file") from None


def search(root: Path, question: str, most: int) -> list[Passage]:
    """The passages that answer best, the best first; none where no word is found.

    Args:
        root: the project whose specs and SQL are searched beside the docs.
        question: words, in any order.
        most: how many.
    """
    asked = {word for word in _words(question) if len(word) >= _SHORTEST}
    if not asked:
        return []
    passages = list(_passages(root))
    counted = [_count(one, asked) for one in passages]
    weights = _weights(counted)
    scored = [(_score(found, weights), -at) for at, found in enumerate(counted) if found]
    return [passages[-at] for _, at in sorted(scored, reverse=True)[:most]]


def _passages(root: Path) -> Iterator[Passage]:
    for page in doc_pages():
        yield from _sections(page, doc_text(page))
    for path in author_files(root):
        try:
            lines = show_text(root, path).split("\n")
        except SetupError:
            continue
        yield from _parts(path, 1, "", lines)


def _sections(path: str, text: str) -> Iterator[Passage]:
    """A page by its headings; one in a block of code is none."""
    title, begins, gathered, is_code = "", 1, list[str](), False
    for number, line in enumerate(text.split("\n"), 1):
        is_code ^= line.lstrip().startswith("```")
        if _HEADING.match(line) and not is_code:
            yield from _parts(path, begins, title, gathered)
            title, begins, gathered = line.lstrip("# ").strip(), number + 1, []
        else:
            gathered.append(line)
    yield from _parts(path, begins, title, gathered)


def _parts(path: str, begins: int, title: str, lines: Sequence[str]) -> Iterator[Passage]:
    """Lines in passages of a readable length."""
    for first in range(0, len(lines), _LINES):
        text = "\n".join(lines[first : first + _LINES])
        if text.strip():
            yield Passage(path=path, line=begins + first, title=title, text=text)


def _count(passage: Passage, asked: Iterable[str]) -> Mapping[str, float]:
    """How often each word that is asked for is there; more than three times counts as three."""
    there = Counter(_words(passage.text))
    above = Counter(_words(f"{passage.title} {passage.path}"))
    found = {word: min(there[word], 3) + _IN_TITLE * min(above[word], 1) for word in asked}
    return {word: float(number) for word, number in found.items() if number}


def _weights(counted: Sequence[Mapping[str, float]]) -> Mapping[str, float]:
    """A rare word says more than a common one."""
    holding = Counter(word for found in counted for word in found)
    return {word: math.log(1 + len(counted) / number) for word, number in holding.items()}


def _score(found: Mapping[str, float], weights: Mapping[str, float]) -> float:
    """The words that are there, most of all how many different ones."""
    return len(found) * sum(weights[word] * math.sqrt(number) for word, number in found.items())


def _words(text: str) -> list[str]:
    """Lower-case words, those of `primary_key` apart and together, plurals without their s."""
    found = [word.lower() for word in _WORD.findall(text)]
    return [word[:-1] if len(word) > 3 and word.endswith("s") else word for word in found]
