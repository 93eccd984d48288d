"""Who asks, and what he may see and do: Airflow's own accounts and permissions decide.

A person sees the domains of which he may read at least one DAG, and changes what belongs to a DAG
that he may trigger.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated, Any

from airflow.api_fastapi.app import get_auth_manager
from airflow.api_fastapi.auth.managers.base_auth_manager import ResourceMethod
from airflow.api_fastapi.auth.managers.models.resource_details import DagAccessEntity, DagDetails
from airflow.api_fastapi.core_api.security import GetUserDep
from airflow.models.dag import DagModel
from fastapi import Depends, HTTPException

from medallion.errors import SetupError
from medallion.names import DagId, PublishedTable
from medallion.warehouse.registry.named_table import parse_published_table


@dataclass(frozen=True, slots=True, kw_only=True)
class Viewer:
    """The person who asks. `user` is Airflow's own object."""

    name: str
    dag_ids: frozenset[str]
    domains: frozenset[str]
    user: Any

    def may_trigger(self, dag_id: str) -> bool:
        """Whether he may start a run of a DAG: then he may also change what it has published."""
        return self._may("POST", dag_id, DagModel.get_team_name(dag_id))

    def may_change_runs(self, dag_id: str) -> bool:
        """Whether he may pause and cancel backfills of a DAG, as Airflow's own API asks."""
        return self._may("PUT", dag_id, DagModel.get_team_name(dag_id))

    def triggerable(self, dag_ids: Collection[str]) -> list[str]:
        """Those of the DAGs that he may start a run of. One look at Airflow's metadata for all."""
        teams = DagModel.get_dag_id_to_team_name_mapping(list(dag_ids))
        return [one for one in dag_ids if self._may("POST", one, teams.get(one))]

    def _may(self, method: ResourceMethod, dag_id: str, team: str | None) -> bool:
        return bool(
            get_auth_manager().is_authorized_dag(
                method=method,
                access_entity=DagAccessEntity.RUN,
                details=DagDetails(id=dag_id, team_name=team),
                user=self.user,
            )
        )

    def may_read(self, dag_id: str = "") -> bool:
        """Whether he may read a DAG, also one that there is not (yet); without an id, every DAG."""
        details = DagDetails(id=dag_id, team_name=DagModel.get_team_name(dag_id))
        manager = get_auth_manager()
        asked = details if dag_id else None
        return bool(manager.is_authorized_dag(method="GET", details=asked, user=self.user))

    def must_trigger(self, dag_id: str) -> None:
        """Refuse who may not start a run of a DAG.

        Raises:
            HTTPException: 403.
        """
        if not self.may_trigger(dag_id):
            raise HTTPException(
                status_code=403,
                detail=f"You may look at {dag_id}, not change what it publishes.",
            )

    def table(self, name: str) -> PublishedTable:
        """The table of that name, if he may see its domain.

        Raises:
            HTTPException: 404; of a domain that he may not see, the same.
        """
        try:
            table = parse_published_table(name)
        except SetupError:
            raise no_such("table", name) from None
        self.domain(table.domain)
        return table

    def domain(self, name: str) -> str:
        """The domain, if he may see it.

        Raises:
            HTTPException: 404.
        """
        if name not in self.domains:
            raise no_such("domain", name)
        return name

    def dag(self, dag_id: str) -> str:
        """The DAG's id, if he may see it.

        Raises:
            HTTPException: 404.
        """
        if dag_id not in self.dag_ids:
            raise no_such("DAG", dag_id)
        return dag_id


def _viewer(user: GetUserDep) -> Viewer:
    dag_ids = frozenset(get_auth_manager().get_authorized_dag_ids(user=user))
    return Viewer(
        name=user.get_name(),
        dag_ids=dag_ids,
        domains=frozenset(filter(None, map(_domain_of, dag_ids))),
        user=user,
    )


@lru_cache(maxsize=20_000)
def _domain_of(dag_id: str) -> str:
    """Empty: it is not the DAG of a pipeline."""
    parsed = DagId.parse(dag_id)
    return parsed.domain if parsed else ""


ViewerDep = Annotated[Viewer, Depends(_viewer)]
"""Each route of the pages has it, so that nobody unknown gets an answer."""


def no_such(kind: str, name: str) -> HTTPException:
    """What is not there, or not for this person."""
    return HTTPException(status_code=404, detail=f"There is no {kind} {name} that you may see.")
