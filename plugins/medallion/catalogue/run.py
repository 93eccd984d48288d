"""A run's page: what became of each table in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from medallion.catalogue.declared import Declared
from medallion.catalogue.state import first_line_of
from medallion.warehouse.catalogue.run import RunTable, run_tables
from medallion.warehouse.session.transaction import Session


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownTable:
    """One table of a run, by the name that readers write; its own alone if no layer is known."""

    name: str
    found: RunTable
    is_over: bool
    """Whether the run is: it will not publish the table any more."""

    @property
    def error(self) -> str:
        """What its last task has left of its error, in a line; empty: nothing."""
        return first_line_of(self.found.last_error or "")

    @property
    def state(self) -> str:
        """`failed`, `waits for approval`, `quarantined`, `published`, `running`, or `not
        published`: the run is over."""
        if self.found.last_status == "failed":
            return "failed"
        if self.found.is_asked:
            return "waits for approval"
        if self.found.publication_id is None:
            return "not published" if self.is_over else "running"
        return "quarantined" if self.found.rows_quarantined else "published"


@dataclass(frozen=True, slots=True, kw_only=True)
class RunPage:
    """One run, with the tables of which a task has ended."""

    dag_id: str
    run_id: str
    is_over: bool
    tables: Sequence[ShownTable]


def read_run(
    session: Session, declared: Declared, dag_id: str, run_id: str, *, is_over: bool
) -> RunPage:
    """What a run did so far; a run that nobody knows did nothing.

    Args:
        is_over: whether it has come to its end, as Airflow says: the registry does not know.
    """
    domain = dag_id.partition(".")[0]
    known = {
        one.table.name: str(one.table.public)
        for one in declared.tables.values()
        if one.dag_id == dag_id
    }
    return RunPage(
        dag_id=dag_id,
        run_id=run_id,
        is_over=is_over,
        tables=[
            ShownTable(
                name=_name(one, domain) or known.get(one.table_name, one.table_name),
                found=one,
                is_over=is_over,
            )
            for one in run_tables(session, dag_id, run_id)
        ],
    )


def _name(one: RunTable, domain: str) -> str:
    return f"{one.layer}_{domain}.{one.table_name}" if one.layer else ""
