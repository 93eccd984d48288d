"""A function of one's own between the cleaning and the staging table."""

from __future__ import annotations

import json
import logging
import sys
import threading
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import psutil
import pytest
from tests.steps import landed
from tests.steps.staged import query

from medallion.errors import CustomStepFailed, DataRejected
from medallion.plan.model import CustomStep
from medallion.records import RecordLayout
from medallion.steps.clean import step as clean
from medallion.steps.clean.custom import process as custom_process
from medallion.steps.context import StepContext, StepResult

CSV = RecordLayout(format="csv", columns=("id", "amount", "day", "note"))
COLUMNS: dict[str, dict[str, Any]] = {
    "id": {"type": "bigint"},
    "amount": {"type": "decimal(18,2)", "nullable": True},
    "day": {"type": "date"},
    "score": {"type": "double"},
    "note": {"type": "text", "nullable": True},
}
TEXT = (
    "id,amount,day,note\n1,1.50,2026-01-01,a\nx,1,2026-01-01,\n3,,2026-01-03,\n4,4,2026-01-04,d\n"
)


@pytest.fixture
def context(warehouse_db: str, tmp_path: Path) -> StepContext:
    made: StepContext = landed.context(warehouse_db, tmp_path)
    return made


def custom(
    body: str, max_rows: int | None = None, adds: tuple[str, ...] = ("score",)
) -> CustomStep:
    lines = "".join(f"    {line}\n" for line in body.splitlines())
    return CustomStep(
        function="score",
        path="include/python/shop/scoring.py",
        source=f"import pandas as pd\n\ndef score(frame):\n{lines}",
        adds=adds,
        max_rows=max_rows,
    )


def cleaned(
    context: StepContext,
    step: CustomStep,
    columns: dict[str, dict[str, Any]] = COLUMNS,
    text: str = TEXT,
    records: int = 4,
    layout: RecordLayout = CSV,
) -> StepResult:
    landed.land(context, layout, [(text.encode(), records)])
    return clean.run(landed.clean_step(columns, custom=step), context)


def staged(context: StepContext, columns: str = "*") -> list[tuple[object, ...]]:
    staging = landed.FILMS.staging(context.run_key)
    return query(
        context.warehouse_url,
        f"SELECT {columns}, _bronze_record FROM {staging} ORDER BY _bronze_record",
    )


SCORED = 'frame["score"] = frame["id"] * 0.5'
GOOD = f"{SCORED}\nreturn frame"


@pytest.mark.parametrize("max_rows", [None, 3])
def test_a_column_is_added_and_every_row_keeps_its_record(
    context: StepContext, max_rows: int | None
) -> None:
    result = cleaned(context, custom(GOOD, max_rows))
    assert (result.rows_out, result.rows_quarantined, result.rows_discarded) == (3, 1, 0)
    assert staged(context, "id, amount, day::text, score, note") == [
        (1, Decimal("1.50"), "2026-01-01", 0.5, "a", 1),
        (3, None, "2026-01-03", 1.5, None, 3),
        (4, Decimal("4.00"), "2026-01-04", 2.0, "d", 4),
    ]
    assert result.details["columns_without_values"] == []


def test_dropped_rows_are_discarded_and_the_others_known_in_any_order(context: StepContext) -> None:
    body = GOOD.replace(
        "return frame", 'return frame[frame["id"] != 1].sort_values("id", ascending=False)'
    )
    result = cleaned(context, custom(body))
    assert (result.rows_in, result.rows_out, result.rows_discarded) == (4, 2, 1)
    assert staged(context, "id") == [(3, 3), (4, 4)]


