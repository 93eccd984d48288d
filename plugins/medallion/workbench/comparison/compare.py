"""Two sides of a project compared: every change, and what it concerns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from medallion.compiler.guard import Guard, share_guard
from medallion.names import PublishedTable, TableName
from medallion.sql.result_columns import TableColumn
from medallion.workbench.comparison.bi_changes import compare_bi
from medallion.workbench.comparison.changes import (
    Change,
    Comparison,
    Impact,
    Level,
    in_order,
)
from medallion.workbench.comparison.columns import ColumnChange, compare_columns
from medallion.workbench.comparison.commit_files import base_of
from medallion.workbench.comparison.downstream import Graph, find_readers
from medallion.workbench.comparison.impacts import of_column, of_table
from medallion.workbench.comparison.pipelines import (
    NEVER,
    beyond_its_limit,
    compare_pipelines,
    longest,
)
from medallion.workbench.comparison.policy_changes import compare_policy
from medallion.workbench.comparison.shapes import Shape, Shapes
from medallion.workbench.comparison.sides import Side, read_side
from medallion.workbench.comparison.tables import compare_tables


def read_base(root: Path, ref: str, like: Side, guard: Guard | None = None) -> Side:
    """The project where the working tree has left a branch, a tag or a commit; its files are gone.

    Args:
        like: the working tree.

    Raises:
        NotComparable: there is no such commit.
    """
    with base_of(root, ref) as base:
        store = base.root.parent / "compiled"
        return read_side(base.root, guard or share_guard(), like=like, store=store)


def compare(before: Side, after: Side, guard: Guard, base: str = "") -> Comparison:
    """Every change from one side to the other, the most serious first."""
    shapes, shapes_now = Shapes(before), Shapes(after)
    changes: list[Change] = [
        *_pipelines(before, after),
        *compare_bi(before, after),
        *compare_policy(before, after),
    ]
    after = _with_dashboards(before, after)
    changes += _find_removed_tables(shapes, before, after)
    changes += _find_added_tables(shapes_now, before, after)
    for name in _find_touched(before, after):
        old, new = shapes.get(name), shapes_now.get(name)
        if old is not None and new is not None:
            changes += _table(old, new, before, after, guard)
    same = [
        path
        for path, loaded in after.specs.items()
        if path in before.specs and before.specs[path].digest == loaded.digest
    ]
    return Comparison(
        base=base,
        specs=len(after.paths),
        same=len(same),
        changes=in_order(changes),
        uncompared=tuple(_find_uncompared(before, after)),
    )


def _with_dashboards(before: Side, after: Side) -> Side:
    """With those of specs that are refused now: people keep looking at them."""
    kept = {path: plan for path, plan in before.plans.items() if path in after.refused}
    return replace(after, plans={**kept, **after.plans}) if kept else after


def _find_touched(before: Side, after: Side) -> list[str]:
    """The tables whose spec is not the same on both sides, and all that are made of them."""
    found: set[str] = set()
    for side, other in ((before, after), (after, before)):
        graph = Graph.of(side)
        for name, table in side.tables.items():
            twin = other.tables.get(name)
            if twin is None or (twin.digest, twin.dag_id) != (table.digest, table.dag_id):
                found |= {name, *(str(one.table.public) for one in graph.readers(name))}
    return sorted(found)


def _table(old: Shape, new: Shape, before: Side, after: Side, guard: Guard) -> Iterator[Change]:
    unlike = old.loaded.digest != new.loaded.digest or old.loaded.dag_id != new.loaded.dag_id
    yield from _with_impacts(list(compare_columns(old, new)), old, before, after, guard)
    for one in compare_tables(old, new) if unlike else ():
        if one.kind in ("primary_key_changed", "publication_refused"):
            how = "it finds other rows" if one.kind == "primary_key_changed" else "it gets no rows"
            impacts = of_table(one.subject, Graph.of(after), after, how)
            yield replace(one, impacts=impacts)
        elif one.kind == "share_removed":
            yield replace(one, impacts=_of_other_domains(old, new, before, after))
        else:
            yield one


def _with_impacts(
    found: Sequence[ColumnChange], old: Shape, before: Side, after: Side, guard: Guard
) -> Iterator[Change]:
    table = TableName.parse(old.name)
    asked = {one.column: TableColumn(table, one.column) for one in found if one.touches}
    if not asked:
        yield from (one.change for one in found)
        return
    graph = Graph.between(before, after, (old.name,)).around(old.name)
    readers = find_readers(graph, asked.values(), guard, after)
    for one in found:
        column = asked.get(one.column) if one.touches else None
        if column is None:
            yield one.change
            continue
        yield replace(one.change, impacts=of_column(column, readers[column], graph, after))


def _of_other_domains(old: Shape, new: Shape, before: Side, after: Side) -> tuple[Impact, ...]:
    """The tables of domains that lose access, which read it now."""
    graph = Graph.between(before, after, ())
    domain = old.declared.table.domain
    shared = set(new.declared.share_with)
    return tuple(
        one
        for one in of_table(old.name, graph, after, "its spec is refused")
        if one.how.startswith("reads it:")
        and (other := PublishedTable.of(TableName.parse(one.name)).domain) != domain
        and not shared & {other, "public"}
    )


def _find_removed_tables(shapes: Shapes, before: Side, after: Side) -> Iterator[Change]:
    """Tables that no spec publishes any more; those of refused specs are reported with these."""
    for name in sorted(before.tables.keys() - after.all_tables.keys()):
        shape = shapes.get(name)
        path = before.tables[name].spec_path
        if shape is None or (path in after.refused and path not in after.judged):
            continue
        graph = Graph.between(before, after, (name,))
        yield Change(
            level=Level.BREAKING,
            kind="table_removed",
            subject=name,
            what="no spec publishes it any more",
            then="its rows and versions stay in the warehouse as they are, and nobody drops them: "
            "readers keep reading rows that get old",
            owner=shape.declared.owner,
            contacts=shape.declared.contacts,
            place=shape.place(),
            before=True,
            impacts=of_table(name, graph, after, "its rows get old"),
        )


def _find_added_tables(shapes: Shapes, before: Side, after: Side) -> Iterator[Change]:
    for name in sorted(after.tables.keys() - before.all_tables.keys()):
        shape = shapes.get(name)
        if shape is None or shape.loaded.spec_path in before.refused:
            continue
        yield Change(
            level=Level.SAFE,
            kind="table_added",
            subject=name,
            what="it is new",
            owner=shape.declared.owner,
            contacts=shape.declared.contacts,
            place=shape.place(),
        )


def _pipelines(before: Side, after: Side) -> Iterator[Change]:
    for one in compare_pipelines(before, after):
        if one.kind == "spec_refused":
            yield replace(one, impacts=_find_impacts_of_refused(one.subject, before, after))
        elif one.kind == "schedule_changed":
            yield _with_freshness(one, after)
        else:
            yield one


def _find_impacts_of_refused(path: str, before: Side, after: Side) -> tuple[Impact, ...]:
    """What is downstream of the tables that a refused spec published."""
    if path not in after.stops:
        return ()  # its version before keeps running
    graph = Graph.between(before, after, ())
    tables = sorted(name for name, one in graph.tables.items() if one.spec_path == path)
    found = [
        impact
        for name in tables
        for impact in of_table(name, graph, after, "its rows get old")
        if impact.name not in tables
    ]
    return tuple(dict.fromkeys(found))


def _with_freshness(change: Change, after: Side) -> Change:
    """The tables that a pipeline's new schedule makes older than their freshness allows."""
    path = change.place.path
    settings = after.plans[path].settings
    between = NEVER if settings.schedule is None else longest(settings.schedule)
    if between is None or settings.asset_schedule:
        return change
    graph = Graph.of(after)
    own = [one for one in after.tables.values() if one.spec_path == path]
    found: dict[str, Impact] = {}
    for table in own:
        for one in (table, *graph.readers(str(table.table.public))):
            name = str(one.table.public)
            if name in found or not (limit := beyond_its_limit(one, between)):
                continue
            key = ("gold", one.table.name) if one.sql else ("datasets", one.table.name, "silver")
            found[name] = Impact(
                kind=f"{one.table.layer} table",
                name=name,
                how=f"will be older than its {limit} between two runs",
                owner=one.owner,
                contacts=one.contacts,
                place=after.places.of(one.spec_path, (*key, "freshness")),
            )
    errors = any("error_after" in one.how for one in found.values())
    return replace(
        change,
        level=Level.BREAKING if errors else change.level,
        impacts=tuple(found[name] for name in sorted(found)),
    )


def _find_uncompared(before: Side, after: Side) -> Iterator[str]:
    """Specs of the base that the present code refuses: what they published is not known."""
    for path in sorted(before.paths & after.paths):
        if path not in before.refused:
            continue
        first = next(iter(before.refused[path]), None)
        why = f": {first.problem}" if first else ""
        still = "still refused" if path in after.refused else "refused before"
        yield f"{path} ({still}{why})"
