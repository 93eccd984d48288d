#!/usr/bin/env bash
# apache-airflow-providers-cncf-kubernetes 10.25.0 (Airflow 3.3.2): a pod template and a task's
# `pod_override`, put together as KubernetesExecutor does.
#
# One would guess: what the task says is laid over the template, and what it does not say stays. That
# is how the documentation puts it, and how labels, environment variables and volumes behave.
# True: it depends on the field, and nothing says so.
# - `resources` are one value. A task that asks for more cores loses the template's memory request,
#   its memory limit and its limit of scratch space: the pod may now take the whole node.
# - Lists are added to the template's (env, volumes), or take their place: a task that tolerates one
#   more taint loses the tolerations of the template.
# - What is false, 0 or empty is not said. hostNetwork: false, terminationGracePeriodSeconds: 0 and
#   an empty list of tolerations leave the template's true, 600 and list.
# - Containers are matched by their place, init containers by their name: a sidecar that the task
#   puts first becomes the template's first container, which keeps its image and loses its name.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check \
  apache-airflow-core==3.3.2 apache-airflow-providers-cncf-kubernetes==10.25.0
cd "$work"
export AIRFLOW_HOME="$work" AIRFLOW__DATABASE__SQL_ALCHEMY_CONN="sqlite:///$work/airflow.db"
"$work/venv/bin/python" - 2>"$work/log" <<'PY' || { tail -n 5 "$work/log"; exit 1; }
from importlib.metadata import version

from airflow.providers.cncf.kubernetes.pod_generator import PodGenerator
from kubernetes.client import ApiClient
from kubernetes.client import models as k8s

print("airflow", version("apache-airflow-core"),
      "provider", version("apache-airflow-providers-cncf-kubernetes"))
TEMPLATE = {
    "metadata": {"labels": {"team": "data"}},
    "spec": {
        "hostNetwork": True,
        "terminationGracePeriodSeconds": 600,
        "tolerations": [{"key": "batch", "operator": "Exists"}],
        "containers": [{
            "name": "base",
            "image": "airflow:3.3.2",
            "env": [{"name": "A", "value": "1"}],
            "resources": {
                "requests": {"cpu": "500m", "memory": "1Gi"},
                "limits": {"memory": "1Gi", "ephemeral-storage": "2Gi"},
            },
        }],
    },
}


def together(labels=None, containers=(), **said):
    template = PodGenerator.deserialize_model_dict(TEMPLATE)
    metadata = k8s.V1ObjectMeta(labels=labels) if labels else None
    override = k8s.V1Pod(metadata=metadata, spec=k8s.V1PodSpec(containers=list(containers), **said))
    pod = ApiClient().sanitize_for_serialization(PodGenerator.reconcile_pods(template, override))
    return pod["metadata"], pod["spec"]


def base(**said):
    return k8s.V1Container(name="base", **said)


metadata, spec = together({"job": "nightly"}, [base(env=[k8s.V1EnvVar(name="B", value="2")])])
kept = (sorted(metadata["labels"]), [one["name"] for one in spec["containers"][0]["env"]])
print("one more label, one more variable:", *kept)
assert kept == (["job", "team"], ["A", "B"]), "this has changed"

more_cores = k8s.V1ResourceRequirements(requests={"cpu": "4"})
_, spec = together(containers=[base(resources=more_cores)])
resources = spec["containers"][0]["resources"]
print("four cores instead of a half:", resources)
assert resources == {"requests": {"cpu": "4"}}, "this has changed"

_, spec = together(tolerations=[k8s.V1Toleration(key="gpu", operator="Exists")])
keys = [one["key"] for one in spec["tolerations"]]
print("one more toleration:", keys)
assert keys == ["gpu"], "this has changed"

_, spec = together(host_network=False, termination_grace_period_seconds=0, tolerations=[])
seen = (spec["hostNetwork"], spec["terminationGracePeriodSeconds"], len(spec["tolerations"]))
print("false, 0 and an empty list:", *seen)
assert seen == (True, 600, 1), "this has changed"

sidecar = k8s.V1Container(name="proxy", args=["listen"])
_, spec = together(containers=[sidecar, base()])
seen = [(one["name"], one.get("image")) for one in spec["containers"]]
print("a sidecar put first:", seen)
assert seen == [("proxy", "airflow:3.3.2"), ("base", None)], "this has changed"
PY
