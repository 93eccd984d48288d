"""The version of each spec that was accepted last: what runs while a later one is refused."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import Any

from medallion.compiler.entries import Store
from medallion.compiler.outline import Outline


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """One spec's state in the DAG processor.

    Attributes:
        plan: digest of the plan that is a DAG; empty: none is.
        since: when it was accepted, in ISO's form.
        judged: digest of what rules across specs judge it by.
        outline: what others need to know of the accepted version.
        stopped: digest of a plan that is right by itself and may not run beside the others.
    """

    plan: str = ""
    since: str = ""
    judged: str = ""
    stopped: str = ""
    outline: Outline = field(default_factory=dict)


def accepted_in(store: Store, domain: str) -> dict[str, Accepted]:
    """By the pipelines' names."""
    document = store.document(_file(domain))
    if not isinstance(document, dict):
        return {}
    return {name: found for name, said in document.items() if (found := _read(said)) is not None}


def write_accepted(store: Store, domain: str, accepted: dict[str, Accepted]) -> None:
    """Replace what was written of a domain."""
    store.write(_file(domain), json.dumps({name: asdict(one) for name, one in accepted.items()}))


def _file(domain: str) -> str:
    return f"accepted.{domain}.json"


def _read(said: Any) -> Accepted | None:
    try:
        return Accepted(**said)
    except TypeError:
        return None
