"""What can be imported: a kind is a file of this folder, and a line here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from medallion.closest import closest
from medallion.errors import SetupError
from medallion.workbench.imports.airbyte import importer as airbyte
from medallion.workbench.imports.airbyte_manifest import importer as airbyte_manifest
from medallion.workbench.imports.base.document import Document
from medallion.workbench.imports.base.outcome import Imported, Target
from medallion.workbench.imports.dag_factory import importer as dag_factory
from medallion.workbench.imports.dbt import importer as dbt
from medallion.workbench.imports.dlt import importer as dlt
from medallion.workbench.imports.odcs import importer as odcs
from medallion.workbench.imports.openapi import importer as openapi


@dataclass(frozen=True, slots=True, kw_only=True)
class Importer:
    """A kind of input.

    Attributes:
        what: in a few words, for messages and the top of a spec.
        recognises: whether a file is one, by its keys.
        read: what it says. It runs nothing and asks nobody.
    """

    what: str
    recognises: Callable[[Document], bool]
    read: Callable[[Document, Target], Imported]


IMPORTERS: dict[str, Importer] = {
    "dlt": Importer(what="dlt rest_api configuration", recognises=dlt.recognises, read=dlt.read),
    "openapi": Importer(what="OpenAPI document", recognises=openapi.recognises, read=openapi.read),
    "dbt": Importer(what="dbt sources, models and tests", recognises=dbt.recognises, read=dbt.read),
    "airbyte": Importer(
        what="Airbyte connection", recognises=airbyte.recognises, read=airbyte.read
    ),
    "airbyte-manifest": Importer(
        what="manifest of an Airbyte connector",
        recognises=airbyte_manifest.recognises,
        read=airbyte_manifest.read,
    ),
    "dag-factory": Importer(
        what="dag-factory YAML", recognises=dag_factory.recognises, read=dag_factory.read
    ),
    "odcs": Importer(what="ODCS data contract", recognises=odcs.recognises, read=odcs.read),
}
"""By the word of `--kind`. The first that recognises a file reads it."""


def importer_of(document: Document, kind: str, importers: Mapping[str, Importer]) -> Importer:
    """What reads a file.

    Args:
        document: the file.
        kind: as a person names it; empty: found by the file's keys.
        importers: those there are.

    Raises:
        SetupError: there is no such kind, or the file is of none.
    """
    if kind and kind not in importers:
        near = closest(kind, importers)
        raise SetupError(
            f"{kind} is not a kind of input" + (f": did you mean {near}?" if near else ""),
            remedy=f"there are {', '.join(importers)}",
        )
    for name, importer in importers.items():
        if (not kind or name == kind) and importer.recognises(document):
            return importer
    wanted = importers[kind].what if kind else ", ".join(one.what for one in importers.values())
    raise SetupError(
        f"{document.path.name} is none of: {wanted}",
        remedy="docs/import.md shows what each of them looks like",
    )
