"""Files as people send them, each loaded by the spec that `new` wrote without a flag: what is
published is what another reader finds in the file. None of the readers here is Medallion's."""

from __future__ import annotations

import ast
import csv
import io
import json
import zipfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest
import yaml
from tests.docs.pages import Project
from tests.steps.staged import query

from medallion.cli.__main__ import main

Rows = list[tuple[Any, ...]]
NAMES = ("Amélie", "Zoé, Bob", "Ørsta", 'the "Owl"', "L'Épée")


def amount(text: str) -> Decimal:
    """As a person reads it: 1 234,50."""
    return Decimal(text.replace(" ", "").replace(",", "."))


def day(text: str) -> date:
    first, month, year = map(int, text.split("/"))
    return date(year, month, first)


def csv_text(header: Iterable[str] | None, rows: Iterable[Sequence[str]], delimiter: str) -> str:
    target = io.StringIO()
    writer = csv.writer(target, delimiter=delimiter, lineterminator="\n")
    writer.writerows([header] if header else [])
    writer.writerows(rows)
    return target.getvalue()


RECORDS = [
    (str(n), NAMES[n % 5], f"{n * 37 // 10},{n % 10}5", f"{n % 28 + 1:02}/{n % 12 + 1:02}/2026")
    for n in range(1, 41)
]
HEADER = ("N°", "Article", "Montant", "Date")
PLAIN = csv_text(HEADER, RECORDS, ";")


def with_pandas(text: str, **said: Any) -> pd.DataFrame:
    options = {"sep": ";", "dtype": str, "keep_default_na": False, **said}
    return pd.read_csv(io.StringIO(text), **options)


def typed(frame: pd.DataFrame) -> Rows:
    return [(int(n), name, amount(a), day(d)) for n, name, a, d in frame.itertuples(index=False)]


@dataclass(frozen=True)
class Shape:
    """Files, the columns to look at, the pattern, and what another reader finds."""

    files: dict[str, bytes]
    columns: str
    wanted: Callable[[], Rows]
    path: str = "a.csv"
    says: tuple[str, ...] = ()
    """What the spec has to say."""


def one(text: str, encoding: str = "utf-8", name: str = "a.csv") -> dict[str, bytes]:
    return {name: text.encode(encoding)}


USUAL = "n, article, montant, date"
TITLES = "Ventes 2026\nédité le 05/01/2026;\n\nService: compta\n;;;\nconfidentiel\n"
COMMENTED = "# export\n" + PLAIN.replace("\n7;", "\n# a note; of somebody\n7;")
SHORT = "id;article;note\n" + "".join(
    f"{n};{NAMES[n % 5].replace(chr(34), '')}{';seen' if n % 3 else ''}\n" for n in range(1, 41)
)
TWICE = csv_text(
    ("id", "amount", "amount", ""), [(n, f"{n}.50", str(int(n) * 2), "x") for n, *_ in RECORDS], ","
)
YEARS_2024 = "country,unit,2021,2022,2023\nFR,M,1.5,2.25,3\nDE,K,7.125,,9\nBE,M,4,5,6\n"
DRIFTED = {
    "v_2024.csv": csv_text(("id", "article"), [(n, "a" + n) for n, *_ in RECORDS], ",").encode(),
    "v_2025.csv": csv_text(
        ("article", "colour", "id"), [("b" + n, "red", str(int(n) + 100)) for n, *_ in RECORDS], ","
    ).encode(),
}
TAGS = [["new", "it's"], [], ["old"]]
PYTHON = csv_text(
    ("id", "tags", "extra"),
    [(n, str(TAGS[int(n) % 3]), str({"n": int(n), "ok": True, "none": None})) for n, *_ in RECORDS],
    ",",
)


def short_rows() -> Rows:
    lines = SHORT.splitlines()[1:]
    cells = [line.split(";") for line in lines]
    return [(int(row[0]), row[1], row[2] if len(row) > 2 else None) for row in cells]


def wide_years() -> Rows:
    frame = pd.read_csv(io.StringIO(YEARS_2024), dtype=str).melt(["country", "unit"])
    return [
        (c, u, int(y), None if pd.isna(v) else Decimal(v))
        for c, u, y, v in frame.itertuples(index=False)
    ]


def zipped() -> bytes:
    target = io.BytesIO()
    half = len(RECORDS) // 2
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("readme.md", "two files")
        archive.writestr("2026/a.csv", csv_text(HEADER, RECORDS[:half], ";"))
        archive.writestr("2026/b.csv", csv_text(HEADER, RECORDS[half:], ";"))
    return target.getvalue()


