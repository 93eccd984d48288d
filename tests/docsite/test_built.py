"""The built site: what a strict policy refuses is found, and dead links; the real one has none."""

from __future__ import annotations

from pathlib import Path

import pytest
from docsite.built import move_inline_code, problems_of, read_page
from docsite.page_set import LANGUAGES, PageSet


def write(site: Path, name: str, body: str) -> None:
    page = site / name
    page.parent.mkdir(parents=True, exist_ok=True)
    page.write_text(f"<!doctype html><html><head></head><body>{body}</body></html>")


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ('<a href="b.html">', "a.html: b.html: there is no such file"),
        ('<a href="#x">', "a.html: #x: the page has no such anchor"),
        ('<a href="c/d.html#x">', "a.html: c/d.html#x: the page has no such anchor"),
        ('<a href="/c/d.html">', "a.html: /c/d.html does not work below a path"),
        ('<a href="../secret.html">', "a.html: ../secret.html: there is no such file"),
        ('<img src="p.png">', "a.html: p.png: there is no such file"),
        (
            '<script src="https://cdn.example.org/x.js"></script>',
            "a.html: loads https://cdn.example.org/x.js from elsewhere",
        ),
        (
            '<link rel="stylesheet" href="//fonts.example.org/x.css">',
            "a.html: loads //fonts.example.org/x.css from elsewhere",
        ),
        ("<script>x()</script>", "a.html: has <script> within the page"),
        ("<style>p {}</style>", "a.html: has <style> within the page"),
        ('<p style="color: red">', "a.html: has style= within the page"),
        ('<p onclick="x()">', "a.html: has onclick= within the page"),
    ],
)
def test_what_is_wrong_is_named_with_its_page(tmp_path: Path, body: str, problem: str) -> None:
    site = tmp_path / "site"
    write(tmp_path, "secret.html", "")
    write(site, "c/d.html", '<h1 id="y"></h1>')
    write(
        site, "a.html", '<a href="c/d.html#y"><a href="https://example.org"><a href="mailto:a@b.c">'
    )
    assert problems_of(site) == []
    write(site, "a.html", body)
    assert problem in problems_of(site)


def test_code_within_pages_becomes_files_once(tmp_path: Path) -> None:
    body = '<style>p {}</style><p style="color: red">a</p><script>x()</script>'
    body += '<script async src="y.js"></script>'
    write(tmp_path, "a.html", body)
    write(tmp_path, "b/c.html", body)
    (tmp_path / "y.js").write_text("")
    (tmp_path / "b/y.js").write_text("")
    move_inline_code(tmp_path)
    assert problems_of(tmp_path) == []
    code = sorted(path.read_text() for path in (tmp_path / "_inline").iterdir())
    assert [one.partition("]")[2] or one for one in code] == [" { color: red }", "p {}", "x()"]
    named = code[0].partition("]")[0].removeprefix("[")
    assert f"<p {named}>a</p>" in (tmp_path / "a.html").read_text()
    assert any(one.startswith("../_inline/") for one in read_page(tmp_path / "b/c.html").loaded)
    before = (tmp_path / "a.html").read_text()
    move_inline_code(tmp_path)
    assert (tmp_path / "a.html").read_text() == before


def test_the_real_site_has_every_page_in_both_languages_and_no_dead_end(
    built_site: Path, real: PageSet
) -> None:
    for language in LANGUAGES:
        missing = [
            name for name in real.english if not (built_site / language / f"{name}.html").exists()
        ]
        assert missing == []
    assert problems_of(built_site) == []


def test_each_language_has_a_search_with_its_own_stems(built_site: Path) -> None:
    for language, stemmer in (("en", "English"), ("fr", "French")):
        folder = built_site / language
        words = (folder / "_static/language_data.js").read_text(encoding="utf-8")
        assert stemmer in words
        assert "quarantin" in (folder / "searchindex.js").read_text(encoding="utf-8")
    counting = (built_site / "fr/_static/doctools.js").read_text(encoding="utf-8")
    assert "new Function" not in counting
    page = (built_site / "fr/concepts.html").read_text(encoding="utf-8")
    assert '<html class="no-js" lang="fr"' in page
    assert "Sur cette page" in page
    assert 'href="../en/concepts.html"' in page
