"""What a task's log looks like in Airflow's viewer."""

from __future__ import annotations

import logging

import pytest

from medallion.errors import DataRejected, SourceUnavailable
from medallion.steps.log_lines import MOST_LINES, WIDTH, part_links, plain_log, say_failure, wrap

LONG = "the rows and their reasons are in staging_silver_lab.orders__0123456789__rejects " * 3


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("http://shop/orders: 404: no", "http://shop/orders : 404: no"),
        ("look at https://docs.shop/x).", "look at https://docs.shop/x )."),
        ("http://shop:8080/a?b=1,2 answers", "http://shop:8080/a?b=1,2 answers"),
        ("orders: no link: here", "orders: no link: here"),
    ],
)
def test_no_link_swallows_what_follows_it(text: str, shown: str) -> None:
    assert part_links(text) == shown


def test_lines_fit_the_screen_and_keep_their_own_breaks() -> None:
    lines = list(wrap(f"3 of 4 checks failed:\n  ✗ {LONG}\nthe end"))
    assert all(len(line) <= WIDTH for line in lines)
    assert lines[0] == "3 of 4 checks failed:"
    assert lines[1].startswith("  ✗ the rows")
    assert lines[2].startswith("    ")
    assert lines[-1] == "the end"
    assert " ".join(" ".join(lines[1:-1]).split()) == f"✗ {LONG}".strip()


def test_a_path_that_is_longer_than_a_line_stays_whole() -> None:
    path = "/lake/bronze/" + "x" * 200
    assert list(wrap(f"to {path} and on"))[1].strip().startswith(path)


def test_verdict_and_remedy_come_first_each_on_lines_of_its_own(
    caplog: pytest.LogCaptureFixture,
) -> None:
    error = DataRejected(
        "3 of 4 checks failed at the silver gate of lab.orders, so that nothing was published.\n"
        f"  ✗ between {{column: price}}: {LONG}",
        remedy=LONG,
    )
    say_failure(plain_log(), "orders.gate_silver", error)
    lines = [record.getMessage() for record in caplog.records]
    assert lines[0].startswith("✗ orders.gate_silver failed: 3 of 4 checks failed at the silver")
    assert lines[1] == "  was published."
    assert lines[2].startswith("  ✗ between {column: price}: ")
    assert [line for line in lines if line.startswith("→")][-1] == "→ the data's owner must act"
    assert all(len(line) <= WIDTH for line in lines)
    assert {record.levelno for record in caplog.records} == {logging.ERROR}
    assert {record.name for record in caplog.records} == {"medallion"}


def test_an_endless_verdict_leaves_room_for_the_remedy(caplog: pytest.LogCaptureFixture) -> None:
    error = SourceUnavailable("\n".join(map(str, range(500))), remedy="wait")
    say_failure(plain_log(), "orders.land", error, ["this was try 1 of 3"])
    lines = [record.getMessage() for record in caplog.records]
    assert len(lines) == MOST_LINES + 3
    assert lines[MOST_LINES] == f"  … {500 - MOST_LINES} lines more, in the exception below"
    assert lines[-2:] == ["→ wait", "→ this was try 1 of 3"]
