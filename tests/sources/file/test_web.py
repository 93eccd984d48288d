"""Files of web servers, from a real one: what is landed, what may be asked, what is refused."""

from __future__ import annotations

import gzip
import io
import logging
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.web_server import Sent, WebServer, serve_files

from medallion.errors import SourceRefused, SourceUnavailable
from medallion.sources.base.found_files import NoFiles
from medallion.sources.base.source import ConnectionDetails
from medallion.sources.file.source import FileSource
from medallion.sources.formats import compressions
from medallion.sources.http import download
from medallion.sources.http.api import Patience

CSV = "id;name\n1;Amélie\n2;Zoé\n".encode()
PACKED = gzip.compress(CSV)


@pytest.fixture
def web(monkeypatch: pytest.MonkeyPatch) -> Iterator[WebServer]:
    monkeypatch.setattr(
        download, "PATIENCE", Patience(attempts=3, first_wait=0.01, longest_wait=2.5)
    )
    with serve_files() as server:
        yield server


@pytest.fixture
def other() -> Iterator[WebServer]:
    with serve_files() as server:
        yield server


Land = Callable[..., Any]


@pytest.fixture
def land(extract: Callable[..., Any], web: WebServer) -> Land:
    def run(path: str, *, servers: tuple[str, ...] | None = None, **said: Any) -> Any:
        connection = said.pop("connection", None)
        allowed = (web.url,) if servers is None else servers
        url = path if "://" in path else f"{web.url}{path}"
        source = FileSource(type="file", path=url, **said)
        return extract(source, servers=allowed, connection=connection)

    return run


def test_a_file_is_landed_as_it_is(land: Land, web: WebServer) -> None:
    web.put("/out/a%20b.csv?v=2", CSV)
    landed = land("/out/a%20b.csv?v=2")
    assert landed.bytes_of() == CSV
    part = landed.manifest.parts[0]
    assert (part.name, part.records) == ("a_b.csv", 2)
    assert landed.manifest.source["path"] == f"{web.url}/out/a%20b.csv?v=2"


@pytest.mark.parametrize(
    ("name", "body", "headers", "wanted"),
    [
        ("a.csv", PACKED, {"Content-Encoding": "gzip"}, CSV),
        ("a.csv", CSV, {"Content-Encoding": "identity"}, CSV),
        ("a.csv", CSV, {"Content-Encoding": "gzip"}, CSV),
        ("a.csv.gz", PACKED, {}, PACKED),
        ("a.csv.gz", PACKED, {"Content-Encoding": "gzip"}, PACKED),
        ("a.csv.gz", gzip.compress(PACKED), {"Content-Encoding": "x-gzip"}, PACKED),
    ],
    ids=["packed on the way", "as it is", "said, and not done", "gzip", "gzip called packed",
         "gzip, packed"],
)  # fmt: skip
def test_what_is_packed_on_the_way_is_unpacked(
    land: Land, web: WebServer, name: str, body: bytes, headers: dict[str, str], wanted: bytes
) -> None:
    web.files[f"/{name}"] = Sent(body=body, headers=headers)
    landed = land(f"/{name}")
    assert (landed.bytes_of(), landed.manifest.records) == (wanted, 2)
    asks = web.asked[-1][2]["accept-encoding"]
    assert asks == ("identity" if name.endswith(".gz") else "gzip")


def test_an_archive_and_a_workbook_are_read_as_in_a_folder(land: Land, web: WebServer) -> None:
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w:gz") as archive:
        for name in ("2026/a.csv.gz", "2026/b.csv.gz"):
            member = tarfile.TarInfo(name)
            member.size = len(PACKED)
            archive.addfile(member, io.BytesIO(PACKED))
    web.put("/all.tar.gz?x=1", target.getvalue())
    landed = land("/all.tar.gz?x=1", member="*.csv.gz")
    assert [part.records for part in landed.manifest.parts] == [2, 2]
    assert landed.bytes_of(1) == PACKED


