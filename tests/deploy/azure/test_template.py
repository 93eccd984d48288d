"""deploy/azure, held to the schema of its provider by Terraform itself, and its plans: who may do
what, and that nothing is reached from outside."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml
from tests.deploy.azure.provider import SCHEMA
from tests.deploy.azure.read_schema import list_used
from tests.deploy.helm.chart import render
from tests.server_processes import stop_server

pytestmark = pytest.mark.skipif(
    not shutil.which("terraform"), reason="left out: there is no Terraform here"
)
SIZES = ("small", "medium", "large")

# Of each role, what it may do to resources themselves beyond reading: `Azure built-in roles`,
# learn.microsoft.com/azure/role-based-access-control/built-in-roles. An empty text: nothing.
ROLES = {
    "Storage Blob Data Contributor": "containers of the account, and keys of one user's delegation",
    "Key Vault Secrets User": "",
    "Key Vault Secrets Officer": "",
    "AcrPull": "",
    "AcrPush": "",
    "Managed Identity Operator": "assign the identity",
    "Azure Kubernetes Service Cluster User Role": "",
    "Azure Kubernetes Service RBAC Admin": "",
    "Azure Kubernetes Service RBAC Cluster Admin": "",
}

MATRIX = {
    ("airflow", "Storage Blob Data Contributor", "azurerm_storage_container.lake"),
    ("airflow", "Storage Blob Data Contributor", "azurerm_storage_container.logs"),
    ("airflow", "Key Vault Secrets User", "azurerm_key_vault.medallion-run"),
    ("setup", "Key Vault Secrets User", "azurerm_key_vault.medallion-admin"),
    ("nodes", "AcrPull", "azurerm_container_registry.medallionimages"),
    ("cluster", "Managed Identity Operator", "azurerm_user_assigned_identity.medallion-nodes"),
    ("cluster", "medallion joins the nodes' subnet", "azurerm_subnet.nodes"),
    ("deploy", "AcrPush", "azurerm_container_registry.medallionimages"),
    (
        "deploy",
        "Azure Kubernetes Service Cluster User Role",
        "azurerm_kubernetes_cluster.medallion",
    ),
    (
        "deploy",
        "Azure Kubernetes Service RBAC Admin",
        "azurerm_kubernetes_cluster.medallion/namespaces/data",
    ),
    ("administrators", "Key Vault Secrets Officer", "azurerm_key_vault.medallion-run"),
    ("administrators", "Key Vault Secrets Officer", "azurerm_key_vault.medallion-admin"),
    (
        "administrators",
        "Azure Kubernetes Service RBAC Cluster Admin",
        "azurerm_kubernetes_cluster.medallion",
    ),
}
"""Who, which role, on what: all that there is."""


@contextmanager
def provider(*words: str) -> Iterator[dict[str, str]]:
    """The environment in which Terraform finds it."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.deploy.azure.provider", *words], stdout=subprocess.PIPE
    )
    assert process.stdout is not None
    said = process.stdout.readline().decode()
    try:
        yield {
            "PATH": os.environ["PATH"], "TF_REATTACH_PROVIDERS": said, "TF_IN_AUTOMATION": "1",
            "CHECKPOINT_DISABLE": "1", "TF_CLI_CONFIG_FILE": os.devnull,
        }  # fmt: skip
    finally:
        stop_server(process)
        process.stdout.close()


def terraform(
    folder: Path, environment: Mapping[str, str], *words: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["terraform", *words], cwd=folder, env=environment, capture_output=True, text=True,
        check=False, timeout=800,
    )  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, project_root: Path) -> Path:
    folder = tmp_path_factory.mktemp("azure")
    for path in (project_root / "deploy" / "azure").glob("*.tf"):
        shutil.copy(path, folder)
    return folder


@pytest.fixture(scope="module")
def named(folder: Path) -> Iterator[Mapping[str, str]]:
    with provider("--named") as environment:
        done = terraform(folder, environment, "init", "-backend=false")
        assert done.returncode == 0, done.stderr
        yield environment


def plan(folder: Path, environment: Mapping[str, str], **variables: str) -> dict[str, Any]:
    """What would be made, as Terraform shows it."""
    given = {
        "location": "westeurope",
        "administrators": '{object_id="administrators",name="dba"}',
        "unused_password": "kept-in-no-plan",
        "github": "acme/data",
        **variables,
    }
    words = [f"-var={name}={value}" for name, value in given.items()]
    name = f"{variables.get('size', 'small')}.plan"
    done = terraform(
        folder, environment, "plan", "-input=false", "-lock=false", f"-out={name}", *words
    )
    assert done.returncode == 0, done.stderr
    shown = terraform(folder, environment, "show", "-json", name)
    assert shown.returncode == 0, shown.stderr
    assert "kept-in-no-plan" not in shown.stdout
    return dict(json.loads(shown.stdout)["planned_values"])


