"""The spec of one pipeline and the defaults of its domain, as the YAML says them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field, model_validator

from medallion.checks.declaration import CheckSpec
from medallion.cleaning.declared.classification import DEFAULT_CONNECTION
from medallion.cleaning.declared.columns import ColumnSpec
from medallion.cleaning.declared.columns_like import ColumnsLike, with_columns_like
from medallion.cleaning.declared.contract import SchemaContract
from medallion.cleaning.declared.rows import DeduplicateSpec, TransformSpec
from medallion.cleaning.engines.table import ENGINES
from medallion.durations import RetryDelay, TimeLimit
from medallion.model import OneOf, SpecModel
from medallion.names import ColumnName, Name
from medallion.publish.declaration import (
    ApprovalSpec,
    BreakingChange,
    GuardSpec,
    MissingKeys,
    ShapeContract,
)
from medallion.publish.disposition import WriteDisposition
from medallion.publish.incremental import IncrementalSpec, Materialization
from medallion.publish.replace import REPLACE
from medallion.publish.view import AS_VIEW
from medallion.sources.airbyte.sync import AirbyteSync
from medallion.sources.base.cursor import CursorSpec
from medallion.sources.database.listing import Patterns
from medallion.sources.kinds import TABLE_TYPES, Source
from medallion.sources.loaded_tables.table import LoadCursor
from medallion.spec.models.alerts import AlertSpec
from medallion.spec.models.bi import Certified, DimensionSpec, MetricSpec, RowFilterSpec
from medallion.spec.models.calendar import CalendarSpec
from medallion.spec.models.dashboards import DashboardSpec
from medallion.spec.models.each_table import DATABASE, listing_name, name_of, with_tables
from medallion.spec.models.freshness import FreshnessSpec, GoldFreshnessSpec
from medallion.spec.models.gold_column import GoldColumnSpec
from medallion.spec.models.indexes import IndexSpec
from medallion.spec.models.keeping import BronzeKeeping, QuarantineKeeping
from medallion.spec.models.lake_tables import PublishTo
from medallion.spec.models.partitions import PartitionSpec
from medallion.spec.models.privacy import PrivacySpec
from medallion.spec.models.products import Products
from medallion.spec.models.resources import ResourcesSpec
from medallion.spec.models.sharing import ShareWith
from medallion.spec.models.timing import Crons
from medallion.spec.models.waiting import WaitForSpec

Names = Annotated[tuple[ColumnName, ...], Field(strict=False)]
Texts = Annotated[tuple[str, ...], Field(strict=False)]
Tags = Annotated[
    tuple[Annotated[str, Field(min_length=1, max_length=100)], ...],
    Field(strict=False, max_length=50),
]
Indexes = Annotated[tuple[IndexSpec, ...], Field(strict=False, max_length=10)]
Clustered = Annotated[tuple[ColumnName, ...], Field(strict=False, max_length=10)]
Checks = Annotated[tuple[CheckSpec, ...], Field(strict=False)]
Engine = Annotated[str, OneOf(ENGINES)]
DEFAULT_ENGINE = "duckdb"
Groups = Annotated[
    tuple[Annotated[tuple[Name, ...], Field(strict=False, min_length=1, max_length=20)], ...],
    Field(strict=False, max_length=20),
]


WEB_ADDRESS_PATTERN = r"^(https?://\S+)?$"
"""What pages make a link of: a browser runs the text of some other schemes."""


class ExposureSpec(SpecModel):
    """A reader of the table outside the warehouse: a dashboard, a notebook, a model."""

    type: Literal["dashboard", "notebook", "analysis", "ml", "application"] = "dashboard"
    """What it is."""
    owner: str = ""
    """Whom to ask."""
    url: str = Field(default="", pattern=WEB_ADDRESS_PATTERN, max_length=2000)
    """Where it is: https://…"""
    description: str = ""
    """What it is for."""


class BronzeSpec(BronzeKeeping):
    """What a landing holds, how long it is kept, and what is asked of it."""

    description: str = ""
    """What the landed files hold: personal data, prices of a partner …"""
    checks: Checks = ()
    """Checks of the landed records, before they are cleaned: `- row_count: {min_value: 1}`."""
    schema_contract: ShapeContract = Field(default=ShapeContract.EVOLVE, strict=False)
    """A field, or a type of Parquet, that the landing published last did not have: `evolve`
    accepts it, `freeze` fails the gate. Bronze keeps what comes: nothing is discarded here."""


