"""PipelineSpec → Plan. Pure: what it needs from disk (the SQL of gold tables) is handed in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from medallion.names import DagId, Layer, PublishedTable, TableName
from medallion.plan.approval import approval_of, breaking_change_of
from medallion.plan.bi_tables import bi_tables_of
from medallion.plan.dashboards import dashboards_of
from medallion.plan.dataset import column_comment, dataset_tasks
from medallion.plan.document import document
from medallion.plan.features import feature_views_of
from medallion.plan.fingerprint import with_fingerprints
from medallion.plan.freshness import freshness_of_gold
from medallion.plan.increments import with_increment
from medallion.plan.lake_tables import lake_steps, lake_targets_of
from medallion.plan.model import BuildStep, Exposure, Plan, PlannedTask, PublishStep, Step
from medallion.plan.resources import with_resources
from medallion.plan.settings import settings_of
from medallion.plan.shared_tasks import share_tasks
from medallion.plan.tasks import chain, exposures_of, gate, publishers_of_checks
from medallion.plan.time_limits import with_time_limit
from medallion.plan.together import publish_together
from medallion.spec.files.loaded import LoadedSpec
from medallion.spec.models.pipeline import GoldSpec, engine_for
from medallion.spec.models.queries import GoldQuery


def make_plan(loaded: LoadedSpec) -> Plan:
    """The plan of a valid spec: its rules are not checked again here.

    Tasks come in the spec's order, datasets before gold tables, but each after those that it waits
    for, and publications that go together after the gates of all.
    """
    dag_id, spec, domain = loaded.dag_id, loaded.spec, loaded.domain
    own = _groups(dag_id, loaded)
    settings = settings_of(spec, domain, _foreign(loaded.queries, own), loaded.calendar)
    boards = dashboards_of(loaded)
    tasks: list[PlannedTask] = []
    for name, dataset in spec.datasets.items():
        table = PublishedTable(layer=Layer.SILVER, domain=dag_id.domain, name=name)
        code = loaded.code.get(name)
        engine = engine_for(dataset, spec, domain)
        tasks += dataset_tasks(table, dataset, own, domain.pii_conn_id, code, engine=engine)
    for name, gold in spec.gold.items():
        reads = [one for one in boards if TableName(f"gold_{dag_id.domain}", name) in one.tables]
        exposures = exposures_of(gold.exposures, reads)
        whole = _gold_tasks(dag_id.domain, name, gold, loaded.queries[name], own, exposures)
        tasks += with_increment(whole, gold, settings)
    return Plan(
        dag_id=dag_id,
        spec_path=loaded.spec_path,
        digest=loaded.digest,
        description=spec.description,
        doc=document(dag_id, spec, domain, loaded.queries),
        settings=settings,
        tasks=share_tasks(
            publish_together(
                with_fingerprints(
                    with_resources(with_time_limit(task, spec, domain), spec, domain)
                    for task in tasks
                ),
                spec.publish_together,
            ),
            spec,
            is_continuous=settings.is_continuous,
        ),
        contacts=domain.contacts,
        bi_tables=bi_tables_of(loaded),
        dashboards=boards,
        feature_views=tuple(feature_views_of(loaded)),
    )


def _groups(dag_id: DagId, loaded: LoadedSpec) -> dict[str, str]:
    """The tables that this pipeline publishes, each with the task group that does it."""
    silver = {f"silver_{dag_id.domain}.{name}": name for name in loaded.spec.datasets}
    return silver | {f"gold_{dag_id.domain}.{name}": name for name in loaded.spec.gold}


def _gold_tasks(
    domain: str,
    name: str,
    gold: GoldSpec,
    query: GoldQuery,
    own: Mapping[str, str],
    exposures: tuple[Exposure, ...],
) -> Iterator[PlannedTask]:
    """Build, gate and publish of one gold table; its build waits for the tables of this pipeline
    that its SQL reads, its gate for those that its checks compare with."""
    table = PublishedTable(layer=Layer.GOLD, domain=domain, name=name)
    build = BuildStep(
        table=table,
        sql=query.text,
        sql_path=query.path,
        upstream=query.upstream,
        primary_key=gold.primary_key,
        is_view=gold.is_view(),
    )
    publish = _publish(table, gold, query, exposures)
    steps: tuple[tuple[str, Step], ...] = (
        ("build", build),
        ("gate", gate(Layer.GOLD, table, gold.checks, None)),
        ("publish", publish),
        *lake_steps(publish, lake_targets_of(gold.publish_to)),
    )
    upstream = {own[str(t)] for t in query.upstream if str(t) in own}
    waits = {
        "build": tuple(f"{group}.publish" for group in sorted(upstream)),
        "gate": publishers_of_checks(gold.checks, name, own),
    }
    return chain(name, steps, waits)


def _publish(
    table: PublishedTable, gold: GoldSpec, query: GoldQuery, exposures: tuple[Exposure, ...]
) -> PublishStep:
    return PublishStep(
        table=table,
        write_disposition=gold.disposition(),
        primary_key=gold.primary_key,
        guard=gold.guard,
        keep_versions=gold.keep_versions,
        indexes=tuple(one.to_index() for one in gold.indexes),
        cluster_by=gold.cluster_by,
        partitions=gold.partition_by.to_partitions() if gold.partition_by else None,
        grants=gold.grants,
        share_with=gold.share_with,
        description=gold.description,
        column_descriptions=_comments_of(gold),
        breaking_change=breaking_change_of(gold.breaking_change, gold.approval),
        approval=approval_of(gold.approval),
        schema_contract=gold.schema_contract,
        inputs=query.upstream,
        exposures=exposures,
        freshness=freshness_of_gold(gold.freshness, is_view=gold.is_view()),
    )


def _comments_of(gold: GoldSpec) -> dict[str, str]:
    said = gold.columns.items()
    return {column: column_comment(one.description, one.unit) for column, one in said}


def _foreign(queries: Mapping[str, GoldQuery], own: Mapping[str, str]) -> tuple[TableName, ...]:
    """The tables of other pipelines that this one's gold reads."""
    return tuple(sorted({t for q in queries.values() for t in q.upstream if str(t) not in own}))
