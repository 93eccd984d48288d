"""The chart as Helm sees it: lint, what five sets of values render to, what is refused and how."""

from __future__ import annotations

import difflib
import functools
import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import kubernetes_validate
import pytest
import yaml
from tests.deploy.helm.chart import CHART, EXAMPLES, VERSIONS, Object, Rendered, render

from medallion import __version__
from medallion.local.kubernetes import find_prefix
from medallion.roots import PROJECT_ROOT

GOLDEN = Path(__file__).with_name("golden")
OF_OPERATORS = {"ServiceMonitor", "PrometheusRule", "ScaledObject", "TriggerAuthentication"}
"""Kinds that Kubernetes itself does not have: their schemas are in no package."""
_DIGEST = re.compile(r"(?<=-)[0-9a-f]{10}(?=\")|(?<=\")[0-9a-f]{64}(?=\")")
KINDS = {
    "ConfigMap", "Deployment", "HorizontalPodAutoscaler", "Ingress", "Job", "NetworkPolicy",
    "PersistentVolumeClaim", "Pod", "PodDisruptionBudget", "Role", "RoleBinding", "Service",
    "ServiceAccount", "StatefulSet",
}  # fmt: skip
EXAMPLE = pytest.mark.parametrize("name", EXAMPLES)


@EXAMPLE
def test_helm_finds_nothing_wrong(examples: dict[str, Rendered], name: str) -> None:
    assert examples[name].error == ""
    said = [one["error"] for one in examples[name].lint]
    assert said == ["icon is recommended"]


@EXAMPLE
def test_what_it_renders_to(examples: dict[str, Rendered], name: str) -> None:
    found = yaml.safe_dump_all(
        map(_short, examples[name].objects), sort_keys=False, width=150, default_flow_style=None
    )
    found += f"--- |\n{examples[name].files['medallion/templates/NOTES.txt']}"
    path = GOLDEN / f"{name}.yaml"
    if os.environ.get("MEDALLION_WRITE_GOLDEN"):
        path.write_text(found)
    assert path.exists(), "MEDALLION_WRITE_GOLDEN=1 writes it"
    lines = difflib.unified_diff(path.read_text().splitlines(), found.splitlines(), lineterm="")
    assert "\n".join(lines) == ""


def _short(given: Object) -> Object:
    """Without digests of what is shown as well, and without files of this repository."""
    one: Object = json.loads(_DIGEST.sub("DIGEST", json.dumps(given)))
    if one["kind"] == "ConfigMap":
        one["data"] = {
            name: f"… {name}" if name.endswith((".json", ".sh", ".yml")) else text
            for name, text in one["data"].items()
        }
    if one["kind"] == "PrometheusRule":
        one["spec"] = {"groups": [{"name": group["name"]} for group in one["spec"]["groups"]]}
    return one


@pytest.fixture(scope="module")
def _schemas_are_read_once() -> Iterator[None]:
    """The library reads all of a version's for each object."""
    with pytest.MonkeyPatch.context() as patched:
        read = functools.cache(kubernetes_validate.utils.schema_contents)
        patched.setattr(kubernetes_validate.utils, "schema_contents", read)
        yield


@pytest.mark.usefixtures("_schemas_are_read_once")
@pytest.mark.parametrize("version", VERSIONS)
def test_each_object_keeps_to_kubernetes_schemas(
    examples: dict[str, Rendered], version: str
) -> None:
    judged = {
        json.dumps(one, sort_keys=True): one
        for rendered in examples.values()
        for one in (*rendered.objects, *([rendered.task_pod] if _has_task_pod(rendered) else []))
        if one["kind"] not in OF_OPERATORS
    }
    assert {one["kind"] for one in judged.values()} == KINDS
    for one in judged.values():
        kubernetes_validate.validate(one, version, strict=True)


def _has_task_pod(rendered: Rendered) -> bool:
    return any(one["metadata"]["name"] == "medallion-task-pod" for one in rendered.objects)


def test_a_word_that_kubernetes_does_not_know_is_found(examples: dict[str, Rendered]) -> None:
    pod: Object = json.loads(json.dumps(examples["trial"].get("Deployment", "scheduler")))
    pod["spec"]["template"]["spec"]["containers"][0]["liveness"] = {}
    with pytest.raises(kubernetes_validate.ValidationError, match="liveness"):
        kubernetes_validate.validate(pod, VERSIONS[0], strict=True)


