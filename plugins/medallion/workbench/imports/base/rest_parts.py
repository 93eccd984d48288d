"""What several formats say of an API: paths into JSON, secrets, the connection."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

_STEP = re.compile(r"""\['([^']+)'\]|\["([^"]+)"\]|\.?([^.\[\]]+)""")
_SECRET = re.compile(
    r"(?:^|[_.-])(?:key|token|secret|password|passwd|pwd|auth|authorization|cookie|signature|sig|"
    r"credentials?)(?:$|[_.-])|apikey|accesstoken|authtoken",
    re.IGNORECASE,
)
NOT_IN_A_SPEC = "a spec holds no secret"
TO_THE_CONNECTION = "put the value into the Airflow connection {}, and say in `auth` how it is sent"


def write_dotted_path(path: str) -> str | None:
    """A JSONPath as Medallion writes paths; None where it is more than names.

    >>> [write_dotted_path(p) for p in ("$.data.items", "$['next']", "data.items[*]", "$", "$..id")]
    ['data.items', 'next', 'data.items', '', None]
    """
    bare = path.strip().removeprefix("$").removesuffix("[*]").lstrip(".")
    if ".." in path or re.search(r"[*?()]|@(?!odata)|\[\d", bare):
        return None
    return ".".join(a or b or c for a, b, c in _STEP.findall(bare))


def is_secret(name: str) -> bool:
    """Whether a parameter or header of this name probably holds a secret.

    >>> [is_secret(name) for name in ("api_key", "X-Api-Key", "Authorization", "monkeys")]
    [True, True, True, False]
    """
    return _SECRET.search(name) is not None


def api_connection(pipeline: str) -> str:
    """The id of the connection to a pipeline's API."""
    return pipeline if pipeline.endswith("_api") else f"{pipeline}_api"


def connection_words(base_url: str) -> str:
    """What `airflow connections add` needs for an API; without a login that the URL may hold."""
    host = bare_url(base_url)
    return f"--conn-type http --conn-host {host}" if host else "--conn-type http --conn-host HOST"


def bare_url(url: str) -> str:
    """A URL without login, query and fragment; empty where it is not one of HTTP."""
    try:
        found = urlsplit(url)
        port = f":{found.port}" if found.port else ""
    except ValueError:
        return ""
    if found.scheme not in ("http", "https") or not found.hostname or "{" in url:
        return ""
    return f"{found.scheme}://{found.hostname}{port}{found.path}".rstrip("/")


def without_empty(said: dict[str, Any]) -> dict[str, Any]:
    """Keys that say something."""
    return {key: value for key, value in said.items() if value not in (None, "", [], {}, ())}


LONGEST_TEXT = 400


def shorten(text: str) -> str:
    """A description as one line: its first paragraph, cut where it is longer than a comment wants.

    >>> shorten("The order's\\nown number.\\n\\nSee also …")
    "The order's own number."
    """
    first = " ".join(text.strip().split("\n\n")[0].split())
    return first if len(first) <= LONGEST_TEXT else f"{first[: LONGEST_TEXT - 1].rstrip()}…"
