"""What an environment has built, beside what production has published: the diff of each table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from medallion.catalogue.declared import SpecShelf
from medallion.errors import SetupError
from medallion.names import PublishedTable
from medallion.operations.environments.choose import find_declared
from medallion.operations.surroundings import Surroundings
from medallion.plan.environment import Environment, production_of
from medallion.plan.model import Plan
from medallion.run import Run
from medallion.warehouse.environments.record import EnvironmentRecord, tables_in
from medallion.warehouse.environments.role import public_schemas, role_of
from medallion.warehouse.registry import records as registry
from medallion.warehouse.registry.records import Publication
from medallion.warehouse.session.relations import columns_of
from medallion.warehouse.session.schemas import ensure_schemas
from medallion.warehouse.session.transaction import session
from medallion.warehouse.tables.copied import copy_published, keep_rows_of_run
from medallion.workbench.comparison.sides import Side
from medallion.workbench.diff.ask import Question
from medallion.workbench.diff.compare import compare_staged
from medallion.workbench.diff.found import TableDiff
from medallion.workbench.diff.silver import Candidate, Say
from medallion.workbench.scratch import Scratch


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """The tables of an environment, by production's names: those that it has built, and those that
    are production's. Each as it is in the warehouse now."""

    built: tuple[PublishedTable, ...]
    shown: tuple[PublishedTable, ...]


@dataclass(frozen=True, slots=True)
class Specs:
    """Of the working tree, and those that production runs: None for those that this project's shelf
    has. Where neither says what production protects in a table, none of its values is shown."""

    own: Side
    production: Side | None = None


def contents_of(record: EnvironmentRecord, warehouse_url: str) -> Contents:
    """What an environment has."""
    schemas = public_schemas(Environment(record.name), record.domains)
    with session(warehouse_url, f"looking into the environment {record.name}") as connection:
        found = tables_in(connection, schemas)
    return Contents(
        built=tuple(production_of(table) for table, is_view in found if not is_view),
        shown=tuple(production_of(table) for table, is_view in found if is_view),
    )


def choose_tables(
    contents: Contents, names: Sequence[str], environment: Environment
) -> tuple[PublishedTable, ...]:
    """Those of the built tables that are asked for, by production's names or the environment's; no
    names: all.

    Raises:
        SetupError: the environment has not built one.
    """
    known: Mapping[str, PublishedTable] = {
        str(name): table
        for table in contents.built
        for name in (table.public, environment.place(table).public)
    }
    built = ", ".join(str(table.public) for table in contents.built) or "nothing"
    for name in names:
        if name not in known:
            is_shown = any(str(table.public) == name for table in contents.shown)
            raise SetupError(
                f"{environment.name} has not built {name}"
                + (": it is production's" if is_shown else ""),
                remedy=f"it has built {built}",
            )
    return tuple(known[name] for name in names) if names else contents.built


def diff_environment(
    tables: Sequence[PublishedTable],
    environment: Environment,
    specs: Specs,
    scratch: Scratch,
    surroundings: Surroundings,
    *,
    most: int,
    say: Say,
) -> Iterator[TableDiff]:
    """Compare tables that the environment has built with what production's readers have.

    Args:
        tables: production's.
        specs: they say by which key, and which columns are personal.
        scratch: an empty one.
        most: examples of each kind.
        say: takes lines of progress.

    Raises:
        SetupError: no spec of the working tree publishes one.
        MedallionError: the rows cannot be compared, by who must act.
    """
    declared = find_declared(tuple(specs.own.plans.values()))
    url = surroundings.warehouse_url
    with session(url, f"looking for the role of {environment.name}") as loader:
        own_url = role_of(loader, url, environment).url
    protected = _find_protected(specs.production, surroundings.project_root)
    for table in tables:
        if table not in declared:
            raise SetupError(
                f"no spec publishes {table.public} any more, and {environment.name} has built it",
                remedy=f"python -m medallion.cli run --env {environment.name} drops it",
            )
        own = environment.place(table)
        with session(surroundings.warehouse_url, f"looking at {table.public}") as connection:
            current, built = registry.current(connection, table), registry.current(connection, own)
        if built is None:  # dropped since it was listed
            continue
        question = _question(table, declared[table].plan, current, built, most)
        if current is not None and table not in protected:
            say(f"what production protects in {table.public} is not known here: no value is shown")
            protected[table] = _columns(table, own, surroundings.warehouse_url)
        candidate = _stage(question, own, own_url, scratch, say)
        yield compare_staged(question, candidate, specs.own, scratch, surroundings, say, protected)


def _find_protected(before: Side | None, root: Path) -> dict[PublishedTable, frozenset[str]]:
    """By table of which it is known what production protects, the columns and fields that are not
    shown. The specs of a branch do not say it: a branch may take a protection away."""
    found = {name: one.hidden_fields for name, one in SpecShelf(root).now().tables.items()}
    for one in before.all_tables.values() if before else ():
        found[one.table] = found.get(one.table, frozenset()) | one.hidden_fields
    return found


def _columns(table: PublishedTable, own: PublishedTable, url: str) -> frozenset[str]:
    """Of both sides."""
    with session(url, f"looking at {table.public}") as connection:
        sides = (columns_of(connection, one.public) for one in (table, own))
        return frozenset(column.name for side in sides for column in side)


def _question(
    table: PublishedTable, plan: Plan, current: Publication | None, built: Publication, most: int
) -> Question:
    return Question(
        table=table, plan=plan, run=_run(plan, built), landing=None, current=current, most=most
    )


def _run(plan: Plan, built: Publication) -> Run:
    """The run that the environment has made of it, by its end: what it has landed, and what not."""
    end = built.data_interval_end
    return Run(
        dag_id=str(plan.dag_id),
        run_id=built.run_id,
        interval_start=end,
        interval_end=end,
        timezone=plan.settings.timezone,
    )


def _stage(
    question: Question,
    own: PublishedTable,
    own_url: str,
    scratch: Scratch,
    say: Say,
) -> Candidate:
    """The environment's rows as its last run would have staged them. Its own role reads them: what
    it has made runs with no more rights than it has."""
    staging = question.table.staging(question.run.key)
    say(f"reading {own.public}")
    with (
        session(own_url, f"reading {own.public}") as source,
        session(scratch.warehouse_url, f"copying {own.public}") as target,
    ):
        ensure_schemas(target, question.table)
        copy_published(source, target, own, into=staging)
        keep_rows_of_run(
            target,
            staging,
            question.run.interval_end if question.step.write_disposition.appends else None,
        )
    return Candidate(run=question.run, source=str(own.public))