class SilverSpec(SpecModel):
    """The cleaned, typed table that a dataset becomes."""

    primary_key: Names = ()
    """The columns that tell one row from another; of several rows with one key, the last stays."""
    write_disposition: WriteDisposition = Field(
        default=REPLACE, json_schema_extra={"default": REPLACE.name}
    )
    """`replace`: each run brings the whole table. `merge`: it updates rows by their key. `append`:
    it adds the rows of its data interval. `scd2`: each run brings the whole table, and the states
    of each key are kept with the time for which they held."""
    missing_keys: MissingKeys = Field(default=MissingKeys.KEEP, strict=False)
    """`merge` of whole extracts: a key that an extract no longer has was deleted at the source.
    `keep` its row, mark it (`soft_delete`: `_deleted_at` says since when), or remove it
    (`hard_delete`)."""
    deleted_when: ColumnName | None = None
    """`merge`: the boolean column that is true where a row says that its key is deleted, as a
    tombstone of a topic does. The row of the key is removed; no earlier interval brings it back."""
    columns: dict[ColumnName, ColumnSpec] = Field(min_length=1)
    """The table's columns, in this order. A field that no column takes stays in bronze only."""
    columns_like: Annotated[tuple[ColumnsLike, ...], Field(strict=False)] = ()
    """Columns that differ in their field only, after the others: `fields: [USD, JPY]` and what
    holds for all of them."""
    filter: str | None = None
    """Which rows are wanted: `status <> 'test'`, SQL over the columns. The others are discarded,
    and counted."""
    deduplicate: DeduplicateSpec | None = None
    """Which of several rows with one primary key stays; the last one read by default."""
    schema_contract: SchemaContract = SchemaContract()
    """What a field that no column takes, and a value that is not of its type, may do."""
    transform: TransformSpec | None = None
    """A function of include/python/ that works on the cleaned rows: `shop.scoring:add_score`."""
    checks: Checks = ()
    """Checks of the cleaned rows: what they let through is published."""
    guard: GuardSpec = GuardSpec()
    """What a run must bring before it may replace what readers have."""
    keep_versions: int = Field(default=3, ge=1, le=100)
    """`replace`: how many versions stay, the current one included."""
    indexes: Indexes = ()
    """What else the table is looked up by: `[[customer_id], [shop, day]]`, an index each, or a
    mapping with more, `{columns: [tags], method: gin}`. A `primary_key` has one already."""
    cluster_by: Clustered = ()
    """The columns by which the rows of a run are put in order on the disk before they are
    published: rows that are read together lie together."""
    partition_by: PartitionSpec | None = None
    """Of `append`: keeps the table in stretches of time, `{column: paid_at, by: month}`."""
    grants: Texts = ()
    """Roles that may read the table."""
    share_with: ShareWith = ()
    """Other domains whose SQL and checks may read the table: `[finance]`, or `public` for all."""
    publish_to: PublishTo = ()
    """Where else it is published, after the warehouse: as a table of a lake, `[{format: delta,
    location: "abfs://lake@published/cinema/films"}]`."""
    freshness: FreshnessSpec | None = None
    """How old the last publication may be."""
    breaking_change: BreakingChange = Field(default=BreakingChange.REFUSE, strict=False)
    """Whether a published column may be removed or change its type, which breaks whoever reads it:
    `refuse`, or `allow`. With `allow` the earlier versions are dropped."""
    approval: ApprovalSpec | None = None
    """Whether a person has to approve a publication before readers see it."""
    exposures: dict[Name, ExposureSpec] = {}
    """What reads the table outside of the warehouse: named before a breaking change."""

    @model_validator(mode="before")
    @classmethod
    def _write_columns_out(cls, value: object) -> object:
        return with_columns_like(value) if isinstance(value, Mapping) else value


