"""Which specs conflict with others: found in the guarded process, and kept."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from medallion.compiler.entries import Store, text_digest
from medallion.compiler.guard import Guard, GuardFailed, OutOfTime
from medallion.errors import Issue
from medallion.spec.cache.disk import digest_of

_SECONDS = 30.0
"""Of processor time, for all specs of a project together."""


class NotCompared(Exception):
    """The rules across specs could not run. What ran before keeps running, nothing new."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One spec as rules across specs see it. `text` reads its attempt from disk, only if the result
    is not kept."""

    digest: str
    text: Callable[[], str]

    @classmethod
    def of(cls, text: str) -> Member:
        """A member whose attempt's text is already in memory."""
        return cls(digest=text_digest(text), text=lambda: text)


def find_refused_across(
    members: Sequence[Member], store: Store, version: str, guard: Guard, until: float
) -> Mapping[str, tuple[Issue, ...]]:
    """The issues of each spec refused because of other specs, by its path.

    Args:
        members: all specs; of two that exclude each other the first one stays.
        store: where the result is kept.
        version: of Medallion's code.
        guard: the process that runs the rules.
        until: the moment of `time.monotonic` by which it is needed; 0: no limit.

    Raises:
        NotCompared: there was no time, or it failed.
    """
    digests = (one.digest.encode() for one in members)
    file = f"across-{digest_of([version.encode(), *digests])}.json"
    known = _issues(store.document(file))
    if known is not None:
        return known
    try:
        answer = guard.ask(
            "across",
            store.root,
            seconds=_SECONDS,
            until=until,
            attempts=[one.text() for one in members],
            path="specs",
        )
    except (OutOfTime, GuardFailed) as error:
        raise NotCompared(str(error) or "there was no time left") from None
    found = _issues(answer)
    if found is None:
        raise NotCompared(str(answer.get("failed", "it took too long")))
    store.write(file, json.dumps(answer))
    return found


def _issues(answer: Any) -> dict[str, tuple[Issue, ...]] | None:
    try:
        return {
            path: tuple(Issue(**issue) for issue in issues)
            for path, issues in answer["refused"].items()
        }
    except (TypeError, KeyError, AttributeError):
        return None
