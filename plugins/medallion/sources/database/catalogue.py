"""What a database's own catalogue says of a table: types as declared, its key, comments.

Asked in the way in which rows are read, so that whoever may read a table learns no more of it. Of
a database whose catalogue is not known here only the rows themselves are known.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from medallion.sources.database.catalogues import CATALOGUES
from medallion.sources.database.query import Statement, names_of, quote_name, quote_text

if TYPE_CHECKING:
    from medallion.sources.database.rows import Rows


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogueColumn:
    """A column as its database declares it; `key_place`: its place in the primary key, from 1."""

    name: str
    declared: str
    nullable: bool
    comment: str = ""
    key_place: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogueTable:
    """A table or view; `estimate`: about how many rows it has, None where the database does not
    say."""

    columns: tuple[CatalogueColumn, ...]
    comment: str = ""
    estimate: int | None = None

    @property
    def primary_key(self) -> tuple[str, ...]:
        """The columns of its primary key, in the key's order; empty where it has none."""
        key = [column for column in self.columns if column.key_place]
        return tuple(one.name for one in sorted(key, key=lambda one: one.key_place))


def statement_of_catalogue(table: str, dialect: str) -> Statement | None:
    """What is asked about a table; None in a dialect whose catalogue is not known here.

    Args:
        table: as `table` of a source has it.
        dialect: of the connection.
    """
    if dialect not in CATALOGUES:
        return None
    names = names_of(table)
    asked = CATALOGUES[dialect]
    if asked.by_whole_name:
        wanted = [quote_text(".".join(quote_name(name, dialect) for name in names), dialect)]
    else:
        schema = quote_text(names[-2], dialect) if len(names) > 1 else asked.current_schema
        wanted = [*([schema] if asked.current_schema else []), quote_text(names[-1], dialect)]
    parts = [text for pair in zip(asked.parts, [*wanted, ""], strict=True) for text in pair]
    return Statement(main=("".join(parts),), dialect=dialect, values={})


def table_of(rows: Rows) -> CatalogueTable | None:
    """The table that the answer describes; None where there is none of that name."""
    found = list(_records(rows))
    if not found:
        return None
    estimate = found[0]["estimate"]
    return CatalogueTable(
        columns=tuple(
            CatalogueColumn(
                name=str(one["name"]),
                declared=str(one["declared"] or ""),
                nullable=bool(int(one["nullable"])),
                comment=_text(one["comment"]),
                key_place=int(one["key_place"]),
            )
            for one in found
        ),
        comment=_text(found[0]["table_comment"]),
        estimate=int(estimate) if estimate is not None and int(estimate) >= 0 else None,
    )


def _records(rows: Rows) -> Iterable[Mapping[str, Any]]:
    for batch in rows.batches:
        yield from batch.to_pylist()


def _text(value: object) -> str:
    """A comment on one line."""
    return " ".join(str(value).split()) if value else ""
