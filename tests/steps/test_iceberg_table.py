"""Published tables in a lake as Iceberg: the same rows and version, once, whatever happens."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import duckdb
import psycopg
import pyarrow as pa
import pytest
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict
from pyiceberg.catalog.sql import SqlCatalog
from pyiceberg.table import StaticTable, Table
from pyiceberg.table.refs import MAIN_BRANCH, SnapshotRefType
from pyiceberg.table.snapshots import Operation, Summary
from pyiceberg.table.update import AddSnapshotUpdate, SetSnapshotRefUpdate
from sqlalchemy import URL
from sqlalchemy.exc import ProgrammingError
from tests.s3_server import say_to_pyiceberg, with_wrong_secret
from tests.sources.iceberg.crafted import Lakehouse
from tests.steps.lake_lab import DAYS, SPEC, Lab
from tests.steps.staged import query
from tests.steps.test_lake_table import UNFIT
from tests.storage_servers import FileServer

from medallion.errors import CannotRead, DataRejected, LakeError, LakeUnavailable, SetupError
from medallion.lake.fence import fence_in
from medallion.lake.iceberg.files import TableFiles
from medallion.lake.iceberg.table import IcebergLakeTable
from medallion.lake.servers import Server, keep_server, read_servers
from medallion.lake.translating import translate
from medallion.local.postgres import EmbeddedPostgres
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
from medallion.steps.lake_table import locate_lake_table, open_lake_table
from medallion.warehouse.registry.lake_catalogue import CatalogueRow

READINGS = TableName("silver_lab", "readings")


@pytest.fixture
def lab(tmp_path: Path, warehouse_db: str) -> Lab:
    spec = SPEC.replace("format: delta", "format: iceberg")
    return Lab(
        root=tmp_path / "project", url=warehouse_db, lake=f"file://{tmp_path}/lake", spec=spec
    ).write()


def steps_of(lab: Lab) -> dict[str, LakeTableStep]:
    return {step.table.name: step for step in list_lake_steps([lab.plan_run(0).plan])}


def table_of(lab: Lab, name: str) -> IcebergLakeTable:
    step = steps_of(lab)[name]
    found = open_lake_table(step, make_context(step, lab.surroundings()))
    assert isinstance(found, IcebergLakeTable)
    return found


def open_catalogue(url: str, login: str = "", password: str = "", **properties: str) -> SqlCatalog:
    """As pyiceberg's users do, with a search path that leads to the schema."""
    said = conninfo_to_dict(url)
    address = URL.create(
        "postgresql+psycopg",
        username=login or said.get("user"),
        password=password or said.get("password"),
        host=said.get("host"),
        port=int(str(said["port"])) if said.get("port") else None,
        database=said.get("dbname"),
        query={"options": "-csearch_path=medallion_lake"},
    )
    uri = address.render_as_string(hide_password=False)
    return SqlCatalog("medallion", uri=uri, **properties)


def read_table(lab: Lab, name: str = "silver_lab.readings") -> Table:
    return open_catalogue(lab.url).load_table(name)


def rows_of(table: Table | StaticTable) -> list[dict[str, Any]]:
    return table.scan().to_arrow().to_pylist()


def rows_said(table: Table) -> list[int]:
    """How many rows each snapshot says that it has: readings have 3 and then 4, sensors 2 and 3."""
    said = [one.summary for one in table.metadata.snapshots if one.summary]
    return [int(str(one["medallion.rows"])) for one in said]


@pytest.fixture
def reader(embedded_postgres: EmbeddedPostgres, warehouse_db: str) -> Iterator[tuple[str, str]]:
    """A login that may connect to the warehouse, and no more."""
    login, password = f"reader_{secrets.token_hex(4)}", secrets.token_hex(12)
    name, database = sql.Identifier(login), str(conninfo_to_dict(warehouse_db)["dbname"])
    with psycopg.connect(warehouse_db) as connection:
        made = sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}")
        connection.execute(made.format(name, sql.Literal(password)))
        connect = sql.SQL("GRANT CONNECT ON DATABASE {} TO {}")
        connection.execute(connect.format(sql.Identifier(database), name))
    yield login, password
    with psycopg.connect(embedded_postgres.url(database)) as connection:
        connection.execute(sql.SQL("DROP OWNED BY {}").format(name))
        connection.execute(sql.SQL("DROP ROLE {}").format(name))


