"""Loading from real folders: links, devices, rights, odd names, and one spec at a time."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from medallion.errors import SpecError
from medallion.names import TableName
from medallion.plan.make import make_plan
from medallion.spec.files.spec_paths import spec_path_of
from medallion.spec.load.specs import LoadedSpec, load_all, load_spec
from medallion.spec.models.queries import QueryReading
from medallion.spec.sql.reader import sql_reader

GOOD = """\
description: Orders of the shop.
datasets:
  orders:
    source: {type: file, path: include/data/shop/orders.csv}
    silver: {columns: {day: {type: date}}}
gold:
  days: {sql: days.sql}
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A project with one valid spec, shop.good."""
    project = tmp_path / "project"
    (project / "specs" / "shop").mkdir(parents=True)
    (project / "include" / "sql" / "shop").mkdir(parents=True)
    (project / "specs" / "shop" / "good.yaml").write_text(GOOD)
    (project / "include" / "sql" / "shop" / "days.sql").write_text(
        "select day from silver_shop.orders"
    )
    return project


def load_good(root: Path) -> LoadedSpec:
    path = spec_path_of("shop.good", root)
    assert path is not None
    return load_spec(path, root, sql_reader(root))


def rules_of(root: Path) -> list[tuple[str, str]]:
    """(file, rule) of every issue; the valid spec must have stayed."""
    report = load_all(root, sql_reader(root))
    assert [str(spec.dag_id) for spec in report.specs] == ["shop.good"]
    return [(issue.path, issue.rule) for issue in report.issues]


def test_the_projects_own_specs_are_valid(project_root: Path) -> None:
    report = load_all(project_root, sql_reader(project_root))
    assert report.issues == ()
    assert "cinema.box_office" in [str(spec.dag_id) for spec in report.specs]


def test_a_loaded_spec_is_what_a_plan_needs(root: Path) -> None:
    loaded = load_good(root)
    plan = make_plan(loaded)
    assert plan.spec_path == "specs/shop/good.yaml"
    assert loaded.queries["days"].upstream == (TableName("silver_shop", "orders"),)
    assert load_all(root, sql_reader(root)).specs == (loaded,)


@pytest.mark.parametrize("change", ["spec", "domain", "sql"])
def test_the_digest_changes_with_each_of_its_files(root: Path, change: str) -> None:
    before = load_good(root).digest
    assert load_good(root).digest == before
    file = {
        "spec": root / "specs" / "shop" / "good.yaml",
        "domain": root / "specs" / "shop" / "domain.yaml",
        "sql": root / "include" / "sql" / "shop" / "days.sql",
    }[change]
    with file.open("a") as end:
        end.write("owner: them\n" if change != "sql" else "\n")
    assert load_good(root).digest != before


def test_one_spec_is_loaded_without_looking_at_any_other(root: Path) -> None:
    (root / "specs" / "shop" / "broken.yaml").write_bytes(b"\xff")
    (root / "specs" / "bakery").mkdir()
    (root / "specs" / "bakery" / "broken.yaml").write_text("a: [")
    assert load_good(root).dag_id.pipeline == "good"


def test_the_defaults_of_the_domain_come_along(root: Path) -> None:
    (root / "specs" / "shop" / "domain.yaml").write_text("owner: shop-data\n")
    assert load_good(root).domain.owner == "shop-data"


def test_an_empty_domain_file_sets_nothing(root: Path) -> None:
    (root / "specs" / "shop" / "domain.yaml").write_text("# nothing yet\n")
    assert rules_of(root) == []


@pytest.mark.parametrize("dag_id", ["shop.gone", "shop", "../etc.passwd", "shop/x.good", "a.b.c"])
def test_no_path_for_an_id_that_is_not_one_of_ours(root: Path, dag_id: str) -> None:
    assert spec_path_of(dag_id, root) is None


def test_a_missing_spec_says_so(root: Path) -> None:
    with pytest.raises(SpecError, match="there is no such file"):
        load_spec(root / "specs" / "shop" / "gone.yaml", root, sql_reader(root))


def test_no_specs_folder_is_no_specs(tmp_path: Path) -> None:
    report = load_all(tmp_path, sql_reader(tmp_path))
    assert (report.specs, report.issues) == ((), ())


def test_links_that_leave_the_project_or_lead_nowhere(root: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside.yaml"
    outside.write_text(GOOD)
    shop = root / "specs" / "shop"
    (shop / "leaves.yaml").symlink_to(outside)
    (shop / "nowhere.yaml").symlink_to(tmp_path / "nothing")
    (shop / "circle.yaml").symlink_to(shop / "circle.yaml")
    assert rules_of(root) == [
        ("specs/shop/circle.yaml", "file"),
        ("specs/shop/leaves.yaml", "file"),
        ("specs/shop/nowhere.yaml", "file"),
    ]


def test_a_link_to_another_spec_of_the_project_is_followed(root: Path) -> None:
    (root / "specs" / "shop" / "same.yaml").symlink_to(root / "specs" / "shop" / "good.yaml")
    assert ("specs/shop/same.yaml", "table-published-twice") in rules_of(root)


def test_sources_and_sql_that_leave_the_project_by_a_link(root: Path, tmp_path: Path) -> None:
    (tmp_path / "secret.csv").write_text("a\n")
    (tmp_path / "secret.sql").write_text("select 1 from silver_shop.orders")
    (root / "include" / "data" / "shop").mkdir(parents=True)
    (root / "include" / "data" / "shop" / "orders.csv").symlink_to(tmp_path / "secret.csv")
    (root / "include" / "sql" / "shop" / "days.sql").unlink()
    (root / "include" / "sql" / "shop" / "days.sql").symlink_to(tmp_path / "secret.sql")
    reported = [issue.rule for issue in load_all(root, sql_reader(root)).issues]
    assert reported == ["source-path-allowed", "sql-file"]


def test_a_fifo_named_like_a_spec_does_not_hang(root: Path) -> None:
    os.mkfifo(root / "specs" / "shop" / "pipe.yaml")
    assert rules_of(root) == [("specs/shop/pipe.yaml", "file")]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_spec_that_may_not_be_read(root: Path) -> None:
    closed = root / "specs" / "shop" / "closed.yaml"
    closed.write_text(GOOD)
    closed.chmod(0)
    assert rules_of(root) == [("specs/shop/closed.yaml", "file")]


def test_names_that_are_not_even_text(root: Path) -> None:
    folder = os.fsencode(root / "specs" / "shop")
    Path(os.fsdecode(folder + b"/\xff\n.yaml")).write_text(GOOD)
    ((path, rule),) = rules_of(root)
    assert rule == "name"
    path.encode()


def test_a_spec_above_one_mebibyte(root: Path) -> None:
    (root / "specs" / "shop" / "big.yaml").write_text(GOOD + "#" * (1 << 20))
    assert rules_of(root) == [("specs/shop/big.yaml", "file")]


def test_a_defect_of_our_own_is_reported_and_takes_no_other_spec_down(root: Path) -> None:
    (root / "specs" / "shop" / "other.yaml").write_text(
        "description: Other.\ngold:\n  weeks: {sql: weeks.sql}\n"
    )
    (root / "include" / "sql" / "shop" / "weeks.sql").write_text("select week")

    def read_query(text: str) -> QueryReading:
        if "week" in text:
            raise RecursionError
        return QueryReading(upstream=(TableName("silver_shop", "orders"),))

    report = load_all(root, read_query)
    assert [str(spec.dag_id) for spec in report.specs] == ["shop.good"]
    assert [issue.rule for issue in report.issues] == ["defect"]


def test_a_broken_spec_raises_one_error_with_every_issue(root: Path) -> None:
    path = root / "specs" / "shop" / "bad.yaml"
    path.write_text("descripton: x\ngold: {a: {sql: gone.sql}}\n")
    with pytest.raises(SpecError) as error:
        load_spec(path, root, sql_reader(root))
    assert {issue.rule for issue in error.value.issues} == {
        "unknown-key",
        "sql-file",
    }


def test_a_file_of_null_in_a_folder_of_that_name(root: Path) -> None:
    (root / "specs" / "shop" / "nothing.yaml").write_text("null\n")
    assert rules_of(root) == [("specs/shop/nothing.yaml", "yaml-top-level")]


@pytest.mark.parametrize(
    ("link", "rule"),
    [("specs/shop/link.yaml", "file"), ("include/sql/shop/days.sql", "sql-file")],
)
def test_a_link_leads_to_no_file_of_another_kind(root: Path, link: str, rule: str) -> None:
    (root / ".medallion").mkdir()
    (root / ".medallion" / "secret").write_text("SECRET=1")
    (root / link).unlink(missing_ok=True)
    (root / link).symlink_to(root / ".medallion" / "secret")
    (issue,) = load_all(root, sql_reader(root)).issues
    assert issue.rule == rule
    assert "through a symbolic link" in issue.problem
    assert "SECRET" not in issue.one_line()


def test_a_starting_task_is_held_to_what_is_shared_now(root: Path) -> None:
    (root / "specs" / "lab").mkdir()
    (root / "specs" / "lab" / "copies.yaml").write_text(
        "description: x\ngold:\n  days: {sql: days.sql, grants: [bi_reader]}\n"
    )
    (root / "include" / "sql" / "lab").mkdir()
    (root / "include" / "sql" / "lab" / "days.sql").write_text("select day from gold_shop.days")
    good = root / "specs" / "shop" / "good.yaml"

    def shared(said: str) -> list[str]:
        good.write_text(GOOD.replace("days.sql}", f"days.sql{said}}}"))
        try:
            load_spec(root / "specs" / "lab" / "copies.yaml", root, sql_reader(root))
        except SpecError as refused:
            return [f"{issue.path}:{issue.line} {issue.rule}" for issue in refused.issues]
        return []

    assert shared(", share_with: [lab], grants: [bi_reader]") == []
    assert shared("") == [
        "include/sql/lab/days.sql:1 table-not-shared",
        "specs/lab/copies.yaml:3 beyond-its-inputs",
    ]
    assert shared(", share_with: public") == ["specs/lab/copies.yaml:3 beyond-its-inputs"]
    good.write_text("description: [broken")  # what it shares is not known: the database decides
    assert load_spec(root / "specs" / "lab" / "copies.yaml", root, sql_reader(root))
