"""More files as people send them, each loaded by the spec that `new` wrote without a flag: other
encodings, archives, formats, and files of a pattern that differ."""

from __future__ import annotations

import csv
import gzip
import io
import json
import tarfile
import zipfile
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import openpyxl
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tests.cli.test_new_everyday import (
    CURRENCIES,
    HEADER,
    PLAIN,
    PYTHON,
    RATES,
    RECORDS,
    SCALED,
    SCALES,
    USUAL,
    YEARS_2024,
    Rows,
    Shape,
    csv_text,
    hold_published,
    one,
    python_values,
    rates,
    scaled,
    typed,
    wide_years,
    with_pandas,
    with_totals,
    without_totals,
)
from tests.docs.pages import Project

SIGNED = PLAIN + "\nfin du fichier\n"
GROUPED = "shop;2024;;2025;\nname;paid;cash;paid;cash\n" + "".join(
    f"S{n};{n};{n + 1};{n + 2};{n + 3}\n" for n in range(1, 20)
)
FRENCH = PLAIN.replace("the", "Forêt de Nîmes, garçon")
SHORT_YEARS = "id;signed on\n" + "".join(
    f"{n};{n % 28 + 1:02}/{n % 12 + 1:02}/{(60 + n) % 100:02}\n" for n in range(1, 41)
)
FILMS = ("Amélie", "L'été", "Zoé", "Heat")
FIXED = "# made by hand\nCODE  FILM       AMOUNT\n" + "".join(
    f"{n:04}  {FILMS[n % 4]:<11}{n * 7:>6}\n" for n in range(1, 31)
) + "Total           3255\n"  # fmt: skip
NOTES = ("", "seen by Ana", "to check")
CUT_OFF = "".join(
    f"{n:04}  {n * 7:>6}  {NOTES[n % 3]}".rstrip() + "\n" for n in range(1, 31)
)  # fmt: skip


def grouped() -> Rows:
    return [
        (row[0], *map(int, row[1:]))
        for row in list(csv.reader(io.StringIO(GROUPED), delimiter=";"))[2:]
    ]


def in_encoding(encoding: str, text: str = FRENCH) -> Shape:
    return Shape(
        one(text, encoding), USUAL,
        lambda: typed(with_pandas(text.encode(encoding).decode(encoding))),
        says=(f"encoding: {encoding}",),
    )  # fmt: skip


def short_years() -> Rows:
    """Nothing was signed in the future."""
    found = []
    for n, text in list(csv.reader(io.StringIO(SHORT_YEARS), delimiter=";"))[1:]:
        day, month, short = map(int, text.split("/"))
        century = 1900 if 2000 + short > datetime.now(UTC).year else 2000
        found.append((int(n), date(century + short, month, day)))
    return found


def zip_of(name: str, content: bytes) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr(name, content)
    return target.getvalue()


def tarred() -> bytes:
    target = io.BytesIO()
    half = len(RECORDS) // 2
    with tarfile.open(fileobj=target, mode="w:gz") as archive:
        for name, rows in (("2026/a.csv.gz", RECORDS[:half]), ("2026/b.csv.gz", RECORDS[half:])):
            content = gzip.compress(csv_text(HEADER, rows, ";").encode())
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return target.getvalue()


RENAMED = {
    "o_2024.csv": "".join(["Ref;Montant\n", *(f"{n};{n}.50\n" for n in range(1, 21))]).encode(),
    "o_2025.csv": "".join(
        ["Montant;Référence;Canal\n", *(f"{n}.25;{n};web\n" for n in range(21, 41))]
    ).encode(),
}


def renamed() -> Rows:
    frames = [pd.read_csv(io.BytesIO(content), sep=";", dtype=str) for content in RENAMED.values()]
    frames[0] = frames[0].rename(columns={"Ref": "Référence"})
    return [
        (int(r["Référence"]), Decimal(r["Montant"]), None if pd.isna(r["Canal"]) else r["Canal"])
        for _, r in pd.concat(frames).iterrows()
    ]


MARKS = {
    "s_2024.csv": ("Ventes\n\nRéf;Montant\n" + "".join(
        f"{n};{n},50\n" for n in range(1, 21))).encode("cp1252"),
    "s_2025.csv": ("Code,Montant\n" + "".join(f"C{n},{n}.25\n" for n in range(1, 21))).encode(),
}  # fmt: skip


