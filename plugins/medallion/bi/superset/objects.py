"""What Superset's API answers, typed: objects, roles, row filters, the data of a chart."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Any, Literal

Scalar = str | int | Decimal | bool | None


class AssetKind(StrEnum):
    """The kinds of objects that are exported and imported; each is a part of the API's paths.

    In this order they need each other, and in the reverse one they are deleted.
    """

    DATABASE = "database"
    DATASET = "dataset"
    CHART = "chart"
    DASHBOARD = "dashboard"

    @property
    def folder(self) -> str:
        """Where its files are in a bundle: `charts`."""
        return f"{self}s"

    @property
    def api(self) -> ApiTraits:
        """What the API calls its fields, and how it treats them."""
        return _API[self]


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiTraits:
    """How Superset's API speaks of a kind of object."""

    name_field: str
    """What it calls the object's name."""
    has_schema: bool = False
    """Whether the `schema` of its table belongs to its name."""
    reset_fields: tuple[str, ...] = ()
    """Fields that an update sets to False where it does not name them: so each update names them,
    with the value that they have."""


_API = {
    AssetKind.DATABASE: ApiTraits(name_field="database_name"),
    AssetKind.DATASET: ApiTraits(
        name_field="table_name", has_schema=True, reset_fields=("always_filter_main_dttm",)
    ),
    AssetKind.CHART: ApiTraits(name_field="slice_name"),
    AssetKind.DASHBOARD: ApiTraits(name_field="dashboard_title"),
}


def keep_fields(kind: AssetKind, now: Mapping[str, Any]) -> dict[str, object]:
    """What each update of an object has to name beside what it changes, from what Superset has now.

    >>> keep_fields(AssetKind.DATASET, {"always_filter_main_dttm": 1})
    {'always_filter_main_dttm': True}
    >>> keep_fields(AssetKind.CHART, {"always_filter_main_dttm": 1})
    {}
    """
    return {name: bool(now.get(name)) for name in kind.api.reset_fields}


@dataclass(frozen=True, slots=True, kw_only=True)
class SupersetObject:
    """A database, dataset, chart or dashboard, as a list or a question for one shows it."""

    kind: AssetKind
    id: int
    uuid: str
    """Lower case, with hyphens."""
    name: str
    slug: str = ""
    """Of a dashboard, where it has one."""
    schema: str = ""
    """Of a dataset."""
    database_id: int | None = None
    """Of a dataset."""
    dataset_id: int | None = None
    """Of a chart."""
    changed_on: str = ""
    """ISO 8601 in UTC, as Superset has it."""

    def describe(self) -> str:
        """`dataset gold_cinema.brands (7)`, for messages."""
        name = f"{self.schema}.{self.name}" if self.schema else self.name
        return f"{self.kind} {name} ({self.id})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """What dashboards and rules of rows are given to. Superset knows it by `id`, specs by
    `name`."""

    id: int
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """A person who may log in."""

    id: int
    username: str
    email: str = ""
    is_active: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class RowRule:
    """A rule of row-level security. `id` is None for one that is to be made."""

    id: int | None = None
    name: str
    clause: str
    """A condition in SQL, with Superset's Jinja."""
    dataset_ids: tuple[int, ...]
    role_ids: tuple[int, ...]
    group_key: str = ""
    description: str = ""
    filter_type: Literal["Regular", "Base"] = "Regular"
    """Regular: holds for its roles. Base: holds for everybody but its roles."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChartData:
    """The rows of one query of a chart. Numbers keep all their digits."""

    columns: tuple[str, ...]
    rows: tuple[Mapping[str, Scalar], ...]
    is_cached: bool = False
    cached_at: str = ""
    """When what is shown was asked of the warehouse, if it comes from the cache."""
    query: str = field(default="", repr=False)
    """The SQL that Superset made of the chart."""
