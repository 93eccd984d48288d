"""A table's indexes and partitions with their sizes, as the role of the pages sees them."""

from __future__ import annotations

from dataclasses import replace

from tests.steps.staged import APPEND, MERGE, READINGS, Run

from medallion.plan.model import PublishStep
from medallion.publish.indexes import Index, IndexMethod
from medallion.publish.partitions import Partitions
from medallion.steps.publish import step as publish
from medallion.warehouse.catalogue.history import sizes
from medallion.warehouse.catalogue.storage import (
    IndexOnDisk,
    PartitionOnDisk,
    read_indexes,
    read_partitions,
)
from medallion.warehouse.roles.catalogue_reader import catalogue_session, catalogue_url

BRIN = Index(columns=("value",), method=IndexMethod.BRIN)


def publish_rows(url: str, step: PublishStep, rows: list[tuple[object, ...]], columns: str) -> None:
    run = Run(url=url, day=0)
    run.stage(rows, columns=columns)
    publish.run(step, run.context())


def test_indexes_say_what_they_are_and_whose(warehouse_db: str) -> None:
    step = replace(MERGE, indexes=(BRIN,))
    publish_rows(warehouse_db, step, [(1, "a")], "id bigint, value text")
    with catalogue_session(catalogue_url(warehouse_db), "looking") as session:
        assert read_partitions(session, READINGS) == ()
        found = [replace(one, bytes=0) for one in read_indexes(session, READINGS)]
    assert found == [
        IndexOnDisk(definition="btree (id)", is_unique=True, is_of_spec=False, bytes=0),
        IndexOnDisk(definition="brin (value)", is_unique=False, is_of_spec=True, bytes=0),
    ]


def test_partitions_are_listed_with_their_days_and_the_version_has_the_size_of_all(
    warehouse_db: str,
) -> None:
    step = replace(
        APPEND,
        primary_key=("id", "day"),
        indexes=(BRIN,),
        partitions=Partitions(column="day", grain="month"),
        column_descriptions={},
    )
    rows: list[tuple[object, ...]] = [(1, "2026-01-05", "a"), (2, "2026-02-05", "b")]
    publish_rows(warehouse_db, step, rows, "id bigint, day timestamptz, value text")
    with catalogue_session(catalogue_url(warehouse_db), "looking") as session:
        found = read_partitions(session, READINGS)
        indexes = read_indexes(session, READINGS)
        total = sizes(session, READINGS)
    assert [replace(one, bytes=0) for one in found] == [
        PartitionOnDisk(start="2026-03-01", end="2026-04-01", rows=0, bytes=0),
        PartitionOnDisk(start="2026-02-01", end="2026-03-01", rows=1, bytes=0),
        PartitionOnDisk(start="2026-01-01", end="2026-02-01", rows=1, bytes=0),
    ]
    assert [one.definition for one in indexes if one.is_of_spec] == ["brin (value)"]
    assert all(one.bytes > 0 for one in indexes)
    assert total == {1: sum(one.bytes for one in found)}
