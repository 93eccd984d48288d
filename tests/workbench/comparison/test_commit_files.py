"""A commit's files are read by git's plumbing, whatever its tree holds."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from tests.workbench.comparison.repository import BOX_OFFICE, commit_all, edited, git, write

from medallion.spec.files.regular_file import MAX_BYTES
from medallion.workbench.comparison.commit_files import NotComparable, base_of


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """A repository whose project is a folder of it."""
    root = tmp_path / "repository" / "platform"
    write(root, "specs/shop/orders.yaml", "description: x\n")
    write(root, "include/sql/shop/a.sql", "select 1")
    write(root, "include/data/shop/big.csv", "a\n1\n")
    write(root.parent, "specs/other.yaml", "not of the project")
    git(root.parent, "init", "--quiet", "--initial-branch", "main")
    commit_all(root.parent)
    return root


def test_the_files_of_the_commit_and_no_others(small: Path) -> None:
    (small / "include/data/shop/link.csv").symlink_to("big.csv")
    (small / "specs/shop/away.yaml").symlink_to("/etc/hostname")
    write(small, "specs/shop/large.yaml", "#" * (3 * MAX_BYTES))
    write(small, "specs/shop/naïve \\ name.yaml", "x")
    commit = commit_all(small.parent)
    with base_of(small, "main") as base:
        assert base.commit == commit
        found = {
            path.relative_to(base.root).as_posix()
            for path in base.root.rglob("*")
            if path.is_symlink() or path.is_file()
        }
        assert found == {
            "specs/shop/orders.yaml",
            "specs/shop/large.yaml",
            "specs/shop/naïve \\ name.yaml",
            "specs/shop/away.yaml",
            "include/sql/shop/a.sql",
            "include/data/shop/link.csv",
        }
        assert (base.root / "specs/shop/large.yaml").stat().st_size == MAX_BYTES + 1
        assert (base.root / "specs/shop/away.yaml").is_symlink()
        kept = base.root
    assert not kept.exists()


def test_the_checkout_stays_as_it_is(repository: Path) -> None:
    index = repository / ".git" / "index"
    with edited(repository, (BOX_OFFICE, "description: Films", "description: Movies")):
        before = (git(repository, "status", "--porcelain"), index.read_bytes())
        with base_of(repository, "main"):
            pass
        assert (git(repository, "status", "--porcelain"), index.read_bytes()) == before
    assert git(repository, "stash", "list") == ""


def test_a_branch_is_compared_with_where_it_has_left_the_other(small: Path) -> None:
    left = git(small, "rev-parse", "HEAD")
    git(small, "switch", "--quiet", "--create", "topic")
    git(small, "switch", "--quiet", "main")
    write(small, "specs/shop/orders.yaml", "description: what others did\n")
    commit_all(small.parent)
    git(small, "switch", "--quiet", "topic")
    with base_of(small, "main") as base:
        assert base.commit == left
        assert (base.root / "specs/shop/orders.yaml").read_text() == "description: x\n"


@pytest.mark.parametrize("ref", ["", "--output=/tmp/x", "no-such-branch", "HEAD:specs", "a\nb"])
def test_what_is_no_commit_is_refused(ref: str, small: Path) -> None:
    with pytest.raises(NotComparable) as refused, base_of(small, ref):
        pass
    assert refused.value.remedy


def test_branches_without_a_common_commit(small: Path) -> None:
    git(small, "switch", "--quiet", "--orphan", "other")
    write(small, "specs/shop/orders.yaml", "description: x\n")
    commit_all(small.parent)
    with pytest.raises(NotComparable, match="no commit in common"), base_of(small, "main"):
        pass


def test_a_folder_without_git(tmp_path: Path) -> None:
    with pytest.raises(NotComparable) as refused, base_of(tmp_path, "main"):
        pass
    assert "checkout of git" in refused.value.remedy


def _object(root: Path, kind: str, data: bytes) -> str:
    done = subprocess.run(
        ["git", "-C", str(root), "hash-object", "-t", kind, "-w", "--stdin", "--literally"],
        input=data,
        capture_output=True,
        check=True,
    )
    return done.stdout.decode().strip()


def _tree(root: Path, *entries: tuple[str, str, str]) -> str:
    data = b"".join(
        f"{mode} {name}".encode() + b"\0" + bytes.fromhex(blob) for mode, name, blob in entries
    )
    return _object(root, "tree", data)


@pytest.mark.parametrize("name", ["..", ".git", ".GIT", "."])
def test_a_tree_that_no_checkout_could_have_is_refused(name: str, small: Path) -> None:
    blob = _object(small, "blob", b"x")
    inner = _tree(small, ("100644", "out.yaml", blob))
    specs = _tree(small, ("40000", name, inner))
    platform = _tree(small, ("40000", "specs", specs))
    _commit_tree(small, _tree(small, ("40000", "platform", platform)))
    with pytest.raises(NotComparable, match="no checkout can have"), base_of(small, "hostile"):
        pass


def test_nothing_is_written_through_a_link(small: Path, tmp_path: Path) -> None:
    """A tree that has one name twice: as a link out of the folder, and as a folder."""
    away = tmp_path / "away"
    away.mkdir()
    link, blob = _object(small, "blob", str(away).encode()), _object(small, "blob", b"x")
    shop = _tree(small, ("100644", "orders.yaml", blob))
    specs = _tree(small, ("120000", "shop", link), ("40000", "shop", shop))
    platform = _tree(small, ("40000", "specs", specs))
    _commit_tree(small, _tree(small, ("40000", "platform", platform)))
    with pytest.raises(NotComparable, match="cannot be written"), base_of(small, "hostile"):
        pass
    assert list(away.iterdir()) == []


def _commit_tree(root: Path, tree: str) -> None:
    """A branch `hostile` that HEAD is on, too, without touching the working tree."""
    commit = git(root, "commit-tree", tree, "-p", "HEAD", "-m", "x")
    git(root, "update-ref", "refs/heads/hostile", commit)
    git(root, "symbolic-ref", "HEAD", "refs/heads/hostile")
