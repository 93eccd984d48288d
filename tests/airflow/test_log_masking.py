"""What the scheduler's log repeats of a task is masked as the task's own log is."""

from __future__ import annotations

import os
import subprocess
import sys

SCHEDULER = """
import sys
sys.argv = ["airflow", "scheduler"]
import airflow.logging_config
airflow.logging_config.configure_logging()
from airflow.sdk.execution_time import supervisor
from airflow.sdk.log import mask_secret
from medallion.airflow.preload import on_starting

on_starting(type("Job", (), {})())
mask_secret("s3cret-of-a-connection")  # as the task's supervisor does, after the fork
for reader, line in (
    (supervisor.forward_to_log((supervisor.log,), "task.stdout", 20), b"prints %s"),
    (
        supervisor.process_log_messages_from_subprocess((supervisor.log,)),
        b'{"level": "info", "event": "logs %s"}',
    ),
):
    next(reader)
    reader.send(line.replace(b"%s", b"s3cret-of-a-connection"))
"""


def test_what_a_task_logs_and_prints_is_masked_in_the_schedulers_log() -> None:
    done = subprocess.run(
        [sys.executable, "-c", SCHEDULER],
        env={
            **os.environ,
            "AIRFLOW__CORE__EXECUTOR": "LocalExecutor",
            "MEDALLION_PRELOAD": "0",
        },
        capture_output=True,
        text=True,
        check=True,
    )
    assert "s3cret" not in done.stdout + done.stderr
    assert "prints ***" in done.stdout
    assert "logs ***" in done.stdout
