"""Credentials as headers of HTTP, and the values that no message may hold."""

from __future__ import annotations

import base64

from medallion.errors import SourceRefused
from medallion.sources.base.source import ConnectionDetails


def basic(login: str, password: str) -> tuple[str, tuple[str, ...]]:
    """The header of HTTP Basic, and its secrets: the encoded text is as secret as the password.

    >>> basic("ana", "pw")[0]
    'Basic YW5hOnB3'
    """
    encoded = base64.b64encode(f"{login}:{password}".encode()).decode()
    return f"Basic {encoded}", (encoded, password)


def header_value(details: ConnectionDetails, value: str) -> str:
    """A value that a header can carry.

    Raises:
        SourceRefused: it is none. The client's own error would hold it.
    """
    if value.isascii() and value.isprintable():
        return value
    raise SourceRefused(
        f"the password of the connection {details.conn_id} holds a line break, a letter with an "
        "accent, or another character that no header takes",
        remedy="copy it again",
    )


def credentials_of(details: ConnectionDetails) -> tuple[dict[str, str], tuple[str, ...]]:
    """What a connection alone says of who asks, as headers, and its secrets: a login and a password
    are HTTP Basic, a password alone is a token.

    >>> credentials_of(ConnectionDetails(conn_id="shop", password="t"))
    ({'Authorization': 'Bearer t'}, ('t',))

    Raises:
        SourceRefused: no header can carry the password.
    """
    password = details.password.strip()
    if details.login:
        header, secrets = basic(details.login, details.password)
        return {"Authorization": header}, secrets
    if not password:
        return {}, ()
    token = password
    if token.lower().startswith("bearer "):  # copied with the header's own word
        token = token[len("bearer ") :].strip()
    return {"Authorization": header_value(details, f"Bearer {token}")}, (token,)
