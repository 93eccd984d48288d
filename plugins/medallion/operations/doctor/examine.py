"""Everything that a run needs from outside, each looked at whatever the others say."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from medallion.cleaning.engines.table import engine_of
from medallion.errors import MedallionError
from medallion.lake.storage import lake_path
from medallion.operations.doctor.connections import examine_connection
from medallion.operations.doctor.lake import examine_lake, examine_mark
from medallion.operations.doctor.server import examine_server
from medallion.operations.doctor.spark import examine_spark
from medallion.plan.make import make_plan
from medallion.plan.model import CleanStep, LandStep, PublishStep
from medallion.sources.base.providers import PACKAGES, is_installed
from medallion.sources.base.source import ConnectionDetails
from medallion.spec.files.loaded import LoadedSpec
from medallion.warehouse.doctor.examine import SUBJECT, examine_warehouse
from medallion.warehouse.doctor.finding import Finding


def examine(
    specs: Sequence[LoadedSpec],
    warehouse_url: Callable[[], str],
    lake_root: str,
    connection: Callable[[str], ConnectionDetails],
) -> Iterator[Finding]:
    """All findings, the warehouse's first.

    Args:
        specs: those that are valid.
        warehouse_url: of the loader. It may raise a MedallionError: then that is the finding.
        lake_root: a folder, or an ObjectStoragePath's URL.
        connection: by its id; it may raise a MedallionError.
    """
    steps = [task.step for spec in specs for task in make_plan(spec).tasks]
    grants = {role for step in steps if isinstance(step, PublishStep) for role in step.grants}
    try:
        url = warehouse_url()
    except MedallionError as error:
        found = [_describe_refusal(SUBJECT, "connection", error)]
    else:
        found = list(examine_warehouse(url, sorted(grants)))
    yield from found
    found.append(examine_lake(lake_path(lake_root)))
    yield found[-1]
    # A lake that cannot be written cannot say whose it is, or raises what only its store knows.
    if all(one.verdict != "failed" for one in found):
        yield examine_mark(lake_root, url)
        yield examine_server(lake_root, url)
    yield from _examine_packages(steps)
    if any(isinstance(step, CleanStep) and engine_of(step.engine).is_cluster for step in steps):
        yield from examine_spark(lake_root, connection)
    named = {name for step in steps for name in _connections_of(step)}
    for name in sorted(named):
        try:
            details = connection(name)
        except MedallionError as error:
            yield _describe_refusal(name, "connection", error)
        else:
            yield from examine_connection(details)


def _examine_packages(steps: Iterable[object]) -> Iterator[Finding]:
    """What specs ask another tool to load needs that tool's provider."""
    asked = {step.sync.tool for step in steps if isinstance(step, LandStep) and step.sync}
    for tool in sorted(asked):
        there = is_installed(tool)
        yield Finding(
            subject=tool,
            layer="package",
            verdict="ok" if there else "failed",
            says=f"{PACKAGES[tool]} is {'' if there else 'not '}installed",
            cause="" if there else "a source says `sync`: install it where Airflow runs",
            confirm="" if there else f"pip show {PACKAGES[tool]}",
        )


def _connections_of(step: object) -> Sequence[str]:
    if isinstance(step, LandStep):
        return step.source.conn_ids()
    return (step.pii_conn_id,) if isinstance(step, CleanStep) and step.pii_conn_id else ()


def _describe_refusal(subject: str, layer: str, error: MedallionError) -> Finding:
    return Finding(
        subject=subject,
        layer=layer,
        verdict="failed",
        says=error.problem,
        cause=error.remedy,
        confirm=f"airflow connections get {subject}" if subject != SUBJECT else "",
    )
