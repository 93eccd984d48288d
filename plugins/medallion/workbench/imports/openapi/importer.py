"""An OpenAPI document, 3.x: a dataset for each operation that answers with a list of objects."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from medallion.errors import SetupError
from medallion.workbench.imports.base.document import Document
from medallion.workbench.imports.base.node import Leftovers, Node
from medallion.workbench.imports.base.outcome import Imported, Target
from medallion.workbench.imports.base.rest_parts import api_connection, shorten
from medallion.workbench.imports.base.sketch import Sketch, short_name
from medallion.workbench.imports.openapi.api import Api, Operation
from medallion.workbench.imports.openapi.references import References

_METHODS = ("put", "post", "delete", "options", "head", "patch", "trace", "query")


def recognises(document: Document) -> bool:
    """A mapping with `openapi: 3…` and paths.

    Raises:
        SetupError: it is Swagger 2.0.
    """
    if str(document.data.get("swagger", "")).startswith("2"):
        raise SetupError(
            "the document is Swagger 2.0", remedy="convert it to OpenAPI 3 (swagger2openapi)"
        )
    version = str(document.data.get("openapi", ""))
    return version.startswith("3") and isinstance(document.data.get("paths"), Mapping)


def read(document: Document, target: Target) -> Imported:
    """One pipeline, whose datasets are the lists of the API."""
    leftovers = Leftovers(document.lines)
    root = Node(document.data, "", leftovers)
    info = root.node("info")
    title = info.text("title")
    pipeline = target.pipeline or short_name(title or document.path.stem)
    said = {"description": shorten(info.text("description") or info.text("summary") or title)}
    sketch = Sketch(name=pipeline, said=said if said["description"] else {"description": pipeline})
    root.drop(
        "openapi", "components", "security", "tags", "externalDocs", "x-logo", "jsonSchemaDialect"
    )
    info.drop("version", "title", "license", "termsOfService", "contact", "description", "summary")
    root.leave("webhooks", "nothing is read that an API sends by itself")
    api = Api(
        conn_id=api_connection(pipeline),
        document=document.data,
        references=References(document.data),
        sketch=sketch,
        leftovers=leftovers,
        base=_base_url(root, leftovers),
    )
    paths = root.node("paths")
    operations = list(_operations(paths))
    for one in operations:
        api.add(one)
    root.report_unread()
    if not api.added:
        raise SetupError(
            "no operation of the document answers a GET with a list of objects",
            remedy="`new --url` infers a spec from what the API answers",
        )
    return Imported(drafts=(sketch.finish(),), not_mapped=leftovers.in_order())


def _base_url(root: Node, leftovers: Leftovers) -> str:
    """The first server's URL, with the defaults of its variables."""
    servers = root.nodes("servers")
    for server in servers[1:]:
        server.leave_all("the connection leads to one server", "another connection")
    if not servers:
        return ""
    url = servers[0].text("url")
    for name, variable in servers[0].node("variables").items():
        url = url.replace(f"{{{name}}}", variable.text("default"))
        variable.drop(*variable)
    servers[0].drop("description", "name")
    return url


def _operations(paths: Node) -> Iterator[Operation]:
    for path, item in paths.items():
        item.drop("summary", "description", "servers")
        for method in _METHODS:
            if method in item:
                item.node(method).leave_all("only GET is read", "a search by POST has a `body`")
        shared = item.take("parameters")
        if "get" in item:
            said = item.node("get")
            yield Operation(path=path, said=said, shared=shared if isinstance(shared, list) else [])
