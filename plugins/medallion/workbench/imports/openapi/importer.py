"""An OpenAPI document, 3.x: a dataset for each operation that answers with a list of objects."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from medallion.errors import SetupError
from medallion.workbench.imports.base.document import Document
from medallion.workbench.imports.base.json_schema import leave_keywords
from medallion.workbench.imports.base.node import UNKNOWN, Leftovers, Node, mapping
from medallion.workbench.imports.base.outcome import Imported, Target
from medallion.workbench.imports.base.rest_parts import api_connection, shorten
from medallion.workbench.imports.base.sketch import Sketch, short_name
from medallion.workbench.imports.openapi.api import BUNDLE, Api, Operation
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
    root.use("components", "security")
    root.drop("openapi", "tags", "externalDocs", "x-logo", "jsonSchemaDialect")
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
    _leave_components(document.data, operations, api)
    root.report_unread()
    if not api.added:
        raise SetupError(
            "no operation of the document answers a GET with a list of objects",
            remedy=BUNDLE
            if api.references.outside
            else "`new --url` infers a spec from what the API answers",
        )
    return Imported(drafts=(sketch.finish(),), not_mapped=leftovers.in_order())


def _leave_components(
    document: Mapping[str, Any], operations: Sequence[Operation], api: Api
) -> None:
    """Report what nothing refers to, and keywords of schemas that no column says."""
    securities = [document.get("security"), *(one.said.peek("security") for one in operations)]
    named = {name for one in securities if isinstance(one, list) for way in one
             for name in mapping(way)}  # fmt: skip
    for kind, found in mapping(document.get("components")).items():
        if not isinstance(found, Mapping):
            api.leftovers.leave(f"components.{kind}", UNKNOWN)
        for name, one in mapping(found).items():
            place = f"components.{kind}.{name}"
            if kind == "schemas" and name in api.references.used.get(kind, ()):
                leave_keywords(one, place, api.leftovers)
            elif kind == "securitySchemes" and name in named:
                _leave_scheme(mapping(one), place, api)
            elif kind != "schemas" and name in api.references.used.get(kind, ()):
                continue
            else:
                api.leftovers.drop(place)


def _leave_scheme(scheme: Mapping[str, Any], place: str, api: Api) -> None:
    """Report what of a way to say who asks is in no spec."""
    for key in scheme:
        if key not in ("type", "scheme", "name", "in", "flows"):
            api.leftovers.drop(f"{place}.{key}")
    for name, flow in mapping(scheme.get("flows")).items():
        at = f"{place}.flows.{name}"
        if name == "clientCredentials":
            for key in set(mapping(flow)) - {"tokenUrl"}:
                api.leftovers.drop(f"{at}.{key}")
        else:
            api.leftovers.leave(at, "somebody would have to log in", "another of its ways")


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
            yield Operation(
                path=path,
                said=said,
                shared=shared if isinstance(shared, list) else [],
                shared_place=item.at("parameters"),
            )
