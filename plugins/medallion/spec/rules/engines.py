"""Rules on what an engine that is a cluster cannot do."""

from __future__ import annotations

from collections.abc import Iterator

from medallion.checks.catalogue import expectation_of
from medallion.cleaning.declared.classification import needs_key
from medallion.cleaning.engines.table import engine_of
from medallion.roots import lake_root
from medallion.spec.findings.finding import Finding
from medallion.spec.findings.positions import KeyPath
from medallion.spec.models.pipeline import DatasetSpec, engine_for
from medallion.spec.rules.context import RuleContext


def cluster_engine(context: RuleContext) -> Iterator[Finding]:
    """What cleans on other machines has neither the key of hashes nor a domain's Python there,
    copies no lists of moments, knows no types of pandas', and sees no lake but a folder."""
    for name, dataset in context.spec.datasets.items():
        engine = engine_for(dataset, context.spec, context.domain)
        if not engine_of(engine).is_cluster:
            continue
        yield from _find_far_lake(name, dataset, context)
        for where, problem in _find_refused(name, dataset):
            yield Finding(
                where=where,
                problem=f"{problem}, and `engine: {engine}` cleans {name} on others",
                remedy=f"write `engine: duckdb` in the dataset {name}: the results are the same",
            )


def _find_far_lake(name: str, dataset: DatasetSpec, context: RuleContext) -> Iterator[Finding]:
    """The word that says the engine, where the lake is in an object store. Of a domain's word, the
    dataset."""
    root = lake_root()
    if "://" not in root or root.startswith("file://"):
        return
    levels = ((dataset, ("datasets", name, "engine")), (context.spec, ("engine",)))
    said = (where for level, where in levels if "engine" in level.model_fields_set)
    yield Finding(
        where=next(said, ("datasets", name)),
        problem=f"the workers that clean {name} read the lake as a folder, and MEDALLION_LAKE_ROOT "
        f"is {root}",
        remedy="mount it where Airflow and Spark see it at the same path, or write "
        f"`engine: duckdb` in the dataset {name}",
    )


def _find_refused(name: str, dataset: DatasetSpec) -> Iterator[tuple[KeyPath, str]]:
    """The place of each thing that only the task's own machine can do, and why."""
    for number, check in enumerate(dataset.bronze.checks):
        entry = expectation_of(check.name)
        if entry and entry.traits.of_engine_types:
            at = ("datasets", name, "bronze", "checks", number)
            yield at, f"{check.name} asks for a type by the name that pandas has for it"
    silver = dataset.silver
    where = ("datasets", name, "silver")
    if silver.transform is not None:
        yield (*where, "transform"), "a custom step runs on the machine of its task"
    for column, spec in silver.columns.items():
        if needs_key({column: spec}):
            place = (*where, "columns", column, "classification")
            yield place, "the key of hashes does not leave the machine of its task"
        if spec.type == "timestamptz[]":
            place = (*where, "columns", column, "type")
            yield place, "a list of moments is copied by the machine of its task alone"
