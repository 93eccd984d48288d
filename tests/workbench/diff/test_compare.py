"""What a changed spec or SQL would publish, beside what a shop has published."""

from __future__ import annotations

import json
import logging
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from unittest.mock import patch

import pytest
from tests.docs.pages import Project, fenced
from tests.steps.staged import REPLACE, Run, query
from tests.workbench.comparison.repository import commit_all, git

from medallion.catalogue.column_lineage import ColumnOrigins
from medallion.catalogue.declared import Declared
from medallion.cli.__main__ import main
from medallion.errors import SetupError, SpecError, WarehouseRefused
from medallion.local.postgres import EmbeddedPostgres
from medallion.operations.surroundings import Surroundings
from medallion.sources.base.source import ConnectionDetails
from medallion.steps.publish import step as publish
from medallion.warehouse.registry.named_table import parse_published_table
from medallion.workbench.comparison.sides import read_side
from medallion.workbench.diff import protected
from medallion.workbench.diff.ask import ask, plan_of_table
from medallion.workbench.diff.branch_report import branch_document, branch_markdown, branch_text
from medallion.workbench.diff.compare import diff
from medallion.workbench.diff.document import document
from medallion.workbench.diff.found import ColumnDiff, TableDiff
from medallion.workbench.diff.markdown import as_markdown
from medallion.workbench.diff.of_branch import BranchData, Limits, diff_branch
from medallion.workbench.diff.page import as_page
from medallion.workbench.diff.text import as_text
from medallion.workbench.diff.touched import find_touched
from medallion.workbench.scratch import open_scratch

SALES, TOTALS = "specs/shop/sales.yaml", "include/sql/shop/totals.sql"
LISTED, FROM_LAB = "include/sql/shop/listed.sql", "include/sql/shop/from_lab.sql"
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
      columns:
        order_id: {from: id, type: bigint}
        price: {from: amount, type: "decimal(10,2)"}
        amount: {type: "decimal(10,2)", expression: price}
        buyer: {type: text, classification: {pii: email, protect: mask, unmasked_for: [no_one]}}
        note: {type: text, nullable: true}
        extra: {from: note, type: text, nullable: true}
      checks:
        - between: {column: amount, min_value: 0, on_failure: quarantine}
  stock:
    source: {type: file, path: include/data/shop/stock.csv}
    silver:
      primary_key: [item]
      write_disposition: merge
      columns:
        item: {type: text}
        counted: {from: pieces, type: integer}
        pieces: {type: integer, expression: counted}
gold:
  totals:
    sql: totals.sql
    primary_key: [note]
  listed:
    sql: listed.sql
  from_lab:
    sql: from_lab.sql
  days:
    sql: days.sql
    primary_key: [day]
    materialization: incremental
    time_column: day
""",
    "specs/lab/sensors.yaml": """\
description: What sensors say.
datasets:
  readings:
    source: {type: file, path: include/data/lab/readings.csv}
    silver:
      share_with: [shop]
      columns: {id: {type: bigint}, value: {type: text}}
