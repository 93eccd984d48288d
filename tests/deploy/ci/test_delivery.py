"""What brings a commit to a machine: the templates, and the scripts up to where containers begin.
From there on `make rehearsal` runs them."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.deploy.helm.chart import render
from tests.workbench.comparison.repository import commit_all, git

CI = Path("deploy/ci")
COMMIT = "0123456789abcdef0123456789abcdef01234567"
WANTED = {
    "DEPLOY_TO": "nobody@machine.invalid",
    "DEPLOY_FOLDER": "/srv/medallion",
    "DEPLOY_KEY": "k3y",
    "DEPLOY_HOST_KEY": "machine.invalid ssh-ed25519 AAAA",
    "REGISTRY": "registry.example.org/Team",
    "REVISION": COMMIT,
}


def run(*words: str, folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """A script as a runner calls it."""
    return subprocess.run(
        words, cwd=folder, capture_output=True, text=True, check=False, timeout=600,
        env={"PATH": os.environ["PATH"], "HOME": str(folder), **environment},
    )  # fmt: skip


def read(project_root: Path, name: str) -> dict[str, Any]:
    """A template."""
    return dict(yaml.safe_load((project_root / CI / name).read_text()))


def test_github_builds_scans_pushes_and_deploys_with_few_rights(project_root: Path) -> None:
    document = read(project_root, "github-deploy.yml")
    assert document["permissions"] == {"contents": "read"}
    image, machine, cluster = (document["jobs"][name] for name in ("image", "machine", "cluster"))
    assert image["permissions"] == {"contents": "read", "packages": "write"}
    assert "permissions" not in machine
    assert cluster["permissions"] == {"contents": "read", "id-token": "write"}
    assert machine["needs"] == cluster["needs"] == "image"
    assert machine["environment"] == cluster["environment"] == "production"
    assert image["env"]["REQUIREMENTS"] == "${{ vars.REQUIREMENTS || 'requirements.txt' }}"
    steps = [*image["steps"], *machine["steps"], *cluster["steps"]]
    used = [step["uses"] for step in steps if "uses" in step]
    assert all(re.fullmatch(r"actions/[\w-]+@v\d+\.\d+\.\d+", one) for one in used)
    scripts = [step["run"] for step in steps if "run" in step]
    assert not [one for one in scripts if "${{" in one], "an expression in a script is an injection"
    assert [step.get("name") for step in steps if "run" in step] == [
        "Build", "Scan", "Push", "Deploy", "Log in", "Install",
    ]  # fmt: skip


def test_gitlab_does_the_same_and_a_person_starts_the_last_step(project_root: Path) -> None:
    document = read(project_root, "gitlab-deploy.yml")
    image, machine = document["medallion-image"], document["medallion-deploy"]
    assert [line.split()[1] for line in image["script"]] == ["image", "scan", "push"]
    assert image["script"][0].endswith('REQUIREMENTS="${REQUIREMENTS:-requirements.txt}"')
    cluster = document["medallion-cluster"]
    assert machine["needs"] == cluster["needs"] == ["medallion-image"]
    assert machine["rules"][0]["when"] == cluster["rules"][0]["when"] == "manual"
    assert machine["resource_group"] == cluster["resource_group"]
    assert all(re.fullmatch(r"\w+:\d+\.\d+\.\d+", one["image"]) for one in (image, machine))


@pytest.mark.parametrize(
    ("command", "runs"),
    [
        (["image", "VERSION=7"], "--build-arg VERSION=7 --build-arg REVISION="),
        (["image", "REQUIREMENTS=requirements-full.txt"], "REQUIREMENTS=requirements-full.txt"),
        (["scan"], "medallion:local --only-fixed --fail-on high"),
        (
            ["push", "IMAGE=medallion-superset:local", "REGISTRY=r.example.org/t", "VERSION=7"],
            "docker push r.example.org/t/medallion-superset:7",
        ),
        (
            ["push", "REGISTRY=r.example.org/t", "VERSION=7"],
            "docker push r.example.org/t/medallion:7",
        ),
    ],
)
def test_make_knows_what_the_templates_call(
    project_root: Path, command: list[str], runs: str
) -> None:
    done = run("make", "--dry-run", "--no-print-directory", *command, folder=project_root)
    assert done.returncode == 0, done.stderr
    assert runs in " ".join(done.stdout.replace("\\\n", " ").split())


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("REVISION", "main; touch /tmp/x", "REVISION is not a commit"),
        ("REGISTRY", "registry.example.org/$(id)", "REGISTRY is not a name of images"),
        ("DEPLOY_TO", "", "DEPLOY_TO: user@machine"),
        ("DEPLOY_KEY", "", "DEPLOY_KEY"),
    ],
)
def test_a_deployment_refuses_what_is_missing_or_no_name(
    project_root: Path, tmp_path: Path, name: str, value: str, said: str
) -> None:
    script = str(project_root / CI / "deploy.sh")
    done = run("bash", script, folder=tmp_path, **{**WANTED, name: value})
    assert done.returncode != 0
    assert said in done.stderr


def test_the_key_is_not_left_behind(project_root: Path, tmp_path: Path) -> None:
    """The machine's name cannot be found, so the connection fails."""
    own = {**WANTED, "TMPDIR": str(tmp_path)}
    done = run("bash", str(project_root / CI / "deploy.sh"), folder=tmp_path, **own)
    assert done.returncode != 0
    assert list(tmp_path.iterdir()) == []


