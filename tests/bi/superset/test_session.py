"""What an answer means: only 200 or 201 with JSON is one. A server here answers as Superset does
when something is wrong; what it does when all is well is in `test_client`, against a real one.
"""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from medallion.bi.superset.client import SupersetClient
from medallion.bi.superset.objects import AssetKind
from medallion.bi.superset.server import SupersetServer
from medallion.errors import MedallionError, SetupError, SupersetRefused, SupersetUnavailable

PASSWORD = "pass-word-of-the-bot"
JSON = "application/json; charset=utf-8"
HTML = "text/html; charset=utf-8"
LOGIN_PAGE = (200, HTML, b"<html><title>Superset</title></html>")


@dataclass
class Wrong:
    """A Superset with something wrong: its answers by path, once each, and what it was asked."""

    answers: dict[str, list[tuple[int, str, bytes]]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    logins: int = 0

    def answer(self, path: str) -> tuple[int, str, bytes]:
        self.asked.append(path)
        if waiting := self.answers.get(path):
            return waiting.pop(0)
        if path == "/api/v1/security/login":
            self.logins += 1
            return 200, JSON, json.dumps({"access_token": f"token-{self.logins}"}).encode()
        if path == "/api/v1/security/csrf_token/":
            return 200, JSON, b'{"result": "csrf-token"}'
        return 200, JSON, b'{"result": {}, "message": "OK"}'


@pytest.fixture(scope="module")
def address() -> Iterator[tuple[str, Wrong]]:
    wrong = Wrong()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            status, content_type, body = wrong.answer(self.path.partition("?")[0])
            self.send_response(status)
            self.send_header("Content-Type", content_type)
            self.send_header("Content-Length", str(len(body)))
            if status == 302:
                self.send_header("Location", "/login/")
            self.end_headers()
            self.wfile.write(body)

        do_POST = do_PUT = do_DELETE = do_GET  # noqa: N815

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}", wrong
        server.shutdown()


@pytest.fixture
def wrong(address: tuple[str, Wrong]) -> Wrong:
    address[1].answers, address[1].asked, address[1].logins = {}, [], 0
    return address[1]


@pytest.fixture
def client(address: tuple[str, Wrong], wrong: Wrong) -> Iterator[SupersetClient]:
    server = SupersetServer(url=address[0], username="bot", password=PASSWORD)
    with SupersetClient(server) as opened:
        yield opened


@pytest.mark.parametrize(
    ("answer", "error", "says"),
    [
        (LOGIN_PAGE, SupersetRefused, "not JSON"),
        ((200, JSON, b"{"), SupersetRefused, "not a JSON object"),
        ((200, JSON, b"[]"), SupersetRefused, "not a JSON object"),
        ((403, JSON, b'{"message": "Forbidden"}'), SupersetRefused, "role Admin"),
        ((404, JSON, b'{"message": "Not found"}'), SupersetRefused, "404"),
        ((422, JSON, b'{"message": {"slug": ["taken"]}}'), SupersetRefused, "taken"),
        (
            (
                500,
                JSON,
                b'{"errors": [{"message": "unknown reason", "extra": {"issue_codes": 1}}]}',
            ),
            SupersetRefused,
            "Superset's own log",
        ),
        ((500, HTML, b"<html>oops</html>"), SupersetRefused, "500"),
        ((502, HTML, b"<html>"), SupersetUnavailable, "502"),
        ((503, JSON, b"{}"), SupersetUnavailable, "503"),
        ((429, JSON, b"{}"), SupersetUnavailable, "429"),
    ],
)
def test_any_other_answer_is_an_error_that_names_the_object(
    client: SupersetClient,
    wrong: Wrong,
    answer: tuple[int, str, bytes],
    error: type[MedallionError],
    says: str,
) -> None:
    wrong.answers["/api/v1/chart/7"] = [answer]
    with pytest.raises(error, match=says) as raised:
        client.update(AssetKind.CHART, 7, {"slice_name": "Brands"})
    assert "slice_name of chart 7" in str(raised.value)
    assert raised.value.retryable is (error is SupersetUnavailable)


def test_the_login_page_is_not_followed_and_a_new_token_is_got_once(
    client: SupersetClient, wrong: Wrong
) -> None:
    expired = (401, JSON, b'{"msg": "Token has expired"}')
    wrong.answers["/api/v1/dataset/1"] = [expired]
    client.update(AssetKind.DATASET, 1, {"extra": "{}"})
    assert wrong.logins == 2
    wrong.answers["/api/v1/dataset/1"] = [(302, HTML, b""), (302, HTML, b"")]
    with pytest.raises(SupersetRefused, match="302"):
        client.update(AssetKind.DATASET, 1, {"extra": "{}"})
    assert wrong.logins == 3
    assert "/login/" not in wrong.asked


