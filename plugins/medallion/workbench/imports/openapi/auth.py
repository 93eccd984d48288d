"""How an OpenAPI document says that its API learns who asks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from medallion.workbench.imports.base.node import Leftovers, Node
from medallion.workbench.imports.base.rest_parts import bare_url

Auth = tuple[dict[str, Any], str]
"""`auth` of a source, and what its connection has to hold."""


def auth_of_operation(
    document: Mapping[str, Any],
    operation: Node,
    leftovers: Leftovers,
    guess: Callable[[str], None],
) -> Auth:
    """`auth` of an operation, by its own or the document's security; empty: open to all."""
    schemes = _schemes(document)
    asked = operation.peek("security")
    asked = asked if isinstance(asked, list) else document.get("security")
    if not isinstance(asked, list):
        if len(schemes) != 1:
            return {}, ""
        guess("the document names the scheme, and not where it holds")
        asked = [{name: [] for name in schemes}]
    options = [one for one in asked if isinstance(one, Mapping)]
    if any(not one for one in options):
        return {}, ""  # open to all, too
    ways = [way for one in options if len(one) == 1 if (way := _way(one, schemes))]
    if len(ways) > 1:
        guess(f"the first of {len(ways)} ways that the document names")
    if not ways and options:
        names = ", ".join(name for one in options for name in one)
        leftovers.leave(
            f"components.securitySchemes ({names})",
            "Medallion has no such authentication",
            "one of docs/sources-rest.md#who-asks-auth",
        )
    return ways[0] if ways else ({}, "")


def _schemes(document: Mapping[str, Any]) -> Mapping[str, Any]:
    components = document.get("components")
    schemes = components.get("securitySchemes") if isinstance(components, Mapping) else None
    return schemes if isinstance(schemes, Mapping) else {}


def _way(asked: Mapping[str, Any], schemes: Mapping[str, Any]) -> Auth | None:
    ((name, scopes),) = asked.items()
    scheme = schemes.get(name)
    if not isinstance(scheme, Mapping):
        return None
    kind, word = scheme.get("type"), str(scheme.get("scheme", "")).lower()
    if kind == "http" and word == "bearer":
        return {"type": "bearer"}, "--conn-password TOKEN"
    if kind == "http" and word == "basic":
        return {"type": "basic"}, "--conn-login LOGIN --conn-password PASSWORD"
    if kind == "apiKey" and scheme.get("in") in ("header", "query") and scheme.get("name"):
        where = {"in": "query"} if scheme["in"] == "query" else {}
        return {"type": "api_key", **where, "name": str(scheme["name"])}, "--conn-password KEY"
    if kind == "oauth2":
        return _oauth2(scheme, scopes)
    return None


def _oauth2(scheme: Mapping[str, Any], scopes: Any) -> Auth | None:
    flows = scheme.get("flows")
    if not isinstance(flows, Mapping) or not isinstance(flows.get("clientCredentials"), Mapping):
        return None
    wanted = " ".join(map(str, scopes)) if isinstance(scopes, list) else ""
    said = {"type": "oauth2_client_credentials"} | ({"scope": wanted} if wanted else {})
    url = bare_url(str(flows["clientCredentials"].get("tokenUrl", ""))) or "URL"
    extra = f'--conn-extra \'{{"token_url": "{url}"}}\''
    return said, f"--conn-login CLIENT_ID --conn-password SECRET {extra}"
