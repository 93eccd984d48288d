"""`new` and `new --update`, unaided, on each table of the dumps in a folder of one's own.

    MEDALLION_NEW_ON=/data/of/mine pytest -n0 tests/cli/test_new_on_dumps.py

A dump of PostgreSQL (.sql) is loaded into a database, and its tables are copied to SQLite too; one
with `mysql` in its name is loaded into MariaDB. Each table is inferred and previewed, as a table
and as a query, its rows are counted, and then nothing may have drifted.
"""
# ruff: noqa: T201  # its report is for the person who runs it

from __future__ import annotations

import json
import os
import re
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from decimal import Decimal
from pathlib import Path
from unittest.mock import patch

import psycopg
import pytest
from psycopg import sql
from tests.cli.independent import read_dataset
from tests.cli.test_new_on_folder import FILES, personal_of
from tests.docs.pages import Project
from tests.sources.mariadb_server import SERVER, MariaDb, running

from medallion.cli.__main__ import main
from medallion.local.environment import postgres_connection
from medallion.local.postgres import EmbeddedPostgres

DUMPS = [path for path in FILES if path.suffix == ".sql" and "-schema." not in path.name]
MYSQL = [path for path in DUMPS if "mysql" in path.name.lower()]
POSTGRES = [path for path in DUMPS if path not in MYSQL]

pytestmark = pytest.mark.skipif(not DUMPS, reason="MEDALLION_NEW_ON names no folder with dumps")


@pytest.fixture
def project(warehouse_db: str, tmp_path: Path, embedded_postgres: EmbeddedPostgres) -> Project:
    (tmp_path / "specs").mkdir()
    (tmp_path / ".medallion").mkdir()
    (tmp_path / ".medallion" / "postgres").symlink_to(embedded_postgres.root)
    return Project(root=tmp_path, url=warehouse_db)


@pytest.mark.parametrize("dump", POSTGRES, ids=lambda path: path.name)
def test_of_postgresql(
    project: Project, second_warehouse_db: str, capsys: pytest.CaptureFixture[str], dump: Path
) -> None:
    load_dump(dump, second_warehouse_db)
    tables = count_rows(second_warehouse_db)
    connection = postgres_connection(second_warehouse_db)
    assert list(sweep(project, connection, tables, capsys)) == []


@pytest.mark.parametrize("dump", POSTGRES, ids=lambda path: path.name)
def test_of_sqlite(
    project: Project,
    second_warehouse_db: str,
    tmp_path_factory: pytest.TempPathFactory,
    capsys: pytest.CaptureFixture[str],
    dump: Path,
) -> None:
    load_dump(dump, second_warehouse_db)
    file = tmp_path_factory.mktemp("sqlite") / "own.db"  # a project's own folder holds none
    tables = copy_tables(second_warehouse_db, file)
    connection = json.dumps({"conn_type": "sqlite", "host": str(file)})
    assert list(sweep(project, connection, tables, capsys)) == []


@pytest.fixture(scope="module")
def mariadb(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MariaDb]:
    if SERVER is None:
        pytest.skip("no MariaDB here (apt-get install mariadb-server)")
    with running(tmp_path_factory.mktemp("mariadb")) as server:
        yield server


@pytest.mark.parametrize("dump", MYSQL, ids=lambda path: path.name)
def test_of_mariadb(
    project: Project, mariadb: MariaDb, capsys: pytest.CaptureFixture[str], dump: Path
) -> None:
    text = dump.read_text(encoding="utf-8")
    text = re.sub(r"(?im)^\s*(?:CREATE|DROP) DATABASE.*$|^\s*USE .*$", "", text)
    text = re.sub(r"(?s)/\*.*?\*/", "", text)
    with mariadb.admin() as connection, connection.cursor() as cursor:
        cursor.execute("USE shop")
        for statement in re.split(r";\s*\n", text):
            if statement.strip():
                cursor.execute(statement)
        cursor.execute("SHOW TABLES")
        names = [name for (name,) in cursor.fetchall()]
        tables = {}
        for name in names:
            cursor.execute(f"SELECT count(*) FROM `{name}`")
            tables[name] = cursor.fetchone()[0]
    said = json.dumps({
        "conn_type": "mysql", "host": "127.0.0.1", "port": mariadb.port, "login": "reader",
        "password": mariadb.password, "schema": "shop",
    })  # fmt: skip
    assert list(sweep(project, said, tables, capsys)) == []


