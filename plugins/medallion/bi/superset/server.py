"""Where a Superset is, and who asks it."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import urlsplit

from medallion.errors import SetupError


@dataclass(frozen=True, slots=True, kw_only=True)
class SupersetServer:
    """The address and a login with the role Admin: anybody else would have to own each object that
    an import brings."""

    url: str
    """With a path where Superset is not at the root of its host: `https://bi.example.org`."""
    username: str
    password: str = field(repr=False)

    @classmethod
    def of_connection(
        cls, *, host: str, schema: str, port: int | None, login: str, password: str
    ) -> SupersetServer:
        """From the fields of an Airflow connection of type http.

        `host` may be a whole URL, as Airflow's HTTP provider allows.

        Raises:
            SetupError: host, login or password are missing, or the scheme is not http or https.

        >>> SupersetServer.of_connection(
        ...     host="bi.example.org", schema="https", port=None, login="bot", password="secret"
        ... ).url
        'https://bi.example.org'
        """
        text = host if "://" in host else f"{schema or 'http'}://{host}"
        parts = urlsplit(text)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise SetupError(
                "Superset's connection has no address",
                remedy="give it a host, and http or https as its schema",
            )
        if not login or not password:
            raise SetupError(
                "Superset's connection has no login",
                remedy="give it the login and the password of a user with the role Admin",
            )
        netloc = parts.netloc if parts.port or not port else f"{parts.netloc}:{port}"
        url = f"{parts.scheme}://{netloc}{parts.path.rstrip('/')}"
        return cls(url=url, username=login, password=password)
