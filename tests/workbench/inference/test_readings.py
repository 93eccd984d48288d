"""What a column becomes by its texts. Each row of the table is a field of one file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import pytest

from medallion.workbench.inference.readings import Hints, Reading, read_field
from medallion.workbench.inference.sample import Field

MANY = [str(number) for number in range(1, 61)]

FIELDS: Mapping[str, tuple[Sequence[str], Mapping[str, Any]]] = {
    "whole": (["1", "-2", "30"], {"type": "integer"}),
    "large": (["1", "9000000000"], {"type": "bigint"}),
    "code": (["01", "75001", "2"], {"type": "text"}),
    "phone": (["+33612345678", "+33712345678"], {"type": "text"}),
    "amount": (["1.5", "20.25", "3"], {"type": "decimal(18,2)"}),
    "rate": (["0.12345", "1"], {"type": "decimal(18,5)"}),
    "comma": (
        ["1234,5", "2,25"],
        {"type": "decimal(18,2)", "clean": [{"number": {"decimal": ","}}]},
    ),
    "french": (
        ["1 234,5", "1 000 000,25", "3"],
        {"type": "decimal(18,2)", "clean": [{"number": {"decimal": ",", "thousands": " "}}]},
    ),
    "english": (
        ["1,234.5", "1,000,000", "3"],
        {"type": "decimal(18,2)", "clean": [{"number": {"decimal": ".", "thousands": ","}}]},
    ),
    "money": (["$1,234.50", "$3.00"], {"type": "decimal(18,2)", "clean": ["money"]}),
    "euro": (["3 €", "1,5 EUR"], {"type": "decimal(18,2)", "clean": ["money"]}),
    "study": (["PAL0708", "PAL0809", "PAL0910"], {"type": "text"}),
    "quarter": (["Q1", "Q2", "Q3"], {"type": "text"}),
    "brackets": (
        ["(1 234)", "5", "6"],
        {"type": "decimal(18,2)",
         "clean": [{"number": {"decimal": ".", "thousands": " ", "brackets": True}}]},
    ),
    "brackets of money": (["($1,234.50)", "$3"], {"type": "decimal(18,2)", "clean": ["money"]}),
    "thousands by letters": (
        ["1.5k", "2M", "900"],
        {"type": "decimal(18,2)",
         "clean": [{"number": {"decimal": ".", "suffixes": {"M": 1_000_000, "k": 1000}}}]},
    ),
    "dollars by letters": (
        ["$2M", "($1.5M)"],
        {"type": "decimal(18,2)",
         "clean": [{"replace": {"pattern": "\\$\\s*", "with": ""}},
                   {"number": {"decimal": ".", "brackets": True, "suffixes": {"M": 1_000_000}}}]},
    ),
    "metres": (["12 M", "3.5 M"], {"type": "text"}),
    "kelvin": (["273.15K", "12.5K"], {"type": "text"}),
    "doors": (["3B", "12", "4B"], {"type": "text"}),
    "millimetres": (["5 mm", "6.5 mm"], {"type": "text"}),
    "percent": (["12.5 %", "3 %"], {"type": "decimal(18,3)", "clean": ["percent"]}),
    "tiny": (["1e-7", "2.5e3"], {"type": "double"}),
    "flag": (["true", "false"], {"type": "boolean"}),
    "oui": (["Oui", "Non"], {"type": "boolean", "clean": ["boolean"]}),
    "bit": (["0", "1"], {"type": "integer"}),
    "day": (["2026-01-31", "2025-12-01"], {"type": "date"}),
    "jour": (["31/01/2026", "01/02/2026"], {"type": "date", "format": "%d/%m/%Y"}),
    "us": (["01/31/2026", "02/01/2026"], {"type": "date", "format": "%m/%d/%Y"}),
    "tag": (["31.01.2026", "1.2.2026"], {"type": "date", "format": "%-d.%-m.%Y"}),
    "date_key": (["20260131", "20260201"], {"type": "date", "format": "%Y%m%d"}),
    "digits": (["20260131", "20260201"], {"type": "integer"}),
    "time": (["10:00", "23:59:59"], {"type": "time"}),
    "at": (["2026-01-31 10:00:00", "2026-01-31 11:00"], {"type": "timestamp"}),
    "zoned": (["2026-01-31T10:00:00Z", "2026-01-31T11:00+02:00"], {"type": "timestamptz"}),
    "moment": (["31/01/2026 10:00"], {"type": "timestamp", "format": "%d/%m/%Y %H:%M"}),
    "uuid": (["123e4567-e89b-12d3-a456-426614174000"], {"type": "uuid"}),
    "python": (["['a', None]", "{'b': 1}"], {"type": "json", "format": "python"}),
    "tuples": (["(48.85, 2.35)", "()", "('a',)"], {"type": "json", "format": "python"}),
    "structure": (['["a"]', '{"b": null}'], {"type": "json"}),
    "title": (["Alien", " Heat  2 "], {"type": "text", "clean": ["trim", "squeeze"]}),
    "blank": (["1 ", " 2"], {"type": "integer", "clean": ["trim"]}),
    "blank_amount": (["1.5 ", " 2.345", "3"], {"type": "decimal(18,3)", "clean": ["trim"]}),
    "computed": (["40300.619960000004", *MANY], {"type": "double"}),
    "version": (["3.12.15"], {"type": "text"}),
    "gaps": (["1", "", "2"], {"type": "integer", "nullable": True}),
    "words": (
        ["1", "n/a", "2"],
        {"type": "integer", "nullable": True, "null_values": ["", "n/a"]},
    ),
    "said_none": (["None", "Some"], {"type": "text"}),
    "nearly": ([*MANY, "x"], {"type": "integer"}),
    "empty": (["", ""], {"type": "text", "nullable": True}),
}  # fmt: skip


def field(name: str, texts: Sequence[str], **more: str) -> Field:
    found = Counter(text for text in texts if text)
    return Field(name=name, records=len(texts), texts=dict(found), **more)


NOTHING = Hints()


def read(name: str, hints: Hints = NOTHING) -> Reading:
    return read_field(field(name, FIELDS[name][0]), hints)


@pytest.mark.parametrize("name", FIELDS)
def test_a_field_is_read_as_its_texts_say(name: str) -> None:
    assert read(name).said == FIELDS[name][1]


def test_the_evidence_counts_values() -> None:
    assert read("jour").evidence == "2 of 2 values read as a date as %d/%m/%Y"


@pytest.mark.parametrize(
    ("day_first", "written"), [(None, "%d/%m/%Y"), (True, "%d/%m/%Y"), (False, "%m/%d/%Y")]
)
def test_days_and_months_that_could_be_either_are_a_guess(
    day_first: bool | None, written: str
) -> None:
    reading = read_field(field("d", ["01/02/2026", "03/04/2026"]), Hints(day_first=day_first))
    assert reading.said["format"] == written
    assert len(reading.guesses) == (day_first is None)


def test_a_comma_before_three_digits_is_what_the_file_says() -> None:
    either = field("n", ["1,234", "5,678"])
    comma = read_field(either, Hints(decimal_comma=True))
    assert comma.said["clean"] == [{"number": {"decimal": ","}}]
    point = read_field(either, Hints())
    assert point.said["clean"] == [{"number": {"decimal": ".", "thousands": ","}}]
    assert comma.guesses
    assert point.guesses


def test_a_point_stays_the_decimal_mark_of_numbers_with_blanks() -> None:
    blanks = field("n", ["1.5 ", " 2.345", "3"])
    for comma in (False, True):
        assert read_field(blanks, Hints(decimal_comma=comma)).said["clean"] == ["trim"]


def test_years_of_two_digits_are_not_in_the_future() -> None:
    born = [f"{n % 28 + 1:02}/{n % 12 + 1:02}/{40 + n}" for n in range(50)]
    said = read_field(field("born", born), NOTHING).said
    assert said["format"] == "%d/%m/%y"
    assert said["pivot_year"] == datetime.now(UTC).year - 99
    paid = [f"{n % 28 + 1:02}/{n % 12 + 1:02}/2{n % 5}" for n in range(50)]
    assert "pivot_year" not in read_field(field("paid", paid), NOTHING).said


def test_what_goes_to_quarantine_is_shown() -> None:
    reading = read("nearly")
    assert reading.refused == 1
    assert reading.guesses == ("records that go to quarantine: 1, with 'x'",)


@pytest.mark.parametrize(
    ("texts", "said"),
    [
        (["$5.00", "€7", "9 EUR"], ("$, €",)),
        (["5 CHF", "7 €", "8 $"], ("CHF, €, $",)),
        (["3 €", "1,5 EUR", "7"], ()),
        (["$5", "US$7", "8 USD"], ()),
        (["5 ¥", "7 JPY"], ()),
    ],
)
def test_a_second_currency_is_a_guess(texts: list[str], said: tuple[str, ...]) -> None:
    reading = read_field(field("price", texts), NOTHING)
    assert reading.said["clean"] == ["money"]
    assert [one for one in reading.guesses if "currencies" in one] == [
        f"amounts in several currencies ({signs}): `money` keeps the number alone" for signs in said
    ]


def test_factors_of_letters_are_a_guess() -> None:
    assert read("thousands by letters").guesses == (
        "numbers are multiplied: M by 1,000,000, k by 1,000",
    )
    assert sorted(read("thousands by letters").values) == [900, 1500, 2_000_000]
    assert sorted(read("dollars by letters").values) == [-1_500_000, 2_000_000]
    assert -1234 in read("brackets").values


def test_times_get_the_zone_that_is_known() -> None:
    reading = read("moment", Hints(timezone="Europe/Paris"))
    assert reading.said == {
        "type": "timestamptz", "format": "%d/%m/%Y %H:%M", "timezone": "Europe/Paris",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("texts", "kind", "said"),
    [
        (["[1, 2]", "[]"], "array", {"type": "bigint[]"}),
        (['["a"]', '["b", "c"]'], "array", {"type": "text[]"}),
        (['[{"a": 1}]'], "array", {"type": "json"}),
        (['{"a": 1}'], "object", {"type": "json"}),
    ],
)
def test_values_of_json_are_lists_or_json(
    texts: Sequence[str], kind: str, said: Mapping[str, Any]
) -> None:
    assert read_field(field("j", texts, of_json=kind), Hints()).said == said


def test_parquet_knows_its_types() -> None:
    for held, wanted in (("BIGINT", "bigint"), ("DECIMAL(9,3)", "decimal(9,3)"),
                         ("INTEGER[]", "integer[]"), ("STRUCT(a INTEGER)", "json")):  # fmt: skip
        assert read_field(field("p", ["1"], held=held), Hints()).said == {"type": wanted}


def test_long_texts_are_texts_and_long_json_is_json() -> None:
    """Of a million characters: to look for the shape of an amount in them would take hours."""
    long = [f"{number} lorem ipsum " * 70_000 for number in range(3)]
    assert read_field(field("story", long), NOTHING).said["type"] == "text"
    documents = [f'{{"story": "{text}"}}' for text in long]
    assert read_field(field("story", documents), NOTHING).said["type"] == "json"
