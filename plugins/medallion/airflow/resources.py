"""What a task may use, as Airflow's executors are given it."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import yaml
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

    Airflow lays the override over the template, and takes `resources` for one value: what a spec
    leaves out would be gone from the template too. So those of the template are written again.
    """
    from kubernetes.client import models

    said = {name: value for name, value in (("memory", memory), ("cpu", cpu)) if value}
    template = needs_of_template()
    kept = {name: value for name, value in template["limits"].items() if name not in said}
    needs = models.V1ResourceRequirements(
        requests=template["requests"] | said,
        limits=kept | ({"memory": memory} if memory else {}) or None,
    )
    container = models.V1Container(name=CONTAINER, resources=needs)
    return models.V1Pod(spec=models.V1PodSpec(containers=[container]))


def needs_of_template() -> dict[str, dict[str, str]]:
    """What the template's container requests, and its limits. Nothing where the file is not on this
    host: then the spec's words are all that is known here."""
    from airflow.configuration import conf

    path = conf.get("kubernetes_executor", "pod_template_file", fallback="")
    try:
        template = yaml.safe_load(Path(path).read_bytes()) if path else None
    except (OSError, yaml.YAMLError):
        template = None
    # Airflow lays the override's container over the first one, whatever their names.
    needs = _at(template, "spec", "containers", 0, "resources")
    return {
        kind: {name: str(value) for name, value in (_at(needs, kind) or {}).items()}
        for kind in ("requests", "limits")
    }


def _at(found: Any, *keys: str | int) -> Any:
    for key in keys:
        try:
            found = found[key]
        except (KeyError, IndexError, TypeError):
            return None
    return found
