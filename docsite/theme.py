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


def adapt_theme(site: Path) -> None:
    """Change the scripts and pages of all languages.

    Raises:
        SiteError: what is to be changed is not there any more.
    """
    _keep_a_theme_of_its_own(site)
    _write_out_the_plural(site)


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
