"""An Open Data Contract Standard document, 3.x: a dataset for each object of its schema.

Read by hand, and not by the standard's own models: those leave keys that they do not know out, and
each key of a contract that no spec says is to be reported.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from medallion.workbench.imports.base.document import Document
from medallion.workbench.imports.base.node import Leftovers, Node
from medallion.workbench.imports.base.outcome import Imported, Target
from medallion.workbench.imports.base.rest_parts import shorten
from medallion.workbench.imports.base.sketch import (
    Sketch,
    short_name,
)
from medallion.workbench.imports.odcs.objects import FACTS, Server, add_object

_DATABASES = {
    "postgres": "postgres", "postgresql": "postgres", "mysql": "mysql", "sqlserver": "mssql",
    "oracle": "oracle", "db2": "ibm_db2", "redshift": "postgres", "denodo": "denodo",
}  # fmt: skip
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
    freshness = _slas(root)
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
        if is_owner and not found:
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


def _slas(root: Node) -> dict[str, str]:
    """`freshness` of each table."""
    found: dict[str, str] = {}
    for one in root.nodes("slaProperties"):
        name, value = one.text("property"), one.take("value")
        unit = _UNITS.get(one.text("unit").lower().removesuffix("s"), "")
        one.drop("element", "driver", "description", "valueExt", "id")
        is_age = name.lower() in ("latency", "ly", "freshness", "timeliness", "frequency", "fy")
        if is_age and isinstance(value, int) and unit and name.lower() not in ("frequency", "fy"):
            found["error_after"] = f"{value}{unit}"
        else:
            why = "`schedule` of the pipeline" if is_age else ""
            if name == "retention":
                why = "`retention` of bronze and quarantine (docs/retention.md)"
            one.leftovers.leave(one.place, f"the property {name} has no counterpart", why)
    return found
