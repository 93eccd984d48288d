"""A shop with a laboratory, as production has published it, and environments beside it."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import psycopg
from tests.docs.pages import Project

from medallion.compiler.project import read_project
from medallion.errors import SetupError
from medallion.local.postgres import EmbeddedPostgres
from medallion.operations.surroundings import Surroundings
from medallion.plan.environment import Environment
from medallion.plan.make import make_plan
from medallion.sources.base.source import ConnectionDetails
from medallion.workbench.environments.build import Hearer, Outcome, Request, run_environment

SALES, TOTALS = "specs/shop/sales.yaml", "include/sql/shop/totals.sql"
FILES = {
    SALES: """\
description: What a shop sells.
schedule: "@daily"
start_date: 2026-01-01
datasets:
  orders:
    source: {type: file, path: include/data/shop/orders.csv}
    silver:
      primary_key: [order_id]
      guard: {max_quarantined_percent: 60}
      grants: [reader_shop]
      columns:
        order_id: {from: id, type: bigint}
        amount: {type: "decimal(10,2)"}
        buyer: {type: text, classification: {pii: email, protect: mask}}
        note: {from: note, type: text, nullable: true}
      checks:
        - between: {column: amount, min_value: 0, on_failure: quarantine}
  stock:
    source: {type: file, path: include/data/shop/stock.csv}
    silver:
      primary_key: [item]
      write_disposition: merge
      columns:
        item: {type: text}
        pieces: {type: integer}
gold:
  totals:
    sql: totals.sql
    primary_key: [note]
    checks:
      - unexpected_rows_expectation:
          unexpected_rows_query: >-
            select t.* from {batch} as t where not exists (
            select from silver_shop.orders where silver_shop.orders.amount <= t.total)
  shelf:
    sql: shelf.sql
    share_with: public
""",
    "specs/lab/tests.yaml": """\
description: What a laboratory says of the shelf.
datasets:
  readings:
    source: {type: file, path: include/data/lab/readings.csv}
    silver:
      columns: {item: {type: text}, value: {type: integer}}
gold:
  judged:
    sql: judged.sql
""",
    TOTALS: """\
select coalesce(silver_shop.orders.note, 'silver_shop.none') as note, -- of silver_shop.orders
       sum(amount) as total, count(silver_shop.orders.*) as orders
from "silver_shop".orders group by 1
""",
    "include/sql/shop/shelf.sql": "select item, pieces from silver_shop.stock\n",
    "include/sql/lab/judged.sql": "select s.item, r.value, s.pieces from gold_shop.shelf as s\n"
    "join silver_lab.readings as r using (item)\n",
    "include/data/shop/orders.csv": "id,amount,buyer,note\n1,9.50,ann@example.org,red\n"
    "2,x,bob@example.org,red\n3,-1,eve@example.org,\n4,2.00,dan@example.org,blue\n"
    "5,3.00,fay@example.org,blue\n6,4.00,guy@example.org,\n",
    "include/data/shop/stock.csv": "item,pieces\ncup,3\n",
    "include/data/lab/readings.csv": "item,value\ncup,7\npot,2\n",
}


class Shop:
    """Production has run once a day for two days; then the sources change."""

    def __init__(self, root: Path, url: str, server: EmbeddedPostgres) -> None:
        self.project, self.url, self.root = Project(root=root, url=url), url, root
        for name, text in FILES.items():
            self.project.write(name, text)
        (root / "lake").mkdir()
        (root / ".medallion").mkdir()
        (root / ".medallion" / "postgres").symlink_to(server.root)
        with psycopg.connect(url) as loader:
            if not query(url, "SELECT 1 FROM pg_roles WHERE rolname = 'reader_shop'"):
                loader.execute("CREATE ROLE reader_shop NOLOGIN")
        self.publish()
        self.project.write("include/data/shop/stock.csv", "item,pieces\npot,5\n")
        self.project.run("shop.sales", day=1)
        # What a source has got since shows only where it is asked.
        self.project.write("include/data/shop/orders.csv", "id,amount,buyer,note\n9,1,x@y.zz,new\n")

    def publish(self, day: int = 0) -> None:
        self.project.run("shop.sales", day=day)
        self.project.run("lab.tests", day=day)

    @property
    def surroundings(self) -> Surroundings:
        return Surroundings(
            project_root=self.root,
            lake_root=str(self.root / "lake"),
            warehouse_url=self.url,
            connection=no_connection,
            log=logging.getLogger("test"),
        )

    @contextmanager
    def edited(self, edits: Mapping[str, tuple[str, str]]) -> Iterator[None]:
        """Files of the project with one text in place of another."""
        for path, (old, new) in edits.items():
            assert old in FILES[path], (path, old)
            self.project.write(path, FILES[path].replace(old, new))
        try:
            yield
        finally:
            for path in edits:
                self.project.write(path, FILES[path])

    def run(
        self,
        name: str = "alice",
        *pipelines: str,
        moment: datetime | None = None,
        fresh: bool = False,
    ) -> Outcome:
        report = read_project(self.root)
        assert not report.issues, report.issues
        request = Request(
            environment=Environment.parse(name),
            plans=tuple(map(make_plan, report.specs)),
            pipelines=frozenset(pipelines),
            moment=moment,
            fresh=fresh,
            now=datetime(2026, 1, 3, 12, tzinfo=UTC),
        )
        return run_environment(request, self.surroundings, Hearer())

    def production(self) -> object:
        """All that an environment must leave as it is: relations, rows of the registry, the lake.
        Of a view's rights only those of others than environments' roles."""
        schemas = query(
            self.url,
            "SELECT n.nspname, c.relname, c.oid, c.relfilenode FROM pg_class AS c"
            " JOIN pg_namespace AS n ON n.oid = c.relnamespace WHERE strpos(n.nspname, '__') = 0"
            " AND n.nspname ~ '(silver|gold)_' ORDER BY 1, 2",
        )
        rows = [
            query(
                self.url,
                f"SELECT * FROM medallion.{table} WHERE strpos({of}, '__') = 0 ORDER BY 1, 2, 3",
            )
            for table, of in (
                ("loads", "domain"), ("publications", "domain"), ("task_runs", "dag_id"),
                ("gate_results", "domain"), ("current_versions", "domain"),
                ("cursor_moves", "domain"), ("table_figures", "domain"),
                ("table_readers", "domain"), ("landed_files", "domain"), ("incidents", "domain"),
            )
        ]  # fmt: skip
        lake = sorted(
            (str(path), path.stat().st_mtime_ns if path.is_file() else 0)
            for path in (self.root / "lake").rglob("*")
            if "__" not in str(path.relative_to(self.root))
        )
        return schemas, rows, lake


def no_connection(conn_id: str) -> ConnectionDetails:
    raise SetupError(f"no connection {conn_id}")


def query(url: str, text: str) -> list[tuple[object, ...]]:
    with psycopg.connect(url) as connection:
        return connection.execute(text).fetchall()  # type: ignore[call-overload, no-any-return]
