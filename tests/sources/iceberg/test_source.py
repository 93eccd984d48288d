"""An Iceberg table as a source: snapshots, deletes, columns that have changed, and appends."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyiceberg.schema import Schema
from pyiceberg.table import Table
from pyiceberg.transforms import (
    BucketTransform,
    DayTransform,
    IdentityTransform,
    MonthTransform,
    TruncateTransform,
)
from pyiceberg.typedef import Record
from pyiceberg.types import (
    DateType,
    DecimalType,
    DoubleType,
    FixedType,
    FloatType,
    IntegerType,
    LongType,
    NestedField,
    StringType,
    TimestampType,
    TimestamptzType,
    TimeType,
    UUIDType,
)
from tests.sources.conftest import Extract, Landed
from tests.sources.iceberg.crafted import (
    ROWS,
    Lakehouse,
    append_by_partition,
    as_version_3,
    change_metadata,
    data_files,
    delete_by_equality,
    delete_by_position,
    delete_by_vector,
    folder_of,
    metadata_of,
    path_of,
)

from medallion.errors import SourceRefused, SourceUnavailable
from medallion.sources.base.stream import NOTE, StreamRange, advance
from medallion.sources.iceberg.changes import find_partition
from medallion.sources.iceberg.source import IcebergSource


def source(**keys: Any) -> IcebergSource:
    said = {"type": "iceberg", "location": "house/shop", "catalog": "lakehouse", **keys}
    return IcebergSource.model_validate({"table": "shop.orders", **said})


def by_file(path: Path | str, root: Path, **keys: Any) -> IcebergSource:
    """The table of a metadata file in the project's folder."""
    location = str(Path(path).relative_to(root))
    return IcebergSource.model_validate({"type": "iceberg", "location": location, **keys})


def rows(landed: Landed, *columns: str) -> list[tuple[Any, ...]]:
    table = landed.table().select(list(columns)) if columns else landed.table()
    return sorted(tuple(row.values()) for row in table.to_pylist())


@pytest.fixture
def house(tmp_path: Path) -> Lakehouse:
    return Lakehouse.make(tmp_path / "house")


@pytest.fixture
def table(house: Lakehouse) -> Table:
    return house.make_table()


def test_a_snapshot_a_moment_a_tag_and_what_is_now(
    house: Lakehouse, table: Table, extract: Extract
) -> None:
    first = table.current_snapshot()
    assert first is not None
    table.manage_snapshots().create_tag(first.snapshot_id, "opening").commit()
    table.append(pa.table({"id": [4], "name": ["d"]}))
    three = [(1, "a"), (2, "b"), (3, "c")]

    def landed(**keys: Any) -> Landed:
        return extract(source(**keys), connection=house.details)

    assert len(rows(landed())) == 4
    assert rows(landed(snapshot_id=first.snapshot_id)) == three
    assert rows(landed(ref="opening")) == three
    assert len(rows(landed(ref="main"))) == 4
    moment = datetime.fromtimestamp(first.timestamp_ms / 1000, UTC)
    one = landed(timestamp=moment)
    assert rows(one) == three
    assert one.manifest.notes["iceberg_snapshot"] == str(first.snapshot_id)
    assert one.manifest.layout.types == ("BIGINT", "VARCHAR")
    with pytest.raises(SourceRefused, match="as of"):
        landed(timestamp=moment - timedelta(days=1))
    with pytest.raises(SourceRefused, match="has not the snapshot 7"):
        landed(snapshot_id=7)
    with pytest.raises(SourceRefused, match="no branch and no tag closing") as refused:
        landed(ref="closing")
    assert refused.value.remedy == "there are: main, opening"


