"""Any JSON API over HTTP, as the spec declares it."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from medallion.model import SpecModel
from medallion.records import RecordLayout
from medallion.sources.base import ConnectionDetails, ExtractRequest, Landing, SourceModel
from medallion.sources.http_api import Api, Call, Verdict, usual_verdict
from medallion.sources.http_connection import ParamValue, address, positive, spelled
from medallion.sources.rest_auth import Auth, Credentials
from medallion.sources.rest_body import explanation
from medallion.sources.rest_pagination import OnePage, Pagination
from medallion.sources.rest_words import filled

if TYPE_CHECKING:
    from medallion.sources.http_client import JsonClient

REQUESTS_PER_SECOND = 10.0
"""Where the connection's extra does not say another."""

Status = Annotated[int, Field(ge=100, le=599)]
Statuses = Annotated[tuple[Status, ...], Field(strict=False)]


class ResponseRules(SpecModel):
    """What statuses mean, where it is not the usual: 429 is rate limited, 408, 425 and 5xx are
    tried again, everything else from 300 on fails."""

    ignore: Statuses = ()
    """There are no records, or no further page: [404]."""
    retry: Statuses = ()
    """The request is made again after a while, longer each time."""
    rate_limited: Statuses = ()
    """The same, told as too many requests. Retry-After is honoured in every case."""
    fail: Statuses = ()
    """The task fails at once, without a retry."""
    error: str | None = None
    """Where a body holds an error's text: error.message. A body that has one there fails, also
    when its status is 200."""

    def verdict(self, status: int) -> Verdict:
        """What a status means for this source."""
        told = {
            Verdict.IGNORE: self.ignore,
            Verdict.RETRY: self.retry,
            Verdict.RATE_LIMITED: self.rate_limited,
            Verdict.FAIL: self.fail,
        }
        found = (verdict for verdict, statuses in told.items() if status in statuses)
        return next(found, usual_verdict(status))


class RestSource(SourceModel):
    """A JSON API over HTTP, read page by page with GET."""

    type: Literal["rest"]
    conn_id: str
    """The Airflow connection: its host is the API's base URL, its login and password what `auth`
    asks for. Its extra may set `requests_per_second` (10 by default)."""
    path: str
    """The path below the base URL: v1/orders. It may hold the words of the data interval."""
    params: dict[str, ParamValue] = {}
    """Query parameters, without secrets. A text may hold :data_interval_start and the like."""
    headers: dict[str, str] = {}
    """Headers of every request, without secrets."""
    auth: Auth | None = None
    """How the requests say who asks; left out where the API is open to all."""
    pagination: Pagination = OnePage()
    """How the list is parted into pages; left out where one answer holds all of it."""
    records: str = ""
    """Where the body holds the list of records: data.items; left out where the body is the list."""
    single_record: bool = False
    """The body itself, an object, is one record."""
    responses: ResponseRules = ResponseRules()
    """What statuses and bodies mean, where it is not the usual."""

    def conn_ids(self) -> tuple[str, ...]:
        return (self.conn_id,)

    def extract(self, request: ExtractRequest, landing: Landing) -> RecordLayout:
        """Every page, as the API sent it.

        Raises:
            SourceUnavailable: the API does not answer, or what it lists moves while it is read.
            SourceRefused: it says no, or sends something else than the spec says.
            SetupError: the connection does not say what is needed.
        """
        from medallion.sources.rest_pages import PageReader, Selection

        details = request.connection(self.conn_id)
        call = self.first_call(details, request)
        selection = Selection(
            records=self.records,
            single_record=self.single_record,
            error=self.responses.error or "",
        )
        landing.note("path", self._filled(self.path, request))
        landing.note("params", dict(call.params))
        with self._client(details, request.log) as client:
            PageReader(
                client=client, paging=self.pagination, selection=selection, landing=landing
            ).read(call)
            landing.note("requests", client.requests)
        return RecordLayout(format="jsonl", compression="gzip", records_path=selection.records_path)

    def first_call(self, details: ConnectionDetails, request: ExtractRequest) -> Call:
        """The first request, for the data interval."""
        own = {key: self._filled(spelled(value), request) for key, value in self.params.items()}
        path = self._filled(self.path, request).removeprefix("/")
        url = f"{address(details).rstrip('/')}/{path}" if path else address(details)
        return Call(url=url, params={**own, **self.pagination.params()})

    def _filled(self, text: str, request: ExtractRequest) -> str:
        return filled(text, request.interval_start, request.interval_end)

    def _client(self, details: ConnectionDetails, log: logging.Logger) -> JsonClient:
        from medallion.sources.http_client import JsonClient

        sent = self.auth.credentials(details, log) if self.auth else Credentials()
        api = Api(
            base_url=address(details),
            headers={**self.headers, **sent.headers},
            params=sent.params,
            secrets=(*sent.secrets, details.password),
            tokens=sent.tokens,
            requests_per_second=positive(details, "requests_per_second", REQUESTS_PER_SECOND),
            explain=lambda document: explanation(document, self.responses.error or ""),
            verdict=self.responses.verdict,
        )
        return JsonClient(api, log)
