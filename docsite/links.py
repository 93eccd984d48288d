"""Dead links of the sources, as a forge shows them. `built` looks at the built pages."""

from __future__ import annotations

from collections.abc import Iterator

from docsite.markdown import links_of
from docsite.page_set import PageSet, leads_elsewhere


def dead_links(page_set: PageSet) -> list[str]:
    """Each link that leads nowhere: file, line, what is missing."""
    return [problem for path in page_set.paths() for problem in _of_page(page_set, path)]


def _of_page(page_set: PageSet, path: str) -> Iterator[str]:
    for link in links_of(page_set.raw(path)):
        if leads_elsewhere(link.target):
            continue
        place = page_set.place(path, link.target)
        at = f"{path}:{link.line}: {link.target}"
        if place is None:
            yield f"{at}: there is no such file"
        elif place.anchor and page_set.is_page(place.name):
            anchors = page_set.anchors(place.path)
            if place.anchor not in anchors:
                yield f"{at}: {place.path} has no such heading{_close(place.anchor, anchors)}"


def _close(anchor: str, anchors: set[str]) -> str:
    """What the writer may have meant."""
    from difflib import get_close_matches

    found = get_close_matches(anchor, sorted(anchors), 1)
    return f"; it has #{found[0]}" if found else ""


def pages_outside_of_the_navigation(page_set: PageSet) -> list[str]:
    """What keeps the navigation from being the list of all pages: a sentence each."""
    sections = [name for section in page_set.navigation for name in section.pages]
    named = [one for name in sections for one in (name, *page_set.children(name))]
    known = set(page_set.english) - {"index"}
    problems = [f"{page_set.english[name]}: not in docsite/nav.yaml" for name in known - {*named}]
    problems += [f"docsite/nav.yaml: there is no page {name}" for name in {*named} - known]
    problems += [
        f"docsite/nav.yaml: {name} is there twice" for name in {*named} if named.count(name) > 1
    ]
    return sorted(problems)
