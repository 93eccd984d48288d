"""The template of KubernetesExecutor's pods: one pod a task, from our image."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from medallion.errors import SetupError

ROOT = "/opt/medallion"
SECRETS = "/etc/medallion/connections"
"""Not /run/secrets: clusters mount tokens of service accounts and of a cloud's identity below it,
and a volume that is read-only has no room for them."""
USER = 50000
"""Of deploy/docker's image, in group 0."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PodSettings:
    """What differs between installations. Claims are of volumes that many nodes may write."""

    image: str
    execution_api: str
    """The address of the API server's execution API, as pods reach it."""
    secret: str
    """A Secret whose keys are names of variables: AIRFLOW_CONN_MEDALLION_WAREHOUSE and so on."""
    secret_class: str | None = None
    """In the Secret's place a SecretProviderClass of the CSI driver, with files of these names."""
    lake_claim: str | None = None
    lake_url: str | None = None
    """The lake in an object store, instead of a volume."""
    plans_claim: str | None = None
    """The DAG processor's folder of plans; None: each pod compiles the one spec that it runs."""
    logs_claim: str | None = None
    """None: logs go where Airflow's remote logging sends them."""
    service_account: str | None = None
    pull_secret: str | None = None
    memory: str = "1Gi"
    cpu: str = "500m"
    """What a task gets whose spec has no `resources`."""


def make_pod_template(settings: PodSettings) -> dict[str, Any]:
    """The template, as YAML has it. It keeps to Kubernetes' pod security standard `restricted`.

    Raises:
        SetupError: pods would have no lake, or two.
    """
    if (settings.lake_claim is None) == (settings.lake_url is None):
        raise SetupError(
            "A pod has a lake of its own, which is gone with it, or two.",
            remedy="name either the claim of a shared volume or the URL of an object store",
        )
    spec: dict[str, Any] = {
        "restartPolicy": "Never",
        "automountServiceAccountToken": False,
        # No environment variable for each service of the namespace.
        "enableServiceLinks": False,
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": USER,
            "runAsGroup": 0,
            "fsGroup": 0,
            # Else each start of a pod hands every file of the lake to the group again.
            "fsGroupChangePolicy": "OnRootMismatch",
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "containers": [_container(settings)],
        "volumes": list(_volumes(settings)),
    }
    if settings.service_account:
        spec["serviceAccountName"] = settings.service_account
    if settings.pull_secret:
        spec["imagePullSecrets"] = [{"name": settings.pull_secret}]
    labels = {"app.kubernetes.io/name": "medallion", "app.kubernetes.io/component": "task"}
    # Airflow gives each pod a name of its own.
    metadata = {"name": "medallion-task", "labels": labels}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec}


def _container(settings: PodSettings) -> dict[str, Any]:
    return {
        # Airflow knows the container that runs the task by this name.
        "name": "base",
        "image": settings.image,
        "env": [{"name": name, "value": value} for name, value in _variables(settings).items()],
        "resources": {
            "requests": {"cpu": settings.cpu, "memory": settings.memory},
            "limits": {"memory": settings.memory},
        },
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        },
        "volumeMounts": [
            {"name": name, "mountPath": path} | ({"readOnly": True} if name == "secrets" else {})
            for name, path in _mounts(settings).items()
        ],
    }


def _variables(settings: PodSettings) -> dict[str, str]:
    variables = {
        # A pod runs one task, and has to know that others run elsewhere.
        "AIRFLOW__CORE__EXECUTOR": "KubernetesExecutor",
        "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": settings.execution_api,
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "TMPDIR": "/var/tmp/medallion",  # noqa: S108  # a volume of the pod's own
        "MEDALLION_SECRETS_FOLDER": SECRETS,
    }
    return variables | ({"MEDALLION_LAKE_ROOT": settings.lake_url} if settings.lake_url else {})


def _mounts(settings: PodSettings) -> dict[str, str]:
    """Where each volume is. The root file system is read-only."""
    mounts = {
        # The image's entrypoint makes each file the variable of its name.
        "secrets": SECRETS,
        "tmp": "/tmp",  # noqa: S108
        "scratch": "/var/tmp/medallion",  # noqa: S108
        "domains": f"{ROOT}/dags/domains",
        "plans": f"{ROOT}/plans",
        "logs": f"{ROOT}/logs",
    }
    return mounts | ({"lake": f"{ROOT}/lake"} if settings.lake_claim else {})


def _volumes(settings: PodSettings) -> list[dict[str, Any]]:
    claims = {
        "plans": settings.plans_claim, "logs": settings.logs_claim, "lake": settings.lake_claim,
    }  # fmt: skip
    return [
        {"name": name, **(_secrets(settings) if name == "secrets" else _volume(claims.get(name)))}
        for name in _mounts(settings)
    ]


def _secrets(settings: PodSettings) -> dict[str, Any]:
    if settings.secret_class is None:
        return {"secret": {"secretName": settings.secret, "defaultMode": 0o440}}
    attributes = {"secretProviderClass": settings.secret_class}
    driver = "secrets-store.csi.k8s.io"
    return {"csi": {"driver": driver, "readOnly": True, "volumeAttributes": attributes}}


def _volume(claim: str | None) -> dict[str, Any]:
    return {"persistentVolumeClaim": {"claimName": claim}} if claim else {"emptyDir": {}}
