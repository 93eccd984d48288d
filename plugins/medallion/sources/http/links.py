"""The header `Link` (RFC 8288): where the next page is, and whether there is one.

httpx's own `Response.links` stops at the first parameter that it cannot split, without a word: a
list would end there. Here a header that cannot be read is an error.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urldefrag, urljoin

_TARGET = re.compile(r"\s*<([^<>]*)>")
_PARAM = re.compile(
    r"""
    \s* ; \s*
    (?:                                       # nothing may stand between two semicolons
        ([^\s"'=;,<>]+)                       # the name
        (?: \s* = \s* (?:
            "((?:[^"\\]|\\.)*)"               # "a value"
          | '([^']*)'                         # as some servers write it
          | ([^\s"'=;,]?[^\s";,]*)            # RFC 5988 let more stand without quotes than a token
        ))?
    )?
    """,
    re.VERBOSE,
)
_END = re.compile(r"\s*(?:,[\s,]*|$)")


class UnreadableLinks(ValueError):
    """The headers name a link that cannot be read with certainty."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """One link: its target as it is written, and its parameters by their names in small letters."""

    target: str
    params: Mapping[str, str]

    @property
    def relations(self) -> list[str]:
        """The link's relation types, in small letters.

        >>> next(links_of('</b>; rel="Next last"')).relations
        ['next', 'last']
        """
        return self.params.get("rel", "").lower().split()


def links_of(header: str) -> Iterator[Link]:
    """The links of a header, in their order.

    Raises:
        UnreadableLinks: it breaks RFC 8288's grammar, and says at which character.

    >>> [link.target for link in links_of('</a;v=1>; title="x; y"; REL=Next, <b>; rel="prev"')]
    ['/a;v=1', 'b']
    """
    at = match.end() if (match := re.match(r"[\s,]*", header)) else 0
    while at < len(header):
        target = _TARGET.match(header, at)
        if target is None:
            raise UnreadableLinks(f"no <URL> at character {at + 1}")
        at = target.end()
        params: dict[str, str] = {}
        while found := _PARAM.match(header, at):
            name, quoted, single, plain = found.groups()
            value = re.sub(r"\\(.)", r"\1", quoted) if quoted else quoted or single or plain or ""
            if name:  # of a name that comes twice the first one counts
                params.setdefault(name.lower(), value)
            at = found.end()
        ended = _END.match(header, at)
        if ended is None:
            raise UnreadableLinks(f"neither a parameter nor an end at character {at + 1}")
        at = ended.end()
        yield Link(target=target[1].strip(), params=params)


def next_target(headers: Sequence[str], page: str) -> str:
    """The target of the link to the next page; empty where the headers name none.

    A link with `results="false"` (Sentry's way) leads to a page without records.

    >>> next_target(['</orders?page=2>; rel="next"'], "https://shop/orders")
    '/orders?page=2'

    Args:
        headers: the values of all `Link` headers of a page.
        page: the page's URL.

    Raises:
        UnreadableLinks: a header cannot be read, names two next pages, or the next page of
            something else than this page.
    """
    links = [link for header in headers for link in links_of(header) if "next" in link.relations]
    links = [link for link in links if link.params.get("results", "").lower() != "false"]
    targets = {link.target: link for link in links}
    if len(targets) > 1:
        raise UnreadableLinks("it names more than one next page")
    for target, link in targets.items():
        anchor = urljoin(page, link.params.get("anchor", ""))
        if _place(anchor) != _place(page):
            raise UnreadableLinks("its next page is of another resource (anchor)")
        if not target:
            raise UnreadableLinks("the URL of its next page is empty")
        return target
    return ""


def _place(url: str) -> str:
    return urldefrag(url).url.partition("?")[0]
