"""Issues as a person reads them."""

from __future__ import annotations

from pathlib import Path

from medallion.errors import Issue
from medallion.spec.files.excerpts import lines_below
from medallion.spec.messages.report import render

ISSUE = Issue(
    path="specs/shop/a.yaml",
    line=2,
    column=8,
    key="owner",
    rule="type",
    problem="expected text, got a list",
    remedy="write one team",
)


def write(root: Path, text: str) -> None:
    path = root / "specs" / "shop" / "a.yaml"
    path.parent.mkdir(parents=True)
    path.write_text(text)


def test_place_line_caret_problem_and_remedy(tmp_path: Path) -> None:
    write(tmp_path, "description: x\nowner: [me]\n")
    assert render([ISSUE], lines_below(tmp_path), colour=False) == (
        "specs/shop/a.yaml:2:8  owner\n"
        "    2 │ owner: [me]\n"
        "      │        ^\n"
        "  expected text, got a list  [type]\n"
        "  → write one team"
    )


def test_the_caret_of_a_long_line_stays_in_sight(tmp_path: Path) -> None:
    write(tmp_path, f"description: x\n{'x' * 300}HERE{'y' * 300}\n")
    far = Issue(path=ISSUE.path, line=2, column=301, rule="type", problem="p")
    _, excerpt, caret, _ = render([far], lines_below(tmp_path), colour=False).split("\n")
    assert excerpt[caret.index("^") :].startswith("HERE")
    assert len(excerpt) < 120


def test_a_file_that_is_gone_has_no_excerpt(tmp_path: Path) -> None:
    assert render([ISSUE], lines_below(tmp_path), colour=False).split("\n") == [
        "specs/shop/a.yaml:2:8  owner",
        "  expected text, got a list  [type]",
        "  → write one team",
    ]


def test_what_a_spec_holds_does_not_steer_the_terminal(tmp_path: Path) -> None:
    write(tmp_path, "description: x\nowner: \x1b[2J\u202e\n")
    nasty = Issue(path=ISSUE.path, line=2, column=1, key="\x1b]0;", rule="r", problem="\x07")
    plain = render([nasty], lines_below(tmp_path), colour=False)
    assert all(c.isprintable() or c == "\n" for c in plain)


def test_colours_only_where_they_are_asked_for(tmp_path: Path) -> None:
    assert "\x1b[31m" in render([ISSUE], lines_below(tmp_path), colour=True)
    assert "\x1b" not in render([ISSUE], lines_below(tmp_path), colour=False)
