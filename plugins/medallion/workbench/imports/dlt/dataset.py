"""One resource of a dlt source as a dataset."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from medallion.workbench.imports.base.cursors import cursor_start
from medallion.workbench.imports.base.node import (
    COMPUTED,
    WRITE_VALUE,
    Leftovers,
    Node,
    is_computed,
)
from medallion.workbench.imports.base.rest_parts import (
    NOT_IN_A_SPEC,
    TO_THE_CONNECTION,
    is_secret,
    without_empty,
    write_dotted_path,
)
from medallion.workbench.imports.base.sketch import Sketch, short_name
from medallion.workbench.imports.base.yaml_values import join_parts
from medallion.workbench.imports.dlt.api import Api, Resource, open_headers
from medallion.workbench.imports.dlt.columns import fields_of, keys_of
from medallion.workbench.imports.dlt.parts import auth_of, pagination_of

_RESOURCE = re.compile(r"\{resources\.([^.{}]+)\.([^{}]+)\}")
_INCREMENTAL = re.compile(r"\{incremental\.(start_value|last_value|initial_value|end_value)\}")
_STEPS = "dlt runs functions of Python on the records"
_INSTEAD_OF_STEPS = (
    "`filter`, `clean` and `expression` say most of it (docs/columns.md); else a function: "
    "docs/custom-step.md"
)


class Dataset:
    """Writes a resource of dlt's REST source as a dataset, and reports what has no counterpart."""

    def __init__(
        self,
        resource: Resource,
        resources: Mapping[str, Resource],
        api: Api,
        sketch: Sketch,
        leftovers: Leftovers,
    ) -> None:
        self.resource, self.resources, self.api = resource, resources, api
        self.sketch, self.leftovers = sketch, leftovers
        self.name = sketch.free_name(resource.name)
        self.cursor: dict[str, Any] = {}
        self.selected: dict[str, dict[str, str]] = {}

    def add(self) -> None:
        """Add it, unless the source only reads it for others."""
        node, endpoint = self.resource.node, self.resource.endpoint
        if node.value.get("selected") is False:
            node.use(*node)
            endpoint.use(*endpoint)
            self.leftovers.leave(node.place, "the resource is read for others only, not loaded")
            return
        auth, credentials = auth_of(endpoint)
        if credentials:
            self.leftovers.leave(endpoint.at("auth"), "the pipeline has one connection for the API",
                                 "name another connection in `conn_id`")  # fmt: skip
        key = [path for one in node.texts("primary_key") if (path := write_dotted_path(one))]
        key = key or keys_of(node)
        params = self._params(endpoint)
        self._incremental(endpoint, params)
        self._hold_to_key(key, params, endpoint)
        source: dict[str, Any] = {
            "type": "rest",
            "conn_id": self.api.conn_id,
            "for_each": None,
            "path": self._path(endpoint),
            "params": params,
            "body": self._body(endpoint),
            "headers": {**self.api.headers, **open_headers(endpoint, self.api.conn_id)},
            "auth": auth or dict(self.api.auth),
            "pagination": self._pagination(endpoint),
            "records": self._records(endpoint),
            "responses": self._responses(endpoint),
        }
        source["for_each"] = self._for_each(node)
        source["cursor"] = self.cursor
        source = {"path": source["path"], **without_empty(source)}
        source = {key: source[key] for key in ("type", "conn_id", *source)}
        self._add(node, source, key)

    def _path(self, endpoint: Node) -> str:
        """With the names of parents as `for_each.select` writes them."""
        filled = self._fill(endpoint.text("path"), endpoint.at("path"))
        return re.sub(r"\{(\w+)\}", lambda match: f"{{{short_name(match[1])}}}", filled)

    def _hold_to_key(self, key: list[str], params: dict[str, Any], endpoint: Node) -> None:
        """What a cursor brings is merged, and that needs a key."""
        if self.cursor and not key:
            self.cursor.clear()
            for name in [one for one, value in params.items() if ":cursor" in str(value)]:
                del params[name]
            self.leftovers.leave(
                endpoint.at("incremental"), "what a cursor brings is merged by a key, and the "
                "input names none", "add `primary_key` and `cursor` (docs/increments.md)",
            )  # fmt: skip

    def _of_parent(self, source: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
        """The columns that come from the parent, with what its resource says of them."""
        select = source.get("for_each", {}).get("select", {})
        parent = self.resources.get(next(iter(self.selected), ""))
        known = {one.field: one.said for one in fields_of(parent.node, {})} if parent else {}
        return {f"_parent.{name}": known.get(field, {}) for name, field in select.items()}

    def _add(self, node: Node, source: Mapping[str, Any], key: list[str]) -> None:
        fields = list(fields_of(node, self._of_parent(source)))
        silver = self._disposition(node, bool(key))
        contract = node.node("schema_contract")
        said = {k: contract.text(k) for k in ("columns", "data_type") if k in contract}
        if said:
            silver["schema_contract"] = said
        for left in ("merge_key", "processing_steps", "parallelized", "max_table_nesting"):
            node.leave(left, *_LEFT[left])
        self.sketch.add_dataset(
            self.resource.name, source, fields, key=key, description=node.text("description"),
            silver=silver,
        )  # fmt: skip

    def _disposition(self, node: Node, has_key: bool) -> dict[str, Any]:
        place = ("datasets", self.name, "silver", "write_disposition")
        if isinstance(node.peek("write_disposition"), Mapping):
            said = node.node("write_disposition")
            kind, strategy = said.text("disposition"), said.text("strategy")
        else:
            kind, strategy = node.text("write_disposition"), ""
        if strategy == "scd2":
            return {"write_disposition": "scd2"}
        if self.cursor and kind != "merge":
            self.sketch.guess(place, "a cursor brings what is new, which is merged by the key")
            kind = "merge"
        if kind == "merge" and not has_key:
            node.leave("write_disposition", "merge needs a key", "add `primary_key`")
            return {}
        if kind == "":
            self.sketch.guess(
                ("datasets", self.name, "silver"),
                "dlt appends by default; here each run replaces the table",
            )
        return {"write_disposition": kind} if kind in ("merge", "append") else {}

    def _params(self, endpoint: Node) -> dict[str, Any]:
        found: dict[str, Any] = {}
        params = endpoint.node("params")
        for name, value in params.value.items():
            params.take(name)
            place = params.at(name)
            if isinstance(value, Mapping):
                node = Node(value, place, self.leftovers)
                if (bound := self._bind(name, node)) is not None:
                    found[name] = bound
                    node.report_unread()
            elif is_secret(name):
                self.leftovers.leave(
                    place, NOT_IN_A_SPEC, TO_THE_CONNECTION.format(self.api.conn_id)
                )
            elif is_computed(value) or isinstance(value, list):
                self.leftovers.leave(
                    place, "only one text or number can be sent", "write the value"
                )
            elif value is not None:
                found[name] = self._fill(value, place) if isinstance(value, str) else value
        path = endpoint.peek("path")
        return {
            name: value for name, value in found.items()
            if not (isinstance(path, str) and f"{{{name}}}" in path)
        }  # fmt: skip

    def _bind(self, name: str, bound: Node) -> Any:
        """A parameter that comes from another resource, or from the cursor."""
        kind = bound.text("type")
        if kind == "resolve":
            other, field = bound.text("resource"), bound.text("field")
            self.selected.setdefault(other, {})[short_name(name)] = (
                write_dotted_path(field) or field
            )
            return f"{{{short_name(name)}}}"
        if kind == "incremental":
            self._set_cursor(bound)
            return ":cursor"
        self.leftovers.leave(bound.place, "the kind of binding is not known")
        return None

    def _fill(self, text: str, place: str) -> str:
        """A text with dlt's placeholders as Medallion's."""

        def of_parent(match: re.Match[str]) -> str:
            name = short_name(f"{match[1]}_{match[2]}")
            self.selected.setdefault(match[1], {})[name] = write_dotted_path(match[2]) or match[2]
            return f"{{{name}}}"

        filled = _RESOURCE.sub(of_parent, text)
        return _INCREMENTAL.sub(
            lambda match: ":cursor_end" if match[1] == "end_value" else ":cursor", filled
        ).lstrip("/" if place.endswith("path") else "")

    def _body(self, endpoint: Node) -> Any:
        method = endpoint.text("method").upper() or "GET"
        endpoint.leave("data", "a body is JSON", "write it as `body`")
        body = endpoint.take("json")
        if body is not None and not isinstance(body, Mapping):
            self.leftovers.leave(endpoint.at("json"), "a body is a mapping")
            body = None
        return self._fill_all(body or {}, endpoint.at("json")) if method == "POST" else None

    def _fill_all(self, value: Any, place: str) -> Any:
        if isinstance(value, Mapping):
            filled = {
                key: self._fill_all(one, join_parts(place, key)) for key, one in value.items()
            }
            return {key: one for key, one in filled.items() if not is_computed(one)}
        if isinstance(value, list):
            listed = [self._fill_all(one, f"{place}[{at}]") for at, one in enumerate(value)]
            return [one for one in listed if not is_computed(one)]
        if is_computed(value):
            self.leftovers.leave(place, COMPUTED, WRITE_VALUE)
        return self._fill(value, "") if isinstance(value, str) else value

    def _pagination(self, endpoint: Node) -> dict[str, Any]:
        owner = endpoint if "paginator" in endpoint else self.api.client
        if is_computed(owner.peek("paginator")):
            owner.leave("paginator", COMPUTED, "docs/sources-rest.md#pages-pagination")
        guesses: list[str] = []
        found = pagination_of(owner, guesses.append)
        key = "pagination" if found else "path"
        for why in guesses:
            self.sketch.guess(("datasets", self.name, "source", key), why)
        return found

    def _records(self, endpoint: Node) -> str:
        selector = endpoint.text("data_selector")
        if not selector:
            self.sketch.guess(
                ("datasets", self.name, "source", "path"),
                "dlt finds the list of records in the answer by itself; here the body is the list, "
                "else `records: data.items` names its place",
            )
            return ""
        if (path := write_dotted_path(selector)) is None:
            self.leftovers.leave(
                endpoint.at("data_selector"), "the place of the list is names with dots",
                "records: data.items",
            )  # fmt: skip
        return path or ""

    def _responses(self, endpoint: Node) -> dict[str, Any]:
        ignored: list[int] = []
        actions = endpoint.take("response_actions")
        for number, action in enumerate(actions if isinstance(actions, list) else []):
            node = Node(action, f"{endpoint.at('response_actions')}[{number}]", self.leftovers)
            status = node.take("status_code")
            if (
                isinstance(status, int)
                and node.text("action") == "ignore"
                and "content" not in node
            ):
                ignored.append(status)
                node.report_unread()
            else:
                node.leave_all(
                    "only a status can be given another meaning",
                    "`responses: {ignore: [404]}` (docs/sources-rest.md#answers-responses)",
                )
        return {"ignore": ignored} if ignored else {}

    def _incremental(self, endpoint: Node, params: dict[str, Any]) -> None:
        said = endpoint.node("incremental")
        if not said.value:
            return
        for key, word in (("start_param", ":cursor"), ("end_param", ":cursor_end")):
            if name := said.text(key):
                params[name] = word
        self._set_cursor(said)

    def _set_cursor(self, said: Node) -> None:
        field = write_dotted_path(said.text("cursor_path")) or ""
        where = ("datasets", self.name, "source", "cursor")
        start = said.take("initial_value")
        self.cursor |= {"field": field, "initial_value": cursor_start(start)}
        if not isinstance(start, str | int | date | datetime):
            self.sketch.guess(where, "the input does not say where the first run begins")
        lag = said.take("lag")
        if isinstance(lag, int | float) and lag > 0:
            is_number = isinstance(self.cursor["initial_value"], int)
            self.cursor["lookback"] = int(lag) if is_number else f"{int(lag)}s"
        said.use("type")
        said.drop("primary_key", "row_order", "range_start", "range_end")
        said.leave("end_value", "a run's end is that of its data interval")
        said.leave("convert", _STEPS, "`:cursor_date` and `:cursor_epoch` are the usual forms")
        said.leave("last_value_func", "a cursor is the highest value")

    def _for_each(self, node: Node) -> dict[str, Any] | None:
        extra = node.texts("include_from_parent")
        if not self.selected:
            return None
        first, *others = self.selected
        for other in others:
            self.leftovers.leave(node.at("endpoint.params"), f"values of {first} and of {other}",
                                 "one request has one parent")  # fmt: skip
        parent = self.resources.get(first)
        select = {**self.selected[first], **{short_name(one): one for one in extra}}
        if parent is None:
            self.leftovers.leave(node.place, f"its parent, {first}, is not in the input")
            return {"path": short_name(first), "select": select}
        asked = Dataset(parent, self.resources, self.api, Sketch(name=""), Leftovers())
        endpoint = parent.endpoint
        params = {k: v for k, v in asked._params(endpoint).items() if ":cursor" not in str(v)}
        said = {
            "path": asked._path(endpoint),
            "params": params,
            "body": asked._body(endpoint),
            "pagination": asked._pagination(endpoint),
            "records": asked._records(endpoint),
            "select": select,
        }
        return {"path": said["path"], **without_empty(said)}


_LEFT = {
    "merge_key": ("rows are merged by their primary key", "`primary_key`"),
    "processing_steps": (_STEPS, _INSTEAD_OF_STEPS),
    "parallelized": ("requests are made at the pace of the connection",
                     "`requests_per_second` in its extra"),
    "max_table_nesting": ("a list within a record becomes no table of its own",
                          "a column of type json; gold's SQL unnests it"),
}  # fmt: skip
