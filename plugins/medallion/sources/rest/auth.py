"""The authentication of a REST source. Secrets are in the Airflow connection, never in a spec."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from pydantic import Field

from medallion.errors import SourceRefused
from medallion.model import SpecModel
from medallion.sources.base.source import ConnectionDetails
from medallion.sources.http.api import Tokens
from medallion.sources.http.credentials import basic, header_value


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """What each request carries, and the values that must not appear in a message."""

    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    params: Mapping[str, str] = field(default_factory=dict, repr=False)
    secrets: tuple[str, ...] = field(default=(), repr=False)
    tokens: Tokens | None = field(default=None, repr=False)


class OneAuth(SpecModel):
    """One way to say who asks."""

    def own_params(self) -> tuple[str, ...]:
        """The query parameters that it sets: no spec may."""
        return ()

    def own_header(self) -> str:
        """The name of the header that it sets, where an author chose it."""
        return ""

    def credentials(self, details: ConnectionDetails, log: logging.Logger) -> Credentials:
        """What each request carries."""
        raise NotImplementedError


class BearerAuth(OneAuth):
    """The connection's password is a token: `Authorization: Bearer …`."""

    type: Literal["bearer"]

    def credentials(self, details: ConnectionDetails, log: logging.Logger) -> Credentials:
        """The `Authorization` header of every request. Raises SourceRefused without a password."""
        token = password_of(details, "a token")
        if token.lower().startswith("bearer "):  # copied with the header's own word
            token = token[len("bearer ") :].strip()
        header = header_value(details, f"Bearer {token}")
        return Credentials(headers={"Authorization": header}, secrets=(token,))


class BasicAuth(OneAuth):
    """The connection's login and password, as HTTP Basic."""

    type: Literal["basic"]

    def credentials(self, details: ConnectionDetails, log: logging.Logger) -> Credentials:
        """The `Authorization` header of every request. Raises SourceRefused without login and
        password."""
        header, secrets = basic(details.login, details.password)
        if not details.login and not details.password:
            raise _without(details, "login and no password", "both")
        return Credentials(headers={"Authorization": header}, secrets=secrets)


class ApiKeyAuth(OneAuth):
    """The connection's password is a key, sent as a header or as a query parameter."""

    type: Literal["api_key"]
    name: str = Field(min_length=1)
    """The name of the header (X-Api-Key) or of the parameter (api_key)."""
    in_: Literal["header", "query"] = Field(default="header", alias="in")
    """Where it is sent; a header is not written into the logs of servers."""
    prefix: str = ""
    """What comes before the key: `"Token "`."""

    def own_params(self) -> tuple[str, ...]:
        return (self.name,) if self.in_ == "query" else ()

    def own_header(self) -> str:
        return self.name if self.in_ == "header" else ""

    def credentials(self, details: ConnectionDetails, log: logging.Logger) -> Credentials:
        """The header or parameter of every request. Raises SourceRefused without a password."""
        key = password_of(details, "an API key")
        sent = f"{self.prefix}{key}"
        if self.in_ == "query":
            return Credentials(params={self.name: sent}, secrets=(key,))
        return Credentials(headers={self.name: header_value(details, sent)}, secrets=(key,))


class OAuth2ClientCredentials(OneAuth):
    """OAuth 2.0 client credentials (RFC 6749, 4.4): the connection's login and password are the
    client's id and secret, its extra `token_url` says where tokens are given."""

    type: Literal["oauth2_client_credentials"]
    scope: str = ""
    """The scopes asked for, parted by blanks."""
    audience: str = ""
    """What the token is for (`audience`), where the server asks for it."""
    client_auth: Literal["basic", "body"] = "basic"
    """How id and secret are sent to the token's URL: as HTTP Basic, or in the form."""

    def credentials(self, details: ConnectionDetails, log: logging.Logger) -> Credentials:
        """Tokens, renewed before they expire. Raises SourceRefused without login or password."""
        from medallion.sources.rest.oauth2 import ClientTokens

        secret = password_of(details, "the client's secret")
        if not details.login:
            raise _without(details, "login", "the client's id into its login")
        form = {"scope": self.scope, "audience": self.audience}
        form = {key: value for key, value in form.items() if value}
        header, secrets = basic(details.login, secret)
        if self.client_auth == "body":
            form |= {"client_id": details.login, "client_secret": secret}
            header = ""
        tokens = ClientTokens(details=details, form=form, header=header, own=secrets, log=log)
        return Credentials(secrets=secrets, tokens=tokens)


AUTHS: tuple[type[OneAuth], ...] = (ApiKeyAuth, BasicAuth, BearerAuth, OAuth2ClientCredentials)
"""Each way to say who asks. `kinds` makes the type of `auth` from them."""


def password_of(details: ConnectionDetails, what: str) -> str:
    """The connection's password without surrounding blanks, which people copy with it.

    Raises:
        SourceRefused: it has none.
    """
    password = details.password.strip()
    if not password:
        raise _without(details, "password", f"{what} into its password")
    return password


def _without(details: ConnectionDetails, what: str, where: str) -> SourceRefused:
    return SourceRefused(
        f"the connection {details.conn_id} has no {what}, which the spec's `auth` asks for",
        remedy=f"put {where}, or leave `auth` out where the API is open to all",
    )
