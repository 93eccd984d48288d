"""What a landing lacks that its table has a column for, or has that looks like what is read. It is
in the log before anything is cleaned, as nothing of it stops a run."""

from __future__ import annotations

import re
from collections.abc import Iterator

from medallion.cleaning.declared.contract import list_known_fields, unknown_fields
from medallion.lake.manifest import Manifest
from medallion.plan.model import CleanStep
from medallion.prose import list_some
from medallion.steps.context import StepContext
from medallion.unpivot import unpivot_layout

SHOWN = 10
_DIGITS = re.compile(r"\d+")


def warn_of_missing_fields(step: CleanStep, manifest: Manifest, context: StepContext) -> None:
    """Warn of optional columns that no file has, and of columns that seem to be left out of
    `unpivot`."""
    for line in _find_doubts(step, manifest):
        context.log.warning("%s: %s", step.table.public, line)


def _find_doubts(step: CleanStep, manifest: Manifest) -> Iterator[str]:
    names = manifest.layout.columns
    if not names:
        return
    spread: tuple[str, ...] = ()
    if step.unpivot is not None:
        how = unpivot_layout(manifest.layout, step.unpivot)
        spread, names = tuple(name for _, name in how.spread), how.layout.columns
    unknown = unknown_fields(names, list_known_fields(step.columns, step.schema_contract))
    lacking = [
        f"{name} ({' or '.join(map(repr, spec.reads(name)))})"
        for name, spec in step.columns.items()
        if spec.optional and spec.expression is None and not set(spec.reads(name)) & set(names)
    ]
    if lacking:
        others = f"; fields that no column takes: {list_some(unknown, SHOWN)}" if unknown else ""
        yield (
            f"no file has the optional {list_some(lacking, SHOWN)}, which is empty in all rows"
            f"{others}"
        )
    if alike := [name for name in unknown if _is_named_like(name, spread)]:
        yield (
            f"{list_some(list(map(repr, alike)), SHOWN)} is named like the columns that `unpivot` "
            "makes records of, and is not read: fix its `columns`, or name it in "
            "`schema_contract: {ignore: […]}`"
        )


def _is_named_like(name: str, spread: tuple[str, ...]) -> bool:
    """Whether a name begins in the form of one that became records: `2026 (p)` with a year."""
    forms = {_bare(one) for one in spread if _DIGITS.search(one)}
    return any(_bare(name).startswith(form) for form in forms)


def _bare(name: str) -> str:
    return _DIGITS.sub(lambda found: "0" * len(found[0]), name.strip())
