"""CONTRIBUTING's table is true: each kind is defined here, registered in its one place, and works.

They are of no use beyond that. A day's film takes most of them on its way: it lands in another
format, an alias judges it, a verb cleans it, another engine runs the query, and another write
disposition publishes it. A source type is added in `tests/sources/test_kinds.py`, and
a file format with keys of its own; an alert in `tests/deploy/monitoring/test_files.py`.
"""

from __future__ import annotations

import argparse
import json
import logging
import shutil
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from fastapi import APIRouter
from fastapi.testclient import TestClient
from fsspec.implementations.memory import MemoryFileSystem
from prometheus_client.parser import text_string_to_metric_families
from sqlglot import exp
from tests.bi.assets import shop
from tests.docs.pages import MIDNIGHT
from tests.monitoring.test_collect import MOVIES
from tests.operations.alerts.receivers import web_server

from medallion.airflow.pages import app
from medallion.bi.assets.charts import table as charts
from medallion.bi.assets.charts.view import ChartView, Rendered
from medallion.bi.assets.generate import generate
from medallion.checks.aliases import ALIASES, Alias
from medallion.checks.catalogue import expectations
from medallion.checks.traits import TRAITS, Traits
from medallion.cleaning.duckdb.casts import call
from medallion.cleaning.duckdb.readers import table as readers
from medallion.cleaning.duckdb.readers.json_lines import JsonLines
from medallion.cleaning.engines import engine, functions
from medallion.cleaning.engines.duckdb import ENGINE as DUCKDB
from medallion.cleaning.engines.engine import Engine
from medallion.cleaning.engines.functions import FUNCTIONS, UnknownFunction
from medallion.cleaning.engines.table import ENGINES
from medallion.cleaning.verbs.plain import BY_NAME, VERBS, Verb
from medallion.cli import __main__ as cli
from medallion.lake import filesystems
from medallion.mcp_server import call as mcp_call
from medallion.mcp_server import tools
from medallion.mcp_server.arguments import Arguments
from medallion.monitoring import collect
from medallion.monitoring import reference as monitoring
from medallion.monitoring.exposition import expose
from medallion.monitoring.families import Family, Kind
from medallion.operations.alerts import channel
from medallion.operations.alerts.message import Message
from medallion.plan.make import make_plan
from medallion.publish import merge
from medallion.publish.disposition import Staged, WriteDisposition, Written
from medallion.publish.dispositions import DISPOSITIONS
from medallion.publish.relations import identifier, insert_staged
from medallion.records import RecordLayout
from medallion.run import Run
from medallion.sources.base import locations
from medallion.sources.base.source import ConnectionDetails
from medallion.sources.database import kinds
from medallion.sources.formats.file_format import FileAtHand, FileFormat
from medallion.sources.formats.table import FORMATS
from medallion.spec import rules, schema
from medallion.spec.findings.finding import Finding
from medallion.spec.load.specs import load_all
from medallion.spec.models.pipeline import PipelineSpec
from medallion.spec.models.policy import PolicySpec
from medallion.spec.policy.requirements import REQUIREMENTS, Requirement
from medallion.spec.policy.subject import Subject
from medallion.spec.rules.context import RuleContext
from medallion.spec.sql.reader import sql_reader
from medallion.sql import names
from medallion.sql.names import function_problem
from medallion.steps.context import StepContext
from medallion.steps.parts import landing_frames
from medallion.steps.parts.duckdb_engine import OnePart, open_part
from medallion.steps.run import run_step
from medallion.warehouse.registry.measures import Measures
from medallion.warehouse.session import migrate as migrations
from medallion.workbench.imports.base.document import Document
from medallion.workbench.imports.base.node import Leftovers, Node
from medallion.workbench.imports.base.outcome import Imported, Target
from medallion.workbench.imports.base.sketch import Sketch
from medallion.workbench.imports.table import IMPORTERS, Importer

if TYPE_CHECKING:
    import pyarrow as pa

