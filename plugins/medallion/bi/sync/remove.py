"""Removes what no spec wants any more, or hands it to the people who still use it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping

from medallion.bi.superset.client import SupersetClient
from medallion.bi.superset.objects import AssetKind, keep_fields
from medallion.bi.sync.difference import Removal
from medallion.bi.sync.freshness import PUBLICATION, WARNING
from medallion.bi.sync.merge import NO_LONGER
from medallion.bi.sync.objects import BiObject, Document
from medallion.warehouse.registry import bi
from medallion.warehouse.session.transaction import Session

_NOT_MANAGED: Mapping[str, object] = {"is_managed_externally": False, "external_url": None}


def remove(
    client: SupersetClient,
    ledger: Session,
    removals: Iterable[Removal],
    ids: Mapping[str, int],
) -> None:
    """Do it, in the order given. Each is forgotten by the ledger when it is done.

    Args:
        client: of Superset.
        ledger: written as it goes.
        removals: dashboards before charts, charts before datasets.
        ids: Superset's, by UUID.
    """
    for one in removals:
        number = ids.get(one.remembered.uuid)
        if one.found is not None and number is not None:
            if one.is_released:
                _release(client, one.found, number)
            else:
                client.delete(one.found.kind, number)
        bi.forget(ledger, one.remembered.uuid)


def _release(client: SupersetClient, one: BiObject, number: int) -> None:
    if one.kind in _MARKS:
        fields = {**_NOT_MANAGED, **_MARKS[one.kind](one.document)}
        client.update(one.kind, number, {**fields, **keep_fields(one.kind, one.document)})


def _mark_chart(said: Document) -> dict[str, object]:
    return {"slice_name": _mark(str(said.get("slice_name") or ""))}


def _mark_dataset(said: Document) -> dict[str, object]:
    extra = {**_mapping(said.get("extra")), WARNING: f"Its spec has dropped it {NO_LONGER}."}
    extra.pop(PUBLICATION, None)
    return {
        "description": _mark(str(said.get("description") or "")),
        "extra": json.dumps(extra, sort_keys=True),
    }


_MARKS: Mapping[AssetKind, Callable[[Document], dict[str, object]]] = {
    AssetKind.CHART: _mark_chart,
    AssetKind.DATASET: _mark_dataset,
}
"""The fields by which people see that no spec keeps an object any more. A database that is released
has none: SQL Lab shows its name alone, and saved queries are known by that."""


def _mark(text: str) -> str:
    """
    >>> _mark("Takings"), _mark("Takings (no longer kept in step)")
    ('Takings (no longer kept in step)', 'Takings (no longer kept in step)')
    """
    return text if text.endswith(NO_LONGER) else f"{text} {NO_LONGER}".strip()


def _mapping(value: object) -> dict[str, object]:
    return dict(value) if isinstance(value, Mapping) else {}