def test_a_server_that_is_not_allowed_is_not_asked(land: Land, web: WebServer) -> None:
    web.put("/a.csv", CSV)
    with pytest.raises(SourceRefused, match="is not a server whose files the domain cinema may"):
        land("/a.csv", servers=(f"http://127.0.0.1:{web.port + 1}", "https://127.0.0.1"))
    assert web.asked == []


def test_a_redirect_leads_to_servers_that_are_allowed(
    land: Land, web: WebServer, other: WebServer
) -> None:
    web.files["/a.csv"] = Sent(status=302, headers={"Location": f"{other.url}/b?sig=s3cr3t"})
    web.files["/here.csv"] = Sent(status=301, headers={"Location": "/c.csv"})
    web.put("/c.csv", CSV)
    other.put("/b?sig=s3cr3t", CSV)
    assert land("/here.csv").bytes_of() == CSV
    with pytest.raises(SourceRefused, match=r"is redirected to http://127") as refused:
        land("/a.csv")
    assert "s3cr3t" not in str(refused.value)
    assert "hosts: {cinema: [http://127.0.0.1:" in refused.value.remedy
    assert other.asked == []
    landed = land("/a.csv", servers=(web.url, other.url))
    assert landed.bytes_of() == CSV
    assert "s3cr3t" not in landed.manifest.to_json()
    assert landed.manifest.parts[0].name == "a.csv"


def test_a_redirect_that_never_ends_or_leads_nowhere_is_refused(land: Land, web: WebServer) -> None:
    for to in ("/a.csv", "", "file:///etc/passwd", "http://me@127.0.0.1/", "http://[::1/"):
        web.files["/a.csv"] = Sent(status=302, headers={"Location": to})
        with pytest.raises(SourceRefused, match=r"redirected|location header"):
            land("/a.csv")


