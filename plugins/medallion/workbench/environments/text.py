"""A run of an environment, and what there are of them, in lines for a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from medallion.plan.environment import Environment
from medallion.prose import tally
from medallion.warehouse.environments.record import EnvironmentRecord
from medallion.workbench.diff.found import TableDiff
from medallion.workbench.environments.build import BuiltTable, Outcome
from medallion.workbench.environments.difference import Contents


def describe_built(environment: Environment, built: BuiltTable) -> Iterator[str]:
    """What became of one table."""
    name = environment.place(built.table).public
    if not built.tried:
        yield f"  ✗ {name} was not tried: a table that it reads is not there"
        return
    error = next((one.error for one in built.tried if one.error is not None), None)
    if error is not None:
        said = str(error)
        yield f"  ✗ {said}" if said.startswith(str(name)) else f"  ✗ {name}: {said}"
        yield from _describe_next(environment, built)
        return
    last = built.tried[-1].result
    rows = tally(last.rows_out, "row") if last is not None else ""
    seconds = sum(one.seconds for one in built.tried)
    yield f"  ✓ {name}  {rows}, {_interval(built)}{_landing(built)}, {seconds:.1f} s"


def _describe_next(environment: Environment, built: BuiltTable) -> Iterator[str]:
    """What the error does not say: it speaks of tasks, as in Airflow."""
    if built.is_guessed:
        yield (
            f"  → production has not run {_pipeline(built)} yet, so it was tried over "
            f"{_interval(built)}: --run DATE takes another interval"
        )
    yield (
        f"  → in an environment no task is cleared: correct it, and run --env {environment.name} "
        "again"
    )


def _pipeline(built: BuiltTable) -> str:
    return f"{built.table.domain}.{built.run.dag_id.partition('.')[2]}"


def describe_outcome(environment: Environment, outcome: Outcome) -> Iterator[str]:
    """The last line of a run."""
    failed = sum(not one.is_published for one in outcome.built)
    if failed:
        yield f"{failed} of {len(outcome.built)} tables could not be built"
    elif outcome.built:
        yield f"compare it: python -m medallion.cli env diff {environment.name}"


def describe_environments(found: Sequence[EnvironmentRecord]) -> Iterator[str]:
    """A line for each."""
    for one in found:
        domains = ", ".join(Environment(one.name).domain(domain) for domain in one.domains)
        yield f"{one.name}  last run {one.used_at:%Y-%m-%d %H:%M} UTC, by {one.made_by}: {domains}"
    if not found:
        yield "there is no environment: `python -m medallion.cli run --env NAME` makes one"


def _interval(built: BuiltTable) -> str:
    start, end = (f"{at:%Y-%m-%d %H:%M}" for at in built.run.local_interval())
    return f"{f'as of {end}' if start == end else f'{start} – {end}'} {built.run.timezone}"


def _landing(built: BuiltTable) -> str:
    return f", of the landing of {built.landing.run_id}" if built.landing else ""


def summary(name: str, contents: Contents, found: Sequence[TableDiff]) -> str:
    """In a line, what an environment is beside production.

    >>> summary("alice", Contents(built=(), shown=()), ())
    'environment alice: nothing was built, 0 tables are production’s'
    """
    different = sum(one.is_different for one in found)
    built = f"{different} of {len(found)} built tables differ" if found else "nothing was built"
    return f"environment {name}: {built}, {len(contents.shown)} tables are production’s"


def describe_contents(name: str, contents: Contents, found: Sequence[TableDiff]) -> Iterator[str]:
    """The same, with the names of those that are not compared."""
    yield summary(name, contents, found)
    if contents.shown:
        yield f"  = {', '.join(str(table.public) for table in contents.shown)}"
