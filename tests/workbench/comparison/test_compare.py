"""Edits of the shipped specs, and what a comparison says of each.

What it says is in `golden/findings.txt`. Run with MEDALLION_WRITE_GOLDEN=1 to write that, and
read it before it is committed.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.workbench.comparison.cases import ALONE, EDITS, TOGETHER
from tests.workbench.comparison.repository import BOX_OFFICE, FILMS, edited, write

from medallion.compiler.guard import Guard, share_guard
from medallion.names import TableName
from medallion.plan.bi import (
    BiChart,
    BiDashboard,
    BiDimension,
    BiMetric,
    BiTable,
    ChartSort,
    DashboardFilter,
    RowFilter,
)
from medallion.prose import write_json
from medallion.workbench.branch_changes import check
from medallion.workbench.comparison.changes import Change, Comparison, Level
from medallion.workbench.comparison.compare import compare
from medallion.workbench.comparison.document import document as document_of
from medallion.workbench.comparison.markdown import MARKER, as_markdown
from medallion.workbench.comparison.sides import Side, read_side
from medallion.workbench.comparison.text import as_text

GOLDEN = Path(__file__).parent / "golden"
GENRES = TableName("gold_cinema", "genre_popularity")
BRANCH = (
    "a column is renamed that another domain reads",
    "checks",
    "another unit",
    "a wider type that is allowed",
    "a slower schedule",
    "values of a replaced table",
    "a filter",
)
"""The edits of a branch whose whole texts are kept."""


def hold_to(name: str, text: str) -> None:
    path = GOLDEN / name
    if os.environ.get("MEDALLION_WRITE_GOLDEN"):
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8")


def lines(one: Change) -> Iterator[str]:
    yield f"{one.level} {one.kind} {one.subject}: {one.what} [{one.place}]"
    for impact in one.impacts:
        yield f"    {impact.kind} {impact.name} {impact.how} [{impact.place}] {impact.owner}"


def said(found: Comparison) -> list[str]:
    return [line for one in found.changes for line in lines(one)]


def kinds(found: Comparison, *levels: Level) -> set[str]:
    return {f"{one.kind} {one.subject}" for one in found.changes if one.level in levels}


def test_each_edit_says_what_it_would_do(repository: Path, before: Side) -> None:
    text = []
    for name, edits in {**ALONE, "many small things": TOGETHER}.items():
        with edited(repository, *edits):
            after = read_side(repository)
            found = compare(before, after, share_guard())
        text += [f"## {name}", *said(found), ""]
        assert found.is_breaking == any(line.startswith("breaking") for line in said(found))
    hold_to("findings.txt", "\n".join(text))


@pytest.mark.parametrize(
    "name",
    ["nothing", "a column is renamed that another domain reads", "a spec that cannot be read"],
)
def test_a_commit_compared_with_itself_says_nothing(name: str, repository: Path) -> None:
    with edited(repository, *EDITS[name]):
        side = read_side(repository)
    assert compare(side, side, share_guard()).changes == ()


@pytest.fixture(scope="module")
def branch(repository: Path, before: Side) -> Comparison:
    edits = [edit for name in BRANCH for edit in EDITS[name]]
    with edited(repository, *edits):
        return compare(before, read_side(repository), share_guard(), base="0123456789abcdef")


def test_the_text_for_people(branch: Comparison) -> None:
    hold_to("branch.txt", as_text(branch))
    assert "\033[31m" in as_text(branch, colour=True)


def test_the_markdown_for_a_pull_request(branch: Comparison) -> None:
    text = as_markdown(branch)
    hold_to("branch.md", text)
    assert text.startswith(MARKER)
    assert text.count("<details>") == text.count("</details>") > 3


def test_the_json_has_all_of_it(branch: Comparison) -> None:
    document = json.loads(write_json(document_of(branch)))
    assert document["breaking"] is True
    assert len(document["changes"]) == len(branch.changes) == sum(document["counts"].values())
    renamed = next(one for one in document["changes"] if one["kind"] == "column_renamed")
    assert renamed["impacts"][0]["place"] == {"path": "include/sql/press/films.sql", "line": 4}


def test_what_specs_say_is_no_markup(repository: Path, before: Side) -> None:
    hostile = 'owner: "@everyone | <img src=x> [a](http://x)"\n'
    with edited(repository, ("specs/press/domain.yaml", "owner: press-team\n", hostile)):
        found = compare(before, read_side(repository), share_guard())
    text = as_markdown(found)
    assert "@\u2060everyone \\| \\<img src=x\\> \\[a\\](http\\://x)" in text
    assert "@everyone" in as_text(found)


def board(*charts: BiChart) -> BiDashboard:
    """A dashboard of the cinema, in a file of its own."""
    return BiDashboard(
        domain="cinema",
        name="genres",
        title="Genres",
        owner="bi-team",
        charts=charts,
        filters=(
            DashboardFilter(
                name="g", label="Votes", kind="number_range", table=GENRES, column="votes"
            ),
        ),
        path="specs/cinema/dashboards/genres.yaml",
        line=1,
    )


def with_bi(side: Side) -> Side:
    """The side, with a dashboard and a dataset, of which each part uses one column or not."""
    table = BiTable(
        table=GENRES,
        description="",
        owner="bi-team",
        metrics=(
            BiMetric(name="best", expression="min(popularity_rank)"),
            BiMetric(
                name="films", expression="sum(films) filter (where genre <> 'popularity_rank')"
            ),
        ),
        dimensions=(BiDimension(name="popularity_rank"),),
        row_filters=(RowFilter(name="top", clause="popularity_rank < {{ 10 }}", roles=("bi",)),),
        line=150,
    )
    shown = board(
        BiChart(name="a", kind="bar", title="Ranks", table=GENRES, metrics=("best",), line=5),
        BiChart(name="b", kind="bar", title="Films", table=GENRES, metrics=("films",), line=9),
        BiChart(
            name="c", kind="table", title="List", table=GENRES, columns=("genre",), line=12,
            sort=ChartSort(by="popularity_rank"),
        ),
        BiChart(
            name="d", kind="bar", title="Top", table=GENRES, where="popularity_rank < 4", line=15
        ),
        BiChart(
            name="e", kind="bar", title="Other", line=18, columns=("popularity_rank",),
            table=TableName("gold_cinema", "brand_comparison"),
        ),
    )  # fmt: skip
    plan = replace(side.plans[BOX_OFFICE], dashboards=(shown,), bi_tables=(table,))
    return replace(side, plans={**side.plans, BOX_OFFICE: plan})


def test_a_column_that_only_a_dashboard_shows(repository: Path, before: Side) -> None:
    with edited(repository, *EDITS["a column of gold goes"]):
        after = with_bi(read_side(repository))
        found = compare(before, after, share_guard())
    gone = next(one for one in found.changes if one.kind == "column_removed")
    assert [f"{one.kind}, {one.name}: {one.how} [{one.place}]" for one in gone.impacts] == [
        "metric, gold_cinema.genre_popularity.best: is made of popularity_rank "
        "[specs/cinema/box_office.yaml:150]",
        "dimension, gold_cinema.genre_popularity.popularity_rank: is made of popularity_rank "
        "[specs/cinema/box_office.yaml:150]",
        "row filter, gold_cinema.genre_popularity.top: hides rows by popularity_rank "
        "[specs/cinema/box_office.yaml:150]",
        "chart, Genres: Ranks: shows best [specs/cinema/dashboards/genres.yaml:5]",
        "chart, Genres: List: shows popularity_rank [specs/cinema/dashboards/genres.yaml:12]",
        "chart, Genres: Top: shows popularity_rank [specs/cinema/dashboards/genres.yaml:15]",
    ]
    assert {one.owner for one in gone.impacts} == {"bi-team"}
    assert found.to_ask()[("bi-team", ("cinema-data@example.org",))]


def test_a_table_that_only_a_dashboard_shows(repository: Path, before: Side) -> None:
    text = (repository / BOX_OFFICE).read_text()
    start, end = text.index("  brand_comparison:"), text.index("  genre_popularity:")
    with edited(repository, (BOX_OFFICE, text[start:end], "")):
        found = compare(before, with_bi(read_side(repository)), share_guard())
    gone = next(one for one in found.changes if one.kind == "table_removed")
    assert [f"{one.kind} {one.name} {one.how}" for one in gone.impacts] == [
        "dashboard Genres shows gold_cinema.brand_comparison: Other"
    ]


def test_a_base_that_the_present_code_refuses(repository: Path, before: Side) -> None:
    """What it published is not known: its tables are no news."""
    write(repository, BOX_OFFICE, "description: x\nno_such_key: 1\n")
    try:
        old = read_side(repository)
    finally:
        edited_back = edited(repository)
        with edited_back:
            pass
    found = compare(old, before, share_guard())
    assert not found.is_breaking
    assert kinds(found, Level.SAFE) == set()
    assert [one.partition(" ")[0] for one in found.uncompared] == [
        BOX_OFFICE,
        *sorted(path for path in old.refused if path != BOX_OFFICE),
    ]


def test_what_a_branch_brings_and_fixes_itself_is_not_blamed(
    repository: Path, before: Side
) -> None:
    """The reader of a column that goes no longer reads it: the branch has seen to it."""
    with edited(
        repository,
        *EDITS["a column goes that another domain reads"],
        ("include/sql/press/films.sql", "", FILMS.replace("m.overview", "m.original_title")),
    ):
        found = compare(before, read_side(repository), share_guard())
    assert [one.impacts for one in found.changes if one.kind == "column_removed"] == [()]


def test_what_is_the_same_is_not_compiled_twice(
    repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    compiled: list[tuple[str, str]] = []
    begin = Guard.begin

    def counted(guard: Guard, kind: str, root: Path, **more: Any) -> None:
        if kind in ("spec", "domain"):
            compiled.append((root.parent.name, more["path"]))
        begin(guard, kind, root, **more)

    read_side(repository)  # so that all of it is known as it is
    monkeypatch.setattr(Guard, "begin", counted)
    check(repository, "main")
    assert compiled == []
    with edited(repository, ("specs/finance/fraud.yaml", "fraud team has to", "team has to")):
        check(repository, "main")
    assert {path for _, path in compiled} == {"specs/finance/fraud.yaml"}