SPEC = """
description: Films as they came first.
schedule: "@daily"
start_date: 2026-01-01
engine: other
datasets:
  films:
    source:
      type: file
      format: cards
      path: include/data/shop/films/:data_interval_start_date.txt
    bronze:
      checks:
        - not_null: {column: title}
    silver:
      primary_key: [film_id]
      write_disposition: keep_first
      columns:
        film_id: {type: integer}
        title: {type: text, clean: [exclaim]}
        score: {type: integer}
      checks:
        - percentage: {column: score, on_failure: quarantine}
"""
DAYS = (
    "film_id: 1\ntitle: Jaws\nscore: 90\n\nfilm_id: 2\ntitle: Alien\nscore: 190\n",
    "film_id: 1\ntitle: JAWS\nscore: 91\n\nfilm_id: 3\ntitle: Heat\nscore: 80\n",
)


class Cards(FileFormat):
    """A block of `key: value` for each record."""

    has_columns = False

    def examine(self, file: FileAtHand, said: object) -> tuple[RecordLayout, int]:
        layout = RecordLayout(format="cards", encoding=file.encoding)
        return layout, len(_cards(file.path, layout))

    def readable(self, part: Path, layout: RecordLayout, folder: Path) -> tuple[Path, RecordLayout]:
        copy = folder / "cards.jsonl"
        copy.write_text("\n".join(map(json.dumps, _cards(part, layout))), encoding="utf-8")
        return copy, RecordLayout(format="card_lines")


def _cards(path: Path, layout: RecordLayout) -> list[dict[str, str]]:
    blocks = path.read_text(encoding=layout.encoding).strip().split("\n\n")
    return [dict(line.split(": ") for line in block.splitlines()) for block in blocks]


@dataclass(frozen=True, slots=True)
class KeepFirst(WriteDisposition):
    """A key that is there stays as it is."""

    name = "keep_first"
    needs_key = True
    why_no_missing_keys = "what is there stays"

    def write(self, staged: Staged) -> Written:
        from psycopg import sql

        version = staged.version_to_write(merge.create_version)
        insert = insert_staged(
            identifier(staged.table.version(version)),
            staged.staging,
            version,
            columns=staged.columns,
            interval_end=staged.interval_end,
        )
        published = staged.execute(sql.SQL("{} ON CONFLICT DO NOTHING").format(insert))
        staged.drop()
        return Written(version=version, published=published)


PERCENTAGE = Alias(
    name="percentage",
    expectation="expect_column_values_to_be_between",
    arguments={"column": "string"},
    required=("column",),
    translate=lambda arguments: (
        "expect_column_values_to_be_between",
        {**arguments, "min_value": 0, "max_value": 100},
    ),
)
EXCLAIM = Verb(
    name="exclaim",
    doc="Says it louder.",
    examples=(("Jaws", "JAWS!"),),
    steps=("concat(shout(value), '!')",),
)
OTHER = Engine(
    name="other",
    dialect="duckdb",
    functions=DUCKDB.functions | {"shout": "other_upper", "regexp_full_match": "other_match"},
)
STARTED: list[Path] = []


@contextmanager
def open_other(part: Path, folder: Path, relations: Mapping[str, pa.Table]) -> Iterator[OnePart]:
    """DuckDB, whose functions of these names are called otherwise."""
    STARTED.append(part)
    with open_part(part, folder, relations) as session:
        session.connection.execute("CREATE MACRO other_upper(x) AS upper(x)")
        session.connection.execute("CREATE MACRO other_match(x, p) AS regexp_full_match(x, p)")
        yield session


READ: set[str] = set()


class CardLines(JsonLines):
    """What the engine reads of a card; and the gate, below."""

    def read(self, path: str, layout: RecordLayout) -> exp.Select:
        READ.add("clean")
        return super().read(path, layout)


def frames_of_cards(*given: Any) -> Iterator[Any]:
    READ.add("gate")
    return landing_frames._READERS["jsonl"].read(*given)


def no_sharks(context: RuleContext) -> Iterator[Finding]:
    """A pipeline is not of sharks."""
    if "shark" in context.spec.description:
        yield Finding(where=("description",), problem="it is of sharks", remedy="leave them be")


class NoMoreThan(Requirement):
    """A table has few columns."""

    doc = "The table has no more `columns` than so many."
    columns: int

    def find(self, subject: Subject) -> Iterator[Finding]:
        if len(subject.columns) > self.columns:
            problem = f"it has {len(subject.columns)} columns"
            yield Finding(where=subject.where, on_key=True, problem=problem)


