"""TMDB's answers when something is wrong, word for word."""

from __future__ import annotations

import json
from collections.abc import Mapping

from starlette.responses import Response

JSON = "application/json;charset=utf-8"


def json_answer(
    body: object, *, status: int = 200, headers: Mapping[str, str] | None = None
) -> Response:
    """A body as TMDB writes it: UTF-8, not escaped."""
    content = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
    return Response(content, status_code=status, headers=dict(headers or {}), media_type=JSON)


def _refusal(status: int, code: int, message: str) -> Response:
    return json_answer(
        {"success": False, "status_code": code, "status_message": message}, status=status
    )


def invalid_key() -> Response:
    """401: no credentials, or wrong ones, or the right ones in the wrong place."""
    return _refusal(401, 7, "Invalid API key: You must be granted a valid key.")


def answer_not_found() -> Response:
    """404: no such path, no such film."""
    return _refusal(404, 34, "The resource you requested could not be found.")


def invalid_page(max_page: int) -> Response:
    """400: a page below 1 or above the last that TMDB gives, or no number."""
    return _refusal(
        400,
        22,
        f"Invalid page: Pages start at 1 and max at {max_page}. "
        "They are expected to be an integer.",
    )


def invalid_parameters() -> Response:
    """422: a parameter that cannot be read."""
    return _refusal(422, 5, "Invalid parameters: Your request parameters are incorrect.")


def too_many(*, limit: int, retry_after: str) -> Response:
    """429: ask again after `retry_after` (seconds, or an HTTP date)."""
    answer = _refusal(
        429, 25, f"Your request count ({limit + 1}) is over the allowed limit of {limit}."
    )
    answer.headers["Retry-After"] = retry_after
    return answer


_FAILURES = {
    500: (11, "Internal error: Something went wrong, contact TMDb."),
    502: (43, "Couldn't connect to the backend server."),
    503: (9, "Service offline: This service is temporarily offline, try again later."),
    504: (24, "Your request to the backend server timed out. Try again."),
}


def failure(status: int) -> Response:
    """A 5xx as TMDB's own servers answer it; any other status with a message of no code."""
    code, message = _FAILURES.get(status, (0, "Something went wrong."))
    return _refusal(status, code, message)
