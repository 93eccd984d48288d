"""The CI templates: their files are YAML, and their commands run in a repository of git."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.workbench.comparison.cases import EDITS
from tests.workbench.comparison.repository import commit_all, edited, git, make_repository

CI = Path("deploy/ci")


class Comments(BaseHTTPRequestHandler):
    """The comments of a request, as both platforms keep them."""

    kept: dict[int, str] = {}
    asked: list[str] = []
    tokens: set[str] = set()

    def _answer(self, document: Any) -> None:
        self.asked.append(f"{self.command} {self.path.partition('?')[0]}")
        self.tokens.add(self.headers.get("Authorization") or self.headers["PRIVATE-TOKEN"])
        data = json.dumps(document).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def _body(self) -> str:
        return str(json.loads(self.rfile.read(int(self.headers["Content-Length"])))["body"])

    def do_GET(self) -> None:
        self._answer([{"id": one, "body": body} for one, body in self.kept.items()])

    def do_POST(self) -> None:
        self.kept[len(self.kept) + 1] = self._body()
        self._answer({})

    def do_PATCH(self) -> None:
        self.kept[int(self.path.rpartition("/")[2])] = self._body()
        self._answer({})

    def do_PUT(self) -> None:
        self.do_PATCH()

    def log_message(self, *_: object) -> None: ...


@pytest.fixture
def comments() -> Iterator[str]:
    Comments.kept, Comments.asked, Comments.tokens = {1: "Looks good."}, [], set()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Comments)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory, project_root: Path) -> Path:
    """A clone of a branch as a runner has it, with the code of the platform and an environment."""
    origin = make_repository(tmp_path_factory.mktemp("ci") / "origin")
    (origin / ".gitignore").write_text(".medallion/\n.venv\n/plugins/\n/deploy/\n")
    commit_all(origin)
    git(origin, "switch", "--quiet", "--create", "topic")
    clone = origin.parent / "clone"
    git(origin.parent, "clone", "--quiet", str(origin), str(clone))
    # With their bytecode, which saves the seconds of compiling all of it again; not what another
    # process is writing of it just now.
    drafts = shutil.ignore_patterns("*.pyc.*")
    shutil.copytree(project_root / "plugins", clone / "plugins", ignore=drafts)
    shutil.copytree(project_root / CI, clone / CI)
    (clone / ".venv").symlink_to(sys.prefix)
    return clone


def run(script: str, checkout: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """As a runner does: bash, that stops at the first error."""
    path = f"{Path(sys.prefix) / 'bin'}:{os.environ['PATH']}"
    return subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script],
        cwd=checkout,
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": path, "HOME": str(checkout.parent), "PYTHONPATH": "plugins", **environment},
    )


def github(project_root: Path) -> dict[str, Any]:
    document = yaml.safe_load((project_root / CI / "github-actions.yml").read_text())
    return dict(document["jobs"]["specs"])


def gitlab(project_root: Path) -> dict[str, Any]:
    document = yaml.safe_load((project_root / CI / "gitlab-ci.yml").read_text())
    return dict(document["medallion"])


def test_actions_are_pinned_and_rights_are_few(project_root: Path) -> None:
    document = yaml.safe_load((project_root / CI / "github-actions.yml").read_text())
    assert document["permissions"] == {"contents": "read", "pull-requests": "write"}
    used = [step["uses"] for step in document["jobs"]["specs"]["steps"] if "uses" in step]
    assert used
    assert all(re.fullmatch(r"actions/[\w-]+@v\d+\.\d+\.\d+", one) for one in used)
    steps = [step.get("run", "") for step in document["jobs"]["specs"]["steps"]]
    assert not [one for one in steps if "${{" in one], "an expression in a script is an injection"
    assert re.fullmatch(r"python:\d+\.\d+\.\d+-\w+", gitlab(project_root)["image"])


def test_github_checks_and_comments_once(
    project_root: Path, checkout: Path, comments: str, tmp_path: Path
) -> None:
    steps = {step.get("name"): step.get("run", "") for step in github(project_root)["steps"]}
    assert "validate --ci" in steps["Validate"]
    assert "medallion.cli test" in steps["Test"]
    own = {"BASE": "origin/main", "BREAKING_IS_MEANT": "false"}
    write = {
        "GITHUB_ACTIONS": "true", "GITHUB_API_URL": comments, "GH_TOKEN": "t0ken",
        "REPOSITORY": "acme/data", "NUMBER": "7", "GITHUB_STEP_SUMMARY": str(tmp_path / "summary"),
    }  # fmt: skip
    with edited(checkout, *EDITS["another unit"]):
        done = run(steps["Check"], checkout, **own)
        assert done.returncode == 1, done.stderr
        assert "1 breaking since" in done.stdout
        for _ in range(2):
            assert run(steps["Comment"], checkout, **write).returncode == 0
    assert Comments.kept[1] == "Looks good."
    assert Comments.kept[2].startswith("<!-- medallion check -->\n### ❌")
    assert Comments.asked == [
        "GET /repos/acme/data/issues/7/comments",
        "POST /repos/acme/data/issues/7/comments",
        "GET /repos/acme/data/issues/7/comments",
        "PATCH /repos/acme/data/issues/comments/2",
    ]
    assert Comments.tokens == {"Bearer t0ken"}


def test_gitlab_checks_and_writes_a_note(project_root: Path, checkout: Path, comments: str) -> None:
    job = gitlab(project_root)
    assert "validate --ci" in job["script"][0]
    assert "medallion.cli test" in job["script"][1]
    note = {
        "GITLAB_CI": "true", "CI_API_V4_URL": comments, "CI_PROJECT_ID": "5",
        "CI_MERGE_REQUEST_IID": "9", "MEDALLION_NOTES_TOKEN": "t0ken",
    }  # fmt: skip
    script = "\n".join([job["before_script"][-1], job["script"][2]])
    with edited(checkout, *EDITS["another unit"]):
        known = {"CI_MERGE_REQUEST_TARGET_BRANCH_NAME": "main"}
        labels = {"CI_MERGE_REQUEST_LABELS": "urgent,breaking-change"}
        assert run(script, checkout, **known, **labels).returncode == 0
        for _ in range(2):
            assert run(job["after_script"][0], checkout, **note).returncode == 0
    said = run(job["after_script"][0], checkout, GITLAB_CI="true")
    assert (said.returncode, said.stdout) == (
        0,
        "no comment is written: there is no token to comment with\n",
    )
    notes = "/projects/5/merge_requests/9/notes"
    assert Comments.asked == [f"GET {notes}", f"POST {notes}", f"GET {notes}", f"PUT {notes}/2"]
    assert Comments.tokens == {"t0ken"}


def test_without_a_warehouse_there_is_no_environment(project_root: Path, checkout: Path) -> None:
    """The commands themselves are run by tests/cli/test_env.py."""
    steps = {step.get("name"): step.get("run", "") for step in github(project_root)["steps"]}
    build = '.venv/bin/python -m medallion.cli run --env "$ENVIRONMENT"'
    compare = (
        '.venv/bin/python -m medallion.cli env diff "$ENVIRONMENT" --base "$BASE" --markdown >> '
        "check.md"
    )
    assert build in steps["Environment"] and compare in steps["Environment"]
    done = run(steps["Environment"], checkout, MEDALLION_WAREHOUSE_URL="", ENVIRONMENT="pr7")
    assert (done.returncode, done.stdout) == (0, "no warehouse: no environment\n"), done.stderr
    whole = yaml.safe_load((project_root / CI / "github-actions.yml").read_text())["jobs"]
    drop = {step.get("name"): step.get("run", "") for step in whole["drop"]["steps"]}["Drop"]
    assert 'env drop "$ENVIRONMENT" --if-exists' in drop
    assert run(drop, checkout, MEDALLION_WAREHOUSE_URL="", ENVIRONMENT="pr7").returncode == 0
    assert whole["specs"]["if"] == "github.event.action != 'closed'"
    assert whole["drop"]["if"] == "github.event.action == 'closed'"
