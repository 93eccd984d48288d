"""A published table as the BI team finds it: Superset's dataset."""

from __future__ import annotations

import re
from dataclasses import dataclass

from medallion.bi.assets.documents import VERSION, Asset, Document, Json
from medallion.bi.assets.identity import path_of, uuid_of
from medallion.bi.assets.inputs import DeclaredTable, WarehouseColumn
from medallion.bi.assets.labels import is_time_format, label_of, offers_unit
from medallion.plan.bi import BiDimension, BiMetric, BiTable

NEVER_CACHED = -1
"""As `cache_timeout`; None: as Superset is configured."""
_TEMPORAL = re.compile(r"(date|timestamp)\b", re.IGNORECASE)
_TEMPORAL_EXPRESSION = re.compile(
    r"date_trunc\s*\(.*\)|.*::\s*(date|timestamp|timestamptz)", re.IGNORECASE | re.DOTALL
)
_CONTINUOUS = re.compile(r"(numeric|decimal)(\(\d+,[1-9]\d*\))?$|double precision$|real$")
_OPAQUE = re.compile(r"(json|jsonb|bytea|xml|interval)$|.*\[\]$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Dataset:
    """A table with what it offers: no protected column, none of Medallion's own."""

    table: BiTable
    columns: tuple[WarehouseColumn, ...]
    uuid: str
    attributions: tuple[str, ...] = ()
    spec_url: str = ""
    cache_timeout: int | None = None

    @classmethod
    def of(
        cls, project: str, declared: DeclaredTable, *, cache_timeout: int | None = None
    ) -> Dataset:
        """What the declared table offers."""
        hidden = declared.table.protected
        return cls(
            table=declared.table,
            columns=tuple(
                column
                for column in declared.columns
                if column.name not in hidden and not column.name.startswith("_")
            ),
            uuid=uuid_of(project, "dataset", str(declared.table.table)),
            attributions=declared.attributions,
            spec_url=declared.spec_url,
            cache_timeout=cache_timeout,
        )

    def metric(self, name: str) -> BiMetric:
        """The metric of this name.

        Raises:
            KeyError: it has none; validation refuses such a spec.
        """
        return {one.name: one for one in self.table.metrics}[name]

    def has(self, name: str) -> bool:
        """Whether it offers a column of this name, calculated or not."""
        names = (*(one.name for one in self.columns), *(one.name for one in self.calculated))
        return name in names

    @property
    def calculated(self) -> tuple[BiDimension, ...]:
        """The dimensions that the spec gives an expression for: Superset computes them, and the
        table has no such column."""
        return tuple(one for one in self.table.dimensions if one.expression)

    def dimension(self, name: str) -> BiDimension:
        """What is declared of a column; of one without a declaration its name."""
        declared = {one.name: one for one in self.table.dimensions}
        return declared.get(name, BiDimension(name=name))

    def unit_of(self, name: str) -> str:
        """The unit in which people read a column: of the dimension, else of the column; empty where
        it has none."""
        return self.dimension(name).unit or self.table.column_units.get(name, "")

    def label_of(self, name: str) -> str:
        """What people read of a metric or a column, with its unit."""
        metrics = {one.name: one for one in self.table.metrics}
        if name in metrics:
            metric = metrics[name]
            unit = metric.unit if offers_unit(metric.format) else ""
            return label_of(metric.name, metric.label, unit)
        return label_of(name, self.dimension(name).label, self.unit_of(name))

    def type_of(self, name: str) -> str:
        """PostgreSQL's type of a column; empty for an expression."""
        return {one.name: one.type for one in self.columns}.get(name, "")

    def is_temporal(self, name: str) -> bool:
        """Whether a column holds dates or moments."""
        if expression := self.dimension(name).expression:
            return _TEMPORAL_EXPRESSION.fullmatch(expression.strip()) is not None
        return _TEMPORAL.match(self.type_of(name)) is not None


def dataset_asset(dataset: Dataset, database: Asset) -> Asset:
    """The file of a dataset. `extra` is whole: who writes a banner into it keeps its other keys."""
    table = dataset.table
    certification = _certification(table)
    return Asset(
        kind="dataset",
        key=str(table.table),
        uuid=dataset.uuid,
        path=path_of(
            "dataset", str(table.table), database.path.split("/")[-1].removesuffix(".yaml")
        ),
        name=str(table.table),
        needs=(database.uuid,),
        document={
            "table_name": table.table.table,
            "schema": table.table.schema,
            "description": _description(dataset),
            "main_dttm_col": table.time_column or None,
            "default_endpoint": None,
            "offset": 0,
            "cache_timeout": dataset.cache_timeout,
            "sql": None,
            "params": None,
            "template_params": None,
            "filter_select_enabled": True,
            "fetch_values_predicate": None,
            "normalize_columns": False,
            "always_filter_main_dttm": False,
            "extra": certification,
            "columns": [
                *(_column(dataset, column) for column in dataset.columns),
                *(_calculate(dataset, one) for one in dataset.calculated),
            ],
            "metrics": [_metric(dataset, one, certification) for one in table.metrics],
            "database_uuid": database.uuid,
            "is_managed_externally": True,
            "external_url": dataset.spec_url or None,
            "uuid": dataset.uuid,
            "version": VERSION,
        },
    )


def _certification(table: BiTable) -> Document:
    if not table.certified_by:
        return {}
    details = table.certification_details or None
    return {"certification": {"certified_by": table.certified_by, "details": details}}


def _description(dataset: Dataset) -> str:
    """With its owner, as Superset has no place for one that is not a user, and with what the
    licences of its sources ask for."""
    table = dataset.table
    contacts = ", ".join(table.contacts)
    owner = " · ".join(part for part in (table.owner, contacts) if part)
    parts = (table.description, owner and f"Owner: {owner}", *dataset.attributions)
    return "\n\n".join(part for part in parts if part)


def _column(dataset: Dataset, column: WarehouseColumn) -> Document:
    declared = {one.name: one for one in dataset.table.dimensions}.get(column.name)
    described = dataset.table.column_descriptions.get(column.name) or column.comment
    is_opaque = _OPAQUE.match(column.type) is not None
    return {
        **_ANY_COLUMN,
        "column_name": column.name,
        "verbose_name": dataset.label_of(column.name),
        "description": (declared.description if declared else "") or described or None,
        "type": _superset_type(column.type),
        "is_dttm": dataset.is_temporal(column.name),
        "groupby": declared is not None
        or not (is_opaque or _CONTINUOUS.match(column.type) is not None),
        "filterable": not is_opaque,
    }


def _calculate(dataset: Dataset, dimension: BiDimension) -> Document:
    is_temporal = dataset.is_temporal(dimension.name)
    return {
        **_ANY_COLUMN,
        "column_name": dimension.name,
        "verbose_name": dataset.label_of(dimension.name),
        "description": dimension.description or None,
        "expression": dimension.expression,
        "type": "TIMESTAMP" if is_temporal else None,
        "is_dttm": is_temporal,
        "groupby": True,
        "filterable": True,
    }


_ANY_COLUMN: dict[str, Json] = {
    "expression": None,
    "is_active": True,
    "python_date_format": None,
    "advanced_data_type": None,
    "extra": {},
}


def _metric(dataset: Dataset, metric: BiMetric, certification: Document) -> Document:
    return {
        "metric_name": metric.name,
        "verbose_name": dataset.label_of(metric.name),
        "metric_type": None,
        "expression": metric.expression,
        "description": metric.description or None,
        "d3format": None if is_time_format(metric.format) else metric.format or None,
        "currency": None,
        "extra": certification,
        "warning_text": None,
    }


def _superset_type(type_name: str) -> str:
    """As Superset's own refresh would write it.

    >>> _superset_type("numeric(18,2)"), _superset_type("character varying(3)")
    ('NUMERIC(18, 2)', 'VARCHAR(3)')
    """
    return type_name.upper().replace(",", ", ").replace("CHARACTER VARYING", "VARCHAR")
