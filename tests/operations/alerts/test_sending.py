"""From a gate that stays shut to the message, and to the one that says that it is over."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest
from tests.operations.alerts.receivers import Hook, free_port, web_server
from tests.steps.gate.test_step import gate_of
from tests.steps.publish.test_guards import run_of
from tests.steps.staged import READINGS, REPLACE, Run
from tests.warehouse.registry.test_freshness import plan

from medallion.cli.__main__ import main
from medallion.compiler.refused import keep_refused as remember_refused
from medallion.errors import DataRejected, Issue, NotApproved
from medallion.names import DagId
from medallion.operations.alerts.refused import keep_refused
from medallion.operations.alerts.runs import (
    follow_runs,
    report_failed_run,
    report_missed_deadline,
)
from medallion.operations.alerts.sending import AT_ONCE, HOURLY, send_alerts
from medallion.operations.surroundings import Surroundings
from medallion.plan.model import AlertChannel, Approval, FreshnessLimits, GateStep
from medallion.publish.declaration import ApprovalRequired, GuardSpec
from medallion.sources.base.source import ConnectionDetails
from medallion.spec.models.alerts import AlertEvent
from medallion.steps.context import ApprovalWanted, Decision
from medallion.steps.publish import step as publish
from medallion.steps.run import run_step
from medallion.warehouse.registry import approvals, declared_tables, incidents
from medallion.warehouse.registry import records as registry
from medallion.warehouse.registry.approvals import Question
from medallion.warehouse.registry.incidents import NewIncident
from medallion.warehouse.registry.records import TaskRecord
from medallion.warehouse.registry.retention import delete_old_entries

BASE = "https://airflow.example.org/desk"
ALL = tuple(AlertEvent)
STRICT = replace(
    gate_of({"between": {"column": "id", "min_value": 0, "max_value": 9}}),
    shown_columns=frozenset({"id"}),
)


@pytest.fixture
def hook() -> Iterator[Hook]:
    with web_server() as hook:
        yield hook


@pytest.fixture
def desk(warehouse_db: str, tmp_path: Path, hook: Hook) -> Surroundings:
    """A project whose connection `hook` is a webhook, and `nobody` one that does not answer."""
    ports = {"hook": hook.port, "nobody": free_port()}

    def connection(conn_id: str) -> ConnectionDetails:
        return ConnectionDetails(
            conn_id=conn_id,
            conn_type="http",
            host=f"http://127.0.0.1:{ports[conn_id]}/",
            schema="",
            port=None,
            login="me",
            password="geheim-1",
            extra={},
        )

    with psycopg.connect(warehouse_db) as found:
        registry.ensure(found)
    (tmp_path / "specs").mkdir()
    return Surroundings(
        project_root=tmp_path,
        lake_root="",
        warehouse_url=warehouse_db,
        connection=connection,
        log=logging.getLogger("test"),
    )


def declare(
    url: str, *channels: AlertChannel, limits: FreshnessLimits | None = None, pipeline: str = ""
) -> None:
    step = replace(REPLACE, freshness=limits or FreshnessLimits())
    made = plan(step)
    made = replace(made, settings=replace(made.settings, alerts=channels))
    if pipeline:
        made = replace(made, dag_id=DagId("lab", pipeline), tasks=())
    with psycopg.connect(url) as connection:
        declared_tables.declare(connection, made, "p")


def channel(
    conn_id: str = "hook", events: Sequence[AlertEvent] = ALL, **more: bool
) -> AlertChannel:
    return AlertChannel(conn_id=conn_id, events=tuple(events), **more)


def gate(url: str, day: int, value: int, step: GateStep = STRICT) -> bool:
    """Whether the gate of one day opens for a reading of this id."""
    run = Run(url=url, day=day)
    run.stage([(value, "Zoe")])
    context = replace(run.context(), task_id="readings.gate_silver")
    try:
        run_step(step, context)
    except DataRejected:
        with psycopg.connect(url) as connection:
            report_failed_run(connection, context.run.dag_id, context.run.run_id)
        return False
    return True


def execute(url: str, statement: str) -> list[tuple[object, ...]]:
    with psycopg.connect(url) as connection:
        cursor = connection.execute(statement)
        return cursor.fetchall() if cursor.description else []


def test_a_failing_gate_is_one_message_and_its_recovery_another(
    desk: Surroundings, hook: Hook
) -> None:
    url = desk.warehouse_url
    declare(url, channel())
    assert not gate(url, 0, 77)
    assert send_alerts(desk, BASE).messages == 1
    ((_, _, first),) = hook.posts
    assert first["title"] == "[lab] gate failed: silver_lab.readings"
    assert first["message"].split("\n") == [
        "1 of 1 check failed at the silver gate: nothing was published",
        "",
        "✗ between {column: id, min_value: 0, max_value: 9}: 1 of 1 row, for example 77",
        "",
        "Pipeline: lab.sensors (owner: lab-data)",
        "Run: scheduled__2026-01-01",
        first["message"].split("\n")[6],
        f"Look: {BASE}/dags/lab.sensors/runs/scheduled__2026-01-01",
    ]
    assert (first["event"], first["notice"]) == ("gate_failed", "opened")
    assert not gate(url, 1, 78)  # the same again, a day later
    assert send_alerts(desk, BASE).messages == 0
    assert gate(url, 2, 5)
    assert send_alerts(desk, BASE).messages == 1
    assert hook.titles()[1] == "[lab] recovered, was gate failed: silver_lab.readings"
    assert "It is over. What it was: 1 of 1 check failed" in hook.posts[1][2]["message"]
    assert send_alerts(desk, BASE).messages == 0
    seen = "SELECT times_seen, closed_at IS NOT NULL FROM medallion.incidents"
    assert execute(url, seen) == [(2, True)]
    assert not gate(url, 3, 79)  # a new incident
    assert send_alerts(desk, BASE).messages == 1


def test_values_of_a_column_that_may_be_personal_are_in_no_message(
    desk: Surroundings, hook: Hook
) -> None:
    declare(desk.warehouse_url, channel())
    names = gate_of({"accepted_values": {"column": "value", "values": ["north"]}})
    assert not gate(desk.warehouse_url, 0, 1, names)
    send_alerts(desk, BASE)
    message = hook.posts[0][2]["message"]
    assert "✗ accepted_values" in message and "1 of 1 row" in message
    assert "Zoe" not in message
    assert "Zoe" not in str(execute(desk.warehouse_url, "SELECT * FROM medallion.incidents"))


def test_a_channel_hears_what_it_asked_for(desk: Surroundings, hook: Hook) -> None:
    url = desk.warehouse_url
    declare(url, channel(events=[AlertEvent.RUN_FAILED]))  # a gate that fails, fails a run
    gate(url, 0, 77)
    gate(url, 1, 5)
    assert send_alerts(desk, BASE).messages == 1
    assert hook.titles() == ["[lab] gate failed: silver_lab.readings"]
    declare(url, channel(events=[AlertEvent.STALE]))
    gate(url, 2, 77)
    assert send_alerts(desk, BASE).messages == 0


def test_a_channel_that_does_not_answer_stops_no_other_and_is_reported(
    desk: Surroundings, hook: Hook, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    url = desk.warehouse_url
    declare(url, channel("nobody"), channel())
    gate(url, 0, 77)
    sent = send_alerts(desk, BASE)
    assert (sent.messages, sent.waiting) == (1, 1)
    assert "MessageNotSent: the connection nobody" in sent.problems[0]
    assert send_alerts(desk, BASE).waiting == 0  # not due again within a minute
    monkeypatch.setenv("MEDALLION_WAREHOUSE_URL", url)
    monkeypatch.setenv("MEDALLION_DISK_WARN_GIB", "0")
    assert main(["status"]) == 1
    out = capsys.readouterr().out
    assert "! 1 message waits for the connection nobody" in out and "geheim" not in out
    execute(url, "UPDATE medallion.notices SET next_at = now()")
    assert send_alerts(desk, BASE).waiting == 1
    assert execute(url, "SELECT attempts FROM medallion.notices WHERE sent_at IS NULL") == [(2,)]
    moved = replace(desk, connection=lambda _: desk.connection("hook"))
    execute(url, "UPDATE medallion.notices SET next_at = now()")
    assert send_alerts(moved, BASE).messages == 1
    assert main(["status"]) == 0


def test_many_at_once_are_one_message_and_no_hour_has_more_than_the_limit(
    desk: Surroundings, hook: Hook
) -> None:
    url = desk.warehouse_url
    declare(url, channel())

    def happen(number: int) -> None:
        new = NewIncident(
            key=f"k{number}",
            event=AlertEvent.SCHEMA_CHANGED,
            domain="lab",
            dag_id="lab.sensors",
            table=f"silver_lab.t{number}",
            problem="<!channel> its columns\x07 changed",
            is_passing=True,
        )
        with psycopg.connect(url) as connection:
            incidents.open_incident(connection, new)

    for number in range(AT_ONCE + 1):
        happen(number)
    assert send_alerts(desk, BASE).messages == 1
    assert hook.titles() == [f"[lab] {AT_ONCE + 1} messages"]
    assert "- [lab] schema changed: silver_lab.t0" in hook.posts[0][2]["message"]
    for number in range(100, 100 + HOURLY - 1):
        happen(number)
        if number % AT_ONCE == 0:
            send_alerts(desk, BASE)
    send_alerts(desk, BASE)
    assert hook.posts[1][2]["message"].startswith("‹!channel› its columns  changed")
    assert len(hook.posts) == HOURLY
    happen(1000)
    assert send_alerts(desk, BASE).waiting == 1
    assert len(hook.posts) == HOURLY
    execute(url, "UPDATE medallion.notices SET sent_at = sent_at - interval '2 hours'")
    execute(url, "UPDATE medallion.notices SET next_at = now()")
    assert send_alerts(desk, BASE).messages == 1


def test_what_an_operator_takes_away_is_used_no_more(desk: Surroundings, hook: Hook) -> None:
    declare(desk.warehouse_url, channel())
    gate(desk.warehouse_url, 0, 77)
    (desk.project_root / "specs/access.yaml").write_text("connections: {lab: [other]}\n")
    (problem,) = send_alerts(desk, BASE).problems
    assert "the domain lab may not use the connection hook" in problem
    assert hook.posts == []


def test_a_run_that_was_killed_is_a_message_and_its_success_another(
    desk: Surroundings, hook: Hook
) -> None:
    url = desk.warehouse_url
    declare(url, channel())
    with psycopg.connect(url) as connection:
        report_failed_run(connection, "lab.sensors", "r1")
    send_alerts(desk, BASE)
    assert hook.titles() == ["[lab] run failed: lab.sensors"]
    assert "no task has left an error: was one killed?" in hook.posts[0][2]["message"]
    asked: list[tuple[object, ...]] = []

    class Airflow:
        def count(
            self, dag_id: str, states: Sequence[str], run_ids: Sequence[str] | None = None
        ) -> int:
            asked.append((dag_id, tuple(states), tuple(run_ids or ())))
            return int(run_ids is not None and "r2" in run_ids)

    with psycopg.connect(url) as connection:
        follow_runs(connection, Airflow())
    assert asked == [("lab.sensors", ("success",), ("r1",))]
    run = replace(Run(url=url, day=9), run_id="r2")
    run.stage([(1, "a")])
    with psycopg.connect(url) as connection:
        follow_runs(connection, Airflow())
    send_alerts(desk, BASE)
    assert hook.titles()[1] == "[lab] recovered, was run failed: lab.sensors"


def test_a_missed_deadline_is_a_message_and_the_end_of_its_run_another(
    desk: Surroundings, hook: Hook
) -> None:
    url = desk.warehouse_url
    declare(url, channel(events=[AlertEvent.DEADLINE_MISSED, AlertEvent.RECOVERED]))
    for _ in range(2):  # of a run that is called of twice
        with psycopg.connect(url) as connection:
            report_missed_deadline(connection, "lab.sensors", "waits")
    for _ in range(2):
        with psycopg.connect(url) as connection:
            follow_runs(connection, _Waits())
        send_alerts(desk, BASE)
        assert hook.titles() == ["[lab] deadline missed: lab.sensors"]
    assert "is not done within the `deadline` of its spec" in hook.posts[0][2]["message"]
    assert hook.posts[0][2]["link"] == f"{BASE}/dags/lab.sensors/runs/waits"

    class AllDone:
        def count(
            self, dag_id: str, states: Sequence[str], run_ids: Sequence[str] | None = None
        ) -> int:
            return 0

    for _ in range(2):
        with psycopg.connect(url) as connection:
            follow_runs(connection, AllDone())
        send_alerts(desk, BASE)
    assert hook.titles()[1:] == ["[lab] recovered, was deadline missed: lab.sensors"]


def test_the_error_of_a_failed_run_is_shown_where_it_holds_no_value(
    desk: Surroundings, hook: Hook
) -> None:
    url = desk.warehouse_url
    declare(url, channel())
    run = Run(url=url, day=0)
    run.stage([(1, "a")])
    now = run.context().run.interval_end
    with psycopg.connect(url) as connection:
        for task, error in (
            ("readings.land", "SourceUnavailable: shop.example.org did not answer"),
            ("readings.publish", "WarehouseRefused: (name)=(Zoe) already exists"),
        ):
            record = TaskRecord(
                task_id=task, try_number=1, step="x", status="failed",
                started_at=now, finished_at=now, error=error,
            )  # fmt: skip
            registry.record_task(connection, run.context().run, record)
        report_failed_run(connection, "lab.sensors", run.context().run.run_id)
    send_alerts(desk, "")
    message = hook.posts[0][2]["message"]
    assert "the run failed at readings.land, readings.publish" in message
    assert "readings.land: SourceUnavailable: shop.example.org did not answer" in message
    assert "readings.publish: WarehouseRefused\n" in message and "Zoe" not in message
    assert "Look:" not in message


def test_a_backfill_is_reported_when_none_of_its_runs_waits(desk: Surroundings, hook: Hook) -> None:
    url = desk.warehouse_url
    declare(url, channel())
    # One of the runs was there before: a backfill that runs it again keeps its id.
    for day, kind in enumerate(("backfill", "backfill", "scheduled")):
        Run(url=url, day=day, run_id=f"{kind}__{day}").stage([(1, "a")])
    with psycopg.connect(url) as connection:
        connection.execute("UPDATE medallion.task_runs SET is_backfill = true")

    class Airflow:
        waiting = 1

        def count(
            self, dag_id: str, states: Sequence[str], run_ids: Sequence[str] | None = None
        ) -> int:
            return self.waiting if run_ids is None else len(run_ids) - 2

    airflow = Airflow()
    for waiting in (1, 0, 0):
        airflow.waiting = waiting
        with psycopg.connect(url) as connection:
            follow_runs(connection, airflow)
    assert send_alerts(desk, BASE).messages == 1
    assert hook.titles() == ["[lab] backfill finished: lab.sensors"]
    assert "3 runs, 1 of them failed" in hook.posts[0][2]["message"]


def test_a_refused_spec_reaches_its_pipeline_or_those_whom_the_domain_names(
    desk: Surroundings, hook: Hook
) -> None:
    url, root = desk.warehouse_url, desk.project_root
    (root / "specs/lab").mkdir()
    (root / "specs/lab/new.yaml").write_text("x")
    declare(url, channel(of_domain=True))
    declare(url, channel("nobody"), pipeline="other")
    issue = Issue(path="specs/lab/new.yaml", line=3, key="a.b", rule="words", problem="hunter2")
    remember_refused(root, "lab", [issue])

    def look() -> None:
        with psycopg.connect(url) as connection:
            keep_refused(connection, root)
        sent = send_alerts(desk, BASE)
        assert sent.waiting == 0

    look()
    look()
    assert hook.titles() == ["[lab] spec refused: lab.new"]
    first = hook.posts[0][2]
    assert "specs/lab/new.yaml:3 [words] a.b" in first["message"]
    assert "specs/lab/new.yaml is refused: 1 problem;" in first["message"]
    assert first["link"] == f"{BASE}/medallion/specs?file=specs%2Flab%2Fnew.yaml", "no DAG is there"
    assert "hunter2" not in str(hook.posts)
    remember_refused(root, "lab", [])
    look()
    assert hook.titles()[1:] == ["[lab] recovered, was spec refused: lab.new"]
    with psycopg.connect(url) as connection:
        connection.execute("UPDATE medallion.incidents SET closed_at = now() - interval '1 year'")
        gone = dict(delete_old_entries(connection, READINGS, timedelta(days=300)))
    assert gone["incidents"] == 1, "although nothing was ever published by it"


def test_a_publication_reports_quarantine_above_its_limit_and_new_columns(
    desk: Surroundings, hook: Hook
) -> None:
    url = desk.warehouse_url
    declare(url, channel())
    limited = replace(REPLACE, guard=GuardSpec(max_quarantined_percent=10))

    def put(run: Run) -> None:
        publish.run(limited, run.context())

    put(run_of(url, good=1))
    with pytest.raises(DataRejected, match="would go to quarantine"):
        put(run_of(url, good=1, bad=9))
    wider = Run(url=url, day=1)
    wider.stage([(1, "a", 2)], columns="id bigint, value text, more integer")
    put(wider)
    send_alerts(desk, BASE)
    assert hook.titles() == [
        "[lab] quarantine above limit: silver_lab.readings",
        "[lab] recovered, was quarantine above limit: silver_lab.readings",
        "[lab] schema changed: silver_lab.readings",
    ]
    assert (
        "9 of 10 rows would go to quarantine, the guard allows 10 %"
        in (hook.posts[0][2]["message"])
    )
    assert "new column: more" in hook.posts[2][2]["message"]


def test_incidents_that_are_over_are_not_kept_for_ever(desk: Surroundings) -> None:
    url = desk.warehouse_url
    declare(url, channel())
    gate(url, 0, 77)
    gate(url, 1, 5)
    send_alerts(desk, BASE)
    gate(url, 2, 77)
    with psycopg.connect(url) as connection:
        connection.execute(
            "UPDATE medallion.incidents SET closed_at = closed_at - interval '1 year'"
        )
        age = timedelta(days=300)
        assert ("incidents", 1) in list(delete_old_entries(connection, READINGS, age))
        assert len(incidents.open_incidents(connection)) == 1


def test_what_is_gone_is_closed_without_a_message(desk: Surroundings, hook: Hook) -> None:
    url = desk.warehouse_url
    declare(url, channel(), limits=FreshnessLimits(warn_after=timedelta(days=1)))
    gate(url, 0, 77)
    send_alerts(desk, BASE)
    with psycopg.connect(url) as connection:
        incidents.drop_pipelines(connection, ["lab.sensors"])
        declared_tables.forget(connection, ["lab.sensors"])
        assert incidents.open_incidents(connection) == []
    assert send_alerts(desk, BASE).messages == 0
    assert READINGS.domain == "lab" and len(hook.posts) == 1


def test_a_publication_that_waits_is_a_message_with_a_link_to_the_form(
    desk: Surroundings, hook: Hook
) -> None:
    url = desk.warehouse_url
    declare(url, channel())
    approval = Approval(required=ApprovalRequired.ALWAYS, timeout=timedelta(days=1))
    step = replace(REPLACE, approval=approval)
    run = Run(url=url, day=0)
    run.stage([(1, "20")])
    context = replace(run.context(), can_ask=True)
    with pytest.raises(ApprovalWanted) as wanted:
        run_step(step, context)
    assert send_alerts(desk, BASE).messages == 1
    ((_, _, post),) = hook.posts
    assert post["title"] == "[lab] approval wanted: silver_lab.readings"
    assert post["message"].startswith("a publication waits for approval: 1 row, 1 added")
    place = "dags/lab.sensors/runs/scheduled__2026-01-01/tasks/readings.publish/required_actions"
    assert post["link"] == f"{BASE}/{place}"
    decision = Decision(
        approval_id=wanted.value.approval_id, is_approved=False, by="Ana", comment="geheim-2"
    )
    with pytest.raises(NotApproved):
        run_step(step, replace(context, decision=decision))
    with psycopg.connect(url) as connection:
        report_failed_run(connection, context.run.dag_id, context.run.run_id)
    send_alerts(desk, BASE)
    assert hook.titles()[1:] == [
        "[lab] decided, was approval wanted: silver_lab.readings",
        "[lab] run failed: lab.sensors",
    ]
    assert "Ana has rejected the publication" in hook.posts[2][2]["message"]
    assert "geheim-2" not in str(hook.posts)


def test_a_question_whose_run_has_ended_without_an_answer_is_over(desk: Surroundings) -> None:
    url = desk.warehouse_url
    for run_id in ("marked", "waits"):
        new = NewIncident(
            key=f"approval_wanted:silver_lab.readings:{run_id}",
            event=AlertEvent.APPROVAL_WANTED,
            domain="lab",
            dag_id="lab.sensors",
            run_id=run_id,
            problem="a publication waits",
        )
        with psycopg.connect(url) as connection:
            registry.ensure(connection)
            incidents.open_incident(connection, new)
            asks = replace(Run(url=url, day=0), run_id=run_id).context().run
            approvals.ask(connection, asks, READINGS, "c0de", QUESTION)
    with psycopg.connect(url) as connection:
        follow_runs(connection, _Waits())
        (left,) = incidents.open_incidents(connection)
        asked = {one.run_id: one.decision for one in approvals.approvals_of(connection, READINGS)}
    assert left.run_id == "waits"
    assert asked == {"marked": "withdrawn", "waits": None}


QUESTION = Question(
    why="the spec asks for it",
    write_disposition="replace",
    rows_before=None,
    version_before=None,
    rows_staged=1,
    rows_read=1,
    rows_quarantined=0,
    rows_deduplicated=0,
    rows_discarded=0,
)


class _Waits:
    """An Airflow in which one run is running."""

    def count(
        self, dag_id: str, states: Sequence[str], run_ids: Sequence[str] | None = None
    ) -> int:
        return int("running" in states and run_ids == ["waits"])
