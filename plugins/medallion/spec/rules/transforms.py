"""Rules on custom steps. What is wrong with their modules is found by `spec.files.python_files`."""

from __future__ import annotations

from collections.abc import Iterator

from medallion.cleaning.declared.classification import is_protected
from medallion.spec.findings.finding import Finding
from medallion.spec.rules.context import RuleContext

_OF_OTHERS = (
    *(
        "from_",
        "optional",
        "clean",
        "null_values",
        "delimiter",
        "format",
        "timezone",
        "lookup",
        "expression",
    ),
)


def added_column(context: RuleContext) -> Iterator[Finding]:
    """What a custom step adds is declared among the columns, and comes from nowhere else."""
    for name, dataset in context.spec.datasets.items():
        silver = dataset.silver
        if silver.transform is None:
            continue
        for at, column in enumerate(silver.transform.adds):
            spec = silver.columns.get(column)
            if spec is None:
                yield Finding(
                    where=("datasets", name, "silver", "transform", "adds", at),
                    problem=f"{column} is not a column of {name}",
                    remedy=f"declare it: `columns: {{{column}: {{type: …}}}}`",
                )
                continue
            where = ("datasets", name, "silver", "columns", column)
            for field in sorted(spec.model_fields_set & set(_OF_OTHERS)):
                key = field.rstrip("_")
                yield Finding(
                    where=(*where, key),
                    on_key=True,
                    problem=f"{key} is for a column that is read or computed, and the custom step "
                    "adds this one",
                    remedy="remove one of the two",
                )
            if is_protected(spec):
                yield Finding(
                    where=(*where, "classification"),
                    problem="values are protected before a custom step sees them, and this column "
                    "comes from one",
                    remedy="let the function protect it, and write `protect: none`",
                )
        if len(set(silver.transform.adds) & silver.columns.keys()) == len(silver.columns):
            yield Finding(
                where=("datasets", name, "silver", "transform", "adds"),
                problem="all columns are added, and none is left to be read",
                remedy="leave out what the function is given",
            )