def test_the_schema_of_values_is_one_and_takes_the_defaults() -> None:
    schema = json.loads((CHART / "values.schema.json").read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    defaults = yaml.safe_load((CHART / "values.yaml").read_text())
    jsonschema.Draft202012Validator(schema).validate(defaults)
    assert _keys(schema, schema) - {"global"} == _named(defaults)


def _keys(schema: dict[str, Any], root: dict[str, Any], path: str = "") -> set[str]:
    """Every key that values may have, `a.b.c`; maps of any keys end a path."""
    while "$ref" in schema:
        schema = root["$defs"][schema["$ref"].rsplit("/", 1)[1]]
    if "properties" not in schema or path.endswith(("resources", "global")):
        return {path}
    return {
        key
        for name, one in schema["properties"].items()
        for key in _keys(one, root, f"{path}.{name}".lstrip("."))
    }


def _named(values: Any, path: str = "") -> set[str]:
    if not isinstance(values, dict) or not values or path.endswith(("resources", "labels")):
        return {path}
    return {
        key for name, one in values.items() for key in _named(one, f"{path}.{name}".lstrip("."))
    }


@pytest.mark.parametrize("release", ["data", "a-medallion-of-a-very-long-name-which-en-ds"])
def test_a_release_is_called_as_its_generated_secrets_call_it(release: str) -> None:
    (rendered,) = render({}, release=release)
    services = [one["metadata"]["name"] for one in rendered.of("Service")]
    assert services == [f"{find_prefix(release)}-api-server"]
    assert all(len(one["metadata"]["name"]) <= 63 for one in rendered.objects)


LINEAGE = "AIRFLOW__OPENLINEAGE__TRANSPORT"
LINEAGE_JSON = '{"type": "http", "url": "https://lineage.example.org", "timeout": 2}'


def test_names_that_look_like_numbers_and_truths_stay_names() -> None:
    named = {"existingSecret": "1e3", "secretProviderClass": ""}
    volume = {"existingClaim": "08", "storageClass": "0o700"}
    values = {
        "executor": "CeleryExecutor",
        "image": {"repository": "on", "tag": "685e230", "pullSecrets": ["12e5"]},
        "settings": {"A": "0o700", "B": "y", "C": "", "D": "a: b # c", LINEAGE: LINEAGE_JSON},
        "secrets": dict.fromkeys(("connections", "airflow", "admin"), named),
        "database": {"ca": {"existingConfigMap": "no"}},
        "lake": {"volume": volume},
        "logs": {"volume": {"storageClass": "1e3"}},
        "redis": {"enabled": True, "volume": volume},
        "ingress": {"enabled": True, "host": "1e3", "tlsSecret": "y", "className": "1"},
        "networkPolicies": {"users": [{"podSelector": {"matchLabels": {"a": "08"}}}]},
        "workers": {"queues": ["1e3"], "autoscaling": {"kind": "keda"}},
    }
    tasks = {**values, "executor": "KubernetesExecutor", "redis": {"enabled": False}, "workers": {}}
    for rendered in render(values, tasks, release="1e3"):
        assert rendered.error == ""
        judged = [one for one in rendered.objects if one["kind"] not in OF_OPERATORS]
        for one in judged:
            kubernetes_validate.validate(one, VERSIONS[0], strict=True)
        (settings,) = (one for one in judged if one["metadata"]["name"].endswith("-settings"))
        assert values["settings"].items() <= settings["data"].items()
    kubernetes_validate.validate(rendered.task_pod, VERSIONS[0], strict=True)
    assert rendered.task_pod["spec"]["imagePullSecrets"] == [{"name": "12e5"}]


def test_its_version_is_the_products() -> None:
    about = yaml.safe_load((CHART / "Chart.yaml").read_text())
    assert about["appVersion"] == about["version"] == __version__


REFUSED = {
    "a key that does not exist": ({"schedulers": {"replicas": 2}}, "schedulers"),
    "a number for a text": ({"settings": {"A": 32}}, "got number, want string"),
    "an executor that does not exist": ({"executor": "Kubernetes"}, "value must be one of"),
    "a size without a sense": ({"lake": {"volume": {"size": "many"}}}, "does not match pattern"),
    "git without a repository": ({"specs": {"from": "git"}}, "specs.git.repository names none"),
    "an option in a repository's place": (
        {"specs": {"from": "git", "git": {"repository": "--exec=id"}}}, "does not match pattern"
    ),
    "no limit of memory": (
        {"scheduler": {"resources": None}}, "at '/scheduler': missing property 'resources'"
    ),
    "a limit that is none": (
        {"tasks": {"memory": "0Gi"}}, "does not match pattern"
    ),
    "a lake of one pod": ({"lake": {"url": "file:///tmp/lake"}}, "each pod would have for itself"),
    "a selector that is misspelt": (
        {"networkPolicies": {"users": [{"podSelector": {"matchlabels": {"a": "b"}}}]}},
        "additional properties 'matchlabels' not allowed",
    ),
    "a network without an address": (
        {"networkPolicies": {"users": [{"ipBlock": {"cdir": "10.0.0.0/8"}}]}},
        "missing property 'cidr'",
    ),
    "a network that is none": (
        {"networkPolicies": {"refusedEgress": ["999.1.1.1/99"]}}, "does not match pattern"
    ),
    "SSH without a key": (
        {"specs": {"from": "git", "git": {"repository": "git@forge.example.org:a/b.git"}}},
        "needs kind ssh, and an existingSecret",
    ),
    "a password among settings": (
        {"settings": {"AIRFLOW_CONN_SHOP": "postgresql://shop:hidden@db/shop"}},
        "settings.AIRFLOW_CONN_SHOP is a secret",
    ),
    "another executor among settings": (
        {"settings": {"AIRFLOW__CORE__EXECUTOR": "LocalExecutor"}}, "the value `executor` says it"
    ),
    "a name of a Superset that is not there": (
        {"ingress": {"supersetHost": "bi.example.org"}}, "a Superset that this release has not got"
    ),
    "Superset without its Secret": (
        {"superset": {"enabled": True, "createDatabase": False, "existingSecret": ""}},
        "superset.existingSecret names no Secret",
    ),
    "a scaler of nothing": (
        {"workers": {"autoscaling": {"kind": "keda"}}}, "KubernetesExecutor has no workers"
    ),
    "a scaler that never adds a worker": (
        {
            "executor": "CeleryExecutor",
            "workers": {"autoscaling": {"kind": "hpa", "min": 0}},
        },
        "take 1, or kind keda",
    ),
    "two kinds of secret": (
        {"secrets": {"airflow": {"secretProviderClass": "vault"}}},
        "secrets.airflow names a Secret and a SecretProviderClass",
    ),
    "no secret": (
        {"secrets": {"connections": {"existingSecret": ""}}}, "secrets.connections names neither"
    ),
    "two lakes": (
        {"lake": {"url": "abfs://a@b/c", "volume": {"existingClaim": "b"}}}, "two lakes: name one"
    ),
    "a broker for nobody": ({"redis": {"enabled": True}}, "needs executor CeleryExecutor"),
    "several schedulers of one machine": (
        {"executor": "LocalExecutor", "scheduler": {"replicas": 2}}, "LocalExecutor is for trials"
    ),
    "an ingress that nothing lets in": (
        {"ingress": {"enabled": True, "host": "a.example.org"}}, "networkPolicies.users lets nobody"
    ),
    "an ingress without a name": ({"ingress": {"enabled": True}}, "needs ingress.host"),
    "a monitor that nothing lets in": (
        {"monitoring": {"serviceMonitor": {"enabled": True}}}, "networkPolicies.monitors lets no"
    ),
    "a database of Superset in a server that is not ours": (
        {"superset": {"enabled": True}}, "superset.createDatabase makes a database"
    ),
    "a lake on an FTP server": (
        {"lake": {"url": "ftp://lake@host/medallion"}}, "is in no store that a lake is kept in"
    ),
    "several schedulers at one pod's volume": (
        {
            "executor": "KubernetesExecutor",
            "scheduler": {"replicas": 2},
            "logs": {"volume": {"accessModes": ["ReadWriteOnce"]}},
        },
        "logs.volume.accessModes has no ReadWriteMany",
    ),
    "two authorities": (
        {"database": {"ca": {"existingSecret": "a", "existingConfigMap": "b"}}}, "name one"
    ),
    "a scaler without its Secret": (
        {
            "executor": "CeleryExecutor",
            "secrets": {"airflow": {"existingSecret": "", "secretProviderClass": "vault"}},
            "workers": {"autoscaling": {"kind": "keda"}},
        },
        "reads KEDA_DATABASE_URL from a Secret",
    ),
    "more at least than at most": (
        {
            "executor": "CeleryExecutor",
            "workers": {"autoscaling": {"kind": "hpa", "min": 4, "max": 2}},
        },
        "workers.autoscaling.min is above its max",
    ),
    "reads_that_go_too_soon": ({"setup": {"accessDays": 29}}, "minimum: got 29, want 30"),
}  # fmt: skip


@pytest.fixture(scope="module")
def refused() -> dict[str, Rendered]:
    return dict(zip(REFUSED, render(*(values for values, _ in REFUSED.values())), strict=True))


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_refused_and_how(refused: dict[str, Rendered], case: str) -> None:
    assert REFUSED[case][1] in refused[case].error
    assert not refused[case].files


def test_every_check_has_a_case() -> None:
    checks = (CHART / "templates" / "_check.tpl").read_text().count("{{- fail ")
    said = [words for _, words in REFUSED.values() if "pattern" not in words]
    assert checks == len([one for one in said if one not in _BY_SCHEMA])


_BY_SCHEMA = {
    "minimum: got 29, want 30",
    "schedulers", "got number, want string", "value must be one of", "missing property 'cidr'",
    "at '/scheduler': missing property 'resources'",
    "additional properties 'matchlabels' not allowed",
}  # fmt: skip


@pytest.mark.parametrize(
    "name",
    [
        "AIRFLOW__CORE__FERNET_KEY", "AIRFLOW__API__SECRET_KEY", "AIRFLOW__API_AUTH__JWT_SECRET",
        "AIRFLOW_ADMIN_PASSWORD", "MEDALLION_METRICS_TOKEN", "AIRFLOW__CELERY__BROKER_URL",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN", "KEDA_DATABASE_URL", "MEDALLION_ADMIN_URL",
        "MEDALLION_ROLES_KEY",
    ],
)  # fmt: skip
def test_no_key_of_a_secret_is_a_setting(name: str, keys_as_settings: dict[str, str]) -> None:
    assert f"settings.{name} is a secret" in keys_as_settings[name]


@pytest.fixture(scope="module")
def keys_as_settings() -> dict[str, str]:
    """What Helm says where a setting is called like a key of a Secret."""
    page = (PROJECT_ROOT / "docs" / "kubernetes.md").read_text()
    names = sorted(
        set(re.findall(r"`([A-Z]+_[A-Z_]+(?:KEY|TOKEN|SECRET|PASSWORD|URL|CONN))`", page))
    )
    found = render(*({"settings": {name: "x"}} for name in names))
    return {name: one.error for name, one in zip(names, found, strict=True)}


def test_what_to_do_next_names_only_what_there_is() -> None:
    bare = {
        "setup": {"enabled": False},
        "doctor": {"enabled": False},
        "lake": {"url": "abfs://lake@container/medallion"},
    }
    bi = {
        "superset": {"enabled": True, "createDatabase": False},
        "ingress": {"enabled": True, "supersetHost": "bi.example.org"},
        "networkPolicies": {"enabled": False},
    }
    for values in (bare, bi):
        (rendered,) = render(values)
        notes = rendered.files["medallion/templates/NOTES.txt"]
        assert "http://127.0.0.1:8080\n" in notes
        assert "port-forward service/medallion-api-server 8080:8080" in notes
        for word in ("--container doctor", "component=setup", "a job prepares", "the lake's claim"):
            assert (word in notes) is (values is bi)


def test_the_setup_has_the_key_of_roles_where_the_loader_has_no_password() -> None:
    by_token = {"settings": {"MEDALLION_WAREHOUSE_AUTH": "entra"}}
    for rendered, has_key in zip(render({}, by_token), (False, True), strict=True):
        (job,) = [one for one in rendered.objects if one["kind"] == "Job"]
        volumes = {one["name"]: one for one in job["spec"]["template"]["spec"]["volumes"]}
        keys = {one["key"] for one in volumes["admin"]["secret"]["items"]}
        assert ("MEDALLION_ROLES_KEY" in keys) is has_key


def test_the_setup_gives_the_journal_the_age_of_reads() -> None:
    """That of the values, or of the variable, where somebody has set that; never both."""
    by_variable = {"setup": {"accessDays": 90}, "settings": {"MEDALLION_ACCESS_DAYS": "60"}}
    values = ({}, {"setup": {"accessDays": 90}}, by_variable)
    for rendered, days in zip(render(*values), ("400", "90", "60"), strict=True):
        (job,) = rendered.of("Job")
        (roles,) = job["spec"]["template"]["spec"]["containers"]
        ages = [one["value"] for one in roles["env"] if one["name"] == "MEDALLION_ACCESS_DAYS"]
        assert ages == [days]
