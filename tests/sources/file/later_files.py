"""By word of a file source and by format: a file as the spec says, and a later one that is not so,
with what its landing says of it."""

from __future__ import annotations

import gzip
import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq

ROWS = (
    "1;Alien;1979-05-25\n2;Heat;1995-12-15\n3;Jaws;1975-06-20\n4;Ran;1985-05-31\n5;M;1931-05-11\n"
)
HEADER = "id;title;released\n"
PLAIN = HEADER + ROWS
NAMES = ["id", "title", "released"]
LINES = (
    "0001Alien     00250\n0002Heat      00700\n0003Jaws      00100\n0004Ran       00300\n"
    "0005M         00400\n"
)
PLACES = {"id": [1, 4], "title": [5, 14], "cents": [15, 19]}
FRENCH = "id;ville\n1;Besançon\n2;Nîmes\n3;Orléans\n4;Évry\n5;Mâcon, été\n"


@dataclass(frozen=True, kw_only=True)
class Later:
    """A word, as it is said; a file that is so, and one that is not.

    Attributes:
        expected: what the landing says of the later file: in its refusal, or in a warning of its
            log, with the place.
        refused: whether it is refused; else it warns.
        name: of the file.
    """

    said: Mapping[str, Any]
    first: bytes
    later: bytes
    expected: str
    refused: bool = False
    name: str = "a.csv"
    beside: Mapping[str, bytes] = field(default_factory=dict)
    """Other files of the pattern, which stay as they are."""
    path: str = ""


def book(*lines: list[Any], title: str = "Sheet", more: Sequence[str] = ()) -> bytes:
    """A workbook; `more`: further sheets with the same rows."""
    made = openpyxl.Workbook()
    made.active.title = title
    for sheet in (made.active, *map(made.create_sheet, more)):
        for line in lines:
            sheet.append(line)
    target = io.BytesIO()
    made.save(target)
    return target.getvalue()


def zipped(**members: str) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name, text in members.items():
            archive.writestr(name.replace("_", "."), text)
    return target.getvalue()


def parquet(**columns: list[Any]) -> bytes:
    target = io.BytesIO()
    pq.write_table(pa.table(columns), target)
    return target.getvalue()


def text(said: dict[str, Any], first: str, later: str, expected: str, **more: Any) -> Later:
    return Later(said=said, first=first.encode(), later=later.encode(), expected=expected, **more)


def sheet(
    said: dict[str, Any], first: list[Any], later: list[Any], expected: str, **more: Any
) -> Later:
    said = {"format": "excel", **said}
    return Later(said=said, first=book(*first), later=book(*later), expected=expected,
                 name="a.xlsx", **more)  # fmt: skip


def places(said: dict[str, Any], first: str, later: str, expected: str, **more: Any) -> Later:
    said = {"format": "fixed_width", "columns": PLACES, **said}
    return text(said, first, later, expected, name="a.txt", **more)


