"""Published tables as frames, by a reader's own rights: pinned, of one version, or refused."""

from __future__ import annotations

import logging
import math
import os
import re
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import psycopg
import pyarrow as pa
import pytest
from psycopg.conninfo import conninfo_to_dict
from tests.client.conftest import Read
from tests.steps.publish.test_step import published
from tests.steps.staged import FIRST_DAY, MERGE, READINGS, REPLACE, SCD2, query

from medallion.client import connect, lineage_of
from medallion.errors import CannotRead, NotAllowed, SetupError, UnknownTable, VersionGone
from medallion.operations.rollback import rollback
from medallion.plan.model import PublishStep
from medallion.publish.declaration import GuardSpec
from medallion.warehouse.tables.sweep import drop_old_versions

TABLE = "silver_lab.readings"
CHECK = """
INSERT INTO medallion.gate_results
    (dag_id, run_id, task_id, check_id, try_number, layer, domain, table_name, check_name,
     expectation, kwargs, on_failure, status, rows_checked, rows_failed, examples, publication_id)
SELECT dag_id, run_id, 'readings.gate_silver', '1', 1, layer, domain, table_name, 'unique',
       'expect_column_values_to_be_unique', '{}', 'fail', 'passed', rows_total, 0, '["secret"]',
       publication_id
FROM medallion.publications WHERE version = 2 AND domain = 'lab'
"""


@pytest.fixture(scope="module")
def days(read: Read) -> list[datetime]:
    """Three days as versions 1 to 3; the moments after each."""
    step, moments = replace(REPLACE, grants=(read.role,)), []
    for day in range(3):
        published(read.loader, day, [(1, f"day {day}"), (2, "b")], step)
        moments += [row[0] for row in query(read.loader, "SELECT clock_timestamp()")]
    with psycopg.connect(read.loader) as connection:
        connection.execute(CHECK)
        connection.execute(
            "INSERT INTO medallion.declared_pipelines (dag_id, domain, owner, plan)"
            " VALUES ('lab.sensors', 'lab', 'lab-data', 'x');"
            "INSERT INTO medallion.declared_tables (layer, domain, table_name, dag_id)"
            " VALUES ('silver', 'lab', 'readings', 'lab.sensors')"
        )
    return moments


def test_a_table_is_read_as_each_kind_of_frame_at_a_pinned_version(
    read: Read, days: list[datetime]
) -> None:
    desk = read.desk
    assert desk.tables() == (TABLE,)
    assert [one.version for one in desk.versions(TABLE)] == [3, 2, 1]
    arrow = desk.read(TABLE, "arrow", columns=["id", "value"])
    assert arrow.to_pylist() == [{"id": 1, "value": "day 2"}, {"id": 2, "value": "b"}]
    assert desk.read(TABLE, "polars", version=1)["value"].to_list() == ["day 0", "b"]
    frame = desk.read_silver("lab.readings", as_of=days[1].replace(tzinfo=None))
    assert frame["value"].tolist() == ["day 1", "b"]
    by_run = desk.read(TABLE, run="scheduled__2026-01-01", columns=["value"])
    assert by_run["value"].tolist() == ["day 0", "b"]
    assert arrow.schema.field("value").metadata[b"description"] == b"In degrees."


def test_the_lineage_says_which_data_it_is(read: Read, days: list[datetime]) -> None:
    pinned = read.desk.table(TABLE, version=2)
    found = pinned.lineage
    assert (found.version, found.rows, found.spec_path) == (2, 2, "specs/lab/sensors.yaml")
    assert (found.dag_id, found.run_id) == ("lab.sensors", "scheduled__2026-01-02")
    assert found.digest.startswith("sha256:")
    assert found.data_interval_end == FIRST_DAY + timedelta(days=2)
    assert days[0] < found.published_at < days[1]
    assert [(one.check, one.status, one.rows_checked) for one in found.checks] == [
        ("unique", "passed", 2)
    ]
    assert "secret" not in found.to_json()
    assert lineage_of(pinned.to_arrow()) == lineage_of(pinned.to_pandas()) == found
    with pinned.batches(columns=["id"]) as batches:
        assert lineage_of(batches) == found
        assert batches.read_all().to_pydict() == {"id": [1, 2]}
    with pytest.raises(CannotRead, match="a DataFrame without lineage"):
        lineage_of(pinned.to_polars())


