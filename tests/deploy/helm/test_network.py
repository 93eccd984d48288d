"""Who reaches whom: the network policies of the chart, evaluated as Kubernetes does."""

from __future__ import annotations

from typing import Any

import pytest
from tests.deploy.helm.chart import Object, Rendered

_OUTSIDE = {"app.kubernetes.io/name": "somebody"}


def _matches(selector: Object, labels: Object) -> bool:
    wanted = selector.get("matchLabels", {})
    if not wanted.items() <= labels.items():
        return False
    for one in selector.get("matchExpressions", []):
        is_in = labels.get(one["key"]) in one["values"]
        if is_in != (one["operator"] == "In"):
            return False
    return True


def _labels(rendered: Rendered, name: str) -> Object:
    found: dict[str, Any] = dict(rendered.pods())
    labels: Object = found["task" if name == "task" else f"medallion-{name}"]["metadata"]["labels"]
    return labels


def _may_enter(rendered: Rendered, to: Object, port: int, peer: Object) -> bool:
    """Whether a peer, a pod of this namespace by its labels or one of another by its namespace's,
    reaches a port of a pod. Policies add up; a pod that none selects is open."""
    policies = [
        one["spec"]
        for one in rendered.of("NetworkPolicy")
        if "Ingress" in one["spec"]["policyTypes"] and _matches(one["spec"]["podSelector"], to)
    ]
    if not policies:
        return True
    return any(
        port in [one["port"] for one in rule["ports"]]
        and any(_is_peer(one, peer) for one in rule["from"])
        for policy in policies
        for rule in policy.get("ingress", [])
    )


def _is_peer(allowed: Object, peer: Object) -> bool:
    if "namespaceSelector" in allowed:
        return "namespace" in peer and _matches(allowed["namespaceSelector"], peer["namespace"])
    return "namespace" not in peer and _matches(allowed["podSelector"], peer)


def _of(namespace: str) -> Object:
    return {"namespace": {"kubernetes.io/metadata.name": namespace}}


@pytest.mark.parametrize(
    ("name", "port"),
    [
        ("postgres", 5432),
        ("redis", 6379),
        ("tmdb-replay", 8090),
        ("api-server", 8080),
        ("superset", 8088),
    ],
)
def test_pods_of_the_release_reach_its_servers_and_others_do_not(
    examples: dict[str, Rendered], name: str, port: int
) -> None:
    full = examples["full"]
    server, worker = _labels(full, name), _labels(full, "worker")
    assert _may_enter(full, server, port, worker)
    assert not _may_enter(full, server, port, _OUTSIDE)
    assert not _may_enter(full, server, port + 1, worker)
    assert not _may_enter(full, server, port, _of("elsewhere"))
    for_people = name in ("api-server", "superset")
    assert _may_enter(full, server, port, _of("ingress-nginx")) is for_people
    assert _may_enter(full, server, port, _of("monitoring")) is (name == "api-server")


def test_tasks_reach_the_api_server_and_nobody_reaches_them(examples: dict[str, Rendered]) -> None:
    rendered = examples["kubernetes"]
    task = _labels(rendered, "task")
    assert _may_enter(rendered, _labels(rendered, "api-server"), 8080, task)
    for peer in (task, _labels(rendered, "scheduler"), _OUTSIDE, _of("ingress-nginx")):
        assert not _may_enter(rendered, task, 8080, peer)


def test_who_goes_out_goes_anywhere_but_to_a_clouds_metadata(examples: dict[str, Rendered]) -> None:
    full = examples["full"]
    out = {
        name: [
            peer
            for one in full.of("NetworkPolicy")
            if "Egress" in one["spec"]["policyTypes"]
            and _matches(one["spec"]["podSelector"], _labels(full, name))
            for rule in one["spec"].get("egress", [])
            for peer in rule["to"]
        ]
        for name in ("worker", "scheduler", "postgres", "redis")
    }
    allowed = [
        {"ipBlock": {"cidr": "0.0.0.0/0", "except": ["169.254.169.254/32"]}},
        {"ipBlock": {"cidr": "::/0", "except": ["fd00:ec2::254/128"]}},
    ]
    assert out == {"worker": allowed, "scheduler": allowed, "postgres": [], "redis": []}
