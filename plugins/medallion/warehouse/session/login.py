"""How a session logs in: by the password of its URL, or by a token of Microsoft Entra ID.

A token is the password of one login. PostgreSQL looks at it then and never again: a session that
is open outlives it. So each new session asks for one, and a load of hours has one that is valid for
each session that it opens. No URL, and nothing that keeps one, ever has it.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any

from psycopg.conninfo import conninfo_to_dict

from medallion.errors import SetupError, WarehouseUnavailable

if TYPE_CHECKING:
    from azure.core.credentials import TokenCredential

AUTH = "MEDALLION_WAREHOUSE_AUTH"
"""`entra`: whoever has no password in the warehouse's URL logs in by a token. `password`, or
nothing: by what libpq finds."""
SCOPE = "MEDALLION_WAREHOUSE_TOKEN_SCOPE"
"""Whom the token is for, where it is not Azure's public cloud."""
PUBLIC_SCOPE = "https://ossrdbms-aad.database.windows.net/.default"
"""Azure Database for PostgreSQL, in the public cloud: learn.microsoft.com, "Use Microsoft Entra ID
for authentication with Azure Database for PostgreSQL"."""
ROLES_KEY = "MEDALLION_ROLES_KEY"
"""What the passwords of the roles that Medallion makes are derived from, where the loader has none
of its own."""
SHORTEST_KEY = 32
ANSWER_SECONDS = 20.0
"""Whoever gives tokens and says nothing for so long is asked once more, and then no longer waited
for. By itself azure-identity waits for five minutes, up to six times: where a firewall drops
packets, the doctor would say nothing for half an hour."""

_WAYS = ("", "password", "entra")


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """A password for the next minutes.

    Attributes:
        text: the token, which nothing may print.
        expires: seconds since 1970.
    """

    text: str = field(repr=False)
    expires: int


def is_by_token(settings: Mapping[str, Any]) -> bool:
    """Whether a login with these settings of libpq is by a token.

    Raises:
        SetupError: the variable says what no login is by.
    """
    way = os.environ.get(AUTH, "").strip().lower()
    if way not in _WAYS:
        raise SetupError(
            f"{AUTH} is {way!r}",
            remedy="it is `entra`, for tokens of Microsoft Entra ID, or not set",
        )
    return way == "entra" and not settings.get("password")


def make_login(url: str) -> dict[str, Any]:
    """The settings of a URL, with a password that is valid now. They are for one login: to be
    handed to the driver, and not to be kept.

    Raises:
        WarehouseUnavailable: Entra ID gives no token.
        SetupError: as `is_by_token`.
    """
    settings = {key: one for key, one in conninfo_to_dict(url).items() if one is not None}
    return _add_token(settings) if is_by_token(settings) else settings


def renew_login(settings: Mapping[str, Any], message: str) -> dict[str, Any] | None:
    """The settings of a login that the server has refused, with another token; None: another would
    not help. The server's clock may be ahead, or somebody has revoked the first.

    Args:
        settings: of `make_login`.
        message: the server's, of the refusal.
    """
    bare = {key: one for key, one in settings.items() if key != "password"}
    if not is_by_token(bare) or not _is_about_token(message):
        return None
    _credential.cache_clear()
    renewed = _add_token(bare)
    return None if renewed["password"] == settings.get("password") else renewed


def scope_of_tokens() -> str:
    """Whom a token is for."""
    return os.environ.get(SCOPE) or PUBLIC_SCOPE


def ask_for_token() -> Token:
    """One that is valid for some minutes at least: azure-identity keeps it, and asks for the next
    one five minutes before its end.

    Raises:
        WarehouseUnavailable: there is none to be had. Where a pod has just started, its identity
            may be seconds late; so it is tried again.
    """
    scope = scope_of_tokens()
    with _translate_refusals(scope):
        given = _credential(os.getpid()).get_token(scope)
    return Token(text=given.token, expires=int(given.expires_on))


def key_of_roles(url: str, password: str = "") -> str:
    """What the passwords of Medallion's own roles are derived from; empty where there is nothing.

    Args:
        url: the loader's.
        password: that its session logged in with, where the URL has none: libpq found it. Never a
            token, which is another one each hour.

    Raises:
        SetupError: the key is too short to be one.
    """
    settings = conninfo_to_dict(url)
    if not is_by_token(settings):
        return str(settings.get("password") or password)
    key = os.environ.get(ROLES_KEY, "")
    if key and len(key) < SHORTEST_KEY:
        raise SetupError(
            f"{ROLES_KEY} has {len(key)} characters, and needs {SHORTEST_KEY}",
            remedy="make one: openssl rand -base64 48. It is a secret: whoever has it can log in "
            "as each domain",
        )
    return key


def describe_missing_key(url: str, role: str) -> tuple[str, str]:
    """What is wrong, and the remedy, where `key_of_roles` has found nothing."""
    if is_by_token(conninfo_to_dict(url)):
        return (
            f"the loader logs in by a token, and there is no {ROLES_KEY} that the password of "
            f"{role} could be derived from",
            f"give all of Airflow's components one secret {ROLES_KEY} (openssl rand -base64 48)",
        )
    return (f"the loader logs in without a password, and none can be derived for {role}", "")


def _add_token(settings: Mapping[str, Any]) -> dict[str, Any]:
    """A token is sent as it is: not without TLS, unless somebody says so."""
    safe = {} if os.environ.get("PGSSLMODE") else {"sslmode": "require"}
    return {**safe, **settings, "password": ask_for_token().text}


def _is_about_token(message: str) -> bool:
    """Not `expired`: that is a certificate too, and a server that does not answer in time."""
    return any(word in message.lower() for word in ("authentication", "token"))


@cache
def _credential(process: int) -> TokenCredential:
    """That of a process: a child has no right to its parent's sockets.

    DefaultAzureCredential takes whatever there is: a workload identity, a managed one, a service
    principal of variables, `az login`.
    """
    from azure.identity import DefaultAzureCredential

    logging.getLogger("azure").setLevel(logging.WARNING)  # it logs each request at INFO
    return DefaultAzureCredential(
        connection_timeout=ANSWER_SECONDS, read_timeout=ANSWER_SECONDS, retry_total=1
    )


@contextmanager
def _translate_refusals(scope: str) -> Iterator[None]:
    try:
        from azure.core.exceptions import AzureError
    except ImportError:
        raise SetupError(
            f"{AUTH} is `entra`, and azure-identity is not installed",
            remedy="pip install 'airflow-medallion[azure]'",
        ) from None
    try:
        yield
    except (AzureError, ValueError) as error:
        said = _shorten(str(error))
        raise WarehouseUnavailable(
            f"Microsoft Entra ID gives no token for {scope}: {said}",
            remedy="does this process have an identity? A managed one that is not the machine's "
            "own is named by AZURE_CLIENT_ID; `python -m medallion.cli doctor` says more",
        ) from None


def _shorten(said: str) -> str:
    """What azure-identity says, without the ways to an identity that nobody has set up, of which it
    lists all, and without its links: what has failed comes behind them."""
    lines = [" ".join(line.split()) for line in said.splitlines()]
    kept = [one for one in lines if one and not one.startswith(("Visit http", "To mitigate "))]
    tried = [one for one in kept if "authentication unavailable" not in one]
    return " ".join(tried if len(tried) > _HEADLINES else kept)[:600]


_HEADLINES = 2
"""`DefaultAzureCredential failed to …`, and `Attempted credentials:`."""
