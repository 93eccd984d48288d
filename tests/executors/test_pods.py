"""Our template and a spec's `resources`, put together by KubernetesExecutor's own code and held to
the schemas of several versions of Kubernetes. No cluster is asked."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from medallion.roots import PROJECT_ROOT

pytestmark = pytest.mark.slow

PODS = Path(os.environ.get("MEDALLION_PODS_VENV", PROJECT_ROOT / ".medallion/pods/venv"))
TEMPLATE = "AIRFLOW__KUBERNETES_EXECUTOR__POD_TEMPLATE_FILE"
VERSIONS = ("1.30", "1.33", "1.35")
SPEC = """\
description: Sales.
start_date: 2026-01-01
datasets:
  orders:
    resources:
      land: {queue: outside}
      gate: {memory: 2Gi}
      clean: {memory: 4Gi, cpu: 1.5}
      publish: {cpu: 250m}
    source: {type: file, path: include/data/shop/orders.csv}
    silver: {columns: {id: {type: bigint}}}
"""


@pytest.fixture(scope="module")
def pods(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    assert (PODS / "bin" / "python").exists(), "make suite-executors installs it"
    root = tmp_path_factory.mktemp("project")
    (root / "specs" / "shop").mkdir(parents=True)
    (root / "specs" / "shop" / "sales.yaml").write_text(SPEC)
    template = root / "pod.yaml"
    words = ["--image", "registry.example.org/medallion:1.0", "--lake-claim", "lake"]
    template.write_bytes(_run(sys.executable, root, "-m", "medallion.cli", "pod-template", *words))
    child = str(Path(__file__).with_name("pods_child.py"))
    python, told = str(PODS / "bin" / "python"), {TEMPLATE: str(template)}
    found = _run(python, root, child, str(root), str(template), *VERSIONS, **told)
    pods: dict[str, Any] = json.loads(found.splitlines()[-1])
    return pods


def _run(python: str, root: Path, *words: str, **settings: str) -> bytes:
    environ = {
        **os.environ,
        "PYTHONPATH": str(PROJECT_ROOT / "plugins"),
        "AIRFLOW_HOME": str(root / "airflow"),
        "AIRFLOW__CORE__EXECUTOR": "KubernetesExecutor",
        "MEDALLION_PROJECT_ROOT": str(root),
        "MEDALLION_STATE_ROOT": str(root / "state"),
        **settings,
    }
    ended = subprocess.run(
        [python, *words], env=environ, capture_output=True, check=False, timeout=600
    )
    assert ended.returncode == 0, ended.stderr.decode()[-3000:]
    return ended.stdout


def _resources(pod: dict[str, Any]) -> dict[str, Any]:
    (container,) = pod["spec"]["containers"]
    assert container["name"] == "base"
    found: dict[str, Any] = container["resources"]
    return found


def test_each_step_has_the_resources_of_its_spec_and_the_templates_for_the_rest(
    pods: dict[str, Any],
) -> None:
    """The template has 500m and 1Gi. Airflow takes the override's `resources` for all of them."""
    of_template = {"requests": {"memory": "1Gi", "cpu": "500m"}, "limits": {"memory": "1Gi"}}
    of_gate = {"requests": {"memory": "2Gi", "cpu": "500m"}, "limits": {"memory": "2Gi"}}
    of_clean = {"requests": {"memory": "4Gi", "cpu": "1.5"}, "limits": {"memory": "4Gi"}}
    of_publish = {"requests": {"memory": "1Gi", "cpu": "250m"}, "limits": {"memory": "1Gi"}}
    assert {task: _resources(pod) for task, pod in pods.items()} == {
        "orders.land": of_template,
        "orders.gate_bronze": of_gate,
        "orders.clean": of_clean,
        "orders.gate_silver": of_gate,
        "orders.publish": of_publish,
    }


def test_what_is_left_is_the_templates(pods: dict[str, Any]) -> None:
    for pod in pods.values():
        spec, container = pod["spec"], pod["spec"]["containers"][0]
        assert container["image"] == "registry.example.org/medallion:1.0"
        assert container["securityContext"]["readOnlyRootFilesystem"] is True
        assert spec["securityContext"]["runAsNonRoot"] is True
        assert {"name": "lake", "persistentVolumeClaim": {"claimName": "lake"}} in spec["volumes"]
        mounts = {one["name"]: one["mountPath"] for one in container["volumeMounts"]}
        assert mounts["lake"] == "/opt/medallion/lake"
        assert container["args"][:2] == ["python", "-m"]
