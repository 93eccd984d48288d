"""What holds for the built pages: each link and anchor leads somewhere, and nothing of elsewhere is
loaded or run, so that they work offline, below any path, and under a strict policy of contents.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

_INLINE = re.compile(
    r"<(?P<tag>script|style)(?P<attributes>(?:\s[^>]*)?)>(?P<code>.*?)</(?P=tag)>", re.DOTALL
)
_STYLE = re.compile(r'(?<=\s)style="([^"]*)"(?=[^<>]*>)')
_LOADING = {"script": "src", "img": "src", "link": "href", "iframe": "src", "source": "src"}
_RELATIONS = ("stylesheet", "icon", "shortcut icon", "preload", "prefetch")


def move_inline_code(site: Path) -> None:
    """Scripts and styles within pages become files, which a policy without 'unsafe-inline' accepts.
    A file is loaded in the place of the code, so that it runs when the code would have run."""
    for page in site.rglob("*.html"):
        text = page.read_text(encoding="utf-8")
        moved = _INLINE.sub(partial(_as_file, site, page), _as_rules(text))
        if moved != text:
            page.write_text(moved, encoding="utf-8")


def _as_rules(text: str) -> str:
    """The page with a style sheet in place of the styles of single elements."""
    styles = dict.fromkeys(found[1].rstrip("; ") for found in _STYLE.finditer(text))
    names = {style: hashlib.sha256(style.encode()).hexdigest()[:8] for style in styles}
    rules = "\n".join(f'[data-style="{name}"] {{ {style} }}' for style, name in names.items())
    if not rules:
        return text
    named = _STYLE.sub(lambda found: f'data-style="{names[found[1].rstrip("; ")]}"', text)
    return named.replace("</head>", f"<style>{rules}</style></head>", 1)


def _as_file(site: Path, page: Path, found: re.Match[str]) -> str:
    if not found["code"].strip():
        return found[0]
    suffix = "js" if found["tag"] == "script" else "css"
    digest = hashlib.sha256(found["code"].encode()).hexdigest()[:12]
    file = site / "_inline" / f"{digest}.{suffix}"
    file.parent.mkdir(exist_ok=True)
    file.write_text(found["code"], encoding="utf-8")
    address = "../" * (len(page.relative_to(site).parts) - 1) + f"_inline/{file.name}"
    if suffix == "css":
        return f'<link rel="stylesheet" href="{address}">'
    return f'<script{found["attributes"]} src="{address}"></script>'


@dataclass
class _Page(HTMLParser):
    """What a page links to and loads, and which anchors it has."""

    links: list[str] = field(default_factory=list)
    loaded: list[str] = field(default_factory=list)
    anchors: set[str] = field(default_factory=set)
    inline: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note what one tag has."""
        having = {key: value or "" for key, value in attrs}
        self.anchors |= {having[key] for key in ("id", "name") if having.get(key)}
        if tag == "a" and "href" in having:
            self.links.append(having["href"])
        wanted = having.get(_LOADING.get(tag, ""), "")
        if wanted and (tag != "link" or having.get("rel") in _RELATIONS):
            self.loaded.append(wanted)
        if tag == "style" or (tag == "script" and "src" not in having):
            self.inline.append(f"<{tag}>")
        self.inline += [f"{key}=" for key in having if key == "style" or key.startswith("on")]


def read_page(path: Path) -> _Page:
    """A built page."""
    page = _Page()
    page.feed(path.read_text(encoding="utf-8"))
    return page


def problems_of(site: Path) -> list[str]:
    """Each dead link, and each thing that a strict policy would refuse: page and what it is."""
    pages = {path: read_page(path) for path in sorted(site.rglob("*.html"))}
    return [
        f"{path.relative_to(site)}: {problem}"
        for path, page in pages.items()
        for problem in _problems_of_page(site, path, page, pages)
    ]


def _problems_of_page(
    site: Path, path: Path, page: _Page, pages: dict[Path, _Page]
) -> Iterator[str]:
    for what in sorted(set(page.inline)):
        yield f"has {what} within the page"
    for target in page.loaded:
        parts = urlsplit(target)
        if parts.netloc or parts.scheme not in ("", "data"):
            yield f"loads {target} from elsewhere"
    for target in {*page.links, *page.loaded}:
        parts = urlsplit(target)
        if parts.scheme or parts.netloc:
            continue
        if parts.path.startswith("/"):
            yield f"{target} does not work below a path"
            continue
        file = (path.parent / unquote(parts.path)).resolve() if parts.path else path
        if not file.is_relative_to(site.resolve()) or not file.is_file():
            yield f"{target}: there is no such file"
        elif file in pages and unquote(parts.fragment) not in {"", *pages[file].anchors}:
            yield f"{target}: the page has no such anchor"
