"""The Movie Database (TMDB) API v3: https://developer.themoviedb.org/reference."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from medallion.errors import SourceRefused
from medallion.records import RecordLayout
from medallion.sources.base.source import (
    ConnectionDetails,
    ExtractRequest,
    Landing,
    SourceModel,
    SourcePlace,
)
from medallion.sources.http.connection import (
    ParamValue,
    address,
    at_once,
    positive,
    spell,
    throttle,
)

if TYPE_CHECKING:
    from medallion.sources.http.client import JsonClient

HOST = "api.themoviedb.org"
MAX_PAGE = 500
"""TMDB refuses pages above this one."""
REQUESTS_PER_SECOND = 35.0
"""TMDB allows about 40."""

ATTRIBUTION = (
    "This product uses TMDB and the TMDB APIs but is not endorsed, certified, or otherwise "
    "approved by TMDB."
)
"""What TMDB's terms of use of the API ask every program that shows its data to say."""

_API_KEY = re.compile(r"[0-9a-fA-F]{32}")
_TOKEN = re.compile(r"eyJ[A-Za-z0-9_.=-]+")


class TmdbSource(SourceModel):
    """An endpoint of TMDB's API v3, read to its end."""

    type: Literal["tmdb"]
    conn_id: str = "tmdb_default"
    """The Airflow connection: its password is a v4 bearer token or a v3 API key."""
    endpoint: Literal["discover/movie", "genre/movie/list"]
    """The path below /3."""
    params: dict[str, ParamValue] = {}
    """Query parameters as TMDB documents them; `page` and the key are Medallion's own."""

    def conn_ids(self) -> tuple[str, ...]:
        return (self.conn_id,)

    def place(
        self, connection: Callable[[str], ConnectionDetails], project_root: Path
    ) -> SourcePlace:
        return SourcePlace(namespace=base_url(connection(self.conn_id)), name=self.endpoint)

    def attribution(self) -> str:
        return ATTRIBUTION

    def preview(self, start: datetime, end: datetime) -> str:
        params = "&".join(f"{key}={spell(value)}" for key, value in self.params.items())
        return f"GET {self.endpoint}" + (f"?{params}" if params else "")

    def extract(self, request: ExtractRequest, landing: Landing) -> RecordLayout:
        """Land every page of the endpoint as TMDB sent it.

        Raises:
            SourceUnavailable: TMDB does not answer, or asks for a long pause.
            SourceRefused: TMDB refuses, in its own words, or answers with something else.
        """
        from medallion.sources.tmdb.pages import read_discover, read_genres

        details = request.connection(self.conn_id)
        params = {key: spell(value) for key, value in self.params.items()}
        with tmdb_client(details, request) as client:
            if self.endpoint == "genre/movie/list":
                read_genres(client, params, landing)
                records_path = "genres"
            else:
                max_page = _max_page(details)
                asked = f"{self.model_dump_json()} {base_url(details)} {max_page} by page"
                digest = hashlib.sha256(asked.encode()).hexdigest()
                read_discover(client, params, landing, max_page, request.log, digest)
                records_path = "results"
            landing.note("requests", client.requests)
        return RecordLayout(format="jsonl", compression="gzip", records_path=records_path)


def tmdb_client(details: ConnectionDetails, request: ExtractRequest) -> JsonClient:
    """A client for the connection, whose host, schema and port replace TMDB's own if they are set.

    Raises:
        SourceRefused: the password is neither a token nor a key.
    """
    from medallion.sources.http.api import Api
    from medallion.sources.http.client import JsonClient

    headers, params = _credentials(details)
    api = Api(
        base_url=base_url(details),
        headers=headers,
        params=params,
        secrets=(_secret(details), details.password.strip()),
        throttle=throttle(details, request, REQUESTS_PER_SECOND),
        at_once=at_once(details),
        explain=_explain,
    )
    return JsonClient(api, request.log)


def base_url(details: ConnectionDetails) -> str:
    """`https://api.themoviedb.org/3`, or what the connection says instead.

    >>> base_url(ConnectionDetails(conn_id="x", host="127.0.0.1", port=81, schema="http"))
    'http://127.0.0.1:81/3'
    """
    return address(details, host=HOST, path="3")


def _secret(details: ConnectionDetails) -> str:
    """The password as it was meant: people copy blanks along, and the header's own word."""
    return re.sub(r"^Bearer\s+", "", details.password.strip())


def _credentials(details: ConnectionDetails) -> tuple[dict[str, str], dict[str, str]]:
    """Headers and query. People paste a key for a token and the other way: the shape tells."""
    secret = _secret(details)
    if _API_KEY.fullmatch(secret):
        return {}, {"api_key": secret}
    if _TOKEN.fullmatch(secret):
        return {"Authorization": f"Bearer {secret}"}, {}
    what = "has no password" if not secret else "has a password that is neither"
    raise SourceRefused(
        f"the connection {details.conn_id} {what}: TMDB takes an API Read Access Token (starts "
        "with eyJ) or a v3 API key (32 hexadecimal digits)",
        remedy="copy one from themoviedb.org → Settings → API into the connection's password",
    )


def _max_page(details: ConnectionDetails) -> int:
    """The last page that may be asked for; the connection's extra `max_pages` can lower it."""
    return int(min(MAX_PAGE, positive(details, "max_pages", MAX_PAGE, least=1)))


def _explain(document: Any) -> str:
    """TMDB's own words: `status_message`, or the list `errors` of validation failures."""
    if isinstance(document, Mapping):
        code = document.get("status_code")
        if message := document.get("status_message"):
            return f"{message} (TMDB's status_code {code})"
        if isinstance(errors := document.get("errors"), list):
            return "; ".join(str(error) for error in errors)
    return "no message"
