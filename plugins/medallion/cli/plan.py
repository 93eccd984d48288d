"""`plan [DAG_ID]`: shows what specs become: tasks, edges, tables."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from rich.tree import Tree

from medallion.cleaning.engines.table import engine_of
from medallion.cli.arguments import warehouse_url
from medallion.cli.console import console
from medallion.cli.named_pipeline import unknown_pipeline
from medallion.compiler.project import read_project
from medallion.errors import Issue, MedallionError, SpecError
from medallion.operations.environments.setting import read_environment
from medallion.operations.intervals import TableIntervals, read_intervals
from medallion.plan.environment import in_environment
from medallion.plan.intervals import IntervalState
from medallion.plan.make import make_plan
from medallion.plan.model import CleanStep, GateStep, LandStep, Plan, PublishStep
from medallion.prose import tally
from medallion.roots import project_root
from medallion.sources.base.source import SourceModel
from medallion.spec.files.spec_paths import DOMAIN_FILE, spec_path_of
from medallion.warehouse.session.transaction import session

HELP = "show what the specs become: tasks, edges, tables"
MOST_SHOWN = 20


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """`[DAG_ID] [--intervals] [--root DIR]`; all DAGs by default."""
    parser.add_argument("dag_id", nargs="?", help="one DAG; all of them by default")
    parser.add_argument(
        "--intervals",
        action="store_true",
        help="which intervals of the tables that grow are there, missing, restated or dropped: "
        "asks the warehouse",
    )
    parser.add_argument("--root", type=Path, default=project_root(), help="the project's folder")


def run(arguments: argparse.Namespace) -> int:
    """Print the plans of valid specs and the number of problems in others; 1 if there is no plan to
    show. Where MEDALLION_ENV names an environment, they are the environment's.

    Raises:
        SetupError: there is no pipeline of the name that is asked for.
        SpecError: it is refused.
    """
    report = read_project(arguments.root)
    environment = read_environment()
    domains = {loaded.dag_id.domain for loaded in report.specs}
    shown = 0
    for loaded in report.specs:
        plan = make_plan(loaded)
        if environment is not None:
            plan = in_environment(plan, environment, domains)
        if arguments.dag_id in (None, str(loaded.dag_id), str(plan.dag_id)):
            shown += 1
            console().print(_tree(plan))
            if arguments.intervals:
                _print_intervals(plan)
    if not shown and arguments.dag_id is not None:
        raise _explain_missing(arguments.dag_id, arguments.root, report.issues)
    if report.issues:
        print(f"{tally(len(report.issues), 'problem')} in other specs: make validate")
    return 0 if shown else 1


def _explain_missing(dag_id: str, root: Path, issues: Sequence[Issue]) -> MedallionError:
    path = spec_path_of(dag_id, root)
    if path is None:
        return unknown_pipeline(dag_id, root)
    beside = {str(one.relative_to(root)) for one in (path, path.with_name(DOMAIN_FILE))}
    return SpecError([one for one in issues if one.path in beside] or issues)


def _print_intervals(plan: Plan) -> None:
    with session(warehouse_url(), "reading the intervals") as connection:
        for one in read_intervals(connection, plan, datetime.now(UTC)):
            for line in _describe_intervals(one, plan.settings.timezone):
                console().print(line, soft_wrap=True)


def _describe_intervals(one: TableIntervals, timezone: str) -> Iterator[str]:
    """What is there, and each stretch that is not as it should be, by the pipeline's clock."""
    counts = ", ".join(f"{number:,} {state}" for state, number in one.count_by_state().items())
    shown = " [dim](as production has it)[/dim]" if one.is_of_production else ""
    yield f"[green]{one.table.public}[/green]: {counts}{shown}"
    for state in (IntervalState.MISSING, IntervalState.RESTATED):
        spans = one.find(state)
        for span in spans[:MOST_SHOWN]:
            yield f"  {state}: {span.in_words(timezone)}"
        if len(spans) > MOST_SHOWN:
            yield f"  {state}: {len(spans) - MOST_SHOWN:,} more stretches"
    if reasons := one.list_reasons():
        yield f"  published again since: {', '.join(reasons)}"


def _tree(plan: Plan) -> Tree:
    settings = plan.settings
    when = str(settings.describe_schedule() or settings.condition or "by hand")
    tree = Tree(f"[bold]{plan.dag_id}[/bold]  [dim]{plan.spec_path}  when: {when}[/dim]")
    branches: dict[str, Tree] = {}
    sources = {
        task.group: task.step.source for task in plan.tasks if isinstance(task.step, LandStep)
    }
    for task in plan.tasks:
        shared = "  [dim]one task[/dim]" if task.shares_task else ""
        branch = branches.setdefault(task.group, Tree(f"{task.group}{shared}"))
        if len(branch.children) == 0:
            tree.children.append(branch)
        waits = [name for name in task.upstream if name.rpartition(".")[0] != task.group]
        after = f"  [dim]after {', '.join(waits)}[/dim]" if waits else ""
        branch.add(
            f"{task.name}{_what(task.step)}{_where(task.step, sources.get(task.group))}{after}"
        )
    return tree


def _where(step: object, source: SourceModel | None) -> str:
    """The cluster that cleans, and whether it is worth one."""
    if not isinstance(step, CleanStep) or not engine_of(step.engine).is_cluster:
        return ""
    is_alone = source is not None and source.lands_one_part()
    warning = (
        "  [yellow]one file is one part: a single worker cleans it[/yellow]" if is_alone else ""
    )
    return f"  [dim]on {step.engine}[/dim]{warning}"


def _what(step: object) -> str:
    if isinstance(step, GateStep):
        return f"  [dim]{len(step.checks)} checks[/dim]"
    if isinstance(step, PublishStep):
        others = ", ".join(one.table.name for one in step.together)
        with_them = f", together with {others}" if others else ""
        public = step.table.public
        return f"  [green]{public}[/green] [dim]{step.write_disposition}{with_them}[/dim]"
    return ""
