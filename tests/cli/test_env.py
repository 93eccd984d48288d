"""`run --env` and `env list | diff | drop`, as docs/environments.md and the CI templates say."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from unittest.mock import patch

import psycopg
import pytest
from psycopg import sql
from tests.docs.pages import fenced
from tests.steps.staged import query
from tests.workbench.environments.shop import FILES, SALES, TOTALS, Shop

from medallion.cli.__main__ import OF_PRODUCTION, VERBS, main
from medallion.local import own_airflow, stack
from medallion.local.databases import metadata_of
from medallion.local.paths import LocalPaths
from medallion.local.postgres import EmbeddedPostgres
from medallion.operations.environments.setting import SETTING

AUTHOR = ["-c", "user.name=a", "-c", "user.email=a@example.org"]
DOUBLED = {TOTALS: ("sum(amount)", "sum(amount) * 2")}


@pytest.fixture(scope="module")
def shared(
    tmp_path_factory: pytest.TempPathFactory,
    module_warehouse_db: str,
    embedded_postgres: EmbeddedPostgres,
) -> Shop:
    return Shop(tmp_path_factory.mktemp("shop"), module_warehouse_db, embedded_postgres)


@pytest.fixture
def shop(shared: Shop) -> Iterator[Shop]:
    """Its warehouse and its lake, for commands, which set more of the environment."""
    places = {
        "MEDALLION_WAREHOUSE_URL": shared.url,
        "MEDALLION_LAKE_ROOT": str(shared.root / "lake"),
    }
    with patch.dict(os.environ, places):
        yield shared


def test_the_commands_of_the_page(
    shop: Shop, project_root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = ["--root", str(shop.root)]
    with shop.edited(DOUBLED):
        assert main(["run", "--env", "alice", *root]) == 0
        printed = re.sub(r"\d+\.\d s$", "0.8 s", capsys.readouterr().out, flags=re.MULTILINE)
        (page,) = fenced(project_root / "docs" / "environments.md", "text")
        assert printed == page

        assert main(["env", "list"]) == 0
        assert "alice  last run " in capsys.readouterr().out
        ended = main(["env", "diff", "alice", "--exit-code", *root])
        text, said = capsys.readouterr()
        assert ended == 1, said
        assert text.startswith("environment alice: 1 of 1 built tables differ, 5 tables are")
        assert "gold_shop.totals: gold_shop__alice.totals against version 2" in text
        assert re.search(r"total +3 \(100%\)", text)
        asked = ["env", "diff", "alice", "gold_shop.totals", *root]
        assert main([*asked, "--markdown"]) == 0
        markdown = capsys.readouterr().out
        assert markdown.startswith("### environment alice: 1 of 1 built tables differ")
        assert "#### 🔶 `gold_shop.totals`" in markdown
        assert main([*asked, "--json"]) == 0
        found = json.loads(capsys.readouterr().out)
        assert [one["rows"]["changed"] for one in found["tables"]] == [3]
        assert "silver_shop.orders" in found["production"]
        assert main(["env", "diff", "alice", "silver_shop.orders", *root]) == 2
        assert "alice has not built silver_shop.orders: it is production's" in (
            capsys.readouterr().err
        )

    assert main(["env", "drop", "alice"]) == 0
    assert main(["env", "drop", "alice"]) == 1
    assert "there is no environment alice" in capsys.readouterr().err
    assert main(["env", "drop", "alice", "--if-exists"]) == 0
    assert main(["env", "list"]) == 0
    assert "there is no environment: " in capsys.readouterr().out


def test_a_diff_shows_no_personal_value_and_compares_what_has_run(
    shop: Shop, capsys: pytest.CaptureFixture[str]
) -> None:
    root = ["--root", str(shop.root)]
    edit = (
        FILES[SALES],
        FILES[SALES]
        .replace("protect: mask", "protect: none")
        .replace("pieces: {type: integer}", "pieces: {type: bigint}"),
    )
    with shop.edited({SALES: edit}):
        ended = main(["run", "shop.sales", "--env", "bob", *root])
        said = capsys.readouterr().out
        assert ended == 0, said
        assert "! 1 differ too, whose pipelines were not asked for: gold_lab.judged" in said
        assert main(["env", "diff", "bob", *root]) == 0
        text = capsys.readouterr().out
    assert "(protected)" in text and "@example" not in text
    assert "1 published rows that such a run leaves as they are" in text, "of the day before"
    assert main(["env", "drop", "bob"]) == 0


def test_a_branch_that_drops_a_protection_shows_no_value_of_it(
    shop: Shop, capsys: pytest.CaptureFixture[str]
) -> None:
    root = ["--root", str(shop.root)]
    for words in (
        ["init", "-q"],
        ["add", "-A", "specs", "include"],
        [*AUTHOR, "commit", "-qm", "."],
    ):
        subprocess.run(["git", "-C", str(shop.root), *words], check=True)
    open_to_all = FILES[SALES].replace(", classification: {pii: email, protect: mask}", "")
    with shop.edited({SALES: (FILES[SALES], open_to_all), TOTALS: DOUBLED[TOTALS]}):
        assert main(["run", "shop.sales", "--env", "dan", *root]) == 0
        capsys.readouterr()
        assert main(["env", "diff", "dan", *root]) == 0
        nothing, said = capsys.readouterr()
        assert "what production protects in silver_shop.orders is not known here" in said
        assert "@example" not in nothing
        assert main(["env", "diff", "dan", "--base", "HEAD", *root]) == 0
        text, said = capsys.readouterr()
        assert "not known" not in said and "@example" not in text
    # Of the totals, which hold nothing personal, only the one that knows it shows the values.
    assert 0 < text.count("(protected)") < nothing.count("(protected)")
    assert main(["env", "drop", "dan"]) == 0


def test_what_it_is_asked_for_has_to_be_there(
    shop: Shop, capsys: pytest.CaptureFixture[str]
) -> None:
    root = ["--root", str(shop.root)]
    assert main(["run", "--env", "Alice", *root]) == 1
    assert "'Alice' is not the name of an environment" in capsys.readouterr().err
    assert main(["run", "shop.sale", "--env", "alice", *root]) == 1
    assert "there is no pipeline shop.sale" in capsys.readouterr().err
    assert main(["env", "diff", "carol", *root]) == 2
    assert "there is no environment carol" in capsys.readouterr().err
    with pytest.raises(SystemExit), shop.edited(DOUBLED):
        main(["run", "shop.sales", *root])
    assert "--env" in capsys.readouterr().err


def test_in_a_shell_of_an_environment_nothing_changes_production(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert set(VERBS) >= OF_PRODUCTION
    monkeypatch.setenv("MEDALLION_ENV", "alice")
    assert main(["maintenance"]) == 1
    said = "`maintenance` works on production, and MEDALLION_ENV=alice names an environment"
    assert said in capsys.readouterr().err
    monkeypatch.setenv("MEDALLION_ENV", "Alice!")
    assert main(["maintenance"]) == 1
    assert "MEDALLION_ENV: 'Alice!' is not the name of an environment" in capsys.readouterr().err


def test_the_stack_of_an_environment_has_an_airflow_of_its_own(tmp_path: Path) -> None:
    def of(name: str) -> LocalPaths:
        return LocalPaths.of({"MEDALLION_STATE_ROOT": str(tmp_path), "MEDALLION_ENV": name})

    alice, production = of("alice"), of("")
    for mine, theirs in (
        (alice.run, production.run), (alice.logs, production.logs),
        (alice.airflow_home, production.airflow_home),
    ):  # fmt: skip
        assert mine.is_relative_to(tmp_path / "environments" / "alice") and mine != theirs
    assert (alice.postgres, alice.lake) == (production.postgres, production.lake)
    assert (metadata_of("alice"), metadata_of("")) == ("airflow_alice", "airflow")
    (tmp_path / "environments" / "alice").mkdir(parents=True)
    assert stack.find_stacks(alice) == (production, alice)
    assert stack.find_others(alice) == ()


def test_a_drop_takes_what_the_environments_own_airflow_has_kept_here(
    shop: Shop,
    embedded_postgres: EmbeddedPostgres,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Its folder and its database; not while it runs, and nothing of another environment's."""
    state = tmp_path / "state"
    monkeypatch.setenv("MEDALLION_STATE_ROOT", str(state))
    monkeypatch.setattr(own_airflow, "EmbeddedPostgres", lambda folder: embedded_postgres)
    databases = [metadata_of(name) for name in ("erin", "erin2")]
    with psycopg.connect(embedded_postgres.start().url("postgres"), autocommit=True) as admin:
        for name in databases:
            admin.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        try:
            for name in ("erin", "erin2"):
                (state / "environments" / name / "airflow").mkdir(parents=True)
            root = ["--root", str(shop.root)]
            with patch.object(own_airflow, "is_up", lambda paths: paths.environment == "erin"):
                assert main(["env", "drop", "erin", *root]) == 1
                assert "make down ENV=erin" in capsys.readouterr().err
            assert main(["env", "drop", "erin", *root]) == 0
            assert "its Airflow on this machine are deleted: erin" in capsys.readouterr().out
            left = admin.execute(
                "SELECT datname FROM pg_database WHERE datname LIKE 'airflow_erin%'"
            ).fetchall()
            assert left == [("airflow_erin2",)]
            assert [one.name for one in (state / "environments").iterdir()] == ["erin2"]
            assert main(["env", "drop", "erin", *root]) == 1
            assert main(["env", "drop", "../postgres", *root]) == 1
        finally:
            for name in databases:
                admin.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(name)))


