"""What can go wrong with somebody else's API, on demand.

    Faults(answers=(Failure(503), Throttled("2"), Dropped()), unstable_edges=(1,))

makes the next three requests fail, and after page 1 lets a film slip to page 2 and one back.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Failure:
    """The request is answered with an error of the server: 500, 502, 503 or 504."""

    status: int = 503


@dataclass(frozen=True, slots=True)
class Throttled:
    """The request is answered 429, with this Retry-After; None leaves the header out."""

    retry_after: str | None = "1"


@dataclass(frozen=True, slots=True)
class Dropped:
    """The connection is closed in the middle of the body."""


@dataclass(frozen=True, slots=True)
class Html:
    """The request is answered 200 with a page of HTML, as a proxy or a login wall would."""


@dataclass(frozen=True, slots=True)
class NoTotalPages:
    """The right answer, but without `total_pages`."""


Fault = Failure | Throttled | Dropped | Html | NoTotalPages


@dataclass(frozen=True, slots=True, kw_only=True)
class Faults:
    """The faults of a server, from the moment they are given to it.

    Attributes:
        answers: the next requests meet these, one each, in this order. They come before the rate
            limit and the credentials: a broken server asks nobody for a key.
        unstable_edges: after each of these pages was served (once each), its last film and the
            first one of the next page exchange places, by exchanging the value that the query
            sorts by. Who pages on sees the first film twice and the second one never.
        every: (11, Throttled("7")): each eleventh request meets this fault.
        moving_every: after each so many pages, films exchange places over the page's edge as with
            `unstable_edges`; 0: never.
        leaving_every: after each so many pages, the page's first film leaves; 0: none does.
    """

    answers: tuple[Fault, ...] = ()
    unstable_edges: tuple[int, ...] = ()
    every: tuple[int, Fault] | None = None
    moving_every: int = 0
    leaving_every: int = 0
