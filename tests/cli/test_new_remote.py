"""`new` from files that are not in the project: on a server, in a mounted folder. What is around
their records is found as it is in the project's own."""

from __future__ import annotations

import json
import os
from pathlib import Path
from unittest.mock import patch

import pytest
from tests.cli.test_new_everyday import PLAIN, TWO_SYSTEMS, titled_workbook, zipped
from tests.steps.storage_servers import FileServer

from medallion.cli.__main__ import main
from medallion.local.postgres import EmbeddedPostgres

TITLED = ("Ventes\n\n" + PLAIN).encode()


@pytest.fixture
def project(tmp_path: Path, embedded_postgres: EmbeddedPostgres) -> Path:
    (tmp_path / "specs").mkdir()
    (tmp_path / ".medallion").mkdir()
    (tmp_path / ".medallion" / "postgres").symlink_to(embedded_postgres.root)
    return tmp_path


def test_files_of_a_server(
    project: Path, ftp: FileServer, warehouse_db: str, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, content in {
        **TWO_SYSTEMS, "a.csv": TITLED, "a.xlsx": titled_workbook(), "a.zip": zipped()
    }.items():  # fmt: skip
        ftp.put(name, content)
    known = ftp.details
    environ = {
        "MEDALLION_WAREHOUSE_URL": warehouse_db,
        "AIRFLOW_CONN_FTP_BANK": json.dumps(
            {"conn_type": "ftp", "host": known.host, "port": known.port, "login": known.login,
             "password": known.password}
        ),
    }  # fmt: skip
    with patch.dict(os.environ, environ):
        for path, says in (
            ("a.csv", ("skip_rows: 2",)),
            ("a.xlsx", ("range: B4", "footer: ^Total")),
            ("a.zip", ('member: "*.csv"',)),
        ):
            words = ["new", "shop/x", ftp.url(path), "--print", "--root", str(project)]
            assert main(words) == 0, capsys.readouterr()
            shown = capsys.readouterr().out
            assert [one for one in says if one not in shown] == [], shown
        words = ["new", "shop/sold", ftp.url("s_*.csv"), "--root", str(project)]
        assert main(words) == 0, capsys.readouterr()
    written = (project / "specs/shop/sold.yaml").read_text(encoding="utf-8")
    assert "skip_rows: 2, footer: ^Total, delimiter: ;" in written
    assert known.password not in written + capsys.readouterr().out


def test_a_connection_that_the_domain_may_not_use_is_not_asked(
    project: Path, ftp: FileServer, capsys: pytest.CaptureFixture[str]
) -> None:
    (project / "specs/access.yaml").write_text("connections: {shop: [other]}\n")
    assert main(["new", "shop/x", ftp.url("a.zip"), "--print", "--root", str(project)]) == 1
    assert "may not use the connection ftp_bank" in capsys.readouterr().err


def test_files_of_a_mounted_folder(
    project: Path, tmp_path_factory: pytest.TempPathFactory, capsys: pytest.CaptureFixture[str]
) -> None:
    mounted = tmp_path_factory.mktemp("mounted")
    (mounted / "a.csv").write_bytes(TITLED)
    words = ["new", "shop/x", f"file://{mounted}/a.csv", "--print", "--root", str(project)]
    assert main(words) == 1
    assert "in no folder that the domain shop may read" in capsys.readouterr().err
    with patch.dict(os.environ, {"MEDALLION_FILE_ROOTS": str(mounted)}):
        assert main(words) == 0, capsys.readouterr()
    assert "skip_rows: 2" in capsys.readouterr().out
