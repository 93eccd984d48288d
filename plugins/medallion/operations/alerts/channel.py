"""One message through one Airflow connection, by Apprise: e-mail, Slack, Teams, webhooks and more.

Apprise takes an address with its secrets in one URL, and says only in its log why it failed. Both
stay in here: what comes out has no secret in it.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from medallion.errors import MessageNotSent, SetupError
from medallion.operations.alerts.message import Message
from medallion.sources.base.redaction import redact
from medallion.sources.base.source import ConnectionDetails

TIMEOUT_SECONDS = 10
"""To connect, and again for an answer."""
KINDS = "smtp, slackwebhook, msteams, http or apprise"
_SHORTEST_SECRET = 4


def send(details: ConnectionDetails, to: Sequence[str], message: Message) -> None:
    """Send it, or say why not.

    Args:
        details: the connection.
        to: addresses of receivers, of a connection to a mail server.

    Raises:
        SetupError: the connection cannot be used for messages.
        MessageNotSent: the server did not take it, or does not answer.
    """
    import apprise

    address = _address(details, to, message)
    # No pictures, which receivers would fetch from Apprise's site; one thread.
    asset = apprise.AppriseAsset(
        app_id="Medallion", app_desc="Medallion", app_url="", image_url_mask="", async_mode=False
    )
    channel = apprise.Apprise.instantiate(
        _with_timeouts(address), asset=asset, suppress_exceptions=True
    )
    if channel is None:
        raise SetupError(
            f"the connection {details.conn_id} does not hold an address that messages can be "
            "sent to",
            remedy="docs/alerts.md says what each type of connection has to hold",
        )
    sender = apprise.Apprise(asset=asset)
    sender.add(channel)
    with _warnings() as reasons:
        sent = sender.notify(
            title=message.title,
            body=message.body,
            notify_type=apprise.NotifyType.SUCCESS
            if message.is_good
            else apprise.NotifyType.WARNING,
            body_format=apprise.NotifyFormat.TEXT,
        )
    if not sent:
        why = " ".join(redact(" ".join(reasons), _secrets(details, address)).split())
        raise MessageNotSent(
            f"the connection {details.conn_id}: {why[:500] or 'the message was not taken'}",
            remedy="it is tried again; check the connection, and that the server can be reached",
        )


class _Keeper(logging.Handler):
    def __init__(self, texts: list[str]) -> None:
        super().__init__(logging.WARNING)
        self.texts = texts

    def emit(self, record: logging.LogRecord) -> None:
        self.texts.append(record.getMessage())


@contextmanager
def _warnings() -> Iterator[list[str]]:
    """What Apprise logs meanwhile, which goes nowhere else: it may name an address."""
    log, texts = logging.getLogger("apprise"), list[str]()
    keeper, goes_on = _Keeper(texts), log.propagate
    log.addHandler(keeper)
    log.propagate = False
    try:
        yield texts
    finally:
        log.removeHandler(keeper)
        log.propagate = goes_on


def _address(details: ConnectionDetails, to: Sequence[str], message: Message) -> str:
    """The URL by which Apprise knows a channel.

    Raises:
        SetupError: something is missing, or the type is none of ours.
    """
    kind = CHANNELS.get(details.conn_type)
    if kind is None:
        raise SetupError(
            f"the connection {details.conn_id} is of type {details.conn_type!r}, which no message "
            "goes through",
            remedy=f"use a connection of type {KINDS}",
        )
    return kind.address(details, to, message)


def _mail(details: ConnectionDetails, to: Sequence[str], message: Message) -> str:
    """A mail server, with the fields of Airflow's own connections of type smtp."""
    sender = str(details.extra.get("from_email") or details.login)
    if not to or not details.host or "@" not in sender:
        raise SetupError(
            f"an e-mail through the connection {details.conn_id} lacks "
            + ("receivers" if not to else "its server" if not details.host else "a sender"),
            remedy="write `to: [name@example.org]` in the spec's `alerts`"
            if not to
            else "the connection's host is the mail server, `from_email` of its extra the sender",
        )
    mode = "ssl"
    if details.extra.get("disable_ssl"):
        mode = "insecure" if details.extra.get("disable_tls") else "starttls"
    scheme = "mailto" if mode == "insecure" else "mailtos"
    port = details.port or {"ssl": 465, "starttls": 587, "insecure": 25}[mode]
    query = {
        "smtp": details.host,
        "from": sender,
        "to": ",".join(to),
        "mode": mode,
        "format": "text",
    }
    if details.login:
        query |= {"user": details.login, "pass": details.password}
    return f"{scheme}://{_host(details.host)}:{port}?{urlencode(query, quote_via=quote)}"


