"""Requests made from the records of another list: `orders`, then `orders/{order_id}/items`."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field

from medallion.errors import SourceRefused
from medallion.model import SpecModel
from medallion.sources.http.api import Call
from medallion.sources.http.connection import ParamValue, spell
from medallion.sources.rest.body import ABSENT, at, hold_once, kind_of, nothing_at
from medallion.sources.rest.kinds import Pagination
from medallion.sources.rest.pagination import OnePage
from medallion.sources.rest.paging import Count
from medallion.sources.rest.query import Body

if TYPE_CHECKING:
    from medallion.sources.rest.pages import PageReader

LONGEST_VALUE = 1000
"""Characters of a value that goes into a URL."""

_HALF_A_CHARACTER = re.compile("[\ud800-\udfff]")
"""Half of a pair of UTF-16 that JSON can spell and no URL can hold."""

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]


class ForEach(SpecModel):
    """Another list of the same API. The source's own request is made once for each of its records,
    with that record's values for the names in braces in `path` and `params`."""

    path: str
    """The path of the other list below the base URL: v1/orders."""
    params: dict[str, ParamValue] = {}
    """Its query parameters. A text may hold :data_interval_start and the like."""
    body: Body | None = None
    """The JSON body of a POST."""
    pagination: Pagination = OnePage()
    """How it is parted into pages."""
    records: str = ""
    """Where its body holds the list of records; left out where the body is the list."""
    select: dict[Name, str] = Field(min_length=1)
    """What is taken of each of its records, each under a name of yours: {order_id: id}. The
    request has it as {order_id}, a column of silver as `from: _parent.order_id`."""
    missing: Literal["fail", "skip"] = "fail"
    """What is done about a record that lacks one of them, or has null there: the task fails, or no
    request is made for that record."""
    max_records: Count = 10_000
    """More records than this are an error: each is a request, or several."""


@dataclass(frozen=True, slots=True)
class Parent:
    """The values taken from one record of the other list."""

    values: Mapping[str, str | int]

    @property
    def landed(self) -> bytes:
        """The JSON object landed as `_parent` beside each body of the parent's list."""
        return json.dumps(self.values, ensure_ascii=False, separators=(",", ":")).encode()


@dataclass(slots=True, kw_only=True)
class Parents:
    """The records of the other list, without repetitions, in their order."""

    asked: ForEach
    skipped: int = 0
    repeated: int = 0
    _found: dict[bytes, Parent] = field(default_factory=dict)

    def add(self, record: Any, place: str) -> None:
        """Take the selected values of a record.

        Raises:
            SourceRefused: one is missing or repeated, or cannot go into a URL, or there are too
                many records.
        """
        values: dict[str, str | int] = {}
        for name, path in self.asked.select.items():
            hold_once(record, path, place)
            value = at(record, path)
            if value is ABSENT or value is None:
                if self.asked.missing == "skip":
                    self.skipped += 1
                    return
                raise _lacking(record, place, name, path)
            values[name] = _usable(value, place, path)
        parent = Parent(values)
        self.repeated += parent.landed in self._found
        self._found.setdefault(parent.landed, parent)
        if len(self._found) > self.asked.max_records:
            raise SourceRefused(
                f"{place}: there are more than {self.asked.max_records} records",
                remedy="narrow the query of `for_each`, or raise `for_each.max_records`: each "
                "record is a request, or several",
            )

    def all(self) -> tuple[Parent, ...]:
        """The parents added so far, in their order."""
        return tuple(self._found.values())


def read_parents(reader: PageReader, first: Call, asked: ForEach) -> Parents:
    """The parents, read to the list's end before the first is used: a list that is read slowly
    changes meanwhile."""
    parents = Parents(asked=asked)
    for page in reader.pages(first, first):
        for number, record in enumerate(page.records, start=1):
            parents.add(record, f"{page.answer.name}: record {number}")
    return parents


def _lacking(record: Any, place: str, name: str, path: str) -> SourceRefused:
    what = nothing_at(record, path) if at(record, path) is ABSENT else f"`{path}` is null"
    return SourceRefused(
        f"{place}: no {name}: {what.replace('the body', 'the record')}",
        remedy=f"fix `for_each.select.{name}`, the dotted path of a field in a record; where "
        "some records do not have it, write `missing: skip`",
    )


def _usable(value: Any, place: str, path: str) -> str | int:
    what = kind_of(value)
    if isinstance(value, str | int):
        text = spell(value)
        if len(text) <= LONGEST_VALUE and not _HALF_A_CHARACTER.search(text):
            return value
        what += f" of more than {LONGEST_VALUE} characters, or one with half a character"
    elif isinstance(value, float):
        what = "a number with a fraction"
    raise SourceRefused(
        f"{place}: `{path}` is {what}, which cannot be used in a request",
        remedy="a text, a whole number, true or false can: name such a field in `for_each.select`",
    )
