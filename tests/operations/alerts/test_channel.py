"""Messages through each type of connection, to real servers; and errors without secrets."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from tests.operations.alerts.receivers import (
    free_port,
    mail_server,
    make_certificate,
    web_server,
)

from medallion.errors import MedallionError, MessageNotSent, SetupError
from medallion.operations.alerts.channel import send
from medallion.operations.alerts.message import Message
from medallion.sources.base.source import ConnectionDetails

TEAMS = "prod-1.westeurope.logic.azure.com"
SLACK_TOKEN = "T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ"
SLACK_URL = f"https://hooks.slack.com/services/{SLACK_TOKEN}"
MESSAGE = Message(
    title="[lab] gate failed: silver_lab.readings",
    body="1 of 2 checks failed\n\n✗ between ‹x› & 5 % é\nLook: http://airflow/dags/a?b=c&d=e",
    is_good=False,
    fields={"event": "gate_failed", "link": "http://airflow/dags/a%2Bb?c=d&e=f+g"},
)


def connection(kind: str, **fields: Any) -> ConnectionDetails:
    given = {"host": "", "schema": "", "port": None, "login": "", "password": "", "extra": {}}
    return ConnectionDetails(conn_id="channel", conn_type=kind, **{**given, **fields})


def without_tls(port: int, **extra: Any) -> ConnectionDetails:
    found = {"from_email": "medallion@example.org", "disable_ssl": True, "disable_tls": True}
    return connection("smtp", host="127.0.0.1", port=port, extra={**found, **extra})


def test_a_mail_reaches_each_receiver() -> None:
    with mail_server() as box:
        send(without_tls(box.port), ["a@example.org", "b@example.org"], MESSAGE)
    assert [to for to, _ in box.mails] == [["a@example.org"], ["b@example.org"]]
    mail = box.mails[0][1]
    assert (mail["subject"], mail["from"]) == (MESSAGE.title, "medallion@example.org")
    body = mail.get_body()
    assert body is not None
    assert body.get_content().strip().splitlines() == MESSAGE.body.splitlines()


def test_a_webhook_gets_the_message_its_fields_and_the_headers_of_the_connection() -> None:
    with web_server() as hook:
        details = connection(
            "http",
            host=f"http://127.0.0.1:{hook.port}/hooks/a b",
            login="me",
            password="p@ss/word",
            extra={"headers": {"X-Token": "tok en&1%20"}},
        )
        send(details, [], MESSAGE)
    ((path, headers, document),) = hook.posts
    assert path == "/hooks/a%20b"
    assert (headers["X-Token"], headers["Authorization"]) == (
        "tok en&1%20",
        "Basic bWU6cEBzcy93b3Jk",
    )
    assert (document["title"], document["message"]) == (MESSAGE.title, MESSAGE.body)
    assert (document["event"], document["link"]) == tuple(MESSAGE.fields.values())


@pytest.mark.parametrize(
    "fields",
    [
        {"host": "https://hooks.slack.com/services", "password": SLACK_TOKEN},
        {"password": SLACK_URL},
    ],
)
def test_slack_gets_no_markup_of_a_value_and_no_picture(
    fields: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its only difference from production is the address of Slack."""
    from apprise.plugins.slack import NotifySlack

    with web_server() as hook:
        monkeypatch.setattr(NotifySlack, "webhook_url", f"http://127.0.0.1:{hook.port}/services")
        send(connection("slackwebhook", **fields), [], MESSAGE)
    ((path, _, document),) = hook.posts
    assert path == f"/services/{SLACK_TOKEN}"
    assert document["mrkdwn"] is False
    assert document["attachments"][0]["title"] == MESSAGE.title
    assert "‹x› &amp; 5 % é" in document["attachments"][0]["text"]
    assert "github" not in str(document)


def test_teams_gets_a_card_at_the_address_of_its_workflow(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server of this machine has the place of Microsoft's: its name, and a certificate."""
    certificate = make_certificate(tmp_path, TEAMS)
    find = socket.getaddrinfo
    monkeypatch.setattr(
        socket,
        "getaddrinfo",
        lambda host, *rest, **more: find("127.0.0.1" if host == TEAMS else host, *rest, **more),
    )
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))
    secret = "s3cr3t-signature"
    with web_server(certificate) as hook:
        address = (
            f"https://{TEAMS}:{hook.port}/workflows/abc123/triggers/manual/paths/invoke"
            f"?api-version=2016-06-01&sp=%2Ftriggers%2Fmanual%2Frun&sv=1.0&sig={secret}"
        )
        send(connection("msteams", password=address), [], MESSAGE)
        hook.status = 500
        with pytest.raises(MessageNotSent) as caught:
            send(connection("msteams", password=address), [], MESSAGE)
    ((path, _, document),) = hook.posts
    assert path.startswith("/workflows/abc123/triggers/manual/paths/invoke?")
    assert parse_qs(urlsplit(path).query)["sig"] == [secret]
    said = str(document)
    assert MESSAGE.title in said and "1 of 2 checks failed" in said and "‹x› & 5 % é" in said
    assert "github" not in said, "no picture is fetched from elsewhere"
    assert "500" in str(caught.value) and secret not in str(caught.value)


def test_what_is_refused_or_does_not_answer_says_so_without_secrets(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    from apprise.plugins.slack import NotifySlack

    nobody = free_port()
    monkeypatch.setattr(NotifySlack, "webhook_url", f"http://127.0.0.1:{nobody}/services")
    secret = {"login": "me@example.org", "password": "geheim-1"}
    with web_server() as hook:
        hook.status = 403
        refused = f"http://127.0.0.1:{hook.port}/hooks"
        texts = [
            failure(connection("http", host=refused, **secret)),
            failure(connection("http", host=f"http://127.0.0.1:{nobody}", **secret)),
            failure(connection("slackwebhook", password=SLACK_URL)),
            failure(connection("smtp", host="127.0.0.1", port=nobody, **secret)),
        ]  # fmt: skip
    assert "error=403" in texts[0]
    for text in (*texts, caplog.text):
        assert "geheim" not in text and "TIiajk" not in text and "Z2VoZWlt" not in text


def failure(details: ConnectionDetails) -> str:
    with pytest.raises(MessageNotSent) as caught:
        send(details, ["a@example.org"], MESSAGE)
    assert caught.value.retryable
    return str(caught.value)


@pytest.mark.parametrize(
    ("details", "to", "problem"),
    [
        (connection("postgres"), (), "type 'postgres', which no message goes through"),
        (connection("smtp", host="mail"), (), "lacks receivers"),
        (connection("smtp", login="me@x"), ("a@x",), "lacks its server"),
        (connection("smtp", host="mail"), ("a@x",), "lacks a sender"),
        (connection("http", host=""), (), "has no address of a webhook"),
        (connection("msteams", password="https://example.org/s3cret"), (), "not hold an address"),
        (connection("apprise", password="nothing://s3cret"), (), "not hold an address"),
    ],
)
def test_a_connection_that_cannot_be_used_says_what_it_lacks(
    details: ConnectionDetails, to: tuple[str, ...], problem: str
) -> None:
    with pytest.raises(SetupError, match=problem) as caught:
        send(details, to, MESSAGE)
    assert isinstance(caught.value, MedallionError) and "s3cret" not in str(caught.value)
