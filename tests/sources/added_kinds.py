"""Run in an interpreter of its own: a source type and a file format that the product does not have.

Registered as CONTRIBUTING says, before a spec's model is made of the types that there are.
"""

from __future__ import annotations

import json
import logging
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Literal

from medallion import sources
from medallion.model import SpecModel
from medallion.records import RecordLayout
from medallion.sources.base.source import ConnectionDetails, KeyProblem
from medallion.sources.formats.file_format import FileAtHand, FileFormat
from medallion.sources.formats.table import FORMATS
from medallion.sources.http.api import Call
from medallion.sources.rest import auth, pagination
from medallion.sources.rest.auth import Credentials, OneAuth
from medallion.sources.rest.paging import Page, Paging, with_param

SPEC = """
description: Numbers, and no file or server that has them.
schedule: "@daily"
start_date: 2026-01-01
datasets:
  numbers:
    source: {type: countdown, start: 3}
    silver:
      primary_key: [number]
      columns:
        number: {type: integer}
  cards:
    source: {type: file, format: cards, path: include/data/shop/cards.txt, joint: "="}
    silver:
      primary_key: [number]
      columns:
        number: {type: integer}
        name: {type: text}
"""
CARDS = "number=1\nname=Ada\n\nnumber=2\nname=Grace\n"
API = """
description: Orders of an API that pages by letters and asks for a stamp.
schedule: "@daily"
start_date: 2026-01-01
datasets:
  orders:
    source:
      type: rest
      conn_id: desk
      path: orders
      auth: {type: stamp}
      pagination: {type: letters, letters: abc}
      records: rows
    silver:
      primary_key: [number]
      columns:
        number: {type: integer}
gold:
  totals:
    sql: totals.sql
    columns: {number: {description: How many.}}
    metrics:
      orders: {expression: sum(number)}
dashboards:
  desk:
    title: The desk
    charts:
      flow: {type: funnel, title: Flow, table: totals, metric: orders}
"""
BROKEN = (
    ("countdown", "countdwn"),
    ("type: countdown, ", ""),
    ('joint: "="', 'joint: ""'),
    ("format: cards", "format: csv"),
)


class Letters(Paging):
    """A page for each letter."""

    type: Literal["letters"]
    letters: str

    def most_pages(self) -> int:
        return len(self.letters)

    def own_params(self) -> tuple[str, ...]:
        return ("page",)

    def first(self, call: Call) -> Call:
        return with_param(call, "query", "page", self.letters[0])

    def next_call(self, page: Page, base: Call) -> Call | None:
        rest = self.letters[page.number :]
        return with_param(base, "query", "page", rest[0]) if rest else None


class Stamp(OneAuth):
    """The connection's password, in a header of its own."""

    type: Literal["stamp"]

    def credentials(self, details: ConnectionDetails, log: logging.Logger) -> Credentials:
        return Credentials(headers={"X-Stamp": details.password}, secrets=(details.password,))


