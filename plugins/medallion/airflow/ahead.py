"""DAGs that are made while other specs are still compiled, by a process that would wait for them.

A DAG depends on other specs by what all of them say of the assets in it, and by the tables that it
waits for: what was known of the first is remembered, and none is made that waits for one.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from medallion.airflow.configured import Configured
from medallion.airflow.factory import build
from medallion.compiler.runnable import Runnable
from medallion.operations.environments.setting import read_environment

if TYPE_CHECKING:
    from airflow.sdk import DAG

    from medallion.plan.model import Plan

_MOST = 200
"""Tasks of a DAG that is made ahead: meanwhile no answer of a process that compiles is read."""


class Ahead:
    """The DAGs of one parse that are made ahead."""

    def __init__(self, root: Path) -> None:
        """None is made in an environment, which has names of its own."""
        self._root = root
        self._is_on = read_environment() is None
        self._configured: Configured | None = None
        self._made: dict[int, tuple[Plan, DAG, Mapping[str, str | None]]] = {}

    def make(self, plan: Plan, assets: Mapping[str, str]) -> None:
        """Make a DAG, where it is not large and waits for no table.

        Args:
            plan: what may run. It is found again by being the same object.
            assets: the facts of its own tables' assets, as its own spec says them.
        """
        if not self._is_on or plan.settings.condition is not None or len(plan.tasks) > _MOST:
            return
        if self._configured is None:
            self._configured = Configured.read()
        known = _Asked(assets)
        with suppress(Exception):  # it is met again when the DAG is wanted
            one, said = Runnable(plan=plan), self._configured
            dag = build(one, self._root, assets=known, configured=said)
            self._made[id(plan)] = (plan, dag, known.found)

    def find(self, one: Runnable, assets: Mapping[str, str]) -> DAG | None:
        """The DAG of a plan, where one was made and all specs say of its assets what its own one
        did; `assets` has what they say."""
        plan, dag, known = self._made.get(id(one.plan), (None, None, {}))
        if plan is None or one.refused or one.since:
            return None
        return dag if all(assets.get(table) == said for table, said in known.items()) else None


class _Asked(dict[str, str]):
    """A mapping that remembers what it was asked for, and what it had."""

    def __init__(self, known: Mapping[str, str]) -> None:
        super().__init__(known)
        self.found: dict[str, str | None] = {}

    def get(self, table: str, default: Any = None) -> Any:
        """What it has of a table."""
        found = self.found[table] = super().get(table, default)
        return found
