from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql
from psycopg.rows import dict_row
from tests.steps import landed

from medallion.cleaning.declared.columns import VerbSpec
from medallion.errors import DataRejected, LakeError, SetupError, WarehouseUnavailable
from medallion.names import TableName
from medallion.plan.model import CleanStep, LookupTable
from medallion.publish.relations import identifier
from medallion.records import RecordLayout
from medallion.steps.clean.cleaning_pass import CleaningPass
from medallion.steps.clean.step import run
from medallion.steps.context import StepContext, StepResult

FILMS = landed.FILMS

FILM_CSV = RecordLayout(format="csv", columns=("id", "title", "gross"))
FILM_COLUMNS = {
    "film_id": {"from": "id", "type": "bigint"},
    "title": {"type": "text", "clean": ["trim", "squeeze"]},
    "gross": {"type": "decimal(18,2)", "clean": ["money"], "nullable": True},
}


@pytest.fixture
def context(warehouse_db: str, tmp_path: Path) -> StepContext:
    made: StepContext = landed.context(warehouse_db, tmp_path)
    return made


def rows(context: StepContext, table: TableName) -> list[dict[str, Any]]:
    with psycopg.connect(context.warehouse_url, row_factory=dict_row) as connection:
        query = sql.SQL("SELECT * FROM {} ORDER BY _bronze_part, _bronze_record")
        return connection.execute(query.format(identifier(table))).fetchall()


def staged(context: StepContext) -> list[dict[str, Any]]:
    return rows(context, FILMS.staging(context.run_key))


def set_aside(context: StepContext) -> list[dict[str, Any]]:
    return rows(context, FILMS.rejects(context.run_key))


def clean(
    context: StepContext,
    text: str | bytes,
    records: int,
    columns: Mapping[str, Mapping[str, object]] = FILM_COLUMNS,
    layout: RecordLayout = FILM_CSV,
    **step: Any,
) -> StepResult:
    data = text.encode() if isinstance(text, str) else text
    landed.land(context, layout, [(data, records)])
    return run(landed.clean_step(columns, **step), context)


def test_good_rows_are_staged_and_bad_ones_quarantined_with_every_reason(
    context: StepContext,
) -> None:
    result = clean(
        context,
        'id,title,gross\n1,  Jaws ,"$1,234.50"\nx,,1.2.3\n2,"Amélie\u00a0 Poulain",\n',
        3,
    )
    assert (result.rows_in, result.rows_out, result.rows_quarantined) == (3, 2, 1)
    first, second = staged(context)
    assert first == {
        "film_id": 1,
        "title": "Jaws",
        "gross": Decimal("1234.50"),
        "_load_id": first["_load_id"],
        "_bronze_part": 0,
        "_bronze_record": 1,
    }
    assert (second["title"], second["gross"], second["_bronze_record"]) == (
        "Amélie Poulain",
        None,
        3,
    )
    (bad,) = set_aside(context)
    assert bad["stage"] == "clean"
    assert bad["reasons"] == [
        'film_id: "x" is not a whole number of 64 bits',
        "title: is empty",
        'gross: "1.2.3" is not a number with at most 16 digits before and 2 after the point',
    ]
    assert bad["record"] == {"id": "x", "title": "", "gross": "1.2.3"}
    assert (bad["_bronze_part"], bad["_bronze_record"]) == (0, 2)


def test_a_second_try_ends_as_the_first(context: StepContext) -> None:
    text = "id,title,gross\n1,Jaws,1\n,Alien,2\n"
    first = clean(context, text, 2)
    before = staged(context), set_aside(context)
    again = run(landed.clean_step(FILM_COLUMNS), context)
    assert again == first
    assert (staged(context), set_aside(context)) == before


