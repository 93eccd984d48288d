"""docs/sources-file.md: its pipeline, on its files, ends in the tables that it promises."""

from __future__ import annotations

import gzip
import io
import re
import zipfile
from datetime import date
from pathlib import Path

import openpyxl
import yaml
from tests.docs.pages import Project
from tests.steps.staged import query

from medallion.spec.load.specs import load_all
from medallion.spec.sql.reader import sql_reader

ROW = re.compile(r"\| \d+ \|")
SECOND_FILE = "Filiale;Bon;Datum;Summe\nsüd;1;06.01.2026;12 €\n"


def test_the_pages_pipeline_runs_on_the_pages_files(
    project_root: Path, tmp_path: Path, warehouse_db: str
) -> None:
    page = (project_root / "docs" / "sources-file.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```(?:yaml|csv|json)\n(.*?)^```", page, re.DOTALL | re.MULTILINE)
    spec, csv, branches, articles = blocks[:4]
    sales = gzip.compress(csv.encode())
    files = {
        "specs/shop/sales.yaml": spec.encode(),
        "include/data/shop/sales/nord/2026-01-05.csv.gz": sales,
        "include/data/shop/sales/süd/2026-01-06.csv.gz": gzip.compress(SECOND_FILE.encode()),
        "include/data/shop/sales/süd/2025-12-31.csv.gz": b"not of the pattern",
        "include/data/shop/branches.jsonl": branches.encode(),
        "include/data/shop/articles.json": articles.encode(),
        "include/data/shop/targets.xlsx": workbook(page),
    }
    project = Project(root=tmp_path, url=warehouse_db)
    for name, content in files.items():
        project.write(name, content)
    assert project.problems() == []
    project.run("shop.sales")
    assert query(
        warehouse_db,
        "SELECT branch, receipt, sold_on::text, total::text, _bronze_part FROM silver_shop.sales"
        " ORDER BY 1, 2",
    ) == [
        ("nord", 1, "2026-01-05", "1234.50", 0),
        ("nord", 2, "2026-01-05", "7.00", 0),
        ("süd", 1, "2026-01-06", "12.00", 1),
    ]
    assert query(warehouse_db, "SELECT branch, city FROM silver_shop.branches ORDER BY 1") == [
        ("nord", "Kiel"),
        ("süd", None),
    ]
    assert query(
        warehouse_db, "SELECT article, price::text FROM silver_shop.articles ORDER BY 1"
    ) == [(1, "1.10"), (2, "12.00")]
    assert query(
        warehouse_db,
        "SELECT branch, month::text, target::text FROM silver_shop.targets ORDER BY 1",
    ) == [("nord", "2026-01-01", "1250.50"), ("süd", "2026-01-01", "900.00")]


def test_the_pages_other_pipelines_are_valid(project_root: Path, tmp_path: Path) -> None:
    page = (project_root / "docs" / "sources-file.md").read_text(encoding="utf-8")
    specs = [text for text in re.findall(r"^```yaml\n(.*?)^```", page, re.DOTALL | re.MULTILINE)
             if text.startswith("description:")]  # fmt: skip
    assert len(specs) > 1
    for number, text in enumerate(specs):
        path = tmp_path / str(number) / "specs" / "shop" / "sales.yaml"
        path.parent.mkdir(parents=True)
        path.write_text(text)
        root = tmp_path / str(number)
        assert load_all(root, sql_reader(root)).issues == ()


def workbook(page: str) -> bytes:
    """The sheet that the page shows as a table: its rows begin with their numbers."""
    book = openpyxl.Workbook()
    sheet = book.create_sheet("Targets")
    for number, *cells in (line.split("|")[1:-1] for line in page.splitlines() if ROW.match(line)):
        for column, text in zip("ABCD", cells, strict=True):
            if text.strip():
                sheet[f"{column}{int(number)}"] = value_of(text.strip())
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def value_of(text: str) -> object:
    if re.fullmatch(r"\d{4}-\d\d-\d\d", text):
        return date.fromisoformat(text)
    return float(text) if re.fullmatch(r"[\d.]+", text) else text


