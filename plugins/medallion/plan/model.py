"""The plan of one DAG: frozen tasks, each with the step it runs and the tasks it waits for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Literal

from medallion.plan.condition import Condition
from medallion.plan.late import LATE, HasLateFields
from medallion.publish.declaration import (
    ApprovalRequired,
    BreakingChange,
    GuardSpec,
    MissingKeys,
    ShapeContract,
)
from medallion.publish.disposition import WriteDisposition
from medallion.publish.replace import REPLACE
from medallion.schedules.clock import UTC_NAME
from medallion.schedules.cron import CONTINUOUS

# What a plan has of these `compiler.codec` imports when it is read: a task that starts in a fresh
# process pays for what its own step has.
if TYPE_CHECKING:
    from medallion.checks.outcome import PlannedCheck
    from medallion.cleaning.declared.columns import ColumnSpec
    from medallion.cleaning.declared.contract import SchemaContract
    from medallion.names import DagId, Layer, PublishedTable, TableName
    from medallion.plan.bi import BiDashboard, BiTable
    from medallion.plan.features import FeatureView
    from medallion.publish.indexes import Index
    from medallion.publish.partitions import Partitions
    from medallion.publish.read_mask import ReadMask
    from medallion.publish.window import Increment
    from medallion.schedules.schedule import Schedule
    from medallion.sources.base.source import SourceModel
    from medallion.sources.base.sync import SyncRequest
    from medallion.spec.models.alerts import AlertEvent
    from medallion.spec.models.sharing import ShareWith
    from medallion.unpivot import UnpivotSpec


@dataclass(frozen=True, slots=True, kw_only=True)
class LandStep(HasLateFields):
    """Source → bronze parts and their manifest."""

    table: PublishedTable
    source: SourceModel = field(metadata=LATE)
    write_disposition: WriteDisposition = REPLACE
    """How what is landed will be published: what may be read twice depends on it."""
    shows_values: bool = False
    """Whether the log may show values of the records: no column of them is personal."""
    reads_increments: bool = False
    """Whether the source may read only what is new: then a run can ask for a full refresh."""
    sync: SyncRequest | None = None
    """What another tool is asked to load before the source is read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GateStep(HasLateFields):
    """Great Expectations on a landing (bronze) or on a staging table (silver, gold)."""

    layer: Layer
    table: PublishedTable
    checks: tuple[PlannedCheck, ...] = field(metadata=LATE)
    clear_fields: frozenset[str] | None = None
    """Of a landing with personal data, or a staging table with columns that its view masks, the
    fields or columns whose values may be shown; None: all of them."""
    schema_contract: ShapeContract = ShapeContract.EVOLVE
    """Of a landing: whether it may have fields that the one before had not."""
    engine: str = "duckdb"
    """Of a landing: what cleans its records, and so where the gate reads them."""
    shown_columns: frozenset[str] = frozenset()
    """The columns or fields whose values messages may show: those that are known not to be
    personal. Of gold none is."""
    increment: Increment | None = None
    """Of an incremental gold table."""
    primary_key: tuple[str, ...] = ()
    """The same: what tells which rows a run's rows take the place of."""

    @property
    def of_whole(self) -> tuple[PlannedCheck, ...]:
        """The checks that ask of the whole table as it would be, not of what the run brings."""
        return tuple(check for check in self.checks if check.of_whole)


@dataclass(frozen=True, slots=True, kw_only=True)
class LookupTable:
    """A published table that the cleaning looks values up in."""

    dataset: str
    table: TableName


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomStep:
    """The author's function on cleaned rows: its module's source, as it was validated."""

    function: str
    path: str
    source: str = field(repr=False)
    adds: tuple[str, ...]
    max_rows: int | None
    """All rows at once, and at most these; None: in batches."""


def _hold_to_nothing() -> SchemaContract:
    from medallion.cleaning.declared.contract import SchemaContract

    return SchemaContract()


