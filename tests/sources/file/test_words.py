"""Each word of files has its rule, its example in the docs, its shape that `new` detects and a
later file that it is held against, for every format that takes it: none is missing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.sources.file.later_files import CASES
from tests.sources.file.words import (
    COLUMN_WORDS,
    EVERYDAY,
    NOT_OF_SHAPE,
    SOURCE_WORDS,
    Word,
)
from tests.steps.test_later_values import SHAPES, VALUES

from medallion.sources.file.source import FileSource
from medallion.sources.formats.table import FORMATS

WORDS = {**SOURCE_WORDS, **COLUMN_WORDS}
UNPIVOTED = tuple(name for name, one in FORMATS.items() if one.has_columns)
OF_ALL = {"member": ("csv",), "compression": ("csv",), "unpivot": UNPIVOTED}
"""Keys that are of no one format, and those in which each is proven."""


def test_every_key_of_a_source_of_files_is_a_word() -> None:
    assert SOURCE_WORDS.keys() | NOT_OF_SHAPE == FileSource.model_fields.keys()


def formats_of(key: str) -> tuple[str, ...]:
    """The formats that take a key of the source."""
    return OF_ALL.get(key) or tuple(
        name for name, one in FORMATS.items() if one.keys and key in one.keys.model_fields
    )


@pytest.mark.parametrize("name", WORDS)
def test_a_wrong_value_is_refused_with_line_and_remedy(name: str, project_root: Path) -> None:
    said = (project_root / f"tests/spec/broken/{WORDS[name].rule}.txt").read_text("utf-8")
    place = re.compile(rf"^\S+:\d+:\d+: error: \[[\w-]+\] [^\s:]*\b{name}\b[\w\[\].]*: .+$")
    found = [line for line in said.splitlines() if place.match(line)]
    assert found, said


@pytest.mark.parametrize("name", WORDS)
def test_the_docs_have_an_example_that_is_run(name: str, project_root: Path) -> None:
    page, heading = WORDS[name].page
    text = (project_root / "docs" / page).read_text(encoding="utf-8")
    section = text.partition(f"\n## {heading}\n")[2] if heading else text
    section = re.split(r"^## ", section, maxsplit=1, flags=re.MULTILINE)[0]
    blocks = re.findall(r"^```yaml\n(.*?)^```", section, re.DOTALL | re.MULTILINE)
    assert any(re.search(rf"\b{name}:", block) for block in blocks), (heading, name)
    file, _, test = WORDS[name].example.partition("::")
    code = (project_root / file).read_text(encoding="utf-8")
    assert f"def {test}(" in code, test


@pytest.mark.parametrize("name", WORDS)
def test_new_writes_it_unaided(name: str) -> None:
    detected = WORDS[name].detected
    if name in SOURCE_WORDS:
        assert set(detected) == set(formats_of(name))
    for format_, shape in detected.items():
        if shape not in EVERYDAY:
            assert " " in shape, f"{shape} is neither a shape nor a reason"
            continue
        says = EVERYDAY[shape].says
        assert any(re.search(rf"\b{words_for(name)}:", one) for one in says), (format_, says)


def words_for(name: str) -> str:
    """What of a spec shows a word, where it is not the word itself."""
    others = {"columns_like": "fields", "column_names": "header", "sheet": "sheet_column",
              "from": "from", "lists": "lists"}  # fmt: skip
    return others.get(name, name)


@pytest.mark.parametrize("name", WORDS)
def test_a_later_file_is_held_against_it(name: str) -> None:
    if name in COLUMN_WORDS:
        assert name in VALUES or name in SHAPES
        return
    cases = {format_ for word, format_, *_ in CASES if word == name}
    held = WORDS[name].held
    if name in VALUES:
        cases |= set(VALUES[name].formats)
    assert cases | set(held) == set(formats_of(name)), name


def test_the_page_says_of_each_word_what_a_later_file_brings(project_root: Path) -> None:
    text = (project_root / "docs/sources-file.md").read_text(encoding="utf-8")
    section = text.partition("\n## When a later file is different\n")[2].partition("\n## ")[0]
    rows = [line for line in section.splitlines() if line.startswith("| `")]
    named = {word for row in rows for word in re.findall(r"`(\w+)", row.split("|")[1])}
    assert named >= set(list_held()), set(list_held()) - named


def list_held() -> Iterator[str]:
    """The words that a later file can contradict."""
    for name, word in WORDS.items():
        if not word.held or (isinstance(word, Word) and set(word.held) != set(word.detected)):
            yield name
