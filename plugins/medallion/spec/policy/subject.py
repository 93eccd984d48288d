"""One table as a policy sees it: the same for silver and gold, whatever the spec calls it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from medallion.checks.declaration import CheckSpec
from medallion.cleaning.declared.classification import table_columns
from medallion.names import Layer, PublishedTable, TableName
from medallion.spec.files.loaded import LoadedSpec
from medallion.spec.findings.positions import KeyPath
from medallion.spec.models.freshness import FreshnessSpec
from medallion.spec.models.keeping import days
from medallion.spec.models.pipeline import DatasetSpec, GoldSpec, SilverSpec
from medallion.spec.rules.context import RuleContext
from medallion.spec.rules.gold_columns import certain_names


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyColumn:
    """One column. Of gold only the name and the description are known without the warehouse.

    `pii` and `protect` are of its classification, empty without one.
    """

    name: str
    description: str = ""
    type: str = ""
    nullable: bool = False
    pii: str = ""
    protect: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """One table that a spec publishes.

    Attributes:
        context: its spec.
        table: its name.
        where: its key in the spec: a dataset's for silver.
        declared: what says how it is published; `where` and `below` is its place.
        below: the key between, for silver.
        retention: how long landings (of gold: quarantined rows) are kept, empty for ever.
    """

    context: RuleContext
    table: PublishedTable
    where: KeyPath
    declared: SilverSpec | GoldSpec
    below: KeyPath
    description: str
    write_disposition: str
    columns: tuple[PolicyColumn, ...]
    retention: str
    source: str = ""
    """The source's type; empty for gold."""

    @property
    def name(self) -> str:
        """As readers write it: `gold_cinema.brands`."""
        return str(self.table.public)

    @property
    def owner(self) -> str:
        """The team that the pipeline or its domain names; empty if neither does."""
        return self.context.spec.owner or self.context.domain.owner or ""

    @property
    def primary_key(self) -> tuple[str, ...]:
        """The columns by which a row is found again; empty where the table declares none."""
        return self.declared.primary_key

    @property
    def checks(self) -> tuple[CheckSpec, ...]:
        """The checks of its own gate: of silver not those of the landing."""
        return self.declared.checks

    @property
    def freshness(self) -> FreshnessSpec | None:
        """How old its last publication may be."""
        return self.declared.freshness

    def key(self, *path: str | int) -> KeyPath:
        """The place of one of its keys in the spec."""
        return (*self.where, *self.below, *path)


def tables_of(spec: LoadedSpec) -> Iterator[TableName]:
    """The names of the tables that a spec publishes."""
    domain = spec.dag_id.domain
    for layer, names in ((Layer.SILVER, spec.spec.datasets), (Layer.GOLD, spec.spec.gold)):
        for name in names:
            yield PublishedTable(layer=layer, domain=domain, name=name).public


def subjects_of(context: RuleContext) -> Iterator[Subject]:
    """Every table of a spec, in the spec's order."""
    for name, dataset in context.spec.datasets.items():
        yield _silver(context, name, dataset)
    for name, gold in context.spec.gold.items():
        yield _gold(context, name, gold)


def _silver(context: RuleContext, name: str, dataset: DatasetSpec) -> Subject:
    silver = dataset.silver
    return Subject(
        context=context,
        table=PublishedTable(layer=Layer.SILVER, domain=context.dag_id.domain, name=name),
        where=("datasets", name),
        declared=silver,
        below=("silver",),
        description=dataset.description,
        write_disposition=silver.write_disposition.name,
        columns=tuple(_silver_columns(silver)),
        retention=dataset.bronze.retention or context.domain.bronze.retention or "",
        source=str(getattr(dataset.source, "type", "")),
    )


def _silver_columns(silver: SilverSpec) -> Iterator[PolicyColumn]:
    for name, spec in table_columns(silver.columns).items():
        found = spec.classification
        yield PolicyColumn(
            name=name,
            description=spec.description,
            type=spec.type,
            nullable=spec.nullable,
            pii=found.pii if found else "",
            protect=str(found.protect) if found else "",
        )


def _gold(context: RuleContext, name: str, gold: GoldSpec) -> Subject:
    table = PublishedTable(layer=Layer.GOLD, domain=context.dag_id.domain, name=name)
    names = certain_names(context.columns.read(table.public)) or tuple(gold.columns)
    described = {column: spec.description for column, spec in gold.columns.items()}
    return Subject(
        context=context,
        table=table,
        where=("gold", name),
        declared=gold,
        below=(),
        description=gold.description,
        write_disposition=gold.disposition().name,
        columns=tuple(PolicyColumn(name=n, description=described.get(n, "")) for n in names),
        retention=gold.quarantine.retention or context.domain.quarantine.retention or "",
    )


def document_of(subject: Subject) -> Mapping[str, Any]:
    """What an expression sees: `table`, `pipeline` and `domain` as JSON has them. Each key is
    always there; what is not said is empty."""
    declared, context = subject.declared, subject.context
    spec, domain = context.spec, context.domain
    freshness = subject.freshness
    table = {
        "name": subject.table.name,
        "layer": str(subject.table.layer),
        "published_as": subject.name,
        "description": subject.description,
        "owner": subject.owner,
        "primary_key": list(subject.primary_key),
        "write_disposition": subject.write_disposition,
        "source": subject.source,
        "columns": [asdict(column) for column in subject.columns],
        "checks": [_check(check) for check in subject.checks],
        "warn_after": (freshness.warn_after if freshness else "") or "",
        "error_after": (freshness.error_after if freshness else "") or "",
        "grants": list(declared.grants),
        "share_with": _texts(declared.share_with),
        "exposures": list(declared.exposures),
        "certified": bool(getattr(declared, "certified", None)),
        "needs_approval": declared.approval is not None,
        "keep_versions": declared.keep_versions,
        "retention_days": days(subject.retention).days if subject.retention else 0,
    }
    pipeline = {
        "name": context.dag_id.pipeline,
        "description": spec.description,
        "schedule": ", ".join(_crons(context)),
        "tags": [*(spec.tags or ()), *(domain.tags or ())],
        "retries": spec.retries if spec.retries is not None else domain.retries or 0,
    }
    owned = {
        "name": context.dag_id.domain,
        "description": domain.description,
        "owner": domain.owner or "",
        "contacts": list(domain.contacts),
    }
    return {"table": table, "pipeline": pipeline, "domain": owned}


def _crons(context: RuleContext) -> tuple[str, ...]:
    own = "schedule" in context.spec.model_fields_set
    return (context.spec if own else context.domain).schedule or ()


def _texts(said: str | tuple[str, ...]) -> list[str]:
    return [said] if isinstance(said, str) else list(said)


def _check(check: CheckSpec) -> dict[str, Any]:
    columns = check.arguments.get("columns") or check.arguments.get("column_list") or ()
    return {
        "name": check.name,
        "column": str(check.arguments.get("column", "")),
        "columns": [str(column) for column in columns] if isinstance(columns, list) else [],
        "on_failure": str(check.on_failure),
        "description": check.description,
    }