class DatasetSpec(SpecModel):
    """One source and the silver table that it becomes."""

    description: str = ""
    """What the table holds: one row per what? Kept as its comment in the warehouse."""
    source: Source
    """Where the records come from."""
    bronze: BronzeSpec = BronzeSpec()
    """What a landing holds, how long it is kept, and what is asked of it."""
    silver: SilverSpec
    """The table that it becomes: silver_<domain>.<dataset>."""
    quarantine: QuarantineKeeping = QuarantineKeeping()
    """How long rows that did not pass are kept."""
    attribution: str = Field(default="", max_length=1000)
    """The text that the source's licence asks for wherever its data are shown, and the data of
    tables that are made of them: `Source: INSEE, Licence Ouverte 2.0`. TMDB's is known."""
    execution_timeout: TimeLimit | None = None
    """How long a task of this dataset may run before it is ended; as the pipeline's by default."""
    resources: ResourcesSpec | None = None
    """What its tasks may use; each word that is left out is the pipeline's."""
    engine: Engine = DEFAULT_ENGINE
    """What cleans its records. Where it is left out, as the pipeline says."""


class PartOfSilver(SilverSpec):
    """As `silver` of a dataset; `columns` are needed in `defaults` or at the table."""

    columns: dict[ColumnName, ColumnSpec] = {}
    """The table's columns, in this order."""


class TableSource(SpecModel):
    """What the source of a table says besides its connection and its name, in the words of the
    type that `for_each_table` has."""

    cursor: LoadCursor | None = None
    """Read only what was loaded since the last publication: `{}`, or `{lookback: 6h}`."""
    deletions: Literal["leave_out", "keep"] | None = None
    """Of airbyte and fivetran: what to do with rows that are marked as deleted."""
    history: Literal["current", "all"] | None = None
    """Of fivetran and dlt: which states of a row, of a table that keeps them."""
    parents: Annotated[tuple[str, ...], Field(strict=False, max_length=20)] | None = None
    """Of dlt: the tables above a child table, the nearest first, `[orders]`."""
    incomplete_loads: Literal["fail", "leave_out"] | None = None
    """Of dlt: what to do with rows of a load that is not complete."""
    raw: bool = False
    """Of airbyte: whether it is a raw table."""
    generation: Literal["all", "latest"] = "all"
    """Of airbyte: which generations are read."""
    on_change: Literal["warn", "quarantine", "fail"] = "warn"
    """Of airbyte: what to do with a record in which Airbyte has nulled or cut a value."""
    sync: AirbyteSync | None = None
    """Of airbyte: the sync that a run asks for before it reads, in `defaults` for all tables."""


class TableDefaults(SpecModel):
    """What holds for each table that does not say otherwise, in the words of a dataset."""

    bronze: BronzeSpec = BronzeSpec()
    """What a landing holds, how long it is kept, and what is asked of it."""
    silver: PartOfSilver = PartOfSilver()
    """What the silver tables have in common: `{guard: {min_rows: 0}, grants: [bi_reader]}`."""
    cursor: CursorSpec | None = None
    """Of `type: database`: read only what is new since the last publication, by a column that
    grows."""
    source: TableSource = TableSource()
    """Of other types: what the source says besides its connection and its table,
    `{cursor: {}, deletions: keep}`."""
    quarantine: QuarantineKeeping = QuarantineKeeping()
    """How long rows that did not pass are kept."""
    attribution: str = Field(default="", max_length=1000)
    """The text that the source's licence asks for wherever its data are shown."""
    execution_timeout: TimeLimit | None = None
    """How long the task of a table may run before it is ended; as the pipeline's by default."""
    resources: ResourcesSpec | None = None
    """What the task of a table may use: what it says of `clean` holds for the whole of it."""


class TableSpec(TableDefaults):
    """One table, and what it says over `defaults`: mappings key by key, all else as a whole."""

    dataset: Name | None = None
    """The dataset's name; by default the prefix and the table's name in small letters."""
    description: str = ""
    """What the table holds: one row per what?"""


class NewTables(StrEnum):
    """What happens when the database has a table that the list lacks."""

    EVOLVE = "evolve"
    FREEZE = "freeze"
    DISCARD = "discard"


