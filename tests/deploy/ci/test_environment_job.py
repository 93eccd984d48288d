"""A branch's environment in a CI: the template's own commands, in order, beside production."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest
import yaml
from tests.deploy.ci.test_templates import CI, Comments, comments, gitlab, run
from tests.workbench.comparison.repository import commit_all, git
from tests.workbench.environments.shop import FILES, SALES, TOTALS, Shop, query

from medallion.local.postgres import EmbeddedPostgres

__all__ = ["comments"]

RUN = '.venv/bin/python -m medallion.cli run --env "{}"'
DIFF = '.venv/bin/python -m medallion.cli env diff "{}" --base {} --markdown >> check.md'


@pytest.fixture
def shop(tmp_path: Path, warehouse_db: str, embedded_postgres: EmbeddedPostgres) -> Shop:
    """Production, whose specs are the branch `main` of a repository."""
    shop = Shop(tmp_path / "origin", warehouse_db, embedded_postgres)
    shop.project.write(".gitignore", "/.medallion\n/.venv\n/lake\n/plugins/\n/deploy/\n")
    git(shop.root, "init", "--quiet", "--initial-branch", "main")
    commit_all(shop.root)
    return shop


@pytest.fixture
def checkout(shop: Shop, project_root: Path, embedded_postgres: EmbeddedPostgres) -> Path:
    """A runner's clone of a branch that reads a source in another way, and doubles a total."""
    clone = shop.root.parent / "clone"
    git(shop.root.parent, "clone", "--quiet", str(shop.root), str(clone))
    for path, old, new in (
        (SALES, "orders.csv}", "orders.csv, encoding: utf-8}"),
        (TOTALS, "sum(amount)", "sum(amount) * 2"),
    ):
        assert old in FILES[path]
        (clone / path).write_text(FILES[path].replace(old, new))
    git(clone, "switch", "--quiet", "--create", "topic")
    commit_all(clone)
    # With their bytecode, which saves the seconds of compiling all of it again; not what another
    # process is writing of it just now.
    drafts = shutil.ignore_patterns("*.pyc.*")
    shutil.copytree(project_root / "plugins", clone / "plugins", ignore=drafts)
    shutil.copytree(project_root / CI, clone / CI)
    (clone / ".venv").symlink_to(sys.prefix)
    (clone / ".medallion").mkdir()
    (clone / ".medallion" / "postgres").symlink_to(embedded_postgres.root)
    return clone


def test_a_branch_gets_one_its_comparison_and_an_end(
    shop: Shop, checkout: Path, project_root: Path, comments: str, tmp_path: Path
) -> None:
    jobs = yaml.safe_load((project_root / CI / "github-actions.yml").read_text())["jobs"]
    steps = {step.get("name"): step.get("run", "") for step in jobs["specs"]["steps"]}
    own = {
        "MEDALLION_WAREHOUSE_URL": shop.url, "MEDALLION_LAKE_ROOT": str(shop.root / "lake"),
        "ENVIRONMENT": "pr7", "BASE": "origin/main",
    }  # fmt: skip
    before = shop.production()
    (checkout / "check.md").write_text("### what `check` says\n")
    built = run(steps["Environment"], checkout, **own)
    assert built.returncode == 0, built.stdout + built.stderr
    assert "✓ gold_shop__pr7.totals" in built.stdout
    assert shop.production() == before
    # What it has landed is where production's lake is, and where its drop finds it.
    assert list((shop.root / "lake" / "bronze" / "shop__pr7").rglob("manifest.json"))

    write = {
        "GITHUB_ACTIONS": "true", "GITHUB_API_URL": comments, "GH_TOKEN": "t0ken",
        "REPOSITORY": "acme/data", "NUMBER": "7", "GITHUB_STEP_SUMMARY": str(tmp_path / "summary"),
    }  # fmt: skip
    assert run(steps["Comment"], checkout, **write).returncode == 0
    comment = Comments.kept[2]
    assert "### what `check` says" in comment
    assert "### environment pr7: 2 of 2 built tables differ" in comment
    assert "`gold_shop.totals`" in comment and "@" not in comment, "nothing personal"

    drop = {step.get("name"): step.get("run", "") for step in jobs["drop"]["steps"]}["Drop"]
    (last,) = [line for line in drop.splitlines() if "medallion.cli" in line]
    dropped = run(last, checkout, **own)
    assert dropped.stdout == "the environment pr7 is dropped\n", dropped.stderr
    assert shop.production() == before
    assert query(shop.url, "SELECT name FROM medallion.environments") == []
    assert not (shop.root / "lake" / "bronze" / "shop__pr7").exists()


def test_both_templates_run_the_same_commands(project_root: Path) -> None:
    jobs = yaml.safe_load((project_root / CI / "github-actions.yml").read_text())["jobs"]
    steps = {step.get("name"): step.get("run", "") for step in jobs["specs"]["steps"]}
    script = gitlab(project_root)["script"][2]
    for name, base, text in (
        ("$ENVIRONMENT", '"$BASE"', steps["Environment"]),
        ("mr$CI_MERGE_REQUEST_IID", "FETCH_HEAD", script),
    ):
        assert RUN.format(name) in text
        assert DIFF.format(name, base) in text
