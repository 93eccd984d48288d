"""One table as its spec declares it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta

from medallion.cleaning.declared.classification import describe_protection, table_columns
from medallion.cleaning.declared.columns import ColumnSpec
from medallion.cleaning.declared.contract import NewColumns
from medallion.durations import duration
from medallion.names import Layer, PublishedTable, TableName
from medallion.plan.attributions import attribution_of
from medallion.plan.keeping import Keeping, keepings
from medallion.plan.model import Settings
from medallion.plan.next_runs import Timing
from medallion.publish.declaration import ApprovalSpec, GuardSpec
from medallion.publish.dispositions import disposition_of
from medallion.spec.files.loaded import LoadedSpec
from medallion.spec.models.freshness import FreshnessSpec
from medallion.spec.models.pipeline import DatasetSpec, ExposureSpec
from medallion.sql.outline import QueryOutline
from medallion.sql.result_columns import TableColumn


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclaredColumn:
    """A column of a table. `origin`: the field or the look-up that it is read from, in words.

    `personal`: what kind of personal data it holds and how it is protected, in words; empty: none.
    """

    name: str
    type: str = ""
    description: str = ""
    unit: str = ""
    nullable: bool | None = None
    personal: str = ""
    origin: str = ""
    fields: tuple[str, ...] = ()
    """The fields of the record that it is read from, or that its expression reads in the end."""
    looked_up: tuple[TableColumn, ...] = ()
    """The columns of other tables that its value is looked up by and in."""
    made_by: str = ""
    """The Python function that adds it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exposure:
    """What reads the table outside of the warehouse."""

    name: str
    type: str
    owner: str
    url: str
    description: str
    domain: str = ""
    """Of a dashboard that a spec declares: the domain of that spec."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclaredTable:
    """What a spec says of one table that it publishes."""

    table: PublishedTable
    dag_id: str
    spec_path: str
    digest: str
    description: str
    owner: str
    contacts: tuple[str, ...]
    tags: tuple[str, ...]
    schedule: str | None
    warn_after: timedelta | None
    error_after: timedelta | None
    write_disposition: str
    primary_key: tuple[str, ...]
    columns: tuple[DeclaredColumn, ...]
    guard: GuardSpec
    keep_versions: int
    keeping: Keeping
    """How long its landings and its quarantine stay."""
    approval: ApprovalSpec | None
    """Whether a person has to approve its publications; None: nobody is asked."""
    grants: tuple[str, ...]
    share_with: tuple[str, ...]
    exposures: tuple[Exposure, ...]
    upstream: tuple[TableName, ...]
    """The published tables that it is made of."""
    timing: Timing | None = None
    """When the clock runs its pipeline; None: no clock does."""
    source: str = ""
    """Of silver: what kind of source it is read from, and where, without anything secret."""
    connection: str = ""
    """The Airflow connection that the source is read with, where its spec names one by itself."""
    attribution: str = ""
    """Of silver: the text that the source's licence asks for."""
    attributions: tuple[str, ...] = ()
    """Its own, and those of all tables that it is made of, of whatever spec."""
    sql_path: str = ""
    sql: str = ""
    outline: QueryOutline | None = None
    """Of gold: what its columns are made of; None: its SELECT nests too deep."""
    grows: bool = False
    """Of silver: whether it takes in columns that its spec does not name."""
    spec_text: str = ""
    """The YAML of the spec in the version that runs."""
    hidden_fields: frozenset[str] = frozenset()
    """Of silver: the columns with personal data, protected or not, those that the table does not
    have included, and the fields they are read from: no page shows a value of these."""

    def exposures_seen_in(self, domains: frozenset[str]) -> tuple[Exposure, ...]:
        """The exposures without dashboards of domains that a person may not see."""
        return tuple(one for one in self.exposures if not one.domain or one.domain in domains)

    @property
    def stores_rows(self) -> bool:
        """Whether it has rows of its own; a view has none."""
        return disposition_of(self.write_disposition).stores_rows

    @property
    def personal_columns(self) -> frozenset[str]:
        """Columns with personal data of any protection: no page and no JSON has their values."""
        return frozenset(column.name for column in self.columns if column.personal)


def tables_of(loaded: LoadedSpec, settings: Settings, text: str = "") -> Iterator[DeclaredTable]:
    """The tables of a spec, in its order; `text` is its YAML."""
    for keeping in keepings(loaded.dag_id, loaded.spec, loaded.domain):
        make = _silver if keeping.table.layer is Layer.SILVER else _gold
        yield replace(make(loaded, settings, keeping), spec_text=text)


def _silver(loaded: LoadedSpec, settings: Settings, keeping: Keeping) -> DeclaredTable:
    domain, name = keeping.table.domain, keeping.table.name
    dataset = loaded.spec.datasets[name]
    silver = dataset.silver
    looked_up = sorted({c.lookup.dataset for c in silver.columns.values() if c.lookup})
    warn_after, error_after = _freshness(silver.freshness)
    return DeclaredTable(
        table=keeping.table,
        dag_id=str(loaded.dag_id),
        spec_path=loaded.spec_path,
        digest=loaded.digest,
        description=dataset.description,
        owner=settings.owner,
        contacts=loaded.domain.contacts,
        tags=settings.tags,
        schedule=settings.describe_schedule() or None,
        timing=Timing.of(settings),
        warn_after=warn_after,
        error_after=error_after,
        write_disposition=silver.write_disposition.name,
        primary_key=silver.primary_key,
        columns=tuple(
            _column(column, spec, _read(loaded, name, column))
            for column, spec in table_columns(silver.columns).items()
        ),
        guard=silver.guard,
        keep_versions=silver.keep_versions,
        keeping=keeping,
        approval=silver.approval,
        grants=silver.grants,
        share_with=_domains(silver.share_with),
        exposures=_exposures(silver.exposures),
        upstream=tuple(TableName(f"{Layer.SILVER}_{domain}", other) for other in looked_up),
        source=describe_source(dataset),
        attribution=attribution_of(dataset),
        connection=getattr(dataset.source, "conn_id", ""),
        grows=silver.schema_contract.columns is NewColumns.EVOLVE,
        hidden_fields=_list_hidden_fields(silver.columns),
    )


