"""Files as people send them, from the project's folder to published rows."""

from __future__ import annotations

import gzip
import io
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest
import yaml
from tests.docs.pages import Project
from tests.steps.staged import query

ROWS = [("1", "Amélie"), ("2", "Ørsta; 2"), ("3", "")]
CSV = 'id;name\n1;Amélie\n2;"Ørsta; 2"\n3;\n'


def workbook(*lines: list[Any]) -> bytes:
    book = openpyxl.Workbook()
    for line in lines:
        book.active.append(line)
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


SHEET = [["Report"], [], [None, "film", None], ["id", "n", "n"], [1, "Amélie", 5]]
SHAPES: dict[str, tuple[str, bytes, dict[str, Any], dict[str, Any] | None]] = {
    "title_lines": (
        "a.csv", f'Films "2026\r\n\r\n{CSV}'.encode("utf-8-sig"),
        {"skip_rows": 2}, {"skiprows": 2},
    ),
    "no_header": (
        "a.csv", CSV.partition("\n")[2].encode(),
        {"header": False, "column_names": ["id", "name"]}, {"names": ["id", "name"]},
    ),
    "two_header_rows": (
        "a.csv", CSV.replace("id;name", "x\n;film\nid;n").encode(),
        {"header_row": [2, 3]}, None,
    ),
    "footer": (
        "a.csv.gz", gzip.compress(f"{CSV}\nTotal;3\nby Ana\n".encode()),
        {"footer": "^(Total|Sum);"}, {"skipfooter": 3, "engine": "python", "compression": "gzip"},
    ),
    "counted_footer": (
        "a.csv", f"{CSV}Total;3\nby Ana".encode("utf-16"),
        {"skip_footer": 2}, {"skipfooter": 2, "engine": "python", "encoding": "utf-16"},
    ),
    "comments": (
        "a.csv", f'# "x\n{CSV}# y;z;1\n'.encode(),
        {"comment": "#"}, {"comment": "#"},
    ),
    "escapes": (
        "a.csv", 'id;name\n1;Amélie\n2;Ørsta\\; 2\n3;\n'.encode(),
        {"escape": "\\", "quote": "none"}, {"escapechar": "\\", "quoting": 3},
    ),
    "short_rows": ("a.csv", CSV.replace("3;", "3").encode(), {"pad_short_rows": True}, {}),
    "trailing_delimiters": (
        "a.csv", CSV.replace("\n", ";\n").encode(),
        {"trailing_delimiter": True}, {"usecols": ["id", "name"]},
    ),
    "names_twice": ("a.csv", CSV.replace("id;name", "n;n").encode(), {}, None),
    "excel": (
        "a.xlsx", workbook(*SHEET, [2, "Ørsta; 2"], [3], [], ["Total", 5]),
        {"format": "excel", "header_row": [3, 4], "footer": "^Total"}, None,
    ),
    "excel_without_header": (
        "a.xlsx", workbook(["Report"], [1, "Amélie"], [2, "Ørsta; 2"], [3]),
        {"format": "excel", "skip_rows": 1, "header": False, "column_names": ["id", "name"]}, None,
    ),
}  # fmt: skip
NAMES = {
    "two_header_rows": ("id", "film n"),
    "names_twice": ("n", "n_2"),
    "excel": ("id", "film n"),
}


@pytest.fixture
def project(warehouse_db: str, tmp_path: Path) -> Project:
    return Project(root=tmp_path, url=warehouse_db)


def dataset(project: Project, name: str, said: dict[str, Any], **columns: Any) -> dict[str, Any]:
    ids, names = NAMES.get(name, ("id", "name"))
    own = {
        "number": {"from": ids, "type": "bigint"},
        "title": {"from": names, "type": "text", "null_values": []},
    }
    return {
        "description": "A file.",
        "source": {"type": "file", "path": f"include/data/shop/{name}/{said.pop('file')}", **said},
        "bronze": {"checks": [{"not_null": {"column": ids}}]},
        "silver": {"primary_key": ["number"], "columns": columns or own},
    }


def write(project: Project, datasets: dict[str, Any]) -> None:
    spec = {"description": "Files as people send them.", "owner": "shop", "datasets": datasets}
    text = yaml.safe_dump(spec, allow_unicode=True, sort_keys=False)
    project.write("specs/shop/files.yaml", text)
    assert project.problems() == []


def test_tables_of_every_shape_are_published_as_another_reader_reads_them(project: Project) -> None:
    datasets = {}
    for name, (file, content, said, elsewhere) in SHAPES.items():
        project.write(f"include/data/shop/{name}/{file}", content)
        datasets[name] = dataset(project, name, {"file": file, **said})
        if elsewhere is not None:
            options = {"sep": ";", "dtype": str, "keep_default_na": False, **elsewhere}
            frame = pd.read_csv(io.BytesIO(content), **options).fillna("")
            assert list(frame[["id", "name"]].itertuples(index=False, name=None)) == ROWS, name
    write(project, datasets)
    results = project.run("shop.files")
    for name in SHAPES:
        wanted = [(int(number), title) for number, title in ROWS]
        rows = f"SELECT number, coalesce(title, '') FROM silver_shop.{name} ORDER BY number"
        assert query(project.url, rows) == wanted, name
        assert results[f"{name}.clean"].rows_quarantined == 0
    assert results["footer.land"].details["footer_records"] == 2


def test_a_broken_record_is_quarantined_with_its_line_in_the_file(project: Project) -> None:
    text = 'Films\nid;name\n#\n1;"a\n\nb"\n2;c;d\n#\n\n3\n4;e\nTotal\n'
    project.write("include/data/shop/broken/a.csv", text)
    said = {"file": "a.csv", "skip_rows": 1, "comment": "#", "footer": "^Total"}
    write(project, {"broken": dataset(project, "broken", said)})
    result = project.run("shop.files")["broken.clean"]
    assert (result.rows_in, result.rows_out, result.rows_quarantined) == (4, 2, 2)
    rejects = "SELECT reasons, record FROM quarantine_silver_shop.broken ORDER BY reasons"
    assert query(project.url, rejects) == [
        (["line 10: it has 1 fields, the header has 2"], {"_line": 10, "_text": "3"}),
        (["line 7: it has 3 fields, the header has 2"], {"_line": 7, "_text": "2;c;d"}),
    ]