def sweep(
    project: Project, connection: str, tables: Mapping[str, int], capsys: pytest.CaptureFixture[str]
) -> Iterator[str]:
    """What is wrong with any table."""
    environ = {"MEDALLION_WAREHOUSE_URL": project.url, "AIRFLOW_CONN_OWN": connection}
    root = ["--root", str(project.root)]
    mark = "`" if '"mysql"' in connection else '"'
    for number, (name, rows) in enumerate(tables.items()):
        quoted = ".".join(f"{mark}{part}{mark}" for part in name.split("."))
        for kind, asked in (("t", ["--table", name]),
                            ("q", ["--query", f"SELECT * FROM {quoted}"])):  # fmt: skip
            spec = f"{kind}{number}"
            with patch.dict(os.environ, environ):
                code = main(["new", f"own/{spec}", "--connection", "own", *asked, *root])
                shown = capsys.readouterr()
                written = project.root / f"specs/own/{spec}.yaml"
                if not rows and "there is no record" in shown.err:
                    continue
                if code or "ot be published" in shown.out or not written.exists():
                    yield f"{name} {kind}: {(shown.out + shown.err)[-1500:]}"
                    written.unlink(missing_ok=True)
                    continue
                drifted = main(["new", f"own/{spec}", "--update", *root])
                diff = capsys.readouterr()
            if drifted and rows:
                yield f"{name} {kind} drifted: {(diff.out + diff.err)[-1500:]}"
            dataset = read_dataset(written, spec)
            said = dataset["silver"]
            types = {one: column["type"] for one, column in said["columns"].items()}
            with capsys.disabled():
                print(f"\n{name} {kind}: {rows:,} rows, {personal_of(dataset)}, key "
                      f"{said.get('primary_key')}, {types}")  # fmt: skip
            if rows and f"{rows:,} rows read = " not in shown.out:
                yield f"{name} {kind} counted: {shown.out[-1500:]}"
            written.unlink()


def load_dump(dump: Path, url: str) -> None:
    """A dump of PostgreSQL, its schema first where it is a file of its own."""
    schema = dump.with_name(dump.name.replace("-data.", "-schema."))
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


_TABLES = (
    "SELECT table_schema, table_name FROM information_schema.tables WHERE table_schema NOT IN "
    "('pg_catalog', 'information_schema') AND table_type = 'BASE TABLE' ORDER BY 1, 2"
)


def count_rows(url: str) -> dict[str, int]:
    with psycopg.connect(url) as connection:
        found = connection.execute(_TABLES).fetchall()
        counts = {}
        for schema, name in found:
            asked = sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(schema, name))
            row = connection.execute(asked).fetchone()
            counts[f"{schema}.{name}"] = row[0] if row else 0
        return counts


def copy_tables(url: str, file: Path) -> dict[str, int]:
    """Tables of PostgreSQL in SQLite, with the types that people give columns there."""
    counts: dict[str, int] = {}
    with psycopg.connect(url) as connection, closing(sqlite3.connect(file)) as target:
        for schema, name in connection.execute(_TABLES).fetchall():
            columns = connection.execute(
                "SELECT column_name, data_type, is_nullable FROM information_schema.columns"
                " WHERE table_schema = %s AND table_name = %s ORDER BY ordinal_position",
                (schema, name),
            ).fetchall()
            said = ", ".join(
                f'"{column}" {kind.replace("-", " ")}{"" if nullable == "YES" else " NOT NULL"}'
                for column, kind, nullable in columns
            )
            target.execute(f'CREATE TABLE "{name}" ({said})')
            rows = connection.execute(
                sql.SQL("SELECT * FROM {}").format(sql.Identifier(schema, name))
            ).fetchall()
            marks = ", ".join("?" * len(columns))
            target.executemany(
                f'INSERT INTO "{name}" VALUES ({marks})',
                [[plain_value(one) for one in row] for row in rows],
            )
            counts[name] = len(rows)
        target.commit()
    return counts


def plain_value(value: object) -> object:
    if isinstance(value, Decimal):
        return float(value)
    return value if isinstance(value, int | float | str | bytes | None) else str(value)
