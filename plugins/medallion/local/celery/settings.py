"""What the local stack runs with under CeleryExecutor: where Celery is, and its broker."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass, field
from pathlib import Path

from medallion.errors import SetupError
from medallion.local.credentials import keep_secret, write_private
from medallion.local.paths import LocalPaths
from medallion.local.ports import HOST
from medallion.private_files import private_folder

WORKERS = 2
SLOTS = 2
"""Tasks that a worker runs at once."""
REDIS = "redis-server"


@dataclass(frozen=True, slots=True, kw_only=True)
class CelerySettings:
    """Everything that the components of such a stack need besides the others."""

    environment: Path
    """The virtual environment that has Airflow with Celery: all of Airflow runs from it."""
    port: int
    """The broker's."""
    password: str = field(repr=False)

    @property
    def python(self) -> str:
        """Its interpreter."""
        return str(self.environment / "bin" / "python")

    @property
    def broker_url(self) -> str:
        """Where tasks are put and taken. Whoever may write there may have code run."""
        return f"redis://:{self.password}@{HOST}:{self.port}/0"

    @property
    def slots(self) -> int:
        """Tasks that all workers run at once."""
        return WORKERS * SLOTS


def remember_celery(paths: LocalPaths, environment: Path) -> None:
    """From now on the stack runs under CeleryExecutor.

    Raises:
        SetupError: Celery is not installed there, or there is no Redis on this machine.
    """
    if not (environment / "bin" / "celery").exists():
        raise SetupError(
            f"There is no Celery in {environment}.",
            remedy="make up EXECUTOR=celery installs it",
        )
    find_redis()
    private_folder(paths.run)
    write_private(_mark(paths), str(environment.absolute()))


def forget_celery(paths: LocalPaths) -> None:
    """From now on it runs under LocalExecutor again."""
    _mark(paths).unlink(missing_ok=True)


def celery_settings(paths: LocalPaths, port: int) -> CelerySettings | None:
    """The settings; None where the stack runs under LocalExecutor."""
    try:
        environment = Path(_mark(paths).read_text())
    except FileNotFoundError:
        return None
    if not (environment / "bin" / "celery").exists():
        return None  # it was removed with the rest
    password = keep_secret(paths.secrets / "redis.secret")
    return CelerySettings(environment=environment, port=port, password=password)


def find_redis() -> str:
    """The program of the broker.

    Raises:
        SetupError: it is not installed.
    """
    # Debian has servers where only root looks.
    found = shutil.which(REDIS, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/bin")
    if found is None:
        raise SetupError(
            "CeleryExecutor needs a broker, and there is no redis-server on this machine.",
            remedy="Install it: apt-get install redis-server, or brew install redis.",
        )
    return found


def _mark(paths: LocalPaths) -> Path:
    return paths.run / "celery"
