"""What a file holds by other readers than Medallion's, beside what was published of it."""

from __future__ import annotations

import ast
import csv
import io
import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, time
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
import yaml
from psycopg import sql
from psycopg.rows import dict_row

Record = Mapping[str, Any]
NUMBERS = ("integer", "bigint", "smallint", "double", "real", "decimal")


def read_records(file: Path, source: Mapping[str, Any]) -> list[Record]:
    """The records of a delimited file or of JSON, by the standard library; of a workbook by
    openpyxl, of Parquet by pyarrow, of XML by ElementTree."""
    if file.suffix in _READERS:
        return _READERS[file.suffix](file, source)
    text = read_text(file, source)
    if file.suffix in (".csv", ".tsv", ".txt"):
        return read_delimited(text, source)
    if file.suffix == ".jsonl":
        return [json.loads(line, parse_float=Decimal) for line in text.splitlines() if line.strip()]
    document = json.loads(text, parse_float=Decimal)
    if source.get("single_record"):
        return [document]
    for name in filter(None, source.get("records", "").split(".")):
        document = document[name]
    return list(document) if "keys_as" not in source else list(read_entries(document, source))


def read_entries(document: Mapping[str, Any], source: Mapping[str, Any]) -> Iterator[Record]:
    """The records of an object that has one, or several, under each key."""
    for name, value in document.items():
        key = {source["keys_as"]: name}
        if "values_as" in source:
            yield key | {source["values_as"]: value}
        else:
            yield from (key | one for one in (value if isinstance(value, list) else [value]))


def read_text(file: Path, source: Mapping[str, Any]) -> str:
    named = source.get("encoding", "utf-8-sig")
    with file.open(encoding=named, newline="") as opened:
        return opened.read()


def read_delimited(text: str, source: Mapping[str, Any]) -> list[Record]:
    said: dict[str, Any] = {"delimiter": source.get("delimiter", ",")}
    if source.get("quote") == "none":
        said["quoting"] = csv.QUOTE_NONE
    if "escape" in source:
        said |= {"escapechar": source["escape"], "doublequote": False}
    kept = text.splitlines(keepends=True)[first_line(source) :]
    if "comment" in source:
        kept = [line for line in kept if not line.startswith(source["comment"])]
    rows = [row for row in csv.reader(io.StringIO("".join(kept), newline=""), **said) if any(row)]
    return name_cells(rows, source, said["delimiter"])


def first_line(source: Mapping[str, Any]) -> int:
    """How many lines are above the header."""
    return rows_of_header(source)[0] - 1 if "header_row" in source else source.get("skip_rows", 0)


def rows_of_header(source: Mapping[str, Any]) -> list[int]:
    said = source.get("header_row", 1)
    return [said] if isinstance(said, int) else list(said)


def name_cells(
    rows: Sequence[Sequence[Any]], source: Mapping[str, Any], delimiter: str
) -> list[Record]:
    """Rows, the header first, as records; without the footer."""
    high = len(rows_of_header(source))
    if source.get("header", True) is False:
        names, records = list(source["column_names"]), list(rows)
    else:
        names, records = join_names(rows[:high]), list(rows[high:])
    records = records[: len(records) - source.get("skip_footer", 0)]
    if "footer" in source:
        texts = [delimiter.join("" if c is None else str(c) for c in row) for row in records]
        ends = (at for at, text in enumerate(texts) if re.search(source["footer"], text))
        records = records[: next(ends, len(records))]
    return [dict(zip(names, row, strict=False)) for row in records]


def join_names(rows: Sequence[Sequence[Any]]) -> list[str]:
    """Several rows of a header as one; names that come twice are numbered, empty ones have their
    place."""
    levels = [["" if cell is None else str(cell).strip() for cell in row] for row in rows]
    for row in levels[:-1]:
        for at in range(1, len(row)):
            row[at] = row[at] or row[at - 1]
    joined = [" ".join(filter(None, cells)) for cells in zip(*levels, strict=False)]
    names: list[str] = []
    for at, name in enumerate(joined, start=1):
        wanted, number = name or f"column_{at}", 2
        while wanted in names:
            wanted, number = f"{name}_{number}", number + 1
        names.append(wanted)
    return names


