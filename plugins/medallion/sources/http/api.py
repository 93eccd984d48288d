"""One JSON API as the client needs it: address, credentials, pace, and what its statuses mean."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol

from medallion.sources.base.pace import Throttle

NO_CONTENT = 204
TOO_MANY_REQUESTS = 429
RETRIED_STATUSES = frozenset({408, 425, 500, 502, 503, 504, 522, 524})


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long a client keeps trying one request. Times in seconds."""

    attempts: int = 6
    attempts_once_begun: int = 12
    """The same where something was read before: what a try has begun is worth more than a retry of
    the task, of which there are few for all that it reads."""
    first_wait: float = 0.5
    longest_wait: float = 60.0
    """A server that asks for more is left to the task's own retry."""
    waits_in_all: float = 300.0
    """Of one request: each page that is read starts them again."""
    timeout: float = 30.0
    sleep: Callable[[float], object] = field(default=time.sleep, repr=False)


class Verdict(StrEnum):
    """What a response's status means for the run: take it, ask again, or stop."""

    READ = "read"
    IGNORE = "ignore"
    RETRY = "retry"
    RATE_LIMITED = "rate_limited"
    FAIL = "fail"


def usual_verdict(status: int) -> Verdict:
    """The meaning of a status unless the spec says otherwise.

    >>> [str(usual_verdict(status)) for status in (200, 204, 404, 429, 503)]
    ['read', 'ignore', 'fail', 'rate_limited', 'retry']
    """
    if status == NO_CONTENT:
        return Verdict.IGNORE
    if status == TOO_MANY_REQUESTS:
        return Verdict.RATE_LIMITED
    if status in RETRIED_STATUSES or status >= 500:
        return Verdict.RETRY
    return Verdict.FAIL if status >= 300 else Verdict.READ


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request: a GET, or a POST of its form or its JSON body."""

    url: str
    params: Mapping[str, str] = field(default_factory=dict)
    form: Mapping[str, str] | None = field(default=None, repr=False)
    body: Mapping[str, Any] | None = None

    def to_json(self) -> dict[str, Any]:
        """A JSON value from which `Call(**value)` makes the same request. It leaves the form out:
        that holds secrets."""
        return {"url": self.url, "params": dict(self.params), "body": self.body}

    @property
    def key(self) -> object:
        """Equal for equal requests."""
        return self.url, tuple(self.params.items()), self.json

    @property
    def json(self) -> str:
        """Its JSON body as text; empty if it has none."""
        return "" if self.body is None else json.dumps(self.body, ensure_ascii=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A response's body, as it came and as JSON."""

    body: bytes = field(repr=False)
    document: Any = field(repr=False)
    name: str
    """`<url>: <status>` without secrets, for messages."""
    links: tuple[str, ...] = field(default=(), repr=False)
    """Its `Link` headers."""
    ignored: bool = False
    """Its status says that there is nothing to read: it has no document."""


class Tokens(Protocol):
    """Credentials that change while an API is read."""

    def authorization(self) -> str:
        """The `Authorization` header of the next request; it gets a new token if the old one is
        about to expire."""

    def renew(self) -> bool:
        """Drop a token that the API refused; whether a new one may be accepted."""

    @property
    def secrets(self) -> tuple[str, ...]:
        """Values that must not appear in a message."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Api:
    """One API. Credentials are in `headers` or `params`, which stay out of its repr."""

    base_url: str
    """With the path that every request shares."""
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    params: Mapping[str, str] = field(default_factory=dict, repr=False)
    secrets: tuple[str, ...] = field(default=(), repr=False)
    """Values that no message may hold."""
    tokens: Tokens | None = field(default=None, repr=False)
    throttle: Throttle
    at_once: int = 1
    """So many requests may be under way at the same time."""
    explain: Callable[[Any], str]
    """What an error's JSON body says, for the message."""
    verdict: Callable[[int], Verdict] = usual_verdict
