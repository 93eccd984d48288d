"""The first request of a list, from the spec."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol
from urllib.parse import quote

from medallion.errors import SourceRefused
from medallion.sources.base.cursor import CursorRange
from medallion.sources.base.interval_words import fill_interval
from medallion.sources.http.api import Call
from medallion.sources.http.connection import ParamValue, spell
from medallion.sources.rest.cursor_words import speaks_of_no_end, with_cursor
from medallion.sources.rest.paging import Paging
from medallion.sources.rest.query import fill_in
from medallion.sources.rest.words import place_values

_NO_SEGMENT = frozenset(("", ".", ".."))


class Asked(Protocol):
    """What the spec says about one list: the source's own, or that of `for_each`."""

    @property
    def path(self) -> str:
        """The path below the base URL, with words and names in braces."""

    @property
    def params(self) -> Mapping[str, ParamValue]:
        """The query's parameters; texts may hold words of the interval, the cursor and the
        parent."""

    @property
    def body(self) -> Mapping[str, Any] | None:
        """The JSON body of a POST, with words as in `params`; None: the request is a GET."""

    @property
    def pagination(self) -> Paging:
        """How the list is split into pages."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Calls:
    """Makes first requests, for one data interval and one cursor range."""

    base_url: str
    start: datetime
    end: datetime
    cursor: CursorRange | None = None
    values: Mapping[str, str | int] = field(default_factory=dict)
    """What the names in braces mean."""

    def format_value(self, asked: Asked) -> str:
        """The first request as text for a preview, as far as it is known beforehand."""
        params = "&".join(
            f"{key}={self.fill(spell(value))}"
            for key, value in asked.params.items()
            if not speaks_of_no_end(spell(value), self.cursor)
        )
        return f"GET {self.fill(asked.path)}" + (f"?{params}" if params else "")

    def first(self, asked: Asked) -> Call:
        """The first request of a list.

        Raises:
            SourceRefused: a parent's value would lead to another path than the spec's.
        """
        own = {
            key: place_values(self.fill(spell(value)), self._spelled)
            for key, value in asked.params.items()
            if not self._is_left_out(spell(value))
        }
        body = fill_in(asked.body, self._in_body, self._is_left_out)
        path = self.path(asked)
        url = f"{self.base_url.rstrip('/')}/{path}" if path else self.base_url
        return asked.pagination.first(Call(url=url, params=own, body=body))

    def path(self, asked: Asked) -> str:
        """The path with each value quoted within its segment: `a/b` becomes `a%2Fb`."""
        written = self.fill(asked.path).removeprefix("/")
        quoted = {name: quote(value, safe="") for name, value in self._spelled.items()}
        path = place_values(written, quoted)
        if path != written and not _NO_SEGMENT.isdisjoint(path.rstrip("/").split("/")):
            given = ", ".join(f"{name} {value!r}" for name, value in self._spelled.items())
            raise SourceRefused(
                f"{asked.path} leads elsewhere with {given}",
                remedy="an empty value, a dot and two dots cannot be part of a path: leave such "
                "records out of what `for_each` asks for",
            )
        return path

    @property
    def _spelled(self) -> dict[str, str]:
        return {name: spell(value) for name, value in self.values.items()}

    def _is_left_out(self, text: str) -> bool:
        return speaks_of_no_end(text, self.cursor)

    def _in_body(self, text: str) -> str | int:
        """A text of the body; where it is nothing but a name in braces, the value as it came."""
        if text.startswith("{") and text[1:-1] in self.values and text.endswith("}"):
            return self.values[text[1:-1]]
        return place_values(self.fill(text), self._spelled)

    def fill(self, text: str) -> str:
        """A text with the words of the data interval and the cursor replaced."""
        return with_cursor(fill_interval(text, self.start, self.end), self.cursor)
