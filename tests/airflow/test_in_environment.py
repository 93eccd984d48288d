"""An Airflow that is started for an environment: its DAGs, and runs of them beside production."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

import psycopg
import pytest
from airflow.models.taskinstance import TaskInstance
from airflow.sdk import DAG, AssetAll
from airflow.utils.session import create_session
from sqlalchemy import select
from tests.airflow.metadata_db import airflow_metadata
from tests.conftest import fresh_database
from tests.workbench.environments.shop import SALES, TOTALS, Shop, no_connection, query

from medallion.airflow.domains import load_domain, load_rest
from medallion.airflow.in_environment import FIRST
from medallion.airflow.loader import load_dags, plan_of
from medallion.airflow.maintenance_dag import ENVIRONMENTS
from medallion.airflow.run_once import run_once
from medallion.compiler.project import read_project
from medallion.errors import SetupError, WarehouseUnavailable
from medallion.local.environment import postgres_connection
from medallion.local.postgres import EmbeddedPostgres
from medallion.names import DagId
from medallion.operations.environments.tasks import prepare_run, run_in_environment
from medallion.operations.environments.upkeep import (
    drop_environment,
    get_environment,
    holding,
)
from medallion.plan.environment import Environment, in_environment
from medallion.plan.make import make_plan
from medallion.plan.model import Plan
from medallion.run import Run
from medallion.steps.context import StepContext
from medallion.warehouse.environments.record import share_environment
from medallion.warehouse.session.transaction import autocommit_session

DAY = datetime(2026, 1, 3, tzinfo=UTC)
"""The interval before it is the last one that production has landed."""
OTHER = {SALES: ("min_value: 0", "min_value: 3"), TOTALS: ("sum(amount)", "sum(amount) * 2")}
PIECES = {SALES: ("pieces: {type: integer}", "pieces: {type: bigint}")}


@pytest.fixture(scope="module")
def shared(
    tmp_path_factory: pytest.TempPathFactory,
    module_warehouse_db: str,
    embedded_postgres: EmbeddedPostgres,
    pg_url: str,
) -> Iterator[Shop]:
    shop = Shop(tmp_path_factory.mktemp("shop"), module_warehouse_db, embedded_postgres)
    (shop.root / "dags").mkdir()
    for name in ("medallion_pipelines.py", "medallion_invalid_specs.py"):
        (shop.root / "dags" / name).symlink_to(Path(__file__).parents[2] / "dags" / name)
    with pytest.MonkeyPatch.context() as patch, fresh_database(embedded_postgres, pg_url) as url:
        patch.setenv("MEDALLION_PROJECT_ROOT", str(shop.root))
        patch.setenv("MEDALLION_LAKE_ROOT", str(shop.root / "lake"))
        patch.setenv("AIRFLOW__CORE__DAGS_FOLDER", str(shop.root / "dags"))
        patch.setenv("AIRFLOW_CONN_MEDALLION_WAREHOUSE", postgres_connection(shop.url))
        with airflow_metadata(url):
            yield shop


@pytest.fixture
def shop(shared: Shop, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shop]:
    """An Airflow of alice's; production is found again as it was."""
    monkeypatch.setenv("MEDALLION_ENV", "alice")
    before = shared.production()
    yield shared
    assert shared.production() == before
    for (name,) in query(shared.url, "SELECT name FROM medallion.environments"):
        drop_environment(get_environment(shared.url, str(name)), shared.surroundings)
    assert shared.production() == before


def states(dag_id: str) -> dict[str, str]:
    """Of the tasks of the DAG's only run."""
    with create_session() as session:
        asked = select(TaskInstance.task_id, TaskInstance.state).where(
            TaskInstance.dag_id == dag_id
        )
        return {task: str(state) for task, state in session.execute(asked)}


def run(dag_id: str) -> bool:
    return run_once(load_dags(only=dag_id)[dag_id], DAY)


def test_its_dags_are_the_environment_s_and_nothing_of_production_s_is_among_them(
    shop: Shop,
) -> None:
    dags = load_rest(str(shop.root / "dags" / "medallion_pipelines.py"))
    assert set(dags) == {"shop__alice.sales", "lab__alice.tests"}
    assert set(load_domain("shop")) == {"shop__alice.sales"}
    assert set(load_dags(only="shop__alice.sales")) == {"shop__alice.sales"}
    assert "shop.sales" not in load_dags(only="shop__bob.sales")
    sales, lab = dags["shop__alice.sales"], dags["lab__alice.tests"]
    assert "environment alice" in sales.tags
    assert sales.doc_md is not None
    assert sales.doc_md.startswith("**environment alice: nothing of production is written**")
    assert (sales.catchup, sales.deadline, sales.on_failure_callback) == (False, None, None)
    roots = [task.task_id for task in sales.tasks if not task.upstream_task_ids]
    assert roots == [FIRST]
    assert _waits(lab) == {"gold_shop__alice.shelf"}
    outlets = {asset.name for task in sales.tasks for asset in task.outlets}
    assert outlets == {
        "silver_shop__alice.orders", "silver_shop__alice.stock", "gold_shop__alice.totals",
        "gold_shop__alice.shelf",
    }  # fmt: skip


def _waits(dag: DAG) -> set[str]:
    condition = dag.timetable.asset_condition
    assert isinstance(condition, AssetAll)
    return {one.name for one in condition.objects}