@pytest.mark.parametrize(
    ("body", "error", "said"),
    [
        ("return frame", DataRejected, "the column score is missing"),
        (f'frame["extra"] = 1\n{GOOD}', DataRejected, "extra is not declared"),
        ('frame["score"] = "high"\nreturn frame', DataRejected, "score is not double: its values"),
        ('frame["score"] = float("inf")\nreturn frame', DataRejected, "not finite"),
        ('frame["score"] = None\nreturn frame', DataRejected, "score is empty in 3 rows"),
        (f'frame["id"] = frame["id"] + 0.5\n{GOOD}', DataRejected, "id is not bigint"),
        (
            f'{SCORED}\nframe["id"] = ["1", "2", "3"]\nreturn frame',
            DataRejected,
            "id is not bigint",
        ),
        (f'frame["day"] = ["1", 2, None]\n{GOOD}', DataRejected, "of several types"),
        (f"{GOOD}.reset_index(drop=True)", CustomStepFailed, "without the index"),
        (f"{GOOD}.iloc[[0, 0, 1]]", CustomStepFailed, "gives rows twice"),
        (f'{GOOD}.rename(index={{1: 7}}, level="_bronze_record")', CustomStepFailed, "not given"),
        ("return 1", CustomStepFailed, "gives int, not a DataFrame"),
        ("x = 1\nreturn x / 0", CustomStepFailed, r"scoring.py, line 5, in score: ZeroDivision"),
        ("import sys\nsys.exit(0)", CustomStepFailed, "line 5, in score: SystemExit"),
        ("import shop.scoring", CustomStepFailed, "line 4, in score: ModuleNotFoundError"),
    ],
)
def test_what_the_function_may_not_give_is_reported(
    context: StepContext, body: str, error: type[Exception], said: str
) -> None:
    with pytest.raises(error, match=said) as caught:
        cleaned(context, custom(body))
    assert not getattr(caught.value, "retryable", True)
    assert "score" in str(caught.value)
    assert not [name for name in sys.modules if name.startswith("medallion_custom")]


def test_more_rows_than_may_be_held_are_refused(context: StepContext) -> None:
    with pytest.raises(DataRejected, match="more rows than the 2 of `max_rows`"):
        cleaned(context, custom(GOOD, 2))


def test_a_module_that_cannot_be_executed_is_reported_with_its_line(context: StepContext) -> None:
    step = CustomStep(
        function="score", path="include/python/a.py", source="\nboom()\n", adds=(), max_rows=None
    )
    with pytest.raises(CustomStepFailed, match=r"include/python/a.py, line 2, .*NameError"):
        cleaned(context, step)
    gone = CustomStep(function="f", path="a.py", source="f = 1", adds=(), max_rows=None)
    with pytest.raises(CustomStepFailed, match="f is not a function"):
        cleaned(context, gone)


def test_dataclasses_and_every_type_come_through_unchanged(context: StepContext) -> None:
    values = {
        "smallint": (-7, "-7"),
        "integer": (7, "7"),
        "bigint": (2**62 + 1, str(2**62 + 1)),
        "decimal(38,2)": ("123456789012345678901234567890123456.78",) * 2,
        "double": (1.5, "1.5"),
        "real": (0.5, "0.5"),
        "boolean": (True, "true"),
        "date": ("0001-01-01",) * 2,
        "time": ("23:59:59.5",) * 2,
        "timestamp": ("9999-12-31 23:59:59",) * 2,
        "timestamptz": ("2026-01-01T10:00:00Z", "2026-01-01 10:00:00+00"),
        "uuid": ("6ba7b810-9dad-11d1-80b4-00c04fd430c8",) * 2,
        "json": ({"a": [1, None]}, '{"a": [1, null]}'),
        "bytea": ("\\x00ff", "\\x00ff"),
        "text": ("é", "é"),
        "text[]": (["a", "b"], "{a,b}"),
        "bigint[]": ([1, 2], "{1,2}"),
        "date[]": (["2026-01-01"], "{2026-01-01}"),
    }
    names = {kind: f"c{number}" for number, kind in enumerate(values)}
    columns = {names[kind]: {"type": kind, "nullable": True} for kind in values}
    records: list[dict[str, Any]] = [
        {names[kind]: given for kind, (given, _) in values.items()},
        {},
    ]
    step = CustomStep(
        function="same",
        path="include/python/same.py",
        source=(
            "from __future__ import annotations\nfrom dataclasses import dataclass\n"
            "@dataclass\nclass Kept:\n    frame: object\n"
            "def same(frame):\n    return Kept(frame).frame\n"
        ),
        adds=(),
        max_rows=None,
    )
    body = "\n".join(map(json.dumps, records))
    cleaned(context, step, columns, body, 2, RecordLayout(format="jsonl"))
    shown = ", ".join(f"{name}::text" for name in names.values())
    first, second = staged(context, shown)
    assert first == (*(wanted for _, wanted in values.values()), 1)
    assert second == (*(None for _ in values), 2)


