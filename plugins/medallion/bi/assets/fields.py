"""The fields of Superset 6.1's asset files: which there are, of which type, which may be null.

Read in superset/{databases,datasets,charts,dashboards}/schemas.py, classes ImportV1…Schema. Their
schemas refuse any other field, and the import then answers 500 with "unknown reason".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Type = Literal["text", "whole number", "yes or no", "mapping", "list", "UUID", "JSON text"]


@dataclass(frozen=True, slots=True)
class Field:
    """What an import accepts at a key of a file, by Superset's own schemas."""

    type: Type
    is_required: bool = False
    may_be_null: bool = False


Fields = Mapping[str, Field]

_TEXT, _NULLABLE_TEXT = Field("text"), Field("text", may_be_null=True)
_NEEDED_TEXT = Field("text", is_required=True)
_NEEDED_UUID = Field("UUID", is_required=True)
_FLAG, _NULLABLE_FLAG = Field("yes or no"), Field("yes or no", may_be_null=True)
_NULLABLE_NUMBER = Field("whole number", may_be_null=True)
_NULLABLE_MAPPING = Field("mapping", may_be_null=True)

_EVERY: Fields = {
    "uuid": _NEEDED_UUID,
    "version": _NEEDED_TEXT,
    "is_managed_externally": _NULLABLE_FLAG,
    "external_url": _NULLABLE_TEXT,
}
_CERTIFIED: Fields = {
    "certified_by": _NULLABLE_TEXT,
    "certification_details": _NULLABLE_TEXT,
}

DATABASE: Fields = {
    **_EVERY,
    "database_name": _NEEDED_TEXT,
    "sqlalchemy_uri": _NEEDED_TEXT,
    "cache_timeout": _NULLABLE_NUMBER,
    "expose_in_sqllab": _FLAG,
    "allow_run_async": _FLAG,
    "allow_ctas": _FLAG,
    "allow_cvas": _FLAG,
    "allow_dml": _FLAG,
    "allow_csv_upload": _FLAG,
    "impersonate_user": _FLAG,
    "extra": Field("mapping"),
}
DATASET: Fields = {
    **_EVERY,
    "table_name": _NEEDED_TEXT,
    "database_uuid": _NEEDED_UUID,
    "schema": _NULLABLE_TEXT,
    "catalog": _NULLABLE_TEXT,
    "description": _NULLABLE_TEXT,
    "main_dttm_col": _NULLABLE_TEXT,
    "default_endpoint": _NULLABLE_TEXT,
    "offset": Field("whole number"),
    "cache_timeout": _NULLABLE_NUMBER,
    "sql": _NULLABLE_TEXT,
    "params": _NULLABLE_MAPPING,
    "template_params": _NULLABLE_MAPPING,
    "filter_select_enabled": _FLAG,
    "fetch_values_predicate": _NULLABLE_TEXT,
    "normalize_columns": _FLAG,
    "always_filter_main_dttm": _FLAG,
    "extra": _NULLABLE_MAPPING,
    "columns": Field("list"),
    "metrics": Field("list"),
    "folders": Field("list", may_be_null=True),
    "currency_code_column": _NULLABLE_TEXT,
}
COLUMN: Fields = {
    "column_name": _NEEDED_TEXT,
    "verbose_name": _NULLABLE_TEXT,
    "description": _NULLABLE_TEXT,
    "expression": _NULLABLE_TEXT,
    "type": _NULLABLE_TEXT,
    "advanced_data_type": _NULLABLE_TEXT,
    "is_dttm": _NULLABLE_FLAG,
    "is_active": _NULLABLE_FLAG,
    "groupby": _FLAG,
    "filterable": _FLAG,
    "python_date_format": _NULLABLE_TEXT,
    "datetime_format": _NULLABLE_TEXT,
    "extra": _NULLABLE_MAPPING,
}
METRIC: Fields = {
    "metric_name": _NEEDED_TEXT,
    "expression": _NEEDED_TEXT,
    "verbose_name": _NULLABLE_TEXT,
    "metric_type": _NULLABLE_TEXT,
    "description": _NULLABLE_TEXT,
    "d3format": _NULLABLE_TEXT,
    "currency": _NULLABLE_MAPPING,
    "extra": _NULLABLE_MAPPING,
    "warning_text": _NULLABLE_TEXT,
}
CHART: Fields = {
    **_EVERY,
    **_CERTIFIED,
    "slice_name": _NEEDED_TEXT,
    "viz_type": _NEEDED_TEXT,
    "dataset_uuid": _NEEDED_UUID,
    "description": _NULLABLE_TEXT,
    "params": Field("mapping", is_required=True),
    "query_context": Field("JSON text", is_required=True),
    "cache_timeout": _NULLABLE_NUMBER,
    "tags": Field("list", may_be_null=True),
}
"""`params` and `query_context`: an import goes without them, a chart and its data do not."""
DASHBOARD: Fields = {
    **_EVERY,
    **_CERTIFIED,
    "dashboard_title": _NEEDED_TEXT,
    "slug": Field("text", is_required=True),
    "description": _NULLABLE_TEXT,
    "css": _NULLABLE_TEXT,
    "position": Field("mapping", is_required=True),
    "metadata": Field("mapping", is_required=True),
    "published": _NULLABLE_FLAG,
    "tags": Field("list", may_be_null=True),
    "theme_uuid": Field("UUID", may_be_null=True),
}
METADATA_FILE: Fields = {"version": _NEEDED_TEXT, "type": _NEEDED_TEXT, "timestamp": _TEXT}
