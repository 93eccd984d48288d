"""`merge`: upsert on the primary key into the current version; the later state wins: that of the
later data interval, or, of a source that is read on, what was read later (`order.py`)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from medallion.names import DATA_INTERVAL_END, DELETED_AT, PublishedTable, TableName
from medallion.publish.declaration import MissingKeys, refuse_to_shrink
from medallion.publish.disposition import Beside, Staged, WriteDisposition, Written
from medallion.publish.order import Order

if TYPE_CHECKING:
    from psycopg import sql


@dataclass(frozen=True, slots=True)
class Merge(WriteDisposition):
    """Inserts new keys and overwrites older rows; with `missing_keys`, deletes keys that the
    extract lacks."""

    name = "merge"
    needs_key = True
    deletes_by_row = True
    keeps_latest = True

    def list_added_columns(self, missing_keys: MissingKeys) -> tuple[str, ...]:
        """With `soft_delete`, the time since which a row is deleted."""
        return (DELETED_AT,) if missing_keys is MissingKeys.SOFT_DELETE else ()

    def write(self, staged: Staged) -> Written:
        """Upsert into the current version, and delete missing keys, or those that rows say are
        deleted, if the spec wants it.

        A run whose quarantined records have unknown keys deletes nothing and logs a warning.
        """
        version = staged.version_to_write(create_version, one_of_each=staged.primary_key)
        missing = staged.missing_keys
        if staged.deleted_when is not None:
            written = _by_row(staged, version)
        elif missing is MissingKeys.KEEP:
            written = _upsert(staged, version)
        else:
            written = _whole(staged, version, soft=missing is MissingKeys.SOFT_DELETE)
        staged.drop()
        return written

    def sides(self, beside: Beside) -> tuple[sql.Composed, sql.Composed]:
        """The rows that are overwritten, or deleted as missing; and the staged rows than which
        readers have nothing newer."""
        from medallion.publish import deletions

        return deletions.select_overwritten(beside), deletions.select_not_older(beside)


def _upsert(staged: Staged, version: int, *, revive: bool = False) -> Written:
    statement = upsert(
        staged.table,
        staged.staging,
        version,
        columns=staged.columns,
        primary_key=staged.primary_key,
        order=staged.order,
        revive=revive,
    )
    return Written(version=version, published=staged.execute(statement))


def _by_row(staged: Staged, version: int) -> Written:
    """The same, but rows that say so delete their key."""
    from medallion.publish.deleted_when import write_with_deletions

    return write_with_deletions(staged, version, upsert_part)


def _whole(staged: Staged, version: int, *, soft: bool) -> Written:
    """The same, and a key that is not staged was deleted.

    Where the key of some record could not be read, nobody can tell what is missing: then the run
    deletes nothing, and says so.
    """
    from medallion.publish import deletions

    whole = not staged.has_unread_records()
    if not whole:
        staged.warn(
            "records were quarantined before their keys were known: no row is deleted by this run, "
            "as any missing key could be of one of them"
        )
    beside = Beside(
        table=staged.table,
        version=version,
        staging=staged.staging,
        rejects=staged.rejects,
        primary_key=staged.primary_key,
        order=staged.order,
        missing_keys=staged.missing_keys,
        has_unread_records=not whole,
    )
    later = staged.next_interval_end(version, whole=True)
    if later and not soft:
        # What that later extract did not have is deleted already: there is nothing to add.
        return Written(version=version, published=0, whole=whole)
    if whole:
        # Counted before anything is written: an extract that lost half of its keys must not delete
        # them.
        before, gone = staged.count_two(deletions.count_missing(beside, marked=soft))
        refuse_to_shrink(staged.table, staged.guard, before, before - gone)
    written = _upsert(staged, version, revive=soft)
    if later:
        # After the upsert: it marks the rows that this run has just written.
        staged.execute(deletions.mark_gone_later(beside, later))
    if not whole:
        return written
    statement = deletions.soft_delete(beside) if soft else deletions.hard_delete(beside)
    return replace(written, deleted=staged.execute(statement), whole=True)


def create_version(
    table: PublishedTable, version: int, primary_key: Sequence[str]
) -> Sequence[sql.Composed]:
    """An empty version with the unique index on the key that ON CONFLICT needs."""
    from medallion.publish.relations import create_child

    return create_child(table, version, primary_key)


def upsert(
    table: PublishedTable,
    staging: TableName,
    version: int,
    *,
    columns: Sequence[str],
    primary_key: Sequence[str],
    order: Order,
    revive: bool = False,
) -> sql.Composed:
    """Insert new keys, and overwrite rows unless they are later.

    A row of the same interval is overwritten too: running a day again corrects it.

    Args:
        order: what is later.
        revive: clear the deletion mark of the keys that are staged.
    """
    from psycopg import sql

    from medallion.publish.relations import identifier, insert_staged

    changed = [name for name in columns if name not in primary_key] + [DATA_INTERVAL_END]
    changed += [DELETED_AT] if revive else []  # no staged row has it: NULL
    target = sql.SQL("{} AS t").format(identifier(table.version(version)))
    end = order.interval_end
    insert = insert_staged(target, staging, version, columns=columns, interval_end=end)
    return overwrite(insert, primary_key, changed, unless=order.is_later("t"))


def upsert_part(staged: Staged, version: int, wanted: sql.Composable) -> sql.Composed:
    """The same, of the staged rows `s` for which a condition holds."""
    from psycopg import sql

    from medallion.publish.relations import identifier, insert_staged

    columns, key = staged.columns, staged.primary_key
    target = sql.SQL("{} AS t").format(identifier(staged.table.version(version)))
    insert = sql.SQL("{} WHERE {}").format(
        insert_staged(
            target, staged.staging, version, columns=columns, interval_end=staged.interval_end
        ),
        wanted,
    )
    changed = [name for name in columns if name not in key] + [DATA_INTERVAL_END]
    return overwrite(insert, key, changed, unless=staged.order.is_later("t"))


def overwrite(
    insert: sql.Composed,
    primary_key: Sequence[str],
    changed: Sequence[str],
    *,
    unless: sql.Composable,
) -> sql.Composed:
    """An INSERT into `… AS t` that overwrites these columns of the rows whose keys it meets.

    Args:
        unless: the condition that a row `t` stays beside what is `excluded`.
    """
    from psycopg import sql

    from medallion.publish.relations import names

    return sql.SQL(
        "{insert} ON CONFLICT ({key}) DO UPDATE SET {changes} WHERE NOT {unless}"
    ).format(
        insert=insert,
        key=names(primary_key),
        changes=sql.SQL(", ").join(
            sql.SQL("{} = excluded.{}").format(sql.Identifier(name), sql.Identifier(name))
            for name in changed
        ),
        unless=unless,
    )
