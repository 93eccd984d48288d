"""The pods of deploy/helm on this machine: what Helm renders, as far as podman understands it.

Podman 4 starts Pods and Deployments. What it has not got is replaced: a Service is an address
that each pod's hosts file names, a StatefulSet a Deployment, a Job a Pod, and a Secret, which it
mounts undecoded, a ConfigMap. Network policies, accounts and budgets are a cluster's.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Object = dict[str, Any]
NETWORK, SUBNET = "medallion-rehearsal", "10.213.77"
RUNNING = ("Deployment", "StatefulSet", "Job")
_FILES = ("ConfigMap", "PersistentVolumeClaim")


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A pod for `podman play kube`, with all that it mounts."""

    name: str
    address: str
    objects: Sequence[Object]

    @property
    def pod(self) -> str:
        """What podman calls it."""
        return f"{self.name}-pod-0" if self.objects[-1]["kind"] == "Deployment" else self.name


def cut(objects: Sequence[Object], secrets: Sequence[Object]) -> dict[str, Piece]:
    """The pods of what Helm renders, by their name behind the release's.

    Args:
        objects: as rendered.
        secrets: manifests of `make chart-secrets`, with `stringData`.
    """
    running = [one for one in objects if one["kind"] in RUNNING]
    addresses = {
        one["metadata"]["name"]: f"{SUBNET}.{number}"
        for number, one in enumerate(running, start=10)
    }
    served = {one["metadata"]["name"] for one in objects if one["kind"] == "Service"}
    aliases = [
        {"ip": addresses[name], "hostnames": [name]} for name in sorted(served & set(addresses))
    ]
    files = [one for one in objects if one["kind"] in _FILES] + [_as_file(one) for one in secrets]
    pieces = {}
    for one in running:
        name = one["metadata"]["name"]
        last, claims = _as_pod(one, aliases)
        mounted = list(_find_mounted(last, [*files, *claims]))
        piece = Piece(name=name, address=addresses[name], objects=[*mounted, last])
        pieces[one["metadata"]["labels"]["app.kubernetes.io/component"]] = piece
    return pieces


def _as_file(secret: Object) -> Object:
    metadata = {"name": secret["metadata"]["name"]}
    data = secret["stringData"]
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": data}


def _as_pod(given: Object, aliases: Sequence[Object]) -> tuple[Object, list[Object]]:
    """What podman starts in its place, and the claims of its templates."""
    one: Object = json.loads(json.dumps(given))
    name, template = one["metadata"]["name"], one["spec"]["template"]
    spec = template["spec"]
    spec["hostAliases"] = aliases
    claims = []
    for claim in one["spec"].pop("volumeClaimTemplates", []):
        own = f"{name}-{claim['metadata']['name']}"
        claims.append({**_CLAIM, "metadata": {"name": own}, "spec": claim["spec"]})
        mounted = {"claimName": own}
        spec["volumes"].append(
            {"name": claim["metadata"]["name"], "persistentVolumeClaim": mounted}
        )
    for volume in spec["volumes"]:
        if "secret" in volume:
            secret = volume.pop("secret")
            items = {"items": secret["items"]} if "items" in secret else {}
            volume["configMap"] = {"name": secret["secretName"], **items}
    for container in (*spec.get("initContainers", []), *spec["containers"]):
        # It would publish each of them on this machine.
        container.pop("ports", None)
        # Checks by HTTP need curl in the image, where a cluster needs nothing.
        for probe in [key for key in container if key.endswith("Probe")]:
            if "httpGet" in container[probe]:
                del container[probe]
    for metadata in (one["metadata"], template["metadata"]):
        metadata.setdefault("annotations", {}).update(_KEEPING)
    if one["kind"] == "Job":
        metadata = {"name": name, **template["metadata"]}
        return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec}, claims
    one["kind"] = "Deployment"
    return one, claims


_KEEPING = {"io.podman.annotations.init.container.type": "always"}
"""Else podman removes a first container as soon as it has ended, and at times a moment before."""
_CLAIM = {"apiVersion": "v1", "kind": "PersistentVolumeClaim"}


def _find_mounted(one: Object, files: Sequence[Object]) -> Iterator[Object]:
    """Of these, what a pod names: as volume or as variables."""
    spec = one["spec"]["template"]["spec"] if one["kind"] == "Deployment" else one["spec"]
    named = {volume.get("configMap", {}).get("name") for volume in spec["volumes"]}
    named |= {
        source["configMapRef"]["name"]
        for container in (*spec.get("initContainers", []), *spec["containers"])
        for source in container.get("envFrom", [])
    }
    claimed = {
        volume.get("persistentVolumeClaim", {}).get("claimName") for volume in spec["volumes"]
    }
    for file in files:
        if file["metadata"]["name"] in (named if file["kind"] == "ConfigMap" else claimed):
            yield file


def render(chart: str, values: Mapping[str, Any], release: str) -> list[Object]:
    """What Helm makes of a chart.

    Raises:
        ImportError: Helm is not here: it comes with the tests' requirements.
    """
    import helm_python  # type: ignore[import-not-found, unused-ignore]
    import yaml

    with helm_python.Chart.load(chart) as loaded:
        files = loaded.render(dict(values), name=release, namespace="rehearsal")
    texts = [text for path, text in sorted(files.items()) if path.endswith(".yaml")]
    return [one for text in texts for one in yaml.safe_load_all(text) if one]