def test_the_pages_files_as_people_send_them_are_read(
    project_root: Path, tmp_path: Path, warehouse_db: str
) -> None:
    page = (project_root / "docs" / "sources-file.md").read_text(encoding="utf-8")
    project = Project(root=tmp_path, url=warehouse_db)
    spec, takings, tills = blocks_of(page, "## Files as people send them")
    project.write("specs/shop/desks.yaml", spec)
    project.write("include/data/shop/takings.csv", takings)
    project.write("include/data/shop/tills.txt", tills)
    spec, former, present = blocks_of(page, "## Files whose columns differ")
    project.write("specs/shop/orders.yaml", spec)
    project.write("include/data/shop/orders_2024.csv", former)
    project.write("include/data/shop/orders_2025.csv", present)
    spec, takings = blocks_of(page, "## Totals between the records")
    project.write("specs/shop/by_shop.yaml", spec.replace("  takings:", "  by_shop:"))
    project.write("include/data/shop/by_shop.csv", takings)
    assert project.problems() == []
    results = {**project.run("shop.desks"), **project.run("shop.orders")}
    counted = project.run("shop.by_shop")["by_shop.clean"]
    assert (counted.rows_discarded, counted.rows_quarantined) == (2, 0)
    found = "SELECT receipt, shop, amount::text FROM silver_shop.by_shop ORDER BY 1"
    assert query(warehouse_db, found) == [
        (1, "Kiel", "12.50"),
        (2, "Kiel", "7.00"),
        (3, "Lille", "5.00"),
    ]
    found = "SELECT receipt, note, cash::text, card::text FROM silver_shop.takings ORDER BY 1"
    assert query(warehouse_db, found) == [
        (1, "a gift;\n# not a comment", "12.50", "0.00"),
        (2, None, "7.00", None),
    ]
    assert query(warehouse_db, "SELECT till, place FROM silver_shop.tills ORDER BY 1") == [
        (1, '5" counter'),
        (2, 'Door "B'),
    ]
    found = "SELECT order_id, amount::text, channel FROM silver_shop.orders ORDER BY 1"
    assert query(warehouse_db, found) == [(1, "10.00", None), (2, "20.00", "web")]
    counted = {"footer_records": 2, "comment_lines": 1, "padded_records": 1}
    assert counted.items() <= results["takings.land"].details.items()


def test_the_pages_text_of_fixed_width_and_its_xml_are_read(
    project_root: Path, tmp_path: Path, warehouse_db: str
) -> None:
    page = (project_root / "docs" / "sources-file.md").read_text(encoding="utf-8")
    project = Project(root=tmp_path, url=warehouse_db)
    for name, heading in (("clearing.txt", "## Fixed width"), ("books.xml", "## XML")):
        spec, content = blocks_of(page, heading)[:2]
        project.write(f"specs/shop/{name[:5]}.yaml", spec)
        project.write(f"include/data/shop/{name}", content)
    assert project.problems() == []
    project.run("shop.clear")
    project.run("shop.books")
    assert query(warehouse_db, "SELECT payment, name, cents FROM silver_shop.clearing") == [
        ("000001", "Amélie", 1250),
        ("000002", None, 700),
    ]
    found = "SELECT isbn, title, authors, price::text, currency FROM silver_shop.books ORDER BY 1"
    assert query(warehouse_db, found) == [
        ("1", "Les Misérables", ["Hugo"], "12.50", "EUR"),
        ("2", "Good Omens", ["Gaiman", "Pratchett"], None, None),
    ]


def test_the_pages_objects_of_records_are_read(
    project_root: Path, tmp_path: Path, warehouse_db: str
) -> None:
    page = (project_root / "docs" / "sources-file.md").read_text(encoding="utf-8")
    project = Project(root=tmp_path, url=warehouse_db)
    _, spec, countries, rates = blocks_of(page, "## JSON\n")
    project.write("specs/shop/keyed.yaml", spec)
    project.write("include/data/shop/countries.json", countries)
    project.write("include/data/shop/rates.json", rates)
    assert project.problems() == []
    project.run("shop.keyed")
    found = "SELECT country, capital, currency FROM silver_shop.countries ORDER BY 1"
    assert query(warehouse_db, found) == [("FR", "Paris", "EUR"), ("SE", "Stockholm", "SEK")]
    found = "SELECT currency, rate::text FROM silver_shop.rates ORDER BY 1"
    assert query(warehouse_db, found) == [("SEK", "10.981500"), ("USD", "1.085000")]


