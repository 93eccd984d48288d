"""An Airbyte connection, with its source or without: a dataset for each stream that is synced.

Read as the API gives it (`configurations`), as the older API does (`syncCatalog`), or as a
configured catalogue; `{source: …, connection: …}` has both.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from medallion.workbench.imports.airbyte.schedule import schedule_of
from medallion.workbench.imports.base.cursors import EPOCH
from medallion.workbench.imports.base.document import Document
from medallion.workbench.imports.base.json_schema import (
    fields_of_schema,
    leave_keywords,
    no_references,
)
from medallion.workbench.imports.base.node import Leftovers, Node
from medallion.workbench.imports.base.outcome import Imported, Target
from medallion.workbench.imports.base.rest_parts import api_connection
from medallion.workbench.imports.base.sketch import PLACEHOLDER, Found, Sketch, short_name

_DATABASES = {
    "postgres": "postgres", "alloydb": "postgres", "mysql": "mysql", "mssql": "mssql",
    "oracle": "oracle", "db2": "ibm_db2", "mariadb": "mysql", "redshift": "postgres",
}  # fmt: skip
_DROPPED = ("connectionId", "sourceId", "destinationId", "workspaceId", "sourceDefinitionId",
            "status", "operationIds", "operations", "createdAt", "updatedAt", "sourceCatalogId",
            "geography", "dataResidency", "breakingChange", "tags", "statusReason", "catalogId",
            "icon", "resourceAllocation", "notifySchemaChanges", "definitionId")  # fmt: skip
_LEFT = {
    "namespaceDefinition": ("a dataset's table is silver_<domain>.<dataset>", ""),
    "namespaceFormat": ("a dataset's table is silver_<domain>.<dataset>", ""),
    "prefix": ("a dataset's table is silver_<domain>.<dataset>", ""),
    "nonBreakingSchemaUpdatesBehavior": ("new fields are a contract of each table",
                                         "`schema_contract` (docs/schema-contract.md)"),
    "nonBreakingChangesPreference": ("new fields are a contract of each table",
                                     "`schema_contract` (docs/schema-contract.md)"),
    "destination": ("the destination is the warehouse", ""),
    "backfillPreference": ("a backfill is started by hand", "docs/operations.md"),
}  # fmt: skip


_UNTYPED = f"{PLACEHOLDER}: the input does not say its type"
_UNTYPED_CURSOR = "the input does not say its type; a cursor is usually a time, or a number"
_PROTECT = "`classification: {pii: …, protect: hash}` of the column (docs/personal-data.md)"
_LEFT_OF_STREAM = {
    "hashedFields": ("Airbyte hashes these fields", _PROTECT),
    "mappers": ("Airbyte hashes, encrypts, renames or filters fields on the way",
                f"`from` and `filter` (docs/columns.md); {_PROTECT}"),
    "aliasName": ("a dataset's table is silver_<domain>.<dataset>", "name the dataset so"),
    "destinationObjectName": ("a dataset's table is silver_<domain>.<dataset>",
                              "name the dataset so"),
    "includeFiles": ("files themselves are not copied", "a `file` source"),
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """What the streams are read from. `kind` is empty where the input has no source."""

    kind: str
    conn_id: str
    schema: str = ""


def recognises(document: Document) -> bool:
    """A connection, a configured catalogue, or a source."""
    data = document.data
    inner = data.get("connection")
    data = {**data, **(inner if isinstance(inner, Mapping) else {})}
    configured = data.get("configurations")
    streams = data.get("streams")
    return (
        isinstance(data.get("syncCatalog"), Mapping)
        or (isinstance(configured, Mapping) and isinstance(configured.get("streams"), list))
        or (
            isinstance(streams, list)
            and any("stream" in s for s in streams if isinstance(s, Mapping))
        )
        or ("sourceType" in data and isinstance(data.get("configuration"), Mapping))
    )


def read(document: Document, target: Target) -> Imported:
    """A connection and its source become one pipeline, with a dataset for each stream."""
    leftovers = Leftovers(document.lines)
    root = Node(document.data, "", leftovers)
    connection = root.node("connection") if "connection" in root else root
    source = root.node("source") if "source" in root else root
    name = connection.text("name") or source.text("name") or document.path.stem
    pipeline = target.pipeline or short_name(name)
    sketch = Sketch(name=pipeline, said={"description": f"{name.strip().rstrip('.')}."})
    sketch.guess(("description",), "say what the pipeline is for")
    schedule_of(connection, sketch)
    place = _place(source, pipeline, sketch)
    for stream in _streams(connection):
        _add(stream, place, sketch)
    for node in (connection, source):
        node.drop("name", *_DROPPED)
        for key, (why, instead) in _LEFT.items():
            node.leave(key, why, instead)
    if not sketch.said.get("datasets"):
        _add(_Stream(node=Node({}, "", leftovers), config=Node({}, "", leftovers)), place, sketch)
    root.report_unread()
    return Imported(drafts=(sketch.finish(),), not_mapped=leftovers.in_order())


def _place(source: Node, pipeline: str, sketch: Sketch) -> _Place:
    kind = source.text("sourceType", "sourceName", "source_name").lower().removeprefix("source-")
    said = source.node("configuration", "connectionConfiguration")
    conn_type = _DATABASES.get(kind, "")
    database = said.text("database", "db", "service_name", "sid")
    schemas = said.texts("schemas")
    words = {
        "--conn-type": conn_type or "http", "--conn-host": said.text("host") or "HOST",
        "--conn-port": said.text("port"), "--conn-schema": database if conn_type else "",
        "--conn-login": "LOGIN", "--conn-password": "PASSWORD",
    }  # fmt: skip
    if not kind:
        words = {"--conn-type": "postgres", "--conn-host": "HOST"}
    # Whatever else stands there may be a secret: it is neither written nor reported by its value.
    method = said.peek("replication_method")
    if isinstance(method, Mapping) and "cdc" in str(method.get("method", "")).lower():
        said.leave("replication_method", "a table is read by SELECT, never from its log",
                   "a `cursor`, or all of it")  # fmt: skip
    if "tunnel_method" in said and "NO_TUNNEL" not in str(said.peek("tunnel_method")):
        said.leave("tunnel_method", "a connection is direct", "a tunnel of the operators' own")
    if kind and not conn_type:
        said.leave_all(
            f"what Airbyte's connector {kind} asks for is in its code", "the API's own words"
        )
    said.leave_rest("the connection holds it, and no spec", "its login, password and extra")
    is_database = bool(conn_type) or not kind
    conn_id = f"{pipeline}_db" if is_database else api_connection(pipeline)
    sketch.connections[conn_id] = " ".join(
        f"{key} {value}" for key, value in words.items() if value
    )
    return _Place(kind=kind, conn_id=conn_id, schema=schemas[0] if schemas else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stream:
    """A stream, and how it is synced; one mapping in the newer API."""

    node: Node
    config: Node


def _streams(connection: Node) -> Iterator[_Stream]:
    for key in ("configurations", "syncCatalog"):
        for given in connection.node(key).nodes("streams"):
            yield from _stream(given)
    for given in connection.nodes("streams"):
        yield from _stream(given)


def _stream(given: Node) -> Iterator[_Stream]:
    node = given.node("stream") if "stream" in given else given
    config = given.node("config") if "config" in given else given
    if config.peek("selected") is False:
        config.drop(*config)
        node.drop(*node)
        given.leftovers.leave(given.place, "the stream is not selected")
        return
    for key, (why, instead) in _LEFT_OF_STREAM.items():
        config.leave(key, why, instead)
    config.drop("selected", "suggested", "generationId", "minimumGenerationId", "syncId")
    node.drop("supportedSyncModes", "supported_sync_modes", "sourceDefinedCursor", "isResumable",
              "source_defined_cursor", "is_resumable", "isFileBased")  # fmt: skip
    yield _Stream(node=node, config=config)


def _add(stream: _Stream, place: _Place, sketch: Sketch) -> None:
    node, config = stream.node, stream.config
    name = node.text("name") or sketch.name
    dataset = sketch.free_name(name)
    schema = node.text("namespace") or place.schema
    fields = list(_fields(node, config))
    usual = node.take("sourceDefinedPrimaryKey", "source_defined_primary_key")
    key = _paths(config.take("primaryKey", "primary_key") or usual)
    source = _source(name, schema, place, dataset, sketch)
    cursor = _cursor(stream, fields, source, dataset, sketch)
    silver = _disposition(config, bool(cursor), bool(key), dataset, sketch)
    if cursor and "write_disposition" in silver:
        source["cursor"] = cursor
    else:
        cursor = {}
    if fields and cursor:
        fields = _add_cursor(fields, cursor)
    sketch.add_dataset(name, source, fields, key=key, silver=silver)


def _add_cursor(fields: Sequence[Found], cursor: Mapping[str, Any]) -> list[Found]:
    """The fields with that of the cursor; where the input does not say its type, that of a first
    value."""
    field = cursor["field"]
    if any(one.field == field and _UNTYPED not in one.guesses for one in fields):
        return list(fields)
    kind = "bigint" if cursor["initial_value"] == 0 else "timestamptz"
    said = Found(field=field, said={"type": kind}, guesses=(_UNTYPED_CURSOR,))
    return [*(one for one in fields if one.field != field), said]


def _source(name: str, schema: str, place: _Place, dataset: str, sketch: Sketch) -> dict[str, Any]:
    where = ("datasets", dataset, "source")
    if place.kind and place.kind not in _DATABASES:
        sketch.guess(
            (*where, "path"),
            f"{PLACEHOLDER}: the address of this list is in the code of Airbyte's connector "
            f"{place.kind}; write the API's own, with `auth`, `pagination` and `records`",
        )
        return {"type": "rest", "conn_id": place.conn_id, "path": short_name(name)}
    if not place.kind:
        sketch.guess(
            (*where, "conn_id"),
            f"{PLACEHOLDER}: the input does not say what the streams are read from",
        )
    table = f"{schema}.{name}" if schema else name
    return {"type": "database", "conn_id": place.conn_id, "table": table}


def _fields(node: Node, config: Node) -> Iterator[Found]:
    key = "jsonSchema" if "jsonSchema" in node else "json_schema"
    schema = node.take(key)
    leave_keywords(schema, node.at(key), node.leftovers)
    selected = {
        ".".join(map(str, path))
        for one in config.nodes("selectedFields") if isinstance(path := one.take("fieldPath"), list)
    }  # fmt: skip
    config.drop("fieldSelectionEnabled")
    found = fields_of_schema(schema if isinstance(schema, Mapping) else {}, no_references,
                             trust_required=False).fields  # fmt: skip
    yield from (one for one in found if not selected or one.field in selected)
    known = {one.field for one in found}
    for name in sorted(selected - known):
        yield Found(field=name, said={"type": "text"}, guesses=(_UNTYPED,))


def _cursor(
    stream: _Stream, fields: list[Found], source: Mapping[str, Any], dataset: str, sketch: Sketch
) -> dict[str, Any]:
    mode = stream.config.text("syncMode", "sync_mode")
    usual = stream.node.take("defaultCursorField", "default_cursor_field")
    path = stream.config.take("cursorField", "cursor_field") or usual
    field = ".".join(map(str, path)) if isinstance(path, list) else ""
    if not mode.startswith("incremental"):
        return {}
    place = stream.config.at("cursorField")
    if not field or field.startswith("_ab_") or source["type"] != "database":
        stream.config.leftovers.leave(
            place, "what is new is read by a column of the table, or a parameter of the API",
            "`cursor` (docs/increments.md)",
        )  # fmt: skip
        return {}
    kind = next((one.said.get("type") for one in fields if one.field == field), None)
    start: Any = EPOCH
    is_number = re.search(r"(?:^|_)(?:id|seq|sequence|number|no|version|offset)$", field.lower())
    if kind in ("integer", "bigint", "double", "decimal(38,0)") or (
        kind in (None, "text") and is_number
    ):
        start = 0
    elif kind == "date":
        start = date(1970, 1, 1)
    sketch.guess(
        ("datasets", dataset, "source", "cursor"),
        "the input does not say where the first run begins",
    )
    return {"field": field, "initial_value": start}


def _disposition(
    config: Node, has_cursor: bool, has_key: bool, dataset: str, sketch: Sketch
) -> dict[str, Any]:
    mode = config.text("syncMode", "sync_mode")
    to = config.text("destinationSyncMode", "destination_sync_mode") or mode
    where = ("datasets", dataset, "silver")
    if ("dedup" in to or to.endswith("history")) and has_key:
        return {"write_disposition": "merge"}
    if "append" in to and not to.endswith("overwrite"):
        if has_cursor or not mode.startswith("incremental"):
            return {"write_disposition": "append"}
        sketch.guess(where, "Airbyte appends what is new; here each run replaces the table")
    return {}


def _paths(value: object) -> list[str]:
    """A key as Airbyte writes it: a list of paths."""
    found = value if isinstance(value, list) else []
    return [".".join(map(str, one)) if isinstance(one, list) else str(one) for one in found]