def test_without_a_catalogue_a_hint_or_a_metadata_file_says_the_snapshot(
    tmp_path: Path, table: Table, extract: Extract
) -> None:
    first = metadata_of(table)
    table.append(pa.table({"id": [4], "name": ["d"]}))
    assert len(rows(extract(by_file(first, tmp_path)))) == 3
    assert len(rows(extract(by_file(metadata_of(table), tmp_path)))) == 4
    folder = by_file(folder_of(table), tmp_path)
    with pytest.raises(SourceRefused, match=r"has no metadata/version-hint\.text"):
        extract(folder)
    hint = folder_of(table) / "metadata/version-hint.text"
    hint.write_text(Path(first).name)
    assert len(rows(extract(folder))) == 3
    Path(metadata_of(table)).rename(hint.with_name("v9.metadata.json"))
    hint.write_text("9\n")
    assert len(rows(extract(folder))) == 4


def test_deleted_rows_are_left_out(house: Lakehouse, table: Table, extract: Extract) -> None:
    table.append(pa.table({"id": [4, 5], "name": ["d", "e"]}))
    (small,) = (one for one in data_files(table) if one.record_count == 2)
    delete_by_position(table, [1], small)
    (large,) = (one for one in data_files(table) if one.record_count == 3)
    delete_by_position(table, [0], large)
    delete_by_position(table, [0, 2], large)
    assert rows(extract(source(), connection=house.details), "id") == [(2,), (4,)]
    table.refresh().delete("id = 2")
    assert rows(extract(source(), connection=house.details), "id") == [(4,)]


def test_a_deletion_vector_is_read_where_its_checksum_is_right(
    house: Lakehouse, tmp_path: Path, extract: Extract
) -> None:
    many = house.make_table("many", pa.table({"id": range(40_000)}))
    gone = [0, 16_383, 16_384, 39_999]
    delete_by_vector(many, gone)
    landed = extract(by_file(change_metadata(many, as_version_3), tmp_path))
    assert {*range(40_000)} - {one for (one,) in rows(landed)} == {*gone}
    broken = house.make_table("broken")
    delete_by_vector(broken, [1], checksum=1)
    with pytest.raises(SourceRefused, match="its checksum differs"):
        extract(by_file(change_metadata(broken, as_version_3), tmp_path))


def test_rows_are_deleted_by_their_values_where_they_came_before(
    house: Lakehouse, extract: Extract
) -> None:
    at = [datetime(2026, 1, day, tzinfo=UTC) for day in (1, 2, 3, 4, 5)]
    some = pa.table(
        {
            "id": pa.array([1, 2, 3, 4, None], pa.int64()),
            "name": ["a", None, "c|", "", "e"],
            "at": pa.array(at, pa.timestamp("us", "UTC")),
            "price": pa.array(
                [Decimal("1.50"), None, Decimal("3"), None, None], pa.decimal128(9, 2)
            ),
            "raw": pa.array([b"\xff", b"", None, b"n", b"x"], pa.binary()),
        }
    )
    table = house.make_table(rows=some)

    def landed() -> list[int | None]:
        found = extract(source(), connection=house.details)
        return sorted(found.table().column("id").to_pylist(), key=str)

    (large,) = data_files(table)
    delete_by_equality(table, some.select(["id"]).slice(1, 1))
    assert landed() == [1, 3, 4, None]
    table.refresh().append(some.slice(1, 1))
    assert landed() == [1, 2, 3, 4, None]
    keys = ["name", "at", "price", "raw"]
    delete_by_equality(table, some.select(keys).slice(2, 1))
    assert landed() == [1, 2, 4, None]
    delete_by_equality(table, some.select(["name"]).slice(1, 1))
    assert landed() == [1, 4, None]
    delete_by_equality(table, pa.table({"id": pa.array([None, 9], pa.int64())}))
    delete_by_position(table, [0], large)
    assert landed() == [4]
    with table.refresh().update_schema() as change:
        change.delete_column("name")
        change.delete_column("raw")
    assert landed() == [4]


def test_values_of_one_partition_delete_in_it_alone(house: Lakehouse, extract: Extract) -> None:
    table = house.make_table(rows=ROWS.slice(0, 0))
    with table.update_spec() as change:
        change.add_field("name", IdentityTransform(), "part")
    append_by_partition(table, ROWS, "name", IdentityTransform())
    delete_by_equality(table, pa.table({"id": [1, 2]}), Record("b"))
    assert rows(extract(source(), connection=house.details)) == [(1, "a"), (3, "c")]