def test_lines_that_are_no_records_are_quarantined_as_they_are(context: StepContext) -> None:
    result = clean(context, "id,title,gross\n1,Jaws,1\n2,Alien\n3,Up,3,4\n\n5,Heat,5\n", 4)
    assert [row["film_id"] for row in staged(context)] == [1, 5]
    assert (result.rows_in, result.rows_out, result.rows_quarantined) == (4, 2, 2)
    assert result.details["broken_lines"] == 2
    few, many = sorted(set_aside(context), key=lambda row: row["record"]["_line"])
    assert few["record"]["_text"] == "2,Alien"
    assert few["reasons"] == ["line 3: it has 2 fields, the header has 3"]
    assert many["record"]["_text"] == "3,Up,3,4"
    assert few["_bronze_record"] is None


@pytest.mark.parametrize(("compression", "end"), [("none", "\n"), ("gzip", "\r\n")])
def test_a_broken_line_is_reported_by_its_line_in_the_file(
    context: StepContext, compression: Any, end: str
) -> None:
    text = '\ufeff"id","title","gross"\n1,"Jaws\n\n2",1\n2,Alien\n\n3,"a\nb",3\n4,Up,3,4\n'
    layout = replace(FILM_CSV, compression=compression, encoding="utf-8-sig")
    clean(context, text.replace("\n", end), 4, layout=layout)
    assert [row["film_id"] for row in staged(context)] == [1, 3]
    few, many = sorted(set_aside(context), key=lambda row: row["record"]["_line"])
    assert few["record"] == {"_line": 5, "_text": "2,Alien"}
    assert few["reasons"] == ["line 5: it has 2 fields, the header has 3"]
    assert many["record"] == {"_line": 9, "_text": "4,Up,3,4"}


@pytest.mark.parametrize("encoding", ["cp1252", "latin-1", "utf-16", "utf-8-sig"])
def test_any_encoding_is_read(context: StepContext, encoding: str) -> None:
    layout = RecordLayout(format="csv", columns=("id", "title", "gross"), encoding=encoding)
    clean(context, "id,title,gross\r\n1,Amélie £,1\r\n".encode(encoding), 1, layout=layout)
    assert [row["title"] for row in staged(context)] == ["Amélie £"]


@pytest.mark.parametrize("rows_before", [0, 200_000])
def test_mixed_line_ends_are_read(context: StepContext, rows_before: int) -> None:
    """Wherever they begin: records that were staged before are not staged again."""
    before = "".join(f"{number},Film,1\n" for number in range(rows_before))
    text = f'id,title,gross\n{before}-1,"Two\r\nlines",1\r\n-2,Up,1\n-3,x\n-4,Heat,1\r\n'
    result = clean(context, text, rows_before + 4)
    assert (result.rows_out, result.rows_quarantined) == (rows_before + 3, 1)
    found = staged(context)
    assert [row["_bronze_record"] for row in found] == list(range(1, rows_before + 4))
    assert [row["title"] for row in found[-3:]] == ["Two lines", "Up", "Heat"]


def test_blank_lines_are_no_records(context: StepContext) -> None:
    layout = RecordLayout(format="csv", columns=("id",))
    columns = {"film_id": {"from": "id", "type": "bigint"}}
    result = clean(context, 'id\n1\n\n2\n""\n\n', 3, columns, layout)
    assert (result.rows_out, result.rows_quarantined) == (2, 1)


def test_two_rows_of_one_key_become_the_last(context: StepContext) -> None:
    text = "id,title,gross\n1,Jaws,1\n2,Up,1\n1,Jaws (again),1\n"
    result = clean(context, text, 3, primary_key=("film_id",))
    assert (result.rows_out, result.rows_deduplicated) == (2, 1)
    assert [row["title"] for row in staged(context)] == ["Up", "Jaws (again)"]


def test_the_key_is_never_null(context: StepContext) -> None:
    columns = {"film_id": {"from": "id", "type": "bigint", "nullable": True}}
    result = clean(
        context, "id,title,gross\n,Jaws,1\n2,Up,1\n", 2, columns, primary_key=("film_id",)
    )
    assert (result.rows_out, result.rows_quarantined) == (1, 1)


def test_fewer_records_than_landed_are_refused(context: StepContext) -> None:
    with pytest.raises(DataRejected, match="landed 3 records, read back 2"):
        clean(context, "id,title,gross\n1,Jaws,1\n2,Up,1\n", 3)


