"""Errors, grouped by who must act. Airflow's retry or fail is decided from them in one place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


class MedallionError(Exception):
    """The root of every error that Medallion raises on purpose.

    Attributes:
        problem: what is wrong and where, without secrets.
        remedy: what the reader can do about it.
        retryable: whether running the same thing again can help.
        acts: who has to do something about it, in words.
    """

    retryable = False
    acts = ""

    def __init__(self, problem: str, *, remedy: str = "") -> None:
        super().__init__(problem, remedy)
        self.problem = problem
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.problem}\n  → {self.remedy}" if self.remedy else self.problem


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Issue:
    """One problem of one spec, with its place.

    `line` and `column` count from 1; 0 where the problem has no place in the file.
    """

    path: str
    line: int = 0
    column: int = 0
    key: str = ""
    rule: str
    problem: str
    remedy: str = ""
    level: str = "error"

    def one_line(self) -> str:
        """`path:line:column: level: [rule] key: problem (remedy)`, for a CI's log.

        >>> issue = Issue(path="specs/a/b.yaml", line=3, column=1, rule="key", problem="no owner")
        >>> issue.one_line()
        'specs/a/b.yaml:3:1: error: [key] no owner'
        """
        key = f"{self.key}: " if self.key else ""
        remedy = f" ({self.remedy})" if self.remedy else ""
        place = f"{self.path}:{self.line}:{self.column}"
        text = f"{place}: {self.level}: [{self.rule}] {key}{self.problem}{remedy}"
        return " ".join(text.split())


class SpecError(MedallionError):
    """The author of a spec must act: all its problems, with their places."""

    acts = "the author of the spec"

    def __init__(self, issues: Sequence[Issue]) -> None:
        self.issues = tuple(issues)
        super().__init__("\n".join(issue.one_line() for issue in self.issues))


class DataRejected(MedallionError):
    """The data's owner must act: a gate or a guard refused what was about to be published."""

    acts = "the data's owner"


class NotApproved(MedallionError):
    """Whoever may approve must act: nobody has approved a publication, or somebody rejected it."""

    acts = "whoever may approve it"


class CheckCrashed(MedallionError):
    """The spec's author must act: a check could not be evaluated. Not a verdict on the data."""

    acts = "the author of the spec"


class CustomStepFailed(MedallionError):
    """The author of a custom step must act: its function failed, or returned something it may
    not."""

    acts = "the author of the custom step"


class SourceRefused(MedallionError):
    """The source refused, or sent what cannot be read: asking again the same way does not help."""


class SyncRefused(SourceRefused):
    """A tool that loads tables was stopped, or does not know what it is to load. What it says holds
    no data."""


class SourceUnavailable(MedallionError):
    """The source did not answer, or asked for a pause. Retried."""

    retryable = True


class WarehouseRefused(MedallionError):
    """PostgreSQL refused a statement for a reason that a retry does not fix (SQL, rights)."""


class QueryCancelled(MedallionError):
    """The spec's author must act: a query ran out of time, or a person ended it. A retry would take
    as long."""

    acts = "the author of the spec"


class OutOfTime(MedallionError):
    """A task was not done within its `execution_timeout`. Retried: the next try continues where it
    can."""

    retryable = True


class WarehouseUnavailable(MedallionError):
    """PostgreSQL did not answer, or a lock could not be had in time. Retried."""

    retryable = True


class StagingLost(WarehouseUnavailable):
    """The spec's rows in staging are gone, or not those that were recorded. `steps.run` runs the
    steps before again."""


class LakeError(MedallionError):
    """A landing is missing, damaged, or cannot be read. Clear its land task."""


class LakeUnavailable(LakeError):
    """A disk is full, or does not answer. Retried."""

    retryable = True


class ClusterUnavailable(MedallionError):
    """The operator must act if it lasts: Spark does not answer, or lost its machines. Retried."""

    retryable = True
    acts = "the operator"


class SetupError(MedallionError):
    """The operator must act: a connection, a role, a package or a setting is missing or wrong."""

    acts = "the operator"


class CannotRead(MedallionError):
    """Whoever reads must act: what was asked for is not there to be read, or not like this."""

    acts = "whoever reads"


class UnknownTable(CannotRead):
    """No table of this name has been published."""


class NotAllowed(CannotRead):
    """The reader's role has no right to the table: its owner gives it (`grants`)."""


class VersionGone(CannotRead):
    """The rows that were published then are no longer kept, or were changed in place."""


class MessageNotSent(MedallionError):
    """The operator must act: a mail server or a webhook did not take a message. Tried later."""

    retryable = True
    acts = "the operator"


class SupersetUnavailable(MedallionError):
    """The operator must act if it lasts: Superset does not answer, or is not ready. Retried."""

    retryable = True
    acts = "the operator"


class SupersetRefused(MedallionError):
    """The operator must act: Superset refuses a request, or its answer cannot be read.

    Attributes:
        status: the HTTP status of the answer; 0 where there is none.
    """

    acts = "the operator"

    def __init__(self, problem: str, *, remedy: str = "", status: int = 0) -> None:
        super().__init__(problem, remedy=remedy)
        self.status = status
