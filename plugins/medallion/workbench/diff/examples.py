"""Examples of what differs, by column and by row."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from medallion.warehouse.tables.compared_columns import Compared
from medallion.warehouse.tables.table_diff import Differences
from medallion.workbench.diff.found import ColumnDiff, Example, RowExample


def column_diffs(
    found: Differences, columns: Sequence[Compared], most: int
) -> tuple[ColumnDiff, ...]:
    """By compared column, in how many rows it differs, with at most so many examples.

    Args:
        columns: those that were compared, without the key, in the order of `found`.
    """
    return tuple(
        ColumnDiff(
            name=column.name,
            rows=count,
            is_hidden=column.is_hidden,
            examples=() if column.is_hidden else tuple(_examples(found, at))[:most],
        )
        for at, (column, count) in enumerate(zip(columns, found.by_column, strict=True))
    )


def row_examples(found: Differences, columns: Sequence[Compared]) -> tuple[RowExample, ...]:
    """The rows that only one side has, with the values of columns that may be shown."""
    return tuple(
        RowExample(
            kind=row.kind,
            key=row.key,
            values=tuple(
                (column.name, value)
                for column, value in zip(columns, values, strict=True)
                if not column.is_hidden
            ),
            times=row.times,
        )
        for row in found.examples
        if row.kind != "changed" and (values := row.after or row.before) is not None
    )


def _examples(found: Differences, at: int) -> Iterator[Example]:
    for row in found.examples:
        if row.kind == "changed" and row.differs[at] and row.before and row.after:
            yield Example(key=row.key, before=row.before[at], after=row.after[at])
