"""French pages say what they translate; that one is out of date is shown, and is no error."""

from __future__ import annotations

from pathlib import Path

import pytest
from docsite.page_set import PageSet, SiteError
from docsite.translations import accept, anchors_in_french, describe, translation_of


def test_every_french_page_says_what_it_translates(real: PageSet) -> None:
    """Whether that is the English page of today is no matter here."""
    assert len(real.french) >= 4
    for name in real.french:
        assert translation_of(real, name) is not None


def test_a_french_page_that_is_up_to_date_has_the_headings_of_the_english_one(
    real: PageSet,
) -> None:
    """So links to English headings lead to French ones."""
    for name in real.french:
        found = translation_of(real, name)
        if found and found.is_current:
            assert anchors_in_french(real, name), f"{found.path}: other headings"


def test_a_page_is_current_until_the_english_one_changes(project: Path) -> None:
    assert accept(PageSet(project), "checks").is_current
    text = (project / "docs/fr/checks.md").read_text()
    assert text.startswith("---\ntranslates: ")
    assert text.count("# Contrôles") == 1
    assert describe(PageSet(project)) == [
        "none        docs/index.md",
        "none        docs/alone.md",
        "none        README.md",
    ]
    english = project / "docs/checks.md"
    english.write_text(english.read_text() + "\nMore.\n")
    found = translation_of(PageSet(project), "checks")
    assert found is not None
    assert not found.is_current
    said = [line for line in describe(PageSet(project)) if line.startswith("out of date")]
    assert said == [
        "out of date docs/fr/checks.md: git log -p docs/checks.md shows what has changed"
    ]
    assert accept(PageSet(project), "checks").is_current


@pytest.mark.parametrize(
    "front",
    ["", "---\n---\n", "---\ntranslates: now\n---\n", "---\ntranslates: 0123456789AB\n---\n",
     "---\ntitle: a\ntranslates: 0123456789ab\n---\n", "\n---\ntranslates: 0123456789ab\n---\n"],
)  # fmt: skip
def test_a_marker_that_cannot_be_read_is_an_error_with_its_remedy(
    project: Path, front: str
) -> None:
    (project / "docs/fr/checks.md").write_text(f"{front}\n# Contrôles\n")
    with pytest.raises(SiteError) as refused:
        translation_of(PageSet(project), "checks")
    assert "docs/fr/checks.md: it does not say which version of docs/checks.md" in str(
        refused.value
    )
    assert "--accept checks" in str(refused.value)


def test_a_french_page_of_no_english_one_is_refused(project: Path) -> None:
    (project / "docs/fr/seule.md").write_text("# Seule\n")
    with pytest.raises(SiteError, match=r"docs/fr/seule\.md: there is no English page"):
        accept(PageSet(project), "seule")
    (project / "docs/fr/seule.md").unlink()
    with pytest.raises(SiteError, match="there is no French page alone"):
        accept(PageSet(project), "alone")


def test_headings_lead_to_those_of_the_other_language_while_they_are_alike(project: Path) -> None:
    page_set = PageSet(project)
    assert anchors_in_french(page_set, "checks") == {
        "checks": "contrôles",
        "short-names": "noms-courts",
    }
    assert anchors_in_french(page_set, "alone") == {}
    (project / "docs/checks.md").write_text("# Checks\n\n## A\n\n## B\n")
    assert anchors_in_french(PageSet(project), "checks") == {}
