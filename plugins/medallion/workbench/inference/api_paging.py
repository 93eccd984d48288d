"""How an API turns its pages: by what an answer says, and by what a second request shows.

Nothing is taken for paging that a further page does not show, but for what is marked as a guess.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from medallion.workbench.inference.api_answer import Scalar
from medallion.workbench.inference.paging_words import (
    AFTER,
    COUNTED,
    LAST_RECORD,
    LIMIT,
    MORE,
    NEXT_URL,
    NUMBERED,
    OFFSET,
    PAGE,
    PAGES,
    TOKEN,
    TOTAL,
    params_of,
)

FEWEST = 5
"""Records: of fewer no further page is looked for, unless the answer speaks of one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """A page, as far as paging is concerned: `next_link` is that of its header `Link`."""

    records: Sequence[Any]
    around: Mapping[str, Scalar] = field(default_factory=dict)
    next_link: bool = False


Turn = Callable[[Mapping[str, str]], Answered | None]
"""Asks again with other parameters; None where the API refuses them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Paging:
    """What `pagination` would say; empty: one answer holds all. `guess`: why a person has to look,
    empty where the API shows it."""

    said: Mapping[str, Any]
    guess: str = ""
    why: str = ""


def find_paging(first: Answered, asked: Mapping[str, str], turn: Turn) -> Paging:
    """How the pages after a first answer are asked for.

    Args:
        first: the answer.
        asked: the parameters that its request had.
        turn: makes further requests; it is called a few times at most.
    """
    for way in (
        _by_header,
        _by_url,
        _by_token,
        _by_last_record,
        _by_number,
        _by_offset,
        _by_trying,
    ):
        found = way(first, asked, turn)
        if found is not None:
            return found
    total = _first(first.around, TOTAL)
    if total is not None and _number(first.around[total]) > len(first.records):
        guess = f"`{total}` says that there are more records, and how to ask for them is not known"
        return Paging(said={}, guess=guess)
    more = _first(first.around, MORE)
    if more and first.around[more] is True:
        guess = f"`{more}` says that there are more records, and how to ask for them is not known"
        return Paging(said={}, guess=guess)
    return Paging(said={}, why="one answer holds all")


def _by_header(first: Answered, asked: Mapping[str, str], turn: Turn) -> Paging | None:
    if not first.next_link:
        return None
    return Paging(said={"type": "link_header"}, why="the header Link names the next page")


def _by_url(first: Answered, asked: Mapping[str, str], turn: Turn) -> Paging | None:
    for path, value in first.around.items():
        if not NEXT_URL.search(path):
            continue
        if isinstance(value, str) and re.match(r"https?://|/|\?", value):
            said = {"type": "next_url", "url": path}
            return Paging(said=said, why=f"`{path}` is the URL of the next page")
        if value is None and path.rpartition(".")[2].lower() != "next_page":
            guess = f"`{path}` is null: is it the URL of a next page, where there is one?"
            return Paging(said={"type": "next_url", "url": path}, guess=guess)
    return None


def _by_token(first: Answered, asked: Mapping[str, str], turn: Turn) -> Paging | None:
    more = _first(first.around, MORE)
    flag = {"has_more": more} if more and isinstance(first.around[more], bool) else {}
    for path, value in first.around.items():
        name = path.rpartition(".")[2]
        is_token = isinstance(value, str | int) and not isinstance(value, bool) and value != ""
        if not TOKEN.match(name) or not is_token:
            continue
        params = list(dict.fromkeys(params_of(name)))
        said = {"type": "cursor", "cursor": path}
        for param in params:
            if _is_other(turn({param: str(value)}), first):
                said = {**said, "param": param, **flag}
                return Paging(said=said, why=f"`{path}` asks for the next page as `{param}`")
        guess = f"`{path}` looks like a cursor, and none of {', '.join(params)} takes it"
        return Paging(said={**said, "param": params[0], **flag}, guess=guess)
    return None


def _by_last_record(first: Answered, asked: Mapping[str, str], turn: Turn) -> Paging | None:
    """Where the next page begins after a record, as Stripe does it."""
    more = _first(first.around, MORE)
    last = first.records[-1] if first.records else None
    if not more or first.around[more] is not True or not isinstance(last, Mapping):
        return None
    for name in LAST_RECORD:
        if not isinstance(last.get(name), str | int):
            continue
        for param in AFTER:
            if _is_other(turn({param: str(last[name])}), first):
                said = {"type": "cursor", "last_record": name, "param": param, "has_more": more}
                return Paging(said=said, why=f"`{param}` takes the `{name}` of the last record")
    return None


def _by_number(first: Answered, asked: Mapping[str, str], turn: Turn) -> Paging | None:
    named = next((name for name in asked if PAGE.match(name) or name in NUMBERED), None)
    at = _first(first.around, PAGE)
    if named is None and at is None:
        return None
    start = _number(asked[named]) if named else _number(first.around[at or ""])
    if start not in (0, 1):
        return None
    param = named or (at or "").rpartition(".")[2]
    for name in dict.fromkeys((param, "page")):
        following = turn({name: str(start + 1)})
        if _is_other(following, first) or _is_end(following):
            return _page_by_number(first, asked, name, start)
    return None


def _page_by_number(first: Answered, asked: Mapping[str, str], param: str, start: int) -> Paging:
    said: dict[str, Any] = {"type": "page_number"}
    if param != "page":
        said["param"] = param
    if start != 1:
        said["start"] = start
    size = next((name for name in asked if LIMIT.match(name)), None)
    if size and _number(asked[size]) > 0:
        said |= {"size_param": size, "size": _number(asked[size])}
    pages, records = _first(first.around, PAGES), _first(first.around, TOTAL)
    total: dict[str, Any] = {}
    if records and _number(first.around[records]) >= len(first.records):
        total = {"total_records": records}
    elif pages and _number(first.around[pages]) > 0:
        total = {"total_pages": pages}
    return Paging(said=said | total, why=f"`{param}` is the number of a page")


def _by_offset(first: Answered, asked: Mapping[str, str], turn: Turn) -> Paging | None:
    named = next((name for name in asked if OFFSET.match(name)), None)
    at = _first(first.around, OFFSET)
    offset = named or (at or "").rpartition(".")[2]
    if not offset or not first.records:
        return None
    of_body = _first(first.around, LIMIT)
    limit = next((name for name in asked if LIMIT.match(name)), None)
    limit = limit or (of_body.rpartition(".")[2] if of_body else "limit")
    size = len(first.records)
    following = turn({offset: str(size), limit: str(size)})
    if not (_is_other(following, first) or _is_end(following)):
        return None
    return _page_by_offset(first, offset, limit)


def _page_by_offset(first: Answered, offset: str, limit: str) -> Paging:
    said: dict[str, Any] = {"type": "offset"}
    if offset != "offset":
        said["offset_param"] = offset
    if limit != "limit":
        said["limit_param"] = limit
    said["limit"] = len(first.records)
    total = _first(first.around, TOTAL)
    if total and _number(first.around[total]) >= len(first.records):
        said["total_records"] = total
    return Paging(said=said, why=f"`{offset}` passes over records")


def _by_trying(first: Answered, asked: Mapping[str, str], turn: Turn) -> Paging | None:
    """Where the answer says nothing: parameters that APIs usually have."""
    size = len(first.records)
    total = _first(first.around, TOTAL)
    if size < FEWEST or (total and _number(first.around[total]) == size):
        return None
    for param in NUMBERED[:2]:
        if _is_other(turn({param: "2"}), first):
            found = _page_by_number(first, asked, param, 1)
            return Paging(said=found.said, guess=f"`{param}: 2` brings other records")
    for offset, limit in COUNTED:
        if _is_other(turn({offset: str(size), limit: str(size)}), first):
            found = _page_by_offset(first, offset, limit)
            return Paging(said=found.said, guess=f"`{offset}` passes over records")
    return None


def _is_other(page: Answered | None, first: Answered) -> bool:
    """Whether a page has records, and none of the first one's."""
    if page is None or not page.records:
        return False
    return not set(map(_serialize, page.records)) & set(map(_serialize, first.records))


def _is_end(page: Answered | None) -> bool:
    """Whether there is a page without records, where the first one may be the only one."""
    return page is not None and not page.records


def _serialize(record: Any) -> str:
    return json.dumps(record, sort_keys=True)


def _first(around: Mapping[str, Scalar], pattern: re.Pattern[str]) -> str | None:
    """The path of the first number or flag of such a name."""
    for path, value in around.items():
        if value is not None and pattern.match(path.rpartition(".")[2]):
            return path
    return None


def _number(value: Scalar) -> int:
    """A whole number, also as a text; -1 for anything else."""
    if isinstance(value, bool) or value is None:
        return -1
    text = str(value)
    return int(text) if text.isascii() and text.isdigit() else -1
