"""A file of another tool → drafts of specs that validate, and what is in none of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from medallion.errors import Issue, SetupError
from medallion.workbench.imports.base.document import read_document
from medallion.workbench.imports.base.outcome import Draft, NotMapped, Target
from medallion.workbench.imports.base.sketch import short_name
from medallion.workbench.imports.prove import prove
from medallion.workbench.imports.table import Importer, importer_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a file became. `origin` names it for the top of a spec."""

    drafts: tuple[Draft, ...]
    not_mapped: tuple[NotMapped, ...]
    origin: str


def read_input(
    path: Path,
    target: Target,
    importers: Mapping[str, Importer],
    issues_of: Callable[[Draft], Sequence[Issue]],
    *,
    kind: str = "",
) -> Reading:
    """Read a file as one of the kinds.

    Args:
        path: the file.
        target: where the specs go.
        importers: the kinds.
        issues_of: what `validate` says of a draft.
        kind: of the file, where its keys do not show it.

    Raises:
        SetupError: the file cannot be read, is of no kind, or has not the pipeline that is named.
    """
    document = read_document(path)
    importer = importer_of(document, kind, importers)
    imported = importer.read(document, target)
    drafts: list[Draft] = []
    not_mapped = list(imported.not_mapped)
    for draft in _pick_named(imported.drafts, target):
        kept, refused = prove(draft, issues_of)
        drafts.append(kept)
        not_mapped += refused
    return Reading(
        drafts=tuple(drafts),
        not_mapped=tuple(not_mapped),
        origin=f"{path.name}, {importer.what}",
    )


def _pick_named(drafts: Sequence[Draft], target: Target) -> list[Draft]:
    """One draft has the name that was asked for; of several, the one that has it is taken."""
    if not drafts:
        raise SetupError("the file holds nothing that a spec could say", remedy="docs/import.md")
    if not target.pipeline:
        return list(drafts)
    if len(drafts) == 1:
        return [replace(drafts[0], name=target.pipeline)]
    found = [one for one in drafts if short_name(one.name) == target.pipeline]
    if not found:
        raise SetupError(
            f"the file holds no pipeline {target.pipeline}, but "
            + ", ".join(short_name(one.name) for one in drafts),
            remedy="name one of them, or the domain alone for all of them",
        )
    return found