def _gold(loaded: LoadedSpec, settings: Settings, keeping: Keeping) -> DeclaredTable:
    name = keeping.table.name
    gold, query = loaded.spec.gold[name], loaded.queries[name]
    warn_after, error_after = _freshness(gold.freshness)
    return DeclaredTable(
        table=keeping.table,
        dag_id=str(loaded.dag_id),
        spec_path=loaded.spec_path,
        digest=loaded.digest,
        description=gold.description,
        owner=settings.owner,
        contacts=loaded.domain.contacts,
        tags=settings.tags,
        schedule=settings.describe_schedule() or None,
        timing=Timing.of(settings),
        warn_after=warn_after,
        error_after=error_after,
        write_disposition=gold.disposition().name,
        primary_key=gold.primary_key,
        columns=tuple(
            DeclaredColumn(name=column, description=said.description, unit=said.unit)
            for column, said in gold.columns.items()
        ),
        guard=gold.guard,
        keep_versions=gold.keep_versions,
        keeping=keeping,
        approval=gold.approval,
        grants=gold.grants,
        share_with=_domains(gold.share_with),
        exposures=_exposures(gold.exposures),
        upstream=query.upstream,
        sql_path=query.path,
        sql=query.text,
        outline=loaded.outlines.get(name),
    )


_WHAT_IS_READ = ("endpoint", "path", "topic", "described", "location", "table")
"""Keys of sources, the first that one has."""


def describe_source(dataset: DatasetSpec) -> str:
    """The kind of a source and what it reads: `tmdb discover/movie`. No host and no parameters."""
    source = dataset.source
    said = (getattr(source, key, None) for key in _WHAT_IS_READ)
    what = next((text for text in said if isinstance(text, str) and text), "")
    return f"{source.type} {what}".strip()


def _list_hidden_fields(columns: Mapping[str, ColumnSpec]) -> frozenset[str]:
    personal = {name: spec for name, spec in columns.items() if spec.classification}
    fields = {field for spec in personal.values() for field in spec.from_}
    return frozenset({*personal, *fields})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Read:
    """What one column of silver is read from."""

    fields: tuple[str, ...] = ()
    looked_up: tuple[TableColumn, ...] = ()
    made_by: str = ""


def _read(loaded: LoadedSpec, dataset: str, column: str) -> _Read:
    """What a column is read from, through all the columns that its expression reads."""
    silver = loaded.spec.datasets[dataset].silver
    if silver.transform is not None and column in silver.transform.adds:
        return _Read(made_by=silver.transform.function)
    expressions = loaded.expression_columns.get(dataset, {})
    fields: dict[str, None] = {}
    looked_up: dict[TableColumn, None] = {}
    columns = [column]
    for one in columns:  # it grows
        spec = silver.columns[one]
        if spec.expression is not None:
            columns += [other for other in expressions.get(one, ()) if other not in columns]
            continue
        fields.update(dict.fromkeys(spec.reads(one)))
        if spec.lookup is not None:
            table = TableName(f"{Layer.SILVER}_{loaded.dag_id.domain}", spec.lookup.dataset)
            for other in (spec.lookup.key, spec.lookup.value):
                looked_up[TableColumn(table, other)] = None
    return _Read(fields=tuple(fields), looked_up=tuple(looked_up))


def _column(name: str, spec: ColumnSpec, read: _Read) -> DeclaredColumn:
    return DeclaredColumn(
        name=name,
        type=spec.type,
        description=spec.description,
        unit=spec.unit,
        nullable=spec.nullable,
        personal=describe_protection(spec),
        origin=_origin(name, spec),
        fields=read.fields,
        looked_up=read.looked_up,
        made_by=read.made_by,
    )


def _origin(name: str, spec: ColumnSpec) -> str:
    if spec.expression is not None:
        return f"computed: {spec.expression}"
    field = f"field {' or '.join(spec.reads(name))}"
    if spec.lookup is None:
        return field
    looked = spec.lookup
    return f"{field}, looked up in {looked.dataset}.{looked.key}: {looked.value}"


def _freshness(said: FreshnessSpec | None) -> tuple[timedelta | None, timedelta | None]:
    if said is None:
        return None, None
    return (
        duration(said.warn_after) if said.warn_after else None,
        duration(said.error_after) if said.error_after else None,
    )


def _domains(said: tuple[str, ...] | str) -> tuple[str, ...]:
    return (said,) if isinstance(said, str) else tuple(said)


def _exposures(said: Mapping[str, ExposureSpec]) -> tuple[Exposure, ...]:
    return tuple(
        Exposure(
            name=name,
            type=one.type,
            owner=one.owner,
            url=one.url,
            description=one.description,
        )
        for name, one in said.items()
    )
