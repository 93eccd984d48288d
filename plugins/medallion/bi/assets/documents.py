"""Superset's asset files as data, and as the YAML that it imports."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import yaml

from medallion.plan.bi import RowFilter

Json = None | bool | int | float | str | Sequence["Json"] | Mapping[str, "Json"]
Document = Mapping[str, Json]
Kind = Literal["database", "dataset", "chart", "dashboard"]

KINDS: tuple[Kind, ...] = ("database", "dataset", "chart", "dashboard")
"""In this order they need each other: create in it, remove in the reverse one."""
VERSION = "1.0.0"
"""Of the format of Superset's files."""
METADATA_PATH = "metadata.yaml"
METADATA: Document = {"version": VERSION, "type": "assets"}
_WIDTH = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Asset:
    """One object of Superset."""

    kind: Kind
    key: str
    """What it is made of, the same for ever: `gold_cinema.brands`, `cinema/brands/top_ten`."""
    uuid: str
    """By project, kind and key: the same in every Superset."""
    path: str
    """Of its file in a bundle: `charts/cinema-brands-top_ten.yaml`."""
    name: str
    """What else Superset knows it by: a dashboard's slug, a dataset's `schema.table`, the name of a
    database, the title of a chart. All but the last are unique: an import takes over by them."""
    needs: tuple[str, ...] = ()
    """The UUIDs of the assets that its document refers to."""
    document: Document

    @property
    def digest(self) -> str:
        """Of its text: 64 hex digits."""
        return hashlib.sha256(as_yaml(self.document).encode()).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Assets:
    """All that a project gives to Superset. What an import cannot set is kept beside the files."""

    assets: tuple[Asset, ...]
    """In the order of KINDS, then by key."""
    roles: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """By a dashboard's UUID, the names of the roles that see it."""
    row_filters: Mapping[str, tuple[RowFilter, ...]] = field(default_factory=dict)
    """By a dataset's UUID, the rules of row-level security."""
    owners: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """By UUID, the names and addresses of whom its spec says that it is."""

    @property
    def by_uuid(self) -> dict[str, Asset]:
        """For what refers to another object by its UUID."""
        return {asset.uuid: asset for asset in self.assets}

    @property
    def files(self) -> dict[str, Document]:
        """All files of a bundle, by their paths."""
        return files_of(self.assets)


def files_of(assets: Iterable[Asset]) -> dict[str, Document]:
    """The files of a bundle with these assets, by their paths, `metadata.yaml` among them.

    >>> files_of([])
    {'metadata.yaml': {'version': '1.0.0', 'type': 'assets'}}
    """
    return {METADATA_PATH: METADATA, **{asset.path: asset.document for asset in assets}}


def as_yaml(document: Document) -> str:
    """The text of a file: the same document gives the same bytes, whatever order its keys are in.

    >>> print(as_yaml({"version": "1.0.0", "type": "assets"}))
    type: assets
    version: 1.0.0
    <BLANKLINE>
    """
    # Through JSON, so that tuples become lists and no value appears as an alias of another.
    plain = json.loads(json.dumps(document, sort_keys=True))
    return yaml.safe_dump(plain, allow_unicode=True, width=_WIDTH, sort_keys=True)


def as_texts(files: Mapping[str, Document]) -> dict[str, str]:
    """The texts of files, by their paths in order."""
    return {path: as_yaml(files[path]) for path in sorted(files)}


def as_json(value: Json) -> str:
    """A JSON text that is the same for the same value.

    >>> as_json({"b": 1, "a": [True, None]})
    '{"a": [true, null], "b": 1}'
    """
    return json.dumps(value, sort_keys=True, ensure_ascii=False)
