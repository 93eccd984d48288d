"""A project's sync: its specs, its warehouse and its Superset, and how it went in the registry."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from medallion.bi.superset.client import SupersetClient
from medallion.bi.sync.able import assets_of
from medallion.bi.sync.declared_assets import (
    Declared,
    collect_declared,
    tables_of,
    warehouse_columns,
)
from medallion.bi.sync.run import Outcome, Wish, sync
from medallion.bi.sync.send import Login
from medallion.bi.sync.target import Target, target_of
from medallion.compiler.running import running_plan, running_plans, running_specs
from medallion.errors import MedallionError
from medallion.names import SUPERSET_CONN_ID, SUPERSET_WAREHOUSE_CONN_ID
from medallion.plan.model import Plan
from medallion.plan.protection import add_protected
from medallion.sources.base.source import ConnectionDetails
from medallion.warehouse.registry import bi
from medallion.warehouse.session.login import key_of_roles
from medallion.warehouse.session.transaction import Session, autocommit_session


@dataclass(frozen=True, slots=True, kw_only=True)
class Plans:
    """The plans of a project, and the specs of which none is known."""

    known: tuple[Plan, ...] = ()
    unknown: tuple[str, ...] = ()
    """As a line each. While there are any, nothing is removed from Superset."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One sync of a project: where its specs are, and how the warehouse and Superset are
    reached."""

    root: Path
    """The project's folder."""
    warehouse_url: str = field(repr=False)
    connection: Callable[[str], ConnectionDetails] = field(repr=False)
    plans: Plans = field(default_factory=Plans, repr=False)
    dry_run: bool = False
    adopt: bool = False


def list_running_plans(root: Path) -> Plans:
    """The plans that the DAG processor has accepted. No spec is read."""
    known: list[Plan] = []
    unknown: list[str] = []
    for dag_id, digest in running_plans(root).items():
        plan = running_plan(root, digest) if digest else None
        if plan is None:
            unknown.append(f"{dag_id}: no version of its spec runs, or it is not known here")
        else:
            known.append(plan)
    return Plans(known=add_protected(known, running_specs(root)), unknown=tuple(unknown))


def sync_project(job: Job) -> Outcome:
    """Bring Superset in step with the specs and the warehouse. Where nothing was ever declared,
    Superset is not asked.

    Raises:
        SetupError: a connection is missing, or lacks something.
        SupersetUnavailable: Superset does not answer. Retried.
        SupersetRefused: it refuses what is asked, for a reason that a retry does not change.
        WarehouseUnavailable: the warehouse does not answer, or another sync has run for minutes.
    """
    with autocommit_session(job.warehouse_url, "keeping Superset in step") as session:
        if not _is_anything_declared(job.plans) and not bi.read_ledger(session):
            return Outcome(lines=("No spec declares anything for the BI team.",))
        # That there is no Superset is not a sync that fails.
        superset, reader = map(job.connection, (SUPERSET_CONN_ID, SUPERSET_WAREHOUSE_CONN_ID))
        try:
            outcome = _sync(job, session, target_of(superset, reader, job.root))
        except MedallionError as error:
            if not job.dry_run:
                bi.keep_failure(session, error.problem)
            raise
        if not job.dry_run:
            if outcome.problems:
                bi.keep_failure(session, outcome.problems[0])
            else:
                bi.keep_success(session)
    return outcome


def _is_anything_declared(plans: Plans) -> bool:
    return any(plan.bi_tables or plan.dashboards for plan in plans.known)


def _sync(job: Job, session: Session, target: Target) -> Outcome:
    known = job.plans.known
    bi.wait_for_turn(session)
    declared = collect_declared(known, warehouse_columns(session, tables_of(known)), target.link)
    assets, waiting = assets_of(target.warehouse, declared)
    project = target.warehouse.project
    wish = Wish(
        assets=assets,
        unpublished=frozenset(declared.unpublished),
        held={uuid: one.dashboard.title for one in waiting for uuid in one.uuids(project)},
        is_complete=not (job.plans.unknown or declared.problems),
        states=bi.gold_states(session),
        adopt=job.adopt,
    )
    with SupersetClient(target.server) as client:
        login = _login(target, job.warehouse_url)
        outcome = sync(client, session, wish, login, dry_run=job.dry_run)
    outcome = replace(outcome, lines=(*outcome.lines, *(one.describe() for one in waiting)))
    return _with_gaps(outcome, job.plans, declared)


def _login(target: Target, warehouse_url: str) -> Login:
    """With a mark that is keyed as the passwords of roles are; none where there is no key."""
    key = key_of_roles(warehouse_url)
    digest = hmac.new(key.encode(), f"superset {target.password}".encode(), hashlib.sha256)
    return Login(password=target.password, mark=digest.hexdigest()[:16] if key else "")


def _with_gaps(outcome: Outcome, plans: Plans, declared: Declared) -> Outcome:
    """With what is not known, and is left as it is."""
    gaps: Iterable[str] = (*plans.unknown, *declared.problems)
    lines: Sequence[str] = [f"unknown  {line}; nothing is removed before it is" for line in gaps]
    return replace(outcome, lines=(*outcome.lines, *lines))
