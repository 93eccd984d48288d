"""Where people can be found: the datasets of a domain that have a column which identifies them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from medallion.cleaning.declared.classification import (
    Protect,
    identifier_of,
    identifying_columns,
    telling_columns,
)
from medallion.compiler.project import read_project
from medallion.errors import SetupError
from medallion.names import PublishedTable
from medallion.operations.surroundings import Surroundings
from medallion.plan.make import make_plan
from medallion.plan.model import CleanStep, Plan
from medallion.steps.context import StepContext


@dataclass(frozen=True, slots=True, kw_only=True)
class Dataset:
    """A dataset with columns that identify people, and what cleans it."""

    plan: Plan
    step: CleanStep

    @property
    def table(self) -> PublishedTable:
        """Its silver table."""
        return self.step.table

    @property
    def identifiers(self) -> Mapping[str, str]:
        """What each of these columns identifies people by."""
        found = identifying_columns(self.step.columns)
        return {column: identifier_of(spec) for column, spec in found.items()}

    @property
    def telling(self) -> Mapping[str, str]:
        """Those that say who else the person of a row is. Where two columns identify by one name,
        a row is about two people: sender and receiver."""
        return {
            column: identifier_of(spec)
            for column, spec in telling_columns(self.step.columns).items()
        }

    def is_hashed(self, column: str) -> bool:
        """Whether silver holds hashes of it."""
        found = self.step.columns[column].classification
        return found is not None and found.protect is Protect.HASH


def read_plans(surroundings: Surroundings) -> Sequence[Plan]:
    """The plans of all specs.

    Raises:
        SetupError: a spec is refused: nobody knows where it has people.
    """
    report = read_project(surroundings.project_root)
    if report.issues:
        paths = sorted({str(issue.path) for issue in report.issues})
        raise SetupError(
            f"refused: {', '.join(paths)}. Whom they hold, nobody can say",
            remedy="`python -m medallion.cli validate` says what is wrong; fix it first",
        )
    return [make_plan(loaded) for loaded in report.specs]


def list_datasets(plans: Sequence[Plan], domain: str) -> Sequence[Dataset]:
    """Those of a domain."""
    return [
        Dataset(plan=plan, step=task.step)
        for plan in plans
        for task in plan.tasks
        if isinstance(task.step, CleanStep)
        and task.step.table.domain == domain
        and identifying_columns(task.step.columns)
    ]


def list_domains(plans: Sequence[Plan]) -> Sequence[str]:
    """The domains that have any."""
    domains = {plan.dag_id.domain for plan in plans}
    return sorted(domain for domain in domains if list_datasets(plans, domain))


def make_context(dataset: Dataset, surroundings: Surroundings) -> StepContext:
    """What the steps' own code is given where it reads landings beside a run."""
    return surroundings.make_context(
        str(dataset.plan.dag_id),
        "person",
        f"{dataset.table.name}.person",
        spec_digest=dataset.plan.digest,
    )
