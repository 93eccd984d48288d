"""`scd2`: each state of each key with the time for which it held, from whole extracts.

A run says of every key what its state was at `moment`, the end of its data interval; a key that is
not there was not. That holds until `until`, the next moment at which another run has looked. So a
run settles the stretch of time between the two and nothing else, and runs may come in any order:

    before   ├──── A ─────────────────────┤            one row
    run      moment: B, until: …
    after    ├──── A ────┼─ B ─┼──── A ───┤            three

What changes is worked out in a temporary table, of the keys alone whose state in that stretch is
another than the run's. Rows that then say the same of two stretches side by side become one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from medallion.errors import WarehouseRefused
from medallion.names import (
    DATA_INTERVAL_END,
    PROVENANCE_COLUMNS,
    VALID_FROM,
    VALID_TO,
    PublishedTable,
    TableName,
)
from medallion.publish.declaration import MissingKeys
from medallion.publish.disposition import Beside, Staged, WriteDisposition, Written

if TYPE_CHECKING:
    from psycopg import sql


@dataclass(frozen=True, slots=True)
class Scd2(WriteDisposition):
    """Keeps the history of each key: one row for each state and the time it was valid."""

    name = "scd2"
    whole = True
    needs_key = True
    keeps_history = True
    why_no_missing_keys = "the state of a key that is not there any more is closed"

    def list_added_columns(self, missing_keys: MissingKeys) -> tuple[str, ...]:
        """`_valid_from` and `_valid_to`: a half-open time; `_valid_to` is NULL while the state is
        valid."""
        return (VALID_FROM, VALID_TO)

    def write(self, staged: Staged) -> Written:
        """Settle the time from this interval's end to the next interval that is already published.

        Raises:
            WarehouseRefused: another disposition wrote the table; no history can be made of it.
        """
        # Rows of `merge` say what holds now and not since when: a history made of them would be
        # invented.
        if staged.published_by not in (None, self.name):
            raise WarehouseRefused(
                f"{staged.table.public} was published by {staged.published_by}: no history can be "
                "made of it",
                remedy="publish the history under another name, beside it",
            )
        version = staged.version_to_write(create_version)
        statements = settle(
            staged.table,
            staged.staging,
            version,
            columns=[name for name in staged.columns if name not in PROVENANCE_COLUMNS],
            primary_key=staged.primary_key,
            moment=staged.interval_end,
            until=staged.next_interval_end(version),
        )
        for statement in statements:
            staged.execute(statement)
        staged.drop()
        return Written(version=version, published=staged.rows, whole=True)

    def sides(self, beside: Beside) -> tuple[sql.Composed, sql.Composed]:
        """The states that hold now, and those that the run has found."""
        from psycopg import sql

        from medallion.publish.relations import select_rows

        holds = sql.SQL("t.{} IS NULL").format(sql.Identifier(VALID_TO))
        published = select_rows(beside.table.version(beside.version), holds)
        return published, select_rows(beside.staging)


_CHANGED = "medallion_scd2_changed"
_FRESH = "medallion_scd2_fresh"

# The keys whose state at the moment is another than the run's, each with the states around it: the
# one that covers the moment, and those before and after it that say what the run says. A key of one
# side alone is new, or has gone.
_CREATE_CHANGED = """
CREATE TEMPORARY TABLE medallion_scd2_changed ON COMMIT DROP AS
WITH covering AS (
    SELECT * FROM {target}
    WHERE {begin} <= {moment} AND coalesce({end}, 'infinity') > {moment}
), changed AS (
    SELECT {keys}, c.{begin} AS _covering_from
    FROM {staging} AS s FULL JOIN covering AS c ON {same_key_of_covering}
    WHERE s.{a_key} IS NULL OR c.{a_key} IS NULL OR ROW({of_staged}) IS DISTINCT FROM ROW({of_c})
)
SELECT k.*, p.{begin} AS _before_from, n.{begin} AS _after_from
FROM changed AS k
LEFT JOIN {staging} AS s ON {same_key_of_staged}
LEFT JOIN {target} AS p ON {same_key_before} AND p.{end} = {moment}
    AND ROW({of_staged}) IS NOT DISTINCT FROM ROW({of_p})
LEFT JOIN {target} AS n ON {same_key_after} AND n.{begin} = {until}
    AND ROW({of_staged}) IS NOT DISTINCT FROM ROW({of_n})
"""

# What takes the place of these rows: the part of the covering state before the moment, its part
# after `until`, and the run's state between the two, which swallows its equal neighbors. The
# rows are made before any is deleted, since all three are made of what is there.
_CREATE_FRESH = """
CREATE TEMPORARY TABLE medallion_scd2_fresh ON COMMIT DROP AS
SELECT {former}, c.{begin} AS {begin}, {moment} AS {end}
FROM {changed} AS k JOIN {target} AS c ON {same_key_covering} AND c.{begin} = k._covering_from
WHERE c.{begin} < {moment}
UNION ALL
SELECT {former}, {until}, c.{end}
FROM {changed} AS k JOIN {target} AS c ON {same_key_covering} AND c.{begin} = k._covering_from
WHERE coalesce(c.{end}, 'infinity') > coalesce({until}, 'infinity')
UNION ALL
SELECT {own}, coalesce(p.{begin}, {moment}),
    CASE WHEN n.{begin} IS NULL THEN {until} ELSE n.{end} END
