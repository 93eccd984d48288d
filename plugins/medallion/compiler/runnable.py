"""What is to run of a project: what the DAG processor and a starting task make DAGs of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from medallion.errors import Issue
    from medallion.plan.ending import Ending
    from medallion.plan.model import Plan


@dataclass(frozen=True, slots=True, kw_only=True)
class Runnable:
    """A plan that becomes a DAG.

    If the spec's present version is refused, the plan is of the version accepted at `since`, and
    `refused` holds the present one's issues.
    """

    plan: Plan
    refused: tuple[Issue, ...] = ()
    since: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """What became of the specs: the plans to run, and every issue.

    `silver_tables`, `bi_tables`, `endings` and `assets` (by table, the facts as they are written)
    are those of all domains; `of_no_domain` are issues of files that belong to none. Where all
    domains are wanted, those are among `issues`.
    """

    runnable: tuple[Runnable, ...]
    issues: tuple[Issue, ...]
    silver_tables: tuple[str, ...]
    endings: tuple[Ending, ...] = ()
    assets: Mapping[str, str] = field(default_factory=dict)
    of_no_domain: tuple[Issue, ...] = ()
    bi_tables: tuple[str, ...] = ()

    def running_before(self) -> frozenset[str]:
        """The paths of refused specs whose previous version runs."""
        return frozenset(one.plan.spec_path for one in self.runnable if one.refused)
