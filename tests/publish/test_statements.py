"""The statements of publication, golden: hostile names among them. Nothing is executed here.

MEDALLION_WRITE_GOLDEN=1 writes them again: read what changed before you commit it.
"""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

import pytest
from psycopg import sql

from medallion.names import Layer, PublishedTable
from medallion.publish import append, by_time, deletions, merge, relations, replace, scd2
from medallion.publish.by_key import BY_KEY
from medallion.publish.by_time import BY_TIME
from medallion.publish.declaration import MissingKeys
from medallion.publish.deleted_when import Deletions
from medallion.publish.disposition import Beside, Staged
from medallion.publish.order import Order
from medallion.publish.relations import Column
from medallion.publish.window import Slice, Window

MERGE = merge.Merge()

GOLDEN = Path(__file__).with_name("golden")
END = datetime(2026, 1, 2, tzinfo=UTC)
PLAIN = PublishedTable(layer=Layer.SILVER, domain="cinema", name="movies")
GOLD = PublishedTable(layer=Layer.GOLD, domain="cinema", name="totals")
HOSTILE = PublishedTable(layer=Layer.SILVER, domain='x"; DROP TABLE y; --', name="select")
COLUMNS = (
    Column(name="movie_id", type="bigint"),
    Column(name='we"ird; name', type="numeric(18,2)"),
    Column(name="order", type="text[]"),
)
NAMES = [column.name for column in COLUMNS]
LATER = datetime(2026, 1, 5, tzinfo=UTC)
EXTRACT = Beside(
    table=PLAIN,
    version=1,
    staging=PLAIN.staging("ab12"),
    rejects=PLAIN.rejects("ab12"),
    primary_key=("movie_id", "order"),
    order=Order(interval_end=END),
    missing_keys=MissingKeys.SOFT_DELETE,
    has_unread_records=False,
)

WINDOW = Slice(
    time_column='day"; --', window=Window(start=datetime(2026, 1, 1, tzinfo=UTC), end=END)
)
INCREMENT = dataclasses.replace(
    EXTRACT, table=GOLD, staging=GOLD.staging("ab12"), rejects=None, slice=WINDOW
)

OLD = relations.SelectVersion(number=3, columns=frozenset(NAMES[:1]))
NEW = relations.SelectVersion(number=7, columns=frozenset(NAMES))

STAGED: Staged = SimpleNamespace(  # type: ignore[assignment]  # no more of it is asked for
    table=PLAIN,
    staging=PLAIN.staging("ab12"),
    columns=NAMES,
    primary_key=("movie_id", "order"),
    interval_end=END,
    order=Order(interval_end=END),
    deleted_when='gone"; --',
)
DELETIONS = Deletions(STAGED, 1)
READ_ON = Order(interval_end=END, earlier=(3,), later=(7, 8))

CASES: dict[str, Sequence[sql.Composed]] = {
    "relations": [
        relations.create_parent(PLAIN, COLUMNS),
        relations.add_column(PLAIN, COLUMNS[1]),
        relations.create_view(PLAIN, NAMES),
        relations.create_view(PLAIN, NAMES, 4),
        relations.grant_select(PLAIN, 'bi"reader'),
        relations.forget_plans(PLAIN),
    ],
    "view_of_selects": [
        relations.create_view_of_selects(GOLD, COLUMNS[:2], [OLD, NEW], with_rows=True),
        relations.create_view_of_selects(GOLD, COLUMNS[:2], [NEW], with_rows=False, least=7),
    ],
    "relations_hostile": [
        relations.create_parent(HOSTILE, COLUMNS),
        relations.create_view(HOSTILE, NAMES),
    ],
    "replace_silver": list(
        replace.publish(PLAIN, PLAIN.staging("ab12"), 3, indexes=["i"], interval_end=END)
    ),
    "replace_gold": list(
        replace.publish(GOLD, GOLD.staging("ab12"), 1, indexes=[], interval_end=END)
    ),
    "append": [
        *append.create_version(PLAIN, 1, ["movie_id"]),
        append.forget_interval(PLAIN, 1, END),
        append.forget_own(
            PLAIN,
            PLAIN.staging("ab12"),
            1,
            primary_key=["movie_id"],
            interval_end=END,
            own_load=7,
        ),
        append.insert(PLAIN, PLAIN.staging("ab12"), 1, columns=NAMES, interval_end=END),
        *append.create_version(PLAIN, 1, []),
    ],
    "scd2": [
        *scd2.create_version(PLAIN, 1, ["movie_id"]),
        *scd2.settle(
            PLAIN,
            PLAIN.staging("ab12"),
            1,
            columns=NAMES,
            primary_key=["movie_id", "order"],
            moment=END,
            until=None,
        ),
    ],
    "carry_over": [
        relations.carry_over(PLAIN, 1, 2, columns=COLUMNS),
        relations.carry_over(PLAIN, 1, 2, columns=COLUMNS, one_of_each=["movie_id", "order"]),
    ],
    "merge": [
        *merge.create_version(PLAIN, 1, ["movie_id"]),
        merge.upsert(
            PLAIN,
            PLAIN.staging("ab12"),
            1,
            columns=NAMES,
            primary_key=["movie_id", "order"],
            order=Order(interval_end=END),
        ),
        merge.upsert(
            PLAIN,
            PLAIN.staging("ab12"),
            1,
            columns=NAMES,
            primary_key=["movie_id", "order"],
            order=READ_ON,
        ),
        *MERGE.sides(dataclasses.replace(EXTRACT, order=READ_ON)),
    ],
    "incremental_by_time": [
        by_time.forget_window(GOLD, 1, WINDOW),
        *BY_TIME.sides(INCREMENT),
        BY_TIME.afterwards(INCREMENT, NAMES),
    ],
    "incremental_by_key": [
        merge.overwrite(
            relations.insert_staged(sql.SQL("t"), GOLD.staging("ab12"), 1, columns=NAMES),
            ["movie_id"],
            NAMES[1:],
            unless=sql.SQL("(excluded.day < t.day)"),
        ),
        *BY_KEY.sides(INCREMENT),
        BY_KEY.afterwards(INCREMENT, NAMES),
    ],
    "deleted_when": [
        DELETIONS.remember(),
        DELETIONS.count_gone(),
        DELETIONS.delete(),
        merge.upsert_part(STAGED, 1, DELETIONS.is_wanted()),
        DELETIONS.forget(),
        deletions.select_not_older(dataclasses.replace(EXTRACT, deleted_when='gone"; --')),
    ],
    "deletions": [
        deletions.soft_delete(EXTRACT),
        deletions.hard_delete(dataclasses.replace(EXTRACT, rejects=None)),
        deletions.mark_gone_later(EXTRACT, LATER),
        deletions.count_missing(EXTRACT, marked=True),
        deletions.count_missing(EXTRACT, marked=False),
    ],
}


@pytest.mark.parametrize("case", CASES)
def test_statements_are_as_expected(case: str) -> None:
    text = "".join(f"{statement.as_string()};\n" for statement in CASES[case])
    expected = GOLDEN / f"{case}.sql"
    if os.environ.get("MEDALLION_WRITE_GOLDEN"):
        expected.write_text(text)
    assert text == expected.read_text()
