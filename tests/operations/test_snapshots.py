"""A published version as Parquet in the lake: the same values, whatever becomes of the version."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pytest
from tests.client.conftest import Read, read
from tests.client.test_desk import KINDS, SHRINKS
from tests.steps.publish.test_step import published
from tests.steps.staged import READINGS, REPLACE, query

from medallion.cli.__main__ import main
from medallion.client import lineage_of, read_snapshot, snapshot_batches, snapshots
from medallion.errors import CannotRead, LakeError, SetupError
from medallion.lake import snapshot_files
from medallion.lake.storage import children, lake_path
from medallion.operations.snapshots import take_snapshot
from medallion.warehouse.reading.pinned import Pin

__all__ = ["read"]

TABLE = "silver_lab.kept"
STEP = replace(REPLACE, table=replace(READINGS, name="kept"), keep_versions=1, guard=SHRINKS)


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(tmp_path_factory.mktemp("lake"))


@pytest.fixture(scope="module")
def taken(read: Read, lake: str) -> Iterator[None]:
    """Version 1, of every type, with a snapshot; since then it was dropped."""
    columns = ", ".join(["id bigint", *(f"{name} {kind}" for name, (kind, *_) in KINDS.items())])
    values = [value for _, value, _ in KINDS.values()]
    rows = [(1, *values), (2, *[None] * len(values))]
    published(read.loader, 0, rows, STEP, columns=columns)
    with pytest.MonkeyPatch.context() as patch:
        assert cli(patch, read, lake, "--to", "train-2026") == 0
    published(read.loader, 1, [(3, *values)], STEP, columns=columns)
    yield


def cli(patch: pytest.MonkeyPatch, read: Read, lake: str, *words: str) -> int:
    patch.setenv("MEDALLION_WAREHOUSE_URL", read.loader)
    patch.setenv("MEDALLION_LAKE_ROOT", lake)
    return main(["snapshot", TABLE, *words])


def test_it_is_the_same_after_the_version_is_gone(read: Read, lake: str, taken: None) -> None:
    assert [one.version for one in _desk_versions(read)] == [2]
    found = read_snapshot(TABLE, "train-2026", "arrow", lake=lake)
    first, second = found.to_pylist()
    for name, (kind, _, wanted) in KINDS.items():
        if wanted is not None and kind != "interval":
            assert first[name] == wanted, kind
        assert second[name] is None, kind
    assert first["i"] == "1 mon 2 days 00:00:03"
    assert found.schema.field("wide").type == pa.decimal256(50, 2)
    frame = read_snapshot(TABLE, lake=lake, columns=["id", "d", "u"])
    assert (frame["d"][0], frame["u"][0]) == (Decimal("1.25"), KINDS["u"][1])
    (known,) = snapshots(TABLE, lake=lake)
    assert lineage_of(frame) == lineage_of(found)
    assert (lineage_of(found).version, lineage_of(found).spec_path) == (1, "specs/lab/sensors.yaml")
    assert {one.name: one.type for one in known.columns}["net"] == "inet"
    assert read_snapshot(TABLE, lake=lake, digest=known.digest).shape[0] == known.rows == 2
    assert query(
        read.loader, "SELECT action, details ->> 'name' FROM medallion.operator_actions"
    ) == [("snapshot", "train-2026")]


def _desk_versions(read: Read) -> list[object]:
    from medallion.client import Desk

    return list(Desk(url=read.loader).versions(TABLE))


def test_a_file_that_was_changed_is_not_read(read: Read, lake: str, taken: None) -> None:
    take_snapshot(read.loader, lake, STEP.table, Pin(), name="broken")
    (known,) = [one for one in snapshots(TABLE, lake=lake) if one.name == "broken"]
    path = Path(lake) / "snapshots" / TABLE / "broken" / known.parts[0].name
    content = path.read_bytes()
    path.write_bytes(content[:-1] + b"?")
    with pytest.raises(LakeError, match=r"snapshot broken .* was changed after it was written"):
        read_snapshot(TABLE, "broken", lake=lake)
    path.unlink()
    with pytest.raises(LakeError, match="is missing"):
        read_snapshot(TABLE, "broken", lake=lake)
    with pytest.raises(CannotRead, match="not sha256:other"):
        read_snapshot(TABLE, "broken", lake=lake, digest="sha256:other")
    with pytest.raises(CannotRead, match="has 2 snapshots"):
        read_snapshot(TABLE, lake=lake)


def test_taken_twice_it_is_one_and_another_version_needs_another_name(
    read: Read, lake: str, taken: None
) -> None:
    again = take_snapshot(read.loader, lake, STEP.table, Pin(), name="two")
    assert take_snapshot(read.loader, lake, STEP.table, Pin(), name="two") == again
    with pytest.raises(SetupError, match="has a snapshot train-2026 of another publication"):
        take_snapshot(read.loader, lake, STEP.table, Pin(), name="train-2026")
    with pytest.raises(LakeError, match="is not the name of a snapshot"):
        take_snapshot(read.loader, lake, STEP.table, Pin(), name="../two")


def test_what_fails_half_way_leaves_nothing_and_parts_are_of_one_size(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    schema = pa.schema([("a", pa.int64())])
    batches = [pa.record_batch([pa.array([n])], schema=schema) for n in range(3)]

    def failing() -> Iterator[pa.RecordBatch]:
        yield from batches
        raise ValueError("the connection is gone")

    with pytest.raises(ValueError, match="gone"):
        snapshot_files.write_parts(
            tmp_path, pa.RecordBatchReader.from_batches(schema, failing()), most=1
        )
    assert children(lake_path(str(tmp_path))) == []
    parts = snapshot_files.write_parts(
        tmp_path, pa.RecordBatchReader.from_batches(schema, batches), most=1
    )
    assert [one.rows for one in parts] == [1, 1, 1]
    empty = pa.RecordBatchReader.from_batches(schema, [])
    assert [one.rows for one in snapshot_files.write_parts(tmp_path, empty)] == [0]


def test_the_command_lists_and_drops(
    read: Read,
    lake: str,
    taken: None,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert cli(monkeypatch, read, lake, "--version", "2") == 0
    name = snapshots(TABLE, lake=lake)[0].name
    assert f"{TABLE}: {name}, version 2, 1 row" in capsys.readouterr().out
    assert cli(monkeypatch, read, lake, "--list") == 0
    listed = capsys.readouterr().out
    assert name in listed
    assert "train-2026" in listed
    assert cli(monkeypatch, read, lake, "--drop", name) == 0
    assert cli(monkeypatch, read, lake, "--drop", name) == 1
    assert f"has no snapshot {name}" in capsys.readouterr().err
    assert cli(monkeypatch, read, lake, "--version", "1") == 1
    assert "is no longer kept" in capsys.readouterr().err
    main(["status"])
    assert "they stay until they are dropped" in capsys.readouterr().out


def test_maintenance_leaves_snapshots_alone(lake: str, taken: None) -> None:
    from medallion.lake.retention import bronze_of, loose_folders

    assert not bronze_of(lake, "lab", "kept").exists()
    assert list(loose_folders(lake, "lab", "kept", frozenset())) == []
    with snapshot_batches(TABLE, "train-2026", lake=lake, columns=["id"]) as batches:
        assert batches.read_all().to_pydict() == {"id": [1, 2]}