def test_credentials_go_to_the_connections_own_server(
    land: Land, web: WebServer, other: WebServer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    web.put("/v1/out/a.csv", CSV)
    web.files["/v1/moved.csv"] = Sent(status=307, headers={"Location": f"{other.url}/a.csv"})
    other.put("/a.csv", CSV)
    given = {"conn_id": "shop", "host": f"{web.url}/v1", "password": "s3cr3t-word"}
    token = ConnectionDetails(**given)
    basic = ConnectionDetails(**given, login="ana")
    landed = land("http://shop@/out/a.csv", connection=token, servers=())
    assert landed.bytes_of() == CSV
    assert web.asked[-1][2]["authorization"] == "Bearer s3cr3t-word"
    land("http://shop@/moved.csv", connection=basic, servers=(other.url,))
    assert web.asked[-1][2]["authorization"].startswith("Basic ")
    assert "authorization" not in other.asked[-1][2]
    assert "s3cr3t" not in landed.manifest.to_json() + caplog.text
    with pytest.raises(SourceRefused, match="the connection shop leads to http://"):
        land("https://shop@/out/a.csv", connection=token)


@pytest.mark.parametrize("status", [401, 403, 204, 206, 400])
def test_an_answer_that_is_not_the_file_is_refused_at_once(
    land: Land, web: WebServer, status: int
) -> None:
    web.files["/a.csv"] = Sent(status=status, body=b"" if status == 204 else b"no")
    with pytest.raises(SourceRefused, match=f"the server answers {status}"):
        land("/a.csv")
    assert len(web.gets()) == 1


@pytest.mark.parametrize("heads", [True, False])
def test_a_file_that_is_not_there(land: Land, web: WebServer, heads: bool) -> None:
    web.heads = heads
    with pytest.raises(NoFiles, match="there is no file"):
        land("/a.csv")


def test_what_passes_is_tried_again(
    land: Land, web: WebServer, caplog: pytest.LogCaptureFixture
) -> None:
    busy = Sent(status=429, headers={"Retry-After": "0"})
    web.files["/a.csv"] = [busy, Sent(body=CSV, cut=5), Sent(body=CSV)]
    assert land("/a.csv").bytes_of() == CSV
    assert "too many" in caplog.text or "429" in caplog.text
    web.files["/a.csv"] = Sent(body=CSV, cut=5)
    with pytest.raises(SourceUnavailable, match="tried 3 times"):
        land("/a.csv")
    web.files["/a.csv"] = Sent(status=503)
    with pytest.raises(SourceUnavailable, match="the server answers 503"):
        land("/a.csv")


def test_a_file_without_a_length_is_landed_with_a_warning(
    land: Land, web: WebServer, caplog: pytest.LogCaptureFixture
) -> None:
    web.files["/a.csv"] = Sent(body=CSV, sized=False)
    assert land("/a.csv").bytes_of() == CSV
    assert "does not say how long the file is" in caplog.text


def test_what_is_too_large_is_not_read_to_its_end(
    land: Land, web: WebServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(download, "MOST_BYTES", 10)
    for sized in (True, False):
        web.files["/a.csv"] = Sent(body=CSV, sized=sized)
        with pytest.raises(SourceRefused, match="has more than"):
            land("/a.csv")


def test_what_unpacks_to_far_more_than_was_sent_is_refused(
    land: Land, web: WebServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compressions, "HARMLESS_BYTES", 1000)
    body = gzip.compress(b"id;name\n" + b"1;a\n" * 50_000)
    web.files["/a.csv"] = Sent(body=body, headers={"Content-Encoding": "gzip"})
    with pytest.raises(SourceRefused, match="unpacks to more than"):
        land("/a.csv")


def test_redirects_by_other_spellings_reach_no_server_that_is_not_allowed(
    land: Land, web: WebServer
) -> None:
    for to in (
        "http://169.254.169.254/latest", "//localhost/a.csv", "http://127.1/", "http://2130706433/",
        f"http://127.0.0.1:{web.port}\\@localhost/", f"http://127.0.0.1.:{web.port}/a.csv",
        f"https://127.0.0.1:{web.port}/a.csv", "http://[::1]/a.csv",
    ):  # fmt: skip
        web.files["/a.csv"] = Sent(status=302, headers={"Location": to})
        with pytest.raises(SourceRefused, match="redirected"):
            land("/a.csv")


def test_a_web_page_in_its_place_is_refused(land: Land, web: WebServer) -> None:
    web.put("/a.csv", b"\xef\xbb\xbf\n<!DOCTYPE HTML><html>Log in</html>", content_type="text/csv")
    with pytest.raises(SourceRefused, match="a web page instead of the file"):
        land("/a.csv")
    web.put("/b.csv", CSV, content_encoding="br")
    with pytest.raises(SourceRefused, match="packs it as br"):
        land("/b.csv")


def test_a_file_that_changes_while_it_is_read_is_read_again_later(
    land: Land, web: WebServer
) -> None:
    web.put("/a.csv", CSV, etag='"1"')
    first, choose = web.choose, iter(range(100))

    def change(method: str, path: str) -> Sent:
        sent = first(method, path)
        return Sent(body=sent.body, headers={"ETag": f'"{next(choose)}"'})

    web.choose = change  # type: ignore[method-assign]
    with pytest.raises(SourceUnavailable, match="was changed while it was read"):
        land("/a.csv")


def test_the_server_named_by_lineage(web: WebServer) -> None:
    source = FileSource(type="file", path="https://Data.example.org/out/a.csv")
    place = source.place(lambda conn_id: ConnectionDetails(conn_id=conn_id), Path("/"))
    assert (place.namespace, place.name) == ("https://data.example.org", "/out/a.csv")
    source = FileSource(type="file", path="https://shop@/a.csv")
    details = ConnectionDetails(conn_id="shop", host="https://example.org/v1")
    place = source.place(lambda conn_id: details, Path("/"))
    assert (place.namespace, place.name) == ("https://example.org", "/v1/a.csv")
