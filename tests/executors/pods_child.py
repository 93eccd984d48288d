"""What KubernetesExecutor would start for a spec: run by test_pods.py in an environment that has
Kubernetes' client. Prints JSON."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any


def main(root: Path, template: Path, versions: list[str]) -> None:
    """Each task's pod, put together as the executor does, held to Kubernetes' schemas."""
    import kubernetes_validate
    from airflow.providers.cncf.kubernetes.pod_generator import PodGenerator
    from airflow.serialization.serialized_objects import DagSerialization
    from kubernetes.client import ApiClient

    from medallion.airflow.loader import load_dags

    (dag,) = (one for one in load_dags().values() if one.dag_id == "shop.sales")
    stored = DagSerialization.from_dict(json.loads(json.dumps(DagSerialization.to_dict(dag))))
    pods: dict[str, Any] = {}
    for task in stored.tasks:
        pod = PodGenerator.construct_pod(
            dag_id=stored.dag_id,
            task_id=task.task_id,
            pod_id="shop-sales-1",
            try_number=1,
            kube_image="",
            date=datetime(2026, 1, 1, tzinfo=UTC),
            args=["python", "-m", "airflow.sdk.execution_time.execute_workload"],
            pod_override_object=PodGenerator.from_obj(task.executor_config),
            base_worker_pod=PodGenerator.deserialize_model_file(str(template)),
            namespace="data",
            scheduler_job_id="1",
            run_id="manual__1",
        )
        pods[task.task_id] = ApiClient().sanitize_for_serialization(pod)
        for version in versions:
            kubernetes_validate.validate(pods[task.task_id], version, strict=True)
    sys.stdout.write(json.dumps(pods))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3:])
