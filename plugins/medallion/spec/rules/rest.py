"""Rules on REST sources: paths, parameters, headers, paging; no secret in a spec."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from http import HTTPStatus

from medallion.sources.base.interval_words import TEMPLATE, WORDS
from medallion.sources.rest.body import ABSENT, at
from medallion.sources.rest.cursor_words import CURSOR_WORDS
from medallion.sources.rest.parents import ForEach
from medallion.sources.rest.query import texts_in
from medallion.sources.rest.source import RestSource
from medallion.sources.rest.words import unknown_words
from medallion.spec.findings.finding import Finding, did_you_mean
from medallion.spec.findings.positions import KeyPath
from medallion.spec.rules.context import RuleContext

_TOKEN = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
"""A header's name (RFC 9110, 5.1)."""
_NO_PATH = re.compile(r"[?#\\\s\x00-\x1f]|://|//|(^|/)\.\.(/|$)")
_SECRET_PARAMS = frozenset(
    ("access_token", "api_key", "api-key", "apikey", "client_secret", "password", "secret")
)
_SECRET_HEADERS = frozenset(
    ("authorization", "proxy-authorization", "cookie", "x-api-key", "api-key", "x-auth-token")
)
_CLIENT_HEADERS = frozenset(
    ("host", "content-length", "content-type", "transfer-encoding", "connection", "te", "upgrade")
)
_TO_THE_CONNECTION = (
    "remove it: the connection's password holds the secret, `auth` says how it goes"
)


def _sources(context: RuleContext) -> Iterator[tuple[KeyPath, RestSource]]:
    """Each REST source with its place."""
    for name, dataset in context.spec.datasets.items():
        if isinstance(dataset.source, RestSource):
            yield ("datasets", name, "source"), dataset.source


def _lists(context: RuleContext) -> Iterator[tuple[KeyPath, RestSource | ForEach, RestSource]]:
    """Each list that is asked for, with its place and the source that asks for it."""
    for where, source in _sources(context):
        yield where, source, source
        if source.for_each:
            yield (*where, "for_each"), source.for_each, source


def rest_path(context: RuleContext) -> Iterator[Finding]:
    """A REST source's path is below its connection's base URL; the query is in `params`."""
    for where, asked, _ in _lists(context):
        if found := _NO_PATH.search(asked.path):
            what = ".." if ".." in found[0] else found[0]
            yield Finding(
                where=(*where, "path"),
                problem=f"{what!r} cannot be in a path",
                remedy="write it relative to the connection's host: v1/orders; what follows a ? "
                "goes into `params`",
            )


def rest_params(context: RuleContext) -> Iterator[Finding]:
    """Parameters that page or hold a secret are not for `params`."""
    for where, asked, source in _lists(context):
        auth = source.auth
        key = auth.own_params() if auth else ()
        for param in asked.params:
            if asked.pagination.params_in() == "query" and param in asked.pagination.own_params():
                remedy = "remove it: `pagination` sets it"
            elif param in key or param.lower() in _SECRET_PARAMS:
                remedy = _TO_THE_CONNECTION
            else:
                continue
            yield Finding(
                where=(*where, "params", param),
                on_key=True,
                problem=f"{param} is not for `params` to set",
                remedy=remedy,
            )


def rest_body(context: RuleContext) -> Iterator[Finding]:
    """A body holds no secret, and pages are asked for in it only where there is one."""
    for where, asked, _ in _lists(context):
        for key in asked.body or {}:
            if key.lower() in _SECRET_PARAMS:
                yield Finding(
                    where=(*where, "body", key),
                    on_key=True,
                    problem=f"{key} is not for `body` to set",
                    remedy=_TO_THE_CONNECTION,
                )
        if asked.pagination.params_in() != "body":
            continue
        if asked.body is None:
            yield Finding(
                where=(*where, "pagination", "in"),
                problem="there is no body to ask for pages in: the request is a GET",
                remedy="add `body: {}`, which makes it a POST, or remove `in`",
            )
        for param in asked.pagination.own_params():
            if asked.body is not None and at(asked.body, param) is not ABSENT:
                yield Finding(
                    where=(*where, "body", param.partition(".")[0]),
                    on_key=True,
                    problem=f"{param} is not for `body` to set",
                    remedy="remove it: `pagination` sets it",
                )


def rest_headers(context: RuleContext) -> Iterator[Finding]:
    """Headers have names and values that HTTP can carry, and hold no secret."""
    for where, source in _sources(context):
        for name, value in source.headers.items():
            place = (*where, "headers", name)
            if problem := _header_problem(name):
                yield Finding(where=place, on_key=True, problem=problem[0], remedy=problem[1])
            elif not (value.isascii() and value.isprintable()):
                yield Finding(
                    where=place,
                    problem="a header's value holds printable ASCII characters only",
                    remedy="write it without accents and line breaks",
                )
        named = source.auth.own_header() if source.auth else ""
        if named and not _TOKEN.fullmatch(named):
            yield Finding(
                where=(*where, "auth", "name"),
                problem=f"{named!r} cannot be the name of a header",
                remedy="letters, digits and dashes: X-Api-Key",
            )