class ForEachTable(SpecModel):
    """A dataset for each table of a database that is listed, all read alike."""

    type: Annotated[str, OneOf(TABLE_TYPES)] = DATABASE
    """As which type of source the tables are read: `database`, or, where a tool has loaded them,
    `airbyte`, `fivetran`, `dlt`. The tool's own tables are left out then."""
    conn_id: str
    """The Airflow connection: postgres, mysql, sqlite, mssql, oracle and others."""
    schema_name: str = Field(default="", alias="schema", max_length=200)
    """The schema of the tables, exactly as the database has it; that of the connection by
    default."""
    include: Patterns = ("*",)
    """Which tables of the schema are wanted, by their names: `[order*, customer?]`."""
    exclude: Patterns = ()
    """Which of them are not: `["*_bak", tmp_*]`."""
    views: bool = False
    """Whether views are asked for too."""
    new_tables: NewTables = Field(default=NewTables.EVOLVE, strict=False)
    """A table that is wanted and not listed. It is never published: `evolve` warns at the gate of
    the listing, `freeze` fails it, `discard` says nothing. `new --update` proposes its lines."""
    prefix: str = Field(default="", pattern=r"^([a-z][a-z0-9_]*)?$", max_length=30)
    """What each dataset's name begins with: `erp_` makes `erp_orders` of orders."""
    listing: Name | None = None
    """The dataset that lists what the database has, `<prefix>source_tables` by default; null: there
    is none, and nothing reports new tables."""
    defaults: TableDefaults = TableDefaults()
    """What holds for each table that does not say otherwise."""
    tables: dict[str, TableSpec] = Field(min_length=1)
    """The tables that are read, by their names as the database has them, each with its columns."""

    def datasets(self) -> frozenset[str]:
        """The names of the datasets that it makes."""
        names = {one.dataset or name_of(table, self.prefix) for table, one in self.tables.items()}
        said = self.model_dump(include={"prefix", "listing"}, exclude_unset=True)
        return frozenset(filter(None, (*names, listing_name(said))))