def test_a_refusal_says_what_to_do(read: Read, days: list[datetime]) -> None:
    desk = read.desk
    for name, pin, error, said in (
        ("silver_lab.reading", {}, UnknownTable, "did you mean silver_lab.readings?"),
        ("silver_no.such", {}, UnknownTable, "no table silver_no.such has been published"),
        ("readings", {}, UnknownTable, "write schema and table"),
        (TABLE, {"version": 9}, VersionGone, "never had a version 9.*read: 3, 2, 1"),
        (TABLE, {"as_of": "2020-01-01"}, VersionGone, "had not been published.*2020-01-01T00:00"),
        (TABLE, {"run": "manual"}, VersionGone, "was never published by the run manual"),
        (TABLE, {"run": "a", "version": 1}, CannotRead, "give one of them"),
        (TABLE, {"as_of": "yesterday"}, CannotRead, "is not a moment"),
        (TABLE, {"columns": ["valu"]}, CannotRead, "did you mean value?"),
        (TABLE, {"as_": "excel"}, CannotRead, "one of pandas, polars, arrow"),
    ):
        with pytest.raises(error) as refused:
            desk.read(name, **pin)
        assert re.search(said, str(refused.value), re.DOTALL), str(refused.value)


def test_no_right_names_the_owner_and_shows_nothing(read: Read, days: list[datetime]) -> None:
    with psycopg.connect(read.loader) as connection:
        connection.execute(f"REVOKE SELECT ON {TABLE} FROM {read.role}")
    try:
        with pytest.raises(NotAllowed) as refused:
            read.desk.read(TABLE)
        assert "ask lab-data to name a role of yours in `grants`" in refused.value.remedy
        for view in ("publications", "checks", "shown"):
            assert query(read.reader, f"SELECT * FROM medallion_client.{view}") == []
    finally:
        with psycopg.connect(read.loader) as connection:
            connection.execute(f"GRANT SELECT ON {TABLE} TO {read.role}")
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        query(read.reader, "SELECT * FROM medallion.publications")
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        query(read.reader, "SELECT * FROM store_silver_lab.readings__v1")


def test_a_session_of_any_tool_may_pin_versions(read: Read, days: list[datetime]) -> None:
    with psycopg.connect(read.reader) as session:
        ask = f"SELECT value FROM {TABLE} WHERE id = 1"
        session.execute("""SET medallion.read_versions = '{"silver_lab.readings": 2}'""")
        assert session.execute(ask).fetchall() == [("day 1",)]
        session.execute("SET medallion.read_versions = ''")
        assert session.execute(ask).fetchall() == [("day 2",)]
        session.execute("""SET medallion.read_versions = '{"silver_lab.readings": 77}'""")
        with pytest.raises(psycopg.errors.UndefinedObject, match="has no version 77 to read"):
            session.execute(ask)


def test_the_loader_is_refused_and_so_is_another_database(read: Read, pg_url: str) -> None:
    with pytest.raises(NotAllowed, match="the loader's role"):
        connect(read.loader)
    with pytest.raises(SetupError, match="has no registry"):
        connect(pg_url)


def test_a_rollback_is_part_of_what_readers_saw(read: Read, days: list[datetime]) -> None:
    desk = read.desk
    rollback(read.loader, READINGS, 1)
    [(after,)] = query(read.loader, "SELECT clock_timestamp()")
    rollback(read.loader, READINGS, 3)
    assert desk.table(TABLE, as_of=after).lineage.version == 1
    assert desk.table(TABLE, as_of=days[2]).lineage.version == 3
    assert desk.table(TABLE).lineage.version == 3


