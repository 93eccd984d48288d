"""What the site has to know of a Markdown text: its headings, its links, and how to change these.

Links are found as a forge finds them (CommonMark, by markdown-it), and changed in the text by their
place, so that nothing else of a page is written again.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from markdown_it import MarkdownIt
from markdown_it.token import Token

FRONT_MATTER = re.compile(r"\A---\n(.*?)^---\n+", re.DOTALL | re.MULTILINE)
_ANCHOR = re.compile(r'<a (?:id|name)="([^"]+)">')
# Code comes first in the alternation: what looks like a link there is not one.
_CODE_OR_LINK = re.compile(
    r"^(?P<fence>[ ]*(?P<marks>```+|~~~+)[^\n]*\n.*?^[ ]*(?P=marks)[ ]*$)"
    r"|(?P<code>(?<!`)(?P<ticks>`+)(?!`).+?(?<!`)(?P=ticks)(?!`))"
    r"|(?<=\]\()(?P<link>[^()\s]+)(?=\))",
    re.DOTALL | re.MULTILINE,
)
_NO_BREAK = "\N{NO-BREAK SPACE}"
_FRENCH_SPACE = re.compile(
    r"(?<!\s) (?=[:;!?»%](?:[\s)*|,.]|$))|(?<=«) |(?<=\d) (?=\d{3}(?!\d))", re.MULTILINE
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Heading:
    """One heading. `slug`: the anchor that a forge gives it; `level`: from 1."""

    level: int
    text: str
    slug: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """Where a link or an image of a page leads, as it is written; `line`: of its block, from 1."""

    target: str
    line: int


def slug_of(text: str) -> str:
    """The anchor of a heading, as forges make it.

    >>> slug_of("When a spec is refused"), slug_of("`merge`: by key"), slug_of("Qualité – où ?")
    ('when-a-spec-is-refused', 'merge-by-key', 'qualité--où-')
    """
    plain = text.replace(_NO_BREAK, " ").strip().lower()
    return re.sub(r"[^\w\- ]", "", plain).replace(" ", "-")


def headings_of(text: str) -> list[Heading]:
    """The headings of a page, in their order. One whose slug is there already gets a number.

    >>> [one.slug for one in headings_of("# A b\\n\\n## `c`\\n\\n## c\\n")]
    ['a-b', 'c', 'c-1']
    """
    tokens = _parse(text)
    seen: Counter[str] = Counter()
    found = []
    for place, token in enumerate(tokens):
        if token.type != "heading_open":
            continue
        words = "".join(
            child.content
            for child in tokens[place + 1].children or ()
            if child.type in ("text", "code_inline")
        )
        slug = slug_of(words)
        number = seen[slug]
        seen[slug] += 1
        unique = f"{slug}-{number}" if number else slug
        found.append(Heading(level=int(token.tag[1:]), text=words, slug=unique))
    return found


def named_anchors(text: str) -> set[str]:
    """Anchors that a page names itself, where a row of a table or a paragraph has to be reached.

    >>> sorted(named_anchors('| <a id="gone"></a>Gone | what to do |'))
    ['gone']
    """
    return set(_ANCHOR.findall(text))


def links_of(text: str) -> list[Link]:
    """The links and images of a page."""
    found = []
    for token in _parse(text):
        line = token.map[0] + 1 if token.map else 1
        for child in _below(token):
            target = child.attrGet("href") or child.attrGet("src")
            if child.type in ("link_open", "image") and isinstance(target, str):
                found.append(Link(target=target, line=line))
    return found


def change_links(text: str, change: Callable[[str], str]) -> str:
    """The text with other targets of its links; code stays as it is.

    >>> change_links("[a](b.md) and `[c](d.md)`", str.upper)
    '[a](B.MD) and `[c](d.md)`'
    """
    return _CODE_OR_LINK.sub(
        lambda found: change(found["link"]) if found["link"] else found[0], text
    )


def with_french_spaces(text: str) -> str:
    """The text with spaces at which no line breaks, before `:` `;` `!` `?` `»` `%`, behind `«` and
    within numbers, as French is set; code and links stay as they are.

    >>> with_french_spaces("Un mot : « 10 000 ? » (`a : b`)").replace("\N{NO-BREAK SPACE}", "~")
    'Un mot~: «~10~000~?~» (`a : b`)'
    """
    parts: list[str] = []
    end = 0
    for found in _CODE_OR_LINK.finditer(text):
        parts += [_FRENCH_SPACE.sub(_NO_BREAK, text[end : found.start()]), found[0]]
        end = found.end()
    return "".join([*parts, _FRENCH_SPACE.sub(_NO_BREAK, text[end:])])


def change_fences(text: str, language: str, change: Callable[[str], str]) -> str:
    """The text with something else in place of each block of code in a language.

    >>> change_fences("a\\n```dot\\nx\\n```\\nb\\n", "dot", lambda code: code.upper())
    'a\\nX\\n\\nb\\n'
    """
    pattern = rf"^```{language}\n(.*?)^```$"
    return re.sub(pattern, lambda found: change(found[1]), text, flags=re.DOTALL | re.MULTILINE)


def fences_of(text: str, language: str) -> list[str]:
    """The blocks of code in a language."""
    return [token.content for token in _parse(text) if token.info.strip() == language]


def after_title(text: str, words: str) -> str:
    """The text with a paragraph right below its first heading.

    >>> after_title("# A\\n\\nb\\n", "note")
    '# A\\n\\nnote\\n\\nb\\n'
    """
    title, line, rest = text.partition("\n")
    return f"{title}{line}\n{words}\n{rest}"


def _parse(text: str) -> list[Token]:
    return MarkdownIt("commonmark").enable("table").parse(FRONT_MATTER.sub(_as_lines, text))


def _as_lines(found: re.Match[str]) -> str:
    """Empty lines in place of the front matter, so that lines keep their numbers."""
    return "\n" * found[0].count("\n")


def _below(token: Token) -> Iterator[Token]:
    """The inline tokens of a block; an image's text may have links of its own."""
    for child in token.children or ():
        yield child
        yield from _below(child)
