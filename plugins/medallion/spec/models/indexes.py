"""The indexes of a published table, as the YAML says them."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator

from medallion.model import SpecModel
from medallion.names import ColumnName
from medallion.publish.indexes import Index, IndexMethod

_Columns = Annotated[tuple[ColumnName, ...], Field(strict=False, min_length=1, max_length=10)]


class IndexSpec(SpecModel):
    """One index: a column, a list of columns, `[shop, day]`, or a mapping with more."""

    columns: _Columns
    """The columns that it is searched by, in this order."""
    method: IndexMethod = Field(default=IndexMethod.BTREE, strict=False)
    """`btree` serves comparisons and an order, `hash` one column compared by `=`. `brin` is tiny,
    for large tables whose rows lie in the order of the column (`cluster_by`, or as days come).
    `gin` is for what is in arrays and JSON, `gist` for ranges and points."""
    unique: bool = False
    """Whether no two rows of the table may have the same values: a publication that would break it
    is refused. Rows with a NULL among them are not compared."""
    where: str = Field(default="", max_length=2000)
    """Which rows it holds, `closed_at is null`: columns compared with constants. Queries with the
    same condition use it."""
    include: _Columns = Field(default=(), min_length=0)
    """Columns that it is not searched by: a query of these and the others reads no table."""

    @model_validator(mode="before")
    @classmethod
    def _short(cls, value: object) -> object:
        """`[shop, day]`, and `day`"""
        if isinstance(value, str):
            return {"columns": [value]}
        return {"columns": value} if isinstance(value, list | tuple) else value

    def to_index(self) -> Index:
        """As the steps have it."""
        return Index(
            columns=self.columns,
            method=self.method,
            unique=self.unique,
            where=self.where.strip(),
            include=self.include,
        )
