"""An API as far as its document has been read: each operation that lists records as a dataset."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from medallion.workbench.imports.base.cursors import EPOCH
from medallion.workbench.imports.base.json_schema import FoundFields, Schema, fields_of_schema
from medallion.workbench.imports.base.node import Leftovers, Node, mapping
from medallion.workbench.imports.base.outcome import KeyPath
from medallion.workbench.imports.base.rest_parts import (
    connection_words,
    is_secret,
    shorten,
)
from medallion.workbench.imports.base.sketch import PLACEHOLDER, Found, Sketch, short_name
from medallion.workbench.imports.openapi.auth import auth_of_operation
from medallion.workbench.imports.openapi.paging import guess_paging, own_params
from medallion.workbench.imports.openapi.paths import (
    dataset_name,
    in_small_letters,
    parent_path,
    path_names,
    segments,
    write_path,
)
from medallion.workbench.imports.openapi.references import AnswerShape, References, answer_shape
from medallion.workbench.inference.paging_words import CHANGED_SINCE, LIMIT, TOTAL

MOST_DATASETS = 500
BUNDLE = "bundle them into one (`redocly bundle`): a `$ref` out of the document is not followed"
_BY_NAMES = "by the names of parameters and fields; the document does not say how pages are turned"
_OF_CHANGE = re.compile(
    r"(?:^|_)(?:updated|modified|changed)(?:_|$)|(?:updated|modified|changed)At$"
)


_OPTIONAL = "optional: the API's own default holds"


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """A GET, with the parameters of its path and their place."""

    path: str
    said: Node
    shared: list[Any]
    shared_place: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """A parameter without `$ref`, its schema, and its place in the operation."""

    schema: Schema
    said: Schema
    place: str

    def drop_rest(self, leftovers: Leftovers, *, is_paged: bool) -> None:
        """Report what of it does not matter for how it is sent."""
        value = () if is_paged else ("default", "example", "enum")
        limits = ("maximum",) if LIMIT.match(str(self.said.get("name"))) else ()
        if self.schema.get("minimum") == 0:
            limits = (*limits, "minimum")
        for key in self.said:
            if key not in ("name", "in", "required", "schema", "$ref", *value):
                leftovers.drop(f"{self.place}.{key}")
        for key in self.schema:
            if key not in (*limits, *value):
                leftovers.drop(f"{self.place}.schema.{key}")
        words = self.schema.get("enum")
        for number in range(1, len(words) if isinstance(words, list) else 0):
            leftovers.drop(f"{self.place}.schema.enum[{number}]")


@dataclass(slots=True, kw_only=True)
class Api:
    """The API as far as it has been read; `added` has the answers of lists by their paths."""

    conn_id: str
    document: Mapping[str, Any]
    references: References
    sketch: Sketch
    leftovers: Leftovers
    base: str
    added: dict[str, tuple[AnswerShape, Mapping[str, Any]]] = field(default_factory=dict)
    by_auth: dict[str, str] = field(default_factory=dict)
    by_parent: dict[str, str] = field(default_factory=dict)

    def add(self, operation: Operation) -> None:
        """The dataset of an operation, or why there is none."""
        said = operation.said
        said.drop("tags", "operationId", "responses", "security", "externalDocs", "x-codeSamples",
                  "requestBody", "callbacks", "servers")  # fmt: skip
        if problem := self._problem(operation):
            said.leave_all(*problem)
            return
        shape = self._shape(said)
        assert shape is not None  # noqa: S101  # `_problem` has looked
        name = self.sketch.free_name(dataset_name(operation.path))
        source = self._source(operation, shape, name)
        self.added[operation.path] = (shape, source)
        self._add(operation, shape, name, source)

    def _problem(self, operation: Operation) -> tuple[str, str] | None:
        if operation.said.flag("deprecated"):
            return "it is deprecated", ""
        if len(self.added) >= MOST_DATASETS:
            return f"more than {MOST_DATASETS} lists", "import a part of the document"
        if operation.path.endswith("}"):
            return "it answers with one record, which is in a list", ""
        if refusal := self._refuse_answer(operation.said):
            return refusal
        names = path_names(operation.path)
        if len(names) > 1 or (names and parent_path(operation.path) not in self.added):
            return (
                "its path has values that no list of the document gives",
                "`for_each` (docs/sources-rest.md)",
            )
        return None

    def _refuse_answer(self, said: Node) -> tuple[str, str] | None:
        """Why its answer holds no list of records, as far as the document says it."""
        before = len(self.references.outside)
        if self._shape(said) is not None:
            return None
        if outside := self.references.outside[before:]:
            return f"what it answers with is in another document: {outside[0][:80]}", BUNDLE
        return "it answers with no list of objects", "`single_record: true` reads one object"

    def _shape(self, said: Node) -> AnswerShape | None:
        response = self._response(said)
        content = response.get("content")
        for kind, body in content.items() if isinstance(content, Mapping) else ():
            if re.match(r"application/(?:[\w.+-]+\+)?json", kind) and isinstance(body, Mapping):
                schema = body.get("schema")
                return (
                    answer_shape(schema, self.references) if isinstance(schema, Mapping) else None
                )
        return None

    def _response(self, said: Node) -> Schema:
        responses = said.peek("responses")
        for status in ("200", "2XX", "206", "default"):
            found = responses.get(status) if isinstance(responses, Mapping) else None
            if isinstance(found, Mapping):
                return self.references.resolve(found)
        return {}

    def _source(self, operation: Operation, shape: AnswerShape, name: str) -> dict[str, Any]:
        where: KeyPath = ("datasets", name, "source")
        params = self._params(operation)
        queries = {one: param.schema for (one, place), param in params.items() if place == "query"}
        headers = self._response(operation.said).get("headers")
        has_link = isinstance(headers, Mapping) and any(one.lower() == "link" for one in headers)
        paging = guess_paging(queries, shape.around, has_link=has_link)
        auth, credentials = auth_of_operation(
            self.document, operation.said, self.leftovers,
            lambda why: self.sketch.guess((*where, "auth"), why),
        )  # fmt: skip
        source: dict[str, Any] = {"type": "rest", "conn_id": self._connection(auth, credentials)}
        if for_each := self._for_each(operation, where):
            source["for_each"] = for_each
        source["path"] = write_path(operation.path)
        own = {*own_params(paging), str(auth.get("name"))}
        if sent := self._send(operation, params, own, where):
            source["params"] = sent
        if auth:
            source["auth"] = auth
        if paging:
            source["pagination"] = paging
            self.sketch.guess((*where, "pagination"), _BY_NAMES)
        elif _speaks_of_pages(queries, shape.around):
            self.sketch.guess(
                (*where, "path"),
                "the document speaks of pages, and how they are turned is not known",
            )
        if shape.path:
            source["records"] = shape.path
        if shape.others:
            self.sketch.guess((*where, "records"), f"{', '.join(shape.others)} is a list too")
        return source

    def _connection(self, auth: Mapping[str, Any], credentials: str) -> str:
        """The connection of an authentication: each has its own secret."""
        kind = str(auth.get("type", ""))
        if not self.by_auth:
            self.by_auth[kind] = self.conn_id
        conn_id = self.by_auth.setdefault(kind, f"{self.conn_id}_{kind or 'open'}")
        self.sketch.connections[conn_id] = f"{connection_words(self.base)} {credentials}".strip()
        return conn_id

    def _params(self, operation: Operation) -> dict[tuple[str, str], Parameter]:
        """By name and place."""
        own = operation.said.take("parameters")
        found: dict[tuple[str, str], Parameter] = {}
        for place, listed in (
            (operation.shared_place, operation.shared),
            (operation.said.at("parameters"), own if isinstance(own, list) else ()),
        ):
            for number, given in enumerate(listed):
                if isinstance(given, Mapping):
                    said = self.references.resolve(given)
                    schema = said.get("schema")
                    resolved = self.references.resolve(mapping(schema))
                    key = (str(said.get("name")), str(said.get("in")))
                    own_place = f"{place}[{number}]"
                    if target := self.references.place_of(given):
                        for beside in set(given) - {"$ref"}:
                            self.leftovers.drop(f"{own_place}.{beside}")
                    found[key] = Parameter(schema=resolved, said=said, place=target or own_place)
        return found

    def _send(
        self,
        operation: Operation,
        params: Mapping[tuple[str, str], Parameter],
        paged: set[str],
        where: KeyPath,
    ) -> dict[str, Any]:
        """Parameters that the API wants; what is optional keeps the API's own default."""
        sent: dict[str, Any] = {}
        for (name, place), param in params.items():
            schema, said = param.schema, param.said
            if place == "path":  # its name is in the path
                self.leftovers.drop(param.place)
                continue
            param.drop_rest(self.leftovers, is_paged=name in paged)
            if name in paged:
                continue
            if place != "query" or is_secret(name):
                if said.get("required"):
                    self.leftovers.leave(
                        param.place, f"{name} is sent as a {place}", "`headers` or `auth`"
                    )
                else:
                    self.leftovers.leave(param.place, _OPTIONAL, "`params`")
                continue
            if not said.get("required"):
                if not CHANGED_SINCE.match(name):
                    self.leftovers.leave(param.place, _OPTIONAL, "`params`")
                continue
            values = schema.get("enum") if isinstance(schema.get("enum"), list) else []
            value = next(
                (v for v in (schema.get("default"), said.get("example"), schema.get("example"),
                             *(values or ())) if isinstance(v, str | int | float)), None,
            )  # fmt: skip
            sent[name] = "TODO" if value is None else value
            why = f"{PLACEHOLDER}: the API wants a value for it" if value is None else "the " \
                "document's default or example"  # fmt: skip
            self.sketch.guess((*where, "params"), f"{name}: {why}" if value is not None else why)
        return sent

    def _for_each(self, operation: Operation, where: KeyPath) -> dict[str, Any] | None:
        names = path_names(operation.path)
        if not names:
            return None
        parent = parent_path(operation.path)
        shape, source = self.added[parent]
        properties = shape.record.get("properties", {})
        own = next(
            (one for one in (names[0], short_name(names[0]), "id") if one in properties), "id"
        )
        self.sketch.guess(
            (*where, "for_each"), f"{{{names[0]}}} is taken to be `{own}` of the list"
        )
        self.by_parent[operation.path] = own
        kept = {k: source[k] for k in ("path", "params", "pagination", "records") if k in source}
        params = {k: v for k, v in kept.pop("params", {}).items() if v != ":cursor"}
        return {
            "path": kept.pop("path"),
            **({"params": params} if params else {}),
            **kept,
            "select": {in_small_letters(names[0]): own},
        }

    def _add(
        self, operation: Operation, shape: AnswerShape, name: str, source: dict[str, Any]
    ) -> None:
        said = operation.said
        found = fields_of_schema(shape.record, self.references.resolve, trust_required=True)
        text = said.text("summary") or said.text("description")
        said.drop("description", "summary")
        where: KeyPath = ("datasets", name, "silver")
        key = _key(found, operation.path)
        silver: dict[str, Any] = {}
        if key:
            self.sketch.guess((*where, "primary_key"), "by its name")
            silver |= self._cursor(operation, found, source, where)
        checks = [
            {"accepted_values": {"column": short_name(one), "values": list(values),
                                 "on_failure": "warn"}}
            for one, values in found.accepted.items() if values
        ]  # fmt: skip
        if checks:
            silver["checks"] = checks
        fields = [*self._of_parent(operation), *found.fields]
        self.sketch.add_dataset(
            name, source, fields, key=key, description=shorten(text), silver=silver
        )

    def _of_parent(self, operation: Operation) -> Iterator[Found]:
        """The value that each record has from the list before it."""
        own = self.by_parent.get(operation.path)
        if own is None:
            return
        name = in_small_letters(path_names(operation.path)[0])
        record = self.added[parent_path(operation.path)][0].record
        known = fields_of_schema(record, self.references.resolve, trust_required=True).fields
        kind = next((one.said["type"] for one in known if one.field == own), "text")
        yield Found(field=f"_parent.{name}", column=name, said={"type": kind}, required=True)

    def _cursor(
        self, operation: Operation, found: FoundFields, source: dict[str, Any], where: KeyPath
    ) -> dict[str, Any]:
        """A parameter that says since when, and a time of change that every record has."""
        params = [name for name, place in self._params(operation) if place == "query"]
        param = next((one for one in params if CHANGED_SINCE.match(one)), None)
        time = next(
            (one.field for one in found.fields
             if one.said["type"] == "timestamptz" and _OF_CHANGE.search(one.field)), None,
        )  # fmt: skip
        if not param or not time or "for_each" in source:
            return {}
        source["params"] = {**source.get("params", {}), param: ":cursor"}
        source["cursor"] = {"field": time, "initial_value": EPOCH}
        place = (*where[:-1], "source", "cursor")
        self.sketch.guess(place, f"`{param}` is taken to mean `{time}`, and all of it grows")
        return {"write_disposition": "merge", "guard": {"min_rows": 0}}


def _key(found: FoundFields, path: str) -> list[str]:
    """`id`, or what the list is called with `_id`."""
    names = {one.field: one for one in found.fields}
    last = segments(path)[-1] if segments(path) else ""
    for name in ("id", f"{last}_id", f"{last.removesuffix('s')}_id", f"{last.removesuffix('s')}Id"):
        if name in names and names[name].said["type"] in ("bigint", "integer", "text", "uuid"):
            return [name]
    return []


def _speaks_of_pages(queries: Mapping[str, Schema], around: Mapping[str, Schema]) -> bool:
    names = [*queries, *(path.rpartition(".")[2] for path in around)]
    return any(LIMIT.match(name) or TOTAL.match(name) for name in names)