""",
    TOTALS: "select coalesce(note, 'none') as note, sum(amount) as total, count(*) as orders\n"
    "from silver_shop.orders group by 1\n",
    LISTED: "select note, amount from silver_shop.orders\n",
    "include/sql/shop/days.sql": "select d::date as day, (select count(*) from silver_shop.stock)"
    " as items from generate_series(:data_interval_start,\n:data_interval_end - interval '1 day',"
    " interval '1 day') as d\n",
    FROM_LAB: "select id, value from silver_lab.readings\n",
    "include/data/shop/orders.csv": "id,amount,buyer,note\n1,9.50,ann@example.org,red\n"
    "2,x,bob@example.org,red\n3,-1,eve@example.org,\n4,2.00,dan@example.org,blue\n"
    "5,3.00,fay@example.org,blue\n6,4.00,guy@example.org,\n",
    "include/data/shop/stock.csv": "item,pieces\ncup,3\n",
}


class Shop:
    """A shop that has published twice, and diffs of what it would publish now."""

    def __init__(self, root: Path, url: str, server: EmbeddedPostgres) -> None:
        self.project, self.url, self.server = Project(root=root, url=url), url, server
        for name, text in FILES.items():
            self.project.write(name, text)
        (root / "lake").mkdir()
        (root / ".medallion").mkdir()
        (root / ".medallion" / "postgres").symlink_to(server.root)
        self._publish_readings()
        self.project.run("shop.sales")
        self.project.write("include/data/shop/stock.csv", "item,pieces\npot,5\npan,1\n")
        self.project.run("shop.sales", day=1)
        # What the source has got since shows only where it is asked.
        self.project.write("include/data/shop/orders.csv", "id,amount,buyer,note\n9,1,x@y.zz,new\n")

    @contextmanager
    def edited(self, edits: Mapping[str, tuple[str, str]]) -> Iterator[None]:
        """Files of the project with one text in place of another."""
        for path, (old, new) in edits.items():
            assert old in FILES[path]
            self.project.write(path, FILES[path].replace(old, new))
        try:
            yield
        finally:
            for path in edits:
                self.project.write(path, FILES[path])

    def diff(self, name: str, *, fresh: bool = False) -> TableDiff:
        table, side = parse_published_table(name), read_side(self.project.root)
        where = self.surroundings
        question = ask(table, plan_of_table(table, side), where, fresh=fresh)
        with open_scratch(self.server) as scratch:
            return diff(question, side, scratch, where, lambda line: None)

    @property
    def surroundings(self) -> Surroundings:
        root = self.project.root
        return Surroundings(
            project_root=root,
            lake_root=str(root / "lake"),
            warehouse_url=self.url,
            connection=no_connection,
            log=logging.getLogger("test"),
        )

    def state(self) -> object:
        """What a diff must leave as it is."""
        counts = "SELECT (SELECT count(*) FROM medallion.{0}), (SELECT count(*) FROM pg_class)"
        files = sorted(p.name for p in (self.project.root / "lake").rglob("*"))
        return [query(self.url, counts.format(one)) for one in ("loads", "task_runs")], files

    def _publish_readings(self) -> None:
        run = Run(url=self.url, day=0)
        run.stage([(1, "a")])
        publish.run(replace(REPLACE, share_with=("shop",)), run.context())


def no_connection(conn_id: str) -> ConnectionDetails:
    raise SetupError(f"no connection {conn_id}")


@pytest.fixture(scope="module")
def shop(
    tmp_path_factory: pytest.TempPathFactory,
    module_warehouse_db: str,
    embedded_postgres: EmbeddedPostgres,
) -> Shop:
    return Shop(tmp_path_factory.mktemp("shop"), module_warehouse_db, embedded_postgres)


def column(found: TableDiff, name: str) -> ColumnDiff:
    return next(one for one in found.columns if one.name == name)


def counts(found: TableDiff) -> tuple[int, int, int, int]:
    assert found.rows is not None
    return found.rows.added, found.rows.removed, found.rows.changed, found.rows.same


def test_what_has_not_changed_has_no_difference_and_leaves_nothing(shop: Shop) -> None:
    before = shop.state()
    for name, rows in (("silver_shop.orders", 4), ("gold_shop.totals", 3)):
        found = shop.diff(name)
        assert not found.is_different, as_text(found)
        assert counts(found) == (0, 0, 0, rows)
        assert "no difference" in as_text(found)
    assert shop.state() == before


def test_a_changed_spec_shows_in_its_columns_and_rows(shop: Shop) -> None:
    edits = (
        # An expression; a column that was masked is public, one comes, one goes, one is retyped.
        'amount: {type: "decimal(10,2)", expression: price}\n'
        "        buyer: {type: text, classification: {pii: email, protect: mask, unmasked_for:"
        " [no_one]}}\n"
        "        note: {type: text, nullable: true}\n"
        "        extra: {from: note, type: text, nullable: true}\n",
        "amount: {type: double, expression: price * 2}\n"
        "        buyer: {type: text, classification: {pii: email, protect: none}}\n"
        "        note: {type: text, nullable: true}\n"
        "        written: {from: amount, type: text}\n",
    )
    with shop.edited({SALES: edits}):
        found = shop.diff("silver_shop.orders")
    assert found.source.startswith("the landing of scheduled__2026-01-02")
    assert counts(found) == (0, 0, 4, 0)
    assert [(one.name, one.rows) for one in found.columns] == [
        ("price", 0), ("amount", 4), ("buyer", 4), ("note", 0)
    ]  # fmt: skip
    first = column(found, "amount").examples[0]
    assert (first.key, first.before, first.after) == (("1",), "9.50", "19")
    total = next(one for one in found.aggregates if (one.column, one.measure) == ("amount", "sum"))
    assert (total.before, total.after) == ("18.5", "37")
    assert [(c.name, c.type) for c in found.schema.added] == [("written", "text")]
    assert [c.name for c in found.schema.removed] == ["extra"]
    assert found.schema.retyped == (("amount", "numeric(10,2)", "double precision"),)
    assert any("breaking_change" in note for note in found.notes)
    # What the change would make public is shown to nobody before it is accepted.
    assert column(found, "buyer").examples == ()
    shown = as_text(found) + as_markdown(found) + str(document(found))
    assert "(protected)" in shown and "@example" not in shown and "****" not in shown


def test_rows_that_a_check_would_quarantine_are_gone_and_counted(shop: Shop) -> None:
    with shop.edited({SALES: ("min_value: 0, on", "min_value: 3, on")}):
        found = shop.diff("silver_shop.orders")
    assert counts(found) == (0, 1, 0, 3)
    left_out = next(one for one in found.aggregates if one.measure == "quarantined")
    assert (left_out.before, left_out.after) == ("2", "3")


def test_the_source_is_asked_and_a_gate_that_fails_is_said(shop: Shop) -> None:
    with shop.edited({SALES: ("min_value: 0, on_failure: quarantine", "min_value: 3")}):
        found = shop.diff("silver_shop.orders", fresh=True)
    assert found.rows_after == 1
    assert "would not be published" in as_text(found)


def test_a_merge_is_compared_where_the_landing_would_write(shop: Shop) -> None:
    with shop.edited({SALES: ("expression: counted", "expression: counted + 1")}):
        found = shop.diff("silver_shop.stock")
    assert counts(found) == (0, 0, 2, 0) and found.untouched == 1
    assert "1 published rows that such a run leaves" in as_text(found)


def test_a_table_that_grows_is_built_whole_and_shows_what_its_runs_have_missed(shop: Shop) -> None:
    """The second run has made its own day; of the first one the stock is another by now."""
    assert query(shop.url, "SELECT items FROM gold_shop.days ORDER BY day") == [(1,), (3,)]
    found = shop.diff("gold_shop.days")
    assert counts(found) == (0, 0, 1, 1) and found.untouched == 0
    assert any("2026-01-01 00:00 to 2026-01-03 00:00 UTC" in note for note in found.notes)


def test_changed_sql_by_key_as_whole_rows_and_with_a_broken_key(shop: Shop) -> None:
    with shop.edited(
        {TOTALS: ("'none'", "'nothing'"), LISTED: ("amount from", "amount + 1 as amount from")}
    ):
        by_key, whole = shop.diff("gold_shop.totals"), shop.diff("gold_shop.listed")
    assert counts(by_key) == (1, 1, 0, 2)
    assert [(row.kind, row.key) for row in by_key.examples] == [
        ("added", ("nothing",)),
        ("removed", ("none",)),
    ]
    assert counts(whole) == (3, 3, 0, 1) and not whole.key
    assert any("whole rows" in note for note in whole.notes)
    with shop.edited({TOTALS: ("group by 1", "group by 1, amount")}):
        broken = shop.diff("gold_shop.totals")
    assert "not a primary key: 1 keys have several rows" in broken.problem
    assert broken.rows is not None and broken.rows.uncompared_after == 2
    with (
        shop.edited({TOTALS: ("sum(amount)", "sum(amount) / 0")}),
        pytest.raises(WarehouseRefused, match=r"division by zero .*at line 1"),
    ):
        shop.diff("gold_shop.totals")


def test_the_command_prints_what_its_page_shows(
    shop: Shop, project_root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """docs/diff.md, and as Markdown golden/totals.md."""
    root = shop.project.root
    asked = ["diff", "gold_shop.totals", "--root", str(root)]
    edit = (
        "sum(amount) as total, count(*) as orders",
        "sum(amount) * 2 as total, avg(amount) as mean",
    )
    with patch.dict(os.environ, {"MEDALLION_WAREHOUSE_URL": shop.url}):
        assert main([*asked, "--exit-code"]) == 0
        assert "= no difference: 3 rows the same" in capsys.readouterr().out
        with shop.edited({TOTALS: edit}):
            assert main([*asked, "--exit-code"]) == 1
            text = capsys.readouterr()
            assert main([*asked, "--markdown", "--html", str(root / "diff.html")]) == 0
            markdown = capsys.readouterr()
            assert main([*asked, "--json"]) == 0
            found = json.loads(capsys.readouterr().out)
        assert main(["diff", "gold_shop.total", "--root", str(root)]) == 2
        refused = capsys.readouterr().err
        assert "no spec publishes gold_shop.total" in refused
        assert "did you mean gold_shop.totals?" in refused
    assert "totals: 3 rows by include/sql/shop/totals.sql" in text.err
    assert found["rows"]["changed"] == 3 and found["schema"]["added"] == [
        {"name": "mean", "type": "numeric"}
    ]
    html = (root / "diff.html").read_text("utf-8")
    assert (root / "diff.html").stat().st_mode & 0o077 == 0
    for shown in ("Diff of gold_shop.totals", "note = red", "9.50", "19.00", "3 rows changed"):
        assert shown in html
    assert "<script" not in html and "http" not in html.replace("http-equiv", "")
    golden = Path(__file__).with_name("golden") / "totals.md"
    (page,) = fenced(project_root / "docs" / "diff.md", "text")
    if "MEDALLION_WRITE_GOLDEN" in os.environ:
        golden.write_text(_undated(markdown.out), "utf-8")
    assert _undated(markdown.out) == golden.read_text("utf-8")
    assert _undated(text.out) == page


def _undated(text: str) -> str:
    return re.sub(r"published \S+ \d\d:\d\d", "published 2026-01-03 04:05", text)


def test_what_was_never_published_is_all_new(shop: Shop) -> None:
    with shop.edited({SALES: ("  from_lab:\n", "  fresh:\n    sql: listed.sql\n  from_lab:\n")}):
        found = shop.diff("gold_shop.fresh")
    assert found.version is None and found.is_different
    text = as_text(found)
    assert "never published: 4 rows would be new" in text
    assert "+ amount  added, numeric(10,2): 0 NULLs, 2 to 9.5" in text
    assert "sum " not in text and "measure" not in text
    with (
        shop.edited({LISTED: ("silver_shop.orders", "gold_shop.fresh2")}),
        pytest.raises((SetupError, SpecError)),
    ):
        shop.diff("gold_shop.listed")


def test_a_page_escapes_what_data_and_specs_say(shop: Shop) -> None:
    """A value, a column's name and a note with markup in them."""
    edit = ("'none'", "'<script>x</script>'")
    with shop.edited({TOTALS: edit}):
        page = as_page(shop.diff("gold_shop.totals"))
    assert "&lt;script&gt;x&lt;/script&gt;" in page and "<script>" not in page


