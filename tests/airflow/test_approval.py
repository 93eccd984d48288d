"""Asking a person by Airflow: how a task waits, what the form says, what an answer means."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest
from airflow.sdk.exceptions import AirflowFailException, TaskAwaitingInput
from airflow.sdk.execution_time import hitl

from medallion.airflow import approval
from medallion.airflow.factory import build_dag
from medallion.airflow.operators import PublishOperator
from medallion.airflow.question import as_markdown, code
from medallion.catalogue.declared import Declared
from medallion.catalogue.personal import find_hidden_if_known
from medallion.errors import NotApproved
from medallion.names import Layer, PublishedTable
from medallion.plan.make import make_plan
from medallion.plan.model import Approval, Plan, PublishStep
from medallion.publish.declaration import ApprovalRequired, BreakingChange
from medallion.spec.load.specs import load_spec
from medallion.spec.sql.reader import sql_reader
from medallion.steps import run as steps
from medallion.steps.context import ApprovalWanted
from medallion.warehouse.registry.approvals import ExampleRow, Question

SPEC = """\
description: Heat.
retries: 2
datasets:
  readings:
    source: {type: file, path: include/data/lab/readings.csv}
    silver:
      columns:
        room: {type: text}
        contact: {type: text, classification: {pii: name, protect: mask, keep_last: 2}}
      approval: {timeout: 2d, approvers: [ana]}
  free:
    source: {type: file, path: include/data/lab/readings.csv}
    silver: {columns: {room: {type: text}}}
gold:
  warm: {sql: warm.sql, approval: {required: breaking_change}}