def test_a_wrong_password_is_the_operators_and_never_shown(
    client: SupersetClient, wrong: Wrong
) -> None:
    body = json.dumps({"message": f"Not authorized: {PASSWORD}"}).encode()
    wrong.answers["/api/v1/security/login"] = [(401, JSON, body)]
    with pytest.raises(SupersetRefused, match="does not accept the login") as raised:
        client.roles()
    assert PASSWORD not in str(raised.value)
    assert raised.value.status == 401


def test_secrets_that_superset_repeats_are_masked(client: SupersetClient, wrong: Wrong) -> None:
    said = {"message": f"no connection as reader:warehouse-secret, {PASSWORD}, token-1"}
    wrong.answers["/api/v1/assets/import/"] = [(422, JSON, json.dumps(said).encode())]
    with pytest.raises(SupersetRefused) as raised:
        client.import_assets(
            {"metadata.yaml": ""}, passwords={"databases/w.yaml": "warehouse-secret"}
        )
    assert "no connection as reader:***, ***, ***" in str(raised.value)


def test_an_import_that_is_not_confirmed_is_an_error(client: SupersetClient, wrong: Wrong) -> None:
    wrong.answers["/api/v1/assets/import/"] = [(200, JSON, b'{"message": "later"}')]
    with pytest.raises(SupersetRefused, match="importing 1 file"):
        client.import_assets({"metadata.yaml": ""})


def test_an_export_that_is_json_is_an_error(client: SupersetClient) -> None:
    with pytest.raises(SupersetRefused, match="exporting all assets"):
        client.export_assets()


def test_what_is_gone_already_is_deleted(client: SupersetClient, wrong: Wrong) -> None:
    wrong.answers["/api/v1/chart/7"] = [(404, JSON, b'{"message": "Not found"}')]
    assert client.delete(AssetKind.CHART, 7) is False
    assert client.delete(AssetKind.CHART, 7) is True


def test_pages_that_repeat_a_row_are_read_backwards_too(
    client: SupersetClient, wrong: Wrong, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Equal names come in another order on each page."""
    monkeypatch.setattr("medallion.bi.superset.client.PAGE", 2)

    def page(*ids: int) -> tuple[int, str, bytes]:
        rows = [{"id": one, "slice_name": "same", "uuid": str(one)} for one in ids]
        return 200, JSON, json.dumps({"count": 4, "result": rows}).encode()

    wrong.answers["/api/v1/chart/"] = [page(1, 2), page(2, 3), page(4, 3), page(1, 2)]
    assert [one.id for one in client.objects(AssetKind.CHART)] == [1, 2, 3, 4]
    wrong.answers["/api/v1/chart/"] = [page(1, 2), page(2, 3)] * 4
    with pytest.raises(SupersetUnavailable, match="4 are there, and its pages hold 3"):
        client.objects(AssetKind.CHART)


def test_nobody_who_answers_is_a_later_try() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{closed.getsockname()[1]}"
    server = SupersetServer(url=url, username="bot", password=PASSWORD)
    with SupersetClient(server) as client, pytest.raises(SupersetUnavailable) as raised:
        client.roles()
    assert url in str(raised.value)


@pytest.mark.parametrize(
    ("fields", "url"),
    [
        ({"host": "127.0.0.1", "schema": "http", "port": 8088}, "http://127.0.0.1:8088"),
        ({"host": "bi.example.org", "schema": "https", "port": None}, "https://bi.example.org"),
        ({"host": "https://example.org/bi/", "schema": "", "port": None}, "https://example.org/bi"),
        ({"host": "bi", "schema": "", "port": None}, "http://bi"),
        ({"host": "", "schema": "http", "port": 1}, None),
        ({"host": "ftp://bi", "schema": "", "port": None}, None),
    ],
)
def test_a_server_of_an_airflow_connection(fields: dict[str, str], url: str | None) -> None:
    if url is None:
        with pytest.raises(SetupError, match="no address"):
            SupersetServer.of_connection(**fields, login="bot", password="x")
    else:
        assert SupersetServer.of_connection(**fields, login="bot", password="x").url == url
    with pytest.raises(SetupError, match=r"no login|no address"):
        SupersetServer.of_connection(**fields, login="bot", password="")