@pytest.fixture(scope="module", autouse=True)
def _registered() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(FORMATS, "cards", Cards())
        patch.setitem(DISPOSITIONS, "keep_first", KeepFirst())
        patch.setitem(ALIASES, "percentage", PERCENTAGE)
        assert {verb.name: verb for verb in VERBS} == BY_NAME
        patch.setitem(BY_NAME, "exclaim", EXCLAIM)
        patch.setitem(FUNCTIONS, "shout", "capital letters")  # type: ignore[arg-type]
        patch.setitem(readers.READERS, "card_lines", CardLines())  # type: ignore[arg-type]
        gate = landing_frames._Reader(read=frames_of_cards)
        patch.setitem(landing_frames._READERS, "card_lines", gate)
        patch.setitem(ENGINES, "other", "medallion.cleaning.engines.other")
        _add_module(patch, "medallion.cleaning.engines.other", ENGINE=OTHER)
        _add_module(patch, "medallion.steps.parts.other_engine", open_part=open_other)
        patch.setattr(rules, "RULES", (*rules.RULES, no_sharks))
        yield


def _add_module(patch: pytest.MonkeyPatch, name: str, **contents: object) -> None:
    """As a file of that name would."""
    module = ModuleType(name)
    vars(module).update(contents)
    patch.setitem(sys.modules, name, module)


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory, module_warehouse_db: str) -> str:
    """Two days of the spec, run on the other engine; the warehouse's URL."""
    root = tmp_path_factory.mktemp("shop")
    _write(root / "specs/shop/films.yaml", SPEC)
    for day, text in enumerate(DAYS):
        moment = MIDNIGHT + timedelta(days=day)
        _write(root / f"include/data/shop/films/{moment:%Y-%m-%d}.txt", text)
    loaded = load_all(root, sql_reader(root))
    assert [str(issue) for issue in loaded.issues] == []
    (spec,) = loaded.specs
    for day in range(len(DAYS)):
        for task in make_plan(spec).tasks:
            run_step(task.step, _context(root, module_warehouse_db, task.task_id, day))
    return module_warehouse_db


def _context(root: Path, url: str, task_id: str, day: int) -> StepContext:
    start = MIDNIGHT + timedelta(days=day)
    return StepContext(
        run=Run(
            dag_id="shop.films",
            run_id=f"scheduled__{start:%Y-%m-%d}",
            interval_start=start,
            interval_end=start + timedelta(days=1),
        ),
        task_id=task_id,
        try_number=1,
        project_root=root,
        lake_root=str(root / "lake"),
        warehouse_url=url,
        connection={}.__getitem__,
        log=logging.getLogger("medallion"),
    )


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def _query(url: str, query: str) -> list[tuple[object, ...]]:
    with psycopg.connect(url) as connection:
        return connection.execute(query.encode()).fetchall()


def test_a_write_disposition_publishes_and_a_verb_cleans(published: str) -> None:
    rows = _query(published, "SELECT film_id, title, score FROM silver_shop.films ORDER BY 1")
    assert rows == [(1, "JAWS!", 90), (3, "HEAT!", 80)]
    by = _query(published, "SELECT DISTINCT write_disposition FROM medallion.publications")
    assert by == [("keep_first",)]
    duplicates = _query(
        published, "SELECT rows_deduplicated FROM medallion.publications ORDER BY publication_id"
    )
    assert duplicates == [(0,), (1,)]


def test_a_file_format_lands_and_is_read(published: str) -> None:
    landed = _query(
        published,
        "SELECT DISTINCT source->>'format', notes->>'encoding', records FROM medallion.loads",
    )
    assert landed == [("cards", "utf-8", 2)]


def test_a_check_alias_moves_its_rows_to_quarantine(published: str) -> None:
    rows = _query(published, "SELECT reasons, record->>'film_id' FROM quarantine_silver_shop.films")
    assert rows == [(["percentage_score"], "2")]


def test_an_engine_runs_the_query_in_its_own_words(published: str) -> None:
    assert len(STARTED) == len(DAYS)


