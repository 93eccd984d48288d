"""docs/checks.md: its YAML is valid and runs, its tables are the code's, its outputs are real."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest
import yaml
from tests.steps.kill_matrix_child import PlanRun, run_task

from medallion.airflow.loader import plan_of
from medallion.checks.aliases import ALIASES
from medallion.checks.catalogue import expectations, finds_failing_rows
from medallion.checks.declaration import CheckSpec, OnFailure
from medallion.checks.problems import check_problems
from medallion.checks.resolve import resolve
from medallion.errors import DataRejected
from medallion.names import Layer, PublishedTable
from medallion.plan.model import GateStep
from medallion.spec.load.specs import load_all
from medallion.spec.sql.reader import sql_reader
from medallion.steps.gate import step as gate

CODE = re.compile(r"`([^`]+)`")
GOOD = """Loan,ISBN,Member,Lent,Returned,Fee
1,9782070360024,anna,2026-01-05,2026-01-20,0.50
2,9782070368228,bob,2026-01-06,,-3.00
3,207036822X,,2026-01-07,,-1.00
4,9782070360024,anna,lundi,,0
"""
BAD = """Loan,ISBN,Member,Lent,Returned,Fee
1,9782070360024,anna,2026-01-05,2026-01-20,0.50
2,9782070368228,,2026-01-06,,120.00
3,9782070368228,,2026-01-07,,75.00
"""


@pytest.fixture
def page(project_root: Path) -> str:
    return (project_root / "docs" / "checks.md").read_text(encoding="utf-8")


@pytest.fixture
def library(page: str, tmp_path: Path) -> Path:
    """A project with the page's pipeline."""
    (tmp_path / "specs" / "library").mkdir(parents=True)
    (tmp_path / "specs" / "library" / "loans.yaml").write_text(fenced(page, "yaml")[0])
    (tmp_path / "include" / "sql" / "library").mkdir(parents=True)
    (tmp_path / "include" / "sql" / "library" / "fees_by_member.sql").write_text(
        "select member, sum(fee) as fees from silver_library.loans"
        " where member is not null group by member"
    )
    (tmp_path / "include" / "data" / "library").mkdir(parents=True)
    return tmp_path


def fenced(page: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", page, re.DOTALL | re.MULTILINE)


def short_names(page: str) -> list[list[str]]:
    """The table's rows."""
    section = page.partition("## Short names")[2].partition("\n## ")[0]
    return [line.strip("|").split("|") for line in section.splitlines() if line.startswith("| `")]


def check_of(written: object) -> CheckSpec:
    return CheckSpec.model_validate(written)


def problems(check: CheckSpec, layer: Layer) -> list[object]:
    return list(check_problems(check, layer, None))


def test_the_pipeline_is_a_valid_spec(library: Path) -> None:
    report = load_all(library, sql_reader(library))
    assert report.issues == ()
    assert len(report.specs) == 1


def test_every_other_example_is_a_valid_list_of_checks(page: str) -> None:
    pipeline, *examples = fenced(page, "yaml")
    columns = list(yaml.safe_load(pipeline)["datasets"]["loans"]["silver"]["columns"])
    assert examples
    for example in examples:
        for written in yaml.safe_load(example):
            assert check_problems(check_of(written), Layer.SILVER, columns) == []


def test_the_table_of_short_names_is_the_codes(page: str) -> None:
    names = []
    for written, _, others, gx_names, bronze, quarantine in short_names(page):
        examples = [yaml.safe_load(code) for code in CODE.findall(written)]
        checks = [check_of(example) for example in examples]
        alias = ALIASES[checks[0].name]
        names.append(alias.name)
        shown = {key for check in checks for key in check.arguments} | set(CODE.findall(others))
        assert shown == set(alias.arguments), alias.name
        planned = [resolve(check, Layer.SILVER, None) for check in checks]
        assert [check.expectation for check in planned] == CODE.findall(gx_names)
        assert all(problems(check, Layer.SILVER) == [] for check in checks)
        on_bronze = not any(problems(check, Layer.BRONZE) for check in checks)
        assert bronze.strip() == ("yes" if on_bronze else "no"), alias.name
        moved = [check.model_copy(update={"on_failure": OnFailure.QUARANTINE}) for check in checks]
        aside = not any(problems(check, Layer.SILVER) for check in moved)
        assert quarantine.strip() == ("yes" if aside else "no"), alias.name
    assert names == list(ALIASES)


def test_what_can_be_quarantined_is_the_codes(page: str) -> None:
    section = page.partition("These are the short names above and")[2].partition("without a")[0]
    assert CODE.findall(section) == sorted(filter(finds_failing_rows, expectations()))


def run_until(library: Path, url: str, data: str, last: str) -> PlanRun:
    """Run the page's pipeline on a file, up to a task."""
    (library / "include" / "data" / "library" / "loans.csv").write_text(data)
    plan = plan_of("library.loans", library)
    run = PlanRun(
        plan=plan,
        run_id="manual__monday",
        interval_end=datetime(2026, 1, 2, tzinfo=UTC),
        project_root=library,
        lake_root=library / "lake",
        warehouse_url=url,
        connections={},
    )
    for task in plan.tasks:
        run_task(run, task.task_id)
        if task.task_id == last:
            break
    return run


def printed(url: str, query: str) -> list[list[str]]:
    """What psql shows: each row's columns."""
    with psycopg.connect(url) as connection, connection.cursor() as cursor:
        text = f"COPY ({query.rstrip().rstrip(';')}) TO STDOUT (DELIMITER '|', NULL '')"
        with cursor.copy(text) as copy:
            lines = b"".join(bytes(block) for block in copy).decode().splitlines()
    return [[cell.strip() for cell in line.split("|")] for line in lines]


def test_every_example_can_be_evaluated(page: str, library: Path, warehouse_db: str) -> None:
    run = run_until(library, warehouse_db, GOOD, "loans.clean")
    with psycopg.connect(warehouse_db) as connection:
        connection.execute("CREATE TABLE silver_library.books (isbn text)")
    written = [check for example in fenced(page, "yaml")[1:] for check in yaml.safe_load(example)]
    written += [yaml.safe_load(code) for row in short_names(page) for code in CODE.findall(row[0])]
    planned = [resolve(check_of(check), Layer.SILVER, None) for check in written]
    step = GateStep(
        layer=Layer.SILVER,
        table=PublishedTable(layer=Layer.SILVER, domain="library", name="loans"),
        checks=tuple(
            replace(check, check_id=str(number), on_failure=OnFailure.WARN)
            for number, check in enumerate(planned)
        ),
    )
    assert gate.run(step, run.context("loans.gate_silver")).details["checks"] == len(planned)


def test_the_message_is_the_gates(page: str, library: Path, warehouse_db: str) -> None:
    with pytest.raises(DataRejected) as shut:
        run_until(library, warehouse_db, BAD, "loans.gate_silver")
    assert f"```\nDataRejected: {shut.value}\n```" in page


def test_the_queries_give_what_the_page_shows(page: str, library: Path, warehouse_db: str) -> None:
    run_until(library, warehouse_db, GOOD, "fees_by_member.publish")
    shown = re.findall(r"^```sql\n(.*?)^```\n\n```\n(.*?)^```", page, re.DOTALL | re.MULTILINE)
    assert len(shown) == 2
    for query, output in shown:
        lines = [[cell.strip() for cell in line.split("|")] for line in output.splitlines()[2:]]
        assert printed(warehouse_db, query) == lines
