"""One stream of a manifest as a dataset."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from medallion.workbench.imports.airbyte_manifest.parts import auth_of, pagination_of
from medallion.workbench.imports.airbyte_manifest.references import References
from medallion.workbench.imports.airbyte_manifest.templates import fill, is_template
from medallion.workbench.imports.base.cursors import cursor_start
from medallion.workbench.imports.base.json_schema import (
    fields_of_schema,
    leave_keywords,
    no_references,
)
from medallion.workbench.imports.base.node import Node, mapping
from medallion.workbench.imports.base.rest_parts import (
    NOT_IN_A_SPEC,
    TO_THE_CONNECTION,
    bare_url,
    connection_words,
    is_secret,
    without_empty,
)
from medallion.workbench.imports.base.sketch import PLACEHOLDER, Found, Sketch, short_name

_OF_STREAM = ("type", "name", "primary_key", "incremental_sync", "schema_loader",
              "transformations", "state_migrations")  # fmt: skip
_COMPUTED = "Airbyte fills it in by a template"
_WHOLE = "the input only says that it is a number"
_STEPS = "Airbyte changes records on the way"
_DURATION = re.compile(r"P(?:(\d+)D|T(\d+)([HM]))")
_HOST = re.compile(r"https?://[^/{}]+")


@dataclass(slots=True, kw_only=True)
class Streams:
    """What all streams of a manifest share, and what they are known by."""

    conn_id: str
    references: References
    sketch: Sketch
    by_name: dict[str, Node] = field(default_factory=dict)
    hosts: dict[str, str] = field(default_factory=dict)

    def connection(self, base: str, credentials: str) -> str:
        """The connection of an address: streams of one host share it."""
        found = _HOST.match(base)
        host = found[0] if found else ""
        if not self.hosts:
            self.hosts[host] = self.conn_id
        conn_id = self.hosts.setdefault(host, f"{self.conn_id}_{len(self.hosts) + 1}")
        words = connection_words(host)
        known = self.sketch.connections.get(conn_id, "")
        self.sketch.connections[conn_id] = known or f"{words} {credentials}".strip()
        return conn_id


class Stream:
    """Writes one, and reports what has no counterpart."""

    def __init__(self, node: Node, streams: Streams) -> None:
        self.node, self.streams = node, streams
        self.references = streams.references
        self.retriever = self.references.node(node, "retriever")
        self.requester = self.references.node(self.retriever, "requester")
        self.parameters = self._parameters()
        self.name = self._name()
        self.cursor: dict[str, Any] = {}
        self.type_of_parent = ""

    def add(self) -> None:
        """Add its dataset."""
        kind = self.retriever.text("type") or "SimpleRetriever"
        if kind != "SimpleRetriever" or not self.requester.value:
            self.node.leave_all(f"its retriever is a {kind}, which is not a list of an API",
                                "a source of its own (docs/sources-rest.md)")  # fmt: skip
            return
        source = self._source()
        key = self._key()
        silver = self._silver(source, bool(key))
        self._leave_rest()
        fields = [*self._of_parent(source), *self.list_fields()]
        self.streams.sketch.add_dataset(self.name, source, fields, key=key, silver=silver)

    def write_list(self) -> dict[str, Any]:
        """How its records are listed, for a stream that asks once for each of them."""
        source = self._source()
        self.node.use(*_OF_STREAM)
        return {key: source[key] for key in ("path", "params", "pagination", "records")
                if key in source}  # fmt: skip

    def _parameters(self) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for one in (self.node, self.retriever, self.requester):
            for key in ("$parameters", "$options"):
                found |= mapping(one.peek(key))
                one.drop(key)
        return found

    def _name(self) -> str:
        return self.node.text("name") or str(self.parameters.get("name", "")) or "stream"

    def _source(self) -> dict[str, Any]:
        base, path = self._address()
        auth, credentials = auth_of(self.requester, self.references)
        conn_id = self.streams.connection(base, credentials)
        where = ("datasets", self._dataset(), "source")
        self.requester.drop("type")
        params = self._read_sent("request_parameters", "params", conn_id)
        headers = self._read_sent("request_headers", "headers", conn_id)
        for_each = self._for_each()
        paging = pagination_of(
            self.retriever,
            self.references,
            lambda why: self.streams.sketch.guess((*where, "pagination"), why),
        )
        params |= self._set_cursor()
        self._say_method()
        made = {
            "type": "rest", "conn_id": conn_id, "for_each": for_each, "path": path,
            "params": params, "headers": headers, "auth": auth, "pagination": paging,
            "records": self._records(), "cursor": self.cursor,
        }  # fmt: skip
        if is_template(path):
            self.streams.sketch.guess((*where, "path"), f"{PLACEHOLDER}: {_COMPUTED}")
            made["path"] = re.sub(r"\{\{.*?\}\}", "TODO", path)
        kept = without_empty(made)
        return kept if "path" in kept else {**kept, "path": ""}

    def _dataset(self) -> str:
        return self.streams.sketch.free_name(self.name)

    def _address(self) -> tuple[str, str]:
        """The host, and the path on it with what `url_base` has of it."""
        base = self.requester.text("url_base", "url")
        path = self.requester.text("path") or str(self.parameters.get("path", ""))
        base, path = (fill(one, self.parameters) for one in (base, path))
        host = _HOST.match(base)
        if host is None and is_template(base):
            self.requester.leave("url_base", _COMPUTED, "it is the host of the connection")
            self.requester.leave("url", _COMPUTED, "it is the host of the connection")
        before = base[host.end() :] if host else re.sub(r"^https?://[^/]*", "", base)
        joined = "/".join(part.strip("/") for part in (before, path) if part.strip("/"))
        return base if host else bare_url(base), joined

    def _read_sent(self, key: str, what: str, conn_id: str) -> dict[str, Any]:
        """Parameters or headers, those without secrets and templates."""
        options = self.references.node(self.requester, "request_options_provider")
        owner = self.requester if key in self.requester else options
        options.drop("type")
        said = self.references.node(owner, key)
        found: dict[str, Any] = {}
        for name in said:
            value = said.take(name)
            filled = fill(value, self.parameters) if isinstance(value, str) else value
            if is_secret(name):
                self.references.leftovers.leave(
                    said.at(name), NOT_IN_A_SPEC, TO_THE_CONNECTION.format(conn_id)
                )
            elif is_template(filled) or not isinstance(filled, str | int | float):
                self.references.leftovers.leave(said.at(name), _COMPUTED, f"`{what}`")
            else:
                found[name] = filled
        return found

    def _say_method(self) -> None:
        method = self.requester.text("http_method").upper()
        if method in ("", "GET"):
            self.requester.drop_value("http_method")
        else:
            self.requester.leave("http_method", "it asks by POST", "`body` (docs/sources-rest.md)")
        for key in ("request_body_json", "request_body_data", "request_body",
                    "use_cache", "error_handler", "decoder"):  # fmt: skip
            if key == "use_cache":
                self.requester.drop(key)
            else:
                self.requester.leave(key, "it is Airbyte's way to ask, or to read an answer",
                                     "`body` and `responses` (docs/sources-rest.md)")  # fmt: skip

    def _records(self) -> str:
        selector = self.references.node(self.retriever, "record_selector")
        extractor = self.references.node(selector, "extractor")
        selector.drop("type", "schema_normalization")
        extractor.drop("type", "decoder")
        selector.leave("record_filter", "Airbyte filters records by a template", "`filter`")
        path = [fill(one, self.parameters) for one in extractor.texts("field_path") if one != "*"]
        if any(map(is_template, path)):
            extractor.leave("field_path", _COMPUTED, "`records`")
            return ""
        return ".".join(filter(None, path))

    def _key(self) -> list[str]:
        key = self.node.peek("primary_key")
        self.node.use("primary_key")
        listed = key if isinstance(key, list) else [key or self.parameters.get("primary_key")]
        return [
            ".".join(one) if isinstance(one, list) else one
            for one in listed
            if isinstance(one, str) or (isinstance(one, list) and all(map(_is_text, one)))
        ]

    def _silver(self, source: dict[str, Any], has_key: bool) -> dict[str, Any]:
        if not self.cursor:
            return {}
        if has_key:
            return {"write_disposition": "merge", "guard": {"min_rows": 0}}
        source.pop("cursor", None)
        params = source.get("params", {})
        for name in [one for one, value in params.items() if ":cursor" in str(value)]:
            del params[name]
        if not params:
            source.pop("params", None)
        self.node.leave("incremental_sync", "what a cursor brings is merged by a key, and the "
                        "input names none", "`primary_key` and `cursor`")  # fmt: skip
        return {}

    def _set_cursor(self) -> dict[str, Any]:
        """`cursor` of the source, and the parameters that take it."""
        if "incremental_sync" not in self.node:
            return {}
        said = self.references.node(self.node, "incremental_sync")
        kind = said.text("type")
        where = ("datasets", self._dataset(), "source", "cursor")
        path = said.text("cursor_field") or str(self.parameters.get("cursor_field", ""))
        path = fill(path, self.parameters)
        if (
            not path
            or kind not in ("DatetimeBasedCursor", "IncrementingCountCursor")
            or is_template(path)
        ):
            said.leave_all("Medallion has no such cursor", "`cursor` (docs/increments.md)")
            return {}
        start = self._start(said)
        self.cursor = {"field": path, "initial_value": cursor_start(start)}
        if not isinstance(start, str | int) or is_template(start):
            self.streams.sketch.guess(where, "the input does not say where the first run begins")
        self._look_back(said)
        said.leave("end_datetime", "a run's end is that of its data interval")
        said.drop("datetime_format", "cursor_datetime_formats", "step", "cursor_granularity",
                  "is_data_feed", "is_client_side_incremental", "global_substream_cursor",
                  "partition_field_start", "partition_field_end", "is_compare_strictly",
                  "$parameters")  # fmt: skip
        sent: dict[str, Any] = {}
        for key, word in (("start_time_option", ":cursor"), ("end_time_option", ":cursor_end")):
            option = self.references.node(said, key)
            if option.text("inject_into") in ("", "request_parameter"):
                option.drop("type")
                if name := option.text("field_name"):
                    sent[name] = word
            elif option.value:
                option.leave_all("the cursor is sent as a parameter", "`params`")
        return sent

    def _look_back(self, said: Node) -> None:
        """`lookback` of the cursor, of an ISO duration of one part."""
        found = _DURATION.fullmatch(str(said.peek("lookback_window")))
        if found:
            said.use("lookback_window")
            self.cursor["lookback"] = f"{found[1] or found[2]}{(found[3] or 'd').lower()}"
            return
        said.leave("lookback_window", "how far a run looks back", "`lookback` of `cursor`")

    def _start(self, said: Node) -> Any:
        if not isinstance(said.peek("start_datetime"), Mapping):
            return said.take("start_datetime", "start_value")
        start = self.references.node(said, "start_datetime")
        start.drop("type", "datetime_format", "min_datetime", "max_datetime", "$parameters")
        return start.take("datetime")

    def _for_each(self) -> dict[str, Any] | None:
        if "partition_router" not in self.retriever:
            return None
        if isinstance(self.retriever.peek("partition_router"), list):
            self.retriever.leave("partition_router", "a request has one parent", "`for_each`")
            return None
        router = self.references.node(self.retriever, "partition_router")
        parents = self.references.nodes(router, "parent_stream_configs")
        kind = router.text("type")
        if kind != "SubstreamPartitionRouter" or len(parents) != 1:
            router.leave_all("requests are made for each of several values",
                             "`for_each` of another list (docs/sources-rest.md)")  # fmt: skip
            return None
        (said,) = parents
        said.drop("type", "incremental_dependency", "lazy_read_pointer")
        said.leave("request_option", "the parent's value is sent as a parameter", "`params`")
        said.leave("extra_fields", "more fields of the parent", "`for_each.select`")
        name = short_name(said.text("partition_field"))
        parent = Stream(self.references.node(said, "stream"), self.streams)
        asked = parent.write_list()
        known = {one.field: one.said["type"] for one in parent.list_fields()}
        self.type_of_parent = known.get(said.text("parent_key"), "")
        params = {k: v for k, v in asked.pop("params", {}).items() if ":cursor" not in str(v)}
        return {
            "path": asked.pop("path"),
            **({"params": params} if params else {}),
            **asked,
            "select": {name: said.text("parent_key")},
        }

    def _of_parent(self, source: Mapping[str, Any]) -> Sequence[Found]:
        names = mapping(source.get("for_each")).get("select", {})
        return [
            Found(
                field=f"_parent.{name}",
                column=name,
                said={"type": self.type_of_parent or "text"},
                required=True,
                guesses=() if self.type_of_parent else ("the input does not say its type",),
            )
            for name in names
        ]

    def list_fields(self) -> Sequence[Found]:
        """Its fields; numbers of the key are whole, since Airbyte's schemas say `number` of all."""
        key = self._key()
        return [
            replace(one, said={**one.said, "type": "bigint"}, guesses=(_WHOLE,))
            if one.field in key and one.said["type"] == "double"
            else one
            for one in self._fields()
        ]

    def _fields(self) -> Sequence[Found]:
        if isinstance(self.node.peek("schema_loader"), list):
            self.node.leave("schema_loader", "there are several schemas", "`columns`")
            return ()
        loader = self.references.node(self.node, "schema_loader")
        if loader.text("type") not in ("", "InlineSchemaLoader"):
            loader.leave_all("the schema is in another file", "`columns`; or `new --url`")
            return ()
        given, place = loader.take("schema"), loader.at("schema")
        schema = mapping(self.references.plain(given, place))
        if given is not None:
            leave_keywords(given, place, self.references.leftovers)
        for target, part in self.references.list_schemas():
            leave_keywords(part, target, self.references.leftovers)
        return fields_of_schema(schema, no_references, trust_required=False).fields

    def _leave_rest(self) -> None:
        self.node.drop("type", "schema_loader", "state_migrations")
        self.node.leave("transformations", _STEPS, "`expression`, `from` and `columns` say most "
                        "of it (docs/columns.md)")  # fmt: skip
        self.retriever.drop("type", "ignore_stream_slicer_parameters_on_paginated_requests")
        self.retriever.leave("decoder", "answers are JSON", "docs/sources-rest.md")


def _is_text(value: object) -> bool:
    return isinstance(value, str)