class Desk(BaseHTTPRequestHandler):
    """An order for each letter, for who has the stamp."""

    def do_GET(self) -> None:
        letter = self.path.partition("page=")[2]
        rows = [{"number": ord(letter)}] if self.headers["X-Stamp"] == "blue" else []
        body = json.dumps({"rows": rows}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nothing."""


class CardKeys(SpecModel):
    """The keys of cards."""

    joint: str = ": "
    """cards: what is between a name and its value."""


def joint_of_cards(said: CardKeys) -> Iterator[KeyProblem]:
    """A name ends where its value begins."""
    if not said.joint:
        yield KeyProblem(key="joint", problem="nothing joins nothing", remedy="write `: `")


class Cards(FileFormat):
    """A block of names and values for each record."""

    keys = CardKeys
    rules = (joint_of_cards,)
    has_columns = False

    def examine(self, file: FileAtHand, said: CardKeys) -> tuple[RecordLayout, int]:
        layout = RecordLayout(format="cards", encoding=file.encoding, own=(("joint", said.joint),))
        return layout, len(_cards(file.path, layout))

    def readable(self, part: Path, layout: RecordLayout, folder: Path) -> tuple[Path, RecordLayout]:
        copy = folder / "cards.jsonl"
        copy.write_text("\n".join(map(json.dumps, _cards(part, layout))), encoding="utf-8")
        return copy, RecordLayout(format="jsonl")


def _cards(path: Path, layout: RecordLayout) -> list[dict[str, str]]:
    joint = dict(layout.own)["joint"]
    blocks = path.read_text(encoding=layout.encoding).strip().split("\n\n")
    return [dict(line.split(joint) for line in block.splitlines()) for block in blocks]


def main(root: Path, url: str) -> None:
    """Print what is wrong with broken specs; fill the tables of one that is right."""
    _register()
    from tests.steps import landed

    from medallion.plan.make import make_plan
    from medallion.spec.load.specs import load_all
    from medallion.spec.models.pipeline import PipelineSpec
    from medallion.spec.schema import schema
    from medallion.spec.sql.reader import sql_reader
    from medallion.steps.run import run_step

    file = root / "specs/shop/numbers.yaml"
    file.parent.mkdir(parents=True)
    cards = root / "include/data/shop/cards.txt"
    cards.parent.mkdir(parents=True)
    cards.write_text(CARDS, encoding="utf-8")
    for right, wrong in BROKEN:
        file.write_text(SPEC.replace(right, wrong), encoding="utf-8")
        (issue,) = load_all(root, sql_reader(root)).issues
        sys.stdout.write(f"{issue.problem}; {issue.remedy}\n")
    known = schema(PipelineSpec)["$defs"]
    sys.stdout.write(f"countdown in the schema: {'Countdown' in known}\n")
    joint = known["FileSource"]["properties"]["joint"]["description"]
    sys.stdout.write(f"joint in the schema: {joint}\n")
    file.write_text(SPEC, encoding="utf-8")
    (spec,) = load_all(root, sql_reader(root)).specs
    for task in make_plan(spec).tasks:
        run_step(task.step, replace(landed.context(url, root), task_id=task.task_id))
    _read_the_api(root, url)


def _read_the_api(root: Path, url: str) -> None:
    """Land orders by the way of paging and the auth, and print the kind of the plan's chart."""
    from tests.steps import landed

    from medallion.plan.make import make_plan
    from medallion.plan.model import LandStep
    from medallion.spec.load.specs import load_all
    from medallion.spec.sql.reader import sql_reader
    from medallion.steps.run import run_step

    (root / "specs/shop/numbers.yaml").write_text(API, encoding="utf-8")
    sql = root / "include/sql/shop/totals.sql"
    sql.parent.mkdir(parents=True)
    sql.write_text("SELECT number FROM silver_shop.orders", encoding="utf-8")
    loaded = load_all(root, sql_reader(root))
    assert not loaded.issues, loaded.issues
    plan = make_plan(loaded.specs[0])
    server = ThreadingHTTPServer(("127.0.0.1", 0), Desk)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    details = ConnectionDetails(
        conn_id="desk",
        conn_type="http",
        host=f"http://127.0.0.1:{server.server_port}",
        password="blue",
    )
    (land,) = (one for one in plan.tasks if isinstance(one.step, LandStep))
    context = replace(
        landed.context(url, root), task_id=land.task_id, connection={"desk": details}.__getitem__
    )
    result = run_step(land.step, context)
    server.shutdown()
    (chart,) = plan.dashboards[0].charts
    sys.stdout.write(f"{chart.kind} {result.rows_out}\n")


def _register() -> None:
    """A line in each table, and a folder where the source types are."""
    FORMATS["cards"] = Cards()
    pagination.PAGINATIONS = (*pagination.PAGINATIONS, Letters)
    auth.AUTHS = (*auth.AUTHS, Stamp)
    from medallion.spec.models import charts

    class Funnel(charts.ChartSpec):
        METRICS = ("metric",)
        type: Literal["funnel"]
        metric: str

    charts.CHARTS = (*charts.CHARTS, Funnel)
    sources.__path__.append(str(Path(__file__).with_name("added_types")))


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