def read_workbook(file: Path, source: Mapping[str, Any]) -> list[Record]:
    import openpyxl

    book = openpyxl.load_workbook(file, read_only=True, data_only=True)
    sheet = book[source["sheet"]] if "sheet" in source else book.worksheets[0]
    rows = list(sheet.iter_rows(values_only=True))[first_line(source) :]
    while rows and not any(one not in (None, "") for one in rows[0]):
        rows.pop(0)
    rows = [row for row in rows if any(one not in (None, "") for one in row)]
    return name_cells(rows, source, ",")


def read_parquet(file: Path, source: Mapping[str, Any]) -> list[Record]:
    import pyarrow.parquet as pq

    records: list[Record] = pq.ParquetFile(file).read().to_pylist()
    return records


def read_xml(file: Path, source: Mapping[str, Any]) -> list[Record]:
    """Each record's elements and attributes by dotted paths; the same without namespaces."""
    from xml.etree import ElementTree

    found: list[Record] = []
    for element in ElementTree.parse(file).iter():  # noqa: S314  # a file of one's own
        if bare_tag(element.tag) == str(source["record"]).rpartition("/")[2]:
            record: dict[str, Any] = {}
            fill_record(element, "", record)
            found.append(record)
    return found


def fill_record(element: Any, before: str, record: dict[str, Any]) -> None:
    for name, value in element.attrib.items():
        record[f"{before}@{bare_tag(name)}"] = value
    for child in element:
        path = f"{before}{bare_tag(child.tag)}"
        if len(child) == 0 and (child.text or "").strip():
            record.setdefault(path, child.text.strip())
        fill_record(child, f"{path}.", record)


def bare_tag(name: object) -> str:
    return str(name).rpartition("}")[2]


_READERS = {".xlsx": read_workbook, ".parquet": read_parquet, ".xml": read_xml}


def find_differences(
    spec: Mapping[str, Any], records: Sequence[Record], url: str, table: str
) -> Iterator[str]:
    """Columns that do not hold what the records do. With a key, each distinct
    record is published once; of protected values only how many there are is compared.

    Args:
        spec: a dataset, as the YAML has it.
        records: by another reader.
        url: of the warehouse.
        table: schema and name.
    """
    with psycopg.connect(url, row_factory=dict_row) as connection:
        rows = connection.execute(
            sql.SQL("SELECT * FROM {}").format(sql.Identifier(*table.split(".")))
        ).fetchall()
    columns = dict(list_columns(spec["silver"]))
    records = list(make_long(records, spec["source"].get("unpivot")))
    read = list(read_values(records, columns))
    wanted_rows = read
    if spec["silver"].get("primary_key"):
        wanted_rows = list({json.dumps([key(one) for one in row]): row for row in read}.values())
    if len(rows) != len(wanted_rows):
        yield f"{len(rows)} rows of {len(wanted_rows)} records"
    for number, (name, said) in enumerate(columns.items()):
        wanted = [row[number] for row in wanted_rows]
        found = [plain(row[name]) for row in rows if name in row]
        if "classification" in said:
            if said["classification"]["protect"] == "drop":
                continue
            wanted, found = ([one is None for one in side] for side in (wanted, found))
        other = Counter(map(key, wanted)) - Counter(map(key, found))
        if other or len(wanted) != len(found):
            yield f"{name}: not published as read: {list(other)[:3]}, {said}"


def read_values(
    records: Sequence[Record], columns: Mapping[str, Mapping[str, Any]]
) -> Iterator[list[Any]]:
    """The values of each record; none of one with a date that there is not, or a number that is
    none, which goes to quarantine."""
    for one in records:
        try:
            yield [value_of(one, said.get("from", name), said) for name, said in columns.items()]
        except ValueError:
            continue


def make_long(records: Sequence[Record], unpivot: Mapping[str, Any] | None) -> Iterator[Record]:
    """A record for each of the columns that `unpivot` matches."""
    if unpivot is None:
        yield from records
        return
    pattern = re.compile(unpivot["columns"].strip("/"))
    for one in records:
        kept = {name: value for name, value in one.items() if not pattern.search(name)}
        for name in one:
            if pattern.search(name):
                yield {**kept, unpivot["name"]: name, unpivot["value"]: one[name]}


