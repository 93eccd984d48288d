"""French pages, and which version of the English page each of them translates.

A French page begins with the digest of the English one that its translator read:

    ---
    translates: 3f2a9c0d51be
    ---

Where the English page has changed since, the French one is out of date: the site says so on the
page, and `python -m docsite translations` lists it. That is not an error. A marker that cannot be
read is one.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

from docsite.markdown import FRONT_MATTER, headings_of
from docsite.page_set import LANGUAGES, PageSet, SiteError, in_two

_MARKER = re.compile(r"\Atranslates: ([0-9a-f]{12})\n\Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class Translation:
    """A French page: what it translates, and whether that is the English page as it is now."""

    name: str
    path: str
    translates: str
    english: str

    @property
    def is_current(self) -> bool:
        """Whether the English page is the one that was translated."""
        return self.translates == self.english


def digest_of(path: Path) -> str:
    """Of what people have written of an English page: 12 hexadecimal digits."""
    written, _ = in_two(path.read_text(encoding="utf-8"))
    return hashlib.sha256(written.strip().encode()).hexdigest()[:12]


def translation_of(page_set: PageSet, name: str) -> Translation | None:
    """The French page of a name; None: there is none.

    Raises:
        SiteError: its marker is missing or cannot be read.
    """
    path = page_set.french.get(name)
    if path is None:
        return None
    english = page_set.english[name]
    front = FRONT_MATTER.match(page_set.raw(path))
    marker = _MARKER.match(front[1]) if front else None
    if marker is None:
        raise SiteError(
            f"{path}: it does not say which version of {english} it translates\n"
            f"→ python -m docsite translations --accept {name} writes that it is today's"
        )
    now = digest_of(page_set.root / english)
    return Translation(name=name, path=path, translates=marker[1], english=now)


def accept(page_set: PageSet, name: str) -> Translation:
    """Write down that a French page translates the English one as it is now.

    Raises:
        SiteError: there is no such French page.
    """
    path = page_set.french.get(name)
    if path is None:
        raise SiteError(f"there is no French page {name}\n→ write docs/fr/{name}.md first")
    english = page_set.root / page_set.english[name]
    text = f"---\ntranslates: {digest_of(english)}\n---\n\n{page_set.text(path).lstrip()}"
    (page_set.root / path).write_text(text, encoding="utf-8")
    found = translation_of(page_set, name)
    assert found is not None  # noqa: S101  # it was just written
    return found


def anchors_in_french(page_set: PageSet, name: str) -> dict[str, str]:
    """By anchor of the English page that of the French one, heading by heading; empty where the two
    do not have the same headings."""
    if name not in page_set.french:
        return {}
    english, french = (headings_of(page_set.shown(name, language)) for language in LANGUAGES)
    if [one.level for one in english] != [one.level for one in french]:
        return {}
    return {one.slug: other.slug for one, other in zip(english, french, strict=True)}


def describe(page_set: PageSet) -> list[str]:
    """A line for each French page that is out of date, and for each English page without one, in
    the order of the navigation."""
    sections = [name for section in page_set.navigation for name in section.pages]
    names = ["index", *(one for name in sections for one in (name, *page_set.children(name)))]
    lines = []
    for name in names:
        found = translation_of(page_set, name)
        if found is None:
            lines.append(f"none        {page_set.english[name]}")
        elif not found.is_current:
            english = page_set.english[name]
            lines.append(f"out of date {found.path}: git log -p {english} shows what has changed")
    return lines
