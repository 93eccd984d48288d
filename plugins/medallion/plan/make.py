"""PipelineSpec → Plan. Pure: what it needs from disk (the SQL of gold tables) is handed in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from types import MappingProxyType

from medallion.checks.declaration import CheckSpec
from medallion.checks.outcome import PlannedCheck
from medallion.checks.resolve import resolve
from medallion.cleaning.declared.classification import (
    clear_fields,
    describe_protection,
    needs_key,
    table_columns,
)
from medallion.names import DagId, Layer, PublishedTable, TableName
from medallion.plan.document import document
from medallion.plan.model import (
    BuildStep,
    CleanStep,
    CustomStep,
    GateStep,
    LandStep,
    LookupTable,
    Plan,
    PlannedTask,
    PublishStep,
    Step,
)
from medallion.plan.settings import settings_of
from medallion.plan.time_limits import with_time_limit
from medallion.publish.declaration import GuardSpec, WriteDisposition
from medallion.spec.files.loaded import LoadedSpec
from medallion.spec.files.python_files import CustomCode
from medallion.spec.models.pipeline import (
    DatasetSpec,
    DomainSpec,
    ExposureSpec,
    GoldSpec,
    PipelineSpec,
)
from medallion.spec.models.queries import GoldQuery


def plan_loaded(loaded: LoadedSpec) -> Plan:
    """The plan of a spec that was read from its file."""
    return make_plan(
        dag_id=loaded.dag_id,
        spec=loaded.spec,
        domain=loaded.domain,
        spec_path=loaded.spec_path,
        digest=loaded.digest,
        queries=loaded.queries,
        code=loaded.code,
    )


def make_plan(
    *,
    dag_id: DagId,
    spec: PipelineSpec,
    domain: DomainSpec,
    spec_path: str,
    digest: str,
    queries: Mapping[str, GoldQuery],
    code: Mapping[str, CustomCode] = MappingProxyType({}),
) -> Plan:
    """The plan of a valid spec.

    Args:
        dag_id: from the spec's path.
        spec: as validated; its rules are not checked again here.
        domain: the defaults of specs/<domain>/domain.yaml.
        spec_path: the spec's file, relative to the project's root.
        digest: sha256 over the spec, the domain's defaults and the SQL.
        queries: for each gold table of the spec, its SELECT.
        code: for each dataset with a custom step, its module.
    """
    own = {f"silver_{dag_id.domain}.{name}": name for name in spec.datasets}
    own |= {f"gold_{dag_id.domain}.{name}": name for name in spec.gold}
    tasks: list[PlannedTask] = []
    for name, dataset in spec.datasets.items():
        custom = _custom(dataset, code.get(name))
        tasks += _dataset_tasks(dag_id.domain, name, dataset, own, domain.pii_conn_id, custom)
    for name, gold in spec.gold.items():
        tasks += _gold_tasks(dag_id.domain, name, gold, queries[name], own)
    return Plan(
        dag_id=dag_id,
        spec_path=spec_path,
        digest=digest,
        description=spec.description,
        doc=document(dag_id, spec, domain, queries),
        settings=settings_of(spec, domain, _foreign(queries, own)),
        tasks=tuple(with_time_limit(task, spec, domain) for task in tasks),
    )


def _dataset_tasks(
    domain: str,
    name: str,
    dataset: DatasetSpec,
    own: Mapping[str, str],
    pii_conn_id: str,
    custom: CustomStep | None,
) -> Iterator[PlannedTask]:
    silver = dataset.silver
    table = PublishedTable(layer=Layer.SILVER, domain=domain, name=name)
    lookups = tuple(sorted({c.lookup.dataset for c in silver.columns.values() if c.lookup}))
    steps: tuple[tuple[str, Step], ...] = (
        (
            "land",
            LandStep(
                table=table,
                source=dataset.source,
                write_disposition=silver.write_disposition,
            ),
        ),
        (
            "gate_bronze",
            replace(
                _gate(Layer.BRONZE, table, dataset.bronze.checks, None),
                clear_fields=clear_fields(silver.columns),
                schema_contract=dataset.bronze.schema_contract,
            ),
        ),
        (
            "clean",
            CleanStep(
                table=table,
                columns=silver.columns,
                primary_key=silver.primary_key,
                lookups=tuple(
                    LookupTable(dataset=other, table=TableName(table.schema(), other))
                    for other in lookups
                ),
                row_filter=silver.filter,
                custom=custom,
                pii_conn_id=pii_conn_id if needs_key(silver.columns) else "",
                order_by=silver.deduplicate.terms if silver.deduplicate else (),
                schema_contract=silver.schema_contract,
                logged=silver.write_disposition is WriteDisposition.REPLACE,
            ),
        ),
        (
            "gate_silver",
            _gate(Layer.SILVER, table, silver.checks, tuple(table_columns(silver.columns))),
        ),
        (
            "publish",
            PublishStep(
                table=table,
                write_disposition=silver.write_disposition,
                primary_key=silver.primary_key,
                guard=_guard(dataset),
                keep_versions=silver.keep_versions,
                grants=silver.grants,
                share_with=silver.share_with,
                description=dataset.description,
                column_descriptions={
                    column: comment
                    for column, declared in table_columns(silver.columns).items()
                    if (
                        comment := f"{declared.description} {describe_protection(declared)}".strip()
                    )
                },
                missing_keys=silver.missing_keys,
                breaking_change=silver.breaking_change,
                exposures=_exposures(silver.exposures),
            ),
        ),
    )
    waits = {
        "clean": tuple(f"{other}.publish" for other in lookups),
        "gate_silver": _referred_to(silver.checks, name, own),
    }
    return _chain(name, steps, waits)


def _custom(dataset: DatasetSpec, code: CustomCode | None) -> CustomStep | None:
    transform = dataset.silver.transform
    if transform is None or code is None:
        return None
    return CustomStep(
        function=transform.name,
        path=code.path,
        source=code.source,
        adds=transform.adds,
        max_rows=transform.max_rows,
    )


_OF_INCREMENTS = {"min_rows": 0, "warn_below_rows": 20}


def _guard(dataset: DatasetSpec) -> GuardSpec:
    """An increment may be empty, and may be a row or two. Any other extract may not, by default."""
    guard = dataset.silver.guard
    if not dataset.source.reads_increments():
        return guard
    left_open = _OF_INCREMENTS.keys() - guard.model_fields_set
    return guard.model_copy(update={word: _OF_INCREMENTS[word] for word in left_open})


def _gold_tasks(
    domain: str, name: str, gold: GoldSpec, query: GoldQuery, own: Mapping[str, str]
) -> Iterator[PlannedTask]:
    table = PublishedTable(layer=Layer.GOLD, domain=domain, name=name)
    build = BuildStep(
        table=table,
        sql=query.text,
        sql_path=query.path,
        upstream=query.upstream,
        primary_key=gold.primary_key,
    )
    publish = PublishStep(
        table=table,
        write_disposition=WriteDisposition.REPLACE,
        primary_key=gold.primary_key,
        guard=gold.guard,
        keep_versions=gold.keep_versions,
        grants=gold.grants,
        share_with=gold.share_with,
        description=gold.description,
        column_descriptions=gold.columns,
        breaking_change=gold.breaking_change,
        schema_contract=gold.schema_contract,
        inputs=query.upstream,
        exposures=_exposures(gold.exposures),
    )
    steps: tuple[tuple[str, Step], ...] = (
        ("build", build),
        ("gate", _gate(Layer.GOLD, table, gold.checks, None)),
        ("publish", publish),
    )
    upstream = {own[str(t)] for t in query.upstream if str(t) in own}
    waits = {
        "build": tuple(f"{group}.publish" for group in sorted(upstream)),
        "gate": _referred_to(gold.checks, name, own),
    }
    return _chain(name, steps, waits)


def _exposures(exposures: Mapping[str, ExposureSpec]) -> tuple[str, ...]:
    return tuple(exposure.describe(name) for name, exposure in exposures.items())


def _chain(
    group: str, steps: tuple[tuple[str, Step], ...], waits: Mapping[str, tuple[str, ...]]
) -> Iterator[PlannedTask]:
    """The steps one after the other, each with what else it waits for."""
    before: tuple[str, ...] = ()
    for name, step in steps:
        upstream = before + waits.get(name, ())
        task = PlannedTask(group=group, name=name, step=step, upstream=upstream)
        before = (task.task_id,)
        yield task


def _referred_to(
    checks: tuple[CheckSpec, ...], name: str, own: Mapping[str, str]
) -> tuple[str, ...]:
    """A foreign key looks into a published table: where this pipeline publishes it, it waits."""
    tables = {
        str(check.arguments.get("to")).rpartition(".")[0]
        for check in checks
        if check.name == "foreign_key"
    }
    groups = {own[table] for table in tables if table in own} - {name}
    return tuple(f"{group}.publish" for group in sorted(groups))


def _gate(
    layer: Layer,
    table: PublishedTable,
    checks: tuple[CheckSpec, ...],
    columns: tuple[str, ...] | None,
) -> GateStep:
    """The gate's checks, each with an id of its own: `between_price`, `between_price_2`."""
    planned: dict[str, PlannedCheck] = {}
    for check in checks:
        resolved = resolve(check, layer, columns)
        check_id, number = resolved.check_id, 1
        while check_id in planned:
            number += 1
            check_id = f"{resolved.check_id}_{number}"
        same = check_id == resolved.check_id
        planned[check_id] = resolved if same else replace(resolved, check_id=check_id)
    return GateStep(layer=layer, table=table, checks=tuple(planned.values()))


def _foreign(queries: Mapping[str, GoldQuery], own: Mapping[str, str]) -> tuple[TableName, ...]:
    """The tables of other pipelines that this one's gold reads."""
    return tuple(sorted({t for q in queries.values() for t in q.upstream if str(t) not in own}))