def test_what_is_not_read_rightly_is_refused(
    house: Lakehouse, tmp_path: Path, extract: Extract
) -> None:
    inexact = house.make_table("inexact", pa.table({"n": [0.5]}))
    delete_by_equality(inexact, pa.table({"n": [0.5]}))
    with pytest.raises(SourceRefused, match=r"by the values of the columns \(1,\)"):
        extract(source(table="shop.inexact"), connection=house.details)
    table = house.make_table()

    def with_type(name: str) -> Path:
        def change(data: dict[str, Any]) -> None:
            as_version_3(data)
            data["schemas"][0]["fields"][1]["type"] = name

        return change_metadata(table, change)

    for name in ("variant", "madeup"):
        with pytest.raises(SourceRefused, match=name):
            extract(by_file(with_type(name), tmp_path))
    newer = change_metadata(table, lambda data: data.update({"format-version": 4}))
    with pytest.raises(SourceRefused, match="cannot be read"):
        extract(by_file(newer, tmp_path))
    (file,) = data_files(table)
    pq.write_table(pq.read_table(path_of(file.file_path)).slice(1), path_of(file.file_path))
    with pytest.raises(SourceRefused, match="has 2 rows, and the table's metadata say 3"):
        extract(source(), connection=house.details)


def test_columns_that_were_renamed_moved_dropped_added_and_widened(
    house: Lakehouse, extract: Extract
) -> None:
    schema = Schema(
        NestedField(1, "id", IntegerType()),
        NestedField(2, "name", StringType()),
        NestedField(3, "price", DecimalType(6, 2)),
        NestedField(4, "rate", FloatType()),
        NestedField(5, "old", StringType()),
    )
    table = house.catalog.create_table("shop.orders", schema)
    first = pa.table(
        {"id": [1], "name": ["a"], "price": [Decimal("1.50")], "rate": [0.5], "old": ["x"]},
        schema=table.schema().as_arrow(),
    )
    table.append(first)
    snapshot = table.current_snapshot()
    assert snapshot is not None
    with table.update_schema() as change:
        change.rename_column("name", "title")
        change.update_column("id", LongType())
        change.update_column("price", DecimalType(12, 2))
        change.update_column("rate", DoubleType())
        change.delete_column("old")
        change.add_column("old", LongType())
    with table.update_schema() as change:
        change.move_first("title")
    more = {"title": ["b"], "id": [2**40], "price": [Decimal("12345678.90")], "rate": [0.1]}
    table.append(pa.table({**more, "old": [7]}, schema=table.schema().as_arrow()))
    landed = extract(source(), connection=house.details)
    assert landed.table().column_names == ["title", "id", "price", "rate", "old"]
    assert landed.manifest.layout.types == (
        "VARCHAR", "BIGINT", "DECIMAL(12,2)", "DOUBLE", "BIGINT",
    )  # fmt: skip
    assert rows(landed) == [
        ("a", 1, Decimal("1.50"), 0.5, None),
        ("b", 2**40, Decimal("12345678.90"), 0.1, 7),
    ]
    then = extract(source(snapshot_id=snapshot.snapshot_id), connection=house.details)
    assert then.table().column_names == ["id", "name", "price", "rate", "old"]
    assert rows(then) == [(1, "a", Decimal("1.50"), 0.5, "x")]