def with_marks() -> Rows:
    old = pd.read_csv(io.BytesIO(MARKS["s_2024.csv"]), sep=";", skiprows=2, decimal=",",
                      encoding="cp1252")  # fmt: skip
    new = pd.read_csv(io.BytesIO(MARKS["s_2025.csv"]))
    return [*((Decimal(f"{m:.2f}"), None) for m in old["Montant"]),
            *((Decimal(f"{m:.2f}"), c) for c, m in new.itertuples(index=False))]  # fmt: skip


XML = "<?xml version='1.0' encoding='ISO-8859-15'?><catalogue><made>2026</made>" + "".join(
    f"<book isbn='{n}'><title>Livre {n} à 5 €</title><author>A{n}</author>"
    f"{'<author>B</author>' if n % 3 == 0 else ''}</book>" for n in range(1, 31)
) + "</catalogue>"  # fmt: skip


def from_xml() -> Rows:
    root = ElementTree.fromstring(XML.encode("iso-8859-15"))  # noqa: S314  # written above
    return [
        (int(book.attrib["isbn"]), book.findtext("title"), [a.text for a in book.iter("author")])
        for book in root.iter("book")
    ]


DOCUMENT = json.dumps({"meta": {"made": "2026", "notes": [1, 2]}, "data": {"items": [
    {"id": n, "name": f"né {n} " + "x" * 600, "price": n + 0.5} for n in range(1, 1001)
]}, "end": True}, ensure_ascii=False)  # fmt: skip
"""Longer than what `new` looks at of a file."""
JSON_LINES = "".join(json.dumps({"Ref" if n < 10 else "Référence": n, "Montant": n * 2}) + "\n"
                     for n in range(1, 31))  # fmt: skip


KEYED = json.dumps({"made": "2026", "data": {
    f"{letter}X": {"capital": f"Ville {letter}", "population": 1000 + n, "cities": [{"n": n}]}
    for n, letter in enumerate("ABCDEFGHIJKL")
}})  # fmt: skip
NUMBERS = json.dumps({"base": "EUR", "rates": {
    "USD": 1.085, "JPY": 160.25, "SEK": 10.9815, "CHF": 0.9412, "NOK": 11.25, "GBP": 0.8571,
}})  # fmt: skip


def from_keyed() -> Rows:
    found = json.loads(KEYED)["data"]
    return [(key, one["capital"], one["population"]) for key, one in found.items()]


def from_document() -> Rows:
    return [(r["id"], r["name"], r["price"]) for r in json.loads(DOCUMENT)["data"]["items"]]


def from_json_lines() -> Rows:
    rows = [json.loads(line) for line in JSON_LINES.splitlines()]
    return [(row.get("Ref") or row["Référence"], row["Montant"]) for row in rows]


def as_parquet(**columns: list[Any]) -> bytes:
    target = io.BytesIO()
    pq.write_table(pa.table(columns), target)
    return target.getvalue()


PARQUET = {
    "p_2024.parquet": as_parquet(id=[1, 2, 3], name=["a", "b", "c"]),
    "p_2025.parquet": as_parquet(id=[4, 5], name=["d", "e"], colour=["red", "blue"]),
}


def from_parquet() -> Rows:
    frames = [pd.read_parquet(io.BytesIO(content)) for content in PARQUET.values()]
    return [
        (i, n, None if pd.isna(c) else c) for i, n, c in pd.concat(frames).itertuples(index=False)
    ]


YEARS_PARQUET = as_parquet(
    country=["FR", "DE"], **{str(year): [year / 2, None] for year in range(2023, 2027)}
)


def years_of_parquet() -> Rows:
    wide = pd.read_parquet(io.BytesIO(YEARS_PARQUET))
    long = wide.melt(id_vars="country", var_name="year", value_name="value")
    return [(c, int(y), None if pd.isna(v) else v) for c, y, v in long.itertuples(index=False)]


def book(*sheets: Iterable[Sequence[Any]]) -> bytes:
    made = openpyxl.Workbook()
    for number, lines in enumerate(sheets):
        sheet = made.active if number == 0 else made.create_sheet()
        for line in lines:
            sheet.append(list(line))
    target = io.BytesIO()
    made.save(target)
    return target.getvalue()


def cells_of(content: bytes, first: int) -> list[tuple[Any, ...]]:
    return list(openpyxl.load_workbook(io.BytesIO(content)).active.iter_rows(
        min_row=first, values_only=True))  # fmt: skip