def unzipped() -> Rows:
    with zipfile.ZipFile(io.BytesIO(zipped())) as archive:
        texts = [archive.read(f"2026/{name}.csv").decode() for name in "ab"]
    return [row for text in texts for row in typed(with_pandas(text))]


def damaged_workbook() -> bytes:
    """Excel read 05/01/2026 as a date, and left 13/01/2026, which it could not read, a text."""
    book = openpyxl.Workbook()
    book.active.append(["id", "paid on", "code"])
    for n in range(1, 41):
        text = f"{n % 28 + 1:02}/01/2026"
        cell: Any = date(2026, 1, n % 28 + 1) if n % 28 < 12 else text
        book.active.append([n, cell, "1-Mar" if n % 9 == 0 else f"{n}-A"])
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def from_workbook() -> Rows:
    sheet = openpyxl.load_workbook(io.BytesIO(damaged_workbook())).active
    return [
        (n, cell.date() if isinstance(cell, datetime) else day(cell), code)
        for n, cell, code in sheet.iter_rows(min_row=2, values_only=True)
    ]


CURRENCIES = ("USD", "JPY", "BGN", "CZK", "DKK", "GBP", "HUF", "PLN", "SEK")
RATES = "Date," + ",".join(CURRENCIES) + ",\n" + "".join(
    f"2026-01-{n:02}," + "".join(
        "N/A," if (n + at) % 7 == 0 else f"{n}.{at}{n:03}," for at, _ in enumerate(CURRENCIES)
    ) + "\n"
    for n in range(1, 29)
)  # fmt: skip


def rates() -> Rows:
    frame = pd.read_csv(io.StringIO(RATES), dtype=str, keep_default_na=False)
    return [
        (date.fromisoformat(d), *(None if v == "N/A" else Decimal(v) for v in (usd, sek)))
        for d, usd, sek in frame[["Date", "USD", "SEK"]].itertuples(index=False)
    ]


STRAY = "id;size\n" + "".join(f'{n};{n}" bolt\n{n + 100};"A" grade {n}\n' for n in range(1, 30))
ESCAPED = "id;size\n" + "".join(f'{n};"{n}\\" bolt; \\\\o/"\n' for n in range(1, 30))


def with_quotes(text: str, **said: Any) -> Rows:
    rows = list(csv.reader(io.StringIO(text), delimiter=";", **said))[1:]
    return [(int(n), size) for n, size in rows]


def two_sheets() -> bytes:
    book = openpyxl.Workbook()
    for month, sheet in (("Jan", book.active), ("Feb", book.create_sheet("Feb"))):
        sheet.title = month
        sheet.append(["id", "paid"])
        for n in range(1, 21):
            sheet.append([n, n + 0.25])
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def from_sheets() -> Rows:
    book = openpyxl.load_workbook(io.BytesIO(two_sheets()))
    return [
        (sheet.title, n, Decimal(str(paid)))
        for sheet in book
        for n, paid in sheet.iter_rows(min_row=2, values_only=True)
    ]