def test_a_missing_column_is_reported_with_the_likely_one(context: StepContext) -> None:
    columns = {"film_id": {"from": "idd", "type": "bigint"}}
    with pytest.raises(DataRejected, match="no column 'idd'") as caught:
        clean(context, "id,title,gross\n1,Jaws,1\n", 1, columns)
    assert "did you mean 'id'" in caught.value.remedy


def test_a_missing_landing_is_reported(context: StepContext) -> None:
    with pytest.raises(LakeError, match="no landing"):
        run(landed.clean_step(FILM_COLUMNS), context)


JSON_LINES = RecordLayout(format="jsonl", compression="gzip", records_path="results")
JSON_COLUMNS = {
    "film_id": {"from": "id", "type": "bigint"},
    "director": {"from": "credits.director.na/me", "type": "text", "nullable": True},
    "genre_ids": {"type": "integer[]"},
    "released": {"type": "date", "nullable": True},
}


def test_response_bodies_give_their_records_in_order(context: StepContext) -> None:
    pages = [
        [
            {"id": 1, "credits": {"director": {"na/me": "Spielberg"}}, "genre_ids": [1, 2]},
            {"id": 2.0, "genre_ids": [], "released": "2024-02-29"},
        ],
        [{"id": 3, "genre_ids": [1, None]}, {"id": "4", "genre_ids": "none"}, "five"],
        [],
    ]
    body = "\n".join(json.dumps({"results": page}) for page in pages)
    result = clean(context, body, 5, JSON_COLUMNS, JSON_LINES)
    assert result.rows_quarantined == 3
    assert [
        (row["film_id"], row["director"], row["genre_ids"], str(row["released"]))
        for row in staged(context)
    ] == [(1, "Spielberg", [1, 2], "None"), (2, None, [], "2024-02-29")]
    assert [row["reasons"] for row in set_aside(context)] == [
        ["genre_ids: has an empty element"],
        ["genre_ids: is not a JSON array"],
        ["record: is not a JSON object"],
    ]
    assert [row["_bronze_record"] for row in set_aside(context)] == [3, 4, 5]


def test_a_broken_body_is_refused_and_a_broken_line_quarantined(context: StepContext) -> None:
    columns = {"film_id": {"from": "id", "type": "bigint"}}
    lines = RecordLayout(format="jsonl")
    result = clean(context, '{"id": 1}\n{"id": \n{"id": 3}\n', 3, columns, lines)
    assert (result.rows_out, result.rows_quarantined) == (2, 1)
    with pytest.raises(DataRejected, match="Malformed JSON"):
        clean(context, '{"results": [{"id": 1}\n', 1, columns, JSON_LINES)


@pytest.mark.parametrize("compression", ["none", "gzip"])
def test_a_line_that_is_not_json_is_kept_as_its_text(
    context: StepContext, compression: Any
) -> None:
    text = '{"id": 1}\r\n\n  \n{"id": "Amélie\n{"id": 3}\n"\0\n' + "é" * 20_000 + "\n[4]"
    columns = {"film_id": {"from": "id", "type": "bigint"}}
    layout = RecordLayout(format="jsonl", compression=compression)
    result = clean(context, text.encode() + b"\n\xff", 7, columns, layout)
    assert (result.rows_out, result.rows_quarantined) == (2, 5)
    found = set_aside(context)
    assert [(row["_bronze_record"], row["record"]) for row in found] == [
        (2, {"_line": 4, "_text": '{"id": "Amélie'}),
        (4, {"_line": 6, "_text": '"␀'}),
        (5, {"_line": 7, "_text": "é" * 10_000 + "…"}),
        (6, [4]),
        (7, {"_line": 9, "_text": "\ufffd"}),
    ]
    assert {tuple(row["reasons"]) for row in found} == {("record: is not a JSON object",)}