def allow(url: str, login: str) -> None:
    """Some of what docs/lake.md has operators run."""
    with psycopg.connect(url) as connection:
        for said in (
            "GRANT USAGE ON SCHEMA medallion_lake TO {}",
            "GRANT SELECT ON ALL TABLES IN SCHEMA medallion_lake TO {}",
        ):
            connection.execute(sql.SQL(said).format(sql.Identifier(login)))


def test_the_lake_has_the_rows_types_and_version_that_the_warehouse_has(lab: Lab) -> None:
    for day in range(len(DAYS)):
        lab.day(day)
        table = read_table(lab)
        with psycopg.connect(lab.url) as connection:
            connection.execute("set timezone to 'UTC'")
            asked = connection.execute("select * from silver_lab.readings order by 1")
            names = [one.name for one in asked.description or ()]
            mine = asked.fetchall()
            said = connection.execute(
                "select version, publication_id, run_id, rows_total from medallion.publications"
                " where table_name = 'readings' and is_current"
            ).fetchone()
        found = table.scan().to_arrow().sort_by("reading_id")
        assert found.to_pylist() == [dict(zip(names, row, strict=True)) for row in mine]
        with (
            duckdb.connect() as connection
        ):  # over Arrow: its own reader of Iceberg is an extension
            connection.execute("set timezone = 'UTC'")
            connection.register("lake_rows", found)
            # By Arrow: as Python's own, its moments need pytz, which no requirement brings.
            rows = connection.sql("from lake_rows order by reading_id").to_arrow_table()
            by_duckdb = [tuple(row.values()) for row in rows.to_pylist()]
        assert [tuple(map(str, row)) for row in by_duckdb] == [tuple(map(str, row)) for row in mine]
        newest = table.current_snapshot()
        assert newest is not None and newest.summary is not None and said is not None
        assert said == (
            int(newest.summary["medallion.version"]),
            int(newest.summary["medallion.publication_id"]),
            newest.summary["medallion.run_id"],
            int(newest.summary["medallion.rows"]),
        )
        assert newest.summary["total-records"] == str(len(mine))
        assert rows_of(StaticTable.from_metadata(str(lab.folder("readings")))) == rows_of(table)
    assert rows_said(table) == [3, 4]
    assert {one.name: str(one.field_type) for one in table.schema().fields[:8]} == {
        "reading_id": "long", "sensor": "string", "value": "decimal(8, 2)", "at": "timestamptz",
        "seen": "timestamp", "day": "date", "ok": "boolean", "tags": "list<string>",
    }  # fmt: skip
    assert table.schema().find_field("sensor").doc == "Which one."
    assert table.properties["comment"] == "One row per reading."
    first = table.metadata.snapshots[0].snapshot_id
    assert table.scan(snapshot_id=first).to_arrow().num_rows == 3
    gold = rows_of(read_table(lab, "gold_lab.sensors"))
    assert sorted(map(str, gold)) == sorted(
        str(dict(zip(("sensor", "readings", "total", "never"), row, strict=True)))
        for row in query(lab.url, "select * from gold_lab.sensors")
    )


def test_manifests_have_no_values_of_rows(lab: Lab) -> None:
    lab.day(0)
    (task,) = read_table(lab).scan().plan_files()
    assert task.file.record_count == 3
    assert task.file.null_value_counts[2] == 1
    assert not task.file.lower_bounds and not task.file.upper_bounds


