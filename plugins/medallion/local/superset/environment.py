"""The environment variables of Superset's process: its own, and nothing of Airflow's."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from medallion.local.credentials import keep_secret, write_private
from medallion.local.paths import LocalPaths
from medallion.local.superset.settings import (
    ADMIN,
    BOT,
    SupersetSettings,
    password_file,
    superset_password,
)
from medallion.private_files import private_folder

HANDED_ON = ("PATH", "TMPDIR", "TZ", "SSL_CERT_FILE", "SSL_CERT_DIR", "NO_PROXY", "no_proxy")


def superset_environment(
    settings: SupersetSettings, paths: LocalPaths, environ: Mapping[str, str] = os.environ
) -> dict[str, str]:
    """The whole environment of Superset and of its bootstrap. Its secrets are in files, which it
    names: another program's crash report or list of processes does not show them.
    """
    return {
        **{name: environ[name] for name in HANDED_ON if name in environ},
        "HOME": str(private_folder(paths.superset / "home")),
        "LANG": "C.UTF-8",
        "FLASK_APP": "superset.app:create_app()",
        "SUPERSET_CONFIG_PATH": str(paths.project_root / "superset" / "superset_config.py"),
        "SUPERSET_HOME": str(paths.superset / "home"),
        "SUPERSET_CACHE_FOLDER": str(private_folder(paths.superset / "cache")),
        "SUPERSET_SECRET_KEY_FILE": str(_key_file(paths)),
        "SUPERSET_METADATA_URL_FILE": str(_metadata_file(paths, settings)),
        "SUPERSET_ADMIN_PASSWORD_FILE": str(_keep_password(paths, ADMIN)),
        "SUPERSET_BOT_PASSWORD_FILE": str(_keep_password(paths, BOT)),
        "SCARF_ANALYTICS": "false",
        "PYTHONUNBUFFERED": "1",
        "OPENBLAS_NUM_THREADS": "1",
    }


def _key_file(paths: LocalPaths) -> Path:
    path = paths.secrets / "superset_key.secret"
    keep_secret(path)
    return path


def _metadata_file(paths: LocalPaths, settings: SupersetSettings) -> Path:
    path = paths.secrets / "superset_metadata_url.secret"
    write_private(path, settings.metadata_url.replace("postgresql://", "postgresql+psycopg2://", 1))
    return path


def _keep_password(paths: LocalPaths, user: str) -> Path:
    superset_password(paths, user)
    return password_file(paths, user)
