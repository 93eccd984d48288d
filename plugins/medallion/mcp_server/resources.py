"""What a client may read whole: specs, SQL, docs pages, JSON schemas. Each has an address, and only
addresses that are listed are read.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from medallion.authoring.files import author_files, show_text
from medallion.authoring.search import doc_pages, doc_text
from medallion.errors import SetupError

SCHEME = "medallion://"
MOST_LISTED = 500
"""Addresses on one page of the list."""
_TYPES = {
    ".yaml": "application/yaml",
    ".sql": "application/sql",
    ".md": "text/markdown",
    ".json": "application/schema+json",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """One file: its address and its name."""

    address: str
    name: str


def resources(root: Path) -> Iterator[Resource]:
    """All of them: schemas, docs, specs and SQL."""
    from medallion.spec.schema import SCHEMAS

    for name in SCHEMAS:
        yield Resource(address=f"{SCHEME}schema/{name}", name=name)
    for page in doc_pages():
        yield Resource(address=f"{SCHEME}docs/{page}", name=page)
    for path in author_files(root):
        yield Resource(address=f"{SCHEME}project/{path}", name=path)


def media_type_of(address: str) -> str:
    """What kind of text is there, by its name."""
    return _TYPES.get(Path(address).suffix, "text/plain")


def text_of(root: Path, address: str) -> str:
    """The text of a resource; secrets in it are hidden.

    Raises:
        SetupError: no resource has this address, or it cannot be read.
    """
    from medallion.spec.schema import SCHEMAS, render

    found = next((one for one in resources(root) if one.address == address), None)
    if found is None:
        raise SetupError("no resource has this address", remedy="take one from the list")
    kind = address.removeprefix(SCHEME).partition("/")[0]
    if kind == "schema":
        return render(SCHEMAS[found.name])
    return doc_text(found.name) if kind == "docs" else show_text(root, found.name)