def test_a_checkout_with_changes_of_its_own_stays_as_it_is(
    project_root: Path, tmp_path: Path
) -> None:
    checkout = tmp_path / "checkout"
    checkout.mkdir()
    git(checkout, "init", "--quiet")
    (checkout / "README").write_text("one\n")
    commit_all(checkout)
    (checkout / "README").write_text("two\n")
    (checkout / ".env").write_text("MEDALLION_IMAGE=former\n")
    script = str(project_root / CI / "on_the_machine.sh")
    done = run("bash", script, str(checkout), f"r/medallion:{COMMIT}", COMMIT, folder=tmp_path)
    assert done.returncode == 1
    assert "has changes of its own: nothing is deployed" in done.stderr
    assert (checkout / "README").read_text() == "two\n"
    assert (checkout / ".env").read_text() == "MEDALLION_IMAGE=former\n"


HELM = """\
#!/usr/bin/env bash
printf '%s\\n' "helm $*" >> "$ASKED"
case $1 in
    history) echo "$HISTORY" ;;
    upgrade) exit "$UPGRADE" ;;
esac
"""
"""There is no program `helm` here: this one writes down what it is asked."""
HISTORY = (
    '[{"revision":6,"status":"superseded"},{"revision":7,"status":"deployed"},'
    '{"revision":8,"status":"failed"}]'
)
CLUSTER = {
    "REGISTRY": "registry.example.org/Team", "REVISION": COMMIT, "NAMESPACE": "data",
    "VALUES": "deploy/helm/examples/azure.yaml",
}  # fmt: skip


