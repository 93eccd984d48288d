"""What a dataset says of its table's freshness, in Explore and in lists.

Superset's cache knows a dataset by when it was changed last. So the moment and the publication
are in its `extra`, and are changed by themselves: after each publication every chart of it asks
the warehouse again.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from medallion.bi.superset.objects import AssetKind, keep_fields
from medallion.bi.sync.objects import Document
from medallion.bi.sync.values import is_same
from medallion.warehouse.registry.bi import GoldState

WARNING = "warning_markdown"
CERTIFICATION = "certification"
PUBLICATION = "medallion_publication"
"""The number of the publication that readers see: it changes where the words do not."""


def extra_of(
    wanted: Document, now: Document, last: Document | None, state: GoldState | None
) -> dict[str, Any]:
    """The `extra` that a dataset is to have: the spec's certification, how fresh it is, and what
    people put there besides.

    Args:
        wanted: the dataset as specs want it.
        now: as Superset exports it.
        last: as the specs wanted it last time.
        state: of its table; None: nothing is known, and nothing is shown.
    """
    said = _mapping(wanted.get("extra"))
    extra = dict(_mapping(now.get("extra")))
    if CERTIFICATION in _mapping((last or {}).get("extra")):
        extra.pop(CERTIFICATION, None)
    extra.update(said)
    if state is not None:
        extra[WARNING] = state.message
        extra[PUBLICATION] = state.publication_id
    return extra


def change_of(
    wanted: Document, now: Document, last: Document | None, state: GoldState | None
) -> dict[str, object]:
    """The fields of a dataset that have to be changed; empty where it says this already."""
    extra = extra_of(wanted, now, last, state)
    if is_same(extra, now.get("extra")):
        return {}
    kept = keep_fields(AssetKind.DATASET, now)
    return {"extra": json.dumps(extra, sort_keys=True), **kept}


def _mapping(value: object) -> Mapping[str, Any]:
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError:
            return {}
    return value if isinstance(value, Mapping) else {}
