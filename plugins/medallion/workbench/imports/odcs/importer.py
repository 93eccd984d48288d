"""An Open Data Contract Standard document, 3.x: a dataset for each object of its schema.

Read by hand, and not by the standard's own models: those leave keys that they do not know out, and
each key of a contract that no spec says is to be reported.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from medallion.schedules.cron import CONTINUOUS
from medallion.workbench.imports.base.document import Document
from medallion.workbench.imports.base.node import Leftovers, Node
from medallion.workbench.imports.base.outcome import Imported, Target
from medallion.workbench.imports.base.rest_parts import shorten
from medallion.workbench.imports.base.sketch import PLACEHOLDER, Sketch, short_name
from medallion.workbench.imports.odcs.objects import FACTS, Server, add_object

_DATABASES = {
    "postgres": "postgres", "postgresql": "postgres", "mysql": "mysql", "sqlserver": "mssql",
    "oracle": "oracle", "db2": "ibm_db2", "redshift": "postgres", "denodo": "denodo",
}  # fmt: skip
_FIRST_DAY = date(2026, 1, 1)
_UNITS = {"m": "m", "min": "m", "minute": "m", "h": "h", "hour": "h", "d": "d", "day": "d"}


def recognises(document: Document) -> bool:
    """A mapping with `kind: DataContract` and `apiVersion: v3…`."""
    version = str(document.data.get("apiVersion", ""))
    return document.data.get("kind") == "DataContract" and version.startswith("v3")


def read(document: Document, target: Target) -> Imported:
    """One pipeline, whose datasets are the contract's objects."""
    leftovers = Leftovers(document.lines)
    root = Node(document.data, "", leftovers)
    name = root.text("name") or root.text("dataProduct") or document.path.stem
    root.drop("kind", "apiVersion", "version", "id", "status", "name", "dataProduct", "domain",
              "contractCreatedTs", "slaDefaultElement")  # fmt: skip
    pipeline = target.pipeline or short_name(name)
    sketch = Sketch(name=pipeline)
    sketch.said = dict(_top(root, name))
    if tags := root.texts("tags"):
        sketch.said["tags"] = tags
    contacts = list(_contacts(root))
    if contacts:
        sketch.domain["contacts"] = contacts
    server = _server(root, sketch, pipeline)
    freshness = _slas(root, sketch)
    for given in root.nodes("schema"):
        add_object(given, server, freshness, sketch, target.domain)
    for key in (
        "price",
        "roles",
        "tenant",
        "customProperties",
        "authoritativeDefinitions",
        "context",
    ):
        root.leave(key, *_LEFT.get(key, (FACTS, "")))
    root.report_unread()
    return Imported(drafts=(sketch.finish(),), not_mapped=leftovers.in_order())


_LEFT = {
    "roles": ("rights are given to roles of the warehouse", "`grants` of a table"),
    "customProperties": ("their meaning is the contract's own", ""),
}


def _top(root: Node, name: str) -> Iterator[tuple[str, Any]]:
    description = root.node("description")
    for key in ("authoritativeDefinitions", "customProperties"):
        description.leave(key, FACTS)
    text = " ".join(
        shorten(one) for key in ("purpose", "usage", "limitations")
        if (one := description.text(key))
    )  # fmt: skip
    yield "description", text or f"{name}."
    if owner := _owner(root):
        yield "owner", owner


def _owner(root: Node) -> str:
    """The team; else the member whose role is owner."""
    if isinstance(root.peek("team"), Mapping):
        team = root.node("team")
        members, named = team.nodes("members"), team.text("name")
        team.drop("id", "description")
    else:
        members, named = root.nodes("team"), ""
    found = ""
    for one in members:
        is_owner = "owner" in one.text("role").lower() and "dateOut" not in one
        if is_owner and not (named or found):
            found = one.text("username") or one.text("name")
            one.drop(*one)
        else:
            one.leave_all("a team has one `owner`", "`contacts` of domain.yaml")
    return named or found


def _contacts(root: Node) -> Iterator[str]:
    for one in root.nodes("support"):
        yield one.text("url").removeprefix("mailto:") or one.text("channel")
        one.drop("channel", "tool", "description", "scope", "url", "id")


def _server(root: Node, sketch: Sketch, pipeline: str) -> Server:
    first, *others = root.nodes("servers") or [Node({}, "servers", root.leftovers)]
    for one in others:
        one.leave_all("a dataset has one source", "another dataset")
    kind = first.text("type")
    first.drop("server", "environment", "description", "id")
    if kind in _DATABASES:
        conn_id = f"{pipeline}_db"
        words = {
            "--conn-type": _DATABASES[kind], "--conn-host": first.text("host"),
            "--conn-port": first.text("port"),
            "--conn-schema": first.text("database", "serviceName"),
            "--conn-login": "LOGIN", "--conn-password": "PASSWORD",
        }  # fmt: skip
        sketch.connections[conn_id] = " ".join(f"{k} {v}" for k, v in words.items() if v)
        return Server(kind="database", conn_id=conn_id, schema=first.text("schema"))
    if kind in ("local", "s3", "azure", "sftp"):
        return Server(
            kind=kind, path=first.text("path", "location"), format=first.text("format"),
            delimiter=first.text("delimiter"), conn_id=f"{pipeline}_files",
        )  # fmt: skip
    if kind:
        first.leave_all(f"no source reads a server of type {kind}", "see docs/spec.md#keys")
    return Server()


def _slas(root: Node, sketch: Sketch) -> dict[str, str]:
    """`freshness` of each table; and the pipeline's schedule, where one is named."""
    ages: list[tuple[int, str]] = []
    for one in root.nodes("slaProperties"):
        name, value = one.text("property").lower(), one.take("value")
        unit = _UNITS.get(one.text("unit").lower().removesuffix("s"), "")
        one.drop("element", "driver", "description", "valueExt", "id")
        if name in _AGES and isinstance(value, int) and unit:
            ages.append((value * _MINUTES[unit], f"{value}{unit}"))
            continue
        if name in _FREQUENCIES and _add_schedule(one, sketch):
            continue
        why = "`schedule` of the pipeline" if name in (*_AGES, *_FREQUENCIES) else ""
        if name == "retention":
            why = "`retention` of bronze and quarantine (docs/retention.md)"
        one.leave_all(f"the property {name} has no counterpart", why)
    if not ages:
        return {}
    first, *others = sorted(ages)
    limits = {"warn_after": first[1]} if others and others[-1] != first else {}
    return {**limits, "error_after": max(ages)[1]}


_AGES, _FREQUENCIES = ("latency", "ly", "freshness", "timeliness"), ("frequency", "fy")
_MINUTES = {"m": 1, "h": 60, "d": 1440}


def _add_schedule(one: Node, sketch: Sketch) -> bool:
    """The schedule of a level that names one for cron; `@continuous` waits for a topic's messages,
    and no contract says that its data come from one."""
    schedule = one.peek("schedule")
    if one.peek("scheduler") != "cron" or not isinstance(schedule, str) or schedule == CONTINUOUS:
        return False
    one.use("scheduler", "value")
    sketch.said["schedule"] = one.text("schedule")
    sketch.said["start_date"] = _FIRST_DAY
    sketch.guess(("start_date",), f"{PLACEHOLDER}: the first day of its data intervals")
    return True