@pytest.fixture
def tools(tmp_path: Path) -> dict[str, str]:
    """Where `helm` and `kubectl` are, and what they answer."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name, text in (("helm", HELM), ("kubectl", HELM.replace("helm $*", "kubectl $*"))):
        (folder / name).write_text(text)
        (folder / name).chmod(0o755)
    return {
        "PATH": f"{folder}:{os.environ['PATH']}", "ASKED": str(tmp_path / "asked"),
        "HISTORY": HISTORY, "UPGRADE": "0",
    }  # fmt: skip


def install(project_root: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    script = str(project_root / CI / "kubernetes.sh")
    return run("bash", script, folder=project_root, **{**CLUSTER, **environment})


def test_a_release_gets_the_commits_image_and_no_other(
    project_root: Path, tools: dict[str, str]
) -> None:
    done = install(project_root, **tools)
    assert done.returncode == 0, done.stderr
    assert done.stdout == f"registry.example.org/team/medallion:{COMMIT} runs in data\n"
    asked = Path(tools["ASKED"]).read_text().splitlines()
    assert [one.split()[1] for one in asked] == ["history", "upgrade"]
    assert " --install --namespace data --values deploy/helm/examples/azure.yaml " in asked[1]
    # What it sets is what the chart takes, on top of an example that names a digest.
    image = dict(
        word.removeprefix("image.").split("=", 1)
        for word in asked[1].split()
        if word.startswith("image.")
    )
    values = yaml.safe_load((project_root / CLUSTER["VALUES"]).read_text())
    (rendered,) = render({**values, "image": {**values["image"], **image}})
    assert not rendered.error
    images = {
        one["image"]
        for _, pod in rendered.pods()
        for one in pod["spec"]["containers"]
        if "git-sync" not in one["image"]
    }
    assert images == {f"registry.example.org/team/medallion:{COMMIT}"}


def test_a_release_that_does_not_run_goes_back_to_the_last_that_ran(
    project_root: Path, tools: dict[str, str]
) -> None:
    done = install(project_root, **{**tools, "UPGRADE": "1"})
    assert done.returncode == 1
    assert "does not run. What there is:" in done.stderr
    asked = Path(tools["ASKED"]).read_text()
    assert "helm rollback medallion 7 --namespace data --wait" in asked
    assert (
        "kubectl --namespace data logs --container doctor --tail 50 --prefix --selector"
        " app.kubernetes.io/instance=medallion,app.kubernetes.io/component=scheduler\n" in asked
    )
    Path(tools["ASKED"]).unlink()
    first = install(project_root, **{**tools, "UPGRADE": "1", "HISTORY": ""})
    assert first.returncode == 1
    assert "rollback" not in Path(tools["ASKED"]).read_text(), "there is nothing to go back to"


def test_it_asks_the_pods_that_the_chart_makes_whatever_the_release_is_called(
    project_root: Path, tools: dict[str, str]
) -> None:
    """Of a release `data` they are called data-medallion-…."""
    install(project_root, **{**tools, "UPGRADE": "1", "RELEASE": "data"})
    (asked,) = re.findall(r"logs .* --selector (\S+)", Path(tools["ASKED"]).read_text())
    (rendered,) = render({}, release="data")
    named = dict(word.split("=") for word in asked.split(","))
    found = [
        pod for _, pod in rendered.pods() if named.items() <= pod["metadata"]["labels"].items()
    ]
    assert [
        "doctor" in [one["name"] for one in pod["spec"]["initContainers"]] for pod in found
    ] == [True]


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("REVISION", "main", "REVISION is not a commit"),
        ("NAMESPACE", "data;id", "not a name in Kubernetes"),
        ("VALUES", "no.yaml", "there is no file of values no.yaml"),
        ("REGISTRY", "$(id)", "REGISTRY is not a name of images"),
    ],
)
def test_a_release_refuses_what_is_no_name(
    project_root: Path, tools: dict[str, str], name: str, value: str, said: str
) -> None:
    done = install(project_root, **{**tools, name: value})
    assert done.returncode == 2
    assert said in done.stderr
    assert not Path(tools["ASKED"]).exists()


def test_a_job_logs_in_by_a_file_or_by_what_azure_wants(project_root: Path, tmp_path: Path) -> None:
    script, file = str(project_root / CI / "log_in.sh"), tmp_path / "kube" / "config"
    done = run(
        "bash", script, folder=tmp_path, KUBECONFIG=str(file), KUBECONFIG_TEXT="apiVersion: v1"
    )
    assert done.returncode == 0, done.stderr
    assert file.read_text() == "apiVersion: v1\n"
    assert file.stat().st_mode & 0o077 == 0
    nothing = run("bash", script, folder=tmp_path, KUBECONFIG=str(file))
    assert "KUBECONFIG_TEXT, or AZURE_CLUSTER" in nothing.stderr
    wrong = run("bash", script, folder=tmp_path, KUBECONFIG=str(file), AZURE_CLUSTER="medallion")
    assert (wrong.returncode, "not RESOURCE GROUP/NAME" in wrong.stderr) == (2, True)
