"""Any JSON API over HTTP, as the spec declares it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from medallion.model import SpecModel
from medallion.records import RecordLayout
from medallion.sources.base.cursor import CursorSpec
from medallion.sources.base.source import (
    ConnectionDetails,
    ExtractRequest,
    Landing,
    SourceModel,
    SourcePlace,
)
from medallion.sources.http.api import Api, Verdict, usual_verdict
from medallion.sources.http.connection import ParamValue, address, at_once, spell, throttle
from medallion.sources.rest.auth import Credentials
from medallion.sources.rest.body import explanation
from medallion.sources.rest.calls import Calls
from medallion.sources.rest.kinds import Auth, Pagination
from medallion.sources.rest.pagination import OnePage
from medallion.sources.rest.parents import ForEach
from medallion.sources.rest.query import Body

if TYPE_CHECKING:
    from medallion.sources.http.client import JsonClient

REQUESTS_PER_SECOND = 10.0
"""Where the connection's extra does not say another."""

Status = Annotated[int, Field(ge=100, le=599)]
Statuses = Annotated[tuple[Status, ...], Field(strict=False)]


class ResponseRules(SpecModel):
    """What statuses mean, where it is not the usual: 204 is ignored, 429 is rate limited, 408, 425
    and 5xx are tried again, everything else from 300 on fails."""

    ignore: Statuses = ()
    """There are no records, or no further page: [404]."""
    retry: Statuses = ()
    """The request is made again after a while, longer each time."""
    rate_limited: Statuses = ()
    """The same, verdicts as too many requests. Retry-After is honoured in every case."""
    fail: Statuses = ()
    """The task fails at once, without a retry."""
    error: str | None = None
    """Where a body holds an error's text: error.message. A body that has one there fails, also
    when its status is 200."""

    def verdict(self, status: int) -> Verdict:
        """What to do with an answer: the spec's lists, then the usual meaning."""
        verdicts = {
            Verdict.IGNORE: self.ignore,
            Verdict.RETRY: self.retry,
            Verdict.RATE_LIMITED: self.rate_limited,
            Verdict.FAIL: self.fail,
        }
        found = (verdict for verdict, statuses in verdicts.items() if status in statuses)
        return next(found, usual_verdict(status))


class RestSource(SourceModel):
    """A JSON API over HTTP, read page by page with GET, or with POST if it has a `body`."""

    type: Literal["rest"]
    conn_id: str
    """The Airflow connection: its host is the API's base URL, its login and password what `auth`
    asks for. Its extra may set `requests_per_second` (10 by default) and `requests_per_day`, which
    all runs share that use it."""
    for_each: ForEach | None = None
    """Another list of this API: the request is made once for each of its records."""
    path: str
    """The path below the base URL: v1/orders. It may hold the words of the data interval, and with
    `for_each` the values that it selects: v1/orders/{order_id}/items."""
    params: dict[str, ParamValue] = {}
    """Query parameters, without secrets. A text may hold :data_interval_start and the like."""
    body: Body | None = None
    """The JSON body of a POST, for search APIs: {status: open}. Without it the request is a GET.
    Its texts may hold what those of `params` may."""
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
    cursor: CursorSpec | None = None
    """Read only what is new since the last publication; `:cursor` in `params` tells the API from
    where."""
    responses: ResponseRules = ResponseRules()
    """What statuses and bodies mean, where it is not the usual."""

    def conn_ids(self) -> tuple[str, ...]:
        return (self.conn_id,)

    def place(
        self, connection: Callable[[str], ConnectionDetails], project_root: Path
    ) -> SourcePlace:
        return SourcePlace(namespace=address(connection(self.conn_id)), name=self.path)

    def reads_by(self) -> CursorSpec | None:
        return self.cursor

    def preview(self, start: datetime, end: datetime) -> str:
        cursor = self.cursor.of_interval(start, end) if self.cursor else None
        if self.cursor and cursor is None:
            return f"refused: {self.cursor.field} is a number and has no data intervals"
        calls = Calls(base_url="", start=start, end=end, cursor=cursor)
        if self.for_each is None:
            return calls.format_value(self)
        return (
            f"{calls.format_value(self.for_each)}, and for each record {calls.format_value(self)}"
        )

    def extract(self, request: ExtractRequest, landing: Landing) -> RecordLayout:
        """Land every page as the API sent it.

        Raises:
            SourceUnavailable: the API does not answer, or the list changes too much while it is
                read.
            SourceRefused: it refuses, or sends something else than the spec says.
            SetupError: the connection lacks something.
        """
        from medallion.sources.http.ahead import Ahead
        from medallion.sources.rest.extraction import Extraction

        details = request.connection(self.conn_id)
        start, end = request.run.local_interval()
        calls = Calls(
            base_url=address(details),
            start=start,
            end=end,
            cursor=request.cursor,
        )
        landing.note("path", calls.fill(self.path))
        landing.note("params", {k: calls.fill(spell(v)) for k, v in self.params.items()})
        with self.client(details, request) as client, Ahead(client) as ahead:
            extraction = Extraction(
                source=self,
                client=client,
                ahead=ahead,
                calls=calls,
                landing=landing,
                log=request.log,
                request=self._digest(calls, details),
                first=request.first,
            )
            extraction.run()
            landing.note("requests", client.requests)
        selection = extraction.selection
        return RecordLayout(
            format="jsonl",
            compression="gzip",
            records_path=selection.records_path,
            with_parent=selection.with_parent,
        )

    def _digest(self, calls: Calls, details: ConnectionDetails) -> str:
        """Of all that the pages depend on: a try resumes no other request's pages."""
        asked = f"{self.model_dump_json()} {calls!r} {details.login}"
        return hashlib.sha256(asked.encode()).hexdigest()

    def client(self, details: ConnectionDetails, request: ExtractRequest) -> JsonClient:
        """What asks the API, with the connection's credentials and at its pace.

        Raises:
            SourceRefused, SetupError: the connection lacks what `auth` asks for.
        """
        from medallion.sources.http.client import JsonClient

        sent = self.auth.credentials(details, request.log) if self.auth else Credentials()
        api = Api(
            base_url=address(details),
            headers={**self.headers, **sent.headers},
            params=sent.params,
            secrets=(*sent.secrets, details.password),
            tokens=sent.tokens,
            throttle=throttle(details, request, REQUESTS_PER_SECOND),
            # Of a list whose beginning is enough, no page is asked for that may not be read.
            at_once=at_once(details) if request.first is None else 1,
            explain=lambda document: explanation(document, self.responses.error or ""),
            verdict=self.responses.verdict,
        )
        return JsonClient(api, request.log)
