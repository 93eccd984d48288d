"""A shop with a customer to erase: files of three formats, each disposition, gold, quarantine."""

from __future__ import annotations

import gzip
import io
import json
import logging
import re
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import cast

import psycopg
import pyarrow as pa
import pyarrow.parquet as pq
from psycopg import sql
from tests.steps.kill_matrix_child import PlanRun
from tests.steps.staged import query

from medallion.airflow.loader import plan_of
from medallion.operations.surroundings import Surroundings
from medallion.sources.base.source import ConnectionDetails
from medallion.steps.run import run_step

KEY = "0123456789abcdef0123456789abcdef"
SPEC = """\
description: Customers of a shop, and what they pay.
datasets:
  customers:
    source: {type: file, format: csv, path: include/data/shop/customers.csv}
    bronze:
      checks: [{not_null: {column: id}}]
    silver:
      primary_key: [customer_id]
      write_disposition: merge
      guard: {max_shrink_percent: null}
      columns:
        customer_id:
          from: id
          type: bigint
          classification: {pii: other, protect: none, identifies: customer}
        email:
          type: text
          clean: [trim, lower]
          classification: {pii: email, protect: hash, identifies: email}
        name: {type: text, classification: {pii: name, protect: none}}
        born: {type: date}
  former_customers:
    source: {type: file, format: csv, path: include/data/shop/customers.csv}
    silver:
      primary_key: [customer_id]
      write_disposition: scd2
      guard: {max_shrink_percent: null}
      columns:
        customer_id:
          from: id
          type: bigint
          classification: {pii: other, protect: none, identifies: customer}
        email:
          type: text
          clean: [trim, lower]
          classification: {pii: email, protect: hash, identifies: email}
        name: {type: text, classification: {pii: name, protect: none}}
  payments:
    source: {type: file, format: jsonl, path: include/data/shop/payments.jsonl}
    silver:
      primary_key: [payment]
      write_disposition: append
      guard: {max_shrink_percent: null}
      columns:
        payment: {type: bigint}
        customer: {type: bigint, classification: {pii: other, protect: none, identifies: customer}}
        amount: {type: "decimal(8,2)"}
        note: {type: text, nullable: true}
  visits:
    source: {type: file, format: parquet, path: include/data/shop/visits.parquet}
    silver:
      write_disposition: replace
      guard: {max_shrink_percent: null}
      columns:
        mail:
          type: text
          clean: [lower]
          classification: {pii: email, protect: none, identifies: email}
        page: {type: text}
gold:
  spending:
    sql: spending.sql
    guard: {max_shrink_percent: null}
  best:
    sql: best.sql
    guard: {max_shrink_percent: null}
"""
SPENDING = (
    "select c.name, sum(p.amount) as spent from silver_shop.customers as c"
    " join silver_shop.payments as p on p.customer = c.customer_id group by 1"
)
BEST_SUM = "select name, spent::numeric(12,2) as spent from gold_shop.spending where spent > 1"
BEST = "select name, spent from gold_shop.spending where spent > 1"
PERSON = ("ada@example.org", "lovelace", "lady-note", "/ada-page")
"""What nothing may have of her afterwards, in lower case."""
CUSTOMERS = [
    "17, Ada@Example.org ,Ada Lovelace,1815-12-10",
    "18,bob@example.org,Bob Builder,1990-01-01",
    "19,nada@example.org,Nada,1991-01-01",
    '20,"cy@example.org","Cy, ""the"" Young",never',
    *(f"{number},p{number}@example.org,Zoe,2000-01-01" for number in range(30, 36)),
]
BAD = ["17,ada@example.org,Ada Lovelace,never", "17;ada@example.org;Lovelace", "99,x@y.z"]
"""Of her, in quarantine: one that cannot be cast, a line that is no record; and another's line."""


def payments(day: int) -> list[dict[str, object]]:
    return [
        {"payment": day * 10 + 1, "customer": 17, "amount": 10, "note": "lady-note"},
        {"payment": day * 10 + 2, "customer": 18, "amount": 1.50, "note": "bob"},
    ]


VISITS = [("ADA@example.org", "/ada-page"), ("bob@example.org", "/bob"), ("nada@example.org", "/n")]


def publish_to(lake: str, format_: str) -> str:
    """The spec, with three of its tables in a lake as well: a domain's lake in `Shop.lakes`."""
    spec, place = SPEC, f"{{format: {format_}, location: '{lake}/NAME', in_clear: [COLUMNS]}}"
    for name, columns in (("customers", "customer_id, name"), ("visits", "mail")):
        before, after = spec.split(f"  {name}:\n", 1)
        where = place.replace("NAME", name).replace("COLUMNS", columns)
        after = after.replace("    silver:\n", f"    silver:\n      publish_to: [{where}]\n", 1)
        spec = f"{before}  {name}:\n{after}"
    best = place.replace("NAME", "best").replace("COLUMNS", "name")
    return spec.replace("    sql: best.sql\n", f"    sql: best_sum.sql\n    publish_to: [{best}]\n")