def diff_of_branch(
    shop: Shop, edits: Mapping[str, tuple[str, str]], limits: Limits | None = None
) -> BranchData:
    before = read_side(shop.project.root)
    with shop.edited(edits):
        after = read_side(shop.project.root)
        return diff_branch(
            find_touched(before, after),
            before,
            after,
            lambda: open_scratch(shop.server),
            shop.surroundings,
            lambda line: None,
            limits,
        )


DOUBLE = ("expression: price}\n        buyer", "expression: price * 2}\n        buyer")


def test_a_branch_shows_the_rows_of_all_that_it_touches(shop: Shop) -> None:
    before = shop.state()
    data = diff_of_branch(shop, {SALES: DOUBLE})
    found = {str(one.table.public): one for one in data.diffs}
    assert list(found) == ["silver_shop.orders", "gold_shop.listed", "gold_shop.totals"]
    assert data.missing == ()
    assert counts(found["gold_shop.totals"]) == (0, 0, 3, 0)
    (total,) = [one for one in found["gold_shop.totals"].columns if one.rows]
    assert (total.name, total.examples[0].before, total.examples[0].after) == (
        "total", "5.00", "10.00"
    )  # fmt: skip
    assert "only what it reads has changed: silver_shop.orders" in found["gold_shop.totals"].notes
    assert counts(found["gold_shop.listed"])[:2] == (4, 4)
    assert shop.state() == before