"""
QUESTION = Question(
    why="the spec asks for it before each publication",
    write_disposition="replace",
    rows_before=3,
    version_before=1,
    rows_staged=4,
    rows_read=5,
    rows_quarantined=1,
    rows_deduplicated=0,
    rows_discarded=0,
    added=1,
    removed=0,
    changed=1,
    same=2,
    breaks=("degrees: text → bigint",),
    readers=("gold table gold_lab.warm", "gold table gold_pay.bonus"),
    reader_domains=("lab", "pay"),
    changed_columns=(("room", 1),),
    examples=(
        ExampleRow(kind="changed", key=("1",), cells=(("room", r"a\|b", "![](http://x/y.png)"),)),
        ExampleRow(kind="added", key=("4",), cells=(("room", None, "`c`\n# d"),)),
    ),
)
WANTED = ApprovalWanted(
    approval_id=7,
    code="c0de",
    question=QUESTION,
    approval=Approval(
        required=ApprovalRequired.ALWAYS, timeout=timedelta(days=2), approvers=("ana",)
    ),
)


@pytest.fixture
def plan(tmp_path: Path) -> Plan:
    for name, text in {
        "specs/lab/heat.yaml": SPEC,
        "include/sql/lab/warm.sql": "select room from silver_lab.readings",
    }.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    path = tmp_path / "specs/lab/heat.yaml"
    return make_plan(load_spec(path, tmp_path, sql_reader(tmp_path)))


def test_one_publication_of_a_table_asks_at_a_time(plan: Plan) -> None:
    dag = build_dag(plan, "heat.yaml")
    limits = {
        name: dag.get_task(f"{name}.publish").max_active_tis_per_dag
        for name in ("readings", "free", "warm")
    }
    assert limits == {"readings": 1, "free": None, "warm": 1}
    assert {task.retries for task in dag.tasks} == {2}, "an approved publication is tried again"


def test_what_a_spec_says_is_in_the_plan(plan: Plan) -> None:
    steps = {task.group: task.step for task in plan.tasks if isinstance(task.step, PublishStep)}
    assert steps["readings"].approval == Approval(
        required=ApprovalRequired.ALWAYS,
        timeout=timedelta(days=2),
        approvers=("ana",),
        shown_columns=frozenset({"room"}),
    )
    assert steps["readings"].breaking_change is BreakingChange.REFUSE
    assert steps["warm"].breaking_change is BreakingChange.ALLOW, "a person decides"
    assert steps["free"].approval is None


def test_the_task_waits_with_a_form(plan: Plan, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: dict[str, Any] = {}
    monkeypatch.setattr(hitl, "upsert_hitl_detail", lambda **said: asked.update(said))
    operator = publisher(plan, monkeypatch, WANTED)
    instance = SimpleNamespace(id=uuid4())
    with pytest.raises(TaskAwaitingInput) as waits:
        operator.run_step({"ti": instance})
    assert waits.value.method_name == "answered"
    assert waits.value.kwargs == {"approval_id": 7}
    assert waits.value.timeout == timedelta(days=2)
    assert asked["ti_id"] == instance.id
    assert asked["options"] == ["Approve", "Reject"]
    assert asked["defaults"] == ["Reject"], "a late answer would else count as a failure to retry"
    assert asked["assigned_users"] == [{"id": "ana", "name": "ana"}]
    assert asked["params"]["code"]["value"] == "c0de"


def publisher(
    plan: Plan, monkeypatch: pytest.MonkeyPatch, raises: BaseException
) -> PublishOperator:
    """The task of readings, whose step ends so; Airflow and the warehouse are not asked."""
    operator = build_dag(plan, "heat.yaml").get_task("readings.publish")
    assert isinstance(operator, PublishOperator)

    def run(*_: object) -> None:
        raise raises

    monkeypatch.setattr(steps, "run_step", run)
    monkeypatch.setattr(operator, "step_context", lambda _: None)
    return operator


def test_an_answer_goes_on_with_the_task_and_a_rejection_is_not_retried(
    plan: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    operator = publisher(plan, monkeypatch, NotApproved("Ana has rejected it"))
    event = {
        "chosen_options": ["Reject"],
        "params_input": {"comment": " no ", "code": "c0de"},
        "responded_at": datetime.now(UTC),
        "responded_by_user": {"id": "ana", "name": "Ana"},
        "timedout": False,
    }
    with pytest.raises(AirflowFailException, match="Ana has rejected it"):
        operator.answered({}, event, approval_id=7)
    decision = operator.decision
    assert decision is not None
    assert (decision.is_approved, decision.by, decision.by_id) == (False, "Ana", "ana")
    assert (decision.comment, decision.code, decision.approval_id) == ("no", "c0de", 7)


@pytest.mark.parametrize(
    "event",
    [
        {"chosen_options": ["Reject"], "responded_by_user": None, "timedout": True},
        {"error": "The response timeout has passed", "error_type": "timeout"},
    ],
)
def test_nobodys_answer_is_nobodys(event: dict[str, Any]) -> None:
    decision = approval.decision_of(event, 7)
    assert (decision.is_approved, decision.by) == (False, None)


def test_the_form_shows_values_as_they_are() -> None:
    table = PublishedTable(layer=Layer.SILVER, domain="lab", name="readings")
    text = as_markdown(table, WANTED, "/medallion/tables/silver_lab.readings/approvals")
    assert "| readers have | 3 rows (version 1) |" in text
    assert "5 = 4 to publish + 1 to quarantine" in text
    assert "- **breaks**: `degrees: text → bigint`" in text
    assert "`room`: `a\\ǀb` → `![](http://x/y.png)`" in text
    assert "`room`: `ˋcˋ?# d`" in text
    assert "- read by `gold table gold_lab.warm`\n- and read by 1 in other domains" in text
    assert "gold_pay" not in text
    assert "nobody answers within 2 days" in text
    assert code("") == "` `"
    (row,) = (line for line in text.splitlines() if line.startswith("| changed | `1`"))
    assert row.count("|") == 4, "no value ends a cell, whatever stands before its bar"


def test_of_gold_nothing_is_shown_unless_all_that_it_is_made_of_is_known() -> None:
    table = PublishedTable(layer=Layer.GOLD, domain="lab", name="warm")
    assert find_hidden_if_known(Declared(), table) is None