def test_behind_a_join_the_text_is_the_records_own(context: StepContext) -> None:
    """Its rows come in no fixed order."""
    lines = [f'{{"id": {n}, "genre_id": 1' + ("}" if n % 3 else f" broken {n}") for n in range(99)]
    step = lookup_step(context, "(1, 'Drama')")
    landed.land(context, RecordLayout(format="jsonl"), [("\n".join(lines).encode(), 99)])
    assert run(step, context).rows_quarantined == 33
    for row in set_aside(context):
        number = row["_bronze_record"]
        assert row["record"] == {"_line": number, "_text": lines[number - 1]}


def test_of_a_line_that_is_not_json_nothing_is_kept_beside_personal_data(
    context: StepContext,
) -> None:
    columns = {
        "film_id": {"from": "id", "type": "bigint"},
        "mail": {"type": "text", "classification": {"pii": "email", "protect": "mask"}},
    }
    text = '{"id": 1, "mail": "ada@example.org"}\n{"id": 2, "mail": "ada@example.org"'
    clean(context, text, 2, columns, RecordLayout(format="jsonl"))
    (bad,) = set_aside(context)
    assert bad["_bronze_record"] == 2
    assert bad["record"] == {"id": None, "mail": None}


def test_nul_characters_do_not_reach_postgres(context: StepContext) -> None:
    columns = {"title": {"type": "text"}}
    body = json.dumps({"title": "a\0b", "other": "\\u0000"}) + "\n" + json.dumps({"title": "c"})
    result = clean(context, body, 2, columns, RecordLayout(format="jsonl"))
    assert result.rows_out == 1
    (bad,) = set_aside(context)
    assert bad["record"] == {"title": "a␀b", "other": "\\u0000"}
    assert bad["reasons"] == ['title: "a␀b" is not a text without NUL characters']


def lookup_step(context: StepContext, values: str, **spec: object) -> CleanStep:
    genres = TableName("silver_cinema", "genres")
    with psycopg.connect(context.warehouse_url) as connection:
        connection.execute("CREATE SCHEMA IF NOT EXISTS silver_cinema")
        connection.execute("DROP TABLE IF EXISTS silver_cinema.genres")
        connection.execute("CREATE TABLE silver_cinema.genres (genre_id bigint, name text)")
        insert = sql.SQL("INSERT INTO silver_cinema.genres VALUES {}")
        connection.execute(insert.format(sql.SQL(values)))
    lookup = {"dataset": "genres", "key": "genre_id", "value": "name", **spec}
    step: CleanStep = landed.clean_step(
        {
            "key": {"from": "id", "type": "bigint"},
            "genre": {"type": "text", "nullable": True, "lookup": lookup},
            "genres": {"type": "text[]", "nullable": True, "lookup": lookup},
        },
        lookups=(LookupTable(dataset="genres", table=genres),),
    )
    return step


@pytest.mark.parametrize(
    ("missing", "wanted"),
    [
        ("quarantine", [(1, "Action", ["Drama", "Action"]), (2, None, None)]),
        (
            "keep",
            [(1, "Action", ["Drama", "Action"]), (2, None, None), (3, "9", ["8", "Action"])],
        ),
        (
            "null",
            [(1, "Action", ["Drama", "Action"]), (2, None, None), (3, None, [None, "Action"])],
        ),
    ],
)
def test_values_are_looked_up(context: StepContext, missing: str, wanted: object) -> None:
    step = lookup_step(context, "(1, 'Action'), (2, 'Drama')", missing=missing)
    records = [
        {"id": 1, "genre": 1, "genres": [2, 1]},
        {"id": 2},
        {"id": 3, "genre": 9, "genres": [8, 1]},
    ]
    body = "\n".join(map(json.dumps, records)).encode()
    landed.land(context, RecordLayout(format="jsonl"), [(body, 3)])
    run(step, context)
    assert [(row["key"], row["genre"], row["genres"]) for row in staged(context)] == wanted
    if missing == "quarantine":
        assert set_aside(context)[0]["reasons"] == [
            'genre: "9" is not among genres.genre_id',
            'genres: "8" is not among genres.genre_id',
        ]


