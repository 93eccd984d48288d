"""What the pods of the chart may do, and that the tasks' are those of `medallion pod-template`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from tests.deploy.helm.chart import Object, Rendered, containers, render

from medallion.operations.pod_template import PodSettings, make_pod_template

_VOLUMES = {"configMap", "csi", "emptyDir", "persistentVolumeClaim", "secret"}
"""Of those that `restricted` allows."""
RESTRICTED = "https://kubernetes.io/docs/concepts/security/pod-security-standards/#restricted"


def _breaches(pod: Object) -> Iterator[str]:
    """What the pod security standard `restricted` would refuse: RESTRICTED, point by point."""
    spec = pod["spec"]
    for word in ("hostNetwork", "hostPID", "hostIPC"):
        if spec.get(word):
            yield word
    security = spec["securityContext"]
    if not security.get("runAsNonRoot") or not security.get("runAsUser"):
        yield "it may be root"
    if security.get("seccompProfile") != {"type": "RuntimeDefault"}:
        yield "no seccomp profile"
    yield from (
        f"volume {one['name']}" for one in spec.get("volumes", []) if not _VOLUMES & set(one)
    )
    for one in containers(pod):
        yield from (f"{one['name']}: {said}" for said in _breaches_of(one))


def _breaches_of(container: Object) -> Iterator[str]:
    security = container.get("securityContext", {})
    if security.get("allowPrivilegeEscalation") is not False:
        yield "it may gain privileges"
    if security.get("capabilities") != {"drop": ["ALL"]}:
        yield "it keeps capabilities"
    if security.get("privileged") or security.get("runAsUser") == 0:
        yield "it is privileged"
    yield from (
        f"host port {one['hostPort']}" for one in container.get("ports", []) if "hostPort" in one
    )


def test_every_pod_keeps_to_restricted_and_more(examples: dict[str, Rendered]) -> None:
    seen = set()
    for rendered in examples.values():
        for name, pod in rendered.pods():
            seen.add(name.removeprefix("medallion-"))
            assert list(_breaches(pod)) == [], name
            assert pod["spec"]["enableServiceLinks"] is False
            for one in containers(pod):
                assert one["securityContext"]["readOnlyRootFilesystem"] is True, name
                assert "memory" in one["resources"]["limits"], (name, one["name"])
                mounted = {mount["name"] for mount in one["volumeMounts"]}
                # A StatefulSet's `data` is a template of claims.
                assert mounted - {"data"} <= {one["name"] for one in pod["spec"]["volumes"]}
    assert {"api-server", "scheduler", "task", "worker", "postgres", "redis", "superset"} <= seen


def test_a_breach_of_each_kind_is_found(examples: dict[str, Rendered]) -> None:
    pod: Object = {
        "spec": {
            "hostNetwork": True,
            "securityContext": {},
            "volumes": [{"name": "node", "hostPath": {"path": "/"}}],
            "containers": [
                {
                    "name": "one",
                    "securityContext": {"privileged": True},
                    "ports": [{"hostPort": 80}],
                }
            ],
        }
    }
    assert len(list(_breaches(pod))) == 8


def test_no_secret_is_in_a_pods_variables(examples: dict[str, Rendered]) -> None:
    """They are files: neither `kubectl describe` nor a list of processes shows one. What is named
    is git-sync's user."""
    for rendered in examples.values():
        for name, pod in rendered.pods():
            for one in containers(pod):
                given = [env["name"] for env in one.get("env", []) if "valueFrom" in env]
                assert given in ([], ["GITSYNC_USERNAME"]), name
                assert not any("secretRef" in source for source in one.get("envFrom", []))


def test_tasks_get_connections_alone(examples: dict[str, Rendered]) -> None:
    for name in ("kubernetes", "azure"):
        volumes = examples[name].task_pod["spec"]["volumes"]
        given = [one for one in volumes if one["name"] in ("secrets", "airflow", "admin")]
        assert [one["name"] for one in given] == ["secrets"]
    for rendered in examples.values():
        for name, pod in rendered.pods():
            has_admin = any(one["name"] == "admin" for one in pod["spec"]["volumes"])
            of_database = name.startswith(("medallion-setup", "medallion-postgres"))
            assert has_admin <= (of_database or name == "medallion-superset"), name


