"""`indexes` and `cluster_by`: on each version, whatever writes it; and statistics that readers'
first plans have."""

from __future__ import annotations

from dataclasses import replace

import psycopg
import pytest
from tests.steps.staged import APPEND, MERGE, REPLACE, SCD2, Run, query

from medallion.errors import DataRejected, WarehouseRefused
from medallion.names import TableName
from medallion.plan.model import PublishStep
from medallion.publish.indexes import Index, IndexMethod
from medallion.steps.publish import step as publish

BY_VALUE = (Index(columns=("value",)), Index(columns=("value", "id")))
KINDS = (
    Index(columns=("value",), method=IndexMethod.HASH),
    Index(columns=("id",), method=IndexMethod.BRIN),
    Index(columns=("value",), unique=True, where="value <> 'v0'", include=("id",)),
)
INDEXES = """
SELECT DISTINCT regexp_replace(indexdef, '^.*? USING ', '') FROM pg_indexes
WHERE schemaname = 'store_silver_lab' AND tablename = '{}' ORDER BY 1"""


def publish_rows(
    url: str, day: int, step: PublishStep, rows: list[tuple[object, ...]], **more: str
) -> None:
    run = Run(url=url, day=day)
    run.stage(rows, **more)  # type: ignore[arg-type]
    publish.run(step, run.context())


def current(url: str) -> str:
    (version,) = query(url, "SELECT max(version) FROM medallion.current_versions")[0]
    return f"readings__v{version}"


def definitions(url: str) -> list[str]:
    return [str(row[0]) for row in query(url, INDEXES.format(current(url)))]


@pytest.mark.parametrize(
    "step", [REPLACE, MERGE, APPEND, SCD2], ids=lambda s: str(s.write_disposition)
)
def test_each_version_has_the_indexes_and_statistics(step: PublishStep, warehouse_db: str) -> None:
    step = replace(step, indexes=BY_VALUE)
    for day in (0, 1, 1):
        rows: list[tuple[object, ...]] = [(number, f"v{number % 7}") for number in range(50)]
        publish_rows(warehouse_db, day, step, rows)
    found, name = definitions(warehouse_db), current(warehouse_db)
    assert {"btree (value)", "btree (value, id)"} <= set(found)
    count = f"SELECT count(*) FROM pg_indexes WHERE tablename = '{name}'"
    assert query(warehouse_db, count) == [(len(found),)], "none is there twice"
    known = f"SELECT count(*) FROM pg_stats WHERE tablename = '{name}' AND attname = 'value'"
    assert query(warehouse_db, known) == [(1,)]


@pytest.mark.parametrize("step", [REPLACE, MERGE, APPEND], ids=lambda s: str(s.write_disposition))
def test_kinds_of_indexes_go_with_the_spec(step: PublishStep, warehouse_db: str) -> None:
    rows: list[tuple[object, ...]] = [(1, "v0"), (2, "v0"), (3, "v1"), (4, None)]
    wanted = [
        "brin (id)",
        "btree (value) INCLUDE (id) WHERE (value <> 'v0'::text)",
        "hash (value)",
    ]
    for day in (0, 0):
        publish_rows(warehouse_db, day, replace(step, indexes=KINDS), rows)
    own = [one for one in definitions(warehouse_db) if one not in wanted]
    assert definitions(warehouse_db) == sorted([*wanted, *own])
    assert len(own) == 1, "of the key"
    fewer = replace(step, indexes=KINDS[:1])
    publish_rows(warehouse_db, 0, fewer, rows)
    assert definitions(warehouse_db) == sorted(["hash (value)", *own])
    publish_rows(warehouse_db, 0, replace(step, indexes=()), rows)
    assert definitions(warehouse_db) == own


def test_an_index_of_the_spec_that_a_reader_holds_is_dropped_by_a_later_publication(
    warehouse_db: str,
) -> None:
    rows: list[tuple[object, ...]] = [(1, "a")]
    publish_rows(warehouse_db, 0, replace(MERGE, indexes=BY_VALUE[:1]), rows)
    with psycopg.connect(warehouse_db) as reader:
        reader.execute("SELECT * FROM silver_lab.readings")
        publish_rows(warehouse_db, 1, MERGE, rows)
        assert "btree (value)" in definitions(warehouse_db)
    publish_rows(warehouse_db, 2, MERGE, rows)
    assert "btree (value)" not in definitions(warehouse_db)


