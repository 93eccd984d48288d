"""An object of a data contract as a dataset."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from medallion.names import DELETED_AT, VALID_FROM, VALID_TO
from medallion.workbench.imports.base.node import Node
from medallion.workbench.imports.base.rest_parts import shorten
from medallion.workbench.imports.base.sketch import (
    PLACEHOLDER,
    Found,
    Sketch,
    columns_of,
    short_name,
)
from medallion.workbench.imports.odcs.column_types import column_type
from medallion.workbench.imports.odcs.quality import checks_of

FORMATS = {"csv": "csv", "json": "jsonl", "jsonl": "jsonl", "parquet": "parquet"}
FACTS = "a fact of the contract for people, which no spec says"


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """Where the contract says that the data are."""

    kind: str = ""
    conn_id: str = ""
    schema: str = ""
    path: str = ""
    format: str = ""
    delimiter: str = ""
    url: str = ""


def add_object(
    given: Node, server: Server, freshness: Mapping[str, str], sketch: Sketch, domain: str
) -> None:
    """Adds a dataset for an object of the contract's schema: columns, key, freshness and checks.
    What has no counterpart is reported by its place."""
    name = given.text("name", "physicalName")
    dataset = sketch.free_name(name)
    given.drop("physicalType", "logicalType", "businessName", "id", "name")
    text = given.text("description") or given.text("businessName")
    grain = given.text("dataGranularityDescription")
    said = [shorten(one).rstrip(".") for one in (text, grain) if one]
    text = f"{'. '.join(said)}." if len(said) > 1 else shorten(text or grain)
    properties = list(_properties(given, ""))
    keeps_history = VALID_FROM in [name for _, name, _ in properties]
    properties = [one for one in properties if not _is_own(one)]
    is_text = server.kind != "database" and server.format != "parquet"
    fields = [_field(path, name, one, is_text=is_text) for path, name, one in properties]
    key = _key(properties)
    if len(key) < 2:
        for _, _, one in properties:
            one.drop_value("primaryKeyPosition")
    columns = columns_of(fields)
    silver: dict[str, Any] = {"write_disposition": "scd2"} if keeps_history else {}
    silver |= {"freshness": dict(freshness)} if freshness else {}
    checks = [
        check
        for path, _, one in properties
        for check in (*_of_property(one, columns[path]), *checks_of(one, columns[path]),
                      *_relations(one, columns[path], domain))
    ]  # fmt: skip
    checks += checks_of(given, "")
    if checks:
        silver["checks"] = checks
    for left in (
        "relationships",
        "tags",
        "authoritativeDefinitions",
        "customProperties",
        "context",
    ):
        given.leave(left, *_LEFT_OF_OBJECT.get(left, (FACTS, "")))
    source = _source(given, server, sketch, dataset, domain)
    sketch.add_dataset(dataset, source, fields, key=key, description=text, silver=silver)


_LEFT_OF_OBJECT = {
    "relationships": ("a key of several columns is checked by SQL",
                      "a check with a query: docs/checks.md"),
    "tags": ("a pipeline has tags, a table none", "`tags`"),
}  # fmt: skip


def _source(
    given: Node, server: Server, sketch: Sketch, dataset: str, domain: str
) -> dict[str, Any]:
    physical = given.text("physicalName") or given.text("name")
    where = ("datasets", dataset, "source")
    if server.kind == "database":
        table = f"{server.schema}.{physical}" if server.schema else physical
        return {"type": "database", "conn_id": server.conn_id, "table": table}
    format_ = FORMATS.get(server.format, "csv")
    said = {"type": "file", "format": format_}
    path = server.path.replace("{model}", physical)
    if path and server.kind != "local" and re.match(r"(s3|abfss?|sftp)://", path):
        scheme, _, rest = path.partition("://")
        path = f"{scheme.replace('abfss', 'abfs')}://{server.conn_id}@{rest}"
        sketch.connections[server.conn_id] = "--conn-type TYPE"
        sketch.guess((*where, "path"), "the connection's id is new")
    elif not path or server.kind != "local" or not path.startswith("include/data/"):
        path = f"include/data/{domain}/{short_name(physical)}.{format_}"
        why = "the contract does not say where the data are" if not server.path else (
            f"a path below include/data/{domain}/, or a URL; the contract says {server.path}"
        )  # fmt: skip
        sketch.guess((*where, "path"), f"{PLACEHOLDER}: {why}")
    said["path"] = path
    return said | ({"delimiter": server.delimiter} if len(server.delimiter) == 1 else {})


def _properties(owner: Node, before: str) -> Iterator[tuple[str, str, Node]]:
    """Each property's path and name; those of an object in its place."""
    for one in owner.nodes("properties"):
        name = one.text("name")
        path = f"{before}{one.text('physicalName') or name}"
        one.drop("name", "id", "businessName", "physicalType")
        if one.peek("properties"):
            yield from _properties(one, f"{path}.")
            one.drop(*(set(one) - {"properties"}))
        else:
            yield path, name if not before else "", one