def _of(read: Read, name: str, step: PublishStep = REPLACE) -> PublishStep:
    """Of another table in place of the readings."""
    return replace(step, table=replace(READINGS, name=name), grants=(read.role,))


SHRINKS = GuardSpec(max_shrink_percent=100)
FILL = """
DELETE FROM {table};
INSERT INTO {table} (id, value, _version) SELECT i, repeat('x', 200), 1
FROM generate_series(1, 200000) AS i
"""


def test_batches_are_of_one_version_whatever_happens_meanwhile(read: Read) -> None:
    """Also where the version is retired and its turn to be dropped comes."""
    step = replace(_of(read, "large"), keep_versions=1)
    published(read.loader, 0, [(1, "first")], step)
    with psycopg.connect(read.loader) as connection:
        connection.execute(FILL.format(table="store_silver_lab.large__v1"))
    pinned = read.desk.table("silver_lab.large")
    with pinned.batches() as batches:
        first = batches.read_next_batch()
        published(read.loader, 1, [(1, "second")], replace(step, guard=SHRINKS))
        log = logging.getLogger("test")
        assert drop_old_versions(read.loader, step.table, 1, log) == ()
        rest = batches.read_all()
    assert first.num_rows < 200_000, "it came in several batches"
    assert first.num_rows + rest.num_rows == 200_000
    assert set(rest["value"].unique().to_pylist()) == {"x" * 200}
    assert drop_old_versions(read.loader, step.table, 1, log) == (1,)
    with pytest.raises(VersionGone, match=r"version 1 .* no longer kept.*\n.*can be read: 2"):
        pinned.to_arrow()


@pytest.mark.parametrize("step", [MERGE, SCD2], ids=["merge", "scd2"])
def test_what_is_changed_in_place_is_not_passed_off_as_what_it_was(
    step: PublishStep, read: Read
) -> None:
    name = f"in_place_{step.write_disposition.name}"
    own = _of(read, name, step)
    published(read.loader, 0, [(1, "day 0")], own)
    pinned = read.desk.table(f"silver_lab.{name}")
    with pinned.batches(columns=["value"]) as batches:
        published(read.loader, 1, [(1, "day 1")], own)
        assert batches.read_all().to_pydict() == {"value": ["day 0"]}
    with pytest.raises(VersionGone, match="was changed in place") as gone:
        pinned.to_arrow()
    assert f"cli snapshot silver_lab.{name}" in gone.value.remedy
    assert ("_valid_from" in gone.value.remedy) == (step is SCD2)
    assert read.desk.table(f"silver_lab.{name}").lineage.publication_id > (
        pinned.lineage.publication_id
    )


KINDS = {
    "d": ("numeric(18,2)", "1.25", Decimal("1.25")),
    "free": ("numeric", "0.3333333333333333333", Decimal("0.3333333333333333333")),
    "wide": ("numeric(50,2)", "1.50", Decimal("1.50")),
    "many": ("numeric(5,2)[]", "{1.5,NULL}", [Decimal("1.50"), None]),
    "b": ("boolean", "t", True),
    "t": ("timestamptz", "2026-01-31T06:00:00+02", datetime(2026, 1, 31, 4, tzinfo=UTC)),
    "local": ("timestamp", "2026-01-31T06:00", datetime(2026, 1, 31, 6)),  # noqa: DTZ001
    "j": ("jsonb", '{"a": 1.50}', '{"a": 1.50}'),
    "u": ("uuid", "00000000-0000-0000-0000-000000000001", None),
    "i": ("interval", "1 mon 2 days 3 secs", (1, 2, 3_000_000_000)),
    "texts": ("text[]", '{a,"b,c"}', ["a", "b,c"]),
    "raw": ("bytea", "\\x01ff", b"\x01\xff"),
    "net": ("inet", "10.0.0.1", "10.0.0.1/32"),
    "span": ("int4range", "[1,3)", "[1,3)"),
}


