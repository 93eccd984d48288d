"""Secrets in what the scheduler's log repeats of its tasks.

LocalExecutor copies what tasks log and print to the scheduler's log. Airflow masks secrets in a
task's own log and not in the copy; both are written by the same process, which knows the secrets.
"""

from __future__ import annotations


def mask_copies() -> None:
    """Mask secrets in this process's log and in the processes it forks, as Airflow does in a task's
    own log."""
    import structlog
    from airflow.sdk.log import mask_logs

    processors = structlog.get_config()["processors"]
    if mask_logs not in processors:
        *before, writes = processors
        structlog.configure(processors=[*before, mask_logs, writes])