def _is_own(found: tuple[str, str, Node]) -> bool:
    """Whether a column is one that publishing adds, as `contract export` lists them."""
    _, name, one = found
    if name not in (VALID_FROM, VALID_TO, DELETED_AT):
        return False
    one.leave_all("Medallion writes this column itself", "`write_disposition`")
    return True


def _field(path: str, name: str, one: Node, *, is_text: bool) -> Found:
    said, guesses = column_type(one, is_text=is_text)
    text = one.text("description") or one.text("businessName")
    if text:
        said["description"] = shorten(text)
    word = one.text("classification").lower()
    if word in ("pii", "sensitive", "confidential", "restricted", "personal"):
        guesses = (*guesses, f"the contract classifies it as {word}: if it is personal data, say "
                   "`classification: {pii: …, protect: …}`")  # fmt: skip
    for key, (why, instead) in _LEFT_OF_PROPERTY.items():
        one.leave(key, why, instead)
    one.use("primaryKey", "primaryKeyPosition", "unique", "logicalTypeOptions")
    one.drop("partitionKeyPosition", "examples", "criticalDataElement", "partitioned")
    return Found(field=path, said=said, required=one.flag("required"), guesses=guesses, column=name)


_LEFT_OF_PROPERTY = {
    "transformLogic": ("silver is cleaned, gold is computed",
                       "a SELECT in include/sql/, or `expression`"),
    "transformSourceObjects": ("lineage is read from SQL", ""),
    "transformDescription": (FACTS, "`description`"),
    "encryptedName": ("there is no reversible encryption", "`classification: {protect: hash}`"),
    "authoritativeDefinitions": (FACTS, "`description`"),
    "customProperties": ("their meaning is the contract's own", ""),
    "tags": (FACTS, ""),
    "synonyms": (FACTS, "several names in `from` are names that a column has had"),
    "deprecated": (FACTS, "`description`"),
    "semanticType": (FACTS, ""),
}  # fmt: skip


def _key(properties: list[tuple[str, str, Node]]) -> list[str]:
    keys = [(one.peek("primaryKeyPosition") or 0, path) for path, _, one in properties
            if one.peek("primaryKey") is True]  # fmt: skip
    return [path for _, path in sorted(keys, key=lambda key: key[0])]


def _of_property(one: Node, column: str) -> Iterator[dict[str, Any]]:
    """What a property itself says that is a check here."""
    if one.peek("unique") is True and one.peek("primaryKey") is not True:
        yield {"unique": {"column": column}}
    options = one.peek("logicalTypeOptions")
    options = options if isinstance(options, Mapping) else {}
    place = f"{one.place}.logicalTypeOptions"
    limits = {
        ours: options[theirs]
        for theirs, ours in (("minimum", "min_value"), ("maximum", "max_value"),
                             ("exclusiveMinimum", "min_value"), ("exclusiveMaximum", "max_value"))
        if isinstance(options.get(theirs), int | float) and not isinstance(options[theirs], bool)
    }  # fmt: skip
    strict = {
        f"strict_{key[9:].lower()[:3]}": True for key in options if key.startswith("exclusive")
    }
    if limits:
        yield {"between": {"column": column, **limits, **strict}}
    if isinstance(options.get("pattern"), str):
        yield {"matches": {"column": column, "regex": options["pattern"]}}
    lengths = {ours: options[theirs] for theirs, ours in (("minLength", "min_value"),
               ("maxLength", "max_value")) if isinstance(options.get(theirs), int)}  # fmt: skip
    if lengths:
        yield {"expect_column_value_lengths_to_be_between": {"column": column, **lengths}}
    values = [v.peek("value") for v in one.nodes("enum")]
    for v in one.nodes("enum"):
        v.drop(*v)
    if values:
        yield {"accepted_values": {"column": column, "values": values}}
    used = {theirs for theirs in options if theirs in _TYPE_OPTIONS}
    used |= (
        set(options) & {"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"}
        if limits
        else set()
    )
    used |= {"pattern"} if isinstance(options.get("pattern"), str) else set()
    used |= set(options) & {"minLength", "maxLength"} if lengths else set()
    for key in options:
        if key not in used:
            one.leftovers.leave(f"{place}.{key}", "there is no such rule of a value", "a check")


_TYPE_OPTIONS = ("format", "precision", "scale", "timezone", "defaultTimezone")
"""What `column_type` has looked at."""


def _relations(one: Node, column: str, domain: str) -> Iterator[dict[str, Any]]:
    for relation in one.nodes("relationships"):
        to = relation.text("to")
        relation.drop("type", "id")
        relation.leave("customProperties", FACTS)
        table, _, field = to.partition(".")
        if table and field and "." not in field and "/" not in to:
            target = f"silver_{domain}.{short_name(table)}.{short_name(field)}"
            yield {"foreign_key": {"column": column, "to": target, "on_failure": "warn"}}
        else:
            relation.leave_all("it leads out of the contract", "foreign_key: docs/checks.md")