@pytest.mark.parametrize("step", [REPLACE, MERGE, APPEND], ids=lambda s: str(s.write_disposition))
def test_rows_that_a_unique_index_does_not_allow_are_refused_and_readers_keep_theirs(
    step: PublishStep, warehouse_db: str
) -> None:
    step = replace(step, indexes=(Index(columns=("value",), unique=True),))
    publish_rows(warehouse_db, 0, step, [(1, "a")])
    twins: list[tuple[object, ...]] = [(2, "s3cret"), (3, "s3cret")]
    with pytest.raises(DataRejected, match="two rows have the same value, and `indexes`") as no:
        publish_rows(warehouse_db, 1, step, twins)
    assert "s3cret" not in f"{no.value}{no.value.remedy}"
    assert query(warehouse_db, "SELECT id, value FROM silver_lab.readings") == [(1, "a")]


def test_a_table_that_is_there_gets_an_index_by_its_next_publication(warehouse_db: str) -> None:
    for day, indexes in enumerate([(), BY_VALUE[:1]]):
        publish_rows(warehouse_db, day, replace(MERGE, indexes=indexes), [(day, "v")])
    assert "btree (value)" in definitions(warehouse_db)


@pytest.mark.parametrize(
    ("index", "why"),
    [
        (Index(columns=("value",)), r"gets no index btree \(value\): data type point has no"),
        (
            Index(columns=("id",), method=IndexMethod.GIN),
            "data type bigint has no default operator",
        ),
        (Index(columns=("id",), where="id = 'x'"), "invalid input syntax for type bigint"),
        (Index(columns=("id",), where="value = 3"), "operator does not exist: point = integer"),
        (Index(columns=("nothing",)), 'column "nothing" does not exist'),
        (Index(columns=("id",), where="abs(id) > 1"), "calls no function"),
    ],
)
def test_an_index_that_cannot_be_is_refused_and_nothing_is_published(
    index: Index, why: str, warehouse_db: str
) -> None:
    step = replace(REPLACE, indexes=(index,))
    with pytest.raises(WarehouseRefused, match=why):
        publish_rows(warehouse_db, 0, step, [(1, "(1,2)")], columns="id bigint, value point")
    assert query(warehouse_db, "SELECT count(*) FROM medallion.publications") == [(0,)]


@pytest.mark.parametrize("step", [REPLACE, MERGE, APPEND], ids=lambda s: str(s.write_disposition))
def test_the_rows_of_a_run_lie_in_the_order_that_the_spec_asks_for(
    step: PublishStep, warehouse_db: str
) -> None:
    rows: list[tuple[object, ...]] = [
        (number, f"v{number * 37 % 100:02d}") for number in range(100)
    ]
    publish_rows(warehouse_db, 0, replace(step, cluster_by=("value",)), rows)
    stored = f"SELECT value FROM store_silver_lab.{current(warehouse_db)} ORDER BY ctid"
    assert query(warehouse_db, stored) == [(f"v{number:02d}",) for number in range(100)]
    assert not [one for one in definitions(warehouse_db) if "value" in one]
    correlation = "SELECT correlation FROM pg_stats WHERE attname = 'value' AND tablename = '{}'"
    assert query(warehouse_db, correlation.format(current(warehouse_db))) == [(1.0,)]
    with pytest.raises(WarehouseRefused, match=r"cannot be put in the order of \(gone\)"):
        publish_rows(warehouse_db, 1, replace(step, cluster_by=("gone",)), rows)


@pytest.mark.parametrize("step", [MERGE, APPEND, SCD2], ids=lambda s: str(s.write_disposition))
def test_a_version_written_in_place_has_the_statistics_of_what_it_holds_before_readers_see_it(
    step: PublishStep, warehouse_db: str
) -> None:
    publish_rows(warehouse_db, 0, step, [(1, "old")])
    publish_rows(warehouse_db, 1, step, [(1, "old"), *((n, "new") for n in range(2, 200))])
    known = f"SELECT reltuples FROM pg_class WHERE relname = '{current(warehouse_db)}'"
    assert query(warehouse_db, known)[0][0] >= 199  # type: ignore[operator]
    values = (
        "SELECT most_common_vals::text FROM pg_stats"
        f" WHERE attname = 'value' AND tablename = '{current(warehouse_db)}'"
    )
    assert "new" in str(query(warehouse_db, values))


def test_the_name_of_an_index_is_the_same_on_each_try_and_short_enough() -> None:
    longest = TableName("staging_silver_shop", "t" * 60)
    names = {Index(columns=("a",)).name_on(longest), Index(columns=("b",)).name_on(longest)}
    assert len(names) == 2
    assert all(len(one) <= 63 for one in names)