def test_a_reader_of_the_catalogue_reads_it_and_nothing_else(
    lab: Lab, reader: tuple[str, str]
) -> None:
    lab.day(0)
    with pytest.raises(ProgrammingError, match=r"permission denied|does not exist"):
        open_catalogue(lab.url, *reader, init_catalog_tables="false").list_namespaces()
    allow(lab.url, reader[0])
    catalogue = open_catalogue(lab.url, *reader)
    assert sorted(catalogue.list_namespaces()) == [("gold_lab",), ("silver_lab",)]
    assert catalogue.list_tables("silver_lab") == [("silver_lab", "readings")]
    table = catalogue.load_table("silver_lab.readings")
    assert len(rows_of(table)) == 3
    with pytest.raises(ProgrammingError, match="permission denied"):
        table.append(table.scan().to_arrow())
    with pytest.raises(ProgrammingError, match="permission denied"):
        catalogue.drop_table("silver_lab.readings")
    said = conninfo_to_dict(lab.url, user=reader[0], password=reader[1])
    with psycopg.connect(**said) as connection:  # type: ignore[arg-type]
        for asked in ("silver_lab.readings", "medallion.publications"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(f"SELECT FROM {asked}")
            connection.rollback()
    assert find_behind(steps_of(lab)["readings"], lab.surroundings()) is None


def test_nothing_is_written_twice_and_what_was_missed_is_caught_up(lab: Lab) -> None:
    lab.day(0, to_lake=False)
    assert not lab.folder("readings").exists()
    step, where = steps_of(lab)["readings"], lab.surroundings()
    behind = find_behind(step, where)
    assert behind is not None and behind.there is None and "has no version of it" in str(behind)
    assert lab.publish("readings.publish_iceberg").details["written"] is True
    assert lab.publish("readings.publish_iceberg").details["written"] is False
    assert rows_said(read_table(lab)) == [3]
    assert find_behind(step, where) is None
    lab.day(1, to_lake=False)
    assert catch_up(step, where)
    assert not catch_up(step, where)
    assert rows_said(read_table(lab)) == [3, 4]


@pytest.mark.parametrize("is_first", [True, False], ids=["first", "later"])
@pytest.mark.parametrize("dies_in", ["write_hint", "swap", "after"])
def test_a_writer_that_dies_around_its_commit_is_followed_by_one_that_brings_it_in_step(
    lab: Lab, monkeypatch: pytest.MonkeyPatch, dies_in: str, is_first: bool
) -> None:
    class Died(BaseException):
        """As a process that is killed: nobody catches it."""

    lab.day(0, to_lake=not is_first)
    lab.day(1, to_lake=False)
    step, where = steps_of(lab)["readings"], lab.surroundings()
    swap = CatalogueRow.swap

    def die(*args: object) -> bool:
        if dies_in == "after":
            swap(*args)  # type: ignore[arg-type]
        raise Died

    place = "medallion.warehouse.registry.lake_catalogue.CatalogueRow.swap"
    if dies_in == "write_hint":
        place = "medallion.lake.iceberg.files.TableFiles.write_hint"
    with monkeypatch.context() as patched, pytest.raises(Died):
        patched.setattr(place, die)
        catch_up(step, where)
    assert (find_behind(step, where) is None) == (dies_in == "after")
    assert catch_up(step, where) == (dies_in != "after")
    table = read_table(lab)
    assert rows_said(table) == ([4] if is_first else [3, 4])
    assert rows_of(StaticTable.from_metadata(str(lab.folder("readings")))) == rows_of(table)
    assert len(rows_of(table)) == 4
    # What the killed one has left goes with what is older than the retention, and nothing else.
    lake_table = table_of(lab, "readings")
    assert (lake_table.tidy(timedelta(0), dry_run=True) > 0) == (not is_first or dies_in != "after")
    lake_table.tidy(timedelta(0), dry_run=False)
    lake_table.tidy(timedelta(0), dry_run=False)
    assert len(list(lab.folder("readings").glob("data/*"))) == 1
    assert len(rows_of(read_table(lab))) == 4


def test_a_rollback_and_what_others_changed_are_followed(lab: Lab) -> None:
    for day in range(len(DAYS)):
        lab.day(day)
    step, where = steps_of(lab)["sensors"], lab.surroundings()
    assert len(rows_of(read_table(lab, "gold_lab.sensors"))) == 3
    rollback(lab.url, PublishedTable.of(TableName("gold_lab", "sensors")), by="somebody")
    assert catch_up(step, where)
    theirs = read_table(lab, "gold_lab.sensors")
    rows = theirs.scan().to_arrow()
    assert rows_said(theirs)[-1] == 2
    theirs.append(rows)
    assert catch_up(step, where)
    assert rows_of(read_table(lab, "gold_lab.sensors")) == rows.to_pylist()
    with read_table(lab, "gold_lab.sensors").update_schema() as change:
        change.delete_column("total")
    assert catch_up(step, where)
    assert rows_of(read_table(lab, "gold_lab.sensors")) == rows.to_pylist()
    open_catalogue(lab.url).drop_table("gold_lab.sensors")
    assert catch_up(step, where)
    assert rows_of(read_table(lab, "gold_lab.sensors")) == rows.to_pylist()
    assert not catch_up(step, where)


def test_files_that_others_have_compacted_are_the_same_rows(lab: Lab) -> None:
    lab.day(0)
    table = read_table(lab)
    newest = table.current_snapshot()
    assert newest is not None
    compacted = newest.model_copy(
        update={
            "snapshot_id": newest.snapshot_id + 1,
            "parent_snapshot_id": newest.snapshot_id,
            "sequence_number": (newest.sequence_number or 0) + 1,
            "timestamp_ms": newest.timestamp_ms + 1,
            "summary": Summary(Operation.REPLACE),
        }
    )
    head = SetSnapshotRefUpdate(
        ref_name=MAIN_BRANCH, type=SnapshotRefType.BRANCH, snapshot_id=compacted.snapshot_id
    )
    table.catalog.commit_table(table, (), (AddSnapshotUpdate(snapshot=compacted), head))
    step, where = steps_of(lab)["readings"], lab.surroundings()
    assert find_behind(step, where) is None
    # The hint is brought in step before the file that it names is deleted.
    table_of(lab, "readings").tidy(timedelta(0), dry_run=False)
    static = StaticTable.from_metadata(str(lab.folder("readings")))
    assert len(rows_of(static)) == 3
    assert find_behind(step, where) is None, "what says which publication it is, is kept"
    lab.day(1)
    assert len(rows_of(read_table(lab))) == 4


def test_a_change_of_columns_is_one_version_like_any_other(lab: Lab) -> None:
    lab.day(0)
    before = {one.name: one.field_id for one in read_table(lab, "gold_lab.sensors").schema().fields}
    select = "select sensor, now()::timestamp as naive, 1::bigint as never from silver_lab.readings"
    spec = lab.spec.replace("primary_key: [sensor]", "breaking_change: allow")
    changed = replace(lab, sql=select, spec=spec).write()
    changed.day(1)
    table = read_table(lab, "gold_lab.sensors")
    fields = table.schema().fields
    assert [str(one.field_type) for one in fields] == ["string", "timestamp", "long"]
    assert fields[0].field_id == before["sensor"]
    assert fields[2].field_id > max(before.values()), "a column of another type is another column"
    first = table.metadata.snapshots[0]
    assert table.scan(snapshot_id=first.snapshot_id).to_arrow().column_names == list(before)


UNFIT_HERE = {
    said: text.replace("Delta", "Iceberg")
    for said, text in UNFIT.items()
    if "a b" not in said
} | {
    "1::smallint as few": "few: Iceberg has no type for smallint; it has integer",
    "array[1::smallint] as fews": "fews: Iceberg has no type for smallint[]; it has integer",
    '1 as "a.b"': "a.b: Iceberg takes no '.' in the name of a column",
    '1 as "_File"': "_File: readers of Iceberg have a column of this name of their own",
}  # fmt: skip


def test_what_the_format_cannot_hold_is_refused_and_never_cast(lab: Lab) -> None:
    select = f"select sensor, {', '.join(UNFIT_HERE)} from silver_lab.readings"
    unfit = replace(lab, sql=f"{select} where sensor is not null group by sensor").write()
    with pytest.raises(DataRejected) as refused:
        unfit.day(0)
    for said in UNFIT_HERE.values():
        assert said in refused.value.problem
    assert query(lab.url, "select count(*) from gold_lab.sensors") == [(2,)]
    assert not lab.folder("sensors").exists()


HELD = {
    "(-2147483648)::integer as least": ("int", -2147483648),
    "9223372036854775807::bigint as most": ("long", 9223372036854775807),
    "'NaN'::double precision as nothing": ("double", "nan"),
    "'-Infinity'::real as below": ("float", "-inf"),
    "repeat('9', 38)::numeric(38) as nines": ("decimal(38, 0)", 10**38 - 1),
    "0.00012::numeric(3,5) as little": ("decimal(5, 5)", "0.00012"),
    "'0001-01-01 BC'::date as long_ago": ("date", None),
    "'294246-12-31 23:59:59.999999+00'::timestamptz as late": ("timestamptz", None),
    "'\\x00ff'::bytea as bytes": ("binary", b"\x00\xff"),
    "'x'::char(3) as padded": ("string", "x  "),
    "array[1.50, null]::numeric(5,2)[] as halves": ("list<decimal(5, 2)>", None),
    "'{}'::date[] as no_days": ("list<date>", []),
    "null::timestamp[] as no_list": ("list<timestamp>", None),
    '1 as "Ünüsüal näme; {=}"': ("int", 1),
}
"""Expressions of PostgreSQL, the type that Iceberg has for each, and the value that is read."""


def test_what_it_holds_is_what_postgresql_has(lab: Lab) -> None:
    lab.day(0, to_lake=False)
    held = replace(
        lab,
        sql=f"select {', '.join(HELD)} from silver_lab.readings where reading_id = 1",
        spec=lab.spec.replace("primary_key: [sensor]", "breaking_change: allow"),
    ).write()
    held.day(0)
    table = read_table(lab, "gold_lab.sensors")
    assert [str(one.field_type) for one in table.schema().fields] == [
        kind for kind, _ in HELD.values()
    ]
    found = table.scan().to_arrow()
    for column, (_, value) in zip(found.columns, HELD.values(), strict=True):
        if value is not None:
            read = column[0].as_py()
            assert (str(read) if isinstance(value, str) else read) == value
    days = found["long_ago"].cast(pa.int32())[0].as_py(), found["late"].cast(pa.int64())[0].as_py()
    assert query(
        lab.url,
        "select long_ago - date '1970-01-01',"
        " (extract(epoch from late) * 1000000)::bigint from gold_lab.sensors",
    ) == [days]


def test_a_table_without_rows_is_a_version_too(lab: Lab) -> None:
    empty = "select sensor, 1 as one from silver_lab.readings where false"
    replace(lab, sql=empty).write().day(0)
    table = read_table(lab, "gold_lab.sensors")
    assert rows_of(table) == [] and rows_said(table) == [0]
    step, where = steps_of(lab)["sensors"], lab.surroundings()
    assert find_behind(step, where) is None
    assert tidy(step, where, dry_run=False) == 0


def test_a_value_that_no_lake_has_is_refused_and_the_version_before_stays(lab: Lab) -> None:
    lab.day(0)
    replace(
        lab,
        sql="select sensor, 'infinity'::timestamptz as until from silver_lab.readings",
        spec=lab.spec.replace("primary_key: [sensor]", "breaking_change: allow"),
    ).write()
    with pytest.raises(CannotRead, match="not finite"):
        lab.day(1)
    assert rows_said(read_table(lab, "gold_lab.sensors")) == [2]


def test_somebody_elses_table_and_folder_are_left_alone(lab: Lab, tmp_path: Path) -> None:
    lab.day(0, to_lake=False)
    house = Lakehouse.make(tmp_path / "house")
    theirs = house.catalog.create_table(
        "shop.theirs", pa.schema([("n", pa.int64())]), location=f"{lab.lake}/readings"
    )
    theirs.append(pa.table({"n": [1]}))
    refused = "an Iceberg table is there that Medallion has not made for this table"
    with pytest.raises(LakeError, match=refused):
        lab.publish("readings.publish_iceberg")
    hint = lab.folder("readings") / "metadata/version-hint.text"
    hint.write_text(Path(theirs.metadata_location).name.removesuffix(".metadata.json"))
    with pytest.raises(LakeError, match=refused):
        lab.publish("readings.publish_iceberg")
    assert rows_of(theirs.refresh()) == [{"n": 1}]
    other = lab.folder("sensors")
    (other / "data").mkdir(parents=True)
    for name in ("notes.txt", "data/2026.parquet"):
        (other / name).write_text("mine")
        with pytest.raises(LakeError, match=f"the folder has other files: {name}"):
            lab.publish("sensors.publish_iceberg")
        assert (other / name).read_text() == "mine"
        (other / name).unlink()


def test_metadata_that_lead_out_of_the_folder_are_not_followed(lab: Lab, tmp_path: Path) -> None:
    """Whoever may write into the folder could have maintenance read, or delete, other files."""
    lab.day(0)
    (newest,) = lab.folder("readings").glob("metadata/*.metadata.json")
    other = tmp_path / "other"
    other.mkdir()
    (other / "list.avro").write_bytes(b"theirs")
    said = json.loads(newest.read_text())
    said["snapshots"][0]["manifest-list"] = f"file://{other}/list.avro"
    said["properties"] |= {"py-io-impl": "no.such.Class", "write.data.path": f"file://{other}"}
    newest.write_text(json.dumps(said))
    with pytest.raises(LakeError, match="outside of the table's folder"):
        table_of(lab, "readings").tidy(timedelta(0), dry_run=False)
    lab.day(1)
    assert sorted(path.name for path in other.iterdir()) == ["list.avro"]
    assert len(rows_of(read_table(lab))) == 4


def test_links_of_the_folder_are_not_followed_by_what_deletes(lab: Lab, tmp_path: Path) -> None:
    for day in range(len(DAYS)):
        lab.day(day)
    other, folder = tmp_path / "other", lab.folder("readings")
    other.mkdir()
    (other / "theirs.parquet").write_bytes(b"theirs")
    (folder / "data/link").symlink_to(other)
    (folder / "data/circle").symlink_to(folder / "data")
    (folder / "data/one.parquet").symlink_to(other / "theirs.parquet")
    table = table_of(lab, "readings")
    assert table.tidy(timedelta(0), dry_run=False) > 0
    forget_former_versions(steps_of(lab)["readings"], lab.surroundings())
    assert (other / "theirs.parquet").read_bytes() == b"theirs"
    assert not (folder / "data/one.parquet").is_symlink()
    assert len(rows_of(read_table(lab))) == 4


def test_of_two_warehouses_the_second_one_leaves_the_table_alone(
    lab: Lab, second_warehouse_db: str
) -> None:
    lab.day(0)
    other = replace(lab, root=lab.root.with_name("other"), url=second_warehouse_db).write()
    other.day(0, to_lake=False)
    step, where = steps_of(other)["readings"], other.surroundings()
    refused = "another warehouse .* publishes its silver_lab.readings there"
    with pytest.raises(LakeError, match=refused):
        other.publish("readings.publish_iceberg")
    for change in (find_behind, catch_up, forget_former_versions):
        with pytest.raises(LakeError, match=refused):
            change(step, where)
    with pytest.raises(LakeError, match=refused):
        tidy(step, where, dry_run=False)
    assert rows_said(read_table(lab)) == [3]
    assert find_behind(steps_of(lab)["readings"], lab.surroundings()) is None


def test_a_warehouse_that_was_restored_brings_its_lake_back(lab: Lab) -> None:
    """Its catalogue is the one of the backup: it does not know the table, or names metadata that
    maintenance has deleted since."""
    lab.day(0)
    step, where = steps_of(lab)["readings"], lab.surroundings()
    row = CatalogueRow(url=lab.url, table=READINGS)
    backup = row.find()
    lab.day(1)
    newest = row.find()
    for then in (backup, None):
        with psycopg.connect(lab.url) as connection:
            connection.execute("delete from medallion_lake.iceberg_tables")
        assert then is None or row.swap(None, then)
        assert find_behind(step, where) is not None
        assert catch_up(step, where)
        assert not catch_up(step, where)
        assert len(rows_of(read_table(lab))) == 4
    assert newest is not None and backup is not None
    for gone in (newest, backup):
        Path(gone.removeprefix("file://")).unlink()
        there = row.find()
        assert row.swap(there, gone)
        assert catch_up(step, where)
        assert len(rows_of(read_table(lab))) == 4


def test_a_warehouse_that_has_moved_to_another_server_publishes_on(lab: Lab) -> None:
    lab.day(0)
    step, where = steps_of(lab)["readings"], lab.surroundings()
    root = Path(where.lake_root)
    (metadata,) = lab.folder("readings").glob("metadata/*.metadata.json")
    (here,) = read_servers(root)
    metadata.write_text(metadata.read_text().replace(here.system, "7300000000000000001"))
    lab.day(1, to_lake=False)
    with pytest.raises(LakeError, match="another warehouse"):
        catch_up(step, where)
    keep_server(root, Server(system="7300000000000000001", timeline=1))
    keep_server(root, here)
    assert catch_up(step, where)
    assert rows_said(read_table(lab)) == [3, 4]


def test_a_table_that_moves_to_another_folder_keeps_its_name(lab: Lab, tmp_path: Path) -> None:
    lab.day(0)
    moved = replace(lab, lake=f"file://{tmp_path}/elsewhere").write()
    moved.day(1)
    table = read_table(lab)
    assert table.location() == f"file://{tmp_path}/elsewhere/readings"
    assert len(rows_of(table)) == 4
    static = StaticTable.from_metadata(str(lab.folder("readings")))
    assert len(rows_of(static)) == 3, "the former folder stays as it is"


def test_operators_may_withdraw_a_folder(lab: Lab, tmp_path: Path) -> None:
    lab.day(0, to_lake=False)
    step = steps_of(lab)["readings"]
    lab.write(allowed=f"file://{tmp_path}/elsewhere")
    with pytest.raises(SetupError, match="may not publish tables to"):
        catch_up(step, lab.surroundings())


def test_an_environment_changes_no_table_of_a_lake(lab: Lab, tmp_path: Path) -> None:
    for day in range(len(DAYS)):
        lab.day(day)
    step, where = steps_of(lab)["readings"], lab.surroundings()
    table = table_of(lab, "readings")
    before = sorted(lab.folder("readings").rglob("*"))
    with fence_in(tmp_path / "bronze", "alice"):
        for change in (
            lambda: forget_former_versions(step, where),
            lambda: table.tidy(timedelta(0), dry_run=False),
        ):
            with pytest.raises(LakeError, match="is not of the environment alice"):
                change()
    assert sorted(lab.folder("readings").rglob("*")) == before


def test_maintenance_deletes_files_that_no_version_within_the_retention_needs(lab: Lab) -> None:
    for day in range(len(DAYS)):
        lab.day(day)
    step, where = steps_of(lab)["readings"], lab.surroundings()
    folder, table = lab.folder("readings"), table_of(lab, "readings")
    files = set(folder.rglob("*.*"))
    assert tidy(step, where, dry_run=False) == 0, "younger than seven days"
    assert set(folder.rglob("*.*")) == files
    tagged = read_table(lab)
    first = tagged.metadata.snapshots[0].snapshot_id
    tagged.manage_snapshots().create_tag(first, "closing").commit()
    assert table.tidy(timedelta(0), dry_run=False) == 2, "metadata files of versions before"
    assert len(rows_of(StaticTable.from_metadata(str(folder)))) == 4, "the hint follows"
    assert len(list(folder.glob("data/*"))) == 2, "somebody has given the first one a name"
    read_table(lab).manage_snapshots().remove_tag("closing").commit()
    files = set(folder.rglob("*.*"))
    would = table.tidy(timedelta(0), dry_run=True)
    assert would >= 3 and set(folder.rglob("*.*")) == files
    assert table.tidy(timedelta(0), dry_run=False) == would
    assert table.tidy(timedelta(0), dry_run=False) == 1, "the metadata that named the first one"
    assert table.tidy(timedelta(0), dry_run=False) == 0
    assert sorted(path.suffix for path in folder.rglob("*.*")) == [
        ".avro", ".avro", ".json", ".parquet", ".text",
    ]  # fmt: skip
    assert find_behind(step, where) is None
    assert rows_said(read_table(lab)) == [4]
    assert len(rows_of(read_table(lab))) == 4


def test_of_two_writers_one_is_refused_and_comes_again(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    lab.day(0)
    lab.day(1, to_lake=False)
    step, where = steps_of(lab)["readings"], lab.surroundings()
    theirs = read_table(lab)
    rows = theirs.scan().to_arrow()
    write_hint = "medallion.lake.iceberg.files.TableFiles.write_hint"
    with monkeypatch.context() as patched:
        patched.setattr(write_hint, lambda *args: theirs.append(rows))
        with pytest.raises(LakeUnavailable, match="somebody else has changed the table meanwhile"):
            catch_up(step, where)
    assert len(rows_of(read_table(lab))) == 6
    assert catch_up(step, where)
    assert len(rows_of(read_table(lab))) == 4


def test_an_erasure_leaves_no_trace_of_former_versions(lab: Lab) -> None:
    for day in range(len(DAYS)):
        lab.day(day)
    folder, table = lab.folder("readings"), table_of(lab, "readings")
    theirs = read_table(lab)
    first = theirs.metadata.snapshots[0].snapshot_id
    theirs.manage_snapshots().create_tag(first, "closing").commit()
    said = table.read()
    assert said is not None
    table.write(pa.table({"sensor": ["nobody"]}).to_reader(), said, "", {})
    (folder / "data/orphan.parquet").write_bytes(b"quoted of a writer that was killed")
    assert [path for path in folder.rglob("*.parquet") if b"quoted" in path.read_bytes()]
    table.forget(said)
    assert not [path for path in folder.rglob("*.*") if b"quoted" in path.read_bytes()]
    assert sorted(path.suffix for path in folder.rglob("*.*")) == [
        ".avro", ".avro", ".json", ".parquet", ".text",
    ]  # fmt: skip
    newest = read_table(lab)
    assert rows_of(newest) == [{"sensor": "nobody"}]
    assert len(newest.metadata.snapshots) == len(newest.metadata.refs) == 1
    assert table.read() == said
    lab.day(1)
    assert len(rows_of(read_table(lab))) == 4


@pytest.mark.parametrize("store", ["azurite", "s3"])
def test_a_lake_in_an_object_store_gets_the_same(
    request: pytest.FixtureRequest, tmp_path: Path, warehouse_db: str, store: str
) -> None:
    found: FileServer = request.getfixturevalue(store)
    server = found.apart()
    lake, conn_id = server.url("lake"), server.details.conn_id
    lab = Lab(
        root=tmp_path, url=warehouse_db, lake=lake, connections={conn_id: server.details},
        spec=SPEC.replace("format: delta", "format: iceberg"),
    ).write()  # fmt: skip
    for day in range(len(DAYS)):
        lab.day(day)
    step, where = steps_of(lab)["readings"], lab.surroundings()
    catalogue = open_catalogue(lab.url, **say_to_pyiceberg(server.details))
    azure = "abfss://files@devstoreaccount1.dfs.core.windows.net"
    start = "s3://files" if server.scheme == "s3" else azure
    table = catalogue.load_table("silver_lab.readings")
    assert table.location() == f"{start}/{server.folder}/lake/readings"
    assert len(rows_of(table)) == 4 and rows_said(table) == [3, 4]
    assert find_behind(step, where) is None
    assert tidy(step, where, dry_run=False) == 0
    forget_former_versions(step, where)
    names = [one.name for one in server.container.list_blobs(f"{server.folder}/lake/readings")]
    assert len([name for name in names if name.endswith(".parquet")]) == 1
    assert len(rows_of(catalogue.load_table("silver_lab.readings"))) == 4
    lab.day(1)
    assert find_behind(step, where) is None
    server.put("lake/sensors2/notes.txt", b"mine")
    other = steps_of(lab)["sensors"]
    other = replace(other, target=replace(other.target, location=f"{lake}/sensors2"))
    with pytest.raises(LakeError, match=r"the folder has other files: notes\.txt"):
        catch_up(other, where)
    lab.connections[conn_id] = with_wrong_secret(server)
    with pytest.raises(SetupError) as refused:
        catch_up(step, where)
    assert "AAAA" not in str(refused.value)
    stored = locate_lake_table(step, make_context(step, where))
    with pytest.raises(SetupError), translate(stored, "written", "iceberg"):
        TableFiles.of(stored).list_names()
