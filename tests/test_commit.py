"""The commit of a checkout, as git's files say it and as git itself does."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from medallion.commit import spec_commit


def git(folder: Path, *words: str) -> str:
    who = ["-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "init.defaultBranch=main"]
    done = subprocess.run(
        ["git", *who, *words], cwd=folder, check=True, capture_output=True, text=True
    )
    return done.stdout.strip()


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    git(folder, "init", "-q")
    git(folder, "commit", "-q", "--allow-empty", "-m", "one")
    return folder


def test_it_is_the_one_that_git_names(checkout: Path, tmp_path: Path) -> None:
    assert spec_commit(checkout, {}) == git(checkout, "rev-parse", "HEAD")
    (checkout / "specs").mkdir()
    assert spec_commit(checkout / "specs", {}) == git(checkout, "rev-parse", "HEAD")
    git(checkout, "pack-refs", "--all")
    assert spec_commit(checkout, {}) == git(checkout, "rev-parse", "HEAD")
    tree = tmp_path / "tree"
    git(checkout, "worktree", "add", "-q", "-b", "other", str(tree))
    git(tree, "commit", "-q", "--allow-empty", "-m", "two")
    assert spec_commit(tree, {}) == git(tree, "rev-parse", "HEAD") != spec_commit(checkout, {})
    git(tree, "checkout", "-q", "--detach")
    assert spec_commit(tree, {}) == git(tree, "rev-parse", "HEAD")


def test_an_image_names_it_in_its_environment(checkout: Path) -> None:
    assert spec_commit(checkout, {"MEDALLION_SPEC_COMMIT": " abc "}) == "abc"


def test_without_a_checkout_or_a_commit_there_is_none(tmp_path: Path) -> None:
    assert spec_commit(tmp_path, {}) is None
    git(tmp_path, "init", "-q")
    assert spec_commit(tmp_path, {}) is None, "nothing is committed"
    (tmp_path / ".git/HEAD").write_text("ref: refs/../../etc\n")
    assert spec_commit(tmp_path, {}) is None
