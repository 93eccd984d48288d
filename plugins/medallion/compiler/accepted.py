"""The version of each spec that was accepted last: what runs while a later one is refused."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any

from medallion.compiler.entries import Store

if TYPE_CHECKING:
    from medallion.compiler.outline import Outline


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """One spec's state in the DAG processor.

    Attributes:
        plan: digest of the plan that is a DAG now; empty if none is.
        since: when it was accepted, in ISO 8601.
        judged: digest of what rules across specs judge it by.
        outline: what other specs need to know about the accepted version.
        stopped: digest of a plan that is valid by itself but may not run beside the others.
    """

    plan: str = ""
    since: str = ""
    judged: str = ""
    stopped: str = ""
    outline: Outline = field(default_factory=dict)


_NAMES = tuple(one.name for one in fields(Accepted))


def read_accepted(store: Store, domain: str) -> dict[str, Accepted]:
    """The accepted versions of a domain, by pipeline name. Damaged or unknown entries are left out:
    their specs count as never accepted."""
    document = store.document(versions_file(domain))
    if not isinstance(document, dict):
        return {}
    return {name: found for name, said in document.items() if (found := _read(said)) is not None}


def find_accepted(store: Store, domain: str, pipeline: str) -> Accepted | None:
    """The same of one pipeline, for a task that starts; None: none was, or its entry is damaged."""
    document = store.document(versions_file(domain))
    return _read(document.get(pipeline)) if isinstance(document, dict) else None


def list_domains(store: Store) -> list[str]:
    """The domains of which a version of a spec was accepted, sorted."""
    names = (path.name.split(".") for path in store.folder.glob(versions_file("*")))
    return sorted(parts[1] for parts in names if len(parts) == 3)


def read_state(store: Store, domain: str) -> tuple[int, ...] | None:
    """Something that differs once other versions of a domain's specs were accepted; None: none."""
    try:
        found = (store.folder / versions_file(domain)).stat()
    except OSError:
        return None
    return (found.st_ino, found.st_mtime_ns, found.st_size)


def write_accepted(store: Store, domain: str, accepted: dict[str, Accepted]) -> None:
    """Replace a domain's accepted versions, in one write."""
    # `asdict` would copy each outline, which takes as long as to write it.
    said = {name: {key: getattr(one, key) for key in _NAMES} for name, one in accepted.items()}
    store.write(versions_file(domain), json.dumps(said))


def versions_file(domain: str) -> str:
    """The name in the store of a domain's accepted versions."""
    return f"accepted.{domain}.json"


def _read(said: Any) -> Accepted | None:
    try:
        return Accepted(**said)
    except TypeError:
        return None