FROM {changed} AS k
JOIN {staging} AS s ON {same_key_of_staged}
LEFT JOIN {target} AS p ON {same_key_before} AND p.{begin} = k._before_from
LEFT JOIN {target} AS n ON {same_key_after} AND n.{begin} = k._after_from
"""

_INSERT = """
INSERT INTO {target} ({stored}, {begin}, {end}, {version}) SELECT *, {number} FROM {fresh}
"""

_DELETE = """
DELETE FROM {target} AS x USING {changed} AS k
WHERE {same_key} AND x.{begin} IN (k._covering_from, k._before_from, k._after_from)
"""


def create_version(
    table: PublishedTable, version: int, primary_key: Sequence[str]
) -> Sequence[sql.Composed]:
    """An empty history with the unique index on key and `_valid_from`."""
    from medallion.publish.relations import create_child

    return create_child(table, version, [*primary_key, VALID_FROM])


def settle(
    table: PublishedTable,
    staging: TableName,
    version: int,
    *,
    columns: Sequence[str],
    primary_key: Sequence[str],
    moment: datetime,
    until: datetime | None,
) -> Sequence[sql.Composed]:
    """The statements that make the history of [moment, until) equal the staged rows.

    Args:
        columns: of the staged table without provenance; equal values in all of them are one state.
        until: the next moment in the history; None: this run is the latest.
    """
    from psycopg import sql

    from medallion.publish.relations import VERSION, identifier, names

    changed, fresh = (sql.Identifier("pg_temp", name) for name in (_CHANGED, _FRESH))
    stored = [*columns, *PROVENANCE_COLUMNS, DATA_INTERVAL_END]
    words = {
        "target": identifier(table.version(version)),
        "staging": identifier(staging),
        "changed": changed,
        "fresh": fresh,
        "begin": sql.Identifier(VALID_FROM),
        "end": sql.Identifier(VALID_TO),
        "moment": _moment(moment),
        "until": _moment(until),
        "former": names(stored, of="c"),
        **_of_states(columns, moment),
        **_of_keys(primary_key),
    }
    insert = sql.SQL(_INSERT).format(
        **words, stored=names(stored), version=sql.Identifier(VERSION), number=sql.Literal(version)
    )
    return [
        sql.SQL(_CREATE_CHANGED).format(**words),
        sql.SQL("ANALYZE {}").format(changed),
        sql.SQL(_CREATE_FRESH).format(**words),
        sql.SQL(_DELETE).format(**words),
        insert,
    ]


def _of_states(columns: Sequence[str], moment: datetime) -> dict[str, sql.Composable]:
    """A state as each side has it. Where the state before says the same, the two become one, and
    the row keeps the provenance of the run that saw the state first."""
    from psycopg import sql

    from medallion.publish.relations import names

    first_seen: list[sql.Composable] = [
        sql.SQL("coalesce({}, {})").format(*_pair("p", "s", name)) for name in PROVENANCE_COLUMNS
    ]
    interval_end = sql.Identifier("p", DATA_INTERVAL_END)
    first_seen.append(sql.SQL("coalesce({}, {})").format(interval_end, _moment(moment)))
    return {
        "of_staged": names(columns, of="s"),
        "of_c": names(columns, of="c"),
        "of_p": names(columns, of="p"),
        "of_n": names(columns, of="n"),
        "own": sql.SQL(", ").join([names(columns, of="s"), *first_seen]),
    }


def _of_keys(primary_key: Sequence[str]) -> dict[str, sql.Composable]:
    """s is staged, k changed; c covers the moment, p and n are the states before it and after."""
    from psycopg import sql

    return {
        "a_key": sql.Identifier(primary_key[0]),
        "keys": sql.SQL(", ").join(
            sql.SQL("coalesce({}, {}) AS {}").format(*_pair("s", "c", key), sql.Identifier(key))
            for key in primary_key
        ),
        "same_key": _same(primary_key, "x", "k"),
        "same_key_of_covering": _same(primary_key, "s", "c"),
        "same_key_of_staged": _same(primary_key, "s", "k"),
        "same_key_covering": _same(primary_key, "c", "k"),
        "same_key_before": _same(primary_key, "p", "k"),
        "same_key_after": _same(primary_key, "n", "k"),
    }


def _moment(moment: datetime | None) -> sql.Composable:
    from psycopg import sql

    return sql.SQL("CAST({} AS timestamptz)").format(sql.Literal(moment))


def _pair(left: str, right: str, name: str) -> tuple[sql.Identifier, sql.Identifier]:
    from psycopg import sql

    return sql.Identifier(left, name), sql.Identifier(right, name)


def _same(keys: Sequence[str], left: str, right: str) -> sql.Composed:
    from psycopg import sql

    return sql.SQL(" AND ").join(
        sql.SQL("{} = {}").format(*_pair(left, right, key)) for key in keys
    )
