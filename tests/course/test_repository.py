"""Real git, without anybody's configuration."""

from __future__ import annotations

from pathlib import Path

import pytest

from medallion.course.repository import GitStep, run_git, take_steps

STEPS = (
    GitStep(write={"a.txt": "a\n"}),
    GitStep(git="add ."),
    GitStep(git="commit -m 'The first one'"),
)


def test_the_same_steps_give_the_same_commits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    commits = set()
    for name in ("one", "two"):
        monkeypatch.setenv("GIT_AUTHOR_NAME", name)
        take_steps(STEPS, tmp_path / name)
        commits.add(run_git(tmp_path / name, "rev-parse", "main"))
    assert len(commits) == 1
    assert None not in commits


def test_neither_a_users_configuration_nor_a_hook_is_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    marker = tmp_path / "was-run"
    (tmp_path / ".gitconfig").write_text(f"[core]\n  fsmonitor = touch {marker}\n")
    take_steps(STEPS, tmp_path / "work")
    hook = tmp_path / "work" / ".git" / "hooks" / "pre-commit"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f"#!/bin/sh\ntouch {marker}\n")
    hook.chmod(0o755)
    run_git(tmp_path / "work", "status")
    take_steps(
        (GitStep(write={"a.txt": "b\n"}), GitStep(git="commit -am 'The second'")), hook.parents[2]
    )
    assert run_git(tmp_path / "work", "rev-list", "--count", "main") == "2"
    assert not marker.exists()


def test_no_filter_of_the_repositorys_own_configuration_is_run(tmp_path: Path) -> None:
    take_steps(STEPS, tmp_path)
    marker = tmp_path / "was-run"
    for key in ("clean", "process"):
        run_git(tmp_path, "config", f"filter.a b.{key}", f"touch {marker}; cat")
    run_git(tmp_path, "config", "filter.a b.required", "true")
    run_git(tmp_path, "config", "core.fsmonitor", f"touch {marker}")
    (tmp_path / ".git/info/attributes").write_text('* filter="a b"\n*.txt filter=other\n')
    run_git(tmp_path, "config", "filter.other.clean", f"touch {marker}; cat")
    (tmp_path / "a.txt").write_text("changed\n")
    assert run_git(tmp_path, "status", "--porcelain") == " M a.txt"
    assert not marker.exists()


def test_a_command_that_fails_is_left_at_that(tmp_path: Path) -> None:
    take_steps(STEPS, tmp_path)
    assert run_git(tmp_path, "rev-parse", "--verify", "--quiet", "nothing") is None


def test_a_step_is_one_thing() -> None:
    with pytest.raises(ValueError, match="either `write` or `git`"):
        GitStep()
