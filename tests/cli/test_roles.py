"""`roles` as an administrator types it."""

from __future__ import annotations

from pathlib import Path

import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from tests.steps.staged import query

from medallion.cli.__main__ import main

SPEC = """\
description: What the sensors say.
datasets:
  readings:
    source: {type: file, path: include/data/lab/readings.csv}
    silver: {columns: {id: {type: bigint}}}
"""


def test_roles_says_what_it_changes_and_then_that_nothing_is_left(
    warehouse_db: str,
    pg_url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    spec = tmp_path / "specs" / "lab" / "sensors.yaml"
    spec.parent.mkdir(parents=True)
    spec.write_text(SPEC)
    database = str(conninfo_to_dict(warehouse_db)["dbname"])
    monkeypatch.setenv("MEDALLION_WAREHOUSE_URL", warehouse_db)
    monkeypatch.delenv("MEDALLION_ADMIN_URL", raising=False)
    assert main(["roles", "--root", str(tmp_path)]) == 1
    assert "MEDALLION_ADMIN_URL=postgresql://admin" in capsys.readouterr().err
    monkeypatch.setenv("MEDALLION_ADMIN_URL", make_conninfo(pg_url, dbname=database))
    assert main(["roles", "--root", str(tmp_path)]) == 0
    assert f"reader_lab may connect to {database}\n" in capsys.readouterr().out
    assert main(["roles", "--root", str(tmp_path)]) == 0
    assert capsys.readouterr().out == "Roles and rights are as the specs say.\n"
    monkeypatch.setenv("MEDALLION_BI_PASSWORD", "of-superset")
    assert main(["roles", "--root", str(tmp_path)]) == 0
    assert "superset_reader has statement_timeout 1min\n" in capsys.readouterr().out
    (spec.parent / "typo.yaml").write_text(SPEC.replace("bigint", "bigin"))
    assert main(["roles", "--root", str(tmp_path)]) == 0
    said = capsys.readouterr()
    assert said.out == "Roles and rights are as the specs say.\n"
    assert "problems in specs/lab/typo.yaml: roles and rights" in said.err


def test_roles_gives_the_journal_the_age_of_reads(
    warehouse_db: str,
    pg_url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "specs").mkdir()
    database = str(conninfo_to_dict(warehouse_db)["dbname"])
    monkeypatch.setenv("MEDALLION_WAREHOUSE_URL", warehouse_db)
    monkeypatch.setenv("MEDALLION_ADMIN_URL", make_conninfo(pg_url, dbname=database))
    kept = "SELECT extract(day FROM reads_for)::integer FROM medallion_journal.keeping"
    for said, days in (("", 400), ("45", 45)):
        monkeypatch.setenv("MEDALLION_ACCESS_DAYS", said)
        assert main(["roles", "--root", str(tmp_path)]) == 0
        assert f"the journal keeps reads for {days} days, and changes for 3650\n" in (
            capsys.readouterr().out
        )
        assert query(warehouse_db, kept) == [(days,)]
    for wrong in ("0", "forever", "-45"):
        monkeypatch.setenv("MEDALLION_ACCESS_DAYS", wrong)
        assert main(["roles", "--root", str(tmp_path)]) == 1
        said = capsys.readouterr().err
        assert f"MEDALLION_ACCESS_DAYS={wrong} is not a number of days from 30 on" in said
    assert query(warehouse_db, kept) == [(45,)]


def test_a_variable_that_is_not_a_url_is_named_and_not_shown(
    warehouse_db: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "specs").mkdir()
    for name, value in (("MEDALLION_ADMIN_URL", "s3cret"), ("MEDALLION_WAREHOUSE_URL", "host s3")):
        monkeypatch.setenv("MEDALLION_WAREHOUSE_URL", warehouse_db)
        monkeypatch.setenv(name, value)
        assert main(["roles", "--root", str(tmp_path)]) == 1
        said = capsys.readouterr().err
        assert said.startswith(f"✗ {name} is not the URL of a database")
        assert "s3" not in said


@pytest.mark.parametrize("verb", ["roles", "stubs", "validate"])
def test_a_folder_without_specs_is_no_project(
    verb: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([verb, "--root", str(tmp_path)]) == 1
    assert f"there is no folder {tmp_path / 'specs'}" in capsys.readouterr().err
