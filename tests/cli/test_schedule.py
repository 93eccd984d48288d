"""What `schedule` prints of a pipeline's next runs."""

from __future__ import annotations

from pathlib import Path

import pytest

from medallion.cli.__main__ import main

HEAD = "description: x\n{when}\n"
DATASET = (
    "datasets: {orders: {source: {type: file, path: include/data/shop/orders.csv},"
    " silver: {columns: {id: {type: bigint}}}}}\n"
)


def show(root: Path, when: str, *words: str) -> int:
    path = root / "specs/shop/orders.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(HEAD.format(when=when) + DATASET)
    return main(["schedule", "shop.orders", *words, "--root", str(root)])


def test_days_left_out_are_those_on_which_the_clock_would_run(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The Saturday is no day of the expression itself."""
    when = (
        'schedule: "0 7 * * 1-5"\nstart_date: 2026-01-01\ntimezone: Europe/Paris\n'
        "calendar: {country: FR}\nend_date: 2026-05-05"
    )
    assert show(tmp_path, when, "--from", "2026-04-30T12:00") == 0
    assert capsys.readouterr().out.splitlines() == [
        "shop.orders runs by 0 7 * * 1-5 Europe/Paris, business days of FR",
        "  Mon 2026-05-04 07:00 Europe/Paris, for the time since Thu 2026-04-30 07:00; "
        "none on 1 May",
        "  Tue 2026-05-05 07:00 Europe/Paris, for the time since Mon 2026-05-04 07:00",
        "  2 runs in all, up to its end_date",
    ]


def test_one_without_a_clock_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert show(tmp_path, "") == 0
    assert capsys.readouterr().out == "shop.orders has no clock: it runs by hand only\n"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--runs", "0"), "--runs is 0"),
        (("--from", "May"), "'May' is not a date"),
    ],
)
def test_words_that_cannot_be(
    words: tuple[str, ...], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert show(tmp_path, 'schedule: "@daily"\nstart_date: 2026-01-01', *words) == 1
    assert said in capsys.readouterr().err


def test_a_pipeline_that_is_not_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["schedule", "shop.nothing", "--root", str(tmp_path)]) == 1
    assert "nothing" in capsys.readouterr().err
