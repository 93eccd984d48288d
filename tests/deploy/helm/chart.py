"""The chart of deploy/helm, rendered by Helm itself, and what is found in it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

from medallion.roots import PROJECT_ROOT

HELM = PROJECT_ROOT / "deploy" / "helm"
CHART = HELM / "medallion"
EXAMPLES = {path.stem: path for path in sorted((HELM / "examples").glob("*.yaml"))}
VERSIONS = ("1.30", "1.33", "1.35", "1.37")
"""Of Kubernetes; the first is the oldest that the chart takes."""
Object = dict[str, Any]
_CHILD = Path(__file__).with_name("child.py")


@dataclass(frozen=True, kw_only=True)
class Rendered:
    """What Helm makes of one set of values: `files` by path, or an `error`."""

    lint: Sequence[Mapping[str, Any]]
    files: Mapping[str, str]
    error: str = ""

    @cached_property
    def objects(self) -> list[Object]:
        """Every object, in the order of the files."""
        texts = (text for path, text in sorted(self.files.items()) if path.endswith(".yaml"))
        return [one for text in texts for one in yaml.safe_load_all(text) if one]

    def get(self, kind: str, name: str) -> Object:
        """The object of this kind that is called so, behind the release's name."""
        (found,) = (
            one
            for one in self.of(kind)
            if one["metadata"]["name"] == f"medallion-{name}".rstrip("-")
        )
        return found

    def of(self, kind: str) -> list[Object]:
        """All objects of a kind."""
        return [one for one in self.objects if one["kind"] == kind]

    @property
    def task_pod(self) -> Object:
        """The template of KubernetesExecutor's pods."""
        (file,) = (one for one in self.objects if one["metadata"]["name"].endswith("-task-pod"))
        found: Object = yaml.safe_load(file["data"]["pod.yaml"])
        return found

    def pods(self) -> Iterator[tuple[str, Object]]:
        """Each pod's metadata and spec, with the name of what makes it; the tasks' too."""
        for one in self.objects:
            if one["kind"] in ("Deployment", "StatefulSet", "Job"):
                yield one["metadata"]["name"], one["spec"]["template"]
            elif one["metadata"]["name"] == "medallion-task-pod":
                yield "task", self.task_pod


def render(*values: Mapping[str, Any], release: str = "medallion") -> list[Rendered]:
    """Helm's answer to each set of values, in the namespace `data`."""
    words = [sys.executable, str(_CHILD), str(CHART), release, "data", VERSIONS[0]]
    done = subprocess.run(
        words, input=json.dumps(values), capture_output=True, text=True, check=False, timeout=800
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return [Rendered(files=one.pop("files", {}), **one) for one in json.loads(done.stdout)]


def containers(pod: Object) -> list[Object]:
    """A pod's containers, those that come first included."""
    return [*pod["spec"].get("initContainers", []), *pod["spec"]["containers"]]