def test_every_type_keeps_its_values(read: Read) -> None:
    step = _of(read, "typed")
    columns = ", ".join(["id bigint", *(f"{name} {kind}" for name, (kind, *_) in KINDS.items())])
    values = [value for _, value, _ in KINDS.values()]
    published(read.loader, 0, [(1, *values), (2, *[None] * len(values))], step, columns=columns)
    arrow = read.desk.read("silver_lab.typed", "arrow")
    first, second = arrow.slice(0, 1).to_pylist()[0], arrow.slice(1, 1).to_pylist()[0]
    for name, (kind, _, wanted) in KINDS.items():
        if wanted is not None:
            assert first[name] == wanted, kind
        assert second[name] is None, kind
    assert arrow.schema.field("d").type == pa.decimal128(18, 2)
    assert arrow.schema.field("t").type == pa.timestamp("us", tz="UTC")
    frame = read.desk.read("silver_lab.typed")
    assert frame["u"][0] == KINDS["u"][1]
    assert frame["i"][0] == "1 mon 2 days 00:00:03"
    assert (frame["d"][0], frame["j"][0]) == (Decimal("1.25"), '{"a": 1.50}')
    floats = read.desk.read("silver_lab.typed", "polars", numbers="float")
    assert (floats["d"][0], floats["many"][0].to_list()) == (1.25, [1.5, None])
    with pytest.raises(CannotRead, match=r"wide is decimal256.*\n.*numbers='float'"):
        read.desk.read("silver_lab.typed", "polars")


def test_what_arrow_cannot_hold_is_refused_by_name(read: Read) -> None:
    step = _of(read, "odd")
    odd = {
        "a": ("numeric", "NaN", "not finite"),
        "b": ("numeric(9,2)", "NaN", "not finite"),
        "c": ("timestamptz", "infinity", "not finite"),
        "d": ("date", "-infinity", "not finite"),
        "e": ("integer[]", "{{1,2},{3,4}}", "2 dimensions"),
        "f": ("numeric", "1e60", ""),
        "g": ("timestamptz[]", "{infinity}", "not finite"),
    }
    columns = ", ".join(["id bigint", *(f"{name} {kind}" for name, (kind, *_) in odd.items())])
    published(
        read.loader, 0, [(1, *(value for _, value, _ in odd.values()))], step, columns=columns
    )
    for name, (kind, _, said) in odd.items():
        if said:
            with pytest.raises(CannotRead, match=f"{name} .*{said}"):
                read.desk.read("silver_lab.odd", columns=[name])
        else:
            large = read.desk.read("silver_lab.odd", columns=[name])[name][0]
            assert large == Decimal(10) ** 60, kind
    floats = read.desk.read("silver_lab.odd", "arrow", columns=["a", "b"], numbers="float")
    assert all(map(math.isnan, floats.to_pylist()[0].values()))


def test_it_needs_no_airflow_and_finds_its_reader_in_the_environment(
    read: Read, days: list[datetime]
) -> None:
    code = (
        "import sys\n"
        "class No:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name.split('.')[0] in ('airflow', 'great_expectations', 'sqlalchemy'):\n"
        "            raise ImportError(name)\n"
        "sys.meta_path.insert(0, No())\n"
        "from medallion.client import connect\n"
        "heavy = {'pandas', 'pyarrow', 'polars', 'numpy'} & set(sys.modules)\n"
        "print(sorted(heavy), len(connect().read('silver_lab.readings')))\n"
    )
    found = conninfo_to_dict(read.reader)
    given = {
        "PGHOST": found["host"], "PGPORT": found["port"], "PGDATABASE": found["dbname"],
        "PGUSER": found["user"], "PGPASSWORD": found["password"],
    }  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, **{key: str(value) for key, value in given.items()}},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.stdout, done.returncode) == ("[] 2\n", 0), done.stderr