def test_the_pages_files_of_several_layouts_are_read(
    project_root: Path, tmp_path: Path, warehouse_db: str
) -> None:
    page = (project_root / "docs" / "sources-file.md").read_text(encoding="utf-8")
    project = Project(root=tmp_path, url=warehouse_db)
    spec, former, present = blocks_of(page, "## Files of several layouts")
    project.write("specs/shop/sold.yaml", spec)
    project.write("include/data/shop/sold_2024.csv", former.encode("cp1252"))
    project.write("include/data/shop/sold_2025.csv", present)
    assert project.problems() == []
    project.run("shop.sold")
    found = "SELECT receipt, amount::text, shop FROM silver_shop.sold ORDER BY 1"
    assert query(warehouse_db, found) == [(1, "10.50", None), (2, "20.00", "Kiel")]


def zip_of(**members: str) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name, text in members.items():
            archive.writestr(f"2026/{name}.csv", text)
    return target.getvalue()


def book_of(**sheets: list[list[object]]) -> bytes:
    made = openpyxl.Workbook()
    made.remove(made.active)
    for name, rows in sheets.items():
        sheet = made.create_sheet(name.replace("_", "-"))
        for row in rows:
            sheet.append(row)
    target = io.BytesIO()
    made.save(target)
    return target.getvalue()


SHORT = {
    "## Archives: `member`": (
        {"receipts_1.zip": zip_of(a="id\n1\n", b="id\n2\n")}, {"id": "bigint"}, [(1,), (2,)],
    ),
    "## Columns that are records: `unpivot`": (
        {}, {"country": "text", "year": "integer", "amount": "decimal(9,2)"},
        [("DE", 2024, 700.0), ("DE", 2025, None), ("FR", 2024, 1.5), ("FR", 2025, 2.0)],
    ),
    "## JSON": (
        {"till_1.json": b'{"id": 1}', "till_2.json": b'{"id": 2}'}, {"id": "bigint"}, [(1,), (2,)],
    ),
    "## Fixed width": (
        {}, {"payment": "text", "name": "text", "cents": "bigint"},
        [("000001", "Amélie", 1250), ("000002", None, 700)],
    ),
    "## Excel": (
        {"till.xlsx": book_of(**{"2026_01": [["id"], [1]], "2026_02": [["id"], [2]],
                                 "notes": [["x"]]})},
        {"id": "bigint", "month": "text"}, [(1, "2026-01"), (2, "2026-02")],
    ),
}  # fmt: skip
"""By section, its example: a source alone. The files that the page does not show, the columns, and
what is published."""


def test_the_pages_short_examples_are_read(
    project_root: Path, tmp_path: Path, warehouse_db: str
) -> None:
    page = (project_root / "docs" / "sources-file.md").read_text(encoding="utf-8")
    project = Project(root=tmp_path, url=warehouse_db)
    spec, former = blocks_of(page, "## Text from older systems")
    project.write("specs/shop/former.yaml", spec)
    project.write("include/data/shop/former.txt", former.encode("cp850"))
    datasets = {}
    for number, (heading, (files, columns, _)) in enumerate(SHORT.items()):
        blocks = blocks_of(page, heading)
        (source,) = [yaml.safe_load(one)["source"] for one in blocks if one.startswith("source:")]
        path = Path(source["path"])
        shown = blocks[1] if heading == "## Fixed width" else blocks[0]
        for name, content in (files or {path.name: shown.encode()}).items():
            project.write(str(path.parent / name), content)
        datasets[f"d{number}"] = {"description": "Of the page.", "source": source, "silver": {
            "columns": {name: {"type": kind, "nullable": True} for name, kind in columns.items()}
        }}  # fmt: skip
    spec = {"description": "Of the page.", "owner": "shop", "datasets": datasets}
    project.write("specs/shop/short.yaml", yaml.safe_dump(spec, sort_keys=False))
    assert project.problems() == []
    project.run("shop.former")
    project.run("shop.short")
    assert query(warehouse_db, "SELECT article, name FROM silver_shop.former ORDER BY 1") == [
        (1, "thé; café"),
        (2, "forêt"),
    ]
    for number, (heading, (_, columns, rows)) in enumerate(SHORT.items()):
        names = ", ".join(columns)
        order = ", ".join(str(at) for at, _ in enumerate(columns, start=1))
        found = f"SELECT {names} FROM silver_shop.d{number} ORDER BY {order}"
        assert query(warehouse_db, found) == rows, heading


def blocks_of(page: str, heading: str) -> list[str]:
    """The examples of a section."""
    section = re.split(r"^## ", page.partition(heading)[2], maxsplit=1, flags=re.MULTILINE)[0]
    return re.findall(
        r"^```(?:yaml|csv|json|text|xml)\n(.*?)^```", section, re.DOTALL | re.MULTILINE
    )
