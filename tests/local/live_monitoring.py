"""What watches a live stack: a real Prometheus, PostgreSQL's exporter, and what replaces the
statsd-exporter, which Debian does not have.
"""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import httpx
import psycopg
import yaml
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, start_http_server
from psycopg import sql
from tests.deploy.monitoring.dashboards import MONITORING, mapping_path

from medallion.local.ports import HOST, free_port
from medallion.local.postgres import EmbeddedPostgres
from medallion.local.settings import StackSettings

PROGRAMS = ("prometheus", "prometheus-postgres-exporter")
MISSING = [name for name in PROGRAMS if shutil.which(name) is None]
LINE = re.compile(r"^(?P<name>[^:]+):(?P<value>[-+]?[\d.]+)\|(?P<kind>c|g|ms)$")
PATIENCE_SECONDS = 400


class StatsdExporter:
    """Airflow's lines, mapped as statsd-mapping.yml says and added up.

    In place of the real one: it proves that Airflow sends what the mapping names.
    """

    def __init__(self) -> None:
        config = yaml.safe_load(mapping_path().read_text())
        self._mappings = config["mappings"][:-1]  # the last one drops the rest
        self._buckets = config["defaults"]["histogram_options"]["buckets"]
        self._registry = CollectorRegistry()
        self._metrics: dict[str, Any] = {}
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind((HOST, 0))
        self.port = int(self._socket.getsockname()[1])
        threading.Thread(target=self._listen, daemon=True).start()

    def serve(self, port: int) -> None:
        start_http_server(port, HOST, registry=self._registry)

    def close(self) -> None:
        self._socket.close()

    def _listen(self) -> None:
        while True:
            try:
                text = self._socket.recv(65_536).decode()
            except OSError:
                return
            for line in text.splitlines():
                if found := LINE.match(line):
                    self._take(found["name"], found["value"], found["kind"])

    def _take(self, name: str, value: str, kind: str) -> None:
        parts = name.split(".")
        for mapping in self._mappings:
            wanted = mapping["match"].split(".")
            if len(wanted) != len(parts):
                continue
            if all(w in ("*", p) for w, p in zip(wanted, parts, strict=True)):
                stars = [p for w, p in zip(wanted, parts, strict=True) if w == "*"]
                labels = {
                    key: stars[int(text[1:]) - 1] if text.startswith("$") else text
                    for key, text in mapping.get("labels", {}).items()
                }
                self._add(mapping["name"], labels, value, kind)
                return

    def _add(self, name: str, labels: Mapping[str, str], value: str, kind: str) -> None:
        metric = self._metrics.get(name) or self._made(name, tuple(labels), kind)
        one = metric.labels(**labels) if labels else metric
        if kind == "c":
            one.inc(float(value))
        elif kind == "ms":
            one.observe(float(value) / 1000)
        elif value[0] in "+-":
            one.inc(float(value))
        else:
            one.set(float(value))

    def _made(self, name: str, labels: tuple[str, ...], kind: str) -> Any:
        if kind == "c":
            made: Any = Counter(name, name, labels, registry=self._registry)
        elif kind == "g":
            made = Gauge(name, name, labels, registry=self._registry)
        else:
            made = Histogram(name, name, labels, registry=self._registry, buckets=self._buckets)
        self._metrics[name] = made
        return made


@contextmanager
def watched(
    settings: StackSettings, statsd: StatsdExporter, folder: Path
) -> Iterator[httpx.Client]:
    """Prometheus with the product's own configuration, but for addresses and pace; its API."""
    ports = {name: free_port() for name in ("prometheus", "postgres", "airflow")}
    statsd.serve(ports["airflow"])
    configuration = folder / "prometheus.yml"
    configuration.write_text(yaml.safe_dump(_configured(settings, ports)))
    commands = {
        "postgres": [
            "prometheus-postgres-exporter", "--no-collector.bgwriter",  # broken since 17, in 0.11.1
            f"--web.listen-address={HOST}:{ports['postgres']}",
        ],
        "prometheus": [
            "prometheus", f"--config.file={configuration}",
            f"--storage.tsdb.path={folder / 'data'}",
            f"--web.listen-address={HOST}:{ports['prometheus']}",
        ],
    }  # fmt: skip
    environment = os.environ | {"DATA_SOURCE_NAME": _monitor_url(settings)}
    with ExitStack() as stack:
        for name, command in commands.items():
            out = stack.enter_context((folder / f"{name}.log").open("w"))
            process = subprocess.Popen(command, env=environment, stdout=out, stderr=out)
            stack.callback(process.wait, 240)
            stack.callback(process.terminate)
        base = f"http://{HOST}:{ports['prometheus']}/api/v1"
        client = stack.enter_context(httpx.Client(base_url=base, trust_env=False, timeout=30))
        _wait_for_scrapes(client)
        yield client


def _configured(settings: StackSettings, ports: Mapping[str, int]) -> dict[str, Any]:
    config: dict[str, Any] = yaml.safe_load((MONITORING / "prometheus.yml").read_text())
    config["global"] |= {"scrape_interval": "1s", "scrape_timeout": "1s"}
    config["rule_files"] = [str(MONITORING / "rules" / "*.yml")]
    del config["alerting"]
    targets = {"medallion": settings.ports.api, **ports}
    for job in config["scrape_configs"]:
        job["static_configs"] = [{"targets": [f"{HOST}:{targets[job['job_name']]}"]}]
        if "authorization" in job:
            token = settings.paths.secrets / "metrics.secret"
            job["authorization"]["credentials_file"] = str(token)
            job |= {"scrape_interval": "5s", "scrape_timeout": "5s"}
    return config


def _monitor_url(settings: StackSettings) -> str:
    """The role that initdb makes in containers."""
    server = EmbeddedPostgres(settings.paths.postgres)
    role, password = sql.Identifier("medallion_monitor"), "monitor"
    with psycopg.connect(server.url("postgres"), autocommit=True) as admin:
        made = admin.execute("SELECT 1 FROM pg_roles WHERE rolname = 'medallion_monitor'")
        if not made.fetchone():
            admin.execute(
                sql.SQL("CREATE ROLE {} LOGIN PASSWORD {} IN ROLE pg_monitor").format(
                    role, sql.Literal(password)
                )
            )
        admin.execute(sql.SQL("GRANT CONNECT ON DATABASE warehouse TO {}").format(role))
    url = server.info().url("warehouse", user="medallion_monitor", password=password)
    return f"{url}?sslmode=disable"


def ask(client: httpx.Client, query: str) -> list[dict[str, Any]]:
    """The samples that an instant query gives."""
    answer = client.get("/query", params={"query": query}).json()
    assert answer["status"] == "success", (query, answer)
    found: list[dict[str, Any]] = answer["data"]["result"]
    return found


def _wait_for_scrapes(client: httpx.Client) -> None:
    """Until each job has been scraped three times: a rate needs two."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    counts: dict[str, float] = {}
    while len(counts) < 4 or min(counts.values()) < 3:
        assert time.monotonic() < deadline, counts
        time.sleep(0.5)
        try:
            found = ask(client, "sum by (job) (sum_over_time(up[10m]))")
        except (httpx.HTTPError, ValueError):
            continue
        counts = {one["metric"]["job"]: float(one["value"][1]) for one in found}