def test_an_engine_that_is_not_in_the_table_is_refused(tmp_path: Path) -> None:
    _write(tmp_path / "specs/shop/films.yaml", SPEC.replace("engine: other", "engine: othr"))
    (issue,) = load_all(tmp_path, sql_reader(tmp_path)).issues
    assert (issue.key, issue.line) == ("engine", 5)
    assert issue.problem == "the text 'othr' is not one of duckdb, spark, other"


def test_what_is_registered_is_in_the_schema_for_editors(published: str) -> None:
    definitions = schema.schema(PipelineSpec)["$defs"]
    assert "keep_first" in definitions["WriteDisposition"]["enum"]
    assert "cards" in definitions["FileSource"]["properties"]["format"]["enum"]
    assert "percentage" in definitions["CheckSpec"]["properties"]
    assert schema.schema(PipelineSpec)["properties"]["engine"]["enum"] == [
        "duckdb",
        "spark",
        "other",
    ]
    assert "exclaim" in definitions["VerbSpec"]["anyOf"][0]["enum"]


def test_the_traits_of_a_disposition_are_held_by_the_rules(tmp_path: Path) -> None:
    broken = SPEC.replace("      primary_key: [film_id]\n", "")
    broken = broken.replace("write_disposition: keep_first", "write_disposition: keep_first\n"
                            "      missing_keys: soft_delete")  # fmt: skip
    _write(tmp_path / "specs/shop/films.yaml", broken)
    issues = load_all(tmp_path, sql_reader(tmp_path)).issues
    assert {issue.rule for issue in issues} == {"merge-needs-primary-key", "missing-keys-of-merge"}
    assert "keep_first has no use for it: what is there stays" in str(issues)


def test_a_rule_reports_at_its_line(tmp_path: Path) -> None:
    _write(tmp_path / "specs/shop/films.yaml", SPEC.replace("Films as", "A shark, as"))
    (issue,) = load_all(tmp_path, sql_reader(tmp_path)).issues
    assert (issue.rule, issue.problem) == ("no-sharks", "it is of sharks")
    assert (issue.line, issue.key) == (2, "description")


