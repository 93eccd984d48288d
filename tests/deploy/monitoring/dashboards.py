"""The dashboards as Grafana reads them, and their queries as Prometheus does."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from medallion.roots import PROJECT_ROOT

MONITORING = PROJECT_ROOT / "deploy" / "monitoring"
FOLDER = MONITORING / "grafana" / "dashboards"
METRIC = re.compile(r"\b(?:medallion|airflow|pg)_[a-z0-9_]+")


@dataclass(frozen=True, kw_only=True)
class Query:
    """One query of one panel."""

    dashboard: str
    panel: str
    text: str

    def sent(self, domain: str = "cinema") -> str:
        """With Grafana's words replaced."""
        return self.text.replace("$__rate_interval", "5m").replace("$domain", domain)

    @property
    def metrics(self) -> set[str]:
        """The names that it asks for."""
        return set(METRIC.findall(self.text))


def dashboards() -> dict[str, dict[str, Any]]:
    return {path.stem: json.loads(path.read_text()) for path in sorted(FOLDER.glob("*.json"))}


def queries() -> Iterator[Query]:
    for name, board in dashboards().items():
        for panel in board["panels"]:
            for target in panel["targets"]:
                yield Query(dashboard=name, panel=panel["title"], text=target["expr"])


def mapping_path() -> Path:
    return MONITORING / "statsd-mapping.yml"
