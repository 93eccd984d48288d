"""A change of a file: what it shows, what is refused, and that a refused one changes nothing."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from tests.workbench.test_preview import FILES

from medallion.authoring.files import author_files, plain_text, show_text
from medallion.authoring.patch import propose, write
from medallion.authoring.search import search
from medallion.errors import SetupError

SPEC = "specs/shop/sales.yaml"
SECRET = "description: A shop.\n# token: abcdefghij\npassword: hunter2hunter2\n"


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("project")
    for name, text in FILES.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    return root


def snapshot(root: Path) -> dict[str, bytes]:
    return {
        str(path): path.read_bytes()
        for folder in ("specs", "include")
        for path in (root / folder).rglob("*")
        if path.is_file()
    }


def test_a_valid_change_is_shown_with_what_it_breaks_and_written_whole(project: Path) -> None:
    before = snapshot(project)
    text = FILES["include/sql/shop/totals.sql"].replace("as total", "as taken")
    patch = propose(project, "include/sql/shop/totals.sql", text)
    assert snapshot(project) == before
    assert "-select sum(amount) as total from" in patch.diff
    assert "+select sum(amount) as taken from" in patch.diff
    assert patch.judgement.comparison is not None
    changes = {(one.subject, one.kind) for one in patch.judgement.comparison.changes}
    assert ("gold_shop.totals", "column_removed") in changes or (
        "gold_shop.totals",
        "column_renamed",
    ) in changes
    (project / patch.path).chmod(0o640)
    write(project, patch)
    assert plain_text(project, patch.path) == text
    assert (project / patch.path).stat().st_mode & 0o777 == 0o640
    assert {Path(path).name for path in snapshot(project)} == {Path(path).name for path in before}
    with pytest.raises(SetupError, match="has changed meanwhile"):
        write(project, patch)


@pytest.mark.parametrize(
    ("path", "text", "says"),
    [
        (SPEC, FILES[SPEC].replace("bigint", "bigintt", 1), "bigintt"),
        (SPEC, "a: [", "specs/shop/sales.yaml"),
        ("include/sql/shop/totals.sql", "drop table x", "include/sql/shop/totals.sql"),
        # Another file is wrong because of this one.
        ("specs/lab/sensors.yaml", FILES["specs/lab/sensors.yaml"].replace("[shop]", "[]"), "shop"),
    ],
)
def test_a_change_after_which_the_project_is_wrong_is_refused(
    project: Path, path: str, text: str, says: str
) -> None:
    before = snapshot(project)
    patch = propose(project, path, text)
    assert not patch.judgement.is_valid
    assert any(says in issue.one_line() for issue in patch.judgement.issues)
    with pytest.raises(SetupError, match="nothing was written"):
        write(project, patch)
    assert snapshot(project) == before


@pytest.mark.parametrize(
    "path",
    [
        "specs/access.yaml",
        "specs/shop/../access.yaml",
        "/etc/passwd",
        "include/python/shop/a.py",
        "specs/shop/deep/er.yaml",
        "specs/shop/sales.yaml\n",
        "include/data/shop/orders.csv",
        "specs/shop/.hidden.yaml",
        "specs//sales.yaml",
    ],
)
def test_no_other_file_is_read_or_written(project: Path, path: str) -> None:
    for ask in (lambda: propose(project, path, "a: 1"), lambda: plain_text(project, path)):
        with pytest.raises(SetupError, match="not one of a file that authors write"):
            ask()


def test_no_link_is_followed_or_made(project: Path, tmp_path: Path) -> None:
    """A link in the place of a file or of a domain's folder: nothing outside is read or written."""
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "victim.yaml").write_text("description: mine\n")
    link, folder = project / "specs/shop/linked.yaml", project / "specs/away"
    link.symlink_to(outside / "victim.yaml")
    folder.symlink_to(outside)
    text = FILES["specs/lab/sensors.yaml"].replace("readings", "others")
    try:
        for path in ("specs/shop/linked.yaml", "specs/away/victim.yaml"):
            with pytest.raises(SetupError, match="link"):
                write(project, propose(project, path, text))
            with pytest.raises(SetupError, match="link"):
                show_text(project, path)
        assert "specs/away/victim.yaml" not in list(author_files(project))
    finally:
        link.unlink()
        folder.unlink()
    assert (outside / "victim.yaml").read_text() == "description: mine\n"
    assert [path.name for path in outside.iterdir()] == ["victim.yaml"]


@pytest.mark.parametrize("leads_to", ["outside", "project/specs/shop"])
def test_a_proposal_writes_nothing_through_a_linked_folder(
    project: Path, tmp_path: Path, leads_to: str
) -> None:
    """The project is judged in a copy, whose links lead where those of the project do."""
    root = tmp_path / "project"
    shutil.copytree(project, root)
    (tmp_path / "outside").mkdir()
    (root / "specs/linked").symlink_to(tmp_path / leads_to)
    before = snapshot(root)
    with pytest.raises(SetupError, match="leads through a symbolic link"):
        propose(root, "specs/linked/sales.yaml", FILES[SPEC])
    assert snapshot(root) == before and list((tmp_path / "outside").iterdir()) == []


def test_a_secret_is_hidden_and_its_mark_is_not_written_back(project: Path) -> None:
    path = "specs/shop/secretive.yaml"
    (project / path).write_text(SECRET)
    try:
        shown = show_text(project, path)
        assert "hunter2" not in shown
        with pytest.raises(SetupError, match="hides a secret"):
            propose(project, path, shown)
        assert "hunter2" not in propose(project, path, "description: A shop.\n").diff
        found = search(project, "password of a shop", 10)
        assert not any("hunter2" in one.text for one in found)
    finally:
        (project / path).unlink()


def test_the_docs_and_the_project_are_searched(project: Path) -> None:
    found = search(project, "write_disposition scd2 validity", 5)
    assert "docs/scd2.md" in {one.path for one in found}
    assert search(project, "max_conflicting_percent buyer", 1)[0].path == SPEC
    assert search(project, "x", 5) == search(project, "qqqqzzzz", 5) == []
