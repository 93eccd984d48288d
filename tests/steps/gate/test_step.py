"""The gate on a staging table: real verdicts of GX, and what becomes of the rows they are about."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import psycopg
import psycopg2
import pytest
from psycopg import sql
from tests.steps.staged import READINGS, REPLACE, Run, query

from medallion.checks.declaration import CheckSpec
from medallion.checks.resolve import resolve
from medallion.errors import (
    CheckCrashed,
    DataRejected,
    MedallionError,
    StagingLost,
    WarehouseUnavailable,
)
from medallion.names import Layer, PublishedTable, worker_of
from medallion.plan.model import BuildStep, GateStep
from medallion.publish.relations import identifier
from medallion.steps.context import StepContext, StepResult
from medallion.steps.gate import step as gate
from medallion.steps.gated_table import STAGED_AS
from medallion.steps.publish import step as publish
from medallion.steps.run import run_step
from medallion.warehouse.session.connection import connect
from medallion.warehouse.tables.staging import create_rejects

COLUMNS = (
    "id bigint, sensor text, celsius double precision, exact numeric(20,4), taken timestamptz,"
    ' day date, tags text[], "Odd ""name" text'
)
ROWS = [
    (1, "north", 20.5, "1.5000", "2026-01-01 10:00:00.123456+01", "2026-01-01", ["a"], "x"),
    (2, "south", -300.0, None, "2026-01-01 11:00+00", None, [], '{"a": 1}'),
    (3, None, -280.1, "1234567890123456.7891", None, "0001-01-01", None, None),
    (4, "o'brien", 21.0, "-0.0001", "2026-01-01 12:00+00", "9999-12-31", ["y,z", None], "☃ \\"),
    (5, "", float("nan"), "0", "2026-01-01 13:00+00", "2026-01-01", ["{", '"'], "%s {}"),
    (6, "north", None, "7", "2026-01-01 14:00+00", "2026-01-01", ["a"], "line\nbreak"),
]
COLD = {"column": "celsius", "min_value": -273.15, "max_value": 100}
DESCRIBED = {**COLD, "description": "Nothing is colder than that."}


@pytest.fixture
def run(warehouse_db: str) -> Run:
    """A run whose readings are staged."""
    run = Run(url=warehouse_db, day=0)
    run.stage(ROWS, columns=COLUMNS)
    return run


def gate_of(
    *checks: Mapping[str, Mapping[str, Any]],
    layer: Layer = Layer.SILVER,
    table: PublishedTable = READINGS,
) -> GateStep:
    """Checks as a spec writes them."""
    declared = [CheckSpec.model_validate(check) for check in checks]
    planned = [resolve(check, layer, None) for check in declared]
    return GateStep(layer=layer, table=table, checks=tuple(planned))


def context(run: Run) -> StepContext:
    return replace(run.context(), task_id="readings.gate_silver")


def judge(run: Run, *checks: Mapping[str, Mapping[str, Any]]) -> StepResult:
    return run_step(gate_of(*checks), context(run))


def counts(result: StepResult) -> dict[str, object]:
    """How many checks ended how, without the table that they were made on."""
    return {
        name: value
        for name, value in result.details.items()
        if name not in (STAGED_AS, "attention")
    }


def staged(run: Run) -> list[tuple[object, ...]]:
    """Every staged row as text, which NaN cannot hide in."""
    name = READINGS.staging(run.context().run_key)
    return query(run.url, f"SELECT r::text FROM {name} AS r ORDER BY id")


def set_aside(run: Run) -> list[tuple[object, ...]]:
    name = READINGS.rejects(run.context().run_key)
    return query(
        run.url,
        f"SELECT (record ->> 'id')::int, reasons FROM {name} WHERE stage = 'gate' ORDER BY 1",
    )


def verdicts(run: Run) -> list[tuple[object, ...]]:
    return query(
        run.url,
        "SELECT check_id, status, rows_checked, rows_failed, examples FROM medallion.gate_results"
        " ORDER BY check_id",
    )


def test_what_passes_goes_on_untouched_and_is_recorded(run: Run) -> None:
    before = staged(run)
    result = judge(
        run,
        {"unique": {"column": "id"}},
        {"row_count": {"min_value": 6, "max_value": 6}},
        {"fresh": {"column": "taken", "max_age": "87600h"}},
        {"accepted_values": {"column": "id", "values": [1, 2, 3, 4, 5, 6]}},
        # Medallion's own columns are none of the author's business.
        {"expect_table_column_count_to_equal": {"value": 8}},
        {
            "unexpected_rows_expectation": {
                "unexpected_rows_query": "select id from {batch} where taken::time < '08:00'::time"
            }
        },
    )
    assert (result.rows_in, result.rows_out, result.rows_quarantined) == (6, 6, 0)
    assert counts(result) == {"checks": 6, "passed": 6}
    assert staged(run) == before
    assert {row[1] for row in verdicts(run)} == {"passed"}


def test_a_shut_gate_says_all_that_is_wrong_in_one_screen(run: Run) -> None:
    before = staged(run)
    with pytest.raises(DataRejected) as shut:
        judge(
            run,
            {"between": DESCRIBED},
            {"not_null": {"column": "sensor"}},
            {"row_count": {"min_value": 10}},
            {"fresh": {"column": "taken", "max_age": "26h"}},
            {
                "unexpected_rows_expectation": {
                    "unexpected_rows_query": "select id from {batch} where celsius < 0 order by 1"
                }
            },
            {"unique": {"column": "id"}},
            {"between": {"column": "id", "min_value": 3, "on_failure": "quarantine"}},
        )
    key = run.context().run_key
    assert str(shut.value).splitlines() == [
        "5 of 7 checks failed at the silver gate of lab.readings: nothing was published.",
        "  ✗ between {column: celsius, min_value: -273.15, max_value: 100}"
        " (Nothing is colder than that.): 3 of 6 rows, for example -300.0, -280.1, nan",
        "  ✗ not_null {column: sensor}: 1 of 6 rows",
        "  ✗ row_count {min_value: 10}: observed 6",
        "  ✗ fresh {column: taken, max_age: 26h}: observed 2026-01-01 14:00:00+00:00",
        '  ✗ unexpected_rows_expectation {unexpected_rows_query: "select id from {batch} where'
        " celsius < 0 order by 1\"}: 2 of 6 rows, for example {'id': 2}, {'id': 3}",
        f"  Checked: staging_silver_lab.readings__{key}",
        "  → fix the source and clear readings.land, or its columns in the spec and clear"
        " readings.clean; if the check is too strict, fix it in the spec (mostly, on_failure:"
        " warn or quarantine) and clear readings.gate_silver. Clear what follows too. It is not"
        " retried: the data would be the same.",
    ]
    assert not shut.value.retryable
    assert staged(run) == before, "no row moves while the gate is shut"
    found = {row[0]: row[1:] for row in verdicts(run)}
    assert found["between_celsius"] == ("failed", 6, 3, [-300.0, -280.1, "nan"])
    assert found["row_count"] == ("failed", None, None, [])
    assert found["unique_id"] == ("passed", 6, 0, [])
    ended = query(run.url, "SELECT status FROM medallion.task_runs WHERE step = 'gate_silver'")
    assert ended == [("failed",)]


def test_the_screen_stays_one_whatever_fails(run: Run) -> None:
    checks = [{"row_count": {"min_value": 100 + number}} for number in range(12)]
    step = gate_of(*checks)
    step = replace(
        step,
        checks=tuple(replace(c, check_id=f"row_count_{n}") for n, c in enumerate(step.checks)),
    )
    with pytest.raises(DataRejected, match=r"and 4 more, in medallion\.gate_results") as shut:
        gate.run(step, context(run))
    assert len(str(shut.value).splitlines()) == 12


def test_a_warning_lets_through_and_is_reported(run: Run, caplog: pytest.LogCaptureFixture) -> None:
    before = staged(run)
    result = judge(run, {"not_null": {"column": "celsius", "on_failure": "warn"}})
    assert (result.rows_out, counts(result)) == (6, {"checks": 1, "warned": 1})
    assert staged(run) == before
    assert verdicts(run) == [("not_null_celsius", "warned", 6, 1, [None])]
    assert "warned: ✗ not_null {column: celsius}: 1 of 6 rows" in caplog.text
    assert result.details["attention"] == ["warned: not_null {column: celsius}: 1 of 6 rows"]


def test_a_shut_gate_does_not_say_that_it_has_quarantined(
    run: Run, caplog: pytest.LogCaptureFixture
) -> None:
    aside = {"not_null": {"column": "celsius", "on_failure": "quarantine"}}
    with pytest.raises(DataRejected):
        judge(run, aside, {"row_count": {"min_value": 100}})
    assert "would be quarantined, but the gate is shut and no row moves: ✗ not_null" in caplog.text
    assert "quarantined: ✗" not in caplog.text


QUARANTINE = (
    {"between": {**COLD, "on_failure": "quarantine"}},
    {"not_null": {"column": "sensor", "on_failure": "quarantine"}},
    {"matches": {"column": "sensor", "regex": "^[a-z']{2,}$", "on_failure": "quarantine"}},
    {"unique": {"columns": ["sensor", "tags"], "on_failure": "quarantine"}},
)


def test_exactly_the_failing_quarantines_rows_each_with_all_its_reasons(run: Run) -> None:
    before = staged(run)
    result = judge(run, *QUARANTINE)
    assert (result.rows_in, result.rows_out, result.rows_quarantined) == (6, 1, 5)
    assert set_aside(run) == [
        (1, ["unique_sensor_tags"]),
        (2, ["between_celsius"]),
        (3, ["between_celsius", "not_null_sensor"]),
        (5, ["between_celsius", "matches_sensor"]),
        (6, ["unique_sensor_tags"]),
    ]
    assert staged(run) == [before[3]]
    failed = [(row[0], row[1], row[3]) for row in verdicts(run)]
    assert failed == [
        ("between_celsius", "quarantined", 3),
        ("matches_sensor", "quarantined", 1),
        ("not_null_sensor", "quarantined", 1),
        ("unique_sensor_tags", "quarantined", 2),
    ]


def test_a_gate_that_is_run_again_ends_the_same(run: Run) -> None:
    first = judge(run, *QUARANTINE)
    ended = staged(run), set_aside(run), verdicts(run)
    assert judge(run, *QUARANTINE) == first
    assert (staged(run), set_aside(run), verdicts(run)) == ended


def test_rows_come_back_unchanged_where_the_check_has_been_fixed(run: Run) -> None:
    before = staged(run)
    judge(run, *QUARANTINE)
    assert len(staged(run)) == 1
    result = judge(run, {"between": {"column": "id", "min_value": 1, "on_failure": "quarantine"}})
    assert (result.rows_in, result.rows_out) == (6, 6)
    assert (staged(run), set_aside(run)) == (before, [])


def test_counts_add_up_to_the_publication(warehouse_db: str) -> None:
    run = Run(url=warehouse_db, day=0)
    run.stage(ROWS, columns=COLUMNS, quarantined=1, deduplicated=2)
    rejects = READINGS.rejects(run.context().run_key)
    with connect(warehouse_db) as connection:  # what the cleaning has quarantined
        create_rejects(connection, rejects)
        connection.execute(
            sql.SQL("INSERT INTO {} VALUES ('clean', '{{id: is empty}}', '{{}}', 1, 0, 7)").format(
                identifier(rejects)
            )
        )
    for _ in range(2):
        judge(run, {"between": {**COLD, "on_failure": "quarantine"}})
    publish.run(replace(REPLACE, column_descriptions={}), run.context())
    assert query(
        warehouse_db,
        "SELECT rows_read, rows_published, rows_quarantined, rows_deduplicated"
        " FROM medallion.publications",
    ) == [(9, 3, 4, 2)]
    assert query(
        warehouse_db,
        "SELECT _bronze_record, stage, reasons FROM quarantine_silver_lab.readings ORDER BY 1",
    ) == [
        (2, "gate", ["between_celsius"]),
        (3, "gate", ["between_celsius"]),
        (5, "gate", ["between_celsius"]),
        (7, "clean", ["id: is empty"]),
    ]
    assert query(warehouse_db, "SELECT id FROM silver_lab.readings ORDER BY 1") == [
        (1,),
        (4,),
        (6,),
    ]
    assert query(
        warehouse_db,
        "SELECT g.status FROM medallion.gate_results AS g JOIN medallion.publications AS p"
        " USING (publication_id) WHERE p.is_current",
    ) == [("quarantined",)]


def test_gold_quarantines_rows_too(warehouse_db: str) -> None:
    table = PublishedTable(layer=Layer.GOLD, domain="lab", name="totals")
    build = BuildStep(
        table=table,
        sql="select n as bucket, n / 2.0 as mean from generate_series(1, 9) as n",
        sql_path="include/sql/lab/totals.sql",
        upstream=(),
        primary_key=("bucket",),
    )
    check = {"between": {"column": "mean", "max_value": 4, "on_failure": "quarantine"}}
    run = Run(url=warehouse_db, day=0).context()
    run_step(build, replace(run, task_id="totals.build"))
    for _ in range(2):
        step = gate_of(check, layer=Layer.GOLD, table=table)
        result = run_step(step, replace(run, task_id="totals.gate"))
    assert (result.rows_in, result.rows_out, result.rows_quarantined) == (9, 8, 1)
    step = replace(REPLACE, table=table, primary_key=("bucket",), column_descriptions={})
    publish.run(step, replace(run, task_id="totals.publish"))
    assert query(
        warehouse_db,
        "SELECT rows_read, rows_published, rows_quarantined FROM medallion.publications",
    ) == [(9, 8, 1)]
    assert query(
        warehouse_db, "SELECT reasons, record, _load_id FROM quarantine_gold_lab.totals"
    ) == [(["between_mean"], {"bucket": 9, "mean": 4.5}, None)]


@pytest.mark.parametrize("on_failure", ["fail", "quarantine"])
def test_mostly_is_a_part_of_the_values_that_are_there(run: Run, on_failure: str) -> None:
    before = staged(run)
    enough = {**COLD, "mostly": 0.4, "on_failure": on_failure}  # 2 of 5: one of 6 is NULL
    missing = {"column": "celsius", "mostly": 0.83, "on_failure": on_failure}  # 5 of 6: of all
    judge(run, {"between": enough}, {"not_null": missing})
    assert staged(run) == before, "a check that passes moves nothing, mostly or not"
    too_few = {**COLD, "mostly": 0.41, "on_failure": on_failure}
    if on_failure == "fail":
        with pytest.raises(DataRejected, match="3 of 6 rows"):
            judge(run, {"between": too_few})
    else:
        assert judge(run, {"between": too_few}).rows_quarantined == 3


def test_a_foreign_key_looks_into_the_published_table(run: Run) -> None:
    with psycopg.connect(run.url) as connection:
        connection.execute(
            "CREATE TABLE silver_lab.sensors (name text);"
            "INSERT INTO silver_lab.sensors VALUES ('north'), ('o''brien'), (NULL)"
        )
    known = {"column": "sensor", "to": "silver_lab.sensors.name"}
    with pytest.raises(DataRejected) as shut:
        judge(run, {"foreign_key": known})
    assert (
        "✗ foreign_key {column: sensor, to: silver_lab.sensors.name}: 2 of 6 rows,"
        " for example 'south', ''"
    ) in str(shut.value)
    judge(run, {"foreign_key": {**known, "on_failure": "quarantine"}})
    assert set_aside(run) == [(2, ["foreign_key_sensor"]), (5, ["foreign_key_sensor"])]


def test_a_query_of_the_author_is_taken_as_it_is_written(run: Run) -> None:
    query = """
        select id, '{}' as braces, 'a:b' as colon   -- {this}: a comment
        from {batch} where sensor ~ '^[a-z]{5,}$' and sensor like 'n%th'
            and taken::date < '2026-01-02'
        order by 1; -- the first of them
    """
    with pytest.raises(DataRejected) as shut:
        judge(run, {"unexpected_rows_expectation": {"unexpected_rows_query": query}})
    assert "{'id': 1, 'braces': '{}', 'colon': 'a:b'}" in str(shut.value)


@pytest.mark.parametrize("batch", ["{batch} as b", "{batch} b join {batch} as c using (id)"])
def test_a_query_may_give_the_batch_a_name(run: Run, batch: str) -> None:
    query = f"select b.id, ' :x' as text from {batch} where b.id < 1_0 and b.id = 1"
    with pytest.raises(DataRejected) as shut:
        judge(run, {"unexpected_rows_expectation": {"unexpected_rows_query": query}})
    assert "{'id': 1, 'text': ' :x'}" in str(shut.value)


CRASHES = [
    (
        {"matches": {"column": "celsius", "regex": "^a", "on_failure": "warn"}},
        r"matches_celsius .* operator does not exist: double precision ~ unknown",
    ),
    (
        {"between": {"column": "sensor", "min_value": 3, "on_failure": "quarantine"}},
        "cannot be computed on column of type TEXT",
    ),
    ({"fresh": {"column": "sensor", "max_age": "3h"}}, "sensor is text, and holds no dates"),
    ({"not_null": {"column": "nowhere"}}, 'The column "nowhere" in BatchData does not exist'),
    (
        {"foreign_key": {"column": "sensor", "to": "silver_lab.nowhere.name"}},
        r'relation "silver_lab\.nowhere" does not exist',
    ),
    (
        {
            "unexpected_rows_expectation": {
                "unexpected_rows_query": "select id,\n1 / (id - id) from {batch}"
            }
        },
        r"division by zero\. It met this while it ran, at line 2 of its query:\n    2 \| 1 / \(id",
    ),
    (
        {
            "unexpected_rows_expectation": {
                "unexpected_rows_query": "select 1 from {batch}\nwhere id > 12 and senser = 'a'"
            }
        },
        'line 2, column 19 of its query: PostgreSQL refuses it: column "senser" does not exist',
    ),
    (
        {"unexpected_rows_expectation": {"unexpected_rows_query": "delete from {batch}"}},
        "is one SELECT",
    ),
]


@pytest.mark.parametrize(("check", "message"), CRASHES, ids=[next(iter(c)) for c, _ in CRASHES])
def test_a_check_that_cannot_be_evaluated_is_no_verdict(
    run: Run, check: Mapping[str, Mapping[str, Any]], message: str
) -> None:
    before = staged(run)
    with pytest.raises(CheckCrashed, match=message) as crash:
        judge(run, {"row_count": {"min_value": 1}}, check)
    assert not crash.value.retryable
    assert (staged(run), verdicts(run)) == (before, [])


@pytest.mark.parametrize(
    ("row", "when"),
    [(1, "Great Expectations cannot open"), (3, "lost while matches_sensor was evaluated")],
)
def test_a_connection_that_is_lost_is_tried_again(warehouse_db: str, row: int, when: str) -> None:
    """A view in the staging table's place ends the session of GX that comes to one of its rows."""
    run = Run(url=warehouse_db, day=0)
    run.stage([(number, "true") for number in range(3)])
    staging = identifier(READINGS.staging(run.context().run_key))
    with psycopg.connect(warehouse_db) as connection:
        connection.execute(sql.SQL("DROP TABLE {}").format(staging))
        connection.execute(
            sql.SQL(
                "CREATE VIEW {} AS SELECT n AS id, CASE"
                " WHEN n < {} OR current_setting('application_name') = 'medallion' THEN 'true'"
                " ELSE pg_terminate_backend(pg_backend_pid())::text END AS sensor"
                " FROM generate_series(1, 3) AS n"
            ).format(staging, sql.Literal(row))
        )
    with pytest.raises(WarehouseUnavailable, match=when) as lost:
        judge(run, {"matches": {"column": "sensor", "regex": "^t"}})
    assert lost.value.retryable
    assert verdicts(run) == []


