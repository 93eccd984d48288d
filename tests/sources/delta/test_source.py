"""A Delta table as a source: versions, changes, and tables that somebody has made to do harm."""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from deltalake import DeltaTable, write_deltalake
from tests.sources.conftest import Extract, Landed
from tests.sources.delta.crafted import (
    ask_readers_for,
    delete_by_file,
    delete_by_vector,
    edit_log,
    make_table,
    map_columns,
    name_file,
    name_vector,
)

from medallion.errors import SourceRefused
from medallion.sources.base.stream import NOTE, StreamRange, advance
from medallion.sources.base.table_feed import number_partition
from medallion.sources.delta.source import DeltaSource

CHANGES = {"delta.enableChangeDataFeed": "true"}


def source(**keys: Any) -> DeltaSource:
    return DeltaSource.model_validate({"type": "delta", "location": "table", **keys})


def rows(landed: Landed, *columns: str) -> list[tuple[Any, ...]]:
    table = landed.table().select(list(columns)) if columns else landed.table()
    return sorted(tuple(row.values()) for row in table.to_pylist())


@pytest.fixture
def table(tmp_path: Path) -> Path:
    return make_table(tmp_path / "table")


def test_a_version_a_moment_and_what_is_now(table: Path, extract: Extract) -> None:
    write_deltalake(str(table), pa.table({"id": [4], "name": ["d"]}), mode="append")
    assert len(rows(extract(source()))) == 4
    landed = extract(source(version=0))
    assert rows(landed) == [(1, "a"), (2, "b"), (3, "c")]
    assert landed.manifest.notes["delta_version"] == 0
    assert landed.manifest.layout.types == ("BIGINT", "VARCHAR")
    with pytest.raises(SourceRefused, match="cannot be read"):
        extract(source(version=7))


def test_a_moment_is_on_the_clock_of_the_commits(table: Path, extract: Extract) -> None:
    """Not on that of the files of the log, which are later, and new in a copy."""
    time.sleep(0.01)
    write_deltalake(str(table), pa.table({"id": [4], "name": ["d"]}), mode="append")
    second, first = (
        datetime.fromtimestamp(one["timestamp"] / 1000, UTC)
        for one in DeltaTable(str(table)).history()
    )
    for number, file in enumerate(sorted((table / "_delta_log").glob("*.json"))):
        os.utime(file, (2_000_000_000 + number, 2_000_000_000 + number))
    assert len(rows(extract(source(timestamp=second)))) == 4
    assert len(rows(extract(source(timestamp=second + timedelta(days=1))))) == 4
    assert len(rows(extract(source(timestamp=first)))) == 3
    with pytest.raises(SourceRefused, match="the log begins with version 0"):
        extract(source(timestamp=first - timedelta(milliseconds=1)))


def test_types_come_as_they_are_and_a_column_that_is_new_is_null_before(
    tmp_path: Path, extract: Extract
) -> None:
    at = datetime(2026, 1, 31, 12, 0, 0, 123456, UTC)
    first = pa.table({"n": pa.array([Decimal("1.50")], pa.decimal128(18, 2)), "at": [at]})
    more = first.append_column("m", pa.array([{"a": [1]}]))
    write_deltalake(str(tmp_path / "table"), first, partition_by=["at"])
    write_deltalake(str(tmp_path / "table"), more, mode="append", schema_mode="merge")
    landed = extract(source())
    assert landed.manifest.layout.types == ("DECIMAL(18,2)", "TIMESTAMP WITH TIME ZONE", "OTHER")
    found = landed.table()
    values = sorted(map(str, found.to_pylist()))
    assert len(values) == 2 and sum("'m': None" in one for one in values) == 1
    assert {one["at"] for one in found.to_pylist()} == {at}
    assert {one["n"] for one in found.to_pylist()} == {Decimal("1.50")}