def test_every_type_keeps_its_values(house: Lakehouse, extract: Extract) -> None:
    at_utc = datetime(2026, 1, 31, 12, 0, 0, 123456, UTC)
    at = at_utc.replace(tzinfo=None)
    schema = Schema(
        NestedField(1, "u", UUIDType()),
        NestedField(2, "at", TimestampType()),
        NestedField(3, "at_utc", TimestamptzType()),
        NestedField(4, "day", DateType()),
        NestedField(5, "clock", TimeType()),
        NestedField(6, "four", FixedType(4)),
        NestedField(7, "n", DecimalType(38, 10)),
    )
    table = house.catalog.create_table("shop.orders", schema)
    row = {
        "u": UUID(int=7).bytes, "at": at, "at_utc": at_utc, "day": date(1, 1, 1),
        "clock": at.time(), "four": b"abcd",
        "n": Decimal("1234567890123456789012345678.0123456789"),
    }  # fmt: skip
    nothing = dict.fromkeys(row)
    table.append(pa.Table.from_pylist([row, nothing], schema=table.schema().as_arrow()))
    landed = extract(source(), connection=house.details)
    assert landed.manifest.layout.types == (
        "UUID", "TIMESTAMP", "TIMESTAMP WITH TIME ZONE", "DATE", "TIME", "BLOB", "DECIMAL(38,10)",
    )  # fmt: skip
    found = landed.table().to_pylist()
    assert [{**one, "u": one["u"] and UUID(str(one["u"])).bytes} for one in found] == [row, nothing]


NESTED = pa.schema(
    [
        ("id", pa.int64()),
        ("lines", pa.list_(pa.struct([("sku", pa.string()), ("n", pa.int32())]))),
        ("tags", pa.list_(pa.string())),
        ("notes", pa.map_(pa.string(), pa.struct([("a", pa.int64())]))),
        ("deep", pa.struct([("lines", pa.list_(pa.struct([("a", pa.int64())])))])),
    ]
)
NESTED_ROWS: list[dict[str, Any]] = [
    {"id": 1, "lines": [{"sku": "x", "n": 1}], "tags": ["t"], "notes": [("k", {"a": 1})],
     "deep": {"lines": [{"a": 1}]}},
    {"id": 2, "lines": None, "tags": None, "notes": None, "deep": {"lines": None}},
    {"id": 3, "lines": [], "tags": [], "notes": [], "deep": None},
    {"id": 4, "lines": [None], "tags": [None], "notes": [("k", None)], "deep": {"lines": [None]}},
]  # fmt: skip


def test_nested_columns_keep_what_is_null_and_what_is_empty_apart(
    house: Lakehouse, extract: Extract
) -> None:
    table = house.catalog.create_table("shop.orders", NESTED)
    file = folder_of(table) / "data/nested.parquet"
    file.parent.mkdir(parents=True)
    pq.write_table(pa.Table.from_pylist(NESTED_ROWS, schema=NESTED), file)
    table.add_files([f"file://{file}"])
    landed = extract(source(), connection=house.details)
    assert landed.manifest.layout.types == ("BIGINT", "OTHER", "VARCHAR[]", "OTHER", "OTHER")
    assert landed.table().to_pylist() == NESTED_ROWS
    delete_by_position(table, [0])
    with table.refresh().update_schema() as change:
        change.rename_column("lines.element.sku", "article")
        change.add_column(("lines", "element", "price"), LongType())
    changed = extract(source(), connection=house.details).table().to_pylist()
    assert [one["lines"] for one in changed] == [None, [], [None]]
    assert [one["tags"] for one in changed] == [None, [], [None]]


@pytest.mark.parametrize(
    ("column", "transform"),
    [("id", BucketTransform(4)), ("at", DayTransform()), ("at", MonthTransform()),
     ("name", TruncateTransform(1)), ("name", IdentityTransform())],
)  # fmt: skip
def test_partitions_of_every_kind_and_another_one_later(
    house: Lakehouse, extract: Extract, column: str, transform: Any
) -> None:
    made = [datetime(2026, 1, day, tzinfo=UTC) for day in (1, 2, 31)]
    some = ROWS.append_column("at", pa.array(made, pa.timestamp("us", "UTC")))
    table = house.make_table(rows=some.slice(0, 0))
    with table.update_spec() as change:
        change.add_field(column, transform, "part")
    append_by_partition(table, some, column, transform)
    with table.refresh().update_spec() as change:
        change.remove_field("part")
    table.append(some)
    with table.update_schema() as change:
        change.delete_column("at" if column != "at" else "name")
    kept = [one for one in some.column_names if one in table.refresh().schema().column_names]
    landed = extract(source(), connection=house.details)
    assert rows(landed, *kept) == sorted(
        tuple(row.values()) for row in [*some.select(kept).to_pylist()] * 2
    )