def resources(planned: Mapping[str, Any], kind: str) -> dict[str, dict[str, Any]]:
    return {
        one["address"]: one["values"]
        for one in planned["root_module"]["resources"]
        if one["type"] == kind
    }


@pytest.fixture(scope="module")
def small(folder: Path, named: Mapping[str, str]) -> dict[str, Any]:
    return plan(folder, named, size="small")


def test_the_schema_has_what_the_files_use() -> None:
    document = json.loads(SCHEMA.read_text())
    kept = {
        *document["resource_schemas"],
        *(f"data.{one}" for one in document["data_source_schemas"]),
    }
    assert kept == set(list_used()), "python -m tests.deploy.azure.read_schema"


def test_the_files_are_valid_and_in_form(folder: Path, named: Mapping[str, str]) -> None:
    formed = terraform(folder, named, "fmt", "-check", "-diff")
    assert formed.returncode == 0, formed.stdout
    done = terraform(folder, named, "validate", "-json")
    said = json.loads(done.stdout)
    assert said["valid"] and not said["diagnostics"], done.stdout


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        ("lake.tf", "is_hns_enabled", "is_hns_enabld", "An argument named"),
        ("postgres.tf", "  storage_mb ", "  storage_mb = true #", "Inappropriate value for"),
        ("vaults.tf", "sku_name ", "# sku_name ", 'The argument "sku_name" is required'),
        ("roles.tf", "vault.run.id\n", "vault.runs.id\n", "undeclared resource"),
    ],
)  # fmt: skip
def test_a_mistake_is_found(
    folder: Path, named: Mapping[str, str], tmp_path: Path, file: str, old: str, new: str, said: str
) -> None:
    """So the tests above could fail."""
    wrong = shutil.copytree(folder, tmp_path / "wrong")
    text = (wrong / file).read_text()
    assert old in text
    (wrong / file).write_text(text.replace(old, new, 1))
    done = terraform(wrong, named, "validate", "-no-color")
    assert done.returncode == 1
    assert said in " ".join(done.stderr.split())


@pytest.mark.parametrize("name", ["My-Data", "abc", "a23456789012345"])
def test_a_name_that_azure_would_not_take_is_refused(
    folder: Path, named: Mapping[str, str], name: str
) -> None:
    words = [f"-var=name={name}", "-var=location=x", "-var=unused_password=x",
             '-var=administrators={object_id="a",name="b"}']  # fmt: skip
    done = terraform(folder, named, "plan", "-input=false", "-no-color", "-lock=false", *words)
    assert done.returncode == 1
    assert "storage accounts allow no others" in " ".join(done.stderr.split())


@pytest.mark.parametrize("size", SIZES)
def test_a_plan_of_each_size_can_be_made_before_anything_exists(folder: Path, size: str) -> None:
    """Nothing that decides how many there are of a thing is known only after Azure made another."""
    with provider() as environment:
        planned = plan(folder, environment, size=size, zone_redundant=str(size == "large").lower())
    (server,) = resources(planned, "azurerm_postgresql_flexible_server").values()
    modes = [one["mode"] for one in server["high_availability"]]
    assert modes == (["ZoneRedundant"] if size == "large" else [])
    (account,) = resources(planned, "azurerm_storage_account").values()
    assert account["account_replication_type"] == ("ZRS" if size == "large" else "LRS")
    assert account["is_hns_enabled"] is True


def test_each_identity_has_its_rights_and_no_other(small: dict[str, Any]) -> None:
    made = {
        one["role_definition_id"]: one["name"]
        for one in (
            {**values, "role_definition_id": f"azurerm_role_definition.{values['name']}"
             ".role_definition_resource_id"}
            for values in resources(small, "azurerm_role_definition").values()
        )
    }  # fmt: skip
    found = {
        (
            one["principal_id"].removeprefix("azurerm_user_assigned_identity.medallion-")
            .removesuffix(".principal_id"),
            one["role_definition_name"]
            if ".role_definition_name" not in one["role_definition_name"]
            else made[one["role_definition_id"]],
            one["scope"].removesuffix(".id").replace(".id/", "/"),
        )
        for one in resources(small, "azurerm_role_assignment").values()
    }  # fmt: skip
    assert found == MATRIX
    named = {role for _, role, _ in found} - set(made.values())
    assert named <= set(ROLES), "say in ROLES what it may do"
    assert not [
        one for one in named if one in ("Owner", "Contributor", "User Access Administrator")
    ]
    wide = [scope for _, _, scope in found if "resource_group" in scope or "subscription" in scope]
    assert not wide, "a right on all that there will ever be"
    # Only a cluster and people may do anything to resources themselves, and of what that is named.
    mighty = {who for who, role, _ in found if ROLES.get(role)}
    assert mighty == {"airflow", "cluster"}


