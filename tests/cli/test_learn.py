"""`learn` as a learner uses it: start, a wrong try, hints, the right answer, and back."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from tests.course.conftest import desk, learning_project  # noqa: F401  # fixtures

from medallion.cli.__main__ import main

WRONG = "select brand, releases, total_gross from silver_cinema.brands where releases > {}"


@pytest.fixture
def words(learning_project: Path, tmp_path: Path) -> list[str]:  # noqa: F811
    return ["--root", str(learning_project), "--folder", str(tmp_path / "mine")]


@pytest.fixture
def answer(tmp_path: Path) -> Path:
    return tmp_path / "mine" / "01-sql" / "exercise-1" / "answer.sql"


def test_a_learner_gets_messages_then_hints_then_a_tick(
    words: list[str], answer: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["learn", "start", "1", *words]) == 0
    assert str(answer) in capsys.readouterr().out
    # Neither a mistake of spelling nor the same file again is another try.
    for limit, hints in ((27, 0), (27, 0), (30, 1), (40, 2)):
        answer.write_text(WRONG.format(limit).replace("select", "selekt"))
        assert main(["learn", "check", "1.1", *words]) == 1
        assert "PostgreSQL cannot read this" in capsys.readouterr().out
        answer.write_text(WRONG.format(limit))
        assert main(["learn", "check", "1.1", *words]) == 1
        shown = capsys.readouterr().out
        assert "your answer should have 15 rows, it has" in shown
        assert "Why it matters:" in shown
        assert shown.count("Hint:") == hints
    answer.write_text(WRONG.format(25) + " order by total_gross desc")
    assert main(["learn", "check", "1.1", *words]) == 0
    assert "✓ 1.1" in capsys.readouterr().out
    assert main(["learn", *words]) == 0
    assert re.search(r"SQL, the language of questions +✓ · ·", capsys.readouterr().out)


def test_the_outcome_as_json(
    words: list[str], answer: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["learn", "check", "1.1", "--json", *words]) == 1
    (found,) = json.loads(capsys.readouterr().out)
    assert (found["exercise"], found["passed"], found["hints"]) == ("1.1", False, [])
    assert found["missed"][0]["findings"][0].startswith("answer.sql holds no query yet")


def test_a_reset_keeps_what_was_there(
    words: list[str], answer: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["learn", "start", "1", *words])
    answer.write_text("select 1")
    assert main(["learn", "reset", "1.1", *words]) == 0
    assert "Write your SELECT below" in answer.read_text()
    (kept,) = answer.parent.parent.glob("exercise-1.*")
    assert (kept / "answer.sql").read_text() == "select 1"
    assert main(["learn", "start", "1", *words]) == 0  # a second start changes nothing
    assert "Write your SELECT below" in answer.read_text()


def test_what_was_written_is_run_and_shown(
    words: list[str], answer: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["learn", "start", "1", *words])
    answer.write_text("select brand from silver_cinema.brands where releases = 69")
    capsys.readouterr()
    assert main(["learn", "try", "1.1", *words]) == 0
    assert "Marvel Comics" in capsys.readouterr().out
    assert main(["learn", "sql", "select 41 + 1 as n", *words]) == 0
    assert "42" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("delete from silver_cinema.brands", "is one SELECT"),
        ("select * from medallion.loads", "is not a published table"),
        ("select pg_read_file('/etc/passwd')", "pg_read_file"),
        ("select pg_sleep(60)", "pg_sleep"),
        ("select 1; select 2", "is one SELECT"),
        ("select nothing from silver_cinema.brands", 'column "nothing" does not exist'),
    ],
)
def test_what_a_learner_may_not_ask_is_refused(
    words: list[str], query: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["learn", "sql", query, *words]) == 1
    assert said in capsys.readouterr().err


def test_a_word_that_is_not_known_gets_the_commands(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["learn", "solve", "1", *words]) == 1
    assert "learn check 3.2" in capsys.readouterr().err


def test_a_backfill_is_shown_before_it_is_checked(
    words: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["learn", "start", "7", *words])
    command = tmp_path / "mine" / "07-backfill" / "exercise-1" / "backfill.txt"
    command.write_text("backfill finance.banking --from 2026-01-07 --to 2026-01-08")
    capsys.readouterr()
    assert main(["learn", "try", "7.1", *words]) == 0
    shown = capsys.readouterr().out
    assert "transactions_2026-01-08.csv" in shown
    assert "2 runs. Nothing is started." in shown
