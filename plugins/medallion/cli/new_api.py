"""`new` from an API: its first pages, where their records are, and how its pages are turned."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from medallion.cli.arguments import warehouse_url
from medallion.cli.new_connections import enter_airflow, hold_allowed, only_here
from medallion.cli.new_landing import LOG, land_sample, request_of
from medallion.cli.new_looked import Looked
from medallion.cli.surroundings import airflow_connection
from medallion.errors import SetupError, SourceRefused
from medallion.sources.base.source import ConnectionDetails, ExtractRequest
from medallion.sources.base.web_address import is_secret_name
from medallion.sources.http.api import Answer
from medallion.sources.http.client import JsonClient
from medallion.sources.http.connection import address
from medallion.sources.http.links import UnreadableLinks, next_target
from medallion.sources.rest.body import at
from medallion.sources.rest.calls import Calls
from medallion.sources.rest.source import RestSource
from medallion.warehouse.registry.request_budget import RequestBudgets
from medallion.warehouse.session.transaction import session
from medallion.workbench.inference.api_answer import Listing, around, find_listing
from medallion.workbench.inference.api_cursor import SinceParam, find_since
from medallion.workbench.inference.api_paging import Answered, Paging, find_paging
from medallion.workbench.inference.sample import DataSample

MOST_RECORDS = 1000
"""Pages are read until there are so many records."""
_CLOSED, _UNKNOWN = (401, 403), (400, 404, 409, 416, 422)
AUTHS = "bearer, basic, header:X-Api-Key, query:api_key"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """Where the API is: a connection, a path below its address, and parameters."""

    details: ConnectionDetails
    path: str
    params: Mapping[str, str]
    is_known: bool
    """The connection is Airflow's own; else it has to be made."""


@contextmanager
def look_at_api(
    arguments: argparse.Namespace, domain: str, pipeline: str, root: Path
) -> Iterator[Looked]:
    """The first pages, and the source that reads them.

    Raises:
        SetupError: the URL is not one, or holds a secret; or the API wants credentials.
        SourceRefused, SourceUnavailable, DataRejected: the API refuses, or does not answer.
    """
    place = _place(arguments, domain, pipeline, root)
    request = request_of(domain, root, lambda conn_id: place.details)
    request = replace(request, first=MOST_RECORDS)
    if place.is_known:
        with session(warehouse_url(), "asking how many requests may be made"):
            pass  # the first session of a process makes the registry
        with RequestBudgets(warehouse_url(), LOG) as budgets:
            yield from _look(arguments, place, replace(request, throttle=budgets), domain)
    else:
        yield from _look(arguments, place, request, domain)


def _look(
    arguments: argparse.Namespace, place: _Place, request: ExtractRequest, domain: str
) -> Iterator[Looked]:
    said: dict[str, Any] = {
        "type": "rest",
        "conn_id": place.details.conn_id,
        "path": place.path,
        "params": dict(place.params),
        "auth": _auth(arguments.auth),
    }
    said = {key: value for key, value in said.items() if value or key == "path"}
    answer = _first_answer(said, request, arguments.auth)
    listing = _listing(answer, arguments.records)
    paging = _paging(said, request, answer, listing)
    own = set(_own_params(paging.said))
    params = {name: value for name, value in place.params.items() if name not in own}
    said = {**said, "params": params} if params else _without(said, "params")
    if paging.said:
        said["pagination"] = dict(paging.said)
    if listing.single:
        said["single_record"] = True
    elif listing.path:
        said["records"] = listing.path
    with _sample(said, request, domain) as (sample, said):
        yield Looked(
            sample=sample,
            source=said,
            origin=f"{address(place.details)}/{place.path}",
            guesses=dict(_guesses(listing, paging, said)),
            remarks=tuple(_remarks(place, paging)),
            since=_make_since(said, request, answer, listing, sample),
        )


