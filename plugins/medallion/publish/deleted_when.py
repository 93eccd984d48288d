"""`deleted_when`: staged rows that say that their key is deleted.

A deletion is a state like any other, and the later one stays (`order.py`). A row that
is gone cannot say from which interval and load, so the registry keeps the digests of deleted keys
(medallion.deleted_keys). Without them a run of an earlier interval that is done again, or a record
that is replayed from quarantine, would bring the row back.

The digest of a key is that of each of its columns, one after another: an erasure finds those of a
person by one of them, whatever the others were.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from psycopg import sql

from medallion.names import LOAD_ID
from medallion.publish.declaration import refuse_to_shrink
from medallion.publish.disposition import Staged, Written
from medallion.publish.relations import identifier, names

if TYPE_CHECKING:
    from collections.abc import Callable

    Upsert = Callable[[Staged, int, sql.Composed], sql.Composed]

_REMEMBER = """
INSERT INTO medallion.deleted_keys AS g (layer, domain, table_name, key_digest, deleted_at, load_id)
SELECT {layer}, {domain}, {name}, {digest}, {end}, s.{load} FROM {staging} AS s
WHERE {is_deleted} AND NOT EXISTS (SELECT FROM {version} AS t WHERE {same} AND {is_later})
ON CONFLICT (layer, domain, table_name, key_digest) DO UPDATE
SET deleted_at = excluded.deleted_at, load_id = excluded.load_id, known_at = now()
WHERE NOT {is_deleted_later}
"""
_DELETE = "DELETE FROM {version} AS t USING {staging} AS s WHERE {gone}"
_COUNT = """
SELECT count(*), count(*) FILTER (WHERE EXISTS (SELECT FROM {staging} AS s WHERE {gone}))
FROM {version} AS t
"""
_GONE = "{is_deleted} AND {same} AND NOT {is_later}"
_IS_WANTED = """
NOT {is_deleted} AND NOT EXISTS (
    SELECT FROM medallion.deleted_keys AS g
    WHERE {of_table} AND g.key_digest = {digest} AND {is_deleted_later}
)
"""
_FORGET = """
DELETE FROM medallion.deleted_keys AS g USING {staging} AS s
WHERE {of_table} AND NOT {is_deleted} AND g.key_digest = {digest} AND NOT {is_deleted_later}
"""
_DIGEST = "sha256(convert_to(jsonb_build_array({})::text, 'UTF8'))"
_OF_TABLE = "(g.layer, g.domain, g.table_name) = ({layer}, {domain}, {name})"


def write_with_deletions(staged: Staged, version: int, upsert: Upsert) -> Written:
    """Delete the keys that are staged as deleted, and write the other rows: what is older than what
    is known of a key changes nothing.

    Args:
        staged: has a column `deleted_when`.
        version: the version to write into.
        upsert: INSERT into a version of the staged rows `s` for which a condition holds.

    Raises:
        DataRejected: more rows would go than the guard allows, where the spec has set one.
    """
    deletions = Deletions(staged, version)
    if staged.guard.max_shrink_percent is not None:
        before, gone = staged.count_two(deletions.count_gone())
        refuse_to_shrink(staged.table, staged.guard, before, before - gone)
    known = staged.execute(deletions.remember())
    deleted = staged.execute(deletions.delete())
    written = staged.execute(upsert(staged, version, deletions.is_wanted()))
    staged.execute(deletions.forget())
    return Written(version=version, published=written + known, deleted=deleted)


class Deletions:
    """The statements of a run whose staged rows may say that their key is deleted."""

    def __init__(self, staged: Staged, version: int) -> None:
        table, key = staged.table, staged.primary_key
        assert staged.deleted_when is not None  # noqa: S101  # whoever asks has looked
        words: dict[str, sql.Composable] = {
            "layer": sql.Literal(str(table.layer)),
            "domain": sql.Literal(table.domain),
            "name": sql.Literal(table.name),
            "staging": identifier(staged.staging),
            "version": identifier(table.version(version)),
            "load": sql.Identifier(LOAD_ID),
            "is_later": staged.order.is_later("t"),
            "is_deleted_later": staged.order.is_later("g", at="deleted_at", load="load_id"),
            "end": sql.SQL("CAST({} AS timestamptz)").format(sql.Literal(staged.interval_end)),
            "is_deleted": is_deleted(staged.deleted_when),
            "same": sql.SQL("({}) = ({})").format(names(key, of="t"), names(key, of="s")),
            "digest": sql.SQL(" || ").join(
                sql.SQL(_DIGEST).format(sql.Identifier("s", column)) for column in key
            ),
        }  # fmt: skip
        words["of_table"] = sql.SQL(_OF_TABLE).format(**words)
        words["gone"] = sql.SQL(_GONE).format(**words)
        self._words = words

    def remember(self) -> sql.Composed:
        """Keep the keys that are deleted, but those of which a later state is published."""
        return sql.SQL(_REMEMBER).format(**self._words)

    def delete(self) -> sql.Composed:
        """Remove their rows, if these are not newer."""
        return sql.SQL(_DELETE).format(**self._words)

    def count_gone(self) -> sql.Composed:
        """(rows that readers have, rows that would go)."""
        return sql.SQL(_COUNT).format(**self._words)

    def is_wanted(self) -> sql.Composed:
        """Of a staged row: it is not deleted, here or later."""
        return sql.SQL(_IS_WANTED).format(**self._words)

    def forget(self) -> sql.Composed:
        """Take out the keys that are there again."""
        return sql.SQL(_FORGET).format(**self._words)


def is_deleted(column: str) -> sql.Composed:
    """Of a staged row `s`: it says that its key is deleted; NULL does not.

    >>> is_deleted("is_deleted").as_string()
    '("s"."is_deleted" IS TRUE)'
    """
    return sql.SQL("({} IS TRUE)").format(sql.Identifier("s", column))
