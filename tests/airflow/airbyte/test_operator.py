"""One sync a run, whatever happens to its task: lost answers, kills, cancelled and slow jobs."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import psycopg
import pytest
from airflow.sdk import DAG
from airflow.sdk.exceptions import AirflowException, AirflowFailException, TaskDeferred
from tests.airflow.airbyte.conftest import CONNECTION, SPEC
from tests.airflow.airbyte.server import SECRET, AirbyteServer
from tests.docs.pages import Project

from medallion.airflow.airbyte import trigger as trigger_module
from medallion.airflow.airbyte.asking import Asking
from medallion.airflow.airbyte.operator import SyncOperator
from medallion.airflow.airbyte.trigger import SyncTrigger
from medallion.airflow.factory import build_dag, build_dags
from medallion.airflow.loader import plan_of
from medallion.compiler.runnable import Project as Runnables
from medallion.compiler.runnable import Runnable
from medallion.errors import WarehouseUnavailable
from medallion.operations.alerts.runs import report_failed_run
from medallion.operations.doctor import examine as doctor
from medallion.plan.model import Plan
from medallion.sources.base import providers
from medallion.spec.load.notes import missing_packages
from medallion.spec.load.specs import load_all
from medallion.spec.sql.reader import sql_reader

TASK = f"airbyte-sync-{CONNECTION}"
DAY = datetime(2026, 1, 2, tzinfo=UTC)
RUN = "scheduled__2026-01-02T00:00:00+00:00"


@pytest.fixture
def plan(project: Project) -> Plan:
    return plan_of("crm.customers", project.root)


@pytest.fixture
def operator(airbyte: AirbyteServer, plan: Plan) -> SyncOperator:
    found = build_dag(plan, "customers.yaml").task_dict[TASK]
    assert isinstance(found, SyncOperator)
    return found


def context_of(run_id: str = RUN, **run: Any) -> dict[str, Any]:
    instance = SimpleNamespace(
        dag_id="crm.customers", run_id=run_id, task_id=TASK, try_number=1, max_tries=1,
        log_url="", xcom_push=lambda **_: None,
    )  # fmt: skip
    words = {"run_type": "scheduled", "start_date": DAY, "run_after": DAY, **run}
    dag_run = SimpleNamespace(data_interval_start=DAY, data_interval_end=DAY, **words)
    return {"ti": instance, "dag_run": dag_run, "params": {}}


def begin(operator: SyncOperator, run_id: str = RUN) -> TaskDeferred:
    with pytest.raises(TaskDeferred) as deferred:
        operator.execute(context_of(run_id))
    return deferred.value


def wait(deferred: TaskDeferred, monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """As the triggerer does, of what Airflow has kept of the trigger."""
    monkeypatch.setattr(trigger_module, "LOOK_EVERY_SECONDS", 0.05)
    path, words = deferred.trigger.serialize()
    assert path == "medallion.airflow.airbyte.trigger.SyncTrigger"

    async def events() -> list[Any]:
        return [event async for event in SyncTrigger(**words).run()]

    return asyncio.run(asyncio.wait_for(events(), 240))


def job_of(deferred: TaskDeferred) -> int:
    return int(deferred.trigger.serialize()[1]["job_id"])


def go_on(operator: SyncOperator, deferred: TaskDeferred, run_id: str = RUN) -> dict[str, Any]:
    """As Airflow does when the trigger has fired."""
    words = deferred.trigger.serialize()[1]
    event = {"job_id": words["job_id"], "until": words["until"]}
    method = getattr(operator, deferred.method_name)
    done: dict[str, Any] = method(context_of(run_id), event, **(deferred.kwargs or {}))
    return done


def rows(url: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(url) as connection:
        return connection.execute(
            "SELECT after_job, job_id, finished_at IS NOT NULL, status, problem"
            " FROM medallion.source_syncs"
        ).fetchall()


def test_one_sync_of_a_run_comes_before_all_that_read_it(plan: Plan) -> None:
    dag = build_dag(plan, "customers.yaml")
    assert dag.task_dict[TASK].upstream_task_ids == set()
    assert dag.task_dict[TASK].downstream_task_ids == {"customers.land", "orders.land"}


def test_in_an_environment_nothing_is_asked_for(plan: Plan) -> None:
    from medallion.plan.environment import Environment, in_environment

    dag = build_dag(in_environment(plan, Environment("pr7"), ["crm"]), "customers.yaml")
    assert [name for name in dag.task_dict if "sync" in name] == []


def test_a_sync_is_waited_for_without_a_slot(
    operator: SyncOperator, airbyte: AirbyteServer, warehouse_db: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    airbyte.begin(CONNECTION, "succeeded")
    airbyte.next_states = [["pending", "queued", "running", "incomplete", "running", "succeeded"]]
    deferred = begin(operator)
    assert SECRET not in str(deferred.trigger.serialize())
    assert rows(warehouse_db) == [(1, 2, False, None, None)]
    (event,) = wait(deferred, monkeypatch)
    assert event.payload == {"job_id": 2, "until": deferred.trigger.serialize()[1]["until"]}
    assert go_on(operator, deferred) == {"job_id": 2, "rows_synced": 12}
    assert rows(warehouse_db) == [(1, 2, True, "succeeded", None)]
    assert airbyte.made == [CONNECTION]


def test_a_retry_waits_for_the_job_of_the_try_before(
    operator: SyncOperator, airbyte: AirbyteServer, warehouse_db: str
) -> None:
    airbyte.next_states = [["running"]]
    begin(operator)
    again = begin(operator)
    assert airbyte.made == [CONNECTION]
    airbyte.jobs[0].states = ["succeeded"]
    assert operator.execute(context_of())["job_id"] == 1
    assert airbyte.made == [CONNECTION]
    assert job_of(again) == 1
    assert rows(warehouse_db) == [(0, 1, True, "succeeded", None)]


def test_a_task_that_is_cleared_after_its_end_asks_for_another(
    operator: SyncOperator, airbyte: AirbyteServer
) -> None:
    airbyte.next_states = [["succeeded"], ["succeeded"]]
    assert operator.execute(context_of())["job_id"] == 1
    assert operator.execute(context_of())["job_id"] == 2


def test_an_answer_that_is_lost_makes_no_second_sync(
    operator: SyncOperator, airbyte: AirbyteServer, warehouse_db: str
) -> None:
    airbyte.begin(CONNECTION, "failed")
    airbyte.lost = 1
    airbyte.next_states = [["running"]]
    with pytest.raises(AirflowException, match="does not answer") as caught:
        operator.execute(context_of())
    assert not isinstance(caught.value, AirflowFailException)
    assert rows(warehouse_db)[0][:3] == (1, None, False)
    deferred = begin(operator)
    assert job_of(deferred) == 2
    assert airbyte.made == [CONNECTION]
    assert rows(warehouse_db) == [(1, 2, False, None, None)]


def test_a_kill_between_job_and_note_makes_no_second_sync(
    operator: SyncOperator, airbyte: AirbyteServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        pass

    def die(*_: object) -> None:
        raise Killed

    airbyte.next_states = [["running"]]
    with monkeypatch.context() as patch:
        patch.setattr(Asking, "_keep", die)
        with pytest.raises(Killed):
            operator.execute(context_of())
    assert job_of(begin(operator)) == 1
    assert airbyte.made == [CONNECTION]


def test_a_warehouse_that_is_away_is_found_before_airbyte_is_asked(
    operator: SyncOperator, airbyte: AirbyteServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AIRFLOW_CONN_MEDALLION_WAREHOUSE", "postgres://a:b@127.0.0.1:1/x")
    with pytest.raises(AirflowException, match=WarehouseUnavailable.__name__):
        operator.execute(context_of())
    assert airbyte.made == []


def test_a_sync_of_somebody_else_ends_the_try_and_is_named(
    operator: SyncOperator, airbyte: AirbyteServer, warehouse_db: str
) -> None:
    other = airbyte.begin(CONNECTION, "running")
    with pytest.raises(AirflowException) as caught:
        operator.execute(context_of())
    assert not isinstance(caught.value, AirflowFailException), "the next try asks again"
    text = str(caught.value)
    assert f"Airbyte's connection {CONNECTION} (by the Airflow connection crm_airbyte)" in text
    assert "its sync job 1, since 2026-01-02T00:00:05Z" in text
    assert "set the connection's schedule in Airbyte to manual" in text
    other.states = ["succeeded"]
    airbyte.next_states = [["running"]]
    assert job_of(begin(operator)) == 2
    assert airbyte.made == [CONNECTION]


def test_one_that_begins_after_the_run_has_asked_is_as_good(
    operator: SyncOperator, airbyte: AirbyteServer
) -> None:
    other = airbyte.begin(CONNECTION, "running")
    with pytest.raises(AirflowException):
        operator.execute(context_of())
    other.states = ["succeeded"]
    airbyte.begin(CONNECTION, "running", kind="clear").states = ["succeeded"]
    theirs = airbyte.begin(CONNECTION, "running")
    assert job_of(begin(operator)) == theirs.number
    assert airbyte.made == []


def test_two_runs_at_once_do_not_take_each_others_sync(
    operator: SyncOperator, airbyte: AirbyteServer
) -> None:
    airbyte.next_states = [["running"]]
    begin(operator)
    with pytest.raises(AirflowException, match="is being loaded already: its sync job 1"):
        operator.execute(context_of("manual__2"))


@pytest.mark.parametrize(
    ("status", "is_final", "says"),
    [
        ("failed", False, r"job 1 of Airbyte's connection .* has failed in Airbyte"),
        ("cancelled", True, r"job 1 of Airbyte's connection .* was cancelled in Airbyte"),
    ],
)
def test_a_job_that_ends_badly_fails_the_task_and_the_next_try_asks_anew(
    operator: SyncOperator, airbyte: AirbyteServer, warehouse_db: str,
    status: str, is_final: bool, says: str,
) -> None:  # fmt: skip
    airbyte.next_states = [["running", status], ["running", "succeeded"]]
    deferred = begin(operator)
    airbyte.jobs[0].states.pop(0)
    with pytest.raises(AirflowException, match=says) as caught:
        go_on(operator, deferred)
    assert isinstance(caught.value, AirflowFailException) is is_final
    assert CONNECTION in str(caught.value)
    assert "crm_airbyte" in str(caught.value)
    (row,) = rows(warehouse_db)
    assert row[:4] == (0, 1, True, status)
    with psycopg.connect(warehouse_db) as connection:
        report_failed_run(connection, "crm.customers", RUN, last=TASK)
        ((problem, details),) = connection.execute(
            "SELECT problem, details FROM medallion.incidents"
        ).fetchall()
    assert problem == f"the run failed at {TASK}"
    assert "in Airbyte" in str(details)
    assert job_of(begin(operator)) == 2
    assert rows(warehouse_db) == [(1, 2, False, None, None)]


def test_a_job_that_failed_unseen_is_followed_by_another(
    operator: SyncOperator, airbyte: AirbyteServer
) -> None:
    airbyte.next_states = [["running"], ["running"]]
    begin(operator)
    airbyte.jobs[0].states = ["failed"]
    assert job_of(begin(operator)) == 2


@pytest.mark.parametrize("whose", ["nobody's", "another connection's"])
def test_a_job_that_airbyte_knows_no_more_is_followed_by_another(
    operator: SyncOperator, airbyte: AirbyteServer, whose: str
) -> None:
    """Its old jobs were cleaned up, or the connection leads to another Airbyte by now."""
    assert job_of(begin(operator)) == 1
    airbyte.jobs.clear()
    if whose != "nobody's":
        airbyte.begin("another", "succeeded")
    with pytest.raises(TaskDeferred):
        operator.execute(context_of())
    assert airbyte.made == [CONNECTION, CONNECTION]


def test_a_job_that_takes_too_long_goes_on_and_the_next_try_waits_for_it(
    operator: SyncOperator, airbyte: AirbyteServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    airbyte.next_states = [["running"]]
    deferred = begin(operator)
    left = float(deferred.trigger.serialize()[1]["until"]) - time.time()
    assert 7100 < left <= 7200
    assert deferred.timeout is not None
    assert deferred.timeout.total_seconds() > left, "the task itself says why"
    late = SyncTrigger(conn_id="crm_airbyte", job_id=1, until=time.time() + 0.2)
    assert len(wait(TaskDeferred(trigger=late, method_name="x"), monkeypatch)) == 1
    with pytest.raises(AirflowException, match=r"job 1 of .* has not ended within 2 hours") as slow:
        operator.look_again(context_of(), {"until": time.time() - 1, "job_id": 1})
    assert not isinstance(slow.value, AirflowFailException)
    assert "raise `timeout` of the source's `sync`" in str(slow.value)
    assert job_of(begin(operator)) == 1
    assert airbyte.made == [CONNECTION]


def test_an_airbyte_that_restarts_ends_no_wait(
    operator: SyncOperator, airbyte: AirbyteServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    airbyte.next_states = [["running", "running", "succeeded"]]
    deferred = begin(operator)
    airbyte.broken["GET"] = [503, 502, 500]
    assert len(wait(deferred, monkeypatch)) == 1
    assert airbyte.broken["GET"] == []
    assert go_on(operator, deferred)["job_id"] == 1


def test_a_backfill_asks_for_nothing(operator: SyncOperator, airbyte: AirbyteServer) -> None:
    assert operator.execute(context_of(run_type="backfill")) == {"job_id": None}
    assert airbyte.asked == []


def test_a_connection_that_is_missing_or_not_allowed_is_said(
    operator: SyncOperator, airbyte: AirbyteServer, project: Project, warehouse_db: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.delenv("AIRFLOW_CONN_CRM_AIRBYTE")
    with pytest.raises(AirflowFailException, match="there is no Airflow connection crm_airbyte"):
        operator.execute(context_of())
    assert "crm_airbyte" in rows(warehouse_db)[0][4]
    monkeypatch.setenv("AIRFLOW_CONN_CRM_AIRBYTE", airbyte.connection())
    project.write("specs/access.yaml", "connections: {crm: [crm_loads]}\n")
    with pytest.raises(AirflowFailException, match="crm_airbyte"):
        operator.execute(context_of())
    assert airbyte.asked == []
    (problem,) = project.problems()[:1]
    assert "sync.airbyte_conn_id" in problem


def _project(plan: Plan) -> Runnables:
    return Runnables(runnable=(Runnable(plan=plan),), issues=(), silver_tables=())


def test_validation_says_that_the_provider_is_missing(
    project: Project, plan: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(providers.PACKAGES, "airbyte", "no-such-package-anywhere")  # type: ignore[arg-type]
    dags, issues = build_dags(_project(plan), project.root)
    assert dags == {}
    assert "`sync` needs the package no-such-package-anywhere" in issues[0].problem
    report = load_all(project.root, sql_reader(project.root))
    found = list(missing_packages(report.specs, project.root))
    assert [(one.rule, one.level, one.line) for one in found][:1] == [
        ("missing-package", "warning", 11)
    ]
    assert "pip install 'no-such-package-anywhere'" in found[0].remedy


def test_doctor_looks_at_the_provider_and_at_both_connections(
    airbyte: AirbyteServer, project: Project, warehouse_db: str
) -> None:
    from medallion.airflow.connections import connection_details

    report = load_all(project.root, sql_reader(project.root))
    found = list(
        doctor.examine(
            report.specs, lambda: warehouse_db, str(project.root / "lake"), connection_details
        )
    )
    verdicts = {(one.subject, one.layer): one.verdict for one in found}
    assert verdicts["airbyte", "package"] == "ok"
    assert verdicts["crm_airbyte", "tcp"] == "ok"
    assert verdicts["crm_loads", "connection"] == "failed"


def test_whether_a_source_is_synced_changes_no_fingerprint(project: Project) -> None:
    plain = SPEC.replace(", timeout: 2h", "")
    bare = "\n".join(line for line in SPEC.splitlines() if "sync:" not in line)
    prints = []
    for text in (SPEC, plain, bare):
        project.write("specs/crm/customers.yaml", text)
        dag: DAG = build_dag(plan_of("crm.customers", project.root), "x.yaml")
        step: Any = dag.task_dict["customers.publish"]
        prints.append((step.step.fingerprint, step.step.source_fingerprint))
    assert prints[0] == prints[1] == prints[2]
