"""The demo's runs begin at a line, and not without it. tests/cli/test_demo.py has what they do."""

from __future__ import annotations

import io

import pytest

from medallion.airflow import loader, run_once


@pytest.fixture(autouse=True)
def _leave_garbage(monkeypatch: pytest.MonkeyPatch) -> None:
    """What these tests make may be collected."""
    monkeypatch.setattr("gc.freeze", lambda: None)


def test_without_the_line_nothing_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_once, "_warm_up", lambda: None)
    monkeypatch.setattr(loader, "load_dags", lambda **_: pytest.fail("it loads DAGs"))
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    with pytest.raises(SystemExit, match="nothing was run: whoever was to begin it is gone"):
        run_once.main(["cinema.box_office", "2026-01-01"])


def test_it_imports_what_runs_need_before_it_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    happened = []

    class Input:
        def readline(self) -> str:
            happened.append("waited")
            return ""

    monkeypatch.setattr(run_once, "_warm_up", lambda: happened.append("imported"))
    monkeypatch.setattr("sys.stdin", Input())
    with pytest.raises(SystemExit):
        run_once.main([])
    assert happened == ["imported", "waited"]