@contextmanager
def _sample(
    said: dict[str, Any], request: ExtractRequest, domain: str
) -> Iterator[tuple[Any, dict[str, Any]]]:
    """The pages by the source that was found; where the last of them leaves out what leads to the
    next, a note says so."""
    led = {"next_url", "cursor"}
    try:
        opened = land_sample(RestSource.model_validate(said), request, domain)
        sample = opened.__enter__()
    except SourceRefused:
        if said.get("pagination", {}).get("type") not in led:
            raise
        said = {**said, "pagination": {**said["pagination"], "left_out_at_end": True}}
        opened = land_sample(RestSource.model_validate(said), request, domain)
        sample = opened.__enter__()
    try:
        yield sample, said
    finally:
        opened.__exit__(None, None, None)


def _place(arguments: argparse.Namespace, domain: str, pipeline: str, root: Path) -> _Place:
    url = urlsplit(arguments.url)
    params = dict(parse_qsl(url.query, keep_blank_values=True))
    secret = next(filter(is_secret_name, params), None)
    if secret or "@" in url.netloc:
        raise SetupError(
            f"the URL holds what looks like a secret: {secret or 'a login'}",
            remedy="put its value into the password of an Airflow connection, and name that: "
            f"--connection NAME --auth query:{secret or 'api_key'}; a spec holds no secret",
        )
    conn_id = arguments.connection or f"{pipeline}_api"
    hold_allowed(domain, conn_id, root)
    if arguments.connection:
        enter_airflow(root)
        details = airflow_connection(conn_id)
        return _Place(
            details=details, path=_below(arguments.url, address(details)), params=params,
            is_known=True,
        )  # fmt: skip
    if url.scheme not in ("http", "https") or not url.hostname:
        raise SetupError(
            f"{arguments.url} is not the URL of an API",
            remedy="write https://host/path, or name the API's connection: --connection NAME "
            "--url path",
        )
    host = f"{url.scheme}://{url.netloc}"
    only_here(conn_id, json.dumps({"conn_type": "http", "host": host}))
    details = ConnectionDetails(conn_id=conn_id, conn_type="http", host=host)
    return _Place(details=details, path=url.path.lstrip("/"), params=params, is_known=False)


def _below(url: str, base: str) -> str:
    """The path below a connection's address: of a URL on it, or as it was written."""
    bare = url.partition("?")[0].partition("#")[0]
    if "://" not in bare:
        return bare.lstrip("/")
    if bare != base and not bare.startswith(f"{base}/"):
        raise SetupError(
            f"{bare} is not below {base}, where the connection leads: its credentials go to no "
            "other place",
            remedy="name a path below it, or another connection",
        )
    return bare[len(base) :].lstrip("/")


def _auth(word: str | None) -> dict[str, str]:
    """`auth` of the source, by the flag."""
    if not word:
        return {}
    kind, _, name = word.partition(":")
    if kind in ("bearer", "basic") and not name:
        return {"type": kind}
    if kind in ("header", "query") and name:
        placed = {"in": kind} if kind == "query" else {}
        return {"type": "api_key", **placed, "name": name}
    raise SetupError(f"--auth {word} is not known", remedy=f"write one of {AUTHS}")


def _first_answer(said: Mapping[str, Any], request: ExtractRequest, auth: str | None) -> Answer:
    answer = _ask(said, request, {}, _CLOSED)
    if not answer.ignored:
        return answer
    conn_id = said["conn_id"]
    raise SetupError(
        f"{answer.name}: the API wants to know who asks",
        remedy=f"fix the password of the connection {conn_id}, or whether it is {auth!r} that the "
        "API takes"
        if auth
        else f"put the token, key or password into an Airflow connection of type HTTP (`airflow "
        f"connections add {conn_id} …`), and name it with how the API takes it: --connection "
        f"{conn_id} --auth {AUTHS.replace(', ', ' | ')}",
    )


