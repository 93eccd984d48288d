"""The buttons on a task's page: where what it was about can be looked at."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

import attrs
from airflow.sdk import BaseOperatorLink

from medallion.airflow.addresses import path_of, table_page, task_page
from medallion.names import Layer
from medallion.plan.asset_facts import web_address
from medallion.plan.model import CleanStep, GateStep, PublishStep
from medallion.roots import dashboard_url

if TYPE_CHECKING:
    from medallion.plan.model import Exposure, Step


@attrs.define(kw_only=True)
class StepLink(BaseOperatorLink):
    """A button with an address that is known before the task runs.

    Airflow keeps each link of a task as an XCom of this key when the task ends, well or not.
    """

    label: str
    key: str
    address: str

    @property
    def name(self) -> str:
        """The text of the button. Airflow finds a link by it, so it stays as it is."""
        return self.label

    @property
    def xcom_key(self) -> str:
        """The XCom key under which Airflow keeps the address for its UI."""
        return f"_link_{self.key}"

    def get_link(self, operator: Any, *, ti_key: Any) -> str:
        """The address, below the prefix that Airflow is served at."""
        return path_of(self.address) if self.address.startswith("/") else self.address


@attrs.define(kw_only=True)
class LandingLink(StepLink):
    """The landing of the run: the result of its land task names the folder in the lake."""

    def get_link(self, operator: Any, *, ti_key: Any) -> str:
        """Airflow's page of the land task's result."""
        return path_of(task_page(ti_key.dag_id, ti_key.run_id, self.address, "xcom"))


def links_of(
    step: Step, dashboards: Iterable[Exposure] = (), land: str = "land"
) -> tuple[StepLink, ...]:
    """The buttons of a step's task.

    Args:
        step: of the task.
        dashboards: that read the table, and its own spec does not know of.
        land: the name of the task of its group that lands.
    """
    return (*_links(step, land), *_exposures(dashboards))


def _links(step: Step, land: str) -> Iterator[StepLink]:
    table = step.table
    page = table_page(table.public)
    yield StepLink(label="Table", key="table", address=page)
    if isinstance(step, GateStep):
        yield StepLink(label="Gate results", key="gate", address=f"{page}/quality")
    quarantines_rows = isinstance(step, CleanStep | PublishStep) or (
        isinstance(step, GateStep) and step.layer is not Layer.BRONZE
    )
    if quarantines_rows:
        yield StepLink(label="Quarantine", key="quarantine", address=f"{page}/quarantine")
    if table.layer is Layer.SILVER:
        yield LandingLink(label="Landing", key="landing", address=f"{table.name}.{land}")
    if isinstance(step, PublishStep):
        yield from _exposures(step.exposures)


def _exposures(exposures: Iterable[Exposure]) -> Iterator[StepLink]:
    for one in exposures:
        if url := web_address(one.url or dashboard_url(one.dashboard)):
            label = f"{one.kind.capitalize()} {one.name}"
            yield StepLink(label=label, key=f"exposure_{one.name}", address=url)
