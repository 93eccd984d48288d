"""The profiles of docker-compose.yaml that are not for everybody: Superset, and what watches."""

from __future__ import annotations

import json
import urllib.request
from dataclasses import dataclass, replace
from typing import Any

from engine import RehearsalError, call
from stack import ROOT, Stack, free_port, wait_for
from stand_ins import MONITORING, PREFIX, build_monitoring

from steps import PATIENCE, Rehearsal

_WATCHING = ("prometheus", "alertmanager", "postgres-exporter")
"""Of the profile `monitoring`, what Debian has."""
_TARGETS = ("medallion", "postgres", "prometheus")


@dataclass(frozen=True, slots=True, kw_only=True)
class Profiles:
    """The steps; `base` is what images are built on, empty: the official one."""

    rehearsal: Rehearsal
    base: str

    @property
    def stack(self) -> Stack:
        """Its services."""
        return self.rehearsal.stack

    def make_images(self) -> str:
        """That of superset/Dockerfile, by `make image`, and what stands in for those that watch."""
        tag, engine = f"{PREFIX}/superset", self.stack.engine
        words = ["make", "--no-print-directory", "image", f"ENGINE={engine.name}", f"IMAGE={tag}"]
        words += ["DOCKERFILE=superset/Dockerfile", f"BUILD_FLAGS={' '.join(engine.build_flags())}"]
        words += [f"BASE_IMAGE={self.base}"] if self.base else []
        call(words, timeout=1500, folder=ROOT, environment=engine.environment)
        size = int(engine.run("image", "inspect", "--format", "{{.Size}}", tag))
        watching = ", ".join(package for package, _ in MONITORING.values())
        build_monitoring(engine)
        return f"Superset: {size / 1e6:.0f} MB; {watching}"

    def bring_superset_up(self) -> str:
        """As `make compose-env BI=1` and `up` do; then the cinema's dashboard is there.

        Another user of group 0 prepares its database once more, and it is killed.

        Raises:
            RehearsalError: it is not healthy in time, or shows nothing.
        """
        port = free_port()
        self.stack.set({"SUPERSET_IMAGE": f"{PREFIX}/superset", "SUPERSET_PORT": str(port)})
        self.stack.complete("BI")
        self.stack.up()
        own = {"superset-db", "superset-init", "superset"}
        self.stack.wait_until_ready(self.rehearsal.wanted | own, PATIENCE)
        self.rehearsal.run_pipeline()
        password = self.stack.secret("SUPERSET_ADMIN_PASSWORD")
        said = wait_for(lambda: _describe_missing(port, password), PATIENCE)
        if said:
            raise RehearsalError(f"{said}\n{self.stack.log('scheduler')}")
        another = ("run", "--rm", "--no-deps", "--user", "123456:0", "superset-init")
        self.stack.compose(*another, timeout=PATIENCE)
        shown = ", ".join(_titles(port, password))
        return f"shows {shown}; prepared as user 123456, too; {self._kill_each('superset')}"

    def watch(self) -> str:
        """Prometheus reaches what it is to scrape, and its rules can be read.

        Raises:
            RehearsalError: a target stays down.
        """
        port = free_port()
        images = {name: f"{PREFIX}/{package}" for name, (package, _) in MONITORING.items()}
        self.stack.set({"PROMETHEUS_PORT": str(port), **images})
        self.stack.up(*_WATCHING)
        self.stack.wait_until_ready(frozenset(_WATCHING), PATIENCE)
        address = f"http://127.0.0.1:{port}/api/v1"
        said = wait_for(lambda: _describe_down(address), 180)
        if said:
            raise RehearsalError(f"{said}\n{self.stack.log('prometheus')}")
        groups = _get(f"{address}/rules")["data"]["groups"]
        rules = sum(len(group["rules"]) for group in groups)
        tables = _get(f"{address}/query?query=count(medallion_table_rows)")["data"]["result"]
        said = f"{', '.join(_TARGETS)} are scraped; {rules} rules; tables seen: {_value(tables)}"
        return f"{said}; {self._kill_each(*_WATCHING)}"

    def _kill_each(self, *services: str) -> str:
        """As the others are, once; of those that know nothing of each other all at once."""
        whole = replace(self.rehearsal, more=self.rehearsal.more + services)
        took = whole.kill(*services)
        return f"healthy again {took:.0f} s after a kill: {', '.join(services)}"


def _value(result: list[dict[str, Any]]) -> str:
    return str(result[0]["value"][1]) if result else "none"


def _describe_down(address: str) -> str:
    active = _get(f"{address}/targets")["data"]["activeTargets"]
    up = {one["labels"]["job"] for one in active if one["health"] == "up"}
    down = sorted(set(_TARGETS) - up)
    return f"not scraped: {', '.join(down)}" if down else ""


def _describe_missing(port: int, password: str) -> str:
    return "" if _titles(port, password) else "Superset shows no dashboard"


def _titles(port: int, password: str) -> list[str]:
    """The dashboards that Superset's admin sees."""
    address = f"http://127.0.0.1:{port}/api/v1"
    login = {"username": "admin", "password": password, "provider": "db"}
    token = _get(f"{address}/security/login", login)["access_token"]
    found = _get(f"{address}/dashboard/", token=token)["result"]
    return sorted(one["dashboard_title"] for one in found)


def _get(address: str, given: Any = None, *, token: str = "") -> Any:
    """The JSON of an address; with `given`, what it answers to that.

    Raises:
        RehearsalError: it does not answer, or not with JSON.
    """
    headers = {"Content-Type": "application/json"}
    headers |= {"Authorization": f"Bearer {token}"} if token else {}
    data = None if given is None else json.dumps(given).encode()
    request = urllib.request.Request(address, data=data, headers=headers)  # noqa: S310
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310
            return json.load(answer)
    except (OSError, ValueError) as error:
        raise RehearsalError(f"{address}: {error}") from None
