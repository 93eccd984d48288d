"""A word of a column is held against each file's values: what a later file has that is no longer as
the word says goes to quarantine with the reason, is refused, or is warned about. Delimited text,
workbooks and JSON alike."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.docs.pages import Project
from tests.steps.staged import query
from tests.steps.test_shaped_files import workbook

from medallion.errors import DataRejected, MedallionError

DAY, UNITS = {"type": "date", "format": "%d/%m/%y"}, {"from": "Unit", "map": {"MIL": 1000}}
FORMATS = ("csv", "excel", "jsonl")


@dataclass(frozen=True, kw_only=True)
class Held:
    """A column; a value that is as it says, and one of a later file that is not.

    Attributes:
        silver: the column's declaration, and what else silver says.
        header: names of the file's columns, of which the first is the key.
        good: a record that is published.
        later: one that is not.
        expected: the reason in quarantine, in the log or in the refusal.
    """

    silver: dict[str, Any]
    header: tuple[str, ...]
    good: tuple[str, ...]
    later: tuple[str, ...]
    expected: str
    source: dict[str, Any] = field(default_factory=dict)
    formats: tuple[str, ...] = FORMATS


VALUES: dict[str, Held] = {
    "pivot_year": Held(
        silver={"columns": {"day": {**DAY, "pivot_year": 1927}}}, header=("id", "day"),
        good=("1", "05/01/27"), later=("2", "05/01/2026"),
        expected='day: "05/01/2026" is not a date',
    ),
    "format": Held(
        silver={"columns": {"tags": {"type": "json", "format": "python"}}}, header=("id", "tags"),
        good=("1", "['a', None]"), later=("2", '["a", null]'), expected="tags: ",
    ),
    "scale": Held(
        silver={"columns": {"n": {"type": "bigint", "scale": UNITS}}}, header=("id", "n", "Unit"),
        good=("1", "2", "MIL"), later=("2", "2", "TN"),
        expected='n: its unit, Unit "TN", is not among MIL',
    ),
    "filter": Held(
        silver={"filter": "line NOT LIKE 'Total%'", "columns": {
            "n": {"type": "bigint"}, "line": {"from": "n", "type": "text", "helper": True}}},
        header=("id", "n"), good=("1", "2"), later=("2", "Somme 4"), expected='n: "Somme 4" is not',
    ),
    "decimal": Held(
        source={"decimal": ","}, silver={"columns": {"n": {"type": "decimal(9,2)"}}},
        header=("id", "n"), good=("1", "2,5"), later=("2", "2.5"), formats=("csv",),
        expected='n: "2.5" is not a number written like 1234,5',
    ),
}  # fmt: skip
SHAPES: dict[str, Held] = {
    "from": Held(
        silver={"columns": {"n": {"from": ["Nombre", "n"], "type": "bigint"}}},
        header=("id", "n"), good=("1", "2"), later=("id", "Number"), formats=("csv", "excel"),
        expected="the file has no column 'Nombre' or 'n'; its header is 'id', 'Number'",
    ),
    "columns_like": Held(
        silver={"columns_like": [{"fields": ["USD", "JPY"], "type": "bigint"}]},
        header=("id", "USD", "JPY"), good=("1", "2", "3"), later=("id", "USD", "YEN"),
        formats=("csv", "excel"), expected="the file has no column 'JPY'; its header is",
    ),
    "optional": Held(
        silver={"columns": {"n": {"type": "bigint", "optional": True, "nullable": True}}},
        header=("id", "n"), good=("1", "2"), later=("id", "nombre"), formats=("csv", "excel"),
        expected="no file has the optional n ('n'), which is empty in all rows; fields that no "
        "column takes: nombre",
    ),
    "unpivot": Held(
        source={"unpivot": {"columns": "/^\\d{4}$/", "name": "year", "value": "n"}},
        silver={"columns": {"year": {"type": "integer"}, "n": {"type": "bigint"}}},
        header=("id", "2024"), good=("1", "2"), later=("id", "2024", "2025 (p)"),
        formats=("csv", "excel"),
        expected="'2025 (p)' is named like the columns that `unpivot` makes records of",
    ),
}  # fmt: skip
"""Those whose later file has another header; its record is `good`."""


def as_csv(rows: Sequence[Sequence[str]]) -> bytes:
    target = io.StringIO()
    csv.writer(target, delimiter=";", lineterminator="\n").writerows(rows)
    return target.getvalue().encode()


def as_lines(rows: Sequence[Sequence[str]]) -> bytes:
    header, *records = rows
    return "".join(
        json.dumps(dict(zip(header, row, strict=False))) + "\n" for row in records
    ).encode()


WRITE: dict[str, Callable[[Sequence[Sequence[str]]], bytes]] = {
    "csv": as_csv,
    "excel": lambda rows: workbook(*map(list, rows)),
    "jsonl": as_lines,
}


@pytest.fixture
def project(warehouse_db: str, tmp_path: Path) -> Project:
    return Project(root=tmp_path, url=warehouse_db)


def declare(project: Project, pipeline: str, cases: dict[str, Held]) -> None:
    datasets = {}
    for name, case in cases.items():
        columns = {"id": {"type": "bigint"}, **case.silver.get("columns", {})}
        datasets[name] = {
            "description": "A file.",
            "source": {"type": "file", "format": name.rpartition("_")[2],
                       "path": f"include/data/shop/{name}", **case.source},
            "silver": {**case.silver, "columns": columns},
        }  # fmt: skip
    spec = {"description": "Files.", "owner": "shop", "datasets": datasets}
    project.write(
        f"specs/shop/{pipeline}.yaml", yaml.safe_dump(json.loads(json.dumps(spec)), sort_keys=False)
    )


def of_formats(cases: dict[str, Held]) -> dict[str, Held]:
    return {f"{word}_{one}": case for word, case in cases.items() for one in case.formats}


def write(project: Project, name: str, rows: Sequence[Sequence[str]]) -> None:
    project.write(f"include/data/shop/{name}", WRITE[name.rpartition("_")[2]](rows))


def test_values_that_are_no_longer_as_a_word_says_are_quarantined(project: Project) -> None:
    cases = of_formats(VALUES)
    declare(project, "values", cases)
    for name, case in cases.items():
        write(project, name, [case.header, case.good, case.later])
    assert project.problems() == []
    project.run("shop.values")
    for name, case in cases.items():
        reasons = query(project.url, f"SELECT reasons FROM quarantine_silver_shop.{name}")
        assert len(reasons) == 1, (name, reasons)
        assert case.expected in reasons[0][0][0], (name, reasons)
        assert query(project.url, f"SELECT id FROM silver_shop.{name}") == [(1,)], name


@pytest.mark.parametrize("name", of_formats(SHAPES))
def test_a_header_that_is_no_longer_as_a_word_says_is_noticed(
    project: Project, caplog: pytest.LogCaptureFixture, name: str
) -> None:
    case = of_formats(SHAPES)[name]
    declare(project, "one", {name: case})
    write(project, name, [case.header, case.good])
    assert project.problems() == []
    project.run("shop.one")
    assert case.expected not in caplog.text
    write(project, name, [case.later, case.good])
    said = ""
    try:
        project.run("shop.one", day=1)
    except MedallionError as error:
        assert isinstance(error, DataRejected)
        said = error.problem
    assert case.expected in said + caplog.text


LATER_PLACES = {
    "fixed_width": (
        {"format": "fixed_width", "widths": {"id": 3, "pieces": 6, "cents": 6}},
        "".join(f"{n:03}{n % 7:>6}{n * 977:>6}\n" for n in range(1, 40)),
        "".join(f"{n:03}{n * 977:>6}{n % 7:>6}\n" for n in range(1, 40)),
    ),
    "headerless": (
        {"header": False, "column_names": ["id", "pieces", "cents"]},
        "".join(f"{n};{n % 7};{n * 977}\n" for n in range(1, 40)),
        "".join(f"{n};{n * 977};{n % 7}\n" for n in range(1, 40)),
    ),
}


def test_columns_that_nothing_names_are_held_against_the_landing_before(
    project: Project, caplog: pytest.LogCaptureFixture
) -> None:
    """Both have the same type, and a line the same length: only the values show it."""
    columns = {name: {"type": "bigint"} for name in ("id", "pieces", "cents")}
    datasets = {
        name: {
            "description": "A file.",
            "source": {"type": "file", "path": f"include/data/shop/{name}.txt", **said},
            "silver": {"columns": columns},
        }
        for name, (said, _, _) in LATER_PLACES.items()
    }
    spec = {"description": "Files.", "owner": "shop", "datasets": datasets}
    text = yaml.safe_dump(json.loads(json.dumps(spec)), sort_keys=False)
    project.write("specs/shop/places.yaml", text)
    for day, at in enumerate((1, 1, 2)):
        for name, content in LATER_PLACES.items():
            project.write(f"include/data/shop/{name}.txt", str(content[at]))
        caplog.clear()
        results = project.run("shop.places", day)
        found = [one.message for one in caplog.records if "changed places" in one.message]
        assert len(found) == (len(LATER_PLACES) if at == 2 else 0), (day, found)
    assert all("the values of 'pieces' look as those of 'cents' did" in one for one in found)
    assert "column_looks" not in results["headerless.land"].details
