"""Both languages have every page, and what a page links to is in its own tree."""

from __future__ import annotations

from pathlib import Path

import pytest
from docsite.assemble import assemble
from docsite.drawings import diagrams, pictures_of
from docsite.page_set import PageSet, SiteError
from docsite.translations import accept

from medallion.roots import PROJECT_ROOT


def tree_of(project: Path, language: str) -> dict[str, str]:
    tree = project / "trees" / language
    assemble(PageSet(project), language, tree)
    return {
        path.relative_to(tree).as_posix(): path.read_text(encoding="utf-8", errors="replace")
        for path in tree.rglob("*")
        if path.is_file()
    }


@pytest.fixture
def translated(project: Path) -> Path:
    accept(PageSet(project), "checks")
    return project


def test_each_language_has_every_page_and_the_files_that_they_link_to(translated: Path) -> None:
    english, french = tree_of(translated, "en"), tree_of(translated, "fr")
    assert set(english) == {
        "index.md", "checks.md", "alone.md", "readme.md", "files/specs/a.yaml.md",
    }  # fmt: skip
    assert set(french) == set(english)
    assert english["checks.md"].endswith("[home](index.md), [a file](files/specs/a.yaml.md)\n")
    assert "description: A." in english["files/specs/a.yaml.md"]
    assert "[checks](checks.md#short-names)" in english["readme.md"]
    assert ":caption: All\n" in english["index.md"]
    assert ":caption: Tout\n" in french["index.md"]


def test_french_pages_are_without_their_marker_and_the_others_have_a_note(
    translated: Path,
) -> None:
    french = tree_of(translated, "fr")
    assert french["checks.md"].startswith("# Contrôles\n\n## Noms courts\n")
    assert french["alone.md"].startswith("# Alone\n\n```{note}\nCette page n’existe qu’en anglais.")
    assert "{note}" not in tree_of(translated, "en")["alone.md"]


def test_the_french_navigation_says_which_pages_are_in_english(translated: Path) -> None:
    assert "\n/checks\nAlone (en anglais) </alone>\n" in tree_of(translated, "fr")["index.md"]
    assert "\n/checks\n/alone\n" in tree_of(translated, "en")["index.md"]


def test_a_link_to_an_english_heading_leads_to_the_french_one(translated: Path) -> None:
    assert "[names](checks.md#noms-courts), [here](#alone)" in tree_of(translated, "fr")["alone.md"]
    assert "[seule](alone.md#alone)" in tree_of(translated, "fr")["checks.md"]


def test_no_line_of_french_begins_with_what_closes_it(translated: Path) -> None:
    """And a heading with such a space has the anchor that a forge gives it."""
    french = translated / "docs/fr/checks.md"
    french.write_text(
        french.read_text().replace("Noms courts", "Noms : courts") + "\n`a : b` : c ?\n"
    )
    (translated / "docs/alone.md").write_text("# Alone\n\n[n](checks.md#short-names) : x\n")
    tree = tree_of(translated, "fr")
    assert "## Noms\N{NO-BREAK SPACE}: courts\n" in tree["checks.md"]
    assert "`a : b`\N{NO-BREAK SPACE}: c\N{NO-BREAK SPACE}?\n" in tree["checks.md"]
    assert "[n](checks.md#noms--courts) : x" in tree["alone.md"]


def test_a_page_that_is_out_of_date_says_so_and_loses_the_anchors_that_it_lacks(
    translated: Path,
) -> None:
    english = translated / "docs/checks.md"
    english.write_text(english.read_text() + "\n## New\n")
    (translated / "docs/alone.md").write_text("# Alone\n\n[n](checks.md#new)\n")
    french = tree_of(translated, "fr")
    assert "```{warning}\nLa page anglaise a changé" in french["checks.md"]
    assert '<a href="../en/checks.html">' in french["checks.md"]
    assert "[n](checks.md)" in french["alone.md"]
    assert "[n](checks.md#new)" in tree_of(translated, "en")["alone.md"]


def test_what_is_made_from_the_code_is_below_a_french_page_in_english(translated: Path) -> None:
    english = translated / "docs/checks.md"
    english.write_text(english.read_text() + "\n<!-- Made from x -->\n\n## Keys\n")
    (translated / "docs/alone.md").write_text("# Alone\n\n[k](checks.md#keys)\n")
    french = tree_of(translated, "fr")
    assert "{warning}" not in french["checks.md"], "nobody has to translate it"
    assert french["checks.md"].endswith("<!-- Made from x -->\n\n## Keys\n")
    assert "[k](checks.md#keys)" in french["alone.md"]


def test_a_marker_that_cannot_be_read_keeps_the_site_from_being_built(project: Path) -> None:
    with pytest.raises(SiteError, match="which version of docs/checks"):
        tree_of(project, "fr")


def test_what_is_as_before_is_left_alone_and_what_is_gone_is_removed(translated: Path) -> None:
    tree_of(translated, "en")
    tree = translated / "trees" / "en"
    before = {path: path.stat().st_mtime_ns for path in tree.rglob("*.md")}
    (translated / "docs/alone.md").write_text("# Alone\n\nOther.\n")
    (translated / "docs/checks.md").write_text("# Checks\n\n## Short names\n")
    tree_of(translated, "en")
    after = {path: path.stat().st_mtime_ns for path in tree.rglob("*.md")}
    changed = {path.name for path in after if after[path] != before[path]}
    assert changed == {"alone.md", "checks.md"}
    assert not (tree / "files").exists()


def test_every_diagram_is_drawn(real: PageSet) -> None:
    drawn = diagrams(real)
    assert drawn
    missing = [path for code, path in drawn.items() if not pictures_of(PROJECT_ROOT, code)]
    assert missing == [], "docsite/drawings.py says how they are drawn"


def test_a_diagram_that_nobody_has_drawn_is_shown_as_its_text(translated: Path) -> None:
    (translated / "docs/alone.md").write_text("# A\n\n```mermaid\nflowchart LR\n  a --> b\n```\n")
    assert "```text\nflowchart LR\n  a --> b\n```" in tree_of(translated, "en")["alone.md"]
