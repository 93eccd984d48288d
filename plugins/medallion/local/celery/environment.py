"""The variables that make the local Airflow run its tasks in Celery's workers."""

from __future__ import annotations

from medallion.local.celery.settings import SLOTS, CelerySettings

BROKER_URL = "AIRFLOW__CELERY__BROKER_URL"


def celery_environment(settings: CelerySettings | None) -> dict[str, str]:
    """Variables over those of the stack under LocalExecutor; one of them is secret."""
    if settings is None:
        return {}
    return {
        "AIRFLOW__CORE__EXECUTOR": "CeleryExecutor",
        "AIRFLOW__CORE__PARALLELISM": str(settings.slots),
        BROKER_URL: settings.broker_url,
        "AIRFLOW__CELERY__WORKER_CONCURRENCY": str(SLOTS),
        # A worker's parent imports what tasks need, before it forks.
        "AIRFLOW__CELERY__CELERY_CONFIG_OPTIONS": "medallion.airflow.celery_worker.CONFIG",
        # Airflow's one second is too little for a broker that has just come back.
        "AIRFLOW__CELERY__OPERATION_TIMEOUT": "10",
        # What a worker had taken and not begun when it was killed comes back by this alone: Redis
        # gives it to nobody else for a day. No more tasks are queued than workers have slots, so
        # that none waits so long for another reason.
        "AIRFLOW__SCHEDULER__TASK_QUEUED_TIMEOUT": "90",
        "AIRFLOW__SCHEDULER__TASK_QUEUED_TIMEOUT_CHECK_INTERVAL": "15",
    }
