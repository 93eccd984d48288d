"""Rules on schema contracts."""

from __future__ import annotations

from collections.abc import Iterator

from medallion.cleaning.declared.classification import is_protected
from medallion.cleaning.declared.contract import NewColumns
from medallion.spec.findings.finding import Finding
from medallion.spec.rules.context import RuleContext


def evolve_without_personal_data(context: RuleContext) -> Iterator[Finding]:
    """`evolve` publishes fields that nobody has looked at: not beside personal data."""
    for name, dataset in context.spec.datasets.items():
        silver = dataset.silver
        if silver.schema_contract.columns is not NewColumns.EVOLVE:
            continue
        protected = [c for c, spec in silver.columns.items() if is_protected(spec)]
        if protected:
            yield Finding(
                where=("datasets", name, "silver", "schema_contract", "columns"),
                problem=f"{protected[0]} is personal data: a field that comes with it may be too, "
                "and evolve would publish it in clear",
                remedy="use freeze, and declare a column for each new field",
            )