def test_a_role_of_our_own_may_do_what_it_lists(small: dict[str, Any]) -> None:
    for one in resources(small, "azurerm_role_definition").values():
        (permissions,) = one["permissions"]
        assert not [action for action in permissions["actions"] if "*" in action]
        assert not permissions["data_actions"]


def test_tasks_cannot_take_the_identity_of_the_setup(small: dict[str, Any]) -> None:
    subjects: dict[str, set[str]] = {}
    for one in resources(small, "azurerm_federated_identity_credential").values():
        identity = one["user_assigned_identity_id"].split(".")[1].removeprefix("medallion-")
        subjects.setdefault(identity, set()).add(one["subject"])
        assert one["audience"] == ["api://AzureADTokenExchange"]
    accounts = "system:serviceaccount:data:medallion-"
    assert subjects == {
        "setup": {f"{accounts}setup"},
        "airflow": {
            f"{accounts}{one}" for one in ("pods", "task", "scheduler", "api-server", "setup")
        },
        "deploy": {"repo:acme/data:environment:production"},
    }
    chart = (Path("deploy/helm/medallion/templates/accounts.yaml")).read_text()
    assert 'list "pods" "api-server" "scheduler" "task" "setup"' in chart
    golden = Path("tests/deploy/helm/golden/azure.yaml").read_text()
    rendered = yaml.safe_load_all(golden.partition("--- |")[0])  # the notes are behind
    pods = {
        one["metadata"]["name"]: one["spec"]["template"]["spec"]["serviceAccountName"]
        for one in rendered
        if isinstance(one, dict) and one["kind"] in ("Deployment", "Job", "StatefulSet")
    }
    as_setup = [name for name, account in pods.items() if account == "medallion-setup"]
    assert len(as_setup) == 1
    assert as_setup[0].startswith("medallion-setup-")


def test_the_chart_uses_what_is_made_and_takes_the_values_that_are_given(
    small: dict[str, Any],
) -> None:
    example = yaml.safe_load(Path("deploy/helm/examples/azure.yaml").read_text())
    made = {one["name"] for one in resources(small, "azurerm_storage_container").values()}
    lake = urlsplit(example["lake"]["url"])
    logs = example["settings"]["AIRFLOW__AZURE_REMOTE_LOGGING__REMOTE_WASB_LOG_CONTAINER"]
    assert {lake.hostname, logs} == made
    values = small["outputs"]["values"]["value"]
    (rendered,) = render({**example, **values})  # by Helm, which adds the chart's own values
    assert rendered.error == ""
    assert set(values["identity"]["annotations"]) == set(example["identity"]["annotations"])


def test_nothing_is_open_to_the_internet_and_nobody_has_a_key(small: dict[str, Any]) -> None:
    kinds = ("azurerm_storage_account", "azurerm_postgresql_flexible_server", "azurerm_key_vault",
             "azurerm_container_registry")  # fmt: skip
    closed = [one for kind in kinds for one in resources(small, kind).values()]
    assert len(closed) == 5
    assert {one["public_network_access_enabled"] for one in closed} == {False}
    (account,) = resources(small, "azurerm_storage_account").values()
    assert account["shared_access_key_enabled"] is False
    assert account["local_user_enabled"] is False
    (registry,) = resources(small, "azurerm_container_registry").values()
    assert registry["admin_enabled"] is registry["anonymous_pull_enabled"] is False
    (cluster,) = resources(small, "azurerm_kubernetes_cluster").values()
    assert cluster["private_cluster_enabled"] and cluster["local_account_disabled"]
    (server,) = resources(small, "azurerm_postgresql_flexible_server").values()
    assert server["administrator_password_wo"] is None, "a password in the plan is in the state"
    for one in resources(small, "azurerm_key_vault").values():
        assert one["rbac_authorization_enabled"] and one["purge_protection_enabled"]


