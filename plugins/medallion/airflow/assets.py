"""Tables as Airflow's assets: one asset has the same facts in every DAG that names it.

The last parse of any DAG wins: a consumer that named an asset without its facts would wipe them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from airflow.sdk import Asset

from medallion.airflow.addresses import table_page, url_of
from medallion.airflow.configured import Configured
from medallion.names import TableName
from medallion.plan.asset_facts import AssetFacts, asset_facts, read_facts, web_address
from medallion.plan.model import BuildStep, CleanStep, Exposure, PublishStep
from medallion.roots import dashboard_url

if TYPE_CHECKING:
    from airflow.sdk.definitions.asset import AssetRef

    from medallion.plan.model import Plan, PlannedTask

NOTHING_KNOWN: Mapping[str, str] = MappingProxyType({})


class Assets:
    """The assets that one pipeline names: its own tables, and those of others that it reads."""

    def __init__(
        self,
        plan: Plan,
        known: Mapping[str, str] = NOTHING_KNOWN,
        configured: Configured | None = None,
        starting: str | None = None,
    ) -> None:
        """Make none yet.

        Args:
            plan: of the pipeline.
            known: by table, the facts of assets that all specs say, as they are written.
            configured: has Airflow's own address, where it was read before: an asset alone asks
                for it.
            starting: the id of the task that starts in this process; None: none does.
        """
        self._starting = starting
        self._own = dict(asset_facts(plan))
        self._known = known
        self._configured = configured
        # A table is named by up to four tasks: it is made once, for each starting task pays for it.
        self._made: dict[TableName, Asset] = {}
        self._read: dict[TableName, AssetFacts | None] = {}

    def of_task(self, task: PlannedTask, reads: Iterable[TableName]) -> dict[str, Any]:
        """The arguments by which a task's operator names the tables that it reads and publishes.

        Beside a task that starts, others name none: for the first asset of a process Airflow looks
        through all its providers.
        """
        if self._starting not in (None, task.task_id):
            return {}
        named: dict[str, Any] = {}
        if isinstance(task.step, BuildStep | CleanStep | PublishStep):
            named["inlets"] = self.find_known(reads)
        if isinstance(task.step, PublishStep):
            named["outlets"] = [self.own(task.step.table.public)]
        return named

    def own(self, table: TableName) -> Asset:
        """A table that the pipeline publishes."""
        return self._asset(table, self._facts(table) or self._own[table])

    def dashboards_of(self, table: TableName) -> list[Exposure]:
        """The dashboards of other specs that read a table of the pipeline."""
        said = self._own[table].get("exposures", ())
        known = (self._facts(table) or {}).get("exposures", ())
        return [
            Exposure(name=one["name"], kind=one["type"], dashboard=one["dashboard"])
            for one in known
            if one not in said and "dashboard" in one
        ]

    def find_known(self, tables: Iterable[TableName]) -> list[Asset]:
        """Those of whose facts are known: lineage takes no mere references."""
        return [self._asset(table, facts) for table in tables if (facts := self._facts(table))]

    def to_wait_for(self, table: TableName) -> Asset | AssetRef:
        """A table whose publication starts a run; by its name alone where no more is known."""
        facts = self._facts(table)
        return self._asset(table, facts) if facts else Asset.ref(name=str(table))

    def _facts(self, table: TableName) -> AssetFacts | None:
        """What all specs say of a table; of an own one at least what its own does."""
        if table not in self._read:
            text = self._known.get(str(table))
            self._read[table] = self._own.get(table) if text is None else read_facts(text)
        return self._read[table]

    def _asset(self, table: TableName, facts: AssetFacts) -> Asset:
        if table not in self._made:
            self._configured = self._configured or Configured.read()
            self._made[table] = _asset(table, facts, self._configured.base)
        return self._made[table]


def assets_of(known: Mapping[str, str], tables: Iterable[str]) -> list[Asset | AssetRef]:
    """The assets of tables of any pipeline, by the facts that are written of them."""
    base = url_of("")
    return [
        _asset(TableName.parse(table), read_facts(known[table]), base)
        if table in known
        else Asset.ref(name=table)
        for table in tables
    ]


def bare_asset(table: TableName) -> Asset:
    """The asset by its name and place alone: for an event of one that is there already."""
    return Asset(name=str(table), uri=_uri(table))


def _asset(table: TableName, facts: AssetFacts, base: str) -> Asset:
    return Asset(
        name=str(table),
        uri=_uri(table),
        group=str(facts["layer"]),
        extra={
            **facts,
            **_exposures(facts),
            "documentation": base + table_page(table),
        },
    )


def _exposures(facts: AssetFacts) -> dict[str, Any]:
    """What reads the table, with the addresses of dashboards as they are now."""
    said = facts.get("exposures")
    if not said:
        return {}
    return {"exposures": [_with_address(one) for one in said]}


def _with_address(exposure: Mapping[str, str]) -> dict[str, str]:
    slug = exposure.get("dashboard", "")
    url = exposure.get("url") or web_address(dashboard_url(slug))
    rest = {name: value for name, value in exposure.items() if name not in ("url", "dashboard")}
    return {**rest, "url": url} if url else rest


def _uri(table: TableName) -> str:
    return f"medallion://warehouse/{table.schema}/{table.table}"