SETTINGS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "volumes": (
        {},
        {
            "lake_claim": "medallion-lake",
            "plans_claim": "medallion-plans",
            "logs_claim": "medallion-logs",
        },
    ),
    "an object store, nothing shared, CSI": (
        {
            "lake": {"url": "abfs://lake@data/medallion"},
            "plans": {"shared": False},
            "logs": {"shared": False},
            "secrets": {"connections": {"existingSecret": "", "secretProviderClass": "vault"}},
            "image": {"pullSecrets": ["registry"]},
            "tasks": {"memory": "3Gi", "cpu": "2"},
        },
        {
            "lake_url": "abfs://lake@data/medallion",
            "secret_class": "vault",
            "pull_secret": "registry",
            "memory": "3Gi",
            "cpu": "2",
        },
    ),
}


@pytest.mark.parametrize("case", SETTINGS)
def test_a_task_pod_is_the_one_of_pod_template(case: str) -> None:
    values, settings = SETTINGS[case]
    plain = {"executor": "KubernetesExecutor", "postgres": {"enabled": True}}
    (rendered,) = render({**plain, **values})
    pod = rendered.task_pod
    (container,) = pod["spec"]["containers"]
    # What the chart adds.
    assert pod["metadata"]["labels"].pop("app.kubernetes.io/instance") == "medallion"
    assert container.pop("imagePullPolicy") == "IfNotPresent"
    wanted = make_pod_template(
        PodSettings(
            image="medallion:0.1.0",
            execution_api="http://medallion-api-server:8080/execution/",
            secret="medallion-connections",  # a Secret's name
            service_account="medallion-task",
            **settings,
        )
    )
    assert _sorted(pod) == _sorted(wanted)


def _sorted(pod: Object) -> Object:
    """Lists by the names of what is in them: their order says nothing."""
    spec = pod["spec"]
    (container,) = spec["containers"]
    for owner, key in ((spec, "volumes"), (container, "env"), (container, "volumeMounts")):
        owner[key] = sorted(owner[key], key=lambda one: str(one["name"]))
    return pod


def test_what_a_scheduler_may_ask_of_the_cluster(examples: dict[str, Rendered]) -> None:
    (role,) = examples["kubernetes"].of("Role")
    verbs = ["create", "delete", "get", "list", "patch", "watch"]
    assert role["rules"] == [{"apiGroups": [""], "resources": ["pods"], "verbs": verbs}]
    assert [one["metadata"]["name"] for one in examples["azure"].of("Role")] == [
        "medallion-scheduler", "medallion-api-server",
    ]  # fmt: skip
    for name in ("trial", "celery", "full"):
        assert examples[name].of("Role") == []


def test_only_who_asks_the_cluster_has_a_token(examples: dict[str, Rendered]) -> None:
    tokens = {
        example: sorted(
            name for name, pod in rendered.pods() if pod["spec"]["automountServiceAccountToken"]
        )
        for example, rendered in examples.items()
    }
    assert tokens == {
        "azure": ["medallion-api-server", "medallion-scheduler"],
        "celery": [],
        "full": [],
        "kubernetes": ["medallion-scheduler"],
        "trial": [],
    }


def test_who_runs_tasks_starts_after_the_doctor(examples: dict[str, Rendered]) -> None:
    for example, names in {"celery": {"scheduler", "worker"}, "kubernetes": {"scheduler"}}.items():
        with_doctor = {
            name.removeprefix("medallion-")
            for name, pod in examples[example].pods()
            if "doctor" in [one["name"] for one in pod["spec"].get("initContainers", [])]
        }
        assert with_doctor == names


def test_every_long_running_container_is_probed(examples: dict[str, Rendered]) -> None:
    for rendered in examples.values():
        for name, pod in rendered.pods():
            if name.startswith(("medallion-setup", "task")):
                continue
            main = pod["spec"]["containers"][0]
            assert "livenessProbe" in main, name


def test_several_of_one_stay_apart_and_are_not_all_taken_at_once(
    examples: dict[str, Rendered],
) -> None:
    rendered = examples["kubernetes"]
    budgets = {one["metadata"]["name"]: one["spec"] for one in rendered.of("PodDisruptionBudget")}
    for one in rendered.of("Deployment"):
        name = one["metadata"]["name"]
        labels = one["spec"]["selector"]["matchLabels"]
        assert budgets[name] == {"maxUnavailable": 1, "selector": {"matchLabels": labels}}
        keys = [
            spread["topologyKey"]
            for spread in one["spec"]["template"]["spec"]["topologySpreadConstraints"]
        ]
        assert keys == ["topology.kubernetes.io/zone", "kubernetes.io/hostname"]
