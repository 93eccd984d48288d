"""What is published is read back by readers that have nothing of ours in them: DuckDB's extensions,
ClickHouse, and Spark with Iceberg's own runtime. A suite of its own: `make suite-readers`."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pyarrow as pa
import pytest
from deltalake import DeltaTable
from tests.readers.all_kinds import (
    ARROW,
    DAYS,
    DISPOSITIONS,
    TYPES,
    Rows,
    arrange,
    lake_table,
    make_spec,
    prepare,
    rows_of_reader,
    rows_of_warehouse,
    run_day,
)
from tests.readers.conftest import CannotBeRead, Reader
from tests.steps.lake_lab import Lab
from tests.steps.test_iceberg_table import open_catalogue

from medallion.names import TableName

TYPES_TABLE = TableName("gold_lab", "types")
READERS = (
    ("delta", "duckdb_itself"),
    ("delta", "clickhouse"),
    ("delta_kernel", "clickhouse"),
    ("iceberg", "duckdb_itself"),
    ("iceberg", "clickhouse"),
    ("iceberg", "spark"),
)
CLICKHOUSE_ITSELF = ("delta", "clickhouse")
Pairs = list[tuple[str, Reader]]


@pytest.fixture
def readers(request: pytest.FixtureRequest) -> Pairs:
    """Who reads which format."""
    return [(kind, request.getfixturevalue(name)) for kind, name in READERS]


@pytest.fixture
def lab(tmp_path: Path, warehouse_db: str) -> Lab:
    lake = f"file://{tmp_path}/lake"
    return prepare(Lab(root=tmp_path / "project", url=warehouse_db, lake=lake, spec=make_spec()))


def read(lab: Lab, name: str, kind: str, reader: Reader, version: int | None = None) -> pa.Table:
    """A lake table as its readers find it: by the folder; Spark's reader takes the file that the
    catalogue names."""
    folder = lab.folder("iceberg" if kind == "iceberg" else "delta") / name
    if reader.name != "spark":
        return reader.read(kind, folder, version)
    schema = "gold_lab" if name == "types" else "silver_lab"
    location = open_catalogue(lab.url).load_table(f"{schema}.{name}").metadata_location
    return reader.read(kind, location.removeprefix("file://"), version)


def as_read_by(reader: Reader, rows: Rows, table: pa.Table) -> Rows:
    """What the warehouse has in the form that a reader has for it. ClickHouse has no NULL for a
    list, and no texts apart from bytes."""
    if reader.name != "clickhouse":
        return rows
    lists = [pa.types.is_list(one.type) for one in table.schema]

    def change(value: object, is_list: bool) -> object:
        if isinstance(value, str):
            return value.encode()
        if is_list and value is not None:
            assert isinstance(value, list)
            return [change(one, False) for one in value]
        return [] if is_list else value

    return arrange(map(change, row, lists) for row in rows)


def type_in(reader: Reader, kind: pa.DataType) -> pa.DataType:
    """The type that a column has by this reader."""
    if pa.types.is_list(kind):
        return pa.list_(type_in(reader, kind.value_type))
    if reader.name != "clickhouse":
        return kind
    if pa.types.is_timestamp(kind):
        return pa.timestamp("us", "UTC")
    return pa.binary() if pa.types.is_string(kind) else kind


def type_of(kind: pa.DataType) -> pa.DataType:
    """A type without the names that readers give to a list's elements and to UTC."""
    if pa.types.is_list(kind):
        return pa.list_(type_of(kind.value_type))
    if pa.types.is_timestamp(kind) and kind.tz is not None:
        assert kind.tz in ("UTC", "Etc/UTC")
        return pa.timestamp(kind.unit, "UTC")
    return kind


def hold_to_warehouse(lab: Lab, readers: Pairs, *names: str) -> None:
    """Each reader has the rows that the warehouse has."""
    for name in names:
        schema = "gold_lab" if name == "types" else "silver_lab"
        rows = rows_of_warehouse(lab, TableName(schema, name))
        for kind, reader in readers:
            found = read(lab, name, kind, reader)
            wanted = as_read_by(reader, rows, found)
            # NaN is no NaN, but in words.
            assert repr(rows_of_reader(found)) == repr(wanted), (name, kind, reader.name)


def test_every_type_and_its_values(lab: Lab, readers: Pairs) -> None:
    run_day(lab, 0)
    hold_to_warehouse(lab, readers, "types", *DISPOSITIONS)
    assert len(rows_of_warehouse(lab, TYPES_TABLE)) == 6
    for kind, reader in readers:
        found = read(lab, "types", kind, reader)
        types = {one.name: type_of(one.type) for one in found.schema}
        assert types == {name: type_in(reader, one) for name, one in ARROW.items()}, (kind, reader)


def test_each_version_whatever_was_published_before(lab: Lab, readers: Pairs) -> None:
    for day in range(len(DAYS)):
        run_day(lab, day)
        hold_to_warehouse(lab, readers, *DISPOSITIONS)
    counts = [len(rows_of_warehouse(lab, TableName("silver_lab", one))) for one in DISPOSITIONS]
    assert counts == [4, 6, 5]
    (first, *_) = open_catalogue(lab.url).load_table("silver_lab.merged").metadata.snapshots
    for kind, reader in readers:
        if reader.name == "clickhouse" and kind != "iceberg":
            continue  # of a folder it reads the newest version of Delta alone
        version = 0 if kind == "delta" else first.snapshot_id
        assert read(lab, "merged", kind, reader, version).num_rows == 3, (kind, reader)


def test_other_columns_an_empty_table_and_what_stays_when_former_files_go(
    lab: Lab, readers: Pairs
) -> None:
    run_day(lab, 0)
    more = TYPES.replace("select n, b, i,", "select n, i::bigint as i, b::text as b, day as more,")
    prepare(lab, more)
    run_day(lab, 1)
    # ClickHouse's own reader of Delta takes a log with other columns before for a mistake.
    own = [(kind, reader) for kind, reader in readers if (kind, reader.name) == CLICKHOUSE_ITSELF]
    others = [one for one in readers if one not in own]
    for kind, reader in own:
        with pytest.raises(CannotBeRead, match="files with different schema"):
            read(lab, "types", kind, reader)
    hold_to_warehouse(lab, others, "types")
    for kind, reader in others:
        assert read(lab, "types", kind, reader).column_names[:4] == ["n", "i", "b", "more"]
    prepare(lab, TYPES + "where n < 0")
    run_day(lab, 2)
    hold_to_warehouse(lab, others, "types")
    prepare(lab)
    run_day(lab, 2)
    for name in ("types", *DISPOSITIONS):
        for kind in ("delta", "iceberg"):
            table = lake_table(lab, kind, name)
            assert table.tidy(timedelta(0), dry_run=False) > 0, (kind, name)
    hold_to_warehouse(lab, others, "types", *DISPOSITIONS)
    for name in ("types", *DISPOSITIONS):
        for kind in ("delta", "iceberg"):
            table = lake_table(lab, kind, name)
            said = table.read()
            assert said is not None
            table.forget(said)
    hold_to_warehouse(lab, readers, "types", *DISPOSITIONS)
    for kind, reader in readers:
        if kind == "delta" and reader.name == "duckdb":
            with pytest.raises(CannotBeRead):
                read(lab, "types", kind, reader, 0)
    # What comes after a log that begins again, and after a checkpoint in the midst of it.
    DeltaTable(str(lab.folder("delta") / "types")).create_checkpoint()
    run_day(lab, 0)
    hold_to_warehouse(lab, readers, "types", *DISPOSITIONS)
