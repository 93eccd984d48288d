"""`make rehearsal` where it cannot run, and what its table says: all that needs no engine."""

from __future__ import annotations

import importlib
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest
import yaml

from medallion.roots import PROJECT_ROOT
from medallion.warehouse.session.migrate import list_released, read_migrations

FOLDER = PROJECT_ROOT / "deploy" / "rehearsal"


@pytest.fixture(autouse=True)
def _found(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its modules import each other as those of a program."""
    monkeypatch.syspath_prepend(str(FOLDER))


def test_without_an_engine_it_says_in_one_line_what_is_missing(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, FOLDER], env={"PATH": str(tmp_path)}, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
    assert "make rehearsal INSTALL=1" in done.stderr


def test_it_is_no_part_of_the_tests_and_ci_says_that_it_is_left_out() -> None:
    shown = subprocess.run(
        ["make", "--dry-run", "--no-print-directory", "test"], cwd=PROJECT_ROOT,
        capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    assert "pytest" in shown
    assert "rehearsal" not in shown
    notes = [
        line for line in (PROJECT_ROOT / ".ci/run").read_text().splitlines() if "note:" in line
    ]
    assert any("not rehearsed" in line and "make rehearsal" in line for line in notes)


def test_the_table_says_what_ran_failed_and_was_left_out() -> None:
    report, engine = _load("report"), _load("engine")

    def fail() -> str:
        raise engine.RehearsalError("it burns\nthe log of it")

    outcomes = report.Report()
    outcomes.step("one", lambda: "seen")
    outcomes.leave_out("two", "no such package here")
    assert not outcomes.has_failed()
    outcomes.step("three", fail, needed=False)
    with pytest.raises(engine.RehearsalError):
        outcomes.step("four", fail)
    assert outcomes.has_failed()
    words = [line.split() for line in outcomes.table().splitlines()]
    assert [(line[0], line[1]) for line in words] == [
        ("one", "ran"), ("two", "left"), ("three", "FAILED"), ("four", "FAILED"),
    ]  # fmt: skip
    assert "the log of it" not in outcomes.table()


@pytest.mark.parametrize(
    ("state", "described"),
    [
        ({"Status": "running", "Health": {"Status": "healthy"}}, "healthy"),
        ({"Status": "running", "Healthcheck": {"Status": "starting"}}, "starting"),
        ({"Status": "running", "Health": None}, "running"),
        ({"Status": "exited", "ExitCode": 0}, "ended well"),
        ({"Status": "exited", "ExitCode": 137}, "ended with 137"),
    ],
)
def test_a_container_is_ready_only_when_it_is_healthy_or_ended_well(
    state: dict[str, object], described: str
) -> None:
    assert _load("stack").state_of({"State": state}) == described


def test_it_waits_for_every_service_that_compose_starts_without_a_profile() -> None:
    services = yaml.safe_load((PROJECT_ROOT / "docker-compose.yaml").read_text())["services"]
    started = {
        name for name, one in services.items() if one.get("profiles", ["replay"]) == ["replay"]
    }
    steps = _load("steps")
    assert started == {*steps.CORE, *steps.ENDING}
    for profile, known in (("celery", steps.CELERY), ("backup", steps.BACKUP)):
        of_it = {name for name, one in services.items() if one.get("profiles") == [profile]}
        assert set(known) == of_it


def test_the_next_release_has_one_more_migration_and_this_one_works_with_it(
    tmp_path: Path,
) -> None:
    here = list_released()[-1].version
    _load("releases").write_migration(tmp_path)
    (there,) = read_migrations(tmp_path)
    assert (there.version, there.works_from) == (here + 1, here)


def test_a_reader_may_see_publications_and_nothing_between_them() -> None:
    reader = _load("reader")
    answers = reader.Answers(count=3, seen=frozenset({"old", "new"}), longest=0.26)
    said = answers.describe(frozenset({"old", "new"}))
    assert said == "a reader had 3 answers, the longest pause was 0.3 s"
    with pytest.raises(_load("engine").RehearsalError, match="no publication's"):
        answers.describe(frozenset({"old"}))


def test_of_what_helm_renders_podman_gets_what_it_understands() -> None:
    pods = _load("pods")
    labels = {"app.kubernetes.io/component": "db"}
    container = {
        "name": "db",
        "envFrom": [{"configMapRef": {"name": "settings"}}],
        "ports": [{"containerPort": 5432}],
        "livenessProbe": {"exec": {"command": ["pg_isready"]}},
        "startupProbe": {"httpGet": {"path": "/", "port": 80}},
    }
    volumes = [{"name": "admin", "secret": {"secretName": "passwords", "defaultMode": 288}}]
    template = {
        "metadata": {"labels": labels},
        "spec": {"containers": [container], "volumes": volumes},
    }
    claim = {"metadata": {"name": "data"}, "spec": {"accessModes": ["ReadWriteOnce"]}}
    rendered = [
        {"kind": "NetworkPolicy", "metadata": {"name": "closed"}},
        {"kind": "Service", "metadata": {"name": "shop-db"}},
        {"kind": "ConfigMap", "metadata": {"name": "settings"}, "data": {"A": "1"}},
        {"kind": "ConfigMap", "metadata": {"name": "of-others"}, "data": {}},
        {
            "kind": "StatefulSet",
            "metadata": {"name": "shop-db", "labels": labels},
            "spec": {"template": template, "volumeClaimTemplates": [claim]},
        },
    ]
    secret = {"metadata": {"name": "passwords"}, "stringData": {"ADMIN": "hidden"}}
    piece = pods.cut(rendered, [secret])["db"]
    given = {(one["kind"], one["metadata"]["name"]): one for one in piece.objects}
    assert list(given) == [
        ("ConfigMap", "settings"),
        ("ConfigMap", "passwords"),
        ("PersistentVolumeClaim", "shop-db-data"),
        ("Deployment", "shop-db"),
    ]
    assert given["ConfigMap", "passwords"]["data"] == {"ADMIN": "hidden"}
    spec = given["Deployment", "shop-db"]["spec"]["template"]["spec"]
    assert spec["hostAliases"] == [{"ip": piece.address, "hostnames": ["shop-db"]}]
    assert spec["volumes"] == [
        {"name": "admin", "configMap": {"name": "passwords"}},
        {"name": "data", "persistentVolumeClaim": {"claimName": "shop-db-data"}},
    ]
    (started,) = spec["containers"]
    assert set(started) == {"name", "envFrom", "livenessProbe"}
    assert piece.pod == "shop-db-pod-0"


def _load(name: str) -> ModuleType:
    return importlib.import_module(name)
