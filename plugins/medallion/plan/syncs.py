"""The loads that a run asks other tools for, each once, and the landings that wait for them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from medallion.plan.model import LandStep, Plan

if TYPE_CHECKING:
    from medallion.sources.base.sync import SyncRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedSync:
    """One load, and the ids of the tasks that read what it brings."""

    request: SyncRequest
    before: tuple[str, ...]

    @property
    def task_id(self) -> str:
        """It stays as it is, whatever else the spec says. No table has it: their names have no
        dash."""
        return f"{self.request.tool}-sync-{self.request.connection_id}"

    @property
    def title(self) -> str:
        """The task for people, by what waits for it."""
        names = [task_id.rpartition(".")[0] for task_id in self.before]
        more = f" and {len(names) - 1} more" if len(names) > 1 else ""
        return f"{self.request.tool.capitalize()}: sync {names[0]}{more}"


def list_syncs(plan: Plan) -> tuple[PlannedSync, ...]:
    """Those of a plan, in its order. What several landings ask for alike is one."""
    waiting: dict[SyncRequest, list[str]] = {}
    for task in plan.tasks:
        if isinstance(task.step, LandStep) and task.step.sync is not None:
            waiting.setdefault(task.step.sync, []).append(task.task_id)
    return tuple(
        PlannedSync(request=request, before=tuple(tasks)) for request, tasks in waiting.items()
    )
