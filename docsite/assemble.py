"""Both languages as trees of pages that Sphinx builds: each page has a version in each.

A page without a French text is in the French tree in English, with a note. What a page links to is
in its own tree: other pages, files of the project as pages that show them, images as copies.
"""

from __future__ import annotations

import posixpath
from collections.abc import Sequence
from pathlib import Path

from docsite import drawings
from docsite.markdown import after_title, change_fences, change_links
from docsite.page_set import IMAGES, PageSet, Place, SiteError, leads_elsewhere, page_name
from docsite.translations import anchors_in_french, translation_of

UNTRANSLATED = (
    "```{note}\nCette page n’existe qu’en anglais. "
    "Le [glossaire]({glossary}) explique les mots du produit.\n```\n"
)
OUT_OF_DATE = (
    "```{{warning}}\nLa page anglaise a changé depuis cette traduction : en cas de doute, "
    '<a href="{english}">lisez-la en anglais</a>.\n```\n'
)
_LEXERS = {
    ".py": "python",
    ".yaml": "yaml",
    ".yml": "yaml",
    ".sql": "sql",
    ".json": "json",
    ".ipynb": "json",
    ".md": "markdown",
}


def assemble(page_set: PageSet, language: str, tree: Path) -> None:
    """Write the tree of one language. Files that are as before are left alone, so that Sphinx
    builds only what has changed; what is not written any more is removed.

    Raises:
        SiteError: a link leads nowhere, a French page does not say what it translates.
    """
    writer = _Tree(page_set, language, tree)
    for name in page_set.english:
        writer.write_page(name)
    writer.write_what_is_linked()
    writer.remove_the_rest()


class _Tree:
    """One tree while it is written."""

    def __init__(self, page_set: PageSet, language: str, root: Path) -> None:
        self.page_set = page_set
        self.language = language
        self.root = root
        self._pictures: set[str] = set()
        self._written: set[Path] = set()
        self._anchors: dict[str, dict[str, str]] = {}

    def write_page(self, name: str) -> None:
        """A page in the tree's language."""
        path = self.page_set.path(name, self.language)
        text = self._with_note(name, self.page_set.shown(name, self.language))
        text = change_fences(text, "mermaid", lambda code: self._draw(name, code))
        text = change_links(text, lambda target: self._target(name, path, target))
        self._write(f"{name}.md", text + self._contents(name))

    def write_what_is_linked(self) -> None:
        """Images as copies, other files as pages that show them."""
        for path in sorted(self.page_set.linked_files() | self._pictures):
            if path.endswith(IMAGES):
                self._write(f"assets/{path}", (self.page_set.root / path).read_bytes())
            else:
                self._write(f"{page_name(path)}.md", _shown(self.page_set.root, path))

    def remove_the_rest(self) -> None:
        """What an earlier tree had, and this one has not."""
        for path in sorted(self.root.rglob("*"), reverse=True):
            if path.is_file() and path not in self._written:
                path.unlink()
            elif path.is_dir() and not any(path.iterdir()):
                path.rmdir()

    def _with_note(self, name: str, text: str) -> str:
        if self.language == "en" or name not in self.page_set.english:
            return text
        found = translation_of(self.page_set, name)
        if found is None:
            glossary = posixpath.relpath("glossary.md", posixpath.dirname(name) or ".")
            return after_title(text, UNTRANSLATED.replace("{glossary}", glossary))
        if found.is_current:
            return text
        up = "../" * (name.count("/") + 1)
        return after_title(text, OUT_OF_DATE.format(english=f"{up}en/{name}.html"))

    def _target(self, name: str, path: str, target: str) -> str:
        """A link as it is in the tree."""
        if leads_elsewhere(target):
            return target
        place = self.page_set.place(path, target)
        if place is None:
            raise SiteError(f"{path}: {target} leads nowhere\n→ python -m docsite check names all")
        if not self.page_set.is_page(place.name):
            file = f"{place.name}.md" if place.name else f"assets/{place.path}"
            return posixpath.relpath(file, posixpath.dirname(name) or ".")
        anchor = self._anchor(place)
        if place.name == name:
            return f"#{anchor}" if anchor else f"{posixpath.basename(name)}.md"
        file = posixpath.relpath(f"{place.name}.md", posixpath.dirname(name) or ".")
        return f"{file}#{anchor}" if anchor else file

    def _anchor(self, place: Place) -> str:
        """A link's anchor in the page that the tree has: a French page has French anchors. Empty
        where that page has no such heading (it translates an earlier English one)."""
        shown = self.page_set.path(place.name, self.language)
        if not place.anchor or shown == place.path:
            return place.anchor
        if place.name not in self._anchors:
            self._anchors[place.name] = anchors_in_french(self.page_set, place.name)
        anchors = self._anchors[place.name]
        if place.anchor in anchors:
            return anchors[place.anchor]
        return place.anchor if place.anchor in self.page_set.anchors(shown) else ""

    def _draw(self, name: str, code: str) -> str:
        """A diagram as pictures, for a light and a dark page; as its code where none is drawn."""
        pictures = drawings.pictures_of(self.page_set.root, code)
        if not pictures:
            return f"```text\n{code}```"
        shown = []
        for scheme, path in pictures.items():
            self._pictures.add(path)
            file = posixpath.relpath(f"assets/{path}", posixpath.dirname(name) or ".")
            whole = "../" * name.count("/") + f"_images/{posixpath.basename(path)}"
            shown.append(
                f"```{{image}} {file}\n:class: diagram only-{scheme}\n"
                f":alt: {drawings.ALT[self.language]}\n:target: {whole}\n```"
            )
        return "\n\n".join(shown)

    def _contents(self, name: str) -> str:
        """The navigation below a page, for Sphinx: of the first page all sections."""
        if name != "index":
            children = self.page_set.children(name)
            return self._list_of_pages(children) if children else ""
        return "".join(
            self._list_of_pages(section.pages, section.title[self.language])
            for section in self.page_set.navigation
        )

    def _list_of_pages(self, names: Sequence[str], caption: str = "") -> str:
        pages = "\n".join(self._entry(name) for name in names)
        title = f":caption: {caption}\n" if caption else ""
        return f"\n```{{toctree}}\n:hidden:\n{title}\n{pages}\n```\n"

    def _entry(self, name: str) -> str:
        """A page in the navigation; the French one says which pages are in English."""
        if self.language == "en" or name in self.page_set.french:
            return f"/{name}"
        title = self.page_set.headings(self.page_set.english[name])[0].text
        return f"{title} (en anglais) </{name}>"

    def _write(self, file: str, content: str | bytes) -> None:
        path = self.root / file
        self._written.add(path)
        data = content.encode() if isinstance(content, str) else content
        if not path.is_file() or path.read_bytes() != data:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)


def _shown(root: Path, path: str) -> str:
    """A file of the project, or what a folder has, as a page."""
    file = root / path
    if file.is_dir():
        names = sorted(f"{one.name}/" if one.is_dir() else one.name for one in file.iterdir())
        text, lexer = "\n".join(names), "text"
    else:
        text = file.read_text(encoding="utf-8", errors="replace").rstrip("\n")
        lexer = _LEXERS.get(file.suffix, "text")
    fence = "`" * 8
    return f"---\norphan: true\n---\n\n# `{path}`\n\n{fence}{lexer}\n{text}\n{fence}\n"