def test_a_server_that_does_not_answer_is_tried_again(run: Run) -> None:
    nobody = psycopg.conninfo.make_conninfo(run.url, host="127.0.0.1", port=1)
    with pytest.raises(MedallionError) as lost:
        gate.run(
            gate_of({"row_count": {"min_value": 1}}), replace(context(run), warehouse_url=nobody)
        )
    assert isinstance(lost.value, WarehouseUnavailable) and lost.value.retryable


def test_great_expectations_logs_in_once(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """For its data source and its execution engine, whatever is asked of the table."""
    open_one, opened = psycopg2.connect, list[object]()

    def log_in(*given: object, **more: object) -> object:
        opened.append(more.get("user"))
        return open_one(*given, **more)

    monkeypatch.setattr(psycopg2, "connect", log_in)
    shape = {"expect_table_column_count_to_equal": {"value": 8, "on_failure": "warn"}}
    judge(run, {"between": {**COLD, "on_failure": "warn"}}, shape)
    with psycopg.connect(run.url) as loader:
        assert opened == [worker_of("lab", loader.info.dbname)]


def test_a_role_that_is_not_let_in_gets_its_password_back(run: Run, pg_url: str) -> None:
    check = {"row_count": {"min_value": 1}}
    judge(run, check)
    with psycopg.connect(run.url) as loader:
        role = sql.Identifier(worker_of("lab", loader.info.dbname))
    with psycopg.connect(pg_url, autocommit=True) as admin:
        admin.execute(sql.SQL("ALTER ROLE {} PASSWORD 'another'").format(role))
    assert judge(run, check).rows_out == len(ROWS)


def test_a_role_that_cannot_be_let_in_is_an_error_of_the_server(run: Run, pg_url: str) -> None:
    check = {"row_count": {"min_value": 1}}
    judge(run, check)
    with psycopg.connect(run.url) as loader:
        role = sql.Identifier(worker_of("lab", loader.info.dbname))
    with psycopg.connect(pg_url, autocommit=True) as admin:
        admin.execute(sql.SQL("ALTER ROLE {} CONNECTION LIMIT 0").format(role))
    with pytest.raises(WarehouseUnavailable, match="too many connections for role"):
        judge(run, check)


def test_a_gate_with_nothing_before_it_says_what_to_clear(warehouse_db: str) -> None:
    with pytest.raises(StagingLost, match=r"clear readings\.clean and the tasks after it"):
        gate.run(gate_of(), context(Run(url=warehouse_db, day=0)))


@pytest.mark.parametrize(
    "check",
    [
        {"expect_table_column_count_to_equal": {"value": 7}},
        {"expect_table_columns_to_match_ordered_list": {"column_list": [
            "id", "share %", "a:b", "cost $fee", "back\\slash", "{batch}", "Größe %(x)s"
        ]}},
    ],
)  # fmt: skip
def test_the_shape_of_a_table_whose_columns_have_odd_names(
    warehouse_db: str, check: Mapping[str, Mapping[str, Any]]
) -> None:
    """Great Expectations compiles a query twice: psycopg2 would get `share %%`."""
    odd = ("share %", "a:b", "cost $fee", "back\\slash", "{batch}", "Größe %(x)s")
    run = Run(url=warehouse_db, day=0)
    columns = sql.SQL(", ").join(sql.SQL("{} text").format(sql.Identifier(name)) for name in odd)
    run.stage([(1, *"abcdef")], columns=f"id bigint, {columns.as_string()}")
    assert counts(judge(run, check)) == {"checks": 1, "passed": 1}


@pytest.mark.parametrize("name", ['Odd "name', "back\\name", "a\tb", "two\nlines", 'col("x")'])
def test_values_are_unique_in_a_column_with_an_odd_name(warehouse_db: str, name: str) -> None:
    """Great Expectations asks for the values that are there by a text that holds the name."""
    run = Run(url=warehouse_db, day=0)
    column = sql.SQL("{} text").format(sql.Identifier(name)).as_string()
    run.stage([(1, "a"), (2, "b"), (3, "a"), (4, None), (5, None)], columns=f"id bigint, {column}")
    unique = {"unique": {"column": name, "on_failure": "warn"}}
    some = {"column": name, "min_value": 0.5, "max_value": 0.7}
    result = judge(run, unique, {"expect_column_proportion_of_unique_values_to_be_between": some})
    assert counts(result) == {"checks": 2, "passed": 1, "warned": 1}
    assert [row[2:4] for row in verdicts(run) if row[1] == "warned"] == [(5, 2)]
