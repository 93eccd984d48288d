"""`validate --with-warehouse` on a real server: verdicts with their places, and no run."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.steps.staged import REPLACE, Run, query

from medallion.cli.__main__ import main
from medallion.names import Layer, PublishedTable, TableName
from medallion.plan.model import BuildStep
from medallion.steps import build
from medallion.steps.publish import step as publish

SPEC = """\
description: What sensors say.
datasets:
  readings:
    source: {type: file, path: include/data/lab/readings.csv}
    silver:
      columns: {id: {type: bigint}, value: {type: text}}
      checks:
        - unexpected_rows_expectation:
            unexpected_rows_query: |
              select id from {batch} as b
              where b._bronze_record > 0 and b.id = b.value
  later:
    source: {type: file, path: include/data/lab/later.csv}
    silver: {columns: {id: {type: bigint}}}
gold:
  good:
    sql: good.sql
    checks:
      - accepted_values: {column: size, values: [a, b]}
      - unexpected_rows_expectation:
          unexpected_rows_query: select said from {batch} where size < 0 and said + 1 = 2
      - unexpected_rows_expectation:
          unexpected_rows_query: select 1 from {batch} join silver_lab.later using (id)
  mixed: {sql: mixed.sql}
  starred: {sql: starred.sql, primary_key: [idd]}
  waiting: {sql: waiting.sql}
"""

SQL = {
    "good": "select id, upper(value) as said, length(value) as size\nfrom silver_lab.readings",
    "mixed": "select :run_id as run,\n  é.id, upper(é.id) as é from silver_lab.readings as é",
    "starred": "select * from silver_lab.readings",
    "waiting": "select upper(id) as id from silver_lab.later",
}

EXPECTED = """\
include/sql/lab/mixed.sql:2:9: error: [warehouse] gold.mixed.sql: PostgreSQL refuses it: function upper(bigint) does not exist [42883] (the types do not go together: write CAST(… AS …))
specs/lab/sensors.yaml:9:36: error: [warehouse] datasets.readings.silver.checks[0].unexpected_rows_expectation.unexpected_rows_query: line 2, column 37 of the query: PostgreSQL refuses it: operator does not exist: bigint = text [42883] (the types do not go together: write CAST(… AS …))
specs/lab/sensors.yaml:19:49: error: [warehouse] gold.good.checks[0].accepted_values.values: the column is integer, and never 'a' (write values of integer)
specs/lab/sensors.yaml:21:34: error: [warehouse] gold.good.checks[1].unexpected_rows_expectation.unexpected_rows_query: line 1, column 50 of the query: PostgreSQL refuses it: operator does not exist: text + integer [42883] (the types do not go together: write CAST(… AS …))
specs/lab/sensors.yaml:23:34: warning: [not-asked] gold.good.checks[2].unexpected_rows_expectation.unexpected_rows_query: the warehouse was not asked: silver_lab.later was never published (run the pipelines that publish what it reads first, then ask again)
specs/lab/sensors.yaml:25:45: error: [warehouse] gold.starred.primary_key[0]: starred.sql gives no column idd (did you mean id?)
specs/lab/sensors.yaml:26:18: warning: [not-asked] gold.waiting.sql: the warehouse was not asked: silver_lab.later was never published (run the pipelines that publish what it reads first, then ask again)
"""  # noqa: E501  # as it is printed


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project that is valid as far as can be seen without a server."""
    for path, text in {
        "specs/lab/sensors.yaml": SPEC,
        "include/data/lab/readings.csv": "id,value\n",
        "include/data/lab/later.csv": "id\n",
        **{f"include/sql/lab/{name}.sql": f"{text}\n" for name, text in SQL.items()},
    }.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text, encoding="utf-8")
    return tmp_path


def test_the_warehouse_judges_what_specs_alone_do_not_tell(
    warehouse_db: str,
    project: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("MEDALLION_WAREHOUSE_URL", warehouse_db)
    asked = ["validate", "--ci", "--root", str(project)]
    assert main(asked) == 0
    assert capsys.readouterr().out == "1 spec valid.\n"
    # Nothing was ever published, and the domain has no role: no verdict, and nothing is made.
    assert main([*asked, "--with-warehouse"]) == 0
    out = capsys.readouterr().out
    assert "silver_lab.readings was never published" in out
    assert "the domain's role cannot ask" in out
    assert query(warehouse_db, "SELECT count(*) FROM pg_namespace WHERE nspname ~ 'lab'") == [(0,)]
    _publish(warehouse_db)
    capsys.readouterr()
    assert main([*asked, "--with-warehouse"]) == 1
    out = capsys.readouterr().out
    assert out == f"{EXPECTED}\n2 warnings. 5 problems in 2 files. 1 spec valid.\n"


def _publish(url: str) -> None:
    """The silver table, and one gold table: the domain has its role from then on."""
    run = Run(url=url, day=0)
    run.stage([(1, "a")])
    publish.run(REPLACE, run.context())
    gold = PublishedTable(layer=Layer.GOLD, domain="lab", name="good")
    readings = TableName("silver_lab", "readings")
    build.run(
        BuildStep(table=gold, sql=SQL["good"], sql_path="good.sql", upstream=(readings,)),
        run.context(),
    )