def _ask(
    said: Mapping[str, Any],
    request: ExtractRequest,
    more: Mapping[str, str],
    ignore: tuple[int, ...],
) -> Answer:
    """One request, with further parameters."""
    params = {**said.get("params", {}), **more}
    responses = {"ignore": list(ignore)}
    source = RestSource.model_validate({**said, "params": params, "responses": responses})
    details = request.connection(source.conn_id)
    start, end = request.run.interval_start, request.run.interval_end
    calls = Calls(base_url=address(details), start=start, end=end)
    client: JsonClient
    with source.client(details, request) as client:
        return client.ask(calls.first(source))


def _listing(answer: Answer, records: str | None) -> Listing:
    if records:
        from medallion.sources.rest.body import records_at

        return Listing(path=records, records=records_at(answer.document, records, answer.name))
    found = find_listing(answer.document)
    if found is None or not found.records:
        raise SetupError(
            f"{answer.name}: there is no list of records in the answer",
            remedy="name its place with --records (data.items), or another address",
        )
    return found


def _paging(
    said: Mapping[str, Any], request: ExtractRequest, answer: Answer, listing: Listing
) -> Paging:
    if listing.single:
        return Paging(said={}, why="the answer is one record")
    first = _read_answer(answer, listing)

    def turn(more: Mapping[str, str]) -> Answered | None:
        try:
            found = _ask(said, request, more, (*_CLOSED, *_UNKNOWN))
        except SourceRefused:
            return None
        return None if found.ignored else _read_answer(found, listing)

    asked = {name: str(value) for name, value in said.get("params", {}).items()}
    return find_paging(first, asked, turn)


def _make_since(
    said: Mapping[str, Any],
    request: ExtractRequest,
    answer: Answer,
    listing: Listing,
    sample: DataSample,
) -> SinceParam:
    """Which parameter takes a time of change, by asking for the first page with a few of them."""
    bare = _without(said, "pagination")

    def since(field: str, kind: str) -> str:
        def values(found: Answer) -> list[object]:
            return [at(record, field) for record in _read_answer(found, listing).records]

        def ask(param: str, value: str) -> list[object] | None:
            try:
                found = _ask(bare, request, {param: value}, (*_CLOSED, *_UNKNOWN))
            except SourceRefused:
                return None
            return None if found.ignored else values(found)

        times = sample.frame[field].tolist()
        return find_since(times, values(answer), field.rpartition(".")[2], kind, ask)

    return since


def _read_answer(answer: Answer, listing: Listing) -> Answered:
    found = at(answer.document, listing.path) if listing.path else answer.document
    try:
        link = next_target(answer.links, answer.name) if answer.links else None
    except UnreadableLinks:
        link = None
    return Answered(
        records=found if isinstance(found, list) else [],
        around=around(answer.document, listing),
        next_link=bool(link),
    )


def _own_params(paging: Mapping[str, Any]) -> Iterator[str]:
    """The parameters that the paging sets, which `params` must not."""
    usual = {"page_number": ("page",), "offset": ("offset", "limit"), "cursor": ()}
    yield from usual.get(paging.get("type", ""), ())
    yield from (
        value
        for key in ("param", "size_param", "offset_param", "limit_param")
        if (value := paging.get(key))
    )


def _guesses(
    listing: Listing, paging: Paging, said: Mapping[str, Any]
) -> Iterator[tuple[str, str]]:
    if paging.guess:
        yield ("pagination" if "pagination" in said else "path"), paging.guess
    if listing.others:
        yield "records", f"the longest list of the answer; {', '.join(listing.others)} is one too"


def _remarks(place: _Place, paging: Paging) -> Iterator[str]:
    if paging.why:
        yield f"pages: {paging.why}"
    if not place.is_known:
        host, conn_id = place.details.host, place.details.conn_id
        yield (
            f"before it runs, make the connection: airflow connections add {conn_id} "
            f"--conn-type http --conn-host {host}"
        )


def _without(said: Mapping[str, Any], key: str) -> dict[str, Any]:
    return {name: value for name, value in said.items() if name != key}
