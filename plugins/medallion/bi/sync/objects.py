"""Superset's objects as its asset files have them: kinds, names, and what else is unique to one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from medallion.bi.superset.objects import AssetKind

Document: TypeAlias = Mapping[str, Any]
"""An asset file as it was parsed: what is in it is Superset's business."""
Key: TypeAlias = tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AssetTraits:
    """What sync needs to know of a kind of object, from its file."""

    name: Callable[[Document], str]
    key: Callable[[Document], Key | None] = lambda said: None
    uses: Callable[[Document], Iterator[str]] = lambda said: iter(())
    lists: Mapping[str, str] = field(default_factory=dict)
    """Lists that an import replaces whole, and by which field their items are known."""
    sent_beside: frozenset[str] = frozenset()
    """Fields that no import sends: they are changed by themselves."""
    is_sent_first: bool = False
    """Whether the rest needs it, so that it is imported before the rules of rows."""
    has_login: bool = False
    """Whether the warehouse's password is sent with it."""
    has_viewers: bool = False
    """Whether a spec says which roles see it: a new one is published once it has them."""
    has_data: bool = False
    """Whether it says how fresh its table is."""
    shares: str = ""
    """What an object of somebody else with the same `key` has in common with it, for messages."""
    unseen_users: str = ""
    """Who may use it without that any object shows it: then it is never deleted."""


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
    def traits(self) -> AssetTraits:
        """Looked up by its kind, so that nothing compares kinds."""
        return TRAITS[self.kind]

    @property
    def name(self) -> str:
        """What people call it."""
        return self.traits.name(self.document)

    @property
    def other_key(self) -> Key | None:
        """What else is unique to it: an import takes over whatever has the same, without a word.
        None: nothing is."""
        return self.traits.key(self.document)

    def uses(self) -> frozenset[str]:
        """The UUIDs of the objects that it cannot do without."""
        return frozenset(self.traits.uses(self.document))


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


def _key_of_dataset(said: Document) -> Key:
    place = (said.get("schema"), said.get("table_name"))
    return (str(said.get("database_uuid")), *(str(one or "") for one in place))


def _uses_of_dashboard(said: Document) -> Iterator[str]:
    """The charts in its cells, and the datasets that its filters offer values of."""
    for cell in (said.get("position") or {}).values():
        meta = cell.get("meta") if isinstance(cell, Mapping) else None
        if isinstance(meta, Mapping) and meta.get("uuid") and cell.get("type") == "CHART":
            yield str(meta["uuid"])
    for native in (said.get("metadata") or {}).get("native_filter_configuration") or ():
        for target in native.get("targets") or ():
            if target.get("datasetUuid"):
                yield str(target["datasetUuid"])


TRAITS: Mapping[AssetKind, AssetTraits] = {
    AssetKind.DATABASE: AssetTraits(
        name=lambda said: str(said.get("database_name")),
        key=lambda said: (str(said.get("database_name")),),
        shares="has its name",
        is_sent_first=True,
        has_login=True,
        unseen_users="people, in SQL Lab",
    ),
    AssetKind.DATASET: AssetTraits(
        name=lambda said: ".".join(filter(None, (said.get("schema"), said.get("table_name")))),
        key=_key_of_dataset,
        uses=lambda said: iter((str(said.get("database_uuid")),)),
        lists={"metrics": "metric_name", "columns": "column_name"},
        # `freshness` changes it, so that its caches are emptied.
        sent_beside=frozenset(("extra",)),
        shares="is of its table",
        is_sent_first=True,
        has_data=True,
    ),
    AssetKind.CHART: AssetTraits(
        name=lambda said: str(said.get("slice_name")),
        uses=lambda said: iter((str(said.get("dataset_uuid")),)),
    ),
    AssetKind.DASHBOARD: AssetTraits(
        name=lambda said: str(said.get("dashboard_title")),
        key=lambda said: (str(said["slug"]),) if said.get("slug") else None,
        uses=_uses_of_dashboard,
        shares="has its slug",
        has_viewers=True,
    ),
}
