"""The operators of the DAGs that come with the pipelines: upkeep, freshness, replay, BI."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseOperator
from airflow.sdk.exceptions import AirflowFailException, AirflowSkipException

from medallion.airflow.operators import failure_of
from medallion.airflow.resources import runs_on_other_hosts
from medallion.errors import MedallionError

if TYPE_CHECKING:
    from airflow.sdk import AssetAlias

    from medallion.names import PublishedTable
    from medallion.operations.surroundings import Surroundings


class MaintenanceOperator(BaseOperator):
    """Deletes what a domain's specs no longer keep."""

    ui_color = "#e6e6e6"

    def __init__(self, *, domain: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.domain = domain

    def execute(self, context: Mapping[str, Any]) -> dict[str, object]:
        """Maintain every table of the domain; the result lists what was deleted, or would be."""
        from medallion.operations.maintenance import maintain

        dry_run = bool(context["params"]["dry_run"])
        around = _surroundings(context)
        try:
            _hold_to_lake(around)
            done = maintain(self.domain, around, dry_run=dry_run)
        except MedallionError as error:
            raise failure_of(self, error, context) from None
        if done.problems:
            raise AirflowFailException("\n".join(done.problems))
        deleted = [one.describe() for one in done.swept]
        return {
            "dry_run": dry_run,
            "deleted": len(deleted),
            "what": deleted[:LONGEST_LIST],
            "passed_over": list(done.passed_over),
        }


class EnvironmentsOperator(BaseOperator):
    """Drops environments in which nothing has run for a while, and old landings of the others."""

    ui_color = "#e6e6e6"

    def execute(self, context: Mapping[str, Any]) -> dict[str, object]:
        """Do it; the result names what was dropped and deleted, or would be."""
        from medallion.operations.environments.tidying import tidy_environments
        from medallion.operations.environments.upkeep import drop_unused

        dry_run, around = bool(context["params"]["dry_run"]), _surroundings(context)
        try:
            _hold_to_lake(around)
            dropped = [one.name for one in drop_unused(around, dry_run=dry_run)]
            swept = [one.describe() for one in tidy_environments(around, dry_run=dry_run)]
        except MedallionError as error:
            raise failure_of(self, error, context) from None
        return {
            "dry_run": dry_run,
            "dropped": dropped,
            "deleted": len(swept),
            "what": swept[:LONGEST_LIST],
        }


LONGEST_LIST = 200
"""Lines in a task's result; its log has all of them."""
NOBODY = "Airflow"
"""In the journal, where Airflow does not know who has started a run."""


class FreshnessOperator(BaseOperator):
    """Finds which tables are stale, and sends the messages that are due; its result counts them."""

    ui_color = "#e6e6e6"

    def execute(self, context: Mapping[str, Any]) -> dict[str, object]:
        """Evaluate every table of the warehouse. A channel that cannot be reached fails nothing."""
        from airflow.configuration import conf

        from medallion.airflow.runs import AirflowRuns
        from medallion.operations.watch import watch

        base_url = conf.get("api", "base_url", fallback="")
        try:
            tables, late, sent = watch(_surroundings(context), AirflowRuns(), base_url)
        except MedallionError as error:
            raise failure_of(self, error, context) from None
        return {
            "tables": tables,
            "late": late,
            "messages": sent.messages,
            "waiting": sent.waiting,
            "problems": list(sent.problems),
        }


class JournalOperator(BaseOperator):
    """Collects who reads which table; skipped where the server's log cannot be read."""

    ui_color = "#e6e6e6"

    def execute(self, context: Mapping[str, Any]) -> dict[str, object]:
        """Collect; the result counts statements and reads, and what was not understood.

        Raises:
            AirflowSkipException: the log cannot be read.
        """
        from medallion.operations.access.collect import collect_reads
        from medallion.operations.access.setting import find_log_folder, is_switched_on

        around = _surroundings(context)
        try:
            done = collect_reads(
                around.warehouse_url, around.log, is_on=is_switched_on(), folder=find_log_folder()
            )
        except MedallionError as error:
            raise failure_of(self, error, context) from None
        if done.problem:
            around.log.warning("→ nothing is collected: %s", done.problem)
            raise AirflowSkipException(done.problem)
        return {
            "entries": done.lines,
            "statements": done.statements,
            "reads": done.reads,
            "not_understood": dict(done.not_understood),
            "forgotten": done.forgotten,
            "is_done": done.is_done,
        }


class BiSyncOperator(BaseOperator):
    """Brings Superset in step with the specs and with what was published; skipped without one."""

    ui_color = "#d9e2f3"

    def execute(self, context: Mapping[str, Any]) -> dict[str, object]:
        """Do it; the result has a line for each thing done.

        Raises:
            AirflowSkipException: no connection names a Superset.
        """
        from medallion.airflow.connections import NoSuchConnection
        from medallion.bi.sync.project import Job, list_running_plans, sync_project

        around = _surroundings(context)
        job = Job(
            root=around.project_root,
            warehouse_url=around.warehouse_url,
            connection=around.connection,
            plans=list_running_plans(around.project_root),
        )
        try:
            outcome = sync_project(job)
        except NoSuchConnection as error:
            around.log.warning("→ nothing is done: %s", error.problem)
            raise AirflowSkipException(error.problem) from None
        except MedallionError as error:
            raise failure_of(self, error, context) from None
        for line in outcome.lines:
            around.log.info(line)
        if outcome.problems:
            raise AirflowFailException("\n".join(outcome.problems))
        return {"what": list(outcome.lines[:LONGEST_LIST])}


class ReplayOperator(BaseOperator):
    """Replays a table's quarantine, and emits events for the DAGs that read what changed."""

    ui_color = "#d9ead3"

    def __init__(self, *, alias: AssetAlias, **kwargs: Any) -> None:
        super().__init__(outlets=[alias], **kwargs)
        self.alias = alias

    def execute(self, context: Mapping[str, Any]) -> dict[str, object]:
        """Replay the table. Events are emitted even if it fails: what was published before the
        failure can be read."""
        from medallion.operations.replay_quarantine import Asker
        from medallion.operations.replay_table import replay_table
        from medallion.warehouse.quarantine.chosen import Chosen
        from medallion.warehouse.registry.named_table import find_known_table

        params, surroundings = context["params"], _surroundings(context)
        try:
            _hold_to_lake(surroundings)
            table = find_known_table(params["table"], surroundings.warehouse_url)
            run_id = params["run_id"] or None
            chosen = Chosen(
                reasons=tuple(params["reasons"] or ()),
                row_ids=tuple(params["rows"] or ()),
                up_to=params["up_to"],
            )
            run, say = context["dag_run"], surroundings.log.info
            by = getattr(run, "triggering_user_name", None) or NOBODY
            asker = Asker(by=by, dag_run=run.run_id)
            replayed = replay_table(table, surroundings, run_id, say, chosen, asker)
        except MedallionError as error:
            raise failure_of(self, error, context) from None
        self._announce(context, replayed.list_changed())
        if replayed.refused:
            raise AirflowFailException("\n".join(replayed.lines()))
        return {"rows_replayed": replayed.rows, "what": replayed.lines()[:LONGEST_LIST]}

    def _announce(self, context: Mapping[str, Any], tables: Sequence[PublishedTable]) -> None:
        from medallion.airflow.assets import bare_asset

        for table in tables:
            context["outlet_events"][self.alias].add(
                bare_asset(table.public), extra={"replay": True}
            )


class RestateOperator(BaseOperator):
    """Makes again what was made of a stretch that was restated. No asset event says so: what
    follows from it is made here, and no pipeline needs a whole run for it."""

    ui_color = "#d9ead3"

    def execute(self, context: Mapping[str, Any]) -> dict[str, object]:
        """Do what is left of it; the result counts the runs."""
        from medallion.operations.restate import continue_restatement

        around = _surroundings(context)
        try:
            _hold_to_lake(around)
            runs = continue_restatement(context["params"]["restatement"], around)
        except MedallionError as error:
            raise failure_of(self, error, context) from None
        return {"runs": runs}


def _hold_to_lake(around: Surroundings) -> None:
    """As a step that works with the lake does: on a host that sees another one, maintenance would
    take landings for deleted, and a replay for gone.

    Raises:
        AnotherLake: it is not the warehouse's.
        LakeError: its mark cannot be read or written.
    """
    if runs_on_other_hosts():
        from medallion.operations.same_lake import hold_to_lake

        hold_to_lake(around.warehouse_url, around.lake_root)


def _surroundings(context: Mapping[str, Any]) -> Surroundings:
    from medallion.airflow.connections import (
        connection_details,
        domain_warehouse_url,
        warehouse_url,
    )
    from medallion.names import WAREHOUSE_CONN_ID
    from medallion.operations.surroundings import Surroundings
    from medallion.roots import lake_root, project_root
    from medallion.steps.log_lines import plain_log

    return Surroundings(
        project_root=project_root(),
        lake_root=lake_root(),
        warehouse_url=warehouse_url(WAREHOUSE_CONN_ID),
        connection=connection_details,
        log=plain_log(),
        log_url=getattr(context["ti"], "log_url", "") or "",
        domain_warehouse=domain_warehouse_url,
    )
