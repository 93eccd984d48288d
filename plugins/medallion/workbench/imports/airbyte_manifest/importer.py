"""Airbyte's declarative connectors: a dataset for each stream of a `manifest.yaml`.

https://docs.airbyte.com/platform/connector-development/config-based. Templates are read, never
run: what one computes is reported.
"""

from __future__ import annotations

from collections.abc import Iterator

from medallion.workbench.imports.airbyte_manifest.references import References
from medallion.workbench.imports.airbyte_manifest.stream import Stream, Streams
from medallion.workbench.imports.base.document import Document
from medallion.workbench.imports.base.node import Leftovers, Node
from medallion.workbench.imports.base.outcome import Imported, Target
from medallion.workbench.imports.base.rest_parts import api_connection
from medallion.workbench.imports.base.sketch import Sketch, short_name

_PARTS = ("definitions", "schemas")
"""Where parts stand that others refer to."""


def recognises(document: Document) -> bool:
    """By its type, or by `streams` beside `check` and `version`."""
    data = document.data
    if data.get("type") == "DeclarativeSource":
        return True
    return {"streams", "check", "version"} <= set(data) and isinstance(data["streams"], list)


def read(document: Document, target: Target) -> Imported:
    """One pipeline, a dataset for each stream."""
    leftovers = Leftovers(document.lines)
    root = Node(document.data, "", leftovers)
    stem = document.path.stem
    own = stem if stem != "manifest" else document.path.absolute().parent.name
    pipeline = target.pipeline or short_name(own.removeprefix("source-"))
    sketch = Sketch(
        name=pipeline, said={"description": f"{pipeline.replace('_', ' ').capitalize()}."}
    )
    sketch.guess(("description",), "say what the pipeline is for")
    references = References(document.data, leftovers)
    streams = Streams(conn_id=api_connection(pipeline), references=references, sketch=sketch)
    for node in references.nodes(root, "streams"):
        Stream(node, streams).add()
    root.drop("version", "type", "check", "metadata", "concurrency_level", "spec", "description")
    root.leave("dynamic_streams", "its streams are known only when Airbyte runs", "add datasets")
    root.leave("api_budget", "how fast an API is asked is a matter of its connection",
               "`requests_per_second` in its extra")  # fmt: skip
    root.use(*_PARTS)
    references.report()
    for place in _list_unused(references, root):
        leftovers.drop(place)
    root.report_unread()
    return Imported(drafts=(sketch.finish(),), not_mapped=leftovers.in_order())


def _list_unused(references: References, root: Node) -> Iterator[str]:
    for key in _PARTS:
        if key in root:
            yield from references.list_unused(key)
