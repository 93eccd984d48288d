"""The processes that a stack under CeleryExecutor has more: the broker and the workers."""

from __future__ import annotations

from pathlib import Path

from medallion.local.celery.settings import SLOTS, WORKERS, CelerySettings, find_redis
from medallion.local.credentials import write_private
from medallion.local.paths import LocalPaths
from medallion.local.ports import HOST
from medallion.private_files import private_folder

BROKER = "redis"


def worker_names() -> tuple[str, ...]:
    """`worker-1`, `worker-2`: the components' names, and the workers' own."""
    return tuple(f"worker-{number}" for number in range(1, WORKERS + 1))


def broker_command(settings: CelerySettings, paths: LocalPaths) -> tuple[str, ...]:
    """Redis with a password, on the loopback interface. It writes down what it was given: a broker
    that is killed loses at most a second of it."""
    folder = private_folder(paths.run / BROKER)
    lines = (
        f"bind {HOST}",
        f"port {settings.port}",
        f"requirepass {settings.password}",
        f'dir "{folder}"',
        "appendonly yes",
        "appendfsync everysec",
        'save ""',
        "daemonize no",
    )
    file = folder / "redis.conf"
    write_private(file, "".join(f"{line}\n" for line in lines))
    return find_redis(), str(file)


def worker_command(settings: CelerySettings, name: str, folder: Path) -> tuple[str, ...]:
    """A worker of the default queue. Airflow's server of logs is left out: the disk is shared."""
    return (
        settings.python, "-m", "airflow", "celery", "worker",
        "--celery-hostname", name,
        "--concurrency", str(SLOTS),
        "--pid", str(folder / f"{name}.pid"),
        "--skip-serve-logs",
    )  # fmt: skip
