"""What commands say of a pipeline, a table or a file that is not there, before they do anything."""

from __future__ import annotations

from pathlib import Path

import pytest

from medallion.cli.__main__ import main

SPEC = """\
description: Orders of the shop.
datasets:
  orders:
    description: One row per order.
    source: {type: file, path: include/data/shop/orders.csv}
    silver: {columns: {id: {type: bigint}}}
"""


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A project with one good spec and one that is refused."""
    folder = tmp_path / "specs" / "shop"
    folder.mkdir(parents=True)
    (folder / "domain.yaml").write_text("description: The shop.\n")
    (folder / "orders.yaml").write_text(SPEC)
    (folder / "sales.yaml").write_text(
        SPEC.replace("orders", "sales").replace("type: bigint", "type: bigit")
    )
    return tmp_path


@pytest.mark.parametrize(
    "words",
    [["plan"], ["preview"], ["schedule"], ["backfill", "--from", "2026-01-01"]],
    ids=lambda words: words[0],
)
@pytest.mark.parametrize("name", ["shop.order", "shop/orders", "specs/shop/orders.yaml", "orders"])
def test_a_misspelt_pipeline_is_said_with_the_closest_one(
    words: list[str], name: str, shop: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([words[0], name, *words[1:], "--root", str(shop)]) == 1
    shown = capsys.readouterr()
    assert f"there is no pipeline {name}" in shown.err
    assert "shop.orders" in shown.err.partition("→")[2]
    assert not shown.out


def test_where_there_is_no_spec_at_all_the_first_one_is_shown_the_way(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "specs").mkdir()
    assert main(["plan", "shop.orders", "--root", str(tmp_path)]) == 1
    assert "→ `new` writes a first spec" in capsys.readouterr().err


def test_the_plan_of_a_refused_spec_says_what_is_wrong_with_it(
    shop: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["plan", "shop.sales", "--root", str(shop)]) == 1
    shown = capsys.readouterr()
    assert "specs/shop/sales.yaml:6" in shown.err
    assert "bigint" in shown.err
    assert "other specs" not in shown.out + shown.err


def test_a_misspelt_table_is_said_with_the_closest_one(
    shop: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["preview", "silver_shop.order", "--root", str(shop)]) == 1
    shown = capsys.readouterr().err
    assert "no valid spec publishes silver_shop.order; 1 problem in specs" in shown
    assert "→ did you mean silver_shop.orders?" in shown


@pytest.mark.parametrize(
    ("words", "option", "code"),
    [
        (["preview", "shop.orders"], "--html", 1),
        (["diff", "silver_shop.orders"], "--html", 2),
        (["check", "--base", "HEAD"], "--output", 2),
        (["test"], "--junit", 1),
        (["register"], "--output", 1),
        (["person", "export", "--by", "email=ada@example.org"], "--out", 1),
    ],
    ids=lambda words: words[0] if isinstance(words, list) else "",
)
def test_a_file_that_cannot_be_written_is_refused_before_the_work(
    words: list[str], option: str, code: int, shop: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = [] if words[0] == "person" else ["--root", str(shop)]
    lost = shop / "reports" / "today"
    assert main([*words, option, str(lost), *root]) == code
    shown = capsys.readouterr()
    assert f"there is no folder {lost.parent}" in shown.err
    assert f"→ name a file in a folder that is there: {option} FILE" in shown.err
    assert not shown.out
    assert main([*words, option, str(shop), *root]) == code
    assert f"{shop} is a folder" in capsys.readouterr().err
