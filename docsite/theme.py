"""What Sphinx and Furo make otherwise than the site needs it, changed in the built site.
Where a release of theirs has moved it, the build says what to look at.
"""

from __future__ import annotations

import re
from pathlib import Path

from docsite.page_set import SiteError

_PLURAL = re.compile(r'"plural_expr": "([n0-9 ()<>=!&|?:%]+)"')
_MADE_OF_TEXT = re.compile(
    r'new Function\(\s*"n",\s*`return \(\$\{catalog\.plural_expr\}\)`,?\s*\)'
)
_THEME = re.compile(r'localStorage\.(get|set)Item\("theme"')
_STEM = "let word = stemmer.stemWord(queryTermLower);"
_STEM_THAT_IS_INDEXED = f"{_STEM}\n      if (stopwords.has(word)) word = queryTermLower;"
_IN_FRENCH = {
    'aria-label="Toggle site navigation sidebar"': 'aria-label="Montrer ou cacher la navigation"',
    'aria-label="Toggle table of contents sidebar"': 'aria-label="Montrer ou cacher le sommaire"',
    'aria-label="Toggle Light / Dark / Auto color theme"': 'aria-label="Changer de couleurs"',
    'aria-label="Toggle navigation of ': 'aria-label="Montrer ou cacher les pages de ',
    "<title>Contents</title>": "<title>Sommaire</title>",
    "<title>Expand</title>": "<title>Déplier</title>",
    "<title>Light mode</title>": "<title>Clair</title>",
    "<title>Dark mode</title>": "<title>Sombre</title>",
    "<title>Auto light/dark, in light mode</title>": "<title>Automatique, maintenant clair</title>",
    "<title>Auto light/dark, in dark mode</title>": "<title>Automatique, maintenant sombre</title>",
    "Made with <a": "Fait avec <a",
    '">Sphinx</a> and <a': '">Sphinx</a> et, par <a',
    ">@pradyunsg</a>'s": ">@pradyunsg</a>,",
}
"""Words of Furo that are in its templates and its Python, and so in no catalogue of messages."""


def adapt_theme(site: Path) -> None:
    """Change the scripts and pages of all languages.

    Raises:
        SiteError: what is to be changed is not there any more.
    """
    _keep_a_theme_of_its_own(site)
    _write_out_the_plural(site)
    _look_for_words_as_they_are_indexed(site)
    _say_in_french(site / "fr")


def _keep_a_theme_of_its_own(site: Path) -> None:
    """Furo keeps what theme was chosen as `theme`, and so does Airflow, on the same origin."""
    scripts = list(site.glob("*/_static/scripts/furo.js"))
    for file in (*scripts, *site.rglob("*.html")):
        text = file.read_text(encoding="utf-8")
        own = _THEME.sub(r'localStorage.\1Item("docs-theme"', text)
        if file in scripts and own == text:
            raise SiteError(f"{file.name} keeps the theme otherwise than it did\n→ change _THEME")
        file.write_text(own, encoding="utf-8")


def _write_out_the_plural(site: Path) -> None:
    """Sphinx's script makes a function of a text, where a language is not English. A policy without
    'unsafe-eval' refuses that: an error on each page, and a search that counts as in English."""
    for translations in site.glob("*/_static/translations.js"):
        script = translations.with_name("doctools.js")
        found = _PLURAL.search(translations.read_text(encoding="utf-8"))
        text = script.read_text(encoding="utf-8")
        if found is None or not _MADE_OF_TEXT.search(text):
            raise SiteError("Sphinx counts words otherwise than it did\n→ change _MADE_OF_TEXT")
        written = _MADE_OF_TEXT.sub(f"(n) => ({found[1]})", text)
        script.write_text(written, encoding="utf-8")


def _look_for_words_as_they_are_indexed(site: Path) -> None:
    """A word whose stem is left out as a usual word (French `tué`: `tu`) is indexed as it is
    written, and the search would look for its stem."""
    for script in site.glob("*/_static/searchtools.js"):
        text = script.read_text(encoding="utf-8")
        if text.count(_STEM) != 1:
            raise SiteError("Sphinx looks for words otherwise than it did\n→ change _STEM")
        script.write_text(text.replace(_STEM, _STEM_THAT_IS_INDEXED), encoding="utf-8")


def _say_in_french(pages: Path) -> None:
    unused = set(_IN_FRENCH)
    for page in pages.rglob("*.html"):
        text = page.read_text(encoding="utf-8")
        for english in [one for one in _IN_FRENCH if one in text]:
            text = text.replace(english, _IN_FRENCH[english])
            unused.discard(english)
        page.write_text(text, encoding="utf-8")
    if unused:
        raise SiteError(f"Furo does not say {sorted(unused)[0]} any more\n→ change _IN_FRENCH")