def titled_workbook() -> bytes:
    """A title, who made it and when, a table that begins in column B, a total, a note."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet["A1"], sheet["A2"], sheet["B2"] = "Stock", "printed on", date(2026, 1, 5)
    for at, name in enumerate(("article", "pieces", "value"), start=2):
        sheet.cell(4, at, name)
    for n in range(1, 31):
        for at, value in enumerate((f"A{n:03}", n, n + 0.5), start=2):
            sheet.cell(4 + n, at, value)
    sheet["B35"], sheet["C35"], sheet["D35"] = "Total", 465, 480
    sheet["B36"] = "as counted by hand"
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def from_titled() -> Rows:
    sheet = openpyxl.load_workbook(io.BytesIO(titled_workbook())).active
    return [
        (article, pieces, Decimal(str(value)))
        for article, pieces, value in sheet.iter_rows(
            min_row=5, max_row=34, min_col=2, max_col=4, values_only=True
        )
    ]


SCALES = {"MIL": 1_000_000, "THS": 1000, "UNIT": 1}
SCALED = csv_text(
    ("country", "day", "Unit", "amount"),
    [(f"C{n}", f"2026-01-{n % 28 + 1:02}", list(SCALES)[n % 3], f"{n}.25") for n in range(1, 41)],
    ",",
)
IN_EUR = SCALED.replace("MIL", "MIO_EUR").replace("THS", "THS_USD").replace("UNIT", "EUR")


def scaled(text: str, factors: dict[str, int]) -> Rows:
    return [
        (row["country"], Decimal(row["amount"]) * factors[row["Unit"]], row["Unit"][-3:])
        for row in csv.DictReader(io.StringIO(text))
    ]


def with_totals(label: str, in_column: int) -> str:
    """Below every ten records their sum, and the sum of all at the end."""
    lines, whole = [], Decimal(0)
    for n in range(1, 41):
        lines.append([str(n), f"shop {n % 10}", f"{n}.50"])
        whole += Decimal(f"{n}.50")
        if n % 10 == 0:
            block = sum((Decimal(one[2]) for one in lines if one[0].isdigit()), Decimal(0))
            before = sum((Decimal(one[2]) for one in lines if one[0] == "sum"), Decimal(0))
            lines.append(["sum", "", str(block - before)])
    lines.append(["sum", "", str(whole)])
    for line in lines:
        if line[0] == "sum":
            line[0], line[in_column] = "", label.format(len(line))
    return csv_text(("receipt", "shop", "amount"), lines, ",")


def without_totals(text: str) -> Rows:
    return [(int(r), s, Decimal(a)) for r, s, a in list(csv.reader(io.StringIO(text)))[1:]
            if "otal" not in r + s]  # fmt: skip


def python_values() -> Rows:
    rows = csv.DictReader(io.StringIO(PYTHON))
    literal = ast.literal_eval
    return [(int(r["id"]), literal(r["tags"]), literal(r["extra"])) for r in rows]


def by_hand(text: str) -> Rows:
    return [(int(n), name, amount(a), day(d)) for n, name, a, d in csv.reader(
        io.StringIO(text), delimiter=";")]  # fmt: skip


TWO_SYSTEMS = {
    "s_2024.csv": ("Ventes\n\n" + PLAIN + "Total;;1;\n").encode("cp1252"),
    "s_2025.csv": csv_text(
        ("ref", "city"), [(f"R{n}", NAMES[2]) for n, *_ in RECORDS], ","
    ).encode(),
}
SHAPES = {
    "six header lines": Shape(
        one(TITLES + PLAIN), USUAL, lambda: typed(with_pandas(PLAIN)), says=("skip_rows: 6",)
    ),
    "footer": Shape(
        one(PLAIN + "\nTotal;;1 234,50;\nédité par Ana\n"), USUAL,
        lambda: typed(with_pandas(PLAIN)), says=("footer: ^Total",),
    ),
    "headerless": Shape(
        one(PLAIN.partition("\n")[2]), "column_1, column_2, column_3, column_4",
        lambda: by_hand(PLAIN.partition("\n")[2]), says=("header: false",),
    ),
    "bom": Shape(one(PLAIN, "utf-8-sig"), USUAL, lambda: typed(with_pandas(PLAIN))),
    "windows-1252": Shape(
        one(PLAIN, "cp1252"), USUAL, lambda: typed(with_pandas(PLAIN)),
        says=("encoding: windows-1252",),
    ),
    "comment lines": Shape(
        one(COMMENTED), USUAL, lambda: typed(with_pandas(COMMENTED, comment="#")),
        says=('comment: "#"',),
    ),
    "short rows": Shape(
        one(SHORT), "id, article, note", short_rows, says=("pad_short_rows: true",)
    ),
    "duplicate headers": Shape(
        one(TWICE), "id, amount, amount_2, column_4",
        lambda: [
            (int(i), Decimal(a), int(b), x)
            for i, a, b, x in list(csv.reader(io.StringIO(TWICE)))[1:]
        ],
    ),
    "drifting years": Shape(
        DRIFTED, "id, article, colour",
        lambda: [
            (int(i), n, None if pd.isna(c) else c)
            for i, n, c in pd.concat(
                pd.read_csv(io.BytesIO(content), dtype=str) for content in DRIFTED.values()
            )[["id", "article", "colour"]].itertuples(index=False)
        ],
        path="v_*.csv", says=("union_by_name: true", "optional: true"),
    ),
    "wide years": Shape(
        one(YEARS_2024), "country, unit, year, value", wide_years, says=("unpivot:",)
    ),
    "two-member zip": Shape(
        {"a.zip": zipped()}, USUAL, unzipped, path="a.zip", says=('member: "*.csv"',)
    ),
    "dates damaged by Excel": Shape(
        {"a.xlsx": damaged_workbook()}, "id, paid_on, code", from_workbook, path="a.xlsx"
    ),
    "stray quotes": Shape(
        one(STRAY), "id, size", lambda: with_quotes(STRAY, quoting=csv.QUOTE_NONE),
        says=("quote: none",),
    ),
    "escapes": Shape(
        one(ESCAPED), "id, size", lambda: with_quotes(ESCAPED, escapechar="\\", doublequote=False),
        says=("escape: \\",),
    ),
    "two sheets": Shape(
        {"a.xlsx": two_sheets()}, "sheet, id, paid", from_sheets, path="a.xlsx",
        says=("sheet_column: sheet",),
    ),
    "many columns alike": Shape(
        one(RATES), "date, usd, sek", rates,
        says=("trailing_delimiter: true", f"- fields: [{', '.join(CURRENCIES)}]"),
    ),
    "Python's lists and dicts": Shape(
        one(PYTHON), "id, tags, extra", python_values, says=("format: python",)
    ),
    "a workbook with titles": Shape(
        {"a.xlsx": titled_workbook()}, "article, pieces, value", from_titled, path="a.xlsx",
        says=("range: B4", "footer: ^Total"),
    ),
    "scale in another column": Shape(
        one(SCALED), "country, amount, right(country, 0)",
        lambda: [(c, a, "") for c, a, _ in scaled(SCALED, SCALES)],
        says=("scale: {from: Unit, map: {MIL: 1000000, THS: 1000, UNIT: 1}}",),
    ),
    "scale and currency": Shape(
        one(IN_EUR), "country, amount, unit",
        lambda: scaled(IN_EUR, {"MIO_EUR": 1_000_000, "THS_USD": 1000, "EUR": 1}),
        says=("map: {MIO_EUR: 1000000, THS_USD: 1000, EUR: 1}}",),
    ),
    "totals in a column of numbers": Shape(
        one(with_totals("Sous-total", 0)), "receipt, shop, amount",
        lambda: without_totals(with_totals("Sous-total", 0)),
        says=("helper: true", "filter: "),
    ),
    "totals as Excel writes them": Shape(
        one(with_totals("shop {} Total", 1)), "receipt, shop, amount",
        lambda: without_totals(with_totals("shop {} Total", 1)),
        says=("filter: ", "Total\\\\s*$"),
    ),
    "two systems": Shape(
        TWO_SYSTEMS, "n, montant, ref, city",
        lambda: [(int(n), amount(a), None, None) for n, _, a, _ in RECORDS]
        + [(None, None, f"R{n}", NAMES[2]) for n, *_ in RECORDS],
        path="s_*.csv",
        says=("layouts:", "skip_rows: 2, footer: ^Total, delimiter: ;",
              "- {header_has: [ref, city]}"),
    ),
}  # fmt: skip


@pytest.fixture
def project(warehouse_db: str, tmp_path: Path) -> Project:
    (tmp_path / "specs").mkdir()
    return Project(root=tmp_path, url=warehouse_db)


def test_everyday_files_are_published_as_another_reader_reads_them(
    project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    hold_published(project, SHAPES, capsys)


def hold_published(
    project: Project, shapes: dict[str, Shape], capsys: pytest.CaptureFixture[str]
) -> None:
    """Each shape's files are loaded by the spec that `new` writes, without a flag."""
    for number, (name, shape) in enumerate(shapes.items()):
        folder = f"include/data/shop/{number}"
        for file, content in shape.files.items():
            project.write(f"{folder}/{file}", content)
        words = ["new", f"shop/f{number}", f"{folder}/{shape.path}", "--no-preview"]
        assert main([*words, "--root", str(project.root)]) == 0, (name, capsys.readouterr())
        text = (project.root / f"specs/shop/f{number}.yaml").read_text(encoding="utf-8")
        assert [one for one in shape.says if one not in text] == [], text
        project.run(f"shop.f{number}")
        silver = yaml.safe_load(text)["datasets"][f"f{number}"]["silver"]["columns"]
        hidden = [column for column, said in silver.items() if "classification" in said]
        found = query(project.url, f"SELECT {shape.columns} FROM silver_shop.f{number}")
        assert sort(found) == sort(shape.wanted()), (name, text)
        assert hidden == [], (name, text)
        rejects = f"SELECT count(*) FROM quarantine_silver_shop.f{number}"
        assert query(project.url, rejects) == [(0,)], name


def sort(rows: Rows) -> Rows:
    return sorted(rows, key=lambda row: json.dumps(row, default=str))