def book_of(text: str) -> bytes:
    """A CSV as a workbook, numbers as numbers."""
    rows = list(csv.reader(io.StringIO(text)))
    number = lambda cell: float(cell) if cell.replace(".", "", 1).isdigit() else cell or None  # noqa: E731
    return book([rows[0], *([number(cell) for cell in row] for row in rows[1:])])


def excel(content: bytes, columns: str, wanted: Callable[[], Rows], *says: str) -> Shape:
    return Shape({"a.xlsx": content}, columns, wanted, path="a.xlsx", says=says)


STOCK = [[f"A{n}", n, n + 0.25] for n in range(1, 31)]
HEADERLESS = book(STOCK)
TWO_ROWS = book([["", "2024", ""], ["shop", "paid", "cash"],
                 *([f"S{n}", n, n + 1] for n in range(1, 31))])  # fmt: skip
TITLED = book([["Stock"], [], ["article", "n", "price"], *STOCK, ["as counted by hand"]])
OF_2024 = book([["id", "article"], *([n, f"a{n}"] for n in range(1, 21))])
OF_2025 = book([["article", "colour", "id"], *([f"b{n}", "red", n + 100] for n in range(1, 21))])
TITLED_2025 = book([["Sales of 2025"], [], ["shop", "sold"], *([f"S{n}", n] for n in range(1, 21))])


def stock(content: bytes, first: int) -> Rows:
    return [(a, n, Decimal(str(p))) for a, n, p in cells_of(content, first)[:30]]


