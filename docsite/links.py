"""Dead links of the sources, as a forge shows them. `built` looks at the built pages."""

from __future__ import annotations

from collections.abc import Iterator

from docsite.library import Library, leads_elsewhere
from docsite.markdown import links_of


def dead_links(library: Library) -> list[str]:
    """Each link that leads nowhere: file, line, what is missing."""
    return [problem for path in library.paths() for problem in _of_page(library, path)]


def _of_page(library: Library, path: str) -> Iterator[str]:
    for link in links_of(library.raw(path)):
        if leads_elsewhere(link.target):
            continue
        place = library.place(path, link.target)
        at = f"{path}:{link.line}: {link.target}"
        if place is None:
            yield f"{at}: there is no such file"
        elif place.anchor and library.is_page(place.name):
            anchors = library.anchors(place.path)
            if place.anchor not in anchors:
                yield f"{at}: {place.path} has no such heading{_close(place.anchor, anchors)}"


def _close(anchor: str, anchors: set[str]) -> str:
    """What the writer may have meant."""
    from difflib import get_close_matches

    found = get_close_matches(anchor, sorted(anchors), 1)
    return f"; it has #{found[0]}" if found else ""


def pages_outside_of_the_navigation(library: Library) -> list[str]:
    """What keeps the navigation from being the list of all pages: a sentence each."""
    sections = [name for section in library.navigation for name in section.pages]
    named = [one for name in sections for one in (name, *library.children(name))]
    known = set(library.english) - {"index"}
    problems = [f"{library.english[name]}: not in docsite/nav.yaml" for name in known - {*named}]
    problems += [f"docsite/nav.yaml: there is no page {name}" for name in {*named} - known]
    problems += [
        f"docsite/nav.yaml: {name} is there twice" for name in {*named} if named.count(name) > 1
    ]
    return sorted(problems)
