from __future__ import annotations

from pathlib import Path

import pytest

from medallion.airflow.metrics.access import TOKEN, TOKEN_FILE, may_scrape

BY_VARIABLE = {TOKEN: "s3cret"}


@pytest.mark.parametrize(
    ("header", "allowed"),
    [
        ("Bearer s3cret", True),
        ("bearer s3cret", True),
        ("Bearer s3cre", False),
        ("Bearer s3cret2", False),
        ("Bearer ", False),
        ("Basic s3cret", False),
        ("s3cret", False),
        ("Bearer é", False),
        ("", False),
    ],
)
def test_only_the_token_opens(header: str, allowed: bool) -> None:
    assert may_scrape(header, BY_VARIABLE) is allowed


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer "])
def test_where_no_token_is_set_nobody_may(header: str) -> None:
    assert not may_scrape(header, {})
    assert not may_scrape(header, {TOKEN: " "})


def test_a_file_is_read_each_time_and_a_missing_one_opens_nothing(tmp_path: Path) -> None:
    path = tmp_path / "token"
    environ = {TOKEN_FILE: str(path), **BY_VARIABLE}
    assert not may_scrape("Bearer s3cret", environ)
    path.write_text("first\n")
    assert may_scrape("Bearer first", environ)
    path.write_text("second")
    assert not may_scrape("Bearer first", environ)