def test_a_table_without_a_snapshot_and_one_that_was_emptied(
    house: Lakehouse, extract: Extract
) -> None:
    house.make_table(rows=ROWS.slice(0, 0))
    none = extract(source(), connection=house.details)
    assert none.manifest.records == 0 and none.manifest.layout.columns == ("id", "name")
    full = house.make_table("full")
    full.delete("id > 0")
    assert extract(source(table="shop.full"), connection=house.details).manifest.records == 0


def offsets(landed: Landed) -> tuple[int | None, int, int]:
    (read,) = landed.manifest.notes[NOTE]["partitions"]  # type: ignore[index,call-overload]
    return read["before"], read["end"], read["records"]


def test_appends_are_read_on_from_the_last_publication(
    house: Lakehouse, table: Table, extract: Extract
) -> None:
    def landed(stream: StreamRange | None = None) -> Landed:
        return extract(source(change_feed=True), connection=house.details, stream=stream)

    number = find_partition(table.metadata)
    whole = landed()
    assert rows(whole, "id", "_sequence_number") == [(1, 1), (2, 1), (3, 1)]
    assert offsets(whole) == (None, 2, 3)
    table.append(pa.table({"id": [4], "name": ["d"]}))
    table.append(pa.table({"id": [5], "name": ["e"]}))
    later = landed(StreamRange(begins={number: 2}))
    assert rows(later, "id", "name", "_sequence_number") == [(4, "d", 2), (5, "e", 3)]
    assert offsets(later) == (2, 4, 2)
    assert later.manifest.layout == whole.manifest.layout
    newest = table.current_snapshot()
    assert newest is not None
    assert {newest.snapshot_id} < {one for (one,) in rows(later, "_snapshot_id")}
    assert offsets(landed(StreamRange(begins={number: 4}))) == (4, 4, 0)
    again = landed(StreamRange(begins={number: 2}, ends={number: 3}))
    assert rows(again, "id") == [(4,)]
    first = landed(StreamRange(ends={number: 2}))
    assert rows(first, "id") == [(1,), (2,), (3,)]
    at = datetime.fromtimestamp(newest.timestamp_ms / 1000, UTC)
    between = (at, at + timedelta(milliseconds=1))
    assert (5,) in rows(landed(StreamRange(between=between)), "id")
    before = (at - timedelta(days=2), at - timedelta(days=1))
    assert landed(StreamRange(between=before)).manifest.records == 0


def test_a_table_that_was_made_again_is_not_read_on(
    house: Lakehouse, table: Table, extract: Extract
) -> None:
    feed, begins = source(change_feed=True), {find_partition(table.metadata): 2}
    house.catalog.drop_table("shop.orders")
    house.make_table(rows=pa.table({"id": [7], "name": ["g"]}))
    for asked in (StreamRange(begins=begins), StreamRange(ends=begins)):
        with pytest.raises(SourceRefused, match="dropped and made again") as refused:
            extract(feed, connection=house.details, stream=asked)
    assert "full_refresh" in refused.value.remedy
    again = extract(feed, connection=house.details, stream=StreamRange(whole=True))
    assert rows(again, "id") == [(7,)]
    later = advance(begins, again.manifest.notes[NOTE]["partitions"])  # type: ignore[index,call-overload]
    on = extract(feed, connection=house.details, stream=StreamRange(begins=later))
    assert on.manifest.records == 0