@dataclass(frozen=True, slots=True, kw_only=True)
class CleanStep(HasLateFields):
    """Bronze parts → a typed staging table, and the rows that could not be cast."""

    table: PublishedTable
    columns: Mapping[str, ColumnSpec] = field(metadata=LATE)
    primary_key: tuple[str, ...]
    lookups: tuple[LookupTable, ...] = ()
    row_filter: str | None = None
    """An expression that is true for the rows that are wanted."""
    order_by: tuple[tuple[str, bool], ...] = ()
    """Which of several rows with one key stays: columns, each with whether its highest wins."""
    schema_contract: SchemaContract = field(default_factory=_hold_to_nothing, metadata=LATE)
    """What a field that no column takes, and a value of another type, may do."""
    unpivot: UnpivotSpec | None = field(default=None, metadata=LATE)
    """Which columns of the landed records become records."""
    custom: CustomStep | None = field(default=None, metadata=LATE)
    engine: str = "duckdb"
    """What runs the cleaning query, by its word in specs."""
    pii_conn_id: str = ""
    """The connection whose password is the key of hashes; empty where there are none."""
    logged: bool = True
    """Whether the staging table itself becomes a version: then it must survive a crash."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildStep:
    """One SELECT → a staging table of a gold table."""

    table: PublishedTable
    sql: str
    sql_path: str
    upstream: tuple[TableName, ...]
    primary_key: tuple[str, ...] = ()
    increment: Increment | None = None
    """How the table grows; None: it is built whole each time."""
    is_view: bool = False
    """Whether readers get the SELECT itself: what is built is for the gate alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FreshnessLimits:
    """How old a published table may be; None: there is no limit."""

    warn_after: timedelta | None = None
    error_after: timedelta | None = None
    behind_after: timedelta | None = None
    """Of gold: how long it may be older than what it reads."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exposure:
    """What reads a table outside of the warehouse; as text it is what the spec says in a line."""

    name: str
    kind: str
    owner: str = ""
    url: str = ""
    dashboard: str = ""
    """The slug of a dashboard that a spec declares: `roots.dashboard_url` says where it is."""

    def __str__(self) -> str:
        more = ", ".join(filter(None, (self.owner and f"owner: {self.owner}", self.url)))
        return f"{self.kind} {self.name}" + (f" ({more})" if more else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """Which publications wait for a person, for how long, and who decides (empty: whoever may
    change a run)."""

    required: ApprovalRequired
    timeout: timedelta
    approvers: tuple[str, ...] = ()
    shown_columns: frozenset[str] = frozenset()
    """Of silver: the columns whose values examples may show. Of gold nothing is known here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishStep:
    """A gated staging table → what readers see."""

    table: PublishedTable
    write_disposition: WriteDisposition
    primary_key: tuple[str, ...]
    guard: GuardSpec
    keep_versions: int
    grants: tuple[str, ...]
    description: str
    column_descriptions: Mapping[str, str] = field(default_factory=dict)
    missing_keys: MissingKeys = MissingKeys.KEEP
    deleted_when: str | None = None
    """Of silver: the boolean column by which a row says that its key is deleted."""
    breaking_change: BreakingChange = BreakingChange.REFUSE
    schema_contract: ShapeContract = ShapeContract.EVOLVE
    """Of gold: whether columns may be added."""
    inputs: tuple[TableName, ...] = ()
    """Of gold: the tables that its SELECT reads."""
    attribution: str = ""
    """Of silver: the text that the source's licence asks for wherever the data are shown."""
    increment: Increment | None = None
    """Of gold: how the table grows; None: it is published whole each time."""
    indexes: tuple[Index, ...] = ()
    """What readers have besides the index of the key."""
    cluster_by: tuple[str, ...] = ()
    """The columns by which a run's rows are put in order before they are published."""
    partitions: Partitions | None = None
    """The stretches of time that the table is kept in; None: it is one table."""
    share_with: ShareWith = ()
    """The other domains whose builds and checks may read the table; `public`: all of them."""
    exposures: tuple[Exposure, ...] = ()
    """What reads the table outside of the warehouse."""
    freshness: FreshnessLimits = field(default_factory=FreshnessLimits)
    approval: Approval | None = None
    fingerprint: str = ""
    """What decides which rows the table has, whatever its inputs: `plan.fingerprint`."""
    source_fingerprint: str = ""
    """Of silver: the same, of its source alone."""
    masks: tuple[ReadMask, ...] = ()
    """Of silver: its masked columns, and who reads them in clear."""
    together: tuple[PublishStep, ...] = ()
    """The publications of the other tables that readers see change at the same moment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LakeTarget:
    """A table of a lake that a published table is written to as well."""

    format: str
    """By its word in specs."""
    location: str
    retention: timedelta
    """How long files of former versions stay."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LakeTableStep:
    """What readers of the warehouse see → the same table in a lake."""

    table: PublishedTable
    target: LakeTarget
    description: str = ""
    column_descriptions: Mapping[str, str] = field(default_factory=dict)


Step = LandStep | GateStep | CleanStep | BuildStep | PublishStep | LakeTableStep