class GoldSpec(SpecModel):
    """A table built by one SELECT of include/sql/<domain>/."""

    description: str = ""
    """What the table holds: one row per what? Kept as its comment in the warehouse."""
    sql: str
    """The name of a file in include/sql/<domain>/ that holds one SELECT."""
    primary_key: Names = ()
    """The columns that tell one row from another: the SELECT gives each key once."""
    materialization: Materialization = Field(default=Materialization.TABLE, strict=False)
    """`table`: each run builds it whole. `incremental`: a run makes the rows of its data interval,
    and leaves the others alone. `view`: it has no rows of its own, and shows what its SELECT gives
    of its inputs as they are now."""
    incremental: IncrementalSpec | None = None
    """How an incremental table grows: `{by: time, lookback: 2d}`."""
    columns: dict[ColumnName, GoldColumnSpec] = {}
    """Descriptions of columns, kept as their comments in the warehouse: a text, or
    `{description: What was taken., unit: EUR}`."""
    checks: Checks = ()
    """Checks of the rows that the SELECT gives: what they let through is published."""
    schema_contract: ShapeContract = Field(default=ShapeContract.EVOLVE, strict=False)
    """A new column of the SELECT: `evolve` publishes it, `freeze` refuses it."""
    guard: GuardSpec = GuardSpec()
    """What a run must bring before it may replace what readers have."""
    keep_versions: int = Field(default=3, ge=1, le=100)
    """How many versions stay, the current one included."""
    indexes: Indexes = ()
    """What else the table is looked up by: `[[customer_id], [shop, day]]`, an index each, or a
    mapping with more, `{columns: [tags], method: gin}`. A `primary_key` has one already."""
    cluster_by: Clustered = ()
    """The columns by which the rows of a run are put in order on the disk before they are
    published: rows that are read together lie together."""
    partition_by: PartitionSpec | None = None
    """Of a table that is `incremental` by time: keeps it in stretches of time, `{column: day, by:
    month}`."""
    grants: Texts = ()
    """Roles that may read the table."""
    share_with: ShareWith = ()
    """Other domains whose SQL and checks may read the table: `[finance]`, or `public` for all."""
    publish_to: PublishTo = ()
    """Where else it is published, after the warehouse: as a table of a lake, `[{format: delta,
    location: "abfs://lake@published/cinema/films"}]`."""
    freshness: GoldFreshnessSpec | None = None
    """How old the last publication may be, and how long the table may lack what its inputs have."""
    breaking_change: BreakingChange = Field(default=BreakingChange.REFUSE, strict=False)
    """Whether a published column may be removed or change its type, which breaks whoever reads it:
    `refuse`, or `allow`. With `allow` the earlier versions are dropped."""
    approval: ApprovalSpec | None = None
    """Whether a person has to approve a publication before readers see it."""
    exposures: dict[Name, ExposureSpec] = {}
    """What reads the table outside of the warehouse: named before a breaking change. Dashboards
    that specs declare are among it by themselves."""
    metrics: dict[Name, MetricSpec] = {}
    """Numbers that the BI team finds in Superset: `takings: sum(gross)`, or a mapping with label,
    format and unit."""
    dimensions: dict[ColumnName, DimensionSpec] = {}
    """What the BI team groups and filters by: columns with their labels, `segment: Segment`, and
    calculated ones."""
    time_column: ColumnName | None = None
    """The column that the times of its charts and filters come from, and that an incremental table
    grows by."""
    certified: Certified = None
    """Whether somebody vouches for it: `true` for its owner, or `{certified_by: …, details: …}`."""
    row_filters: dict[Name, RowFilterSpec] = {}
    """Which rows the roles of Superset see; without one all of them."""
    entity: Names = ()
    """Makes a feature view of the table (Feast's word): the columns that say whose features a row
    has, `[customer_id]`. Data scientists join training sets from it."""
    event_time: ColumnName | None = None
    """Of a feature view: the column that says since when a row holds."""
    ttl: TimeLimit | None = None
    """Of a feature view: how long a row holds, 90d; left out, until the entity's next row."""
    quarantine: QuarantineKeeping = QuarantineKeeping()
    """How long rows that did not pass are kept."""
    execution_timeout: TimeLimit | None = None
    """How long a task of this table may run before it is ended; as the pipeline's by default."""
    resources: ResourcesSpec | None = None
    """What its tasks may use; each word that is left out is the pipeline's."""

    def disposition(self) -> WriteDisposition:
        """How what a run builds meets what is published."""
        if self.is_view():
            return AS_VIEW
        if self.materialization is not Materialization.INCREMENTAL:
            return REPLACE
        return (self.incremental or IncrementalSpec()).disposition()

    def is_view(self) -> bool:
        """Whether it has no rows of its own."""
        return self.materialization is Materialization.VIEW

    def declares_features(self) -> bool:
        """Whether it has a word of a feature view."""
        return bool(self.entity or self.event_time or self.ttl)


class Scheduling(SpecModel):
    """What a domain may set for all its pipelines, and a pipeline for itself."""

    owner: str | None = Field(default=None, min_length=1, max_length=250)
    """The team that answers for it, as Airflow shows it; `medallion` by default."""
    schedule: Crons | None = None
    """A cron expression or a preset (`@daily`) with data intervals, or a list of them; null: by
    hand only; `@continuous`: whenever its streams have messages. Left out, it runs whenever the
    tables of other pipelines that it reads are published again."""
    timezone: str | None = Field(default=None, max_length=64)
    """The zone whose clock `schedule`, `start_date`, `end_date` and all days are of, such as
    Europe/Paris; UTC by default."""
    calendar: CalendarSpec | None = None
    """The days on which the runs of `schedule` begin: `{country: FR}`, `{business_day: last}`.
    Without it on every day that `schedule` says."""
    start_date: date | datetime | None = None
    """The start of the first data interval: 2026-01-31, or a time (of `timezone` where it names
    none)."""
    end_date: date | datetime | None = None
    """The end of the last data interval."""
    catchup: bool | None = None
    """Whether to run the intervals missed since start_date; false by default."""
    max_active_runs: int | None = Field(default=None, ge=1, le=1000)
    """How many runs may run at once; 1 by default."""
    retries: int | None = Field(default=None, ge=0, le=1000)
    """How often a task is tried again after a failure that a retry can fix; 2 by default."""
    retry_delay: RetryDelay | None = None
    """The wait before the first retry, which then grows; 1m by default."""
    execution_timeout: TimeLimit | None = None
    """How long a task may run before it is ended: 2h. By default 12h for `land`, 6h for `clean`, 3h
    for `build`, 2h for gates and `publish`."""
    deadline: TimeLimit | None = None
    """How long after it was queued a run is to be done: 2h. A run that is not is reported
    (`deadline_missed`), and keeps running."""
    pool: str | None = Field(default=None, min_length=1, max_length=256)
    """The Airflow pool that its tasks take slots of."""
    resources: ResourcesSpec | None = None
    """What each task may use, and which workers run it: `{memory: 2Gi, cpu: 1, clean: {memory: 4Gi,
    queue: large}}`. Executors that run tasks as processes of one machine take no notice."""
    tags: Tags | None = None
    """Tags in Airflow's list of DAGs, besides the domain's name."""
    alerts: Annotated[tuple[AlertSpec, ...], Field(strict=False, max_length=20)] | None = None
    """Where messages go when something fails, is stale, changes or recovers. A pipeline's own list
    takes the place of its domain's; `[]`: nowhere."""