UNPIVOT = {"columns": "/^\\d{4}$/", "name": "year", "value": "n"}
MONTHS = ("2026-02", "2026-03")
CELLS = [[1, "Alien", 2.5], [2, "Heat", 7.25], [3, "Jaws", 1.5], [4, "Ran", 3.25], [5, "M", 4.5]]
TOP = ["id", "title", "price"]
WITHOUT = {"header": False, "column_names": NAMES}
CASES: Mapping[tuple[str, ...], Later] = {
    ("skip_rows", "csv"): text(
        {"skip_rows": 1, **WITHOUT}, "Films\n" + ROWS, ROWS,
        "a.csv, line 1: what is above the header or the records looks like a record",
    ),
    ("skip_rows", "excel"): sheet(
        {"skip_rows": 1, **WITHOUT}, [["Films"], *CELLS], CELLS,
        "its sheet 'Sheet', row 1: what is above the header or the records looks like a record",
    ),
    ("skip_rows", "fixed_width"): places(
        {"skip_rows": 1}, "FILMS\n" + LINES, LINES,
        "a.txt, line 1: what is above the header or the records looks like a record",
    ),
    ("header_row", "csv"): text(
        {"header_row": [3]}, "Films\n\n" + PLAIN, "Films\n" + PLAIN,
        "a.csv, line 3: the header looks like a record",
    ),
    ("header_row", "excel"): sheet(
        {"header_row": [2, 3]}, [["Films"], ["", "of", "of"], TOP, *CELLS], [TOP, *CELLS],
        "its sheet 'Sheet', row 3: the header looks like a record",
    ),
    ("header", "csv"): text(
        dict(WITHOUT), ROWS, PLAIN, "a.csv, line 1: it has a header", refused=True
    ),
    ("header", "excel"): sheet(
        {"header": False, "column_names": TOP}, CELLS, [TOP, *CELLS],
        "its sheet 'Sheet', row 1: it has a header", refused=True,
    ),
    ("column_names", "csv"): text(
        dict(WITHOUT), ROWS, "1;Alien\n2;Heat\n",
        "3 columns have names, and no record has 3 fields", refused=True,
    ),
    ("column_names", "excel"): sheet(
        {"header": False, "column_names": TOP}, CELLS, [[1, "Alien"], [2, "Heat"]],
        "3 columns have names, and no record has 3 fields", refused=True,
    ),
    ("skip_footer", "csv"): text(
        {"skip_footer": 1}, PLAIN + "Total;3\n", PLAIN,
        "a.csv, line 6: a row of the footer looks like a record",
    ),
    ("skip_footer", "excel"): sheet(
        {"skip_footer": 1}, [TOP, *CELLS, ["Total", "", 11.25]], [TOP, *CELLS],
        "row 6: a row of the footer looks like a record",
    ),
    ("skip_footer", "fixed_width"): places(
        {"skip_footer": 1}, LINES + "T0003\n", LINES,
        "a.txt, line 5: a row of the footer looks like a record",
    ),
    ("footer", "csv"): text(
        {"footer": "^Total"}, PLAIN + "Total;3;\n", PLAIN, "a.csv: `footer` matches no row"
    ),
    ("footer", "excel"): sheet(
        {"footer": "^Total"}, [TOP, *CELLS, ["Total", "", 11.25]], [TOP, *CELLS],
        "a.xlsx: `footer` matches no row",
    ),
    ("footer", "fixed_width"): places(
        {"footer": "^T"}, LINES + "T0003\n", LINES, "a.txt: `footer` matches no row"
    ),
    ("comment", "csv"): text(
        {"comment": "#"}, "title;id;released\n# old\na;1;1979-05-25\nb;2;1995-12-15\n",
        "title;id;released\n#1 hit;1;1979-05-25\nb;2;1995-12-15\nc;3;1975-06-20\n",
        "a.csv, line 2: a comment looks like a record",
    ),
    ("comment", "fixed_width"): places(
        {"comment": "#", "columns": {"title": [1, 10], "cents": [11, 15]}},
        "# old\nAlien     00250\nHeat      00700\n",
        "#1 hit    00250\nHeat      00700\nJaws      00100\nRan       00300\n",
        "a.txt, line 1: a comment looks like a record",
    ),
    ("escape", "csv"): text(
        {"escape": "\\"}, 'id;path\n1;"a\\"b"\n', 'id;path\n1;"C:\\"\n',
        "the record from line 2 on", refused=True,
    ),
    ("quote", "csv"): text(
        {"quote": "none"}, 'id;size\n1;5" bolt\n2;x\n', 'id;size\n1;"a"\n2;"b"\n3;"c"\n4;"d"\n',
        'a.csv: " encloses fields, and stays in the values',
    ),
    ("delimiter", "csv"): text(
        {"delimiter": ";"}, PLAIN, PLAIN.replace(";", ","), "finds one column, ',' finds 3",
        refused=True,
    ),
    ("pad_short_rows", "csv"): text(
        {"pad_short_rows": True}, PLAIN + "4;Ran\n", HEADER + "1;Alien\n2;Heat\n",
        "a.csv: all 2 records are short, and filled up to 3 fields",
    ),
    ("pad_short_rows", "fixed_width"): places(
        {"pad_short_rows": True}, LINES + "0004Ran\n", "0001Alien\n0002Heat\n",
        "a.txt: no line is as long as `columns` say",
    ),
    ("trailing_delimiter", "csv"): text(
        {"trailing_delimiter": True}, PLAIN.replace("\n", ";\n"), PLAIN,
        "a.csv: no record ends in a delimiter",
    ),
    ("encoding", "csv"): Later(
        said={"encoding": "cp850"}, first=FRENCH.encode("cp850"), later=FRENCH.encode("cp1252"),
        expected="a.csv is read as cp850, as its `encoding` says, and looks like windows-1252",
    ),
    ("encoding", "fixed_width"): Later(
        said={"format": "fixed_width", "columns": {"id": [1, 1], "city": [3, 12]},
              "pad_short_rows": True, "skip_rows": 1, "encoding": "windows-1252"},
        first=FRENCH.encode("cp1252"), later=FRENCH.encode(), name="a.txt",
        expected="a.txt is not windows-1252: all of it is valid UTF-8", refused=True,
    ),
    ("columns", "fixed_width"): places(
        {}, LINES, "1 Alien 250\n2 Heat 700\n", "3 columns have names, and no record has 3 fields",
        refused=True,
    ),
    ("widths", "fixed_width"): text(
        {"format": "fixed_width", "widths": {"id": 4, "title": 10, "cents": 5}}, LINES,
        LINES.replace("\n", " EUR\n"), "no record has 3 fields", refused=True, name="a.txt",
    ),
    ("union_by_name", "csv"): text(
        {"union_by_name": True}, PLAIN, "title;id;colour\nRan;4;red\n",
        "a.csv: new columns 'colour'; without 'released'", path="?.csv",
        beside={"A.csv": PLAIN.encode()},
    ),
    ("union_by_name", "excel"): sheet(
        {"union_by_name": True}, [TOP, *CELLS], [["title", "id", "colour"], ["Ran", 4, "red"]],
        "a.xlsx: new columns 'colour'; without 'price'", path="?.xlsx",
        beside={"A.xlsx": book(TOP, *CELLS)},
    ),
    ("layouts", "csv"): text(
        {"layouts": [{"header_has": ["id"]}, {"header_has": ["Ref"], "skip_rows": 1}]},
        PLAIN, "Films\nReference;n\n1;2\n", "a.csv is of none of the layouts", refused=True,
    ),
    ("layouts", "excel"): sheet(
        {"layouts": [{"header_has": ["id"]}, {"header_has": ["Ref"], "skip_rows": 1}]},
        [TOP, *CELLS], [["Films"], ["Reference"], [1]], "a.xlsx is of none of the layouts",
        refused=True,
    ),
    ("member", "csv"): Later(
        said={"member": "*.csv"}, first=zipped(a_csv=PLAIN, b_csv=PLAIN),
        later=zipped(a_txt=PLAIN, b_txt=PLAIN), expected="holds no file like *.csv; it holds a.txt",
        refused=True, name="a.zip",
    ),
    ("compression", "csv"): Later(
        said={"compression": "gzip"}, first=gzip.compress(PLAIN.encode()),
        later=PLAIN.encode(), expected="a.csv is not gzip, or damaged", refused=True,
    ),
    ("unpivot", "csv"): text(
        {"unpivot": UNPIVOT},
        "land;2024;2025\nFR;1;2\n", "land;FY24;FY25\nFR;1;2\n",
        "no column matches /^\\d{4}$/, so there is nothing to unpivot", refused=True,
    ),
    ("unpivot", "excel"): sheet(
        {"unpivot": UNPIVOT},
        [["land", 2024, 2025], ["FR", 1, 2]], [["land", "FY24"], ["FR", 1]],
        "no column matches /^\\d{4}$/", refused=True,
    ),
    ("unpivot", "parquet"): Later(
        said={"format": "parquet", "unpivot": UNPIVOT}, name="a.parquet", refused=True,
        first=parquet(**{"land": ["FR"], "2024": [1], "2025": [2]}),
        later=parquet(land=["FR"], FY24=[1], FY25=[2]),
        expected="no column matches /^\\d{4}$/, so there is nothing to unpivot",
    ),
    ("unpivot", "fixed_width"): text(
        {"format": "fixed_width", "unpivot": UNPIVOT,
         "columns": {"land": [1, 2], "2024": [4, 7], "2025": [9, 12]}},
        "FR    1    2\nDE   10   20\n", "FR    1\nDE   10\n",
        "3 columns have names, and no record has 3 fields", refused=True, name="a.txt",
    ),
    ("sheet", "excel"): Later(
        said={"format": "excel", "sheet": "2026-*"}, first=book(TOP, *CELLS, title="2026-01"),
        later=book(TOP, *CELLS, title="January"), name="a.xlsx", refused=True,
        expected="has no sheet like '2026-*'; its sheets: 'January'",
    ),
    ("sheet_column", "excel"): sheet(
        {"sheet_column": "month"}, [TOP, *CELLS], [[*TOP[:2], "month"], *CELLS],
        "has 'month' more than once in the header", refused=True,
    ),
    ("sheet_column", "excel", "a sheet of totals"): Later(
        said={"format": "excel", "sheet": "*", "sheet_column": "month"}, name="a.xlsx",
        first=book(TOP, *CELLS, title="2026-01", more=MONTHS),
        later=book(TOP, *CELLS, title="2026-01", more=(*MONTHS, "Total 2026")),
        expected="its sheet 'Total 2026' is named like a total",
    ),
    ("sheet_column", "excel", "a sheet that is named otherwise"): Later(
        said={"format": "excel", "sheet": "*", "sheet_column": "month"}, name="a.xlsx",
        first=book(TOP, *CELLS, title="2026-01", more=MONTHS),
        later=book(TOP, *CELLS, title="2026-01", more=(*MONTHS, "Feuil4")),
        expected="its sheet 'Feuil4' is named unlike the others ('2026-01')",
    ),
    ("range", "excel"): sheet(
        {"range": "A1:C6"}, [TOP, *CELLS], [TOP, *CELLS, [6, "Dune", 3.5]],
        "row 7: the row below `range` has values",
    ),
    ("records", "json"): text(
        {"format": "json", "records": "data.items"}, json.dumps({"data": {"items": [{"id": 1}]}}),
        json.dumps({"data": {"rows": [{"id": 1}]}}),
        "nothing at `data.items`: `data` has the keys rows", refused=True, name="a.json",
    ),
    ("single_record", "json"): text(
        {"format": "json", "single_record": True}, '{"id": 1}', '[{"id": 1}]',
        "a.json is a list, and one record is an object", refused=True, name="a.json",
    ),
    ("keys_as", "json"): text(
        {"format": "json", "keys_as": "country"}, '{"FR": {"id": 1}, "DE": {"id": 2}}',
        '[{"country": "FR", "id": 1}]',
        "a.json: the document is a list, and `keys_as` reads an object of records", refused=True,
        name="a.json",
    ),
    ("values_as", "json"): text(
        {"format": "json", "records": "rates", "keys_as": "currency", "values_as": "rate"},
        '{"rates": {"USD": 1.1}}', '{"rates": [{"currency": "USD", "rate": 1.1}]}',
        "a.json: `rates` is a list, and `keys_as` reads an object of records", refused=True,
        name="a.json",
    ),
    ("record", "xml"): text(
        {"format": "xml", "record": "/films/film"}, "<films><film><id>1</id></film></films>",
        "<films><movie><id>1</id></movie></films>", "a.xml: there is no element at `/films/film`",
        name="a.xml",
    ),
    ("namespaces", "xml"): text(
        {"format": "xml", "record": "/films/p:film", "namespaces": {"p": "urn:a"}},
        '<films xmlns:x="urn:a"><x:film><id>1</id></x:film></films>',
        '<films xmlns:x="urn:b"><x:film><id>1</id></x:film></films>',
        "a.xml: there is no element at `/films/p:film`", name="a.xml",
    ),
}  # fmt: skip
WITH_LOST = PLAIN.replace("Jaws", "J\ufffdws")
LATIN = "<?xml version='1.0' encoding='iso-8859-1'?>\n<a><b>{}</b></a>"
DIGITS: Mapping[str, Later] = {
    "a number of many digits": sheet(
        {}, [TOP, *CELLS, [6, "R", "4111111111111111"]], [TOP, *CELLS, [4111111111111111, "R", 1]],
        "a.xlsx: its sheet 'Sheet', row 7: a number has more than 15 digits",
    ),
}  # fmt: skip
"""What Excel has lost before the file came."""
LOST: Mapping[str, Later] = {
    "csv in UTF-16": Later(
        said={}, first=PLAIN.encode("utf-16"), later=WITH_LOST.encode("utf-16"),
        expected="a.csv, line 4: U+FFFD",
    ),
    "csv in UTF-16 without a mark": Later(
        said={"encoding": "utf-16-be"}, first=PLAIN.encode("utf-16-be"),
        later=WITH_LOST.encode("utf-16-be"),
        expected="a.csv, line 4: U+FFFD",
    ),
    "csv in UTF-32": Later(
        said={}, first=PLAIN.encode("utf-32"), later=WITH_LOST.encode("utf-32"),
        expected="a.csv, line 4: U+FFFD",
    ),
    "csv in GB18030": Later(
        said={"encoding": "gb18030"}, first=PLAIN.replace("Jaws", "大白鲨").encode("gb18030"),
        later=PLAIN.replace("Jaws", "大\ufffd鲨").encode("gb18030"),
        expected="a.csv, line 4: U+FFFD",
    ),
    "csv that was read as Windows-1252 since": text(
        {}, PLAIN.replace("Jaws", "Été"), PLAIN.replace("Jaws", "ï¿½t\u00e9"),
        "a.csv, line 4: U+FFFD",
    ),
    "csv in Windows-1252": Later(
        said={"encoding": "windows-1252"}, first=PLAIN.replace("Jaws", "Été").encode("cp1252"),
        later=PLAIN.replace("Jaws", "ï¿½té").replace("Heat", "Été").encode("cp1252"),
        expected="a.csv, line 4: U+FFFD",
    ),
    "XML in UTF-16": Later(
        said={"format": "xml", "record": "/a/b"}, first="<a><b>é</b></a>".encode("utf-16"),
        later="<a>\n<b>\ufffd</b></a>".encode("utf-16"), name="a.xml",
        expected="a.xml, line 2: U+FFFD",
    ),
    "XML in Latin-1": Later(
        said={"format": "xml", "record": "/a/b"},
        first=LATIN.format("é").encode("latin-1"),
        later=LATIN.format("é&#xFFFD;").encode("latin-1"),
        expected="a.xml, line 2: U+FFFD", name="a.xml",
    ),
    "csv": text({}, PLAIN, PLAIN.replace("Heat", "H\ufffdat"), "a.csv, line 3: U+FFFD"),
    "excel": sheet(
        {}, [TOP, *CELLS], [TOP, *CELLS, [6, "R\ufffdn", 1]], "a.xlsx, sheet 'Sheet', row 7: U+FFFD"
    ),
    "json": text({"format": "json"}, '[{"a": "é"}]', '[{"a": "\\ufffd"}]',
                 "a.json, line 1: U+FFFD", name="a.json"),
    "jsonl": text({"format": "jsonl"}, '{"a": "é"}\n', '{"a": "é"}\n{"a": "\\uFFFD"}\n',
                  "a.jsonl, line 2: U+FFFD", name="a.jsonl"),
    "xml": text({"format": "xml", "record": "/a/b"}, "<a><b>é</b></a>", "<a>\n<b>\ufffd</b></a>",
                "a.xml, line 2: U+FFFD", name="a.xml"),
    "fixed_width": places({}, LINES, LINES.replace("Jaws", "J\ufffdws"), "a.txt, line 3: U+FFFD"),
}  # fmt: skip
"""A letter that was lost before the file came, in each format of text."""
