"""dlt's `rest_api` source: its configuration as JSON or YAML, or as a Python file has it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from medallion.workbench.imports.base.document import Document
from medallion.workbench.imports.base.node import Defaults, Leftovers, Node, is_computed, mapping
from medallion.workbench.imports.base.outcome import Imported, Target
from medallion.workbench.imports.base.rest_parts import api_connection
from medallion.workbench.imports.base.sketch import Sketch, short_name
from medallion.workbench.imports.dlt.api import Api, Resource
from medallion.workbench.imports.dlt.dataset import Dataset


def recognises(document: Document) -> bool:
    """A mapping with `client` and `resources`."""
    data = document.data
    return isinstance(data.get("client"), Mapping) and isinstance(data.get("resources"), list)


def read(document: Document, target: Target) -> Imported:
    """One pipeline, a dataset for each resource."""
    leftovers = Leftovers(document.lines)
    root = Node(document.data, "", leftovers)
    pipeline = target.pipeline or short_name(document.path.stem)
    sketch = Sketch(
        name=pipeline, said={"description": f"{pipeline.replace('_', ' ').capitalize()}."}
    )
    sketch.guess(("description",), "say what the pipeline is for")
    api = Api.of(root.node("client"), api_connection(pipeline), sketch)
    if not is_computed(document.data.get("resource_defaults")):
        root.use("resource_defaults")
    resources = {one.name: one for one in _resources(root, document.data, leftovers)}
    for one in resources.values():
        Dataset(one, resources, api, sketch, leftovers).add()
    for line in document.others:
        leftovers.leave(f"line {line}", "it is a configuration of its own",
                        "save it as a file of its own, and import that")  # fmt: skip
    root.report_unread()
    for one in resources.values():
        one.node.report_unread()
    return Imported(drafts=(sketch.finish(),), not_mapped=leftovers.in_order())


def _resources(root: Node, data: Mapping[str, Any], leftovers: Leftovers) -> Iterator[Resource]:
    defaults = mapping(data.get("resource_defaults"))
    root.use("resources")
    for number, given in enumerate(data["resources"]):
        place = f"resources[{number}]"
        if is_computed(given) or not isinstance(given, str | Mapping):
            leftovers.leave(place, "the resource is made by Python code", "add it as a dataset")
            continue
        said = {"name": given, "endpoint": {"path": given}} if isinstance(given, str) else given
        merged = _merge(defaults, said)
        own_endpoint = mapping(said.get("endpoint"))
        own_keys = {
            **said,
            "endpoint": {**own_endpoint, "params": mapping(own_endpoint.get("params"))},
        }
        usual = Defaults(own=own_keys, place="resource_defaults")
        node = Node(merged, place, leftovers, usual)
        endpoint = node.node("endpoint")
        name = node.text("table_name") or node.text("name") or f"resource_{number}"
        for key in ("name", "table_name"):
            if not is_computed(node.peek(key)):
                node.use(key)
        own = said.get("name")
        yield Resource(
            name=name if own is None or is_computed(own) else str(own), node=node, endpoint=endpoint
        )


def _merge(defaults: Mapping[str, Any], said: Mapping[str, Any]) -> dict[str, Any]:
    """As dlt does: keys of the resource win, parameters are joined."""
    endpoint, usual = said.get("endpoint"), mapping(defaults.get("endpoint"))
    own = {"path": endpoint} if isinstance(endpoint, str) else mapping(endpoint)
    params = {**mapping(usual.get("params")), **mapping(own.get("params"))}
    path = {"path": said["name"]} if isinstance(said.get("name"), str) else {}
    return {**defaults, **said, "endpoint": {**path, **usual, **own, "params": params}}