def test_each_service_has_an_address_in_the_network_and_a_name_for_it(
    small: dict[str, Any],
) -> None:
    endpoints = resources(small, "azurerm_private_endpoint").values()
    reached = {
        (one["private_service_connection"][0]["private_connection_resource_id"].split(".")[0],
         one["private_service_connection"][0]["subresource_names"][0])
        for one in endpoints
    }  # fmt: skip
    assert reached == {
        ("azurerm_storage_account", "blob"), ("azurerm_storage_account", "dfs"),
        ("azurerm_postgresql_flexible_server", "postgresqlServer"), ("azurerm_key_vault", "vault"),
        ("azurerm_container_registry", "registry"),
    }  # fmt: skip
    zones = {one["name"] for one in resources(small, "azurerm_private_dns_zone").values()}
    for one in endpoints:
        (zone,) = one["private_dns_zone_group"][0]["private_dns_zone_ids"]
        assert zone.removeprefix("azurerm_private_dns_zone.").removesuffix(".id") in zones
    assert len(resources(small, "azurerm_private_dns_zone_virtual_network_link")) == len(zones)


def rules(planned: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Those that come in, in the order in which Azure asks them."""
    found = resources(planned, "azurerm_network_security_rule").values()
    return sorted(
        (one for one in found if one["direction"] == "Inbound"), key=lambda one: one["priority"]
    )


def test_only_nodes_and_those_who_are_named_reach_the_services(
    folder: Path, named: Mapping[str, str], small: dict[str, Any]
) -> None:
    subnets = resources(small, "azurerm_subnet")
    endpoints = subnets["azurerm_subnet.endpoints"]
    assert endpoints["private_endpoint_network_policies"] == "Enabled", "else no rule is asked"
    cluster, rest = rules(small)
    assert (cluster["access"], rest["access"]) == ("Allow", "Deny")
    assert cluster["source_address_prefixes"] == subnets["azurerm_subnet.nodes"]["address_prefixes"]
    assert cluster["destination_address_prefixes"] == endpoints["address_prefixes"]
    assert cluster["destination_port_ranges"] == ["443", "5432"]
    assert {rest[f"{end}_address_prefix"] for end in ("source", "destination")} == {"*"}
    assert rest["protocol"] == rest["destination_port_range"] == "*"
    (joined,) = resources(small, "azurerm_subnet_network_security_group_association").values()
    assert joined["subnet_id"].startswith("azurerm_subnet.endpoints")
    # Those who administer, where there are any, by the same two ports.
    with_people = plan(folder, named, size="medium", operator_ranges='["10.9.0.0/24"]')
    _, people, _ = rules(with_people)
    assert people["source_address_prefixes"] == ["10.9.0.0/24"]
    assert people["destination_port_ranges"] == ["443", "5432"]


@pytest.mark.parametrize(
    "ranges", ['["0.0.0.0/0"]', '["::/0"]', '["10.9.0"]', '["VirtualNetwork"]']
)
def test_a_range_that_is_everybody_or_none_is_refused(
    folder: Path, named: Mapping[str, str], ranges: str
) -> None:
    words = ["-var=location=x", "-var=unused_password=x", f"-var=operator_ranges={ranges}",
             '-var=administrators={object_id="a",name="b"}']  # fmt: skip
    done = terraform(folder, named, "plan", "-input=false", "-no-color", "-lock=false", *words)
    assert done.returncode == 1
    assert "none of them is everybody" in " ".join(done.stderr.split())


def test_what_is_done_with_data_and_secrets_is_logged(small: dict[str, Any]) -> None:
    settings = resources(small, "azurerm_monitor_diagnostic_setting").values()
    logged = {one["target_resource_id"].split(".id")[0] for one in settings}
    assert logged == {
        "azurerm_postgresql_flexible_server.medallion-postgres",
        "azurerm_key_vault.medallion-run", "azurerm_key_vault.medallion-admin",
        "azurerm_container_registry.medallionimages", "azurerm_storage_account.medallionlake",
        "azurerm_kubernetes_cluster.medallion",
    }  # fmt: skip


def test_terraform_refuses_to_make_what_has_data_again() -> None:
    """A plan does not show it: the files are read."""
    text = "".join(path.read_text() for path in sorted(Path("deploy/azure").glob("*.tf")))
    blocks = re.findall(r'^resource "(\w+)" "(\w+)" \{\n(.*?)^\}', text, re.M | re.S)
    kept = {f"{kind}.{name}" for kind, name, body in blocks if "prevent_destroy = true" in body}
    assert kept == {
        "azurerm_storage_account.lake", "azurerm_storage_container.lake",
        "azurerm_postgresql_flexible_server.main",
        "azurerm_postgresql_flexible_server_database.main",
    }  # fmt: skip
