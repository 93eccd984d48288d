"""The bronze gate: the same verdicts whatever the batches, and texts as they were landed."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from tests.steps.landed import FILMS, context, land

from medallion.checks.catalogue import expectations
from medallion.checks.declaration import OnFailure
from medallion.checks.outcome import PlannedCheck
from medallion.checks.traits import Sees
from medallion.errors import CheckCrashed, DataRejected, LakeError
from medallion.lake.manifest import Manifest
from medallion.names import Layer
from medallion.plan.model import GateStep
from medallion.records import RecordLayout
from medallion.steps.gate import step as gate
from medallion.steps.gate.expectations import Evaluation, new_context, presentable, validate
from medallion.steps.gate.landing import evaluate
from medallion.steps.parts import gathered_frames, landing_frames

COLUMNS = ("code", "name", "year", "vote", "votes")
ROWS = [
    ("007", "Dr. No", "1962", "7.2", "10"),
    ("7", "Dr. No", "1962", "", "20"),
    ("010", "", "1963", "6.5", "30"),
    ("11", "NA", "1964", "9.9", "40"),
    ("11", "Thunderball", "", "8.0", "50"),
    ("12", 'Quote "x", comma', "1967", "-1", ""),
    ("13", "Ænima\nline", "1971", "3", "70"),
]
LAYOUT = RecordLayout(format="csv", columns=COLUMNS)


def planned(number: object, expectation: str, kwargs: Mapping[str, Any]) -> PlannedCheck:
    return PlannedCheck(
        check_id=f"check_{number}",
        name=expectation,
        expectation=expectation,
        kwargs=kwargs,
        on_failure=OnFailure.FAIL,
    )


def csv_of(rows: Sequence[Sequence[object]], columns: Sequence[str] = COLUMNS) -> tuple[bytes, int]:
    return pd.DataFrame(rows, columns=list(columns)).to_csv(index=False).encode(), len(rows)


def jsonl_of(records: Sequence[object]) -> tuple[bytes, int]:
    return "".join(f"{json.dumps(record)}\n" for record in records).encode(), len(records)


@pytest.fixture
def films(warehouse_db: str, tmp_path: Path) -> Manifest:
    return land(context(warehouse_db, tmp_path), LAYOUT, [csv_of(ROWS[:5]), csv_of(ROWS[5:])])


def one(manifest: Manifest, expectation: str, **kwargs: Any) -> Evaluation:
    (found,) = evaluate(manifest, [planned(0, expectation, kwargs)])
    return found


CASES: list[tuple[str, dict[str, Any]]] = [
    ("expect_column_values_to_not_be_null", {"column": "vote"}),
    ("expect_column_values_to_not_be_null", {"column": "vote", "mostly": 0.85}),
    ("expect_column_values_to_not_be_null", {"column": "vote", "mostly": 0.86}),
    ("expect_column_values_to_be_null", {"column": "vote", "mostly": 0.1}),
    ("expect_column_values_to_be_between", {"column": "vote", "min_value": 0, "max_value": 9}),
    ("expect_column_values_to_be_between", {"column": "vote", "min_value": 6, "mostly": 0.66}),
    ("expect_column_values_to_be_between", {"column": "vote", "min_value": 6, "mostly": 0.67}),
    ("expect_column_values_to_be_in_set", {"column": "year", "value_set": [1962, 1963]}),
    ("expect_column_values_to_not_be_in_set", {"column": "year", "value_set": [1962]}),
    (
        "expect_column_pair_values_a_to_be_greater_than_b",
        {"column_A": "votes", "column_B": "year", "ignore_row_if": "either_value_is_missing"},
    ),
    ("expect_column_pair_values_to_be_equal", {"column_A": "vote", "column_B": "votes"}),
    (
        "expect_column_pair_values_to_be_in_set",
        {"column_A": "vote", "column_B": "votes", "value_pairs_set": [[7.2, 10]]},
    ),
    ("expect_multicolumn_sum_to_equal", {"column_list": ["vote", "votes"], "sum_total": 17.2}),
    (
        "expect_multicolumn_sum_to_equal",
        {
            "column_list": ["vote", "votes"],
            "sum_total": 17.2,
            "mostly": 0.2,
            "ignore_row_if": "any_value_is_missing",
        },
    ),
    ("expect_multicolumn_values_to_be_equal", {"column_list": ["vote", "votes", "year"]}),
    (
        "expect_column_values_to_not_be_null",
        {"column": "vote", "row_condition": 'col("year") > 1962'},
    ),
]
"""Of the types that pandas finds: what GX says of one frame is what batches must come to."""


@pytest.mark.parametrize("size", [1, 2, 100])
def test_batches_come_to_what_gx_says_of_the_whole(
    films: Manifest, size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    checks = [planned(number, *case) for number, case in enumerate(CASES)]
    source = new_context().data_sources.add_pandas("whole").add_dataframe_asset("all")
    frame = pd.DataFrame(ROWS, columns=list(COLUMNS)).replace("", None)
    frame = frame.astype({"year": float, "vote": float, "votes": float})
    batch = source.add_batch_definition_whole_dataframe("all").get_batch({"dataframe": frame})
    whole = validate(batch, checks, {check.check_id: check.kwargs for check in checks})
    monkeypatch.setattr(landing_frames, "BATCH_RECORDS", size)
    wanted = {e.check.check_id: e for e in whole}
    found = evaluate(films, checks)
    assert [e.check for e in found] == checks
    for evaluation in found:
        gx = wanted[evaluation.check.check_id]
        assert (evaluation.success, evaluation.elements, evaluation.unexpected) == (
            gx.success,
            gx.elements,
            gx.unexpected,
        ), evaluation.check
    assert {e.success for e in found} == {True, False}


def test_every_row_expectation_of_pandas_is_in_batches_or_named_as_one_of_the_whole() -> None:
    by_batch = {expectation for expectation, _ in CASES}
    for name, entry in expectations().items():
        if entry.looks_at_rows and "pandas" in entry.engines:
            whole = entry.sees is Sees.WHOLE
            assert name in by_batch or whole or entry.traits.as_texts, name


@pytest.mark.parametrize("size", [1, 3, 100])
def test_texts_are_checked_as_they_were_landed(
    films: Manifest, size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(landing_frames, "BATCH_RECORDS", size)
    regex = one(films, "expect_column_values_to_match_regex", column="code", regex="^0")
    assert (regex.unexpected, regex.examples) == (5, ("7", "11", "12"))
    codes = ["007", "7", "010"]
    in_set = one(films, "expect_column_values_to_be_in_set", column="code", value_set=codes)
    assert in_set.unexpected == 4
    lengths = one(films, "expect_column_value_lengths_to_equal", column="year", value=4)
    assert (lengths.success, lengths.elements, lengths.missing) == (True, 7, 1)
    unique = one(films, "expect_column_values_to_be_unique", column="code")
    assert (unique.unexpected, unique.examples) == (2, ("11",))
    both = one(films, "expect_compound_columns_to_be_unique", column_list=["name", "year"])
    assert both.unexpected == 2
    missing = one(films, "expect_column_values_to_not_be_null", column="name")
    assert missing.unexpected == 1  # "NA" is a text


def test_a_missing_value_is_an_example_once_and_not_a_number(films: Manifest) -> None:
    for column in ("vote", "name"):
        found = one(films, "expect_column_values_to_be_in_set", column=column, value_set=["x"])
        assert None not in found.examples  # it is passed over
        found = one(films, "expect_column_values_to_not_be_null", column=column)
        assert found.examples == (None,)
    both = {"column_list": ["vote", "votes"]}
    found = one(films, "expect_multicolumn_sum_to_equal", **both, sum_total=17.2)
    assert found.examples[:2] == ({"vote": None, "votes": 20.0}, {"vote": 6.5, "votes": 30.0})


def test_aggregates_see_all_parts(films: Manifest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(landing_frames, "BATCH_RECORDS", 2)
    highest = one(films, "expect_column_max_to_be_between", column="vote", max_value=9)
    assert (highest.success, highest.observed) == (False, 9.9)
    mean = one(films, "expect_column_mean_to_be_between", column="votes", min_value=36.6)
    assert mean.success
    distinct = one(
        films, "expect_column_unique_value_count_to_be_between", column="code", min_value=6
    )
    assert distinct.observed == 6


def test_a_sum_of_whole_numbers_goes_beyond_64_bits(warehouse_db: str, tmp_path: Path) -> None:
    """As PostgreSQL's does: pandas' own begins again at the least number."""
    parts = [csv_of([(2**63 - 1, 1), (2**63 - 1, None)], ("a", "b")), csv_of([(1, 2)], ("a", "b"))]
    layout = RecordLayout(format="csv", columns=("a", "b"))
    manifest = land(context(warehouse_db, tmp_path), layout, parts)
    name = "expect_column_sum_to_be_between"
    for column, total in (("a", 2**64 - 1), ("b", 3)):
        found = one(manifest, name, column=column, min_value=0)
        assert (found.success, found.observed) == (True, total)


def test_the_count_is_the_manifests_and_the_shape_that_of_the_header(films: Manifest) -> None:
    assert one(films, "expect_table_row_count_to_equal", value=7).success
    assert not one(films, "expect_table_row_count_to_be_between", min_value=8).success
    filtered = {"value": 2, "row_condition": 'col("year") == 1962'}
    assert one(films, "expect_table_row_count_to_equal", **filtered).success
    assert one(
        films, "expect_table_columns_to_match_ordered_list", column_list=list(COLUMNS)
    ).success
    assert one(films, "expect_column_to_exist", column="vote").success
    assert not one(films, "expect_column_to_exist", column="rating").success


def test_a_column_that_a_csv_does_not_have_is_an_error_of_the_gate(films: Manifest) -> None:
    for expectation in ("expect_column_values_to_not_be_null", "expect_column_values_to_be_unique"):
        with pytest.raises(CheckCrashed, match='"rating" in BatchData does not exist'):
            one(films, expectation, column="rating")


def test_dates_are_compared_as_iso_texts(warehouse_db: str, tmp_path: Path) -> None:
    records = [{"day": "2026-01-31"}, {"day": "2025-12-31"}, {"day": None}, {}]
    manifest = land(
        context(warehouse_db, tmp_path), RecordLayout(format="jsonl"), [jsonl_of(records)]
    )
    found = one(
        manifest, "expect_column_values_to_be_in_set", column="day", value_set=[date(2026, 1, 31)]
    )
    assert (found.elements, found.missing, found.unexpected) == (4, 2, 1)
    assert found.examples == ("2025-12-31",)


def test_json_is_read_from_its_path_compressed_or_not(
    warehouse_db: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(landing_frames, "BATCH_RECORDS", 2)
    pages = [
        {"results": [{"id": 1, "genres": [1, 2]}, {"id": 2, "title": "B\x00"}]},
        {"results": [{"id": 2, "title": None, "late": True}]},
    ]
    layout = RecordLayout(format="jsonl", compression="gzip", records_path="results")
    manifest = land(context(warehouse_db, tmp_path), layout, [(jsonl_of(pages)[0], 3)])
    titles = one(manifest, "expect_column_values_to_not_be_null", column="title")
    assert (titles.elements, titles.unexpected) == (3, 2)
    assert one(manifest, "expect_column_values_to_be_unique", column="id").unexpected == 2
    assert one(manifest, "expect_column_to_exist", column="late").success
    ids = one(manifest, "expect_column_values_to_match_regex", column="id", regex=r"^\d$")
    assert (ids.success, ids.elements) == (True, 3)
    odd = one(manifest, "expect_column_values_to_not_match_regex", column="title", regex="^B")
    assert odd.examples == ("B␀",)
    never = one(manifest, "expect_column_values_to_be_null", column="never_there")
    assert (never.success, never.elements) == (True, 3)


@pytest.mark.parametrize("layout", [LAYOUT, RecordLayout(format="jsonl")], ids=["csv", "jsonl"])
@pytest.mark.parametrize("parts", [[], [b""], [b"header"]], ids=["no part", "empty", "header"])
def test_a_landing_without_records_is_checked_all_the_same(
    warehouse_db: str, tmp_path: Path, layout: RecordLayout, parts: list[bytes]
) -> None:
    if layout.format == "csv" and parts == [b""]:
        pytest.skip("a CSV part has a header")
    header = b"code,name,year,vote,votes\n" if layout.format == "csv" else b""
    manifest = land(context(warehouse_db, tmp_path), layout, [(header, 0) for _ in parts])
    checks = [
        planned(0, "expect_column_values_to_not_be_null", {"column": "vote"}),
        planned(1, "expect_column_values_to_match_regex", {"column": "code", "regex": "x"}),
        planned(2, "expect_column_values_to_be_unique", {"column": "code"}),
        planned(3, "expect_table_row_count_to_be_between", {"min_value": 1}),
    ]
    found = evaluate(manifest, checks)
    assert [e.success for e in found] == [True, True, True, False]


def test_without_checks_nothing_is_evaluated(films: Manifest) -> None:
    assert evaluate(films, []) == []


def test_encodings_and_dialects_are_the_layouts(warehouse_db: str, tmp_path: Path) -> None:
    data = "Marque;Total\n'Étoile; noire';1\n'x';2\n".encode("cp1252")
    layout = RecordLayout(
        format="csv", encoding="cp1252", delimiter=";", quote="'", columns=("Marque", "Total")
    )
    manifest = land(context(warehouse_db, tmp_path), layout, [(data, 2)])
    found = one(
        manifest, "expect_column_values_to_be_in_set", column="Marque", value_set=["Étoile; noire"]
    )
    assert (found.elements, found.unexpected) == (2, 1)


@pytest.mark.parametrize(
    ("layout", "data"),
    [
        (RecordLayout(format="csv", columns=("a",)), b'a\n"never closed\n'),
        (RecordLayout(format="csv", columns=("a",)), b"a\n\xff\xfe\n"),
        (RecordLayout(format="jsonl", records_path="results"), b'{"results": [\n'),
        (RecordLayout(format="csv", columns=("a",), compression="gzip"), b"a\n1\n"),
    ],
    ids=["quote", "bytes", "json", "gzip"],
)
def test_a_part_that_cannot_be_read_is_rejected(
    warehouse_db: str, tmp_path: Path, layout: RecordLayout, data: bytes
) -> None:
    manifest = land(context(warehouse_db, tmp_path), layout, [(data, 1)])
    if layout.compression == "gzip":
        part = manifest.parts[0]
        path = Path(manifest.uri) / part.name
        path.write_bytes(b"x" * part.bytes)
    with pytest.raises(DataRejected, match=manifest.parts[0].name):
        one(manifest, "expect_column_values_to_not_be_null", column="a")


def test_a_line_that_is_no_record_is_left_to_the_cleaning(
    warehouse_db: str, tmp_path: Path
) -> None:
    manifest = land(
        context(warehouse_db, tmp_path),
        RecordLayout(format="jsonl"),
        [(b'{"a": 1}\n{"a":\n7\n{"a": 1, "a": 2}\n', 4)],
    )
    found = one(manifest, "expect_column_values_to_not_be_null", column="a")
    assert (found.elements, found.unexpected) == (4, 3)


def test_an_object_with_a_key_twice_is_the_text_that_it_is(
    warehouse_db: str, tmp_path: Path
) -> None:
    lines = b'{"a": {"k": 1, "l": {"k": 1, "k": 2}}, "b": [{"k": 1, "k": 2}]}\n'
    layout = RecordLayout(format="jsonl")
    manifest = land(context(warehouse_db, tmp_path), layout, [(lines, 1)])
    (frame,) = landing_frames.frames(manifest, ["a", "b"], text=True)
    assert frame.to_dict("records") == [
        {"a": '{"k": 1, "l": {"k": 1, "k": 2}}', "b": '[{"k": 1, "k": 2}]'}
    ]


def test_numbers_of_json_are_checked_as_they_were_written(
    warehouse_db: str, tmp_path: Path
) -> None:
    lines = b'{"a": 1.10}\n{"a": 1234567890.12345678}\n{"a": 1e-7}\n'
    layout = RecordLayout(format="jsonl")
    manifest = land(context(warehouse_db, tmp_path), layout, [(lines, 3)])
    written = r"^(?:1\.10|1234567890\.12345678|1e-7)$"
    assert one(manifest, "expect_column_values_to_match_regex", column="a", regex=written).success
    assert one(manifest, "expect_column_max_to_be_between", column="a", min_value=1e9).success


LONG = [{"id": number, "text": "ab" * 5_000} for number in range(20)]


@pytest.mark.parametrize("compression", ["none", "gzip"])
@pytest.mark.parametrize("format_", ["csv", "jsonl", "pages"])
def test_frames_of_long_records_are_small(
    format_: str,
    compression: Any,
    warehouse_db: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Those side by side have the same records, and what small parts have stays in small frames."""
    layout, parts = RecordLayout(format="jsonl", compression=compression), [jsonl_of(LONG)]
    if format_ == "csv":
        layout = RecordLayout(format="csv", compression=compression, columns=("id", "text"))
        parts = [csv_of([list(one.values()) for one in LONG], layout.columns)]
    if format_ == "pages":
        layout = RecordLayout(format="jsonl", compression=compression, records_path="a")
        parts = [(jsonl_of([{"a": LONG[at : at + 4]}])[0], 4) for at in range(0, 20, 4)]
    manifest = land(context(warehouse_db, tmp_path), layout, parts)

    def read() -> list[pd.DataFrame]:
        found = landing_frames.read_mixed_frames(manifest, texts=["text"], others=["id"])
        return list(found)

    (whole,) = read()
    monkeypatch.setattr(landing_frames, "MOST_BYTES", 50_000)
    monkeypatch.setattr(gathered_frames, "MOST_BYTES", 50_000)
    found = read()
    assert [len(frame) for frame in found] == [4] * 5
    pd.testing.assert_frame_equal(pd.concat(found, ignore_index=True), whole)


