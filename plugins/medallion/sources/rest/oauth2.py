"""OAuth 2.0 client credentials: a token, and the next one before it expires."""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urljoin, urlsplit

from medallion.errors import SetupError, SourceRefused
from medallion.sources.base.pace import OwnPace
from medallion.sources.base.source import ConnectionDetails
from medallion.sources.http.api import Api, Call
from medallion.sources.http.client import JsonClient
from medallion.sources.http.connection import address
from medallion.sources.rest.body import explanation, kind_of

LONGEST_MARGIN = 60.0
"""Seconds before its expiry that a token is replaced; a fifth of its life where that is less."""
REQUESTS_PER_SECOND = 10.0

_TOKEN = re.compile(r"[\x21-\x7e]+")
"""RFC 6749, A.12, without the blank."""


@dataclass(slots=True, kw_only=True)
class ClientTokens:
    """The tokens of one extraction. None of them appears in a message."""

    details: ConnectionDetails
    form: Mapping[str, str] = field(repr=False)
    header: str = field(repr=False)
    own: tuple[str, ...] = field(repr=False)
    log: logging.Logger = field(repr=False)
    _token: str = field(default="", repr=False)
    _expires: float = 0.0
    _given: tuple[str, ...] = field(default=(), repr=False)

    @property
    def secrets(self) -> tuple[str, ...]:
        """The client's secret and every token received."""
        return (*self.own, *self._given)

    def authorization(self) -> str:
        """`Bearer <token>`; it asks for a token if there is none that lasts."""
        if not self._token or time.monotonic() >= self._expires:
            self._ask()
        return f"Bearer {self._token}"

    def renew(self) -> bool:
        """Drop the token: it may have been revoked. Always True; the next token shows whether that
        was the reason."""
        self._token = ""
        return True

    def _ask(self) -> None:
        url, headers = self._url(), {"Authorization": self.header} if self.header else {}
        api = Api(
            base_url=url,
            headers=headers,
            secrets=self.own,
            throttle=OwnPace(REQUESTS_PER_SECOND),
            explain=explanation,
        )
        asked = time.monotonic()
        with JsonClient(api, self.log) as client:
            call = Call(url=url, form={"grant_type": "client_credentials", **self.form})
            answer = client.ask(call)
        document = answer.document if isinstance(answer.document, Mapping) else {}
        token = document.get("access_token")
        if not isinstance(token, str) or not _TOKEN.fullmatch(token):
            raise SourceRefused(
                f"{answer.name}: no text `access_token`: the body is {kind_of(answer.document)}",
                remedy="is the extra token_url of the connection the one that gives tokens?",
            )
        self._given = (*self._given, token)
        self._token, self._expires = token, asked + _lasts(document.get("expires_in"))

    def _url(self) -> str:
        """Where tokens are given: the connection says so, never a spec, for the secret goes there.

        Raises:
            SetupError: the connection does not say it.
        """
        given = self.details.extra.get("token_url")
        base = address(self.details)
        url = urljoin(f"{base}/", given.strip()) if isinstance(given, str) and given else ""
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname or "@" in parts.netloc:
            raise SetupError(
                f"the extra token_url of the connection {self.details.conn_id} is "
                + ("missing" if given is None else "not a URL"),
                remedy='write {"token_url": "https://login.example.com/oauth2/token"} into its '
                "extra, or a path on the API's own host: /oauth2/token",
            )
        return url


def _lasts(expires_in: Any) -> float:
    """Seconds for which a token is used; for good where the server does not say: a 401 will."""
    try:
        life = float(expires_in)
    except (TypeError, ValueError):
        return float("inf")
    return life - min(LONGEST_MARGIN, life / 5) if life > 0 else float("inf")