def _header_problem(name: str) -> tuple[str, str] | None:
    if not _TOKEN.fullmatch(name):
        return f"{name!r} cannot be the name of a header", "letters, digits and dashes: X-Tenant"
    if name.lower() in _SECRET_HEADERS:
        return f"{name} is not for `headers` to set", _TO_THE_CONNECTION
    if name.lower() in _CLIENT_HEADERS:
        return f"{name} is not for `headers` to set", "remove it: the HTTP client sets it"
    return None


def rest_interval_words(context: RuleContext) -> Iterator[Finding]:
    """A path or parameter takes the data interval by its words; nothing else is a template."""
    for where, asked, _ in _lists(context):
        for place, text in texts_of(where, asked):
            for word in unknown_words(text):
                yield Finding(
                    where=place,
                    problem=f":{word} is not known",
                    remedy=did_you_mean(word, (*WORDS, *CURSOR_WORDS)),
                )
            if TEMPLATE.search(text):
                yield Finding(
                    where=place,
                    problem="a spec is not a template",
                    remedy="write :data_interval_start, :data_interval_end_date … for what the "
                    "run knows",
                )


def texts_of(where: KeyPath, asked: RestSource | ForEach) -> Iterator[tuple[KeyPath, str]]:
    """The texts of a request that may contain words, each with its place."""
    yield (*where, "path"), asked.path
    for key, value in asked.params.items():
        if isinstance(value, str):
            yield (*where, "params", key), value
    for place, text in texts_in(asked.body):
        yield (*where, "body", *place), text


def rest_body_paths(context: RuleContext) -> Iterator[Finding]:
    """A place in a body is a dotted path of names: `data.items`."""
    for where, asked, _ in _lists(context):
        paths: dict[KeyPath, str] = {}
        if asked.records:
            paths[(*where, "records")] = asked.records
        if isinstance(asked, ForEach):
            paths |= {(*where, "select", name): path for name, path in asked.select.items()}
        elif asked.responses.error is not None:
            paths[(*where, "responses", "error")] = asked.responses.error
        for key, path in asked.pagination.body_paths().items():
            paths[(*where, "pagination", key)] = path
        for place, path in paths.items():
            if "" in path.split(".") or re.search(r"[\[\]$*\s]", path):
                plain = re.sub(r"\[.*?\]|[$*\s]", "", path).strip(".")
                yield Finding(
                    where=place,
                    problem=f"{path!r} is not a dotted path",
                    remedy=f"write {plain}" if plain and "." * 2 not in plain else "as data.items",
                )


def rest_pages(context: RuleContext) -> Iterator[Finding]:
    """Paging says each thing once: a size with its parameter, one total, different parameters."""
    for where, asked, _ in _lists(context):
        for found in asked.pagination.problems():
            yield Finding(
                where=(*where, "pagination", *filter(None, (found.key,))),
                problem=found.problem,
                remedy=found.remedy,
            )


def rest_single_record(context: RuleContext) -> Iterator[Finding]:
    """A body that is one record has no list of records, and no further page."""
    for where, source in _sources(context):
        if not source.single_record:
            continue
        if source.records:
            yield Finding(
                where=(*where, "single_record"),
                problem="the body is one record, and `records` names a list in it",
                remedy="keep one of the two",
            )
        if source.pagination.most_pages() > 1:
            yield Finding(
                where=(*where, "pagination"),
                problem="a body that is one record has no pages",
                remedy="remove `pagination`, or name the list in `records`",
            )


def rest_statuses(context: RuleContext) -> Iterator[Finding]:
    """A status means one thing, and 200 means that the records are there."""
    for where, source in _sources(context):
        rules = source.responses
        lists = {
            "ignore": rules.ignore,
            "retry": rules.retry,
            "rate_limited": rules.rate_limited,
            "fail": rules.fail,
        }
        for key, statuses in lists.items():
            if HTTPStatus.OK in statuses:
                yield Finding(
                    where=(*where, "responses", key),
                    problem="200 is how an API gives its records",
                    remedy="remove it; `error` names where a body with 200 holds an error's text",
                )
        declared = Counter(status for statuses in lists.values() for status in set(statuses))
        for status in sorted(status for status, times in declared.items() if times > 1):
            keys = [key for key, statuses in lists.items() if status in statuses]
            yield Finding(
                where=(*where, "responses", keys[-1]),
                problem=f"{status} is in {' and in '.join(keys)}",
                remedy="keep it in one of them",
            )
