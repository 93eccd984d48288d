"""What the site needs of the theme otherwise is changed, or the build says that it has moved."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from docsite.page_set import SiteError
from docsite.theme import adapt_theme

STATIC = {
    "scripts/furo.js": 'localStorage.setItem("theme", mode)',
    "searchtools.js": "let word = stemmer.stemWord(queryTermLower);",
}


@pytest.mark.parametrize("gone", STATIC)
def test_what_has_moved_ends_the_build_with_what_to_look_at(tmp_path: Path, gone: str) -> None:
    for name, text in STATIC.items():
        file = tmp_path / "en" / "_static" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("" if name == gone else text)
    with pytest.raises(SiteError, match=r"otherwise than it did\n→ change _(THEME|STEM)"):
        adapt_theme(tmp_path)


def test_words_that_furo_does_not_say_any_more_end_the_build(tmp_path: Path) -> None:
    page = tmp_path / "fr" / "index.html"
    page.parent.mkdir()
    page.write_text("<title>Contents</title>")
    with pytest.raises(SiteError, match=r"Furo does not say .* any more\n→ change _IN_FRENCH"):
        adapt_theme(tmp_path)
    assert page.read_text() == "<title>Sommaire</title>"


def test_a_french_page_has_no_english_word_of_the_theme(built_site: Path) -> None:
    """Also none that only a screen reader says. Words of the product stay English."""
    page = (built_site / "fr" / "sources-file.html").read_text()
    furniture = re.sub(r"<article.*?</article>", "", page, flags=re.DOTALL)
    said = re.findall(r'(?:title|alt|placeholder|aria-label)="([^"]*)"', furniture)
    said += re.findall(r"<title>([^<]*)</title>", furniture)
    assert len(said) > 15
    english = re.compile(r"\b(the|of|with|made|toggle|light|dark|search|next|contents)\b", re.I)
    assert [words for words in said if english.search(words)] == []
    assert "Fait avec <a" in furniture
    assert "Made with" not in furniture
