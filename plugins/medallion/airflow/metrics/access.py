"""Who may scrape: whoever has the token, which opens nothing else."""

from __future__ import annotations

import hmac
import logging
import os
from collections.abc import Mapping
from pathlib import Path

TOKEN_FILE = "MEDALLION_METRICS_TOKEN_FILE"  # noqa: S105  # the name of a variable
TOKEN = "MEDALLION_METRICS_TOKEN"  # noqa: S105  # the name of a variable
_SCHEME = "bearer"

log = logging.getLogger(__name__)


def may_scrape(authorization: str, environ: Mapping[str, str] = os.environ) -> bool:
    """Whether a request's header has the token: from the file, which may change, or the variable.

    Compared in constant time. Where none is set, nobody may.
    """
    wanted = _token(environ)
    scheme, _, given = authorization.partition(" ")
    same = hmac.compare_digest(given.strip().encode(), wanted.encode())
    return bool(wanted) and scheme.lower() == _SCHEME and same


def _token(environ: Mapping[str, str]) -> str:
    path = environ.get(TOKEN_FILE)
    if not path:
        return environ.get(TOKEN, "").strip()
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except OSError as error:
        log.warning("%s cannot be read, so nobody may scrape: %s", TOKEN_FILE, error.strerror)
        return ""