def _hook(details: ConnectionDetails, to: Sequence[str], message: Message) -> str:
    """Slack and Teams give an address that is a secret as a whole: the connection's password, or
    for Slack the part after its host."""
    if "://" in details.password:
        return details.password
    host = details.host if "://" in details.host else f"https://{details.host}"
    return f"{host.rstrip('/')}/{details.password.lstrip('/')}"


def _webhook(details: ConnectionDetails, to: Sequence[str], message: Message) -> str:
    """Any server that takes JSON by POST. The connection is one of type http: its extra holds
    headers."""
    said = details.host if "://" in details.host else f"{details.schema or 'http'}://{details.host}"
    parts = urlsplit(said)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise SetupError(
            f"the connection {details.conn_id} has no address of a webhook",
            remedy="its host is the address: https://hooks.example.org/medallion",
        )
    login = quote(details.login, safe="")
    if details.password:
        login += f":{quote(details.password, safe='')}"
    port = details.port or parts.port
    where = f"{login}@" * bool(login) + _host(parts.hostname) + (f":{port}" if port else "")
    headers = {f"+{key}": _twice(value) for key, value in _headers(details.extra)}
    fields = {f":{key}": _twice(value) for key, value in message.fields.items()}
    query = urlencode({**headers, **fields}, quote_via=quote)
    scheme = "jsons" if parts.scheme == "https" else "json"
    return f"{scheme}://{where}{quote(parts.path)}?{query}"


def _any(details: ConnectionDetails, to: Sequence[str], message: Message) -> str:
    return details.password


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelKind:
    """What makes the address of a channel."""

    address: Callable[[ConnectionDetails, Sequence[str], Message], str]
    is_secret: bool = True
    """The address as a whole is a secret: no part of its path may be shown."""


_MAIL = ChannelKind(address=_mail, is_secret=False)
CHANNELS: dict[str, ChannelKind] = {
    "smtp": _MAIL,
    "email": _MAIL,
    "slackwebhook": ChannelKind(address=_hook),
    "slack": ChannelKind(address=_hook),
    "msteams": ChannelKind(address=_hook),
    "http": ChannelKind(address=_webhook, is_secret=False),
    "apprise": ChannelKind(address=_any),
}
"""By the connection's type."""


def _headers(extra: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """As Airflow's HTTP connections have them: the whole extra, or its `headers`."""
    headers = extra.get("headers", extra)
    if isinstance(headers, str):
        headers = json.loads(headers or "{}")
    for key, value in headers.items():
        if isinstance(value, str):
            yield key, value


def _twice(value: str) -> str:
    """Apprise decodes such values two times."""
    return value.replace("%", "%25")


def _host(host: str) -> str:
    return f"[{host}]" if ":" in host and not host.startswith("[") else host


def _with_timeouts(address: str) -> str:
    """Apprise reads them from the URL; addresses of Slack and Teams are read as they are."""
    if address.startswith(("http://", "https://")):
        return address
    mark = "&" if "?" in address else "?"
    return f"{address}{mark}cto={TIMEOUT_SECONDS}&rto={TIMEOUT_SECONDS}"


def _secrets(details: ConnectionDetails, address: str) -> list[str]:
    """What must not be in an error: passwords, the whole address, and the parts of a secret one."""
    found = [address, details.password, *map(str, details.extra.values())]
    found += [value for _, value in _headers(details.extra)]
    if CHANNELS[details.conn_type].is_secret:
        parts = urlsplit(address)
        found += [*parts.path.split("/"), parts.query, parts.password or "", parts.username or ""]
    return sorted((one for one in found if len(one) >= _SHORTEST_SECRET), key=len, reverse=True)
