"""Superset's settings, for the local stack and for containers. Superset reads this file because
SUPERSET_CONFIG_PATH names it; what differs between the two comes from the environment.

A secret is in the variable, or in the file that the variable with `_FILE` at its end names.
"""

from __future__ import annotations

import hashlib
import os
from datetime import timedelta
from pathlib import Path
from typing import Any


def _secret(name: str) -> str:
    file = os.environ.get(f"{name}_FILE")
    value = Path(file).read_text(encoding="utf-8").strip() if file else os.environ.get(name, "")
    if not value:
        raise SystemExit(f"{name} is not set: `make bi` or `make compose-env` generates it")
    return value


def _is_on(name: str) -> bool:
    return os.environ.get(name, "").lower() in ("1", "true", "yes")


# --- its own database --------------------------------------------------------------------------

SECRET_KEY = _secret("SUPERSET_SECRET_KEY")
SQLALCHEMY_DATABASE_URI = _secret("SUPERSET_METADATA_URL")
# A connection that the server has closed is replaced, not handed out.
SQLALCHEMY_ENGINE_OPTIONS: dict[str, Any] = {
    "pool_pre_ping": True,
    "pool_size": 5,
    "max_overflow": 15,
    "connect_args": {"application_name": "superset", "options": "-c timezone=UTC"},
}

# Both features are off; the keys that Superset ships for them are known to everybody.
GUEST_TOKEN_JWT_SECRET, GLOBAL_ASYNC_QUERIES_JWT_SECRET = (
    hashlib.sha256(f"{use} {SECRET_KEY}".encode()).hexdigest() for use in ("guests", "queries")
)

# --- who may do what ---------------------------------------------------------------------------

# Nobody who has not logged in sees anything, and nobody signs up.
PUBLIC_ROLE_LIKE = None
AUTH_USER_REGISTRATION = False
FAB_ADD_SECURITY_API = True
"""Medallion reads and makes roles by it; Admins only."""

FEATURE_FLAGS = {
    # A dashboard that names roles is seen by them alone; one that names none, by whoever may read
    # its datasets.
    "DASHBOARD_RBAC": True,
    # Jinja in row filters, in Superset's sandbox.
    "ENABLE_TEMPLATE_PROCESSING": True,
    # Rules of rows hold in SQL Lab, too: by default who may open it reads past them.
    "RLS_IN_SQLLAB": True,
    "ESCAPE_MARKDOWN_HTML": True,
    "ALERT_REPORTS": False,
    "EMBEDDED_SUPERSET": False,
    "DYNAMIC_PLUGINS": False,
    "THUMBNAILS": False,
}

# --- in a browser ------------------------------------------------------------------------------

_HTTPS = _is_on("SUPERSET_HTTPS")
"""A reverse proxy with TLS is in front."""
ENABLE_PROXY_FIX = _HTTPS
ENABLE_CORS = False
# Cookies know no ports: with the usual name, Airflow's session on the same host would be lost.
SESSION_COOKIE_NAME = "superset_session"
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SECURE = _HTTPS
PERMANENT_SESSION_LIFETIME = timedelta(hours=12)

WTF_CSRF_ENABLED = True
TALISMAN_ENABLED = True
# Everything comes from this server: no tiles of maps, no CDN, no counting pixel.
TALISMAN_CONFIG: dict[str, Any] = {
    "content_security_policy": {
        "base-uri": ["'self'"],
        "default-src": ["'self'"],
        "img-src": ["'self'", "blob:", "data:"],
        "worker-src": ["'self'", "blob:"],
        "connect-src": ["'self'"],
        "object-src": "'none'",
        "frame-ancestors": ["'self'"],
        "form-action": ["'self'"],
        "style-src": ["'self'", "'unsafe-inline'"],
        "script-src": ["'self'", "'strict-dynamic'"],
    },
    "content_security_policy_nonce_in": ["script-src"],
    "force_https": False,
    "session_cookie_secure": _HTTPS,
    "session_cookie_http_only": True,
}
MAPBOX_API_KEY = ""

BABEL_DEFAULT_LOCALE = "en"
LANGUAGES = {
    "en": {"flag": "us", "name": "English"},
    "fr": {"flag": "fr", "name": "Français"},
}

# --- data --------------------------------------------------------------------------------------

# What a chart shows is kept in files: a publication changes the dataset, whose time of change is
# part of each key, so nothing of before is shown. The time limit is for charts over "last week".
_CACHE: dict[str, Any] = {
    "CACHE_TYPE": "FileSystemCache",
    "CACHE_DEFAULT_TIMEOUT": int(timedelta(hours=1).total_seconds()),
    "CACHE_THRESHOLD": 2000,
    "CACHE_OPTIONS": {"mode": 0o600},
}
_CACHE_FOLDER = Path(os.environ.get("SUPERSET_CACHE_FOLDER", "/tmp/superset-cache"))  # noqa: S108
CACHE_CONFIG = {**_CACHE, "CACHE_DIR": str(_CACHE_FOLDER / "objects")}
DATA_CACHE_CONFIG = {**_CACHE, "CACHE_DIR": str(_CACHE_FOLDER / "data")}

# The role that it logs into the warehouse as ends a statement after a minute: the answer says so,
# instead of a page that waits in vain.
SUPERSET_WEBSERVER_TIMEOUT = 75
SQLLAB_TIMEOUT = 60
ROW_LIMIT = 10_000
SQL_MAX_ROW = 100_000
DISPLAY_MAX_ROW = 10_000

# --- itself ------------------------------------------------------------------------------------

SUPERSET_LOAD_EXAMPLES = False
LOG_LEVEL = "INFO"
ENABLE_TIME_ROTATE = False
