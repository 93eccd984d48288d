"""Published tables in a lake, too: the same rows, the same version, once, whatever happens."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import psycopg
import pyarrow as pa
import pytest
from deltalake import CommitProperties, DeltaTable, write_deltalake
from deltalake.exceptions import CommitFailedError
from tests.s3_server import with_wrong_secret
from tests.steps.lake_lab import DAYS, SPEC, Lab, read_with_duckdb
from tests.steps.staged import query
from tests.storage_servers import FileServer

from medallion.errors import (
    CannotRead,
    DataRejected,
    LakeError,
    LakeUnavailable,
    MedallionError,
    SetupError,
)
from medallion.lake.delta_table import DeltaLakeTable
from medallion.lake.fence import fence_in
from medallion.lake.servers import Server, keep_server, read_servers
from medallion.names import PublishedTable, TableName
from medallion.operations.lake_tables import (
    catch_up,
    find_behind,
    forget_former_versions,
    list_lake_steps,
    make_context,
    tidy,
)
from medallion.operations.rollback import rollback
from medallion.plan.model import LakeTableStep
from medallion.sources.base.object_store import StoredTable
from medallion.steps.lake_table import locate_lake_table
from medallion.steps.publish.primary import FormerPrimary

COLUMNS = "reading_id, sensor, value, at, seen, day, ok, tags"


@pytest.fixture
def lab(tmp_path: Path, warehouse_db: str) -> Lab:
    return Lab(root=tmp_path / "project", url=warehouse_db, lake=f"file://{tmp_path}/lake").write()


def steps_of(lab: Lab) -> dict[str, LakeTableStep]:
    return {step.table.name: step for step in list_lake_steps([lab.plan_run(0).plan])}


def test_the_lake_has_the_rows_types_and_version_that_the_warehouse_has(lab: Lab) -> None:
    for day in range(len(DAYS)):
        lab.day(day)
        delta = DeltaTable(str(lab.folder("readings")))
        with psycopg.connect(lab.url) as connection:
            connection.execute("set timezone to 'UTC'")
            mine = connection.execute("select * from silver_lab.readings order by 1").fetchall()
            said = connection.execute(
                "select version, publication_id, run_id, rows_total from medallion.publications"
                " where table_name = 'readings' and is_current"
            ).fetchone()
        assert delta.to_pyarrow_table().sort_by("reading_id").to_pylist() == [
            dict(zip(names_of(lab), row, strict=True)) for row in mine
        ]
        assert [tuple(map(str, row)) for row in read_with_duckdb(delta, "reading_id")] == [
            tuple(map(str, row)) for row in mine
        ]
        newest = delta.history(1)[0]["medallion"]
        assert (
            newest["version"], newest["publication_id"], newest["run_id"], newest["rows"]
        ) == said  # fmt: skip
        assert delta.version() == day
    types = {field.name: str(field.type.type) for field in delta.schema().fields[:7]}
    assert types == {
        "reading_id": "long", "sensor": "string", "value": "decimal(8,2)", "at": "timestamp",
        "seen": "timestamp_ntz", "day": "date", "ok": "boolean",
    }  # fmt: skip
    assert delta.schema().fields[1].metadata == {"comment": "Which one."}
    assert delta.metadata().description == "One row per reading."
    gold = DeltaTable(str(lab.folder("sensors"))).to_pyarrow_table().to_pylist()
    assert sorted(map(str, gold)) == sorted(
        str(dict(zip(("sensor", "readings", "total", "never"), row, strict=True)))
        for row in query(lab.url, "select * from gold_lab.sensors")
    )


def names_of(lab: Lab) -> list[str]:
    with psycopg.connect(lab.url) as connection:
        found = connection.execute("select * from silver_lab.readings limit 0").description
    return [one.name for one in found or ()]


def test_nothing_is_written_twice_and_what_was_missed_is_caught_up(lab: Lab) -> None:
    lab.day(0, to_lake=False)
    assert not lab.folder("readings").exists()
    behind = find_behind(steps_of(lab)["readings"], lab.surroundings())
    assert behind is not None and behind.there is None and "has no version of it" in str(behind)
    assert lab.publish("readings.publish_delta").details["written"] is True
    assert lab.publish("readings.publish_delta").details["written"] is False
    assert DeltaTable(str(lab.folder("readings"))).version() == 0
    assert find_behind(steps_of(lab)["readings"], lab.surroundings()) is None
    lab.day(1, to_lake=False)
    assert catch_up(steps_of(lab)["readings"], lab.surroundings())
    assert not catch_up(steps_of(lab)["readings"], lab.surroundings())
    assert DeltaTable(str(lab.folder("readings"))).version() == 1


def test_a_rollback_and_rows_that_others_wrote_are_followed(lab: Lab) -> None:
    for day in range(len(DAYS)):
        lab.day(day)
    sensors = str(lab.folder("sensors"))
    assert DeltaTable(sensors).to_pyarrow_table().num_rows == 3
    rollback(lab.url, PublishedTable.of(TableName("gold_lab", "sensors")), by="somebody")
    assert catch_up(steps_of(lab)["sensors"], lab.surroundings())
    newest = DeltaTable(sensors)
    assert newest.history(1)[0]["medallion"]["version"] == 1
    rows = newest.to_pyarrow_table()
    write_deltalake(sensors, rows, mode="append")
    assert catch_up(steps_of(lab)["sensors"], lab.surroundings())
    assert DeltaTable(sensors).to_pyarrow_table().num_rows == rows.num_rows


def test_a_change_of_columns_is_one_version_like_any_other(lab: Lab) -> None:
    lab.day(0)
    sql = "select sensor, now()::timestamp as naive, 1::smallint as few from silver_lab.readings"
    spec = SPEC.replace("primary_key: [sensor]", "breaking_change: allow")
    changed = Lab(root=lab.root, url=lab.url, lake=lab.lake, sql=sql, spec=spec).write()
    changed.day(1)
    delta = DeltaTable(str(lab.folder("sensors")))
    assert [str(one.type.type) for one in delta.schema().fields] == [
        "string", "timestamp_ntz", "short",
    ]  # fmt: skip
    assert DeltaTable(str(lab.folder("sensors")), version=0).to_pyarrow_table().num_rows == 2


UNFIT = {
    "avg(value) as mean": "mean: numeric does not say how many digits it has",
    "max(at)::time as at": "at: Delta has no type for time without time zone",
    "interval '1 day' as lasts": "lasts: Delta has no type for interval",
    "md5('')::uuid as id": "id: Delta has no type for uuid",
    "jsonb_agg(value) as everything": "everything: Delta has no type for jsonb",
    "sum(value)::numeric(40,2) as much": "more than Delta's 38 digits",
    "int4range(1, 2) as part": "part: Delta has no type for int4range",
    "array[time '01:00'] as times": "times: Delta has no type for time without time zone[]",
    "array[1.5] as halves": "halves: numeric[] does not say",
    '1 as "a b"': "a b: Delta takes no ' ' in the name of a column",
    '1 as "X", 2 as x': "x: readers of Delta take it for X",
}


def test_what_the_format_cannot_hold_is_refused_and_never_cast(lab: Lab) -> None:
    columns = ", ".join(UNFIT)
    Lab(
        root=lab.root, url=lab.url, lake=lab.lake,
        sql=f"select sensor, {columns} from silver_lab.readings where sensor is not null"
        " group by sensor",
    ).write()  # fmt: skip
    with pytest.raises(DataRejected) as refused:
        lab.day(0)
    for said in UNFIT.values():
        assert said in refused.value.problem
    assert query(lab.url, "select count(*) from gold_lab.sensors") == [(2,)]
    assert not lab.folder("sensors").exists()


def test_a_value_that_no_lake_has_is_refused_and_the_version_before_stays(lab: Lab) -> None:
    lab.day(0)
    Lab(
        root=lab.root, url=lab.url, lake=lab.lake,
        sql="select sensor, 'infinity'::timestamptz as until from silver_lab.readings",
        spec=SPEC.replace("primary_key: [sensor]", "breaking_change: allow"),
    ).write()  # fmt: skip
    with pytest.raises(CannotRead, match="not finite"):
        lab.day(1)
    assert DeltaTable(str(lab.folder("sensors"))).version() == 0


def test_a_writer_that_was_killed_before_the_first_commit_keeps_nobody_out(lab: Lab) -> None:
    folder = lab.folder("readings")
    folder.mkdir(parents=True)
    # delta-rs gives a file its name once it is whole.
    for left_over in ("part-00000-c000.snappy.parquet", "part-00001-c000.snappy.parquet#1"):
        (folder / left_over).write_bytes(b"of a writer that was killed")
    lab.day(0)
    assert len(DeltaTable(str(folder)).to_pyarrow_table()) == 3


def test_somebody_elses_table_and_folder_are_left_alone(lab: Lab) -> None:
    lab.day(0, to_lake=False)
    theirs = lab.folder("readings")
    write_deltalake(str(theirs), pa.table({"n": [1]}), name="theirs")
    with pytest.raises(LakeError, match="has not made for this table"):
        lab.publish("readings.publish_delta")
    assert DeltaTable(str(theirs)).to_pyarrow_table().to_pylist() == [{"n": 1}]
    other = lab.folder("sensors")
    other.mkdir(parents=True)
    (other / "notes.txt").write_text("mine")
    with pytest.raises(LakeError, match=r"the folder has other files: notes\.txt"):
        lab.publish("sensors.publish_delta")
    assert (other / "notes.txt").read_text() == "mine"


def test_of_two_warehouses_the_second_one_leaves_the_table_alone(
    lab: Lab, second_warehouse_db: str
) -> None:
    lab.day(0)
    other = replace(lab, root=lab.root.with_name("other"), url=second_warehouse_db).write()
    other.day(0, to_lake=False)
    step, where = steps_of(other)["readings"], other.surroundings()
    refused = "another warehouse .* publishes its silver_lab.readings there"
    with pytest.raises(LakeError, match=refused) as said:
        other.publish("readings.publish_delta")
    assert "a folder of its own" in said.value.remedy
    for change in (find_behind, catch_up, forget_former_versions):
        with pytest.raises(LakeError, match=refused):
            change(step, where)
    with pytest.raises(LakeError, match=refused):
        tidy(step, where, dry_run=False)
    assert DeltaTable(str(lab.folder("readings"))).version() == 0
    assert find_behind(steps_of(lab)["readings"], lab.surroundings()) is None


def test_a_warehouse_that_has_moved_to_another_server_publishes_on(lab: Lab) -> None:
    lab.day(0)
    step, where = steps_of(lab)["readings"], lab.surroundings()
    folder, root = lab.folder("readings"), Path(where.lake_root)
    commit = folder / "_delta_log" / f"{0:020d}.json"
    (here,) = read_servers(root)
    moved = commit.read_text().replace(here.system, "7300000000000000001")
    commit.write_text(moved)
    lab.day(1, to_lake=False)
    with pytest.raises(LakeError, match="another warehouse"):
        catch_up(step, where)
    keep_server(root, Server(system="7300000000000000001", timeline=1))
    keep_server(root, here)
    assert catch_up(step, where)
    assert DeltaTable(str(folder)).version() == 1


def test_operators_may_withdraw_a_folder_and_links_lead_nowhere_else(
    lab: Lab, tmp_path: Path
) -> None:
    lab.day(0, to_lake=False)
    plan = lab.plan_run(0)
    step = steps_of(lab)["readings"]
    lab.write(allowed=f"file://{tmp_path}/elsewhere")
    with pytest.raises(SetupError, match="may not publish tables to"):
        catch_up(step, lab.surroundings())
    assert plan.plan.tasks
    lab.write()
    (tmp_path / "outside").mkdir()
    (tmp_path / "lake").mkdir()
    lab.folder("readings").symlink_to(tmp_path / "outside")
    with pytest.raises(SetupError, match="whose links are followed"):
        catch_up(step, lab.surroundings())
    assert list((tmp_path / "outside").iterdir()) == []


def test_a_former_primary_overwrites_nothing_that_is_newer(lab: Lab) -> None:
    lab.day(0)
    lab.day(1, to_lake=False)
    step, where = steps_of(lab)["readings"], lab.surroundings()
    root = Path(where.lake_root)
    (here,) = read_servers(root)
    keep_server(root, replace(here, timeline=here.timeline + 1))
    with pytest.raises(FormerPrimary, match="former primary"):
        catch_up(step, where)
    with pytest.raises(FormerPrimary, match="former primary"):
        lab.publish("readings.publish_delta", day=1)
    assert DeltaTable(str(lab.folder("readings"))).version() == 0


def test_an_environment_changes_no_table_of_a_lake(lab: Lab, tmp_path: Path) -> None:
    lab.day(0)
    step, where = steps_of(lab)["readings"], lab.surroundings()
    folder = lab.folder("readings")
    table = DeltaLakeTable(StoredTable(url="", uri=str(folder)), "silver_lab.readings")
    lab.day(1)
    before = sorted(folder.rglob("*"))
    with fence_in(tmp_path / "bronze", "alice"):
        for change in (
            lambda: forget_former_versions(step, where),
            lambda: table.tidy(timedelta(0), dry_run=False),
        ):
            with pytest.raises(LakeError, match="is not of the environment alice"):
                change()
    assert sorted(folder.rglob("*")) == before


def test_maintenance_deletes_files_that_no_version_within_the_retention_needs(lab: Lab) -> None:
    for day in range(len(DAYS)):
        lab.day(day)
    step, where = steps_of(lab)["readings"], lab.surroundings()
    files = set(lab.folder("readings").glob("*.parquet"))
    assert tidy(step, where, dry_run=False) == 0, "younger than seven days"
    table = DeltaLakeTable(
        StoredTable(url="", uri=str(lab.folder("readings"))), "silver_lab.readings"
    )
    assert table.tidy(timedelta(0), dry_run=True) == 1
    assert set(lab.folder("readings").glob("*.parquet")) == files
    assert table.tidy(timedelta(0), dry_run=False) == 1
    assert len(set(lab.folder("readings").glob("*.parquet"))) == len(files) - 1
    assert table.tidy(timedelta(0), dry_run=False) == 0
    half_written = lab.folder("readings") / "part-00000-c000.snappy.parquet#1"
    half_written.write_bytes(b"of a writer that was killed")
    assert table.tidy(timedelta(days=7), dry_run=False) == 0
    assert table.tidy(timedelta(0), dry_run=True) == 1
    assert half_written.exists()
    assert table.tidy(timedelta(0), dry_run=False) == 1
    assert not half_written.exists()
    assert find_behind(step, where) is None, "a vacuum changes no row"


def test_of_two_writers_one_is_refused_and_comes_again(lab: Lab) -> None:
    lab.day(0)
    folder = str(lab.folder("readings"))
    table = DeltaLakeTable(StoredTable(url=folder, uri=folder), "silver_lab.readings")
    said = table.read()
    assert said is not None

    def batches() -> pa.RecordBatchReader:
        # Another one commits while the rows of this one are read.
        def write() -> None:
            other = pa.table({"reading_id": [7]})
            write_deltalake(folder, other, mode="append", schema_mode="merge")

        def read() -> Iterator[pa.RecordBatch]:
            other = threading.Thread(target=write)  # this one is inside of delta-rs
            other.start()
            other.join()
            yield pa.record_batch({"reading_id": [1]})

        return pa.RecordBatchReader.from_batches(pa.schema({"reading_id": pa.int64()}), read())

    with pytest.raises(LakeUnavailable, match="somebody else has changed the table"):
        table.write(batches(), said, "", {})
    assert 7 in DeltaTable(folder).to_pyarrow_table()["reading_id"].to_pylist()
    assert table.read() is None


def test_no_trace_is_left_of_former_versions_where_somebody_was_erased(lab: Lab) -> None:
    for day in range(len(DAYS)):
        lab.day(day)
    folder = lab.folder("readings")
    table = DeltaLakeTable(StoredTable(url="", uri=str(folder)), "silver_lab.readings")
    said = table.read()
    assert said is not None
    table.write(pa.table({"sensor": ["nobody"]}).to_reader(), said, "", {})
    log = "_delta_log/00000000000000000009.json#1"
    for left_over in ("part-orphan.parquet", "part-half.parquet#1", log):
        (folder / left_over).write_bytes(b"quoted of a writer that was killed")
    assert [path for path in folder.rglob("*.json") if "quoted" in path.read_text()]
    table.forget(said)
    left = [path for path in folder.rglob("*") if path.is_file()]
    assert not [path for path in left if b"quoted" in path.read_bytes()]
    assert DeltaTable(str(folder)).to_pyarrow_table().to_pylist() == [{"sensor": "nobody"}]
    assert table.read() == said
    kept = json.dumps(dict(DeltaTable(str(folder)).metadata().configuration))
    assert "interval 30 days" in kept
    # Killed before it kept the log again, and run again: the log is not without its past for ever.
    DeltaTable(str(folder)).alter.set_table_properties(
        {"delta.logRetentionDuration": "interval 0 days"}
    )
    table.forget(said)
    kept = json.dumps(dict(DeltaTable(str(folder)).metadata().configuration))
    assert "interval 30 days" in kept


def test_links_of_the_folder_are_not_followed_by_what_deletes(lab: Lab, tmp_path: Path) -> None:
    for day in range(len(DAYS)):
        lab.day(day)
    other, step = tmp_path / "other", steps_of(lab)["readings"]
    other.mkdir()
    (other / "theirs.parquet").write_bytes(b"theirs")
    link = lab.folder("readings") / "link"
    link.symlink_to(other)
    for change in (
        lambda: tidy(step, lab.surroundings(), dry_run=False),
        lambda: forget_former_versions(step, lab.surroundings()),
    ):
        with pytest.raises(LakeError, match="link in it is a link to another folder"):
            change()
    assert (other / "theirs.parquet").read_bytes() == b"theirs"
    link.unlink()
    forget_former_versions(step, lab.surroundings())


@pytest.mark.parametrize("store", ["azurite", "s3"])
def test_a_lake_in_an_object_store_gets_the_same(
    request: pytest.FixtureRequest, tmp_path: Path, warehouse_db: str, store: str
) -> None:
    found: FileServer = request.getfixturevalue(store)
    server = found.apart()
    lake, conn_id = server.url("lake"), server.details.conn_id
    lab = Lab(
        root=tmp_path, url=warehouse_db, lake=lake, connections={conn_id: server.details}
    ).write()
    for day in range(len(DAYS)):
        lab.day(day)
    step, where = steps_of(lab)["readings"], lab.surroundings()
    stored = locate_lake_table(step, make_context(step, where))
    delta = DeltaTable(stored.uri, storage_options=dict(stored.options))
    assert delta.version() == 1
    assert delta.to_pyarrow_table().num_rows == 4
    assert find_behind(step, where) is None
    assert tidy(step, where, dry_run=False) == 0
    forget_former_versions(step, where)
    names = [one.name for one in server.container.list_blobs(f"{server.folder}/lake/readings")]
    assert len([name for name in names if name.endswith(".snappy.parquet")]) == 1
    server.put("lake/sensors2/notes.txt", b"mine")
    other = replace(step, target=replace(step.target, location=f"{lake}/sensors2"))
    with pytest.raises(LakeError, match=r"the folder has other files: notes\.txt"):
        catch_up(other, where)
    refuses_the_second(stored)
    lab.connections[conn_id] = with_wrong_secret(server)
    with pytest.raises(MedallionError) as refused:
        catch_up(step, where)
    assert not isinstance(refused.value, LakeUnavailable) and "AAAA" not in str(refused.value)


def refuses_the_second(stored: StoredTable) -> None:
    """Of two commits with one number: by the store itself, which has its object already."""
    options = dict(stored.options)
    first, second = (DeltaTable(stored.uri, storage_options=options) for _ in range(2))
    once = CommitProperties(max_commit_retries=0)
    first.alter.set_table_properties({"delta.appendOnly": "false"}, commit_properties=once)
    with pytest.raises(CommitFailedError):
        second.delete(commit_properties=once)