@dataclass(frozen=True, slots=True, kw_only=True)
class Resources:
    """What a task may use where its executor can give it, and which workers run it."""

    memory: str | None = None
    """As Kubernetes writes it: 2Gi."""
    cpu: str | None = None
    """In cores, or thousandths of them: 2, 500m."""
    queue: str | None = None
    """Of CeleryExecutor."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedTask:
    """One Airflow task: `<group>.<name>`, what it runs, and the task ids it waits for."""

    group: str
    name: str
    step: Step
    upstream: tuple[str, ...]
    execution_timeout: timedelta | None = None
    """How long a run of it may take; None: as long as it takes."""
    resources: Resources = field(default_factory=Resources)
    shares_task: bool = False
    """Whether all of its group run in one Airflow task, that of the group's last: a table of
    `for_each_table`, or of a continuous pipeline."""

    @property
    def task_id(self) -> str:
        """`<group>.<name>`, which is also Airflow's task id."""
        return f"{self.group}.{self.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertChannel:
    """Where messages about a pipeline go, and about what."""

    conn_id: str
    events: tuple[AlertEvent, ...]
    to: tuple[str, ...] = ()
    of_domain: bool = False
    """Whether domain.yaml says so: then it hears of specs of the domain that never ran, too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The DAG's own settings: the spec's, else the domain's, else Medallion's.

    `schedule` is of cron expressions. Where it is None, the DAG runs when the tables of
    `asset_schedule` have been published, all of them or any, as `wait_for` says; where that is
    empty too, by hand only.
    """

    owner: str
    schedule: Schedule | None
    asset_schedule: tuple[TableName, ...]
    wait_for: Literal["all", "any"] | Condition
    start_date: datetime | None
    end_date: datetime | None
    catchup: bool
    max_active_runs: int
    retries: int
    retry_delay: timedelta
    pool: str | None
    tags: tuple[str, ...]
    alerts: tuple[AlertChannel, ...] = ()
    deadline: timedelta | None = None
    """How long after it was queued a run may take until it is reported."""
    timezone: str = UTC_NAME
    """Whose days the pipeline's days are, with a schedule or without."""
    is_continuous: bool = False
    """Whether a run waits for messages, and the next one begins when it has ended."""

    def describe_schedule(self) -> str:
        """When it runs by itself, as its spec says it; empty: it says nothing."""
        if self.is_continuous:
            return CONTINUOUS
        return str(self.schedule) if self.schedule else ""

    @property
    def condition(self) -> Condition | None:
        """What it waits for; None: for no table."""
        if isinstance(self.wait_for, Condition):
            return self.wait_for if self.asset_schedule else None
        if not self.asset_schedule:
            return None
        return Condition(word=self.wait_for, of=self.asset_schedule)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan(HasLateFields):
    """Everything that the DAG of one spec needs.

    `spec_path` is relative to the project's root; `digest` is the sha256 of the spec and its SQL.
    """

    dag_id: DagId
    spec_path: str
    digest: str
    description: str
    doc: str
    """Markdown: description, owner, tables."""
    settings: Settings
    tasks: tuple[PlannedTask, ...]
    contacts: tuple[str, ...] = ()
    """Of the domain: the people to ask."""
    bi_tables: tuple[BiTable, ...] = field(default=(), metadata=LATE)
    """Its gold tables that declare something for the BI team, or that its dashboards read."""
    dashboards: tuple[BiDashboard, ...] = field(default=(), metadata=LATE)
    feature_views: tuple[FeatureView, ...] = field(default=(), metadata=LATE)
    """Its gold tables that data scientists join training sets from."""

    def airflow_tasks(self) -> tuple[tuple[PlannedTask, ...], ...]:
        """The tasks as Airflow runs them: each by itself, or those of a group one after the other.
        The last of them gives its id to all."""
        shared: dict[str, list[PlannedTask]] = {}
        found: dict[str, tuple[PlannedTask, ...]] = {}
        for task in self.tasks:
            parts = shared.setdefault(task.group, []) if task.shares_task else []
            parts.append(task)
            if len(parts) > 1:
                del found[parts[-2].task_id]
            found[task.task_id] = tuple(parts)
        return tuple(found.values())

    def increment_of(self, table: PublishedTable) -> Increment | None:
        """How one of its tables grows; None: it is built whole each time, or is none of them."""
        builds = (task.step for task in self.tasks if isinstance(task.step, BuildStep))
        return next((step.increment for step in builds if step.table == table), None)

    def partitions_of(self, table: PublishedTable) -> Partitions | None:
        """How one of its tables is partitioned; None: it is not, or is none of them."""
        published = (task.step for task in self.tasks if isinstance(task.step, PublishStep))
        return next((step.partitions for step in published if step.table == table), None)

    def before(self) -> Mapping[str, tuple[PlannedTask, ...]]:
        """By task id, the tasks that make the staging table that it reads, and judge it: they run
        again where that is lost.
        """
        found: dict[str, tuple[PlannedTask, ...]] = {}
        staged: dict[str, tuple[PlannedTask, ...]] = {}
        for task in self.tasks:
            earlier = found[task.task_id] = staged.get(task.group, ())
            if earlier or isinstance(task.step, CleanStep | BuildStep):
                staged[task.group] = (*earlier, task)
        return {**found, **self._before_of_groups(found)}

    def _before_of_groups(
        self, found: Mapping[str, tuple[PlannedTask, ...]]
    ) -> Mapping[str, tuple[PlannedTask, ...]]:
        """Of publications that go together: what makes the staging tables of all of them."""
        publish = {t.step.table: t for t in self.tasks if isinstance(t.step, PublishStep)}
        return {
            task.task_id: tuple(
                one
                for step in (task.step, *task.step.together)
                for one in found[publish[step.table].task_id]
            )
            for task in publish.values()
            if isinstance(task.step, PublishStep) and task.step.together
        }
