"""What a task may use, as Airflow's executors are given it."""

from __future__ import annotations

from functools import cache
from typing import Any

from airflow.sdk import get_parsing_context

from medallion.plan.model import Resources

_ON_THIS_HOST = frozenset(("LocalExecutor", "SequentialExecutor"))
CONTAINER = "base"
"""The container of a pod that runs the task: Airflow's name for it."""


def place_of(resources: Resources) -> dict[str, Any]:
    """Arguments of an operator: `queue` for Celery's workers, `executor_config` for a pod.

    While a task starts nobody asks for its pod, which is there: then Kubernetes' client, which
    takes long to import, is left alone.
    """
    place: dict[str, Any] = {}
    if resources.queue:
        place["queue"] = resources.queue
    wants_pod = resources.memory or resources.cpu
    if wants_pod and runs_in("KubernetesExecutor") and not get_parsing_context().dag_id:
        pod = make_pod_override(resources.memory, resources.cpu)
        place["executor_config"] = {"pod_override": pod}
    return place


def runs_in(executor: str) -> bool:
    """Whether it is one of this Airflow's executors."""
    from airflow.configuration import conf

    return executor in conf.get("core", "executor")


def runs_on_other_hosts() -> bool:
    """Whether this Airflow's tasks run elsewhere than on the scheduler's host: then all hosts have
    to see one lake."""
    from airflow.configuration import conf

    return any(one.strip() not in _ON_THIS_HOST for one in conf.get("core", "executor").split(","))


@cache
def make_pod_override(memory: str | None, cpu: str | None) -> Any:
    """A `V1Pod` with what differs from the template: the limits of the task's container.

    Memory is limited to what is requested: a pod that takes more is ended by itself, before its
    node has to choose one. Cores are requested and not limited: what is idle may be used.
    """
    from kubernetes.client import models

    requests = {"memory": memory, "cpu": cpu}
    limits = {"memory": memory} if memory else None
    needs = models.V1ResourceRequirements(
        requests={name: value for name, value in requests.items() if value}, limits=limits
    )
    container = models.V1Container(name=CONTAINER, resources=needs)
    return models.V1Pod(spec=models.V1PodSpec(containers=[container]))
