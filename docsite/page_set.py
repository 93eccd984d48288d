"""Which pages there are, under which name each is in the site, and where a link of one leads."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from urllib.parse import unquote

import yaml

from docsite.markdown import (
    FRONT_MATTER,
    Heading,
    headings_of,
    links_of,
    named_anchors,
    with_french_spaces,
)

LANGUAGES = ("en", "fr")
PAGES = ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "bench/README.md", "bench/results.md")
"""Pages outside of docs/."""
IMAGES = (".png", ".svg", ".jpg", ".jpeg", ".gif", ".webp")
_ELSEWHERE = ("http://", "https://", "mailto:")


_GENERATED = re.compile(r"^<!-- Made from ", re.MULTILINE)
"""How the part of a page begins that is made from the code; nobody translates that."""
GENERATED_NOTE = "*Ce qui suit est produit à partir du code, en anglais.*\n"


def in_two(text: str) -> tuple[str, str]:
    """A page's own text, and the part that is made from the code; often empty.

    >>> in_two("# A\\n\\n<!-- Made from b -->\\n\\n## Keys\\n")
    ('# A\\n\\n', '<!-- Made from b -->\\n\\n## Keys\\n')
    >>> in_two("Begin it with `<!-- Made from … -->`.\\n")  # a page that speaks of it
    ('Begin it with `<!-- Made from … -->`.\\n', '')
    """
    found = _GENERATED.search(text)
    return (text[: found.start()], text[found.start() :]) if found else (text, "")


class SiteError(Exception):
    """What keeps the site from being built: the place, the problem, the remedy."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a link leads within the project.

    `path` is a file's, from the project's folder; `name` that of its page, empty for an image.
    """

    path: str
    name: str
    anchor: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A group of pages in the navigation: its titles by language, the names of its pages."""

    title: dict[str, str]
    pages: tuple[str, ...]


def leads_elsewhere(target: str) -> bool:
    """Whether a link leaves the project."""
    return target.startswith(_ELSEWHERE)


def page_name(path: str) -> str:
    """The name in the site of a page, or of a file that is shown as one.

    >>> page_name("docs/fr/checks.md"), page_name("README.md"), page_name("specs/a/b.yaml")
    ('checks', 'readme', 'files/specs/a/b.yaml')
    """
    stem = path.removesuffix(".md")
    if path.endswith(".md") and path.startswith("docs/"):
        return stem.removeprefix("docs/").removeprefix("fr/")
    return stem.lower() if path in PAGES else f"files/{path}"


class PageSet:
    """The pages of a project, by their names."""

    def __init__(self, root: Path) -> None:
        self.root = root

    @cached_property
    def english(self) -> dict[str, str]:
        """The English pages: names and paths."""
        docs = sorted((self.root / "docs").rglob("*.md"))
        paths = [path.relative_to(self.root).as_posix() for path in docs]
        found = [path for path in paths if not path.startswith("docs/fr/")]
        found += [path for path in PAGES if (self.root / path).is_file()]
        return {page_name(path): path for path in found}

    @cached_property
    def french(self) -> dict[str, str]:
        """The French pages: names and paths.

        Raises:
            SiteError: one of them has no English page.
        """
        docs = sorted((self.root / "docs" / "fr").rglob("*.md"))
        paths = [path.relative_to(self.root).as_posix() for path in docs]
        found = {page_name(path): path for path in paths}
        if strange := [path for name, path in found.items() if name not in self.english]:
            raise SiteError(
                f"{strange[0]}: there is no English page of this name\n"
                "→ name a French page as the English one: docs/NAME.md, docs/fr/NAME.md"
            )
        return found

    @cached_property
    def navigation(self) -> tuple[Section, ...]:
        """The sections of docsite/nav.yaml."""
        file = self.root / "docsite" / "nav.yaml"
        return tuple(
            Section(title=one["title"], pages=tuple(one["pages"]))
            for one in yaml.safe_load(file.read_text(encoding="utf-8"))
        )

    def children(self, name: str) -> list[str]:
        """The pages below one in the navigation: of an index, those of its folder."""
        folder, _, last = name.rpartition("/")
        if last != "index":
            return []
        return sorted(one for one in self.english if one.startswith(f"{folder}/") and one != name)

    def paths(self) -> Iterator[str]:
        """The files of all pages, in both languages."""
        yield from self.english.values()
        yield from self.french.values()

    def path(self, name: str, language: str) -> str:
        """The file of a page: the English one where there is none in the language."""
        return self.french.get(name, self.english[name]) if language == "fr" else self.english[name]

    def text(self, path: str) -> str:
        """A page without its front matter."""
        return FRONT_MATTER.sub("", self.raw(path))

    def shown(self, name: str, language: str) -> str:
        """A page as the site shows it: below a French text what the English one has of the code."""
        text = self.text(self.path(name, language))
        if language == "en" or name not in self.french:
            return text
        text = with_french_spaces(text)
        _, generated = in_two(self.text(self.english[name]))
        return f"{text}\n{GENERATED_NOTE}\n{generated}" if generated else text

    def raw(self, path: str) -> str:
        """A file as it is."""
        return (self.root / path).read_text(encoding="utf-8")

    def headings(self, path: str) -> list[Heading]:
        """The headings of a page; each is read once."""
        if path not in self._headings:
            self._headings[path] = headings_of(self.text(path))
        return self._headings[path]

    def anchors(self, path: str) -> set[str]:
        """What a link to a page may name behind its `#`."""
        slugs = {one.slug for one in self.headings(path)}
        return slugs | named_anchors(self.text(path))

    @cached_property
    def _headings(self) -> dict[str, list[Heading]]:
        return {}

    def place(self, page: str, target: str) -> Place | None:
        """Where a link of a page leads; None: nowhere.

        Args:
            page: the path of the file that has the link.
            target: as it is written there, not to elsewhere.
        """
        file, _, anchor = unquote(target).partition("#")
        path = posixpath.normpath(posixpath.join(posixpath.dirname(page), file)) if file else page
        if path.startswith("..") or not (self.root / path).exists():
            return None
        is_image = path.endswith(IMAGES)
        return Place(path=path, name="" if is_image else page_name(path), anchor=anchor)

    def linked_files(self) -> set[str]:
        """The files beside the pages that a page of either language links to: each tree shows
        all of them, so that a reader may change the language there too."""
        places = {
            self.place(path, link.target)
            for path in self.paths()
            for link in links_of(self.raw(path))
            if not leads_elsewhere(link.target)
        }
        return {place.path for place in places if place and not self.is_page(place.name)}

    def is_page(self, name: str) -> bool:
        """Whether a name is that of a page, and not of a file that is only shown."""
        return name in self.english