def test_a_part_that_is_gone_is_reported(films: Manifest) -> None:
    (Path(films.uri) / films.parts[1].name).unlink()
    with pytest.raises(LakeError, match="missing"):
        one(films, "expect_column_values_to_not_be_null", column="vote")


def test_a_part_that_was_changed_after_it_was_landed_goes_no_further(
    warehouse_db: str, tmp_path: Path, films: Manifest
) -> None:
    step = GateStep(layer=Layer.BRONZE, table=FILMS, checks=())
    handed = context(warehouse_db, tmp_path)
    assert gate.run(step, handed).rows_out == films.records
    part = Path(films.uri) / films.parts[1].name
    part.chmod(0o644)
    part.write_bytes(part.read_bytes().swapcase())
    with pytest.raises(LakeError, match=r"(?s)part-1 was changed.*clear the land task"):
        gate.run(step, handed)


def test_an_example_is_a_value_as_its_owner_knows_it() -> None:
    """pandas gives numbers of numpy's, and NaN for what is missing."""
    import numpy as np

    assert repr(presentable([np.float64(9.0), np.float64("nan")])) == "[9.0, None]"
    assert repr(presentable({"a": np.int64(4)})) == "{'a': 4}"


def test_a_record_that_is_nested_too_deep_is_the_data_s(warehouse_db: str, tmp_path: Path) -> None:
    deep = b'{"a": 1, "b": ' + b"[" * 5_000 + b"]" * 5_000 + b"}\n"
    layout = RecordLayout(format="jsonl")
    manifest = land(context(warehouse_db, tmp_path), layout, [(deep, 1)])
    check = planned("a", "expect_column_values_to_not_be_null", {"column": "a"})
    with pytest.raises(DataRejected, match=f"{manifest.parts[0].name} has a record .* too deep"):
        evaluate(manifest, [check])
