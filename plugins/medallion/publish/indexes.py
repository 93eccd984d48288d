"""The indexes that a spec asks for, as the steps have them, and the statements that make them."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from medallion.names import TableName

if TYPE_CHECKING:
    from psycopg import sql

MARK = "medallion: "
"""Begins the comment of an index that a spec has asked for."""


class IndexMethod(StrEnum):
    """How PostgreSQL keeps an index.

    `btree` serves comparisons and an order, `hash` one column compared by `=`. `brin` is tiny, for
    large tables whose rows lie in the order of the column (`cluster_by`, or as days come). `gin` is
    for what is in arrays and JSON, `gist` for ranges and points.
    """

    BTREE = "btree"
    HASH = "hash"
    BRIN = "brin"
    GIN = "gin"
    GIST = "gist"

    @property
    def takes_several(self) -> bool:
        """Whether it may have several columns."""
        return self is not IndexMethod.HASH

    @property
    def can_be_unique(self) -> bool:
        """Whether it can say that no two rows have the same values."""
        return self is IndexMethod.BTREE

    @property
    def can_include(self) -> bool:
        """Whether it can hold columns that it is not searched by."""
        return self in (IndexMethod.BTREE, IndexMethod.GIST)


@dataclass(frozen=True, slots=True, kw_only=True)
class Index:
    """An index of a published table.

    Attributes:
        columns: in their order.
        method: how it is kept.
        unique: whether no two rows may have the same values; rows with a NULL are not compared.
        where: which rows it holds, as its author wrote it; empty: all.
        include: what else each entry holds, so that a query need not read the table.
    """

    columns: tuple[str, ...]
    method: IndexMethod = IndexMethod.BTREE
    unique: bool = False
    where: str = ""
    include: tuple[str, ...] = ()

    def __str__(self) -> str:
        """What is kept with the index, to see which of a table's indexes the spec asks for.

        >>> str(Index(columns=("shop", "day"), unique=True, where="closed_at is null"))
        'unique btree (shop, day) where closed_at is null'
        """
        kind = f"unique {self.method}" if self.unique else str(self.method)
        said = f"{kind} ({', '.join(self.columns)})"
        if self.include:
            said += f" include ({', '.join(self.include)})"
        return f"{said} where {' '.join(self.where.split())}" if self.where else said

    @property
    def is_plain(self) -> bool:
        """Whether it is a B-tree of all rows, which any other index on its columns is as well."""
        return self.method is IndexMethod.BTREE and not (self.where or self.include)

    def name_on(self, relation: TableName) -> str:
        """Its name on a table: the same each time, so that a second try makes the same one.

        >>> Index(columns=("day",)).name_on(TableName("store_silver_shop", "orders__v1"))
        'orders__v1__ix75596c9b'
        """
        digest = hashlib.sha256(str(self).encode()).hexdigest()[:8]
        return f"{relation.table[:50]}__ix{digest}"


def create_index(relation: TableName, index: Index) -> Sequence[sql.Composed]:
    """The statements that make an index and say of it that a spec has asked for it. The caller has
    read its condition (`sql.index_conditions`)."""
    from psycopg import sql

    from medallion.publish.relations import identifier, names

    name = index.name_on(relation)
    include = (
        sql.SQL(" INCLUDE ({})").format(names(index.include)) if index.include else sql.SQL("")
    )
    where = sql.SQL(" WHERE (\n{}\n)").format(sql.SQL(index.where)) if index.where else sql.SQL("")
    return [
        sql.SQL("CREATE {kind} {name} ON {relation} USING {method} ({columns}){include}{where}")
        .format(
            kind=sql.SQL("UNIQUE INDEX" if index.unique else "INDEX"),
            name=sql.Identifier(name),
            relation=identifier(relation),
            method=sql.Identifier(str(index.method)),
            columns=names(index.columns),
            include=include,
            where=where,
        ),
        sql.SQL("COMMENT ON INDEX {} IS {}").format(
            sql.Identifier(relation.schema, name), sql.Literal(f"{MARK}{index}")
        ),
    ]  # fmt: skip
