"""A plan in an environment: the same steps, between tables of schemas of its own.

An environment is a suffix of the domain: `cinema` is `cinema__alice` in all names that a plan has,
and so in schemas, roles, the registry's rows and folders of the lake. The pipeline's source and
what its domain may reach stay those of the domain itself (`names.base_domain`).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any

from medallion.checks.aliases import FOREIGN_KEY, ROWS
from medallion.checks.outcome import PlannedCheck
from medallion.checks.row_query import query_tables, rename_batch_schemas
from medallion.errors import Issue, SetupError, SpecError
from medallion.names import (
    IN_ENVIRONMENT,
    NAME_PATTERN,
    DagId,
    PublishedTable,
    TableName,
    base_domain,
)
from medallion.plan.condition import Condition
from medallion.plan.model import (
    BuildStep,
    CleanStep,
    GateStep,
    LakeTableStep,
    LandStep,
    Plan,
    PublishStep,
    Settings,
    Step,
)
from medallion.publish.declaration import BreakingChange
from medallion.spec.models.queries import PLACEHOLDERS
from medallion.sql.renamed_schemas import rename_schemas

PATTERN = r"^[a-z][a-z0-9]{0,15}$"
"""Its name: it is part of names that have 40 characters in all, and no underscore ends it early."""


@dataclass(frozen=True, slots=True)
class Environment:
    """An environment, by its name.

    >>> str(Environment("alice").table(TableName("gold_cinema", "brands")))
    'gold_cinema__alice.brands'
    """

    name: str

    @classmethod
    def parse(cls, name: str) -> Environment:
        """The environment of a name that a person has written.

        Raises:
            SetupError: it is none.
        """
        if not cls.is_name(name):
            raise SetupError(
                f"{name!r} is not the name of an environment",
                remedy="a small letter, then small letters and digits, 16 at most: alice, pr417",
            )
        return cls(name)

    @staticmethod
    def is_name(name: str) -> bool:
        """Whether an environment may be called so.

        >>> Environment.is_name("pr417"), Environment.is_name("../etc")
        (True, False)
        """
        return re.fullmatch(PATTERN, name) is not None

    def domain(self, domain: str) -> str:
        """A domain's name in it.

        Raises:
            SetupError: the two names are too long together.
        """
        found = f"{domain}{IN_ENVIRONMENT}{self.name}"
        if not re.fullmatch(NAME_PATTERN, found):
            raise SetupError(
                f"{found} would name schemas, and is longer than 40 characters",
                remedy=f"give the environment a name of {max(38 - len(domain), 0)} characters at "
                f"most, or leave the pipelines of {domain} out",
            )
        return found

    @property
    def label(self) -> str:
        """What marks what is of it.

        >>> Environment("alice").label
        'environment alice'
        """
        return f"environment {self.name}"

    @property
    def banner(self) -> str:
        """What people read above what is of it."""
        return f"{self.label}: nothing of production is written"

    def place(self, table: PublishedTable) -> PublishedTable:
        """A table of production as it is in it."""
        return replace(table, domain=self.domain(table.domain))

    def table(self, name: TableName) -> TableName:
        """A public name of production as it is in it."""
        return self.place(PublishedTable.of(name)).public


def production_of(table: PublishedTable) -> PublishedTable:
    """The table of production that one of an environment is beside."""
    return replace(table, domain=base_domain(table.domain))


def in_environment(plan: Plan, environment: Environment, domains: Collection[str]) -> Plan:
    """The plan, all of whose tables are the environment's. Nobody gets a message or a right by it,
    and nobody is asked.

    Args:
        domains: of production, those that the environment has: what a table shares with everybody
            is shared with them.

    Raises:
        SetupError: a name is too long.
        SpecError: SQL names a schema in a way that cannot be replaced.
    """
    within = _Within(environment, frozenset(domains))
    return replace(
        plan,
        dag_id=DagId(environment.domain(plan.dag_id.domain), plan.dag_id.pipeline),
        doc=f"**{environment.banner}**\n\n{plan.doc}",
        settings=_settings(plan.settings, environment),
        tasks=tuple(
            replace(task, step=within.step(task.step))
            for task in plan.tasks
            if not isinstance(task.step, LakeTableStep)
        ),
        bi_tables=(),
        dashboards=(),
        feature_views=(),
    )


def _settings(settings: Settings, environment: Environment) -> Settings:
    """An environment makes up for no past interval, has no pools of its own, and nobody waits for
    it."""
    return replace(
        settings,
        asset_schedule=tuple(map(environment.table, settings.asset_schedule)),
        wait_for=settings.wait_for.rename(environment.table)
        if isinstance(settings.wait_for, Condition)
        else settings.wait_for,
        catchup=False,
        pool=None,
        tags=(*settings.tags, environment.label),
        alerts=(),
        deadline=None,
    )


@dataclass(frozen=True, slots=True)
class _Within:
    """The steps of a plan in an environment."""

    environment: Environment
    domains: frozenset[str]

    def step(self, step: Step) -> Step:
        table = self.environment.place(step.table)
        if isinstance(step, LandStep):
            return replace(step, table=table)
        if isinstance(step, GateStep):
            return replace(step, table=table, checks=tuple(map(self._check, step.checks)))
        if isinstance(step, CleanStep):
            lookups = tuple(
                replace(one, table=self.environment.table(one.table)) for one in step.lookups
            )
            return replace(step, table=table, lookups=lookups)
        if isinstance(step, BuildStep):
            upstream = tuple(map(self.environment.table, step.upstream))
            return replace(step, table=table, sql=self._select(step), upstream=upstream)
        if isinstance(step, LakeTableStep):  # `in_environment` leaves them out
            return replace(step, table=table)
        return self._publish(replace(step, table=table))

    def _publish(self, step: PublishStep) -> PublishStep:
        shared = self.domains if isinstance(step.share_with, str) else step.share_with
        return replace(
            step,
            inputs=tuple(map(self.environment.table, step.inputs)),
            grants=(),
            share_with=tuple(sorted(map(self.environment.domain, shared))),
            exposures=(),
            approval=None,
            # Which tables it builds, and which it shows, is decided table by table.
            together=(),
            # What was there before was made by a former text of the branch: its size says nothing.
            guard=step.guard.model_copy(update={"max_shrink_percent": None}),
            breaking_change=BreakingChange.ALLOW,
        )

    def _select(self, step: BuildStep) -> str:
        try:
            return rename_schemas(step.sql, self._schemas(step.upstream), PLACEHOLDERS)
        except ValueError as error:
            raise _cannot_be_renamed(step.sql_path, error) from None

    def _check(self, check: PlannedCheck) -> PlannedCheck:
        kwargs: dict[str, Any] = dict(check.kwargs)
        if FOREIGN_KEY in kwargs:
            key = kwargs[FOREIGN_KEY]
            name, _, column = str(key["to"]).rpartition(".")
            to = f"{self.environment.table(TableName.parse(name))}.{column}"
            kwargs[FOREIGN_KEY] = {**key, "to": to}
        elif check.expectation == ROWS:
            query = str(kwargs["unexpected_rows_query"])
            schemas = self._schemas(query_tables(query))
            try:
                kwargs["unexpected_rows_query"] = rename_batch_schemas(query, schemas)
            except ValueError as error:
                raise _cannot_be_renamed(f"the check {check.check_id}", error) from None
        else:
            return check
        return replace(check, kwargs=kwargs)

    def _schemas(self, tables: Collection[TableName]) -> Mapping[str, str]:
        return {table.schema: self.environment.table(table).schema for table in tables}


def _cannot_be_renamed(where: str, error: ValueError) -> SpecError:
    return SpecError([Issue(path=where, rule="environment", problem=str(error))])