def test_a_wrong_name_builds_no_dag_at_all(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MEDALLION_ENV", "Alice!")
    with pytest.raises(SetupError, match="MEDALLION_ENV: 'Alice!' is not the name of an env"):
        load_rest(str(shop.root / "dags" / "medallion_pipelines.py"))
    assert load_domain("shop") == {}
    with pytest.raises(SetupError):
        load_dags(only="shop.sales")


def test_a_run_builds_what_differs_and_leaves_the_rest(shop: Shop) -> None:
    with shop.edited(OTHER):
        assert run("shop__alice.sales")
        ended = states("shop__alice.sales")
    assert ended.pop(FIRST) == "success"
    built = {task for task, state in ended.items() if state == "success"}
    assert {task.partition(".")[0] for task in built - {"stock.publish", "shelf.publish"}} == {
        "orders", "totals",
    }  # fmt: skip
    assert {ended[task] for task in ("stock.land", "stock.clean", "shelf.build")} == {"skipped"}
    note = "SELECT manifest_uri FROM medallion.loads WHERE domain = 'shop__alice'"
    ((uri,),) = query(shop.url, note)
    assert "bronze/shop/orders/" in str(uri), "production's landing, read where it is"
    mine = query(shop.url, "SELECT note, total FROM gold_shop__alice.totals ORDER BY 1")
    theirs = query(
        shop.url,
        "SELECT note, sum(amount) * 2 FROM silver_shop.orders WHERE amount >= 3 GROUP BY 1",
    )
    assert sorted(map(str, mine)) == sorted(
        str((note or "silver_shop.none", total)) for note, total in theirs
    )
    assert query(shop.url, "SELECT * FROM gold_shop__alice.shelf") == query(
        shop.url, "SELECT * FROM gold_shop.shelf"
    )
    made = "SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname ~ '__alice$'"
    assert {str(owner).split("__")[0] for (owner,) in query(shop.url, made)} == {
        "environment_alice"
    }
    incidents = "SELECT * FROM medallion.incidents WHERE strpos(domain, '__') > 0"
    assert query(shop.url, incidents) == []


def prepare(shop: Shop) -> None:
    """As the first task of the laboratory's DAG does."""
    plans = [make_plan(loaded) for loaded in read_project(shop.root).specs]
    prepare_run(plans, DagId("lab__alice", "tests"), Environment("alice"), shop.url)


def test_what_another_dag_has_to_build_first_is_named(shop: Shop) -> None:
    with shop.edited(PIECES):
        with pytest.raises(SetupError) as caught:
            prepare(shop)
        assert str(caught.value) == (
            "gold_lab__alice.judged reads gold_shop__alice.shelf, which differs from production's "
            "and is not built yet\n  → run the DAG shop__alice.sales first, then clear this task"
        )
        assert run("shop__alice.sales")
        assert run("lab__alice.tests")
    assert query(shop.url, "SELECT item, pieces FROM gold_lab__alice.judged") == [("pot", 5)]


def test_commands_and_tasks_keep_out_of_each_other_s_way(shop: Shop) -> None:
    with (
        holding(shop.url, "alice"),
        pytest.raises(WarehouseUnavailable, match="somebody runs or drops the environment alice"),
    ):
        prepare(shop)
    prepare(shop)
    plan = in_environment(plan_of("shop.sales", shop.root), Environment("alice"), ["shop"])
    task = plan.tasks[0]
    context = step_context(shop, plan)
    with autocommit_session(shop.url, "a task that works") as other:
        assert share_environment(other, "alice")
        assert run_in_environment(task.step, context, (), "") is None, "tasks work side by side"
        with pytest.raises(SetupError, match="something else works in the environment alice"):
            shop.run()
    drop_environment(get_environment(shop.url, "alice"), shop.surroundings)
    with pytest.raises(SetupError, match="alice has been dropped since the run began"):
        run_in_environment(task.step, context, (), "")


def test_the_maintenance_dag_drops_what_nobody_uses(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert load_dags(only="medallion.maintenance").keys().isdisjoint({"medallion.maintenance"})
    monkeypatch.delenv("MEDALLION_ENV")
    dag = load_dags(only="medallion.maintenance")["medallion.maintenance"]
    assert (dag.is_paused_upon_creation, dag.catchup) == (False, False)
    task = dag.task_dict[ENVIRONMENTS]
    shop.run("dora")
    shop.run("emil")
    with psycopg.connect(shop.url) as loader:
        loader.execute(
            "UPDATE medallion.environments SET used_at = now() - interval '15 days'"
            " WHERE name = 'dora'"
        )
    for dry_run in (True, False):
        context = {"params": {"dry_run": dry_run}, "ti": SimpleNamespace(log_url="")}
        said = task.execute(context)  # type: ignore[arg-type]
        # Nobody has landed anything under an environment's name here.
        assert said == {"dry_run": dry_run, "dropped": ["dora"], "deleted": 0, "what": []}
    left = query(shop.url, "SELECT name FROM medallion.environments")
    assert left == [("emil",)]
    assert query(shop.url, "SELECT nspname FROM pg_namespace WHERE nspname ~ '__dora$'") == []
    assert query(shop.url, "SELECT rolname FROM pg_roles WHERE rolname ~ '_dora__'") == []


def step_context(shop: Shop, plan: Plan) -> StepContext:
    return StepContext(
        run=Run(dag_id=str(plan.dag_id), run_id="r", interval_start=DAY, interval_end=DAY),
        task_id=plan.tasks[0].task_id,
        try_number=1,
        project_root=shop.root,
        lake_root=str(shop.root / "lake"),
        warehouse_url=shop.url,
        connection=no_connection,
        log=logging.getLogger("test"),
    )