def test_maintenance_drops_what_nobody_uses(
    shop: Shop, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MEDALLION_PROJECT_ROOT", str(shop.root))
    assert main(["run", "--env", "dora", "--root", str(shop.root)]) == 0
    with psycopg.connect(shop.url) as loader:
        loader.execute("UPDATE medallion.environments SET used_at = now() - interval '15 days'")
    assert main(["maintenance", "--domain", "shop"]) == 0
    capsys.readouterr()
    assert main(["maintenance", "--dry-run"]) == 0
    assert "would be deleted: the environment dora, last used " in capsys.readouterr().out
    assert main(["maintenance"]) == 0
    assert "\ndeleted: the environment dora, last used " in capsys.readouterr().out
    assert main(["env", "list"]) == 0
    assert "there is no environment" in capsys.readouterr().out


GROWS, BY_DAY = "specs/shop/grows.yaml", "include/sql/shop/by_day.sql"
GROWING = """\
description: What grows by days.
schedule: "@daily"
start_date: 2026-01-01
gold:
  by_day:
    sql: by_day.sql
    materialization: incremental
    time_column: day
    partition_by: {column: day}
"""
DAYS = """\
select :data_interval_start::date as day, count(*) as orders
from silver_shop.orders
where :data_interval_start < :data_interval_end
"""


def test_the_intervals_of_a_plan_are_those_of_the_environment(
    tmp_path: Path,
    warehouse_db: str,
    embedded_postgres: EmbeddedPostgres,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """What it has built are its own; of what it has not, production's are shown, and called so."""
    shop = Shop(tmp_path, warehouse_db, embedded_postgres)
    shop.project.write(GROWS, GROWING)
    shop.project.write(BY_DAY, DAYS)
    for day in range(3):
        shop.project.run("shop.grows", day=day)
    asked = ["plan", "--intervals", "--root", str(shop.root), "shop.grows"]
    places = {"MEDALLION_WAREHOUSE_URL": shop.url}
    with patch.dict(os.environ, places):
        assert main(asked) == 0
        production = capsys.readouterr().out
        with patch.dict(os.environ, {SETTING: "alice"}):
            assert main(asked) == 0
            shown = capsys.readouterr().out
            shop.project.write(BY_DAY, DAYS.replace("count(*)", "count(*) + 1"))
            outcome = shop.run("alice", "shop.grows", moment=datetime(2026, 1, 2, tzinfo=UTC))
            assert outcome.built and outcome.is_whole
            assert main(asked) == 0
            own = capsys.readouterr().out
    assert counts(production, "gold_shop.by_day")[0] == 3
    assert counts(shown, "gold_shop__alice.by_day") == counts(production, "gold_shop.by_day")
    assert "(as production has it)" in shown and "production" not in own
    assert "shop__alice.grows" in own
    assert counts(own, "gold_shop__alice.by_day")[0] == 2, "from its beginning to the moment"
    parts = (
        "SELECT n.nspname FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace"
        " WHERE c.relkind = 'p' ORDER BY 1"
    )
    stores = [("store_gold_shop",), ("store_gold_shop__alice",)]
    assert query(shop.url, parts) == stores, "each in partitions of its own"


def counts(printed: str, table: str) -> tuple[int, int]:
    """How many intervals of a table are there, and how many are missing."""
    (line,) = (one for one in printed.splitlines() if one.startswith(f"{table}: "))
    there, missing = (re.search(rf"([0-9,]+) {word}", line) for word in ("there", "missing"))
    assert there and missing, line
    return int(there[1].replace(",", "")), int(missing[1].replace(",", ""))
