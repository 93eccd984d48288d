"""What a file holds by other readers than Medallion's, beside what was published of it."""

from __future__ import annotations

import csv
import io
import json
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
    return list(document)


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
    lines = io.StringIO("".join(text.splitlines(keepends=True)[source.get("skip_rows", 0) :]),
                        newline="")  # fmt: skip
    rows = [row for row in csv.reader(lines, **said) if any(row)]
    if source.get("header", True) is False:
        return [dict(zip(source["column_names"], row, strict=False)) for row in rows]
    names = [name or f"column_{at}" for at, name in enumerate(rows[0], start=1)]
    return [dict(zip(names, row, strict=False)) for row in rows[1:]]


def read_workbook(file: Path, source: Mapping[str, Any]) -> list[Record]:
    import openpyxl

    book = openpyxl.load_workbook(file, read_only=True, data_only=True)
    sheet = book[source["sheet"]] if "sheet" in source else book.worksheets[0]
    rows = list(sheet.iter_rows(values_only=True))[source.get("skip_rows", 0) :]
    while rows and not any(one not in (None, "") for one in rows[0]):
        rows.pop(0)
    names = [f"column_{at}" if one is None else str(one) for at, one in enumerate(rows[0], 1)]
    return [dict(zip(names, row, strict=False)) for row in rows[1:]
            if any(one not in (None, "") for one in row)]  # fmt: skip


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
    """The values of each record; none of one with a date that there is not, which goes to
    quarantine."""
    for one in records:
        try:
            yield [value_of(one, said.get("from", name), said) for name, said in columns.items()]
        except ValueError:
            continue


def list_columns(silver: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    yield from ((name, said) for name, said in silver["columns"].items()
                if "expression" not in said and "scale" not in said)  # fmt: skip


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
    text = str(value)
    for verb in said.get("clean", ()):
        if isinstance(verb, Mapping) and "number" in verb:
            text = text.replace(verb["number"].get("thousands", ""), "")
            text = text.replace(verb["number"]["decimal"], ".")
        if verb == "money":
            text = "".join(one for one in text if one.isdigit() or one in ".-")
    try:
        return Decimal(text).normalize()
    except InvalidOperation:
        return text


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