def test_an_ambiguous_lookup_is_refused(context: StepContext) -> None:
    step = lookup_step(context, "(1, 'Action'), (1, 'Drama')")
    landed.land(context, RecordLayout(format="jsonl"), [(b'{"id": 1}', 1)])
    with pytest.raises(DataRejected, match="several name for one genre_id"):
        run(step, context)


def test_nothing_is_found_in_an_empty_lookup(context: StepContext) -> None:
    step = lookup_step(context, "(NULL, 'Action')")
    body = b'{"id": 1, "genre": 1, "genres": [1]}'
    landed.land(context, RecordLayout(format="jsonl"), [(body, 1)])
    assert run(step, context).rows_quarantined == 1


def test_hostile_headers_are_only_names(context: StepContext) -> None:
    name = "a\"; DROP TABLE x; --'${}\\ é"
    layout = RecordLayout(format="csv", columns=(name, "b"), delimiter=";")
    header = '"' + name.replace('"', '""') + '";b\n'
    columns = {"value": {"from": name, "type": "integer"}, "b": {"type": "text"}}
    clean(context, f"{header}1;x\ny;z\n", 2, columns, layout)
    assert [row["value"] for row in staged(context)] == [1]
    assert set_aside(context)[0]["record"] == {name: "y", "b": "z"}


def test_parts_are_counted_one_by_one(context: StepContext) -> None:
    parts = [(b"id,title,gross\n1,Jaws,1\n", 1), (b"id,title,gross\n2,Up,1\nx,Up,1\n", 2)]
    manifest = landed.land(context, FILM_CSV, parts)
    run(landed.clean_step(FILM_COLUMNS), context)
    assert [(r["_load_id"], r["_bronze_part"], r["_bronze_record"]) for r in staged(context)] == [
        (manifest.load_id, 0, 1),
        (manifest.load_id, 1, 1),
    ]
    assert set_aside(context)[0]["_bronze_record"] == 2


@pytest.mark.parametrize("parts", [1, 2])
def test_the_number_of_an_only_part_is_not_sent_with_each_row(
    context: StepContext, parts: int
) -> None:
    landed.land(context, FILM_CSV, [(b"id,title,gross\n1,Jaws,1\n", 1)] * parts)
    run(landed.clean_step(FILM_COLUMNS), context)
    staging = FILMS.staging(context.run_key)
    with psycopg.connect(context.warehouse_url) as connection:
        (default,) = connection.execute(
            "SELECT column_default FROM information_schema.columns WHERE table_schema = %s"
            " AND table_name = %s AND column_name = '_bronze_part'",
            (staging.schema, staging.table),
        ).fetchone() or ("",)
    assert default == ("0" if parts == 1 else None)


def test_a_landing_without_records_gives_an_empty_table(context: StepContext) -> None:
    assert clean(context, "id,title,gross\n", 0).rows_out == 0
    assert staged(context) == []


@pytest.mark.parametrize("logged", [True, False])
def test_what_becomes_a_version_survives_a_crash(context: StepContext, logged: bool) -> None:
    clean(context, "id,title,gross\n1,Jaws,1\n", 1, logged=logged)
    with psycopg.connect(context.warehouse_url) as connection:
        row = connection.execute(
            "SELECT relpersistence FROM pg_class WHERE relname = %s",
            [FILMS.staging(context.run_key).table],
        ).fetchone()
    assert row == ("p" if logged else "u",)


def test_a_column_without_any_value_is_reported(
    context: StepContext, caplog: pytest.LogCaptureFixture
) -> None:
    columns = {
        "film_id": {"from": "id", "type": "bigint"},
        "title": {"from": "titel", "type": "text", "nullable": True},
    }
    result = clean(context, '{"id": 1, "title": "Jaws"}', 1, columns, RecordLayout(format="jsonl"))
    assert result.details["columns_without_values"] == ["title"]
    assert "no row has a value in title" in caplog.text


