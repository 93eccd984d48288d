"""The result of loading: specs with everything a plan needs, and issues."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from medallion.errors import Issue, SpecError
from medallion.names import DagId, TableName
from medallion.schedules.calendar import Calendar
from medallion.spec.files.access import Access
from medallion.spec.files.offers import Offer
from medallion.spec.files.python_files import CustomCode
from medallion.spec.findings.positions import KeyPath
from medallion.spec.models.pipeline import DomainSpec, PipelineSpec
from medallion.spec.models.policy import PolicySpec
from medallion.spec.models.queries import GoldQuery
from medallion.sql.outline import QueryOutline


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadedSpec:
    """A valid spec, ready for `plan.make.make_plan`.

    `spec_path` is relative to the project's root; `digest` is the SHA-256 of the spec, the defaults
    of its domain, its SQL and its Python.
    """

    dag_id: DagId
    spec: PipelineSpec
    domain: DomainSpec
    spec_path: str
    digest: str
    queries: Mapping[str, GoldQuery]
    code: Mapping[str, CustomCode] = field(default_factory=dict)
    """By dataset, the module of its custom step."""
    outlines: Mapping[str, QueryOutline | None] = field(default_factory=dict)
    """By gold table, what its columns are made of; None: it nests too deep."""
    expression_columns: Mapping[str, Mapping[str, tuple[str, ...]]] = field(default_factory=dict)
    """By dataset and column, the columns that its expression reads."""
    checked_against: tuple[tuple[KeyPath, TableName], ...] = ()
    """The published tables that its checks look into, each with its place."""
    protected: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """By gold table, the columns that hold what this spec's silver protects: where it declares
    something for the BI team or data scientists, who are not to find them."""
    lines: Mapping[str, int] = field(default_factory=dict)
    """Of what is declared for the BI team, by its key path: `gold.sales`,
    `dashboards.sales.charts.takings`."""
    calendar: Calendar | None = None
    """The days on which it runs, with the domain's where it says none."""
    exempted: tuple[tuple[str, str], ...] = ()
    """The exemptions of the policy that it needs: each a rule and a table."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadedDomain:
    """specs/<domain>/domain.yaml; an empty one if there is no such file."""

    spec: DomainSpec = field(default_factory=DomainSpec)
    data: bytes = b""
    access: Access = field(default_factory=Access)
    """What operators allow the domains (specs/access.yaml)."""
    policy: PolicySpec = field(default_factory=PolicySpec)
    """What the organisation asks of every spec (specs/policy.yaml)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One file of specs/, loaded or refused.

    Attributes:
        data: the file's bytes, for the places of problems found later.
        warnings: what the policy says, and does not refuse it for.
        until: the moment at which an exemption that it needs ends, in seconds since 1970; 0: none.
        tables: what it offers others, as far as a broken file shows.
        whole: whether `tables` is complete; if not, its readers are not blamed.
    """

    path: str
    data: bytes = b""
    dag_id: DagId | None = None
    loaded: LoadedSpec | None = None
    issues: tuple[Issue, ...] = ()
    tables: Mapping[TableName, Offer] = field(default_factory=dict)
    whole: bool = True
    warnings: tuple[Issue, ...] = ()
    until: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadReport:
    """Every spec of a project: the valid ones, and every issue of the others, sorted by place.

    `warnings` are of valid and of refused specs, and refuse none.
    """

    specs: tuple[LoadedSpec, ...]
    issues: tuple[Issue, ...]
    warnings: tuple[Issue, ...] = ()

    def raise_for_issues(self) -> None:
        """Raise one SpecError with every issue; nothing if there are none."""
        if self.issues:
            raise SpecError(self.issues)