def list_columns(silver: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    yield from ((name, said) for name, said in silver["columns"].items()
                if "expression" not in said and "scale" not in said)  # fmt: skip
    for alike in silver.get("columns_like", ()):
        said = {key: value for key, value in alike.items() if key != "fields"}
        yield from ((column_name(field), {"from": field, **said}) for field in alike["fields"])


def column_name(field: str) -> str:
    """As `columns: evolve` names a field; of plain names."""
    return re.sub(r"\W+", "_", field.lower()).strip("_")


def value_of(record: Record, path: str, said: Mapping[str, Any]) -> Any:
    """A field by its dotted path, as its column's type says."""
    value: Any = record.get(path) if path in record else record
    if path not in record:
        for name in path.split("."):
            value = value.get(name) if isinstance(value, Mapping) else None
    if isinstance(value, str) and said["type"] not in ("json",):
        value = value.strip() if "trim" in said.get("clean", ()) else value
        if value == "" or value in said.get("null_values", ()):
            return None
    return typed(value, said)


def typed(value: Any, said: Mapping[str, Any]) -> Any:
    kind = said["type"]
    if value is None:
        return None
    if said.get("format") == "python":
        return json.loads(json.dumps(ast.literal_eval(value)))
    value = of_kind(value, kind)
    if kind.startswith(NUMBERS) and not kind.endswith("[]"):
        return number_of(value, said)
    if isinstance(value, str) and kind in ("date", "timestamp", "timestamptz"):
        return moment_of(value, said)
    if isinstance(value, str) and "squeeze" in said.get("clean", ()):
        return " ".join(value.split())
    return plain(value)


def of_kind(value: Any, kind: str) -> Any:
    """A value whose own type is near that of its column."""
    if kind == "text" and isinstance(value, int | float) and not isinstance(value, bool):
        return str(int(value)) if value == int(value) else str(value)
    if isinstance(value, datetime) and kind == "date":
        return value.date()
    if kind == "boolean" and isinstance(value, str):
        return value.strip().lower() in ("yes", "true", "oui", "y", "t", "vrai", "1")
    return value


def moment_of(text: str, said: Mapping[str, Any]) -> Any:
    """A date or a time, in the zone that its column names."""
    written = said.get("format", "iso")
    found = (
        datetime.fromisoformat(text) if written == "iso" else datetime.strptime(text, written)  # noqa: DTZ007  # its column has the zone
    )
    if said["type"] == "date":
        return found.date()
    if said["type"] == "timestamptz" and found.tzinfo is None:
        found = found.replace(tzinfo=ZoneInfo(said.get("timezone", "UTC")))
    return plain(found)


def number_of(value: Any, said: Mapping[str, Any]) -> Any:
    text, factor = str(value), Decimal(1)
    for verb in said.get("clean", ()):
        if isinstance(verb, Mapping) and "replace" in verb:
            text = re.sub(verb["replace"]["pattern"], verb["replace"]["with"], text)
        if isinstance(verb, Mapping) and "number" in verb:
            text, factor = read_number(text, verb["number"])
        if verb == "percent" or (isinstance(verb, Mapping) and "percent" in verb):
            text, factor = text.replace("%", "").replace(",", ".").strip(), Decimal("0.01")
        if verb == "money":
            text = "".join(one for one in text if one.isdigit() or one in ".-")
    try:
        return (Decimal(text) * factor).normalize()
    except InvalidOperation:
        raise ValueError(text) from None


def read_number(text: str, said: Mapping[str, Any]) -> tuple[str, Decimal]:
    """A number with a point, and what it is multiplied by."""
    factor = Decimal(1)
    bare = text.strip("()") if said.get("brackets") else text
    for suffix, by in said.get("suffixes", {}).items():
        if bare.endswith(suffix):
            bare, factor = bare.removesuffix(suffix).strip(), Decimal(by)
            break
    thousands = said.get("thousands", "")
    for mark in (" ", "\u00a0", "\u202f") if thousands == " " else thousands:
        bare = bare.replace(mark, "")
    bare = bare.replace(said.get("decimal", "."), ".")
    bare = f"-{bare[:-1]}" if bare.endswith("-") else bare
    return f"-{bare}" if text.startswith("(") and said.get("brackets") else bare, factor


def plain(value: Any) -> Any:
    """A value as both sides can hold it."""
    if isinstance(value, bool):
        return value
    if isinstance(value, int | float | Decimal):
        return Decimal(str(value)).normalize()
    if isinstance(value, datetime) and value.tzinfo:
        return value.timestamp()
    return value


def key(value: Any) -> str:
    if isinstance(value, date | time | datetime):
        return value.isoformat()
    return json.dumps(value, sort_keys=True, default=str)


def read_dataset(path: Path, name: str) -> Mapping[str, Any]:
    dataset: Mapping[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))["datasets"][name]
    return dataset