def test_too_little_memory_is_the_operators_matter(
    context: StepContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MEDALLION_DUCKDB_MEMORY", "1MB")
    with pytest.raises(SetupError, match="MEDALLION_DUCKDB_MEMORY"):
        clean(context, "id,title,gross\n" + "1,Jaws,1\n" * 10_000, 10_000)


def test_a_lost_connection_is_worth_a_retry_and_the_retry_ends_well(
    context: StepContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = "id,title,gross\n" + "".join(f"{number},Film,1\n" for number in range(200_000))
    batches = CleaningPass.batches

    def losing(self: CleaningPass) -> Any:
        for number, batch in enumerate(batches(self)):
            if number == 1:
                with psycopg.connect(context.warehouse_url) as other:
                    other.execute(
                        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                        " WHERE datname = current_database() AND pid <> pg_backend_pid()"
                        " AND backend_type = 'client backend'"  # autovacuum's is nobody's to end
                    )
            yield batch

    with monkeypatch.context() as patched:
        patched.setattr(CleaningPass, "batches", losing)
        with pytest.raises(WarehouseUnavailable):
            clean(context, text, 200_000)
    assert run(landed.clean_step(FILM_COLUMNS), context).rows_out == 200_000


def test_a_verb_that_refuses_sets_the_row_aside_with_its_reason(context: StepContext) -> None:
    columns = {
        "film_id": {"from": "id", "type": "bigint"},
        "title": {
            "type": "text",
            "null_values": ["", "n/a"],
            "nullable": True,
            "clean": ["trim", {"map": {"A": "Alien", "J": None}}, "upper"],
        },
        "gross": {"type": "decimal(18,2)", "clean": [{"number": {"decimal": ","}}]},
    }
    text = 'id,title,gross\n1,A,"1,5"\n2,n/a,2\n3,B,1.5\n4,J,4\n'
    result = clean(context, text, 4, columns)
    assert (result.rows_out, result.rows_quarantined) == (3, 1)
    assert [(row["title"], str(row["gross"])) for row in staged(context)] == [
        ("ALIEN", "1.50"),
        (None, "2.00"),
        (None, "4.00"),
    ]
    assert set_aside(context)[0]["reasons"] == [
        'title: "B" is not among A, J',
        'gross: "1.5" is not a number written like 1234,5',
    ]


def test_a_refused_text_is_not_lost_in_a_look_up(context: StepContext) -> None:
    """Not even one that makes what it does not find NULL."""
    step = lookup_step(context, "(1, 'Action')", missing="null")
    columns = {
        name: spec.model_copy(update={"clean": (VerbSpec(name="map", arguments={"a": "1"}),)})
        if spec.lookup
        else spec
        for name, spec in step.columns.items()
    }
    records = [
        {"id": 1, "genre": "a", "genres": ["a"]},
        {"id": 2, "genre": "b", "genres": ["a"]},
        {"id": 3, "genre": "a", "genres": ["a", "b"]},
    ]
    body = "\n".join(map(json.dumps, records)).encode()
    landed.land(context, RecordLayout(format="jsonl"), [(body, 3)])
    run(replace(step, columns=columns), context)
    assert [(r["key"], r["genre"], r["genres"]) for r in staged(context)] == [
        (1, "Action", ["Action"])
    ]
    assert [row["reasons"] for row in set_aside(context)] == [
        ['genre: "b" is not among a'],
        ['genres: "b" is not among a'],
    ]


def test_paths_lead_into_arrays_and_texts_are_split_into_arrays(context: StepContext) -> None:
    columns = {
        "first": {"from": "items[0].sku", "type": "text", "nullable": True},
        "skus": {"from": "items[*].sku", "type": "text[]", "clean": ["upper"]},
        "tags": {"type": "text[]", "delimiter": ";", "clean": ["trim"], "nullable": True},
    }
    records = [
        {"items": [{"sku": "a"}, {"sku": "b"}], "tags": "x; y"},
        {"items": [{"sku": "a"}, {"price": 1}], "tags": None},
        {"items": [], "tags": ""},
        {"items": "none", "tags": "x"},
    ]
    body = "\n".join(map(json.dumps, records))
    clean(context, body, 4, columns, RecordLayout(format="jsonl"))
    assert [(r["first"], r["skus"], r["tags"]) for r in staged(context)] == [
        ("a", ["A", "B"], ["x", "y"]),
        (None, [], None),
    ]
    assert [row["reasons"] for row in set_aside(context)] == [
        ["skus: has an empty element"],
        ["skus: is not a JSON array"],
    ]


ORDER_CSV = RecordLayout(format="csv", columns=("id", "quantity", "price", "status"))
ORDER_COLUMNS = {
    "total": {"type": "decimal(18,2)", "expression": "quantity * price"},
    "order_id": {"from": "id", "type": "bigint"},
    "quantity": {"type": "bigint"},
    "price": {"type": "decimal(18,2)", "nullable": True},
    "status": {"type": "text"},
    "share": {"type": "double", "expression": "1.0 / total", "nullable": True},
}


def test_columns_are_computed_from_typed_values_and_from_one_another(context: StepContext) -> None:
    text = "id,quantity,price,status\n1,2,1.50,paid\n2,9223372036854775807,9999999999.99,paid\n"
    text += "3,x,1,paid\n4,1,,paid\n5,1,0,paid\n"
    clean(context, text, 5, ORDER_COLUMNS, ORDER_CSV)
    assert [(r["order_id"], r["total"], r["share"]) for r in staged(context)] == [
        (1, Decimal("3.00"), pytest.approx(1 / 3))
    ]
    assert [row["reasons"] for row in set_aside(context)] == [
        ["total: cannot be computed from price, quantity"],
        ['quantity: "x" is not a whole number of 64 bits'],
        ["total: is empty, computed from price, quantity"],
        ["share: cannot be computed from total"],
    ]


def test_unwanted_rows_are_discarded_and_counted(context: StepContext) -> None:
    """Whatever else is wrong with them, as long as what the filter reads is right."""
    text = (
        "id,quantity,price,status\n1,2,1.50,paid\n2,1,1,test\nx,y,1,test\n4,x,1,paid\n5,2,,paid\n"
    )
    columns = {name: ORDER_COLUMNS[name] for name in ("order_id", "quantity", "price", "status")}
    result = clean(
        context, text, 5, columns, ORDER_CSV, row_filter="status <> 'test' AND 1 // quantity >= 0"
    )
    assert [row["order_id"] for row in staged(context)] == [1, 5]
    assert (result.rows_in, result.rows_out, result.rows_quarantined) == (5, 2, 2)
    assert result.rows_discarded == 1
    assert [row["reasons"] for row in set_aside(context)] == [
        ['order_id: "x" is not a whole number of 64 bits',
         'quantity: "y" is not a whole number of 64 bits'],
        ['quantity: "x" is not a whole number of 64 bits'],
    ]  # fmt: skip


def test_a_filter_that_fails_sets_the_row_aside_and_one_that_knows_nothing_discards_it(
    context: StepContext,
) -> None:
    text = "id,quantity,price,status\n1,0,1,paid\n2,2,,paid\n3,1,1,paid\n"
    columns = {name: ORDER_COLUMNS[name] for name in ("order_id", "quantity", "price")}
    result = clean(context, text, 3, columns, ORDER_CSV, row_filter="price // quantity > 0")
    assert [row["order_id"] for row in staged(context)] == [3]
    assert result.rows_discarded == 1
    assert [row["reasons"] for row in set_aside(context)] == [["filter: cannot be computed"]]


def test_the_order_says_which_of_several_rows_stays(context: StepContext) -> None:
    text = "id,title,gross\n1,b,3\n1,a,\n1,c,3\n1,d,2\n2,x,\n2,y,\n"
    result = clean(
        context, text, 6, primary_key=("film_id",), order_by=(("gross", True), ("title", False))
    )
    assert [(row["film_id"], row["title"]) for row in staged(context)] == [(1, "b"), (2, "x")]
    assert result.rows_deduplicated == 4
