"""The role that /metrics reads as: figures of the registry, and nothing of anybody's data."""

from __future__ import annotations

from medallion.names import metrics_reader_of
from medallion.warehouse.registry.measures import COLUMNS, READS
from medallion.warehouse.roles.registry_reader import RegistryReader

READER = RegistryReader(
    name_of=metrics_reader_of,
    used_by="/metrics reads as",
    remedy="make a role that may read what docs/monitoring.md lists, and name it in the "
    "connection medallion_metrics",
    sessions=4,
    statement_timeout="5s",
    tables=READS,
    columns=COLUMNS,
)


def metrics_url(loader_url: str) -> str:
    """The warehouse as the role.

    Raises:
        SetupError: the loader has no password to derive one from.
    """
    return READER.role(loader_url).url