class DomainSpec(Scheduling):
    """specs/<domain>/domain.yaml: what the domain's pipelines share."""

    connections: Texts = Field(default_factory=tuple)
    """The Airflow connections that the domain's specs may name. Once it is there, any other is
    refused. Operators narrow them further in specs/access.yaml."""
    pii_conn_id: str = Field(default=DEFAULT_CONNECTION, pattern=r"^[\w.-]+$")
    """The Airflow connection whose password is the key of hashed personal data. Domains with one
    connection give the same value the same hash."""

    description: str = ""
    """What the domain is about."""
    contacts: Texts = ()
    """Addresses or channels of the people to ask."""
    bronze: BronzeKeeping = BronzeKeeping()
    """How long landed files are kept and who reads them, where a dataset does not say it."""
    quarantine: QuarantineKeeping = QuarantineKeeping()
    """How long rows that did not pass are kept, where a table does not say it."""
    products: Products = {}
    """The data products that the domain offers, by their names."""
    privacy: PrivacySpec = PrivacySpec()
    """What the register of processing (GDPR, article 30) asks for and no spec shows."""
    engine: Engine = DEFAULT_ENGINE
    """What cleans the records of the domain's pipelines, where they do not say it."""


class PipelineSpec(Scheduling):
    """specs/<domain>/<pipeline>.yaml: one DAG."""

    description: str
    """What the pipeline is for, in a sentence."""
    datasets: dict[Name, DatasetSpec] = {}
    """Each source with the silver table that it becomes: silver_<domain>.<dataset>."""
    for_each_table: ForEachTable | None = None
    """A dataset for each of many tables of a database, all read alike."""
    gold: dict[Name, GoldSpec] = {}
    """Each table that SQL builds: gold_<domain>.<table>."""
    dashboards: dict[Name, DashboardSpec] = Field(default={}, max_length=100)
    """Dashboards in Superset, over gold tables of this spec and of others."""
    publish_together: Groups = ()
    """Tables that readers see change at the same moment, or not at all: `[[orders, customers]]`,
    a list for each group. Each is replaced as a whole."""
    wait_for: WaitForSpec | None = None
    """Without a `schedule`: whether it runs once `all` tables of other pipelines that it reads were
    published, the default, or `any`; or which: `{all: [gold_a.x, {any: [gold_b.y, gold_b.z]}]}`.
    One whose pipeline is past its `end_date` holds nothing up."""
    engine: Engine = DEFAULT_ENGINE
    """What cleans the records: `duckdb` in the task's own process, `spark` on the machines of the
    connection medallion_spark. Where it is left out, as the domain says."""

    @model_validator(mode="before")
    @classmethod
    def _write_datasets_out(cls, value: object) -> object:
        return with_tables(value) if isinstance(value, Mapping) else value


def engine_for(dataset: DatasetSpec, spec: PipelineSpec, domain: DomainSpec) -> str:
    """What cleans a dataset's records: by its own word, else the pipeline's, else the domain's."""
    levels: tuple[DatasetSpec | PipelineSpec | DomainSpec, ...] = (dataset, spec, domain)
    said = (level.engine for level in levels if "engine" in level.model_fields_set)
    return next(said, DEFAULT_ENGINE)
