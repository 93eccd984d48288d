"""No link of the documentation is dead, in either language; every page is in the navigation."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from docsite.links import dead_links, pages_outside_of_the_navigation
from docsite.page_set import PageSet

from medallion.roots import PROJECT_ROOT

_NAMED = re.compile(r"\bdocs/[a-z0-9/-]+\.md(?:#[\w-]+)?")


def test_no_link_and_no_anchor_of_the_documentation_is_dead(real: PageSet) -> None:
    assert dead_links(real) == []


def test_every_page_is_in_the_navigation(real: PageSet) -> None:
    assert pages_outside_of_the_navigation(real) == []


def test_the_image_has_every_file_that_pages_link_to(real: PageSet) -> None:
    """It builds the site from what is copied into a stage of its own, and a dead link ends that."""
    dockerfile = (PROJECT_ROOT / "deploy" / "docker" / "Dockerfile").read_text()
    stage = dockerfile.partition(" AS docs\n")[2].partition("\nFROM ")[0]
    copied = re.findall(r"^COPY (\S+) ", stage, re.MULTILINE)
    assert len(copied) > 5
    wanted = real.linked_files() | set(real.paths())
    inside = [one for one in wanted for place in copied if f"{one}/".startswith(f"{place}/")]
    assert wanted - set(inside) == set()


def test_pages_that_messages_name_are_there(real: PageSet) -> None:
    """A remedy that says `docs/operations.md#…` leads there."""
    named = {
        (found, path.name)
        for pattern in ("plugins/**/*.py", "plugins/**/*.html", "deploy/**/*.yml", "Makefile")
        for path in PROJECT_ROOT.glob(pattern)
        for found in _NAMED.findall(path.read_text(encoding="utf-8"))
    }
    assert len(named) > 30
    dead = []
    for target, file in sorted(named):
        place = real.place("Makefile", target)
        if place is None or (place.anchor and place.anchor not in real.anchors(place.path)):
            dead.append(f"{file}: {target}")
    assert dead == []


@pytest.mark.parametrize(
    ("page", "text", "problem"),
    [
        ("docs/alone.md", "[x](gone.md)", "docs/alone.md:3: gone.md: there is no such file"),
        (
            "docs/alone.md",
            "[x](checks.md#short-name)",
            "docs/alone.md:3: checks.md#short-name: docs/checks.md has no such heading; "
            "it has #short-names",
        ),
        ("docs/alone.md", "[x](#other)", "#other: docs/alone.md has no such heading"),
        ("docs/alone.md", "![x](images/no.png)", "images/no.png: there is no such file"),
        ("docs/alone.md", "[x][y]\n\n[y]: gone.md", "gone.md: there is no such file"),
        ("docs/alone.md", "[x](../../../etc/passwd)", "there is no such file"),
        (
            "docs/fr/checks.md",
            "[x](../checks.md#noms-courts)",
            "../checks.md#noms-courts: docs/checks.md has no such heading",
        ),
        ("README.md", "[x](checks.md)", "README.md:3: checks.md: there is no such file"),
    ],
)
def test_a_dead_link_is_named_with_its_place(
    project: Path, page: str, text: str, problem: str
) -> None:
    assert dead_links(PageSet(project)) == []
    (project / page).write_text(f"# Title\n\n{text}\n\n## Short names\n", encoding="utf-8")
    (found,) = [one for one in dead_links(PageSet(project)) if one.startswith(page)]
    assert problem in found


def test_what_looks_like_a_link_in_code_is_none(project: Path) -> None:
    (project / "docs/alone.md").write_text("# Alone\n\n`[x](no.md)`\n\n```\n[x](no.md)\n```\n")
    assert dead_links(PageSet(project)) == []


def test_a_page_that_is_not_in_the_navigation_is_named(project: Path) -> None:
    assert pages_outside_of_the_navigation(PageSet(project)) == []
    (project / "docs/new.md").write_text("# New\n")
    nav = project / "docsite/nav.yaml"
    nav.write_text(nav.read_text().replace("alone", "alone, checks, gone"))
    assert pages_outside_of_the_navigation(PageSet(project)) == [
        "docs/new.md: not in docsite/nav.yaml",
        "docsite/nav.yaml: checks is there twice",
        "docsite/nav.yaml: there is no page gone",
    ]


def test_an_index_brings_the_pages_of_its_folder(project: Path) -> None:
    for name in ("index", "0002-b", "0001-a"):
        path = project / "docs" / "decisions" / f"{name}.md"
        path.parent.mkdir(exist_ok=True)
        path.write_text("# D\n")
    nav = project / "docsite/nav.yaml"
    nav.write_text(nav.read_text().replace("alone", "alone, decisions/index"))
    page_set = PageSet(project)
    assert page_set.children("decisions/index") == ["decisions/0001-a", "decisions/0002-b"]
    assert pages_outside_of_the_navigation(page_set) == []


def test_the_list_of_decisions_has_every_decision_with_its_title_and_day(real: PageSet) -> None:
    listed = real.text("docs/decisions/index.md")
    for name in real.children("decisions/index"):
        text = real.text(real.english[name])
        title = re.search(r"^# (\d{4}): (.+)$", text, re.MULTILINE)
        day = re.search(r"^(\d{4}-\d\d-\d\d), ", text, re.MULTILINE)
        assert title and day, name
        file = name.removeprefix("decisions/")
        assert f"| {title[1]} | [{title[2]}]({file}.md) | {day[1]} |" in listed
