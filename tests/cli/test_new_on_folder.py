"""`new`, unaided, on each file of a folder of one's own: real data that no repository can hold.

    MEDALLION_NEW_ON=/data/of/mine pytest -n0 tests/cli/test_new_on_folder.py

Each file is copied into a project, inferred, previewed and published; what was published is
compared with what the standard library reads. What was taken for personal data is shown, for
somebody to judge. Files whose names end in .sql are dumps of PostgreSQL: their tables are loaded
into a database, inferred and previewed, and their rows counted.
"""
# ruff: noqa: T201  # its report is for the person who runs it

from __future__ import annotations

import os
import re
import shutil
import time
from pathlib import Path
from unittest.mock import patch

import psycopg
import pytest
from psycopg.rows import dict_row
from tests.cli.independent import find_differences, read_dataset, read_records
from tests.docs.pages import Project

from medallion.cli.__main__ import main
from medallion.local.environment import postgres_connection
from medallion.local.postgres import EmbeddedPostgres
from medallion.sources.formats.table import format_of_name

FOLDER = os.environ.get("MEDALLION_NEW_ON", "")
FILES = sorted(path for path in Path(FOLDER).rglob("*") if path.is_file()) if FOLDER else []
DATA = [path for path in FILES if format_of_name(path.name) or path.suffix == ".json"]
DUMPS = [path for path in FILES if path.suffix == ".sql" and "mysql" not in path.name.lower()]
COMPARED = (".csv", ".json", ".jsonl")

pytestmark = pytest.mark.skipif(not FOLDER, reason="MEDALLION_NEW_ON names no folder")


@pytest.fixture
def project(warehouse_db: str, tmp_path: Path, embedded_postgres: EmbeddedPostgres) -> Project:
    (tmp_path / "specs").mkdir()
    (tmp_path / ".medallion").mkdir()
    (tmp_path / ".medallion" / "postgres").symlink_to(embedded_postgres.root)
    return Project(root=tmp_path, url=warehouse_db)


@pytest.mark.parametrize("file", DATA, ids=lambda path: str(path.relative_to(FOLDER)))
def test_a_file_is_published_as_it_is(
    project: Project, capsys: pytest.CaptureFixture[str], file: Path
) -> None:
    path = f"include/data/own/a{file.suffix}"
    (project.root / "include/data/own").mkdir(parents=True)
    shutil.copy(file, project.root / path)
    began = time.monotonic()
    environ = {"MEDALLION_WAREHOUSE_URL": project.url}
    with patch.dict(os.environ, environ):
        code = main(["new", "own/a", path, "--root", str(project.root)])
    shown = capsys.readouterr()
    seconds = time.monotonic() - began
    if "there is no record" in shown.err:
        pytest.skip("it has no record")
    assert code == 0, shown
    written = project.root / "specs/own/a.yaml"
    dataset = read_dataset(written, "a")
    with capsys.disabled():
        print(f"\n{file.name}: {seconds:.1f} s, {personal_of(dataset)}")
    assert "ot be published" not in shown.out, shown.out
    project.run("own.a")
    if file.suffix in COMPARED:
        records = read_records(project.root / path, dataset["source"])
        assert list(find_differences(dataset, records, project.url, "silver_own.a")) == []


@pytest.mark.parametrize("dump", DUMPS, ids=lambda path: path.name)
def test_the_tables_of_a_dump_are_published_as_they_are(
    project: Project, second_warehouse_db: str, capsys: pytest.CaptureFixture[str], dump: Path
) -> None:
    load_dump(dump, second_warehouse_db)
    environ = {
        "MEDALLION_WAREHOUSE_URL": project.url,
        "AIRFLOW_CONN_OWN": postgres_connection(second_warehouse_db),
    }
    wrong: dict[str, object] = {}
    for number, (name, records) in enumerate(tables_of(second_warehouse_db).items()):
        words = ["new", f"own/t{number}", "--connection", "own", "--table", name]
        with patch.dict(os.environ, environ):
            code = main([*words, "--root", str(project.root)])
        shown = capsys.readouterr()
        if code or "ot be published" in shown.out:
            wrong[name] = (shown.out[-1500:], shown.err[-1500:])
            continue
        dataset = read_dataset(project.root / f"specs/own/t{number}.yaml", f"t{number}")
        with capsys.disabled():
            print(f"\n{name}: {len(records):,} rows, {personal_of(dataset)}")
        if records and f"{len(records):,} rows read = " not in shown.out:
            wrong[name] = shown.out[-1500:]
    assert wrong == {}


def personal_of(dataset: dict[str, object]) -> str:
    columns = dataset["silver"]["columns"]  # type: ignore[index]
    found = [f"{name}={said['classification']['pii']}" for name, said in columns.items()
             if "classification" in said]  # fmt: skip
    return f"personal: {', '.join(found) or 'none'}"


def load_dump(dump: Path, url: str) -> None:
    """A dump of PostgreSQL, its schema first where it is a file of its own."""
    schema = dump.with_name(dump.name.replace("-data.", "-schema."))
    if schema == dump and "-schema." in dump.name:
        pytest.skip("it is loaded with its data")
    texts = [one.read_text(encoding="utf-8") for one in dict.fromkeys((schema, dump))]
    with psycopg.connect(url, autocommit=True) as connection:
        for text in texts:
            run_dump(connection, text)


def run_dump(connection: psycopg.Connection, text: str) -> None:
    """Statements, and the rows of COPY … FROM stdin."""
    text = re.sub(r"(?im)^\s*(?:CREATE|DROP) DATABASE.*$|^\\c.*$|^ALTER .* OWNER TO .*$", "", text)
    for piece in re.split(r"(?ms)^(COPY [^;]+ FROM stdin;\n.*?^\\\.\n)", text):
        if piece.startswith("COPY "):
            head, _, rows = piece.partition(";\n")
            with connection.cursor().copy(head) as copy:
                copy.write(rows.removesuffix("\\.\n"))
        elif piece.strip():
            connection.execute(piece)


def tables_of(url: str) -> dict[str, list[dict[str, object]]]:
    with psycopg.connect(url, row_factory=dict_row) as connection:
        found = connection.execute(
            "SELECT table_schema || '.' || table_name AS name FROM information_schema.tables "
            "WHERE table_schema NOT IN ('pg_catalog', 'information_schema') AND table_type = "
            "'BASE TABLE' ORDER BY 1"
        ).fetchall()
        return {str(one["name"]): connection.execute(
            psycopg.sql.SQL("SELECT * FROM {}").format(
                psycopg.sql.Identifier(*str(one["name"]).split("."))
            )).fetchall() for one in found}  # fmt: skip
