"""What a pipeline without a schedule waits for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field, model_validator

from medallion.model import SpecModel
from medallion.names import TableName
from medallion.spec.findings.positions import KeyPath
from medallion.spec.models.policy import TABLE_PATTERN

MOST_TABLES = 100
_INPUTS = ("all", "any")


class WaitForSpec(SpecModel):
    """What has to be published before a run begins: `all` or `any` of the tables that the pipeline
    reads, a table by its name, or a mapping of one of these keys."""

    all_: Waits | None = Field(default=None, alias="all")
    """Every one of a list: tables, and mappings such as this one."""
    any_: Waits | None = Field(default=None, alias="any")
    """One of a list, of the same kind."""
    table: str | None = Field(default=None, pattern=TABLE_PATTERN)
    """A published table of another pipeline, read or not: gold_shop.sales. A text is that, too."""
    inputs: Literal["all", "any"] | None = None
    """The tables of other pipelines that the pipeline reads: all of them, or any."""

    @model_validator(mode="before")
    @classmethod
    def _short(cls, value: object) -> object:
        """`any`, and `gold_shop.sales`"""
        if not isinstance(value, str):
            return value
        return {"inputs": value} if value in _INPUTS else {"table": value}

    def words(self) -> tuple[str, ...]:
        """The keys that it has."""
        return tuple(
            field.alias or name
            for name, field in type(self).model_fields.items()
            if getattr(self, name) is not None
        )

    def parts(self) -> tuple[WaitForSpec, ...]:
        """Those of its list."""
        return self.all_ or self.any_ or ()

    def walk(self, where: KeyPath = ("wait_for",)) -> Iterator[tuple[KeyPath, WaitForSpec]]:
        """Itself and all that is in it, each with its place."""
        yield where, self
        for word, parts in (("all", self.all_), ("any", self.any_)):
            for at, part in enumerate(parts or ()):
                yield from part.walk((*where, word, at))

    def tables(self) -> Iterator[tuple[KeyPath, TableName]]:
        """The tables that it names, each with its place."""
        for where, one in self.walk():
            if one.table is not None:
                yield where, TableName.parse(one.table)


Waits = Annotated[
    tuple[WaitForSpec, ...], Field(strict=False, min_length=1, max_length=MOST_TABLES)
]
WaitForSpec.model_rebuild()
