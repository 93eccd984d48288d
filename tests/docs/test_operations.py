"""docs/operations.md: its commands are there and take what is written, its pages exist, and what
other pages point to is on the page that they name."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from medallion.airflow.pages.app import make_app
from medallion.cli.__main__ import _parser

COMMAND = re.compile(r"python -m medallion\.cli ([a-z][^`\n]*)")


@pytest.fixture(scope="module")
def page(project_root: Path) -> str:
    return (project_root / "docs/operations.md").read_text(encoding="utf-8")


def test_the_commands_take_what_is_written(page: str) -> None:
    found = [shlex.split(line.replace("VERB --help", "")) for line in COMMAND.findall(page)]
    commands = [words for words in found if words]
    assert {words[0] for words in commands} >= {"status", "quarantine", "versions", "backfill"}
    for words in commands:
        assert _parser(words).parse_args(words).run, words


def test_the_targets_of_make_are_there(page: str, project_root: Path) -> None:
    targets = set(
        re.findall(r"^([a-z-]+(?: [a-z-]+)*):", (project_root / "Makefile").read_text(), re.M)
    )
    known = {name for line in targets for name in line.split()}
    asked = set(re.findall(r"`make ([a-z-]+)", page)) | set(
        re.findall(r"^make ([a-z-]+)", page, re.M)
    )
    assert len(asked) > 4
    assert asked <= known


def test_the_pages_that_it_names_are_there(page: str) -> None:
    places = {str(getattr(route, "path", "")) for route in make_app().routes}
    named = {place or "/" for place in re.findall(r"`/medallion(/[a-z/]*)`", page)}
    assert {"/", "/backfills", "/specs"} <= named
    assert named <= places


def test_every_heading_that_a_page_points_to_is_there(project_root: Path) -> None:
    docs = project_root / "docs"
    missing = []
    for source in [project_root / "README.md", *sorted(docs.glob("*.md"))]:
        text = source.read_text(encoding="utf-8")
        for file, anchor in re.findall(r"\]\(([\w./-]*\.md)?#([\w-]+)\)", text):
            target = source.parent / file if file else source
            if anchor not in anchors(target):
                missing.append(f"{source.name}: {file}#{anchor}")
    assert missing == []


def anchors(path: Path) -> set[str]:
    """As GitHub makes them of headings, and those that are written out."""
    text = path.read_text(encoding="utf-8")
    words = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    slugs = {re.sub(r"[^\w\- ]", "", word.lower()).strip().replace(" ", "-") for word in words}
    return slugs | set(re.findall(r'<a id="([\w-]+)">', text))