def test_large_landings_go_in_batches(context: StepContext) -> None:
    layout = RecordLayout(format="csv", columns=("id",))
    columns = {"id": {"type": "bigint"}, "score": {"type": "bigint"}}
    text = "id\n" + "".join(f"{number}\n" for number in range(50_000))
    step = custom('frame["score"] = len(frame)\nreturn frame')
    result = cleaned(context, step, columns, text, 50_000, layout)
    assert result.rows_out == 50_000
    sizes = query(
        context.warehouse_url,
        f"SELECT max(score), count(*) FROM {landed.FILMS.staging(context.run_key)}",
    )
    assert int(str(sizes[0][0])) < 50_000
    assert sizes[0][1] == 50_000


def test_the_function_knows_no_secret_of_the_task(
    context: StepContext, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("AIRFLOW_CONN_MEDALLION_WAREHOUSE", "postgresql://loader:s3cret@db/x")
    monkeypatch.setenv("TMDB_TOKEN", "s3cret")
    body = f'import os\nprint("sees", dict(os.environ))\n{GOOD}'
    with caplog.at_level("INFO", context.log.name):
        cleaned(context, custom(body))
    (said,) = [r.getMessage() for r in caplog.records if "prints: sees" in r.getMessage()]
    assert "'PATH'" in said
    assert "s3cret" not in said
    assert {"AIRFLOW", "MEDALLION", "TOKEN"} & set(said.replace("_", "' ").split("'")) == set()


def test_a_function_that_does_not_end_is_ended_in_time_with_what_it_has_started(
    context: StepContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The clock is a stand-in: time is over once the function has started a process."""
    pids: list[int] = []
    started = threading.Event()

    class Log(logging.Logger):
        def info(self, msg: object, *args: object, **more: Any) -> None:
            if "started" in str(args[-1:]):
                pids.extend(map(int, str(args[-1]).split()[-2:]))
                started.set()

    def begins_with_an_answer(*_: object) -> bool:
        monkeypatch.setattr(custom_process, "_ready", lambda *_: not started.wait(60))
        return True

    body = (
        "import subprocess, time\n"
        'away = subprocess.Popen(["sleep", "600"], start_new_session=True)\n'
        'print("started", away.pid, subprocess.Popen(["sleep", "600"]).pid, flush=True)\n'
        "while True: time.sleep(1)"
    )
    monkeypatch.setattr(custom_process, "_ready", begins_with_an_answer)
    with pytest.raises(CustomStepFailed, match=r"scoring\.py: score did not end in the time"):
        cleaned(replace(context, log=Log("endless"), deadline=0.0), custom(body))
    assert len(pids) == 2
    assert not [pid for pid in pids if _is_running(pid)]


def _is_running(pid: int) -> bool:
    return psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE


def test_a_process_that_ends_without_an_answer_is_reported(context: StepContext) -> None:
    with pytest.raises(CustomStepFailed, match="ended with signal 9, without an answer"):
        cleaned(context, custom("import os, signal\nos.kill(os.getpid(), signal.SIGKILL)"))