def test_a_branch_is_compared_within_limits_and_names_the_rest(shop: Shop) -> None:
    small = diff_of_branch(shop, {SALES: DOUBLE}, Limits(rows=3))
    assert small.diffs == ()
    assert [(str(one.table.public), one.why[:40]) for one in small.missing] == [
        ("silver_shop.orders", "4 rows are published, and 3 are the limi"),
        ("gold_shop.listed", "it reads silver_shop.orders, whose new r"),
        ("gold_shop.totals", "it reads silver_shop.orders, whose new r"),
    ]
    late = diff_of_branch(shop, {TOTALS: ("'none'", "'nothing'")}, Limits(seconds=-1.0))
    assert [one.why for one in late.missing] == ["the -1 s for all tables were over"]
    merged = diff_of_branch(shop, {SALES: ("expression: counted", "expression: counted + 1")})
    assert [str(one.table.public) for one in merged.diffs] == ["silver_shop.stock"]
    nothing = diff_of_branch(shop, {SALES: ("What a shop sells.", "What the shop sells.")})
    assert nothing == BranchData()


def test_a_branch_shows_nobody_what_it_would_make_public(shop: Shop) -> None:
    """It takes the protection away, and selects the clear value under another name. A checkout of
    a CI knows no spec that runs: what the base protects counts."""
    edits = {
        SALES: (
            "{pii: email, protect: mask, unmasked_for: [no_one]}",
            "{pii: email, protect: none}",
        ),
        LISTED: ("select note, amount from", "select note, amount, buyer as said from"),
    }
    nobody_knows = Declared(tables={}, by_name={}, origins=ColumnOrigins({}))
    with patch.object(protected.SpecShelf, "now", return_value=nobody_knows):
        data = diff_of_branch(shop, edits)
    shown = branch_text(data) + branch_markdown(data) + str(branch_document(data))
    shown += "".join(as_page(one) for one in data.diffs)
    assert "gold_shop.listed" in shown and "@example" not in shown


