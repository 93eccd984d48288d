"""The peak of memory of every step, for other dispositions, formats and sources than a CSV's.

`bench.path` has a CSV that replaces its table. Here a table grows by a second run of as many rows
(`merge`, `append`, `scd2`), and cells of 1 MB come as JSON Lines, as one JSON document, as XML, as
Parquet, and as the pages of a REST API.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from bench import orders, path
from bench.claims import Bound, Claim, Result
from bench.rounds import Say
from bench.warehouse import warehouse
from bench.workspace import Workspace

_HOW = (
    "As above: each task of the pipeline in a process of its own, the largest of their peaks of "
    "resident memory (VmHWM)."
)
DISPOSITIONS = ("merge", "append", "scd2")
FORMATS = ("jsonl", "json", "xml", "parquet")
DAYS = 2
CELLS, CHARACTERS = path.CELL_ROWS, path.CELL_CHARACTERS
A_PAGE = 10
"""Records of a page of the API: 10 MB each."""


def _claim(name: str, what: str, how: str) -> Claim:
    return Claim(
        name=f"shapes.{name}", what=f"Peak memory of every step, {what}", how=f"{_HOW} {how}",
        bound=Bound.AT_MOST, target=1024.0, unit="MiB",
    )  # fmt: skip


_TWICE = (
    "Two runs: the second one brings {} The largest task of both counts; the gold table is made of "
    "the whole table."
)
_SECOND = {
    "merge": "as many rows, of which half have changed.",
    "append": "as many rows more.",
    "scd2": "as many rows, of which half have changed: their former states stay.",
}

CLAIMS = (
    *(
        _claim(
            name, f"`{name}` of 10 M rows onto 10 M rows of 9 columns", _TWICE.format(_SECOND[name])
        )
        for name in DISPOSITIONS
    ),
    *(
        _claim(name, f"1,000 records with a text of 1 MB each, `{name}`", "One file of 1 GB.")
        for name in FORMATS
    ),
    _claim(
        "rest",
        "1,000 records with a text of 1 MB each, REST",
        f"Numbered pages of {A_PAGE} records, 10 MB each.",
    ),
)


def measure(workspace: Workspace, say: Say) -> list[Result]:
    """Each shape once, in a warehouse of its own."""
    rows = workspace.memory_rows[1]
    cells = 100 if workspace.quick else CELLS
    results = []
    for name in DISPOSITIONS:
        size = f"2 × {rows:,} rows of 9 columns"
        with warehouse(workspace) as server:
            files = disposition_files(workspace, name, rows)
            claim = f"shapes.{name}"
            results.append(
                path.measure_memory(claim, files, size, workspace, server, say, days=DAYS)
            )
    size = f"{cells:,} rows of 2 columns"
    for name in FORMATS:
        with warehouse(workspace) as server:
            files = format_files(workspace, name, cells)
            results.append(
                path.measure_memory(f"shapes.{name}", files, size, workspace, server, say)
            )
    with warehouse(workspace) as server, _serving(cells) as port:
        files = rest_files()
        results.append(
            path.measure_memory("shapes.rest", files, size, workspace, server, say, port=port)
        )
    return results


def disposition_files(workspace: Workspace, disposition: str, rows: int) -> dict[str, Any]:
    """The project of a table of orders that grows; its two files are written."""
    first = orders.untidy_csv(workspace, rows)
    number = f'"Order" + {rows}' if disposition == "append" else '"Order"'
    quantity = 'CASE WHEN "Order" % 2 = 0 THEN "Quantity" % 40 + 1 ELSE "Quantity" END'
    changed = f'SELECT * REPLACE ({number} AS "Order", {quantity} AS "Quantity")'
    _write_files(
        workspace,
        {
            "grown_2026-01-01.csv": f"FROM {_csv(first)}",
            "grown_2026-01-02.csv": f"{changed} FROM {_csv(first)}",  # ours
        },
    )
    columns = {name: dict(column) for name, column in orders.COLUMNS.items()}
    pattern = Path(orders.FOLDER) / "grown_:data_interval_start_date.csv"
    files = path.project(pattern, columns, "order_id", path.CHECKS, path.GOLD, "customer")
    silver = _dataset(files)["silver"]
    silver["write_disposition"] = disposition
    silver["guard"] = {"max_shrink_percent": None}
    _gold(files)["sql"] = "sales.sql"
    files["include/sql/bench/sales.sql"] = files["include/sql/bench/sales.sql"].replace(
        "orders", "grown"
    )
    return files


def format_files(workspace: Workspace, name: str, cells: int) -> dict[str, Any]:
    """The project of cells of 1 MB in one file of this format."""
    file = workspace.fresh("data") / orders.FOLDER / f"cells_{cells}.{name}"
    if name == "parquet":
        _write_files(workspace, {file.name: _cells_query(cells)})
    else:
        _write_texts(file, name, cells)
    files = _cells_project(Path(orders.FOLDER) / file.name)
    source = _dataset(files)["source"]
    source["format"] = name
    if name == "xml":
        source["record"] = "/cells/cell"
    return files


def rest_files() -> dict[str, Any]:
    """The project of cells of 1 MB as pages of an API."""
    files = _cells_project(Path("cells_1"))
    paging = {"type": "page_number", "total_records": "total"}
    _dataset(files)["source"] = {
        "type": "rest", "conn_id": "api", "path": "cells", "records": "data", "pagination": paging,
    }  # fmt: skip
    return files


def _cells_project(file: Path) -> dict[str, Any]:
    columns = {"id": {"type": "bigint"}, "body": {"type": "text", "clean": ["trim"]}}
    checks = [{"not_null": {"column": "body"}}]
    gold = "select id, body from silver_bench.cells"
    return path.project(file, columns, "id", checks, gold, "id")


def _dataset(files: Mapping[str, Any]) -> dict[str, Any]:
    (dataset,) = files["specs/bench/orders.yaml"]["datasets"].values()
    found: dict[str, Any] = dataset
    return found


def _gold(files: Mapping[str, Any]) -> dict[str, Any]:
    (gold,) = files["specs/bench/orders.yaml"]["gold"].values()
    found: dict[str, Any] = gold
    return found


def _csv(file: Path) -> str:
    types = "{'Order': 'BIGINT', 'Quantity': 'INTEGER'}"
    return f"read_csv('{file}', header = true, all_varchar = false, types = {types})"


def _cell(number: int) -> str:
    return chr(97 + number % 26) * CHARACTERS


def _cells_query(cells: int) -> str:
    cell = f"repeat(chr(CAST(97 + range % 26 AS INT)), {CHARACTERS})"
    return f"SELECT range AS id, {cell} AS body FROM range({cells})"  # noqa: S608  # ours


def _write_files(workspace: Workspace, queries: Mapping[str, str]) -> None:
    """The answer of each query as a file of this name."""
    import duckdb

    with duckdb.connect() as connection:
        connection.execute("SET enable_progress_bar = false")
        for name, query in queries.items():
            file = workspace.fresh("data") / orders.FOLDER / name
            file.parent.mkdir(parents=True, exist_ok=True)
            found = connection.sql(query)
            if name.endswith(".parquet"):
                found.write_parquet(str(file), row_group_size=100)
            else:
                found.write_csv(str(file), header=True)


def _write_texts(file: Path, name: str, cells: int) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    start, between, end = {
        "jsonl": ("", "\n", "\n"), "json": ("[", ",\n", "]"), "xml": ("<cells>", "\n", "</cells>"),
    }[name]  # fmt: skip
    with file.open("w", encoding="utf-8") as target:
        target.write(start)
        for number in range(cells):
            cell = _cell(number)
            record = (
                f"<cell><id>{number}</id><body>{cell}</body></cell>"
                if name == "xml"
                else json.dumps({"id": number, "body": cell})
            )
            target.write(f"{between if number else ''}{record}")
        target.write(end)


@contextmanager
def _serving(cells: int) -> Iterator[int]:
    """A server of the cells' pages, by `?page=`; its port."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            page = int(parse_qs(urlsplit(self.path).query)["page"][0])
            numbers = range((page - 1) * A_PAGE, min(page * A_PAGE, cells))
            data = [{"id": number, "body": _cell(number)} for number in numbers]
            body = json.dumps({"data": data, "total": cells}).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield server.server_port
        server.shutdown()