MORE: dict[str, Shape] = {
    "a signature at the end": Shape(
        one(SIGNED), USUAL, lambda: typed(with_pandas(PLAIN)), says=("skip_footer: 1",)
    ),
    "a delimiter at the end of the header alone": Shape(
        one(PLAIN.replace("\n", ";\n", 1)), USUAL, lambda: typed(with_pandas(PLAIN)),
        says=("trailing_delimiter: true",),
    ),
    "one gzip in a zip": Shape(
        {"a.zip": zip_of("2026.csv.gz", gzip.compress(PLAIN.encode()))}, USUAL,
        lambda: typed(with_pandas(PLAIN)), path="a.zip", says=('member: "*.csv.gz"',),
    ),
    "two header rows": Shape(
        one(GROUPED), "shop_name, n_2024_paid, n_2024_cash, n_2025_paid, n_2025_cash", grouped,
        says=("header_row: [1, 2]",),
    ),
    "cp850": in_encoding("cp850"),
    "Mac Roman": in_encoding("mac-roman"),
    "ISO-8859-15": in_encoding("iso8859-15", FRENCH.replace("garçon", "cœur à 5 €")),
    "UTF-16": in_encoding("utf-16"),
    "years of two digits": Shape(
        one(SHORT_YEARS), "id, signed_on", short_years, says=("pivot_year:",)
    ),
    "gzip in a tar": Shape(
        {"a.tar.gz": tarred()}, USUAL, lambda: typed(with_pandas(PLAIN)), path="a.tar.gz",
        says=('member: "*.csv.gz"',),
    ),
    "a field that was renamed": Shape(
        RENAMED, "reference, montant, canal", renamed, path="o_*.csv",
        says=("union_by_name: true", "from: [Référence, Ref]", "optional: true"),
    ),
    "a decimal mark of a layout": Shape(
        MARKS, "montant, code", with_marks, path="s_*.csv", says=('decimal: ","',)
    ),
    "fixed width": Shape(
        one(FIXED, "cp1252", "a.txt"), "code, film, amount",
        lambda: [
            (a, b, int(c)) for a, b, c in pd.read_fwf(
                io.BytesIO(FIXED.encode("cp1252")), colspecs=[(0, 4), (6, 17), (17, 23)],
                skiprows=2, skipfooter=1, header=None, dtype=str, encoding="cp1252",
            ).itertuples(index=False)
        ],
        path="a.txt",
        says=("format: fixed_width", "columns: {", "skip_rows: 2", "footer: ^Total",
              'comment: "#"', "encoding: windows-1252"),
    ),
    "fixed width whose blanks were cut off": Shape(
        one(CUT_OFF, name="a.txt"), "column_1, column_2, coalesce(column_3, '')",
        lambda: [
            (line[:4], int(line[6:12]), line[14:].strip()) for line in CUT_OFF.splitlines()
        ],
        path="a.txt", says=("pad_short_rows: true",),
    ),
    "XML": Shape(
        one(XML, "iso8859-15", "a.xml"), "isbn, title, author", from_xml, path="a.xml",
        says=("record: /catalogue/book", "lists: [author]"),
    ),
    "a long JSON document": Shape(
        one(DOCUMENT, name="a.json"), "id, name, price", from_document, path="a.json",
        says=("records: data.items",),
    ),
    "one record of JSON": Shape(
        one('{"id": 7, "name": "Zoé", "tags": ["a", "b"]}', name="a.json"), "id, name, tags",
        lambda: [(7, "Zoé", ["a", "b"])], path="a.json", says=("single_record: true",),
    ),
    "JSON with a record under each key": Shape(
        one(KEYED, name="a.json"), "key, capital, population", from_keyed, path="a.json",
        says=("records: data", "keys_as: key"),
    ),
    "JSON of numbers under their keys": Shape(
        one(NUMBERS, name="a.json"), "key, value",
        lambda: list(json.loads(NUMBERS)["rates"].items()), path="a.json",
        says=("records: rates", "keys_as: key", "values_as: value"),
    ),
    "Parquet whose columns drift": Shape(
        PARQUET, "id, name, colour", from_parquet, path="p_*.parquet",
        says=("union_by_name: true", "optional: true"),
    ),
    "Parquet of years": Shape(
        {"y.parquet": YEARS_PARQUET}, "country, year, value", years_of_parquet, path="y.parquet",
        says=("unpivot:",),
    ),
    "JSON whose field was renamed": Shape(
        one(JSON_LINES, name="a.jsonl"), "reference, montant", from_json_lines, path="a.jsonl",
        says=("from: [Référence, Ref]",),
    ),
    "a workbook without a header": excel(
        HEADERLESS, "column_1, column_2, column_3", lambda: stock(HEADERLESS, 1), "header: false"
    ),
    "a workbook with two header rows": excel(
        TWO_ROWS, "shop, n_2024_paid, n_2024_cash", lambda: cells_of(TWO_ROWS, 3),
        "header_row: [1, 2]",
    ),
    "a workbook with a note at the end": excel(
        TITLED, "article, n, price", lambda: stock(TITLED, 4), "skip_rows: ", "skip_footer: 1"
    ),
    "a workbook of years": excel(
        book_of(YEARS_2024), "country, unit, year, value", wide_years, "unpivot:"
    ),
    "a workbook of many columns alike": excel(
        book_of(RATES.replace(",\n", "\n")), "date, usd, sek", rates,
        f"- fields: [{', '.join(CURRENCIES)}]",
    ),
    "a workbook of Python's lists": excel(
        book_of(PYTHON), "id, tags, extra", python_values, "format: python"
    ),
    "a workbook with a scale": excel(
        book_of(SCALED), "country, amount, right(country, 0)",
        lambda: [(c, a, "") for c, a, _ in scaled(SCALED, SCALES)], "scale: {from: Unit,",
    ),
    "a workbook with totals": excel(
        book_of(with_totals("shop {} Total", 1)), "receipt, shop, amount",
        lambda: without_totals(with_totals("shop {} Total", 1)), "filter: ",
    ),
    "workbooks whose columns drift": Shape(
        {"w_2024.xlsx": OF_2024, "w_2025.xlsx": OF_2025}, "id, article, colour",
        lambda: [(n, a, None) for n, a in cells_of(OF_2024, 2)]
        + [(n, a, c) for a, c, n in cells_of(OF_2025, 2)],
        path="w_*.xlsx", says=("union_by_name: true", "optional: true"),
    ),
    "workbooks of two layouts": Shape(
        {"w_2024.xlsx": OF_2024, "w_2025.xlsx": TITLED_2025}, "id, article, shop, sold",
        lambda: [(n, a, None, None) for n, a in cells_of(OF_2024, 2)]
        + [(None, None, s, n) for s, n in cells_of(TITLED_2025, 4)],
        path="w_*.xlsx", says=("layouts:", "skip_rows: "),
    ),
}  # fmt: skip


@pytest.fixture
def project(warehouse_db: str, tmp_path: Path) -> Project:
    (tmp_path / "specs").mkdir()
    return Project(root=tmp_path, url=warehouse_db)


def test_more_files_are_published_as_another_reader_reads_them(
    project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    hold_published(project, MORE, capsys)
