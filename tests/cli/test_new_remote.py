"""`new` from files that are not in the project: on a server, in a mounted folder. What is around
their records is found as it is in the project's own."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from unittest.mock import patch

import pytest
from tests.cli.test_new_everyday import PLAIN, TWO_SYSTEMS, titled_workbook, zipped
from tests.storage_servers import FileServer
from tests.web_server import Sent, WebServer, serve_files

from medallion.cli.__main__ import main

TITLED = ("Ventes\n\n" + PLAIN).encode()


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


@pytest.fixture
def web() -> Iterator[WebServer]:
    with serve_files() as server:
        yield server


def test_a_file_of_a_web_server_becomes_a_spec_whose_preview_passes(
    project: Path, web: WebServer, warehouse_db: str, capsys: pytest.CaptureFixture[str]
) -> None:
    web.put("/sales.csv?v=2", TITLED, etag='"1"')
    words = ["new", "shop/sales", f"{web.url}/sales.csv?v=2", "--root", str(project)]
    with patch.dict(os.environ, {"MEDALLION_WAREHOUSE_URL": warehouse_db}):
        assert main(words) == 1
        said = " ".join(capsys.readouterr().err.split())
        assert f"hosts: {{shop: [{web.url}]}}" in said
        assert web.asked == []
        (project / "specs/access.yaml").write_text(f"hosts: {{shop: ['{web.url}']}}\n")
        assert main(words) == 0, capsys.readouterr()
    written = (project / "specs/shop/sales.yaml").read_text(encoding="utf-8")
    assert f"path: {web.url}/sales.csv?v=2" in written
    assert "skip_rows: 2" in written
    assert len(web.gets()) == 2  # one for what is inferred, one for the preview


@pytest.mark.parametrize(
    ("flags", "says"),
    [
        (["URL/a.zip"], 'member: "*.csv"'),
        (["--url", "URL/a.xlsx"], "range: B4"),
        (["URL/export?id=7", "--format", "csv"], "skip_rows: 2"),
        (["--url", "URL/export?id=7", "--format", "csv"], "skip_rows: 2"),
    ],
)
def test_files_of_a_web_server_are_found_by_name_or_by_a_flag(
    project: Path, web: WebServer, capsys: pytest.CaptureFixture[str], flags: list[str], says: str
) -> None:
    web.files = {"/a.zip": Sent(body=zipped()), "/a.xlsx": Sent(body=titled_workbook()),
                 "/export?id=7": Sent(body=TITLED)}  # fmt: skip
    (project / "specs/access.yaml").write_text(f"hosts: {{shop: ['{web.url}']}}\n")
    words = [flag.replace("URL", web.url) for flag in flags]
    assert main(["new", "shop/x", *words, "--print", "--root", str(project)]) == 0
    assert says in capsys.readouterr().out


@pytest.mark.parametrize(
    ("flags", "says"),
    [
        (["https://h.test/export?id=7"], "say --format"),
        (["https://h.test/a.csv?api_key=x"], "must not contain a secret"),
        (["https://h.test/*.csv"], "does not list its files"),
        (["--url", "https://h.test/a.csv", "--connection", "shop"], "https://shop@/path"),
    ],
)
def test_an_address_that_no_spec_may_have(
    project: Path, capsys: pytest.CaptureFixture[str], flags: list[str], says: str
) -> None:
    assert main(["new", "shop/x", *flags, "--print", "--root", str(project)]) == 1
    assert says in " ".join(capsys.readouterr().err.split())