@dataclass(frozen=True, kw_only=True)
class Shop:
    """The project, and the warehouse and lake that its days are in."""

    root: Path
    url: str
    key: str = KEY
    spec: str = SPEC
    former_keys: tuple[str, ...] = ()
    lake_url: str = ""
    """Where the lake is, if not in a folder beside the project."""
    lakes: str = ""
    """Where its tables may be published to besides."""
    connections: dict[str, ConnectionDetails] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.connections["pii_default"] = ConnectionDetails(
            conn_id="pii_default", password=self.key, extra={"former_keys": list(self.former_keys)}
        )

    @property
    def lake(self) -> Path:
        return self.root / "lake"

    def write(self) -> None:
        for folder in ("specs/shop", "include/sql/shop", "include/data/shop"):
            (self.root / folder).mkdir(parents=True, exist_ok=True)
        (self.root / "specs/shop/sales.yaml").write_text(self.spec)
        (self.root / "include/sql/shop/spending.sql").write_text(SPENDING)
        (self.root / "include/sql/shop/best.sql").write_text(BEST)
        (self.root / "include/sql/shop/best_sum.sql").write_text(BEST_SUM)
        if self.lakes:
            access = f"lakes: {{shop: ['{self.lakes}']}}\n"
            (self.root / "specs/access.yaml").write_text(access)

    def deliver(self, day: int, *, customers: list[str] | None = None) -> None:
        data = self.root / "include/data/shop"
        lines = [
            "id,email,name,born",
            *(customers or CUSTOMERS),
            *(BAD if customers is None else []),
        ]
        (data / "customers.csv").write_text("\r\n".join(lines) + "\r\n")
        (data / "payments.jsonl").write_text("\n".join(map(json.dumps, payments(day))) + "\n")
        mails, pages = zip(*VISITS, strict=True)
        pq.write_table(pa.table({"mail": mails, "page": pages}), data / "visits.parquet")

    def remove_sources(self) -> None:
        """What the shop itself still has is its own: it is not searched."""
        for file in (self.root / "include/data/shop").iterdir():
            file.unlink()

    def day(self, day: int, *, only: str = "", land: bool = True) -> None:
        run = self.run(day)
        for task in run.plan.tasks:
            if task.task_id.startswith(only) and (land or not task.task_id.endswith(".land")):
                run_step(task.step, run.context(task.task_id))

    def run(self, day: int) -> PlanRun:
        return PlanRun(
            plan=plan_of("shop.sales", self.root),
            run_id=f"scheduled__{day}",
            interval_end=datetime(2026, 1, 2, tzinfo=UTC) + timedelta(days=day),
            project_root=self.root,
            lake_root=cast(Path, self.lake_url or self.lake),  # each step makes a text of it
            warehouse_url=self.url,
            connections=self.connections,
        )

    def surroundings(self) -> Surroundings:
        return Surroundings(
            project_root=self.root,
            lake_root=self.lake_url or str(self.lake),
            warehouse_url=self.url,
            connection=self.connections.__getitem__,
            log=logging.getLogger("medallion.test"),
        )

    def read(self) -> dict[str, list[tuple[object, ...]]]:
        """What readers see."""
        return {
            "customers": query(self.url, "SELECT name FROM silver_shop.customers ORDER BY 1"),
            "former": query(self.url, "SELECT name FROM silver_shop.former_customers ORDER BY 1"),
            "payments": query(self.url, "SELECT payment FROM silver_shop.payments ORDER BY 1"),
            "visits": query(self.url, "SELECT mail FROM silver_shop.visits ORDER BY 1"),
            "best": query(self.url, "SELECT name FROM gold_shop.best ORDER BY 1"),
        }

    def accounts(self) -> list[tuple[object, ...]]:
        return query(
            self.url,
            "SELECT count(*) FROM medallion.publications WHERE rows_read <> rows_published"
            " + rows_quarantined + rows_deduplicated + rows_discarded",
        )


def has(text: str, word: str) -> bool:
    """Whether a text has a word, in any case; nada@example.org is another one than ada@…"""
    return re.search(f"(?<![a-z]){re.escape(word)}", text.lower()) is not None


def search_lake(lake: Path, words: tuple[str, ...] = PERSON) -> list[str]:
    """The files of a lake that have one of some words, and which."""
    files = sorted(one for one in lake.rglob("*") if one.is_file())
    return search_files(((path.name, path.read_bytes()) for path in files), words)


def search_files(files: Iterable[tuple[str, bytes]], words: tuple[str, ...] = PERSON) -> list[str]:
    """The files, by name and content, that have one of some words, and which."""
    found = []
    for name, content in files:
        text = _as_text(name, content)
        found += [f"{name.rpartition('/')[2]}: {word}" for word in words if has(text, word)]
    return found


def _as_text(name: str, content: bytes) -> str:
    """With what is packed in it."""
    if name.endswith(".gz"):
        return gzip.decompress(content).decode("latin-1")
    text = content.decode("latin-1")
    if name.endswith(".parquet"):
        text += str(pq.read_table(io.BytesIO(content)).to_pylist())
    if name.endswith(".avro"):  # of Iceberg: the least and greatest value of each column
        text += str(read_avro(content))
    return text


def read_avro(content: bytes) -> list[object]:
    """The records of an Avro file."""
    from pyiceberg.avro.file import AvroFile
    from pyiceberg.io.pyarrow import PyArrowFileIO

    with tempfile.NamedTemporaryFile(suffix=".avro") as file:
        file.write(content)
        file.flush()
        with AvroFile(PyArrowFileIO().new_input(file.name)) as records:
            return list(records)


def search_warehouse(url: str, words: tuple[str, ...] = PERSON) -> list[str]:
    """The tables, of every schema, and the statistics that have one of some words, and which."""
    found = []
    tables = query(
        url,
        "SELECT n.nspname, c.relname FROM pg_class AS c JOIN pg_namespace AS n"
        " ON n.oid = c.relnamespace WHERE c.relkind IN ('r', 'm')"
        " AND n.nspname NOT IN ('information_schema', 'pg_catalog')",
    )
    with psycopg.connect(url) as connection:
        for schema, table in [*tables, ("pg_catalog", "pg_stats")]:
            text = sql.SQL("SELECT t::text FROM {} AS t").format(
                sql.Identifier(str(schema), str(table))
            )
            for (row,) in connection.execute(text):
                found += [f"{schema}.{table}: {word}" for word in words if has(row, word)]
    return sorted(set(found))
