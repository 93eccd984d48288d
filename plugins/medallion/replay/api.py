"""What the replay server answers to a request: faults first, then limits, then TMDB's endpoints."""

from __future__ import annotations

import asyncio
import re
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass

from starlette.applications import Starlette
from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from medallion.replay import bodies
from medallion.replay.access import Access
from medallion.replay.catalogue import Catalogue, Film, InvalidQueryError, sorting
from medallion.replay.cut import CutResponse
from medallion.replay.faults import Dropped, Failure, Fault, Faults, Html, NoTotalPages, Throttled
from medallion.replay.films import details, list_item
from medallion.replay.genres import genre_names
from medallion.replay.rate import TokenBucket

_MOVIE = re.compile(r"/3/movie/(\d{1,12})")
_IMAGES = {
    "base_url": "http://image.tmdb.org/t/p/",
    "secure_base_url": "https://image.tmdb.org/t/p/",
    "backdrop_sizes": ["w300", "w780", "w1280", "original"],
    "logo_sizes": ["w45", "w92", "w154", "w185", "w300", "w500", "original"],
    "poster_sizes": ["w92", "w154", "w185", "w342", "w500", "w780", "original"],
    "profile_sizes": ["w45", "w185", "h632", "original"],
    "still_sizes": ["w92", "w185", "w300", "original"],
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """TMDB's limits: pages above `max_page` are refused though `total_pages` counts them."""

    max_page: int = 500
    page_size: int = 20
    requests_per_second: float = 40
    seconds: float = 0.0
    """How long each answer takes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedRequest:
    """A request that was answered. Its credentials are not kept, only that there were some."""

    method: str
    path: str
    params: Mapping[str, str]
    authenticated_by: str
    """`bearer`, `api_key` or nothing: how the request tried to authenticate."""
    status: int
    fault: Fault | None


class ReplayApi:
    """TMDB's API v3 over a catalogue. It lives in one event loop and needs no locks."""

    def __init__(
        self, *, catalogue: Catalogue, access: Access, limits: Limits, faults: Faults
    ) -> None:
        self._catalogue = self._first = catalogue
        self._access = access
        self._limits = limits
        self._bucket = TokenBucket(limits.requests_per_second)
        self._faults = deque(faults.answers)
        self._unstable_edges = list(faults.unstable_edges)
        self._lasting = faults
        self._pages = 0
        self._found: tuple[Catalogue, dict[str, str], tuple[Film, ...]] | None = None
        """What was found last: the pages of one query mostly come one after the other."""
        self.requests: list[RecordedRequest] = []
        self.asgi = Starlette(routes=[Route("/{path:path}", self._answer)])

    @property
    def left(self) -> frozenset[int]:
        """The films that were there at first and are there no more."""
        return self._first.numbers - self._catalogue.numbers

    def add_faults(self, faults: Faults) -> None:
        """Put faults behind those that still wait; what goes wrong again and again is as given."""
        self._faults.extend(faults.answers)
        self._unstable_edges.extend(faults.unstable_edges)
        self._lasting = faults

    async def _answer(self, request: Request) -> Response:
        if self._limits.seconds:
            await asyncio.sleep(self._limits.seconds)
        fault = self._faults.popleft() if self._faults else self._lasting_fault()
        response = self._break(fault) or self._refuse_limited(request)
        if response is None:
            response = self._serve(request, fault)
        # Recorded before it is sent: who has the answer finds the record.
        self.requests.append(_record(request, response.status_code, fault))
        return response

    def _lasting_fault(self) -> Fault | None:
        every, fault = self._lasting.every or (0, None)
        return fault if _is_turn(len(self.requests) + 1, every) else None

    def _break(self, fault: Fault | None) -> Response | None:
        match fault:
            case Failure(status=status):
                return bodies.failure(status)
            case Throttled(retry_after=retry_after):
                answer = bodies.too_many(limit=self._limit(), retry_after=retry_after or "")
                if retry_after is None:
                    del answer.headers["Retry-After"]
                return answer
            case Html():
                return HTMLResponse("<!doctype html><title>Sign in</title><h1>Sign in</h1>")
            case _:
                return None

    def _refuse_limited(self, request: Request) -> Response | None:
        if not self._bucket.take():
            retry_after = str(self._bucket.retry_after())
            return bodies.too_many(limit=self._limit(), retry_after=retry_after)
        if not self._access.allows(
            authorization=request.headers.get("Authorization"),
            api_key=request.query_params.get("api_key"),
        ):
            return bodies.invalid_key()
        return None

    def _limit(self) -> int:
        return int(self._limits.requests_per_second)

    def _serve(self, request: Request, fault: Fault | None) -> Response:
        response = self._endpoint(request.url.path, request.query_params, fault)
        return CutResponse(response) if isinstance(fault, Dropped) else response

    def _endpoint(self, path: str, params: QueryParams, fault: Fault | None) -> Response:
        language = params.get("language", "en")
        if path == "/3/discover/movie":
            return self._discover(params, fault)
        if path == "/3/genre/movie/list":
            names = genre_names(language).items()
            return bodies.json_answer({"genres": [{"id": n, "name": name} for n, name in names]})
        if path == "/3/configuration":
            return bodies.json_answer({"images": _IMAGES, "change_keys": []})
        if found := _MOVIE.fullmatch(path):
            film = self._catalogue.get(int(found[1]))
            if film is not None:
                return bodies.json_answer(details(film, language))
        return bodies.answer_not_found()

    def _discover(self, params: QueryParams, fault: Fault | None) -> Response:
        text = params.get("page", "1")
        page = int(text) if re.fullmatch(r"\d{1,9}", text) else 0
        if not 1 <= page <= self._limits.max_page:
            return bodies.invalid_page(self._limits.max_page)
        try:
            found = self._find_discovered(params)
        except InvalidQueryError:
            return bodies.invalid_parameters()
        size = self._limits.page_size
        body: dict[str, object] = {
            "page": page,
            "results": [list_item(film) for film in found[(page - 1) * size : page * size]],
            # As TMDB counts: nothing found is one page, and pages that it refuses count too.
            "total_pages": max(1, -(-len(found) // size)),
            "total_results": len(found),
        }
        if isinstance(fault, NoTotalPages):
            del body["total_pages"]
        self._unrest(page, found, params)
        return bodies.json_answer(body)

    def _find_discovered(self, params: QueryParams) -> tuple[Film, ...]:
        """All films of a query, whatever the page."""
        asked = {key: value for key, value in params.items() if key != "page"}
        if self._found is None or self._found[0] is not self._catalogue or self._found[1] != asked:
            self._found = (self._catalogue, asked, self._catalogue.discover(params))
        return self._found[2]

    def _unrest(self, page: int, found: tuple[Film, ...], params: QueryParams) -> None:
        """What the catalogue does after a page was served."""
        self._pages += 1
        edge = page * self._limits.page_size
        once = page in self._unstable_edges
        if (once or _is_turn(self._pages, self._lasting.moving_every)) and edge < len(found):
            if once:
                self._unstable_edges.remove(page)
            field, _ = sorting(params)
            self._catalogue = self._catalogue.exchange(found[edge - 1], found[edge], field)
        if _is_turn(self._pages, self._lasting.leaving_every):
            first = found[edge - self._limits.page_size : edge][:1]
            self._catalogue = self._catalogue.without(first)


def _is_turn(number: int, every: int) -> bool:
    return every > 0 and number % every == 0


def _record(request: Request, status: int, fault: Fault | None) -> RecordedRequest:
    params = dict(request.query_params)
    api_key = params.pop("api_key", None)
    bearer = request.headers.get("Authorization") is not None
    return RecordedRequest(
        method=request.method,
        path=request.url.path,
        params=params,
        authenticated_by="bearer" if bearer else "api_key" if api_key else "",
        status=status,
        fault=fault,
    )
