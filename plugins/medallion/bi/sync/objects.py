"""Superset's objects as its asset files have them: kinds, names, and what else is unique to one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from medallion.bi.superset.objects import AssetKind

Document: TypeAlias = Mapping[str, Any]
"""An asset file as it was parsed: what is in it is Superset's business."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BiObject:
    """One object: its file's path within the bundle, and what the file says."""

    kind: AssetKind
    path: str
    document: Document

    @property
    def uuid(self) -> str:
        """By which Superset finds it first."""
        return str(self.document["uuid"])

    @property
    def name(self) -> str:
        """What people call it."""
        said = self.document
        match self.kind:
            case AssetKind.DATABASE:
                return str(said.get("database_name"))
            case AssetKind.DATASET:
                return ".".join(filter(None, (said.get("schema"), said.get("table_name"))))
            case AssetKind.CHART:
                return str(said.get("slice_name"))
            case AssetKind.DASHBOARD:
                return str(said.get("dashboard_title"))

    @property
    def other_key(self) -> tuple[str, ...] | None:
        """What else is unique to it: an import takes over whatever has the same, without a word.
        None: nothing is."""
        said = self.document
        match self.kind:
            case AssetKind.DATABASE:
                return (str(said.get("database_name")),)
            case AssetKind.DATASET:
                place = (said.get("schema"), said.get("table_name"))
                return (str(said.get("database_uuid")), *(str(one or "") for one in place))
            case AssetKind.DASHBOARD:
                return (str(said["slug"]),) if said.get("slug") else None
            case AssetKind.CHART:
                return None

    def uses(self) -> frozenset[str]:
        """The UUIDs of the objects that it cannot do without."""
        return frozenset(_uses(self))


Objects: TypeAlias = Mapping[str, BiObject]
"""Objects by their UUIDs."""


def read_objects(files: Mapping[str, Document]) -> dict[str, BiObject]:
    """The objects of a bundle by UUID, in the order in which they need each other. Other files
    (metadata, saved queries, themes) are passed over.

    >>> found = read_objects({"charts/a_1.yaml": {"uuid": "u", "slice_name": "A"}})
    >>> found["u"].kind, found["u"].name
    (<AssetKind.CHART: 'chart'>, 'A')
    """
    found: dict[str, BiObject] = {}
    for kind in AssetKind:
        for path, document in sorted(files.items()):
            if path.partition("/")[0] == kind.folder:
                one = BiObject(kind=kind, path=path, document=document)
                found[one.uuid] = one
    return found


def users_of(uuid: str, among: Iterable[BiObject]) -> list[BiObject]:
    """The objects that cannot do without one."""
    return [one for one in among if uuid in one.uses()]


def _uses(one: BiObject) -> Iterator[str]:
    said = one.document
    if one.kind is AssetKind.DATASET:
        yield str(said.get("database_uuid"))
    elif one.kind is AssetKind.CHART:
        yield str(said.get("dataset_uuid"))
    elif one.kind is AssetKind.DASHBOARD:
        for cell in (said.get("position") or {}).values():
            meta = cell.get("meta") if isinstance(cell, Mapping) else None
            if isinstance(meta, Mapping) and meta.get("uuid") and cell.get("type") == "CHART":
                yield str(meta["uuid"])
        for native in (said.get("metadata") or {}).get("native_filter_configuration") or ():
            for target in native.get("targets") or ():
                if target.get("datasetUuid"):
                    yield str(target["datasetUuid"])