def test_a_requirement_of_a_policy_is_a_class_and_its_word(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(REQUIREMENTS, "no_more_than", NoMoreThan)
    rule = "rules: {few: {require: {no_more_than: {columns: 2}}}}"
    _write(tmp_path / "specs/policy.yaml", rule)
    _write(tmp_path / "specs/shop/films.yaml", SPEC)
    (issue,) = load_all(tmp_path, sql_reader(tmp_path)).issues
    assert (issue.rule, issue.problem, issue.line) == ("policy/few", "it has 3 columns", 7)
    taking = schema.schema(PolicySpec)["$defs"]["RequireSpec"]["anyOf"][1]["properties"]
    assert taking["no_more_than"]["required"] == ["columns"]


def test_a_cli_verb_is_a_module_and_its_name(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def run(arguments: argparse.Namespace) -> int:
        sys.stdout.write(f"Hello, {arguments.name}.\n")
        return 3

    _add_module(
        monkeypatch,
        "medallion.cli.greet",
        HELP="greet somebody",
        add_arguments=lambda parser: parser.add_argument("name"),
        run=run,
    )
    monkeypatch.setattr(cli, "VERBS", (*cli.VERBS, "greet"))
    assert cli.main(["greet", "Ada"]) == 3
    assert capsys.readouterr().out == "Hello, Ada.\n"


def test_a_file_of_another_tool_is_recognised_and_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "specs").mkdir()
    (tmp_path / "cards.yaml").write_text("cards: {films: films.csv, size: 7}")
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(IMPORTERS, "cards", Importer(
            what="box of cards", recognises=lambda found: "cards" in found.data, read=read_cards
        ))  # fmt: skip
        words = ["import", "shop/cards", str(tmp_path / "cards.yaml"), "--root", str(tmp_path)]
        assert cli.main(words) == 0
    written = (tmp_path / "specs/shop/cards.yaml").read_text()
    assert "# Imported from cards.yaml, box of cards.\n" in written
    assert "      path: include/data/shop/films.csv\n" in written
    assert "- cards.size (line 1): Medallion has no counterpart" in capsys.readouterr().out


def read_cards(document: Document, target: Target) -> Imported:
    leftovers = Leftovers(document.lines)
    root = Node(document.data, "", leftovers)
    sketch = Sketch(name="cards", said={"description": "Cards."})
    path = f"include/data/{target.domain}/{root.node('cards').text('films')}"
    sketch.add_dataset("films", {"type": "file", "path": path}, [])
    root.report_unread()
    return Imported(drafts=(sketch.finish(),), not_mapped=leftovers.in_order())


def test_a_part_of_another_kind_is_read_by_its_readers(published: str) -> None:
    assert {"clean", "gate"} == READ


def test_a_metric_is_a_family_and_its_value(monkeypatch: pytest.MonkeyPatch) -> None:
    sharks = Family(
        name="medallion_sharks",
        kind=Kind.GAUGE,
        labels=("domain", "layer", "table"),
        meaning="Sharks that were seen.",
    )
    monkeypatch.setattr(monitoring, "FAMILIES", (*monitoring.FAMILIES, sharks))
    row = "| `medallion_sharks` | gauge | `domain`, `layer`, `table` | Sharks that were seen. |"
    assert monitoring.reference().splitlines()[-1] == row
    monkeypatch.setitem(collect._OF_TABLES, sharks, lambda table: 3.0)  # type: ignore[arg-type]
    found = collect.collect(Measures(tables=[MOVIES]))
    (seen,) = (series for series in found if series.family is sharks)
    (family,) = text_string_to_metric_families(expose([seen], "")[1].decode())
    assert (family.documentation, family.type) == (sharks.meaning, "gauge")
    movies = {"domain": "cinema", "layer": "silver", "table": "movies"}
    assert [(one.labels, one.value) for one in family.samples] == [(movies, 3.0)]


def test_a_kind_of_chart_is_a_function_and_its_row(monkeypatch: pytest.MonkeyPatch) -> None:
    def funnel(view: ChartView) -> Rendered:
        return Rendered(viz_type="funnel", params={"metric": view.metric.name}, query={})

    monkeypatch.setitem(charts.KINDS, "funnel", charts.Kind(render=funnel, height=30))
    chart = replace(shop.CHARTS[0], kind="funnel")
    board = replace(shop.DASHBOARD, charts=(chart,), rows=())
    declared = [replace(shop.dashboards()[0], dashboard=board)]
    files = generate(shop.WAREHOUSE, shop.tables(), declared).files
    assert files["charts/shop-all-revenue.yaml"]["viz_type"] == "funnel"
    assert files["dashboards/shop-all.yaml"]["position"]["CHART-2-1"]["meta"]["height"] == 30


def test_a_migration_is_a_file_with_the_next_number(
    tmp_path: Path, second_warehouse_db: str
) -> None:
    folder = tmp_path / "migrations"
    shutil.copytree(migrations.FOLDER, folder)
    newest = migrations.list_released()[-1].version
    _write(folder / f"{newest + 1:04d}_sharks.sql", "CREATE TABLE medallion.sharks (sea text);")
    with psycopg.connect(second_warehouse_db) as connection:
        migrations.migrate(connection, migrations.list_released())
        migrations.migrate(connection, migrations.read_migrations(folder))
    assert _query(second_warehouse_db, "SELECT count(*) FROM medallion.sharks") == [(0,)]
    version = _query(second_warehouse_db, "SELECT max(version) FROM medallion.registry_version")
    assert version == [(newest + 1,)]


def test_a_function_that_sql_may_call_is_a_line_of_the_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert function_problem(("count_sharks",)) is not None
    _write(tmp_path / "allowed.txt", f"{names.FUNCTIONS_FILE.read_text()}count_sharks\n")
    monkeypatch.setattr(names, "FUNCTIONS_FILE", tmp_path / "allowed.txt")
    names.list_allowed_functions.cache_clear()
    try:
        assert function_problem(("count_sharks",)) is None
    finally:
        names.list_allowed_functions.cache_clear()


def test_what_a_gate_knows_of_an_expectation_is_a_row_of_the_traits(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    name = "expect_column_values_to_be_in_set"
    check = f"- {name}: {{column: score, value_set: [1]}}"
    _write(
        tmp_path / "specs/shop/films.yaml",
        SPEC.replace("- percentage: {column: score, on_failure: quarantine}", check),
    )
    assert not load_all(tmp_path, sql_reader(tmp_path)).issues
    monkeypatch.setitem(TRAITS, name, Traits(passes_without="mostly"))  # type: ignore[arg-type]
    expectations.cache_clear()
    try:
        (issue,) = load_all(tmp_path, sql_reader(tmp_path)).issues
    finally:
        expectations.cache_clear()
    assert "mostly" in issue.problem


def test_a_channel_of_messages_is_a_row(monkeypatch: pytest.MonkeyPatch) -> None:
    pigeon = channel.ChannelKind(
        address=lambda details, to, message: f"json://{details.host}:{details.port}/{to[0]}"
    )
    monkeypatch.setitem(channel.CHANNELS, "pigeon", pigeon)
    message = Message(title="A shark", body="in the bay", is_good=False, fields={})
    with web_server() as loft:
        details = ConnectionDetails(
            conn_id="loft", conn_type="pigeon", host="127.0.0.1", port=loft.port
        )
        channel.send(details, ["ada"], message)
    ((path, _, document),) = loft.posts
    assert (path, document["title"]) == ("/ada", "A shark")


def test_a_scheme_of_files_is_a_row(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(locations, "SCHEMES", (*locations.SCHEMES, "memo"))
    monkeypatch.setitem(filesystems.OPENERS, "memo", lambda details: MemoryFileSystem())
    location = locations.Location.parse("memo://desk@box/a.csv")
    assert location is not None
    assert location.problem() == ""
    details = ConnectionDetails(conn_id="desk", conn_type="memo", host="box")
    assert isinstance(filesystems.open_storage(location.scheme, details), MemoryFileSystem)


def test_a_page_of_the_catalogue_is_a_router(monkeypatch: pytest.MonkeyPatch) -> None:
    router = APIRouter()
    router.add_api_route("/sharks", lambda: {"sharks": 3})
    monkeypatch.setattr(app, "ROUTERS", (*app.ROUTERS, router))
    with TestClient(app.make_app()) as client:
        assert client.get("/sharks").json() == {"sharks": 3}


def test_a_kind_of_database_is_a_row(monkeypatch: pytest.MonkeyPatch) -> None:
    kind = kinds.DatabaseKind(dialect="sqlite", reader="sqlite", package="sharkbase")
    monkeypatch.setitem(kinds.KINDS, "sharkbase", kind)
    assert kinds.kind_of("SharkBase") is kind
    assert kinds.package_of("sharkbase") == "sharkbase"


def test_a_function_of_the_cleaning_query_is_a_row_and_each_engine_says_what_it_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with pytest.raises(UnknownFunction):
        call("soundex", exp.column("name"))
    monkeypatch.setattr(functions, "FUNCTIONS", {**FUNCTIONS, "soundex": "how a text sounds"})
    monkeypatch.setattr(engine, "FUNCTIONS", functions.FUNCTIONS)
    query = exp.select(call("soundex", exp.column("name")))
    with pytest.raises(ValueError, match=r"does not say what .*soundex is"):
        replace(DUCKDB, name="silent")
    known = {name: name for name in functions.FUNCTIONS}
    sounds = replace(DUCKDB, functions={**known, "soundex": "sounds_like"})
    assert sounds.render(query) == "SELECT SOUNDS_LIKE(name)"


def test_a_tool_of_the_mcp_server_is_a_module_its_arguments_and_a_row(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    class Count(Arguments):
        folder: str

    _add_module(
        monkeypatch,
        "medallion.mcp_server.answers.count",
        answer=lambda given, root: f"{sum(1 for _ in (root / given.folder).iterdir())} files",
    )
    row = tools.Tool(name="count", title="Count", description="How many files.", takes=Count)
    monkeypatch.setattr(tools, "TOOLS", (*tools.TOOLS, row))
    (tool,) = (one for one in tools.tools_of(allow_write=False).values() if one.name == "count")
    assert tool.schema()["required"] == ["folder"]
    (tmp_path / "specs").mkdir()
    (tmp_path / "specs/access.yaml").touch()
    job = {"arguments": {"folder": "specs"}, "root": str(tmp_path)}
    assert mcp_call._answer(tool, job) == ("1 files", False)
