"""Gold, `incremental: {by: time}`: the rows of a window take the place of those that lie in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from medallion.errors import DataRejected
from medallion.names import PublishedTable
from medallion.publish.declaration import refuse_to_shrink
from medallion.publish.disposition import Beside, Staged, WriteDisposition, Written
from medallion.publish.replace import REPLACE
from medallion.publish.window import Slice

if TYPE_CHECKING:
    from psycopg import sql


@dataclass(frozen=True, slots=True)
class ByTime(WriteDisposition):
    """Replaces all rows of a stretch of time, and no others."""

    name = "incremental_by_time"
    holds_to_window = True
    can_be_partitioned = True
    why_no_missing_keys = "the rows of a stretch of time are replaced as a whole"

    def write(self, staged: Staged) -> Written:
        """Delete what lies in the window, then insert the staged rows. A whole window becomes a
        version of its own, and no row is copied.

        Raises:
            DataRejected: the window would shrink by more than the guard allows, or a staged key is
                in another stretch of time already.
        """
        from medallion.publish.relations import identifier, insert_staged

        found = staged.slice
        assert found is not None  # noqa: S101  # the step that made the rows says their window
        if found.window.is_whole or staged.current_version is None:
            return _fill_partitions(staged) if staged.is_partitioned else REPLACE.write(staged)
        version = staged.version_to_write(create_version)
        inside, twice = staged.count_two(_count(staged, version, found))
        refuse_to_shrink(staged.table, staged.guard, inside, staged.rows)
        if twice:
            raise DataRejected(
                f"{staged.table.public}: {twice} of the {staged.rows} rows for {found.window} have "
                f"a primary key that a row of another time has already: "
                f"({', '.join(staged.primary_key)})",
                remedy=f"have each key in one stretch of time only, or add {found.time_column} to "
                "the primary_key. Where rows change later, `incremental: {by: key}` replaces them. "
                "The published table is untouched",
            )
        replaced = staged.execute(forget_window(staged.table, version, found))
        target = identifier(staged.table.version(version))
        published = staged.execute(
            insert_staged(target, staged.staging, version, columns=staged.columns)
        )
        staged.drop()
        return Written(version=version, published=published, replaced=replaced)

    def sides(self, beside: Beside) -> tuple[sql.Composed, sql.Composed]:
        """The rows of the window, then and now."""
        from medallion.publish.relations import select_rows

        where = beside.slice.holds() if beside.slice and not beside.slice.window.is_whole else None
        return (
            select_rows(beside.table.version(beside.version), where),
            select_rows(beside.staging),
        )

    def afterwards(self, beside: Beside, columns: Sequence[str]) -> sql.Composed:
        """The rows beyond the window, and the staged ones."""
        from psycopg import sql

        from medallion.publish.relations import select_rows, unite_rows

        if beside.slice is None or beside.slice.window.is_whole:
            return WriteDisposition.afterwards(self, beside, columns)
        stays = sql.SQL("NOT {}").format(beside.slice.holds())
        published = beside.table.version(beside.version)
        return unite_rows(published, stays, select_rows(beside.staging), columns)


BY_TIME = ByTime()


def create_version(
    table: PublishedTable, version: int, primary_key: Sequence[str]
) -> Sequence[sql.Composed]:
    """An empty version, for rows that were in partitions before: with the index on the key."""
    from medallion.publish.relations import create_child

    return create_child(table, version, BY_TIME.list_indexed(primary_key))


def _fill_partitions(staged: Staged) -> Written:
    """Copy the staged rows into a version of their own: a table that has partitions is not made of
    one that has none."""
    from medallion.publish.relations import identifier, insert_staged

    version = staged.new_version(create_version)
    target = identifier(staged.table.version(version))
    insert = insert_staged(target, staged.staging, version, columns=staged.columns)
    published = staged.execute(insert)
    staged.drop()
    return Written(version=version, published=published, whole=True)


def forget_window(table: PublishedTable, version: int, window: Slice) -> sql.Composed:
    """Delete the version's rows that lie in the window, whichever run made them."""
    from psycopg import sql

    from medallion.publish.relations import identifier

    return sql.SQL("DELETE FROM {} AS t WHERE {}").format(
        identifier(table.version(version)), window.holds()
    )


def _count(staged: Staged, version: int, window: Slice) -> sql.Composed:
    """(rows in the window now, staged keys that rows beyond it have)."""
    from psycopg import sql

    from medallion.publish.relations import identifier, names

    target = identifier(staged.table.version(version))
    twice: sql.Composable = sql.SQL("0")
    if staged.primary_key and window.time_column not in staged.primary_key:
        twice = sql.SQL(
            "(SELECT count(*) FROM {target} AS t JOIN {staging} AS s ON ({keys}) = ({own})"
            " WHERE NOT {holds})"
        ).format(
            target=target,
            staging=identifier(staged.staging),
            keys=names(staged.primary_key, of="t"),
            own=names(staged.primary_key, of="s"),
            holds=window.holds(),
        )
    return sql.SQL("SELECT count(*), {} FROM {} AS t WHERE {}").format(
        twice, target, window.holds()
    )