def test_a_backfill_of_snapshots_that_are_expired_is_refused(
    house: Lakehouse, table: Table, tmp_path: Path, extract: Extract
) -> None:
    table.append(ROWS)
    first, second = table.metadata.snapshots

    def expire(data: dict[str, Any]) -> None:
        data["snapshots"] = [
            one for one in data["snapshots"] if one["snapshot-id"] != first.snapshot_id
        ]
        data["snapshot-log"] = data["snapshot-log"][1:]

    feed = by_file(change_metadata(table, expire), tmp_path, change_feed=True)

    def landed(begin: int) -> Landed:
        start = datetime.fromtimestamp(begin / 1000, UTC)
        between = (start, start + timedelta(days=1))
        return extract(feed, stream=StreamRange(between=between))

    assert landed(second.timestamp_ms).manifest.records == 3
    with pytest.raises(SourceRefused, match="has no snapshots from before"):
        landed(first.timestamp_ms - 1)


def test_a_file_that_is_gone_is_tried_again_where_another_snapshot_may_be_read(
    house: Lakehouse, table: Table, tmp_path: Path, extract: Extract
) -> None:
    path_of(data_files(table)[0].file_path).unlink()
    for feed in (False, True):
        with pytest.raises(SourceUnavailable, match="a file is not there"):
            extract(source(change_feed=feed), connection=house.details)
    with pytest.raises(SourceRefused, match="a file is not there"):
        extract(by_file(metadata_of(table), tmp_path))
    with pytest.raises(SourceRefused, match="a file is not there"):
        newest = table.metadata.current_snapshot_id
        extract(source(snapshot_id=newest), connection=house.details)


def test_a_feed_begins_with_an_empty_table(house: Lakehouse, extract: Extract) -> None:
    table = house.make_table(rows=ROWS.slice(0, 0))
    feed = source(change_feed=True)
    none = extract(feed, connection=house.details)
    assert offsets(none) == (None, 1, 0)
    table.append(ROWS)
    begins = StreamRange(begins={find_partition(table.metadata): 1})
    assert offsets(extract(feed, connection=house.details, stream=begins)) == (1, 2, 3)


def test_a_feed_of_rows_that_change_is_refused(
    house: Lakehouse, table: Table, extract: Extract
) -> None:
    feed = source(change_feed=True)

    def landed(begin: int) -> Landed:
        begins = StreamRange(begins={find_partition(table.metadata): begin})
        return extract(feed, connection=house.details, stream=begins)

    first = table.current_snapshot()
    assert first is not None
    table.delete("id = 2")
    with pytest.raises(SourceRefused, match="has changed or deleted rows") as refused:
        landed(2)
    assert "full_refresh" in refused.value.remedy
    assert extract(feed, connection=house.details).manifest.records == 2
    assert landed(3).manifest.records == 0
    table.refresh().manage_snapshots().set_current_snapshot(snapshot_id=first.snapshot_id).commit()
    with pytest.raises(SourceRefused, match="rolled back"):
        landed(3)
    whole = extract(feed, connection=house.details, stream=StreamRange(whole=True))
    number = find_partition(table.metadata)
    (read,) = whole.manifest.notes[NOTE]["partitions"]  # type: ignore[index,call-overload]
    assert advance({number: 3}, [read]) == {number: 2}
    table.refresh().append(ROWS)
    with pytest.raises(SourceRefused, match="no longer has the snapshot of the sequence number 2"):
        landed(3)


def test_a_feed_of_version_1_and_one_without_an_end_are_refused(
    house: Lakehouse, tmp_path: Path, extract: Extract
) -> None:
    old = house.make_table("old", properties={"format-version": "1"})
    with pytest.raises(SourceRefused, match="format version 1"):
        extract(by_file(metadata_of(old), tmp_path, change_feed=True))
    assert len(rows(extract(by_file(metadata_of(old), tmp_path)))) == 3
    table = house.make_table()

    def turn_round(data: dict[str, Any]) -> None:
        data["snapshots"][0]["parent-snapshot-id"] = data["snapshots"][0]["snapshot-id"]

    with pytest.raises(SourceRefused, match="ancestor of itself"):
        extract(by_file(change_metadata(table, turn_round), tmp_path, change_feed=True))