def test_deletion_vectors_and_renamed_columns_are_read_rightly(
    tmp_path: Path, extract: Extract
) -> None:
    delete_by_vector(make_table(tmp_path / "deleted"), [1])
    assert rows(extract(source(location="deleted"))) == [(1, "a"), (3, "c")]
    delete_by_file(make_table(tmp_path / "beside"), [0, 2])
    assert rows(extract(source(location="beside"))) == [(2, "b")]
    delete_by_file(make_table(tmp_path / "below"), [0, 2], prefix="ab")
    assert rows(extract(source(location="below"))) == [(2, "b")]
    delete_by_file(make_table(tmp_path / "whole"), [0, 2], kind="p")
    assert rows(extract(source(location="whole"))) == [(2, "b")]
    named = make_table(tmp_path / "named", ("col-1", "col-2"))
    map_columns(named, {"col-1": "id", "col-2": "full name"})
    landed = extract(source(location="named"))
    assert landed.table().column_names == ["id", "full name"]
    assert rows(landed) == [(1, "a"), (2, "b"), (3, "c")]


@pytest.mark.parametrize("feature", ["typeWidening", "variantType", "v2Checkpoint", "madeUp"])
def test_what_is_not_read_rightly_is_refused(table: Path, extract: Extract, feature: str) -> None:
    edit_log(table, lambda action: ask_readers_for(action, feature))
    with pytest.raises(SourceRefused, match=feature):
        extract(source())


@pytest.mark.parametrize(
    "start", ["{other}/", "file://{other}/", "../other/", "%2e%2e/other/", "%252e%252e/other/",
              "a/../../other/", "..\\other\\"],
)  # fmt: skip
def test_a_log_leads_nowhere_else(
    table: Path, tmp_path: Path, extract: Extract, start: str
) -> None:
    other = make_table(tmp_path / "other")
    (secret,) = other.glob("*.parquet")
    name_file(table, start.format(other=other) + secret.name)
    with pytest.raises(SourceRefused, match="outside of its folder"):
        extract(source())


def test_nor_does_a_link_in_its_folder(table: Path, tmp_path: Path, extract: Extract) -> None:
    (secret,) = make_table(tmp_path / "other").glob("*.parquet")
    (file,) = table.glob("*.parquet")
    file.unlink()
    file.symlink_to(secret)
    with pytest.raises(SourceRefused, match="leads out of the table's folder"):
        extract(source())
    outside = tmp_path.parent / f"{tmp_path.name}_outside"
    make_table(outside)
    (tmp_path / "linked").symlink_to(outside)
    with pytest.raises(SourceRefused, match="may read"):
        extract(source(location="linked"))


@pytest.mark.parametrize(("prefix", "kind"), [("../other/", "u"), ("../other/", "p")])
@pytest.mark.parametrize("kept", ["commit", "checkpoint"])
def test_nor_does_a_deletion_vector(
    table: Path, extract: Extract, prefix: str, kind: str, kept: str
) -> None:
    delete_by_file(table, [0], prefix, kind)
    if kept == "checkpoint":
        DeltaTable(str(table)).create_checkpoint()
        (table / "_delta_log" / f"{0:020d}.json").unlink()
    with pytest.raises(SourceRefused, match="outside of its folder"):
        extract(source())


def test_nor_does_the_link_of_a_deletion_vector(
    table: Path, tmp_path: Path, extract: Extract
) -> None:
    file = delete_by_file(table, [0])
    file.rename(tmp_path / "vector.bin")
    file.symlink_to(tmp_path / "vector.bin")
    with pytest.raises(SourceRefused, match="leads out of the table's folder"):
        extract(source())


@pytest.mark.parametrize(("kind", "where"), [("x", "0" * 20), ("u", "short"), ("u", "'" * 20)])
def test_deletion_vectors_that_no_writer_makes_are_refused(
    table: Path, extract: Extract, kind: str, where: str
) -> None:
    name_vector(table, kind, where, b"", [0])
    with pytest.raises(SourceRefused, match="deletion vector"):
        extract(source())


def test_a_folder_without_a_table_and_a_broken_log_are_refused(
    table: Path, tmp_path: Path, extract: Extract
) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(SourceRefused, match="there is no Delta table"):
        extract(source(location="empty"))
    with pytest.raises(SourceRefused, match="there is no Delta table"):
        extract(source(location="nowhere"))
    (table / "_delta_log/00000000000000000000.json").write_text("{not json\n")
    with pytest.raises(SourceRefused, match="cannot be read"):
        extract(source())
    other = make_table(tmp_path / "other")
    next(other.glob("*.parquet")).unlink()
    with pytest.raises(SourceRefused, match="cannot be read"):
        extract(source(location="other"))


