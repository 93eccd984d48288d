"""Approval by a person: what he is shown, what a decision counts for, and what it leaves."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from psycopg import sql
from psycopg.types.json import Jsonb
from tests.steps.staged import APPEND, MERGE, READINGS, REPLACE, SCD2, Run, query

from medallion.errors import NotApproved, WarehouseRefused, WarehouseUnavailable
from medallion.operations.pins import pin_version
from medallion.plan.model import Approval, PublishStep
from medallion.publish.declaration import ApprovalRequired, BreakingChange, MissingKeys
from medallion.publish.relations import identifier
from medallion.steps.context import ApprovalWanted, Decision, StepContext, StepResult
from medallion.steps.publish import question as making
from medallion.steps.publish import step as publish
from medallion.steps.run import run_step
from medallion.warehouse.quarantine.rejects import RejectsWriter
from medallion.warehouse.registry.approvals import ExampleRow, approvals_of
from medallion.warehouse.registry.incidents import open_incidents
from medallion.warehouse.registry.operator_actions import actions_of
from medallion.warehouse.session.transaction import session
from medallion.warehouse.tables.staging import create_rejects

ALWAYS = Approval(
    required=ApprovalRequired.ALWAYS,
    timeout=timedelta(days=2),
    shown_columns=frozenset(("id", "value")),
)
IF_IT_BREAKS = replace(ALWAYS, required=ApprovalRequired.BREAKING_CHANGE)


def asked(step: PublishStep, approval: Approval | None = ALWAYS) -> PublishStep:
    return replace(step, approval=approval)


def in_airflow(run: Run) -> StepContext:
    return replace(run.context(), can_ask=True)


def answer(wanted: ApprovalWanted, *, approve: bool = True, **more: object) -> Decision:
    said = {"by": "Ana", "by_id": "ana", "code": wanted.code, **more}
    return Decision(approval_id=wanted.approval_id, is_approved=approve, **said)  # type: ignore[arg-type]


def staged(url: str, day: int, rows: list[tuple[object, ...]], step: PublishStep, **stage) -> Run:
    run = Run(url=url, day=day)
    run.stage(rows, unlogged=not step.write_disposition.moves_staging, **stage)
    return run


def published(url: str, day: int, rows: list[tuple[object, ...]], step: PublishStep) -> None:
    publish.run(asked(step, None), staged(url, day, rows, step).context())


def question(step: PublishStep, context: StepContext) -> ApprovalWanted:
    with pytest.raises(ApprovalWanted) as wanted:
        run_step(step, context)
    return wanted.value


def go_on(step: PublishStep, context: StepContext, decision: Decision) -> StepResult:
    return run_step(step, replace(context, decision=decision))


def readers_see(url: str) -> list[tuple[object, ...]]:
    return query(url, "SELECT id, value FROM silver_lab.readings ORDER BY id")


BEFORE: list[tuple[object, ...]] = [(1, "20"), (2, "21"), (3, "22")]
AFTER: list[tuple[object, ...]] = [(1, "20"), (2, "25"), (4, "23")]


def test_a_publication_waits_and_publishes_what_was_shown_once_it_is_approved(
    warehouse_db: str,
) -> None:
    published(warehouse_db, 0, BEFORE, REPLACE)
    step = asked(REPLACE)
    context = in_airflow(staged(warehouse_db, 1, AFTER, REPLACE))
    wanted = question(step, context)
    shown = wanted.question
    assert (shown.rows_before, shown.rows_staged) == (3, 3)
    assert (shown.added, shown.removed, shown.changed, shown.same) == (1, 1, 1, 1)
    assert shown.changed_columns == (("value", 1),)
    assert shown.examples == (
        ExampleRow(kind="changed", key=("2",), cells=(("value", "21", "25"),)),
        ExampleRow(kind="added", key=("4",), cells=(("value", None, "23"),)),
        ExampleRow(kind="removed", key=("3",), cells=(("value", "22", None),)),
    )
    assert readers_see(warehouse_db) == BEFORE
    with session(warehouse_db, "test") as connection:
        (incident,) = open_incidents(connection)
        assert incident.event == "approval_wanted"
        assert incident.problem.endswith("3 rows, 1 added, 1 removed, 1 changed")
    result = go_on(step, context, answer(wanted, comment="as agreed"))
    assert result.rows_out == 3
    assert readers_see(warehouse_db) == AFTER
    with session(warehouse_db, "test") as connection:
        assert not open_incidents(connection)
        (kept,) = approvals_of(connection, READINGS)
        (action,) = actions_of(connection, READINGS)
    assert (kept.decision, kept.decided_by, kept.comment) == ("approved", "Ana", "as agreed")
    assert kept.question == shown
    assert (action.done_by, action.action, action.details["comment"]) == (
        "Ana",
        "approve",
        "as agreed",
    )


def test_a_rejection_publishes_nothing_and_holds_up_nobody(warehouse_db: str) -> None:
    published(warehouse_db, 0, BEFORE, REPLACE)
    step = asked(REPLACE)
    context = in_airflow(staged(warehouse_db, 1, AFTER, REPLACE))
    wanted = question(step, context)
    with pytest.raises(NotApproved, match="Ana has rejected the publication"):
        go_on(step, context, answer(wanted, approve=False))
    assert readers_see(warehouse_db) == BEFORE
    assert query(
        warehouse_db,
        "SELECT status, rows_out, error FROM medallion.task_runs WHERE task_id LIKE '%publish'"
        " AND status = 'failed'",
    ) == [("failed", None, "NotApproved: silver_lab.readings: Ana has rejected the publication")]
    # Clearing the task asks again, and so does the next run.
    assert question(step, context).code == wanted.code
    later = in_airflow(staged(warehouse_db, 2, AFTER, REPLACE))
    go_on(step, later, answer(question(step, later)))
    assert readers_see(warehouse_db) == AFTER


@pytest.mark.parametrize("approve", [False, True])
def test_an_answer_counts_where_the_spec_has_stopped_asking(
    warehouse_db: str, approve: bool, caplog: pytest.LogCaptureFixture
) -> None:
    published(warehouse_db, 0, BEFORE, REPLACE)
    context = in_airflow(staged(warehouse_db, 1, AFTER, REPLACE))
    given = answer(
        question(asked(REPLACE), context), approve=approve, comment="no\nINFO - all well"
    )
    without = asked(REPLACE, None)
    with caplog.at_level("INFO", "test"):
        if approve:
            go_on(without, context, given)
        else:
            with pytest.raises(NotApproved, match="Ana has rejected the publication") as refused:
                go_on(without, context, given)
            assert "the spec asks nobody any longer" in refused.value.remedy
    assert readers_see(warehouse_db) == (AFTER if approve else BEFORE)
    assert "Ana comments: no?INFO - all well" in caplog.messages
    with session(warehouse_db, "test") as connection:
        assert not open_incidents(connection)
        (kept,) = approvals_of(connection, READINGS)
        (action,) = actions_of(connection, READINGS)
    assert kept.decision == ("approved" if approve else "rejected")
    assert action.action == ("approve" if approve else "reject")


def test_the_code_covers_how_it_is_written_and_what_was_quarantined(warehouse_db: str) -> None:
    published(warehouse_db, 0, BEFORE, MERGE)
    context = in_airflow(staged(warehouse_db, 1, AFTER, MERGE, quarantined=1))
    rejects = READINGS.rejects(context.run_key)
    with session(warehouse_db, "test") as connection:
        create_rejects(connection, rejects)
    with RejectsWriter(warehouse_db, rejects) as writer:
        writer.add(reasons=["too warm"], record='{"id": 3}', load_id=1, part=0, number=4)
    deletes = asked(replace(MERGE, missing_keys=MissingKeys.HARD_DELETE))
    deletes = replace(deletes, guard=deletes.guard.model_copy(update={"max_shrink_percent": None}))
    steps = (
        asked(MERGE),
        asked(replace(MERGE, primary_key=("id", "value"))),
        asked(replace(MERGE, write_disposition=APPEND.write_disposition)),
        deletes,
    )
    codes = [question(step, context).code for step in steps]
    with session(warehouse_db, "test") as connection:
        connection.execute(
            sql.SQL("UPDATE {} SET record = {}").format(identifier(rejects), Jsonb({"id": 2}))
        )
    second = question(deletes, context)
    assert len({*codes, second.code}) == 5
    with pytest.raises(NotApproved, match="the answer of Ana does not count"):
        go_on(deletes, context, answer(second, code=codes[-1]))


def test_comparing_that_takes_too_long_is_left_out(
    warehouse_db: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    published(warehouse_db, 0, BEFORE, REPLACE)
    context = in_airflow(staged(warehouse_db, 1, AFTER, REPLACE))
    monkeypatch.setattr(making, "COMPARING", timedelta(milliseconds=20))
    monkeypatch.setattr(
        making.versions, "compare_rows", lambda it, *_, **__: it.execute("SELECT pg_sleep(9)")
    )
    shown = question(asked(REPLACE), context).question
    assert shown.notes == ("the rows could not be compared: the log says why",)
    assert (shown.rows_before, shown.rows_staged, shown.added) == (3, 3, None)


def test_comparing_leaves_time_for_the_rest_of_a_short_task() -> None:
    assert making._comparing_limit(None) == making.COMPARING
    assert making._comparing_limit(timedelta(minutes=1)) == timedelta(seconds=13.5)


def test_a_decision_counts_for_what_was_shown_alone(warehouse_db: str) -> None:
    published(warehouse_db, 0, BEFORE, REPLACE)
    step = asked(REPLACE)
    run = staged(warehouse_db, 1, AFTER, REPLACE)
    context = in_airflow(run)
    first = question(step, context)
    run.stage([(9, "99")])  # cleaned again while it waited
    step = replace(step, guard=step.guard.model_copy(update={"max_shrink_percent": None}))
    second = question(step, context)
    assert second.code != first.code
    # Airflow keeps showing the text of the first question: its code comes with the answer.
    for code in (first.code, ""):
        with pytest.raises(NotApproved, match="the answer of Ana does not count"):
            go_on(step, context, answer(second, code=code))
        second = question(step, context)
    go_on(step, context, answer(second))
    assert readers_see(warehouse_db) == [(9, "99")]


def test_an_approved_publication_is_not_asked_about_again_unless_the_table_has_changed(
    warehouse_db: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    published(warehouse_db, 0, BEFORE, REPLACE)
    step = asked(REPLACE)
    context = in_airflow(staged(warehouse_db, 1, AFTER, REPLACE))
    wanted = question(step, context)
    with monkeypatch.context() as broken:
        broken.setattr(publish, "_publish", _unavailable)
        with pytest.raises(WarehouseUnavailable):
            go_on(step, context, answer(wanted))
    other = replace(Run(url=warehouse_db, day=1), run_id="manual__other")
    other.stage(BEFORE)
    publish.run(asked(REPLACE, None), other.context())
    again = question(step, context)
    assert again.code != wanted.code
    with monkeypatch.context() as broken:
        broken.setattr(publish, "_publish", _unavailable)
        with pytest.raises(WarehouseUnavailable):
            go_on(step, context, answer(again))
    run_step(step, context)  # Airflow's retry: nobody is asked a second time
    assert readers_see(warehouse_db) == AFTER


def _unavailable(_: object) -> int:
    raise WarehouseUnavailable("away")


def test_nobody_answers_in_time_or_somebody_who_may_not(warehouse_db: str) -> None:
    step = asked(REPLACE, replace(ALWAYS, approvers=("ana",)))
    context = in_airflow(staged(warehouse_db, 0, BEFORE, REPLACE))
    wanted = question(step, context)
    assert wanted.question.notes == ("it is the first publication of the table",)
    with pytest.raises(NotApproved, match=r"nobody has approved the publication within 2 days"):
        go_on(step, context, answer(wanted, approve=False, by=None, by_id=""))
    with pytest.raises(NotApproved, match="Ben is not among the `approvers`"):
        go_on(step, context, answer(question(step, context), by="Ben", by_id="ben"))
    go_on(step, context, answer(question(step, context)))
    with session(warehouse_db, "test") as connection:
        kept = [one.decision for one in approvals_of(connection, READINGS)]
    assert kept == ["approved", "refused", "timed_out"]


def test_who_cannot_ask_publishes_nothing(warehouse_db: str) -> None:
    run = staged(warehouse_db, 0, BEFORE, REPLACE)
    with pytest.raises(NotApproved, match="nobody can be asked here") as refused:
        run_step(asked(REPLACE), run.context())
    assert "clear readings.clean and the tasks after it" in refused.value.remedy


def test_only_a_breaking_change_waits_where_the_spec_says_so(warehouse_db: str) -> None:
    published(warehouse_db, 0, BEFORE, REPLACE)
    step = replace(asked(REPLACE, IF_IT_BREAKS), breaking_change=BreakingChange.ALLOW)
    run_step(step, in_airflow(staged(warehouse_db, 1, AFTER, REPLACE)))
    assert readers_see(warehouse_db) == AFTER
    pin_version(warehouse_db, READINGS, 1, by="ada")
    numbers: list[tuple[object, ...]] = [(1, 20), (2, 25), (4, 23)]
    context = in_airflow(
        staged(warehouse_db, 2, numbers, REPLACE, columns="id bigint, value integer")
    )
    wanted = question(step, context)
    assert wanted.question.breaks == ("value: text → integer",)
    assert wanted.question.notes == (
        "pinned versions stay: version 1 can be compared, and nobody can go back to it",
    )
    assert (wanted.question.added, wanted.question.changed) == (0, 0)
    assert readers_see(warehouse_db) == AFTER
    go_on(step, context, answer(wanted))
    assert readers_see(warehouse_db) == numbers
    with pytest.raises(WarehouseRefused):  # `always` accepts no breaking change by itself
        run_step(asked(REPLACE), in_airflow(staged(warehouse_db, 3, BEFORE, REPLACE)))


@pytest.mark.parametrize(
    ("step", "counts"),
    [
        (MERGE, (1, 0, 1, 1)),
        (replace(MERGE, missing_keys=MissingKeys.HARD_DELETE), (1, 1, 1, 1)),
        (APPEND, (3, 0, 0, 0)),
        (SCD2, (1, 1, 1, 1)),
    ],
    ids=["merge", "merge of whole extracts", "append", "scd2"],
)
def test_it_is_compared_with_what_the_write_disposition_takes_the_place_of(
    warehouse_db: str, step: PublishStep, counts: tuple[int, ...]
) -> None:
    step = replace(step, guard=step.guard.model_copy(update={"max_shrink_percent": None}))
    published(warehouse_db, 0, BEFORE, step)
    context = in_airflow(staged(warehouse_db, 1, AFTER, step))
    shown = question(asked(step), context).question
    assert (shown.added, shown.removed, shown.changed, shown.same) == counts
    assert shown.notes == ()
    if step.write_disposition.name == "merge":
        early = in_airflow(staged(warehouse_db, -1, [(1, "0"), (5, "5")], step))
        shown = question(asked(step), early).question
        assert (shown.added, shown.removed, shown.changed, shown.same) == (1, 0, 0, 0)
        assert shown.notes == ("readers have something newer already, and keep it",)


def test_protected_values_are_not_shown(warehouse_db: str) -> None:
    published(warehouse_db, 0, BEFORE, REPLACE)
    context = in_airflow(staged(warehouse_db, 1, AFTER, REPLACE))
    step = asked(REPLACE, replace(ALWAYS, shown_columns=frozenset()))
    shown = question(step, context).question
    assert {one.key for one in shown.examples} == {("(protected)",)}
    assert not any(one.cells for one in shown.examples)
    assert shown.changed_columns == (("value", 1),)


def test_without_a_key_whole_rows_are_counted(warehouse_db: str) -> None:
    published(warehouse_db, 0, BEFORE, REPLACE)
    context = in_airflow(staged(warehouse_db, 1, AFTER, REPLACE))
    shown = question(replace(asked(REPLACE), primary_key=()), context).question
    assert (shown.added, shown.removed, shown.changed) == (2, 2, None)
