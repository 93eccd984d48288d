"""A comparison as JSON: all of it, with keys that stay."""

from __future__ import annotations

from typing import Any

from medallion.workbench.comparison.changes import ORDER, Change, Comparison, Impact
from medallion.workbench.comparison.places import Place


def document(found: Comparison) -> dict[str, Any]:
    """The whole comparison as JSON's values: mappings and lists of texts, numbers and booleans."""
    return {
        "base": found.base,
        "breaking": found.is_breaking,
        "counts": {str(level): len(found.of(level)) for level in ORDER},
        "specs": {"all": found.specs, "same": found.same},
        "changes": [_change(one) for one in found.changes],
        "uncompared": list(found.uncompared),
    }


def _change(one: Change) -> dict[str, Any]:
    return {
        "level": str(one.level),
        "kind": one.kind,
        "subject": one.subject,
        "what": one.what,
        "then": one.then,
        "owner": one.owner,
        "contacts": list(one.contacts),
        "place": {**_place(one.place), "of_base": one.before},
        "impacts": [impact_document(impact) for impact in one.impacts],
    }


def impact_document(one: Impact) -> dict[str, Any]:
    """Something that a change concerns, as JSON's values."""
    return {
        "kind": one.kind,
        "name": one.name,
        "how": one.how,
        "owner": one.owner,
        "contacts": list(one.contacts),
        "url": one.url,
        "place": _place(one.place),
    }


def _place(place: Place) -> dict[str, Any]:
    return {"path": place.path, "line": place.line}
