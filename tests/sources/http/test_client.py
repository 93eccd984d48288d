"""The client of JSON APIs, against a server that sends whatever bytes the test wants."""

from __future__ import annotations

import logging
import threading
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from medallion.errors import MedallionError, SourceRefused, SourceUnavailable
from medallion.sources.base.pace import OwnPace
from medallion.sources.base.redaction import redact
from medallion.sources.http.api import Api, Patience
from medallion.sources.http.client import JsonClient

SECRET = "0123456789abcdef0123456789abcdef"
IMPATIENT = Patience(attempts=2, first_wait=0.01)


@contextmanager
def client(*answers: bytes, patience: Patience = IMPATIENT) -> Iterator[JsonClient]:
    """A client of a server that gives these raw answers, one a connection."""
    waiting = list(answers)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.close_connection = True
            self.wfile.write(waiting.pop(0))

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        api = Api(
            base_url=f"http://127.0.0.1:{server.server_port}",
            params={"api_key": SECRET},
            secrets=(SECRET,),
            throttle=OwnPace(1000),
            explain=lambda document: f"it says {document}",
        )
        with JsonClient(api, logging.getLogger("medallion.test"), patience) as opened:
            yield opened
        server.shutdown()


def http(status: str, body: bytes, *headers: str) -> bytes:
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers, "", ""]
    return "\r\n".join(lines).encode() + body


def test_the_body_is_kept_as_it_came() -> None:
    with client(http("200 OK", b'{"a" :\n1}')) as opened:
        answer = opened.get("x", {})
    assert (answer.body, answer.document) == (b'{"a" :\n1}', {"a": 1})


def test_a_mark_of_utf_8_is_passed_over() -> None:
    with client(http("200 OK", b'\xef\xbb\xbf{"a":"\xef\xbb\xbf"}')) as opened:
        answer = opened.get("x", {})
    assert answer.body == b'{"a":"\xef\xbb\xbf"}'
    assert answer.document == {"a": "\ufeff"}


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (http("301 Moved", b"<html>", "Location: https://x/"), "301 .* instead of JSON"),
        (http("401 No", b"<html>Proxy", "Content-Type: text/html"), "401 with text/html"),
        (http("418 Teapot", b'["no"]'), r"418: it says \['no'\]"),
        (http("200 OK", '{"a":1}'.encode("utf-16")), "instead of JSON: JSON in UTF-16"),
        (http("200 OK", '{"a":1}'.encode("utf-32-be")), "JSON in UTF-32-BE"),
        (http("200 OK", '{"a":"é"}'.encode("latin-1")), "bytes that are not UTF-8, at byte 6"),
        (http("200 OK", b'{"a":1'), "instead of JSON"),
        (http("200 OK", b""), "instead of JSON"),
    ],
)
def test_what_is_refused_is_asked_for_once(answer: bytes, said: str) -> None:
    with client(answer) as opened:
        with pytest.raises(SourceRefused, match=said) as refused:
            opened.get("x", {})
        assert opened.requests == 1
    assert refused.value.remedy


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (b"", "RemoteProtocolError"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{", "RemoteProtocolError"),
        (http("200 OK", b"no gzip", "Content-Encoding: gzip"), "DecodingError"),
        (http("500 Oops", b"<html>"), "the server answers 500"),
        (http("429 Slow down", b"", "Retry-After: soon"), "429"),
        (
            http("429 Slow down", b"", "Retry-After: Wed, 21 Oct 99999999999 07:28:00 GMT"),
            r"429, too many requests \(tried 2 times\)",
        ),
    ],
)
def test_what_may_pass_is_asked_for_again(answer: bytes, said: str) -> None:
    good = http("200 OK", b"{}")
    with client(answer, good) as opened:
        assert opened.get("x", {}).document == {}
        assert opened.requests == 2
    with client(answer, answer) as opened, pytest.raises(SourceUnavailable, match=said):
        opened.get("x", {})


def test_patience_is_spent_by_one_request_and_not_by_all() -> None:
    """An hour of pauses, each of which led to a page."""
    slept: list[float] = []
    busy = http("429 Slow down", b"", "Retry-After: 50", "Connection: close")
    good = http("200 OK", b"{}", "Connection: close")
    patience = Patience(attempts=3, attempts_once_begun=3, waits_in_all=150, sleep=slept.append)
    with client(*[busy, busy, good] * 40, patience=patience) as opened:
        for _ in range(40):
            assert opened.get("x", {}).document == {}
    assert sum(slept) > 3600


def test_an_outage_after_the_first_page_is_sat_through() -> None:
    """The task has few retries, for all the pages that it reads."""
    slept: list[float] = []
    off, good = (
        http("503 Off", b"", "Connection: close"),
        http("200 OK", b"{}", "Connection: close"),
    )
    with client(good, *[off] * 7, good, patience=Patience(sleep=slept.append)) as opened:
        assert [opened.get("x", {}).document for _ in range(2)] == [{}, {}]
    assert 30 < sum(slept) < 120
    with (
        client(*[off] * 9, patience=Patience(sleep=slept.append)) as opened,
        pytest.raises(SourceUnavailable, match="tried 6 times"),
    ):
        opened.get("x", {})


def test_a_pause_that_is_too_long_is_reported() -> None:
    with client(http("429 Slow down", b"", "Retry-After: 3600")) as opened:
        said = r"429, too many requests and asks for a pause of 3600 s \(tried once\)"
        with pytest.raises(SourceUnavailable, match=said):
            opened.get("x", {})


def test_waits_end_when_they_have_been_long_enough_in_all() -> None:
    patience = Patience(attempts=50, first_wait=0.01, waits_in_all=0.05)
    with client(*[http("503 Off", b"")] * 50, patience=patience) as opened:
        with pytest.raises(SourceUnavailable):
            opened.get("x", {})
        assert 2 <= opened.requests < 10


@pytest.mark.parametrize(
    "answer",
    [
        http("418 Teapot", f'"your key {SECRET} is bad"'.encode()),
        http("200 OK", f"<html>{SECRET}".encode()),
        http("503 Off", SECRET.encode()),
        b"nonsense " + SECRET.encode() + b"\r\n\r\n",
    ],
)
def test_no_message_and_no_log_holds_the_secret(
    answer: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with client(answer, answer) as opened, pytest.raises(MedallionError) as failed:
        opened.get("x", {})
    reported = "".join(traceback.format_exception(failed.value)) + caplog.text + repr(failed.value)
    assert SECRET not in reported


def test_redaction_knows_the_spellings_of_a_secret() -> None:
    assert redact("a p/w%2F b p%2Fw c p/w", ["p/w", ""]) == "a ***%2F b *** c ***"
