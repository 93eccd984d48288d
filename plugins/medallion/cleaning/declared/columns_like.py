"""Many columns alike, said once: `columns_like: [{fields: [USD, JPY], type: double}]`.

They become entries of `columns` before a model of the spec is made: nothing else knows of them. The
fields are listed, not matched by a pattern, since a spec's tables must be known without the data.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Any

from pydantic import Field, model_validator

from medallion.cleaning.declared.columns import ColumnSpec
from medallion.cleaning.declared.contract import column_name
from medallion.names import COLUMN_PATTERN

KEY = "columns_like"
_OWN = ("fields", "prefix")
_OF_ONE = ("from", "expression")


class ColumnsLike(ColumnSpec):
    """Several columns that differ in their field only; all other keys are those of a column."""

    fields: Annotated[
        tuple[Annotated[str, Field(min_length=1)], ...],
        Field(strict=False, min_length=1, max_length=1000),
    ]
    """The record's fields, each of which becomes a column: `[USD, "Unit Price"]` become `usd` and
    `unit_price`."""
    prefix: str = Field(default="", pattern=r"^([a-z][a-z0-9_]*)?$", max_length=40)
    """What each column's name begins with: `rate_` makes `rate_usd` of USD."""

    @model_validator(mode="before")
    @classmethod
    def _of_several(cls, value: object) -> object:
        for key in _OF_ONE:
            if isinstance(value, Mapping) and key in value:
                raise ValueError(f"{key} is for one column: write that column in `columns`")
        return value

    @model_validator(mode="after")
    def _check_names(self) -> ColumnsLike:
        seen: dict[str, str] = {}
        for field in self.fields:
            name = name_of(field, self.prefix)
            if not re.fullmatch(COLUMN_PATTERN, name):
                raise ValueError(
                    f"the field {field!r} makes no name of a column: write it in `columns`, with "
                    "`from`"
                )
            if name in seen:
                raise ValueError(
                    f"the fields {seen[name]!r} and {field!r} both make the column {name}: write "
                    "one of them in `columns`, with `from`"
                )
            seen[name] = field
        return self


def name_of(field: str, prefix: str) -> str:
    """The column that a field becomes.

    >>> name_of("Unit Price", ""), name_of("2026", "year_")
    ('unit_price', 'year_2026')
    """
    return column_name(prefix + field)


def list_made_columns(silver: Mapping[str, Any]) -> Iterator[tuple[int, int, str, dict[str, Any]]]:
    """Each column that `columns_like` makes: the number of its entry, that of its field there, its
    name, and its declaration. What is too broken to be read is passed over: the model says so.
    """
    groups = silver.get(KEY)
    for at, group in enumerate(groups if isinstance(groups, list) else ()):
        if not isinstance(group, Mapping) or not isinstance(group.get("fields"), list):
            continue
        prefix = group.get("prefix", "")
        shared = {key: value for key, value in group.items() if key not in (*_OWN, *_OF_ONE)}
        for number, field in enumerate(group["fields"]):
            if isinstance(field, str) and isinstance(prefix, str):
                yield at, number, name_of(field, prefix), {"from": field, **shared}


def with_columns_like(silver: Mapping[str, Any]) -> dict[str, Any]:
    """What a spec says of a silver table, with each column of `columns_like` among its `columns`,
    after those that are there. Of a name that is there already the first stays."""
    columns = silver.get("columns", {})
    if KEY not in silver or not isinstance(columns, Mapping):
        return dict(silver)
    every = dict(columns)
    for _, _, name, said in list_made_columns(silver):
        every.setdefault(name, said)
    return {**silver, "columns": every}
