"""Gold, `incremental: {by: key}`: rows of new keys are added, later ones replace those there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from medallion.publish.disposition import Beside, Staged, WriteDisposition, Written
from medallion.publish.replace import REPLACE

if TYPE_CHECKING:
    from psycopg import sql


@dataclass(frozen=True, slots=True)
class ByKey(WriteDisposition):
    """Adds rows of new keys, and replaces rows by those whose time is not before theirs."""

    name = "incremental_by_key"
    needs_key = True
    why_no_missing_keys = "a run says nothing of keys that have not changed"

    def write(self, staged: Staged) -> Written:
        """Upsert. A whole window becomes a version of its own, and no row is copied."""
        from psycopg import sql

        from medallion.publish.merge import overwrite
        from medallion.publish.relations import identifier, insert_staged

        found = staged.slice
        assert found is not None  # noqa: S101  # the step that made the rows says their window
        if found.window.is_whole or staged.current_version is None:
            return REPLACE.write(staged)
        version = staged.current_version
        key, columns = staged.primary_key, staged.columns
        target = sql.SQL("{} AS t").format(identifier(staged.table.version(version)))
        insert = insert_staged(target, staged.staging, version, columns=columns)
        changed = [name for name in columns if name not in key] or [found.time_column]
        is_later = sql.SQL("(excluded.{time} < t.{time})").format(
            time=sql.Identifier(found.time_column)
        )
        published = staged.execute(overwrite(insert, key, changed, unless=is_later))
        staged.drop()
        return Written(version=version, published=published)

    def sides(self, beside: Beside) -> tuple[sql.Composed, sql.Composed]:
        """The rows that are replaced; and the staged ones than which readers have none later."""
        from medallion.publish.relations import select_rows

        published = beside.table.version(beside.version)
        if beside.slice is None or beside.slice.window.is_whole:
            return select_rows(published), select_rows(beside.staging)
        replaced, late = _conditions(beside, beside.slice.time_column)
        return select_rows(published, replaced), select_rows(beside.staging, late)

    def afterwards(self, beside: Beside, columns: Sequence[str]) -> sql.Composed:
        """The rows that stay, and the staged ones than which readers have none later."""
        from psycopg import sql

        from medallion.publish.relations import select_rows, unite_rows

        if beside.slice is None or beside.slice.window.is_whole:
            return WriteDisposition.afterwards(self, beside, columns)
        replaced, late = _conditions(beside, beside.slice.time_column)
        published = beside.table.version(beside.version)
        stays = sql.SQL("NOT {}").format(replaced)
        return unite_rows(published, stays, select_rows(beside.staging, late), columns)


BY_KEY = ByKey()


def _conditions(beside: Beside, time: str) -> tuple[sql.Composed, sql.Composed]:
    """Of a published row that it is replaced; of a staged one that none later is published."""
    from psycopg import sql

    from medallion.publish.relations import identifier, names

    same = sql.SQL("({}) = ({})").format(
        names(beside.primary_key, of="t"), names(beside.primary_key, of="s")
    )
    words = {"same": same, "of_t": sql.Identifier("t", time), "of_s": sql.Identifier("s", time)}
    replaced = sql.SQL("EXISTS (SELECT FROM {staging} AS s WHERE {same} AND {of_s} >= {of_t})")
    late = sql.SQL("NOT EXISTS (SELECT FROM {published} AS s WHERE {same} AND {of_s} > {of_t})")
    return (
        replaced.format(**words, staging=identifier(beside.staging)),
        late.format(**words, published=identifier(beside.table.version(beside.version))),
    )