def test_check_puts_the_data_into_the_comment(
    shop: Shop, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    root, comment = shop.project.root, tmp_path / "check.md"
    (root / ".gitignore").write_text("lake/\n.medallion/\n")
    git(root, "init", "--quiet", "--initial-branch", "main")
    commit_all(root)
    asked = ["check", "--base", "HEAD", "--data", "--root", str(root)]
    with (
        patch.dict(os.environ, {"MEDALLION_WAREHOUSE_URL": shop.url}),
        shop.edited({TOTALS: ("'none'", "'nothing'")}),
    ):
        assert main([*asked, "--format", "markdown", "--output", str(comment)]) == 0
        assert "1 row added, 1 removed" in capsys.readouterr().out
        assert main([*asked, "--format", "json"]) == 0
        document = json.loads(capsys.readouterr().out)
    text = comment.read_text("utf-8")
    assert "### What it does to the rows" in text and "1 row added, 1 removed" in text
    assert [one["table"] for one in document["data"]["tables"]] == ["gold_shop.totals"]
    nobody = {"MEDALLION_WAREHOUSE_URL": "postgresql://loader:pw@127.0.0.1:9/warehouse"}
    with patch.dict(os.environ, nobody), shop.edited({TOTALS: ("'none'", "'nothing'")}):
        assert main(asked) == 2
    printed = capsys.readouterr()
    assert "1 review" in printed.out and "not compared: gold_shop.totals" in printed.out


def test_what_the_domain_may_not_read_is_not_read(shop: Shop) -> None:
    # The working tree's spec shares it, the published one does not any longer.
    run = Run(url=shop.url, day=5)
    run.stage([(1, "secret")])
    publish.run(REPLACE, run.context())
    with pytest.raises(WarehouseRefused, match=r"silver_lab\.readings.*may not read"):
        shop.diff("gold_shop.from_lab")