@pytest.fixture
def changing(tmp_path: Path) -> Path:
    """Version 0: three rows; 1: one is added; 2: one is changed; 3: one is deleted."""
    folder = tmp_path / "table"
    first = pa.table({"id": [1, 2, 3], "name": ["a", "b", "c"]})
    write_deltalake(str(folder), first, configuration=CHANGES)
    write_deltalake(str(folder), pa.table({"id": [4], "name": ["d"]}), mode="append")
    DeltaTable(str(folder)).update(predicate="id = 2", updates={"name": "'B'"})
    DeltaTable(str(folder)).delete("id = 1")
    return folder


def of(table: Path) -> int:
    """The partition of its feed."""
    return number_partition(str(DeltaTable(str(table)).metadata().id).encode())


def offsets(landed: Landed) -> tuple[int | None, int, int]:
    (read,) = landed.manifest.notes[NOTE]["partitions"]  # type: ignore[index,call-overload]
    return read["before"], read["end"], read["records"]


def test_changes_are_read_on_from_the_last_publication(changing: Path, extract: Extract) -> None:
    feed, columns = source(change_feed=True), ("_change_type", "id", "name", "_commit_version")
    table = of(changing)
    whole = extract(feed)
    assert rows(whole, *columns) == [
        ("insert", 2, "B", 3), ("insert", 3, "c", 3), ("insert", 4, "d", 3),
    ]  # fmt: skip
    assert offsets(whole) == (None, 4, 3)
    later = extract(feed, stream=StreamRange(begins={table: 1}))
    assert rows(later, *columns) == [
        ("delete", 1, "a", 3), ("insert", 4, "d", 1), ("update_postimage", 2, "B", 2),
    ]  # fmt: skip
    assert offsets(later) == (1, 4, 3)
    assert later.manifest.layout == whole.manifest.layout
    nothing = extract(feed, stream=StreamRange(begins={table: 4}))
    assert offsets(nothing) == (4, 4, 0)
    again = extract(feed, stream=StreamRange(begins={table: 1}, ends={table: 2}))
    assert rows(again, *columns) == [("insert", 4, "d", 1)]
    assert again.manifest.notes[NOTE]["bounded"] is True  # type: ignore[index,call-overload]


def test_changes_of_an_interval_move_no_offset(changing: Path, extract: Extract) -> None:
    made = DeltaTable(str(changing)).history()[1]["timestamp"]
    at = datetime.fromtimestamp(made / 1000, UTC)
    between = (at, at + timedelta(milliseconds=1))
    landed = extract(source(change_feed=True), stream=StreamRange(between=between))
    assert ("update_postimage", 2) in rows(landed, "_change_type", "id")
    before = (at - timedelta(days=2), at - timedelta(days=1))
    none = extract(source(change_feed=True), stream=StreamRange(between=before))
    assert none.manifest.records == 0
    assert none.manifest.notes[NOTE]["bounded"] is True  # type: ignore[index,call-overload]


def test_changes_that_are_gone_or_were_never_kept_are_refused(
    changing: Path, tmp_path: Path, extract: Extract
) -> None:
    feed, table = source(change_feed=True), of(changing)
    with pytest.raises(SourceRefused, match="has 3 versions: it was made again"):
        extract(feed, stream=StreamRange(begins={table: 9}))
    for known in ({"begins": {table + 1: 2}}, {"ends": {table + 1: 2}}):
        with pytest.raises(SourceRefused, match="is not the table that was read"):
            extract(feed, stream=StreamRange(**known))
    whole = extract(feed, stream=StreamRange(whole=True))
    (read,) = whole.manifest.notes[NOTE]["partitions"]  # type: ignore[index,call-overload]
    assert advance({table: 9}, [read]) == {table: read["end"]}, "the next run reads on from there"
    make_table(tmp_path / "plain")
    with pytest.raises(SourceRefused, match="keeps no change data feed"):
        extract(source(location="plain", change_feed=True), stream=StreamRange(begins={table: 1}))

    def lead_away(action: dict[str, Any]) -> None:
        if "cdc" in action:
            action["cdc"]["path"] = "../other/x.parquet"

    edit_log(changing, lead_away, version=2)
    with pytest.raises(SourceRefused, match="outside of its folder"):
        extract(feed, stream=StreamRange(begins={table: 1}))
    (changing / "_delta_log/00000000000000000001.json").unlink()
    with pytest.raises(SourceRefused):
        extract(feed, stream=StreamRange(begins={table: 1}))
