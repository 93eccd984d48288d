"""What a step gets: which run it belongs to, and the ways to the lake and the warehouse."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from medallion.names import PublishedTable, TableName
from medallion.plan.column_uses import BiReaders
from medallion.run import Run
from medallion.sources.base.source import ConnectionDetails, no_database

if TYPE_CHECKING:
    from medallion.plan.model import Approval
    from medallion.warehouse.quarantine.chosen import Chosen
    from medallion.warehouse.registry.approvals import Question


def no_words(error: BaseException) -> str | None:
    """The default `explain`: the error needs no explanation."""


def no_domain_role(domain: str) -> None:
    """The default `domain_warehouse`: Medallion makes the domain's role."""


def declare_nothing(table: TableName) -> BiReaders:
    """The default `bi_readers`: what specs declare for the BI team is not known."""
    return BiReaders()


def know_nothing(table: PublishedTable, columns: Sequence[str]) -> None:
    """The default `hidden_columns`: which ones are personal is not known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What a person has answered to a question of `medallion.approvals`; `by` None: nobody did
    within the time."""

    approval_id: int
    is_approved: bool
    by: str | None
    by_id: str = ""
    comment: str = ""
    code: str = ""
    """What the form that was answered was about; empty: it was not said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StepContext:
    """One task's context. Times are aware, in UTC; the interval is half open.

    `warehouse_url` is a libpq URL of the loader role and stays out of the repr.
    """

    run: Run
    task_id: str
    try_number: int
    project_root: Path
    lake_root: str
    warehouse_url: str = field(repr=False)
    connection: Callable[[str], ConnectionDetails] = field(repr=False)
    log: logging.Logger = field(repr=False)
    log_url: str = ""
    backfill: bool = False
    """Whether an operator asked for this interval again: it reads that and nothing else."""
    time_limit: timedelta | None = None
    """How long the task may run (`execution_timeout`); its queries end a little earlier."""
    deadline: float | None = None
    """When they do, as a moment of `time.monotonic`: set as the step starts."""
    explain: Callable[[BaseException], str | None] = field(default=no_words, repr=False)
    """What an error means that the outside has raised within the step (its time is over)."""
    full_refresh: bool = False
    """Whether an operator asked for all that the source has, read before or not."""
    repeats: int | None = None
    """The publication of this run that a replay does again; None: it is not a replay."""
    chosen: Chosen | None = None
    """Of a replay: the rows that it is about; the run's other open ones stay in quarantine."""
    database: Callable[[str], Any] = field(default=no_database, repr=False)
    can_ask: bool = False
    """Whether a person can be asked, who answers later: in a run of Airflow."""
    decision: Decision | None = None
    """What he has answered, when the task continues."""
    hidden_columns: Callable[[PublishedTable, Sequence[str]], frozenset[str] | None] = field(
        default=know_nothing, repr=False
    )
    """Those of a gold table's columns whose values are not shown; None: it is not known."""
    bi_readers: Callable[[TableName], BiReaders] = field(default=declare_nothing, repr=False)
    """What the specs that run declare of a table for the BI team."""
    domain_warehouse: Callable[[str], str | None] = field(default=no_domain_role, repr=False)
    """The URL of a role that an administrator has made for a domain; None: Medallion's own."""
    first: int | None = None
    """So many records of a database or an API are enough: it is a try. None, as in a run: all."""

    @property
    def run_key(self) -> str:
        """Ten hex digits of DAG and run id: part of the names of staging tables and landing
        folders."""
        return self.run.key


@dataclass(frozen=True, slots=True, kw_only=True)
class StepResult:
    """What a step returns to the scheduler and the registry: references and counts, never data.

    `rows_in = rows_out + rows_quarantined + rows_deduplicated + rows_discarded` for every step that
    handles rows.
    """

    rows_in: int
    rows_out: int
    rows_quarantined: int = 0
    rows_deduplicated: int = 0
    rows_discarded: int = 0
    reference: str = ""
    """A manifest's URI, a staging table's name, or a published table's version."""
    details: Mapping[str, object] = field(default_factory=dict)

    def to_xcom(self) -> dict[str, object]:
        """The fields as a dictionary of JSON values."""
        return asdict(self)


class ApprovalWanted(BaseException):
    """A person has to be asked before the step continues: whoever runs it asks, and lets it wait.

    No `Exception`, for nothing is wrong: the step ends here, and is run again with the
    `Decision` in its context.
    """

    def __init__(self, *, approval_id: int, code: str, question: Question, approval: Approval):
        """`approval_id`, `code`: of the question in `medallion.approvals`."""
        super().__init__(approval_id)
        self.approval_id = approval_id
        self.code = code
        self.question = question
        self.approval = approval
