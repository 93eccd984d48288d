"""What has become of what specs declare for the BI team: metrics, row filters, dashboards."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from medallion.plan.bi import BiDashboard, BiTable
from medallion.plan.column_uses import of_dashboard
from medallion.workbench.comparison.changes import Change, Impact, Level, list_names
from medallion.workbench.comparison.places import Place
from medallion.workbench.comparison.sides import Side


def compare_bi(before: Side, after: Side) -> Iterator[Change]:
    """The changes of datasets and dashboards whose specs are valid on both sides."""
    old, new = before.bi_tables, after.bi_tables
    for name in sorted(old.keys() & after.tables.keys()):
        path, table = new.get(name, (after.tables[name].spec_path, None))
        yield from _dataset(old[name][1], table, path, after)
    boards = {(one.domain, one.name): (path, one) for path, one in after.dashboards}
    known = {(one.domain, one.name) for _, one in before.dashboards}
    for path, one in before.dashboards:
        if path not in after.refused:
            yield from _dashboard(one, path, boards.get((one.domain, one.name)))
    for path, one in after.dashboards:
        if (one.domain, one.name) not in known and path not in before.refused:
            yield Change(
                level=Level.SAFE,
                kind="dashboard_added",
                subject=f"dashboard {one.domain}-{one.name}",
                what="it is new",
                owner=one.owner,
                place=Place(path=path, line=one.line),
            )


def _dataset(old: BiTable, new: BiTable | None, path: str, after: Side) -> Iterator[Change]:
    def change(level: Level, kind: str, what: str, then: str = "") -> Change:
        return Change(
            level=level,
            kind=kind,
            subject=str(old.table),
            what=what,
            then=then,
            owner=old.owner,
            contacts=old.contacts,
            place=Place(path=path, line=new.line if new else 0),
        )

    for kind in _EXPRESSIONS:
        yield from _expressions(kind, old, new, change, after)
    rules = {one.name: one for one in new.row_filters} if new else {}
    for rule in old.row_filters:
        if (same := rules.get(rule.name)) != rule:
            said = "is removed" if same is None else "differs"
            then = f"{list_names(rule.roles)} may see rows that were hidden"
            yield change(
                Level.REVIEW, "row_filter_changed", f"the row filter {rule.name} {said}", then
            )
    if old.certified_by and not (new and new.certified_by):
        yield change(Level.REVIEW, "certification_removed", "nobody vouches for it any more")


_EXPRESSIONS = {"metric": "numbers", "dimension": "values"}
"""Of a dataset: what has an expression, and what that gives."""


def _expressions(
    kind: str, old: BiTable, new: BiTable | None, change: Callable[..., Change], after: Side
) -> Iterator[Change]:
    """Metrics, or calculated dimensions: gone, new, or of another expression."""
    before = {name: said for name, said in _expressions_of(kind, old).items() if said}
    now = _expressions_of(kind, new)
    for name, expression in before.items():
        if name not in now:
            gone = change(
                Level.BREAKING,
                f"{kind}_removed",
                f"the {kind} {name} is removed",
                "charts that people made with it show an error",
            )
            yield _with_charts(gone, old, name, after)
        elif now[name] != expression:
            what = f"the {kind} {name} is another expression"
            then = f"its {_EXPRESSIONS[kind]} mean something else, in every chart that shows it"
            other = change(Level.REVIEW, f"{kind}_changed", what, then)
            yield _with_charts(other, old, name, after)
    for name in sorted({name for name, said in now.items() if said} - before.keys()):
        yield change(Level.SAFE, f"{kind}_added", f"the {kind} {name} is new")


def _expressions_of(kind: str, table: BiTable | None) -> dict[str, str]:
    """By name, the expressions; empty for a dimension that is a column."""
    if table is None:
        return {}
    items = table.metrics if kind == "metric" else table.dimensions
    return {one.name: one.expression for one in items}


def _with_charts(change: Change, table: BiTable, name: str, after: Side) -> Change:
    """The charts and filters that show a metric or a dimension."""
    impacts = tuple(
        Impact(
            kind=kind,
            name=f"{board.title or board.name}: {shown}",
            how=how,
            owner=board.owner,
            place=Place(path=path, line=line or board.line),
        )
        for path, board in after.dashboards
        for kind, shown, how, line in of_dashboard(board, str(table.table), (), (name,))
    )
    return replace(change, impacts=impacts)


def _dashboard(
    old: BiDashboard, path: str, now: tuple[str, BiDashboard] | None
) -> Iterator[Change]:
    file, new = now or (path, None)
    name = f"dashboard {old.domain}-{old.name}"

    def change(level: Level, kind: str, what: str, then: str = "") -> Change:
        return Change(
            level=level,
            kind=kind,
            subject=name,
            what=what,
            then=then,
            owner=old.owner,
            place=Place(path=file, line=new.line if new else old.line),
            before=new is None,
        )

    if new is None:
        then = "the next sync with the BI tool removes it"
        yield change(Level.REVIEW, "dashboard_removed", "it is gone", then)
        return
    if new.roles and (lost := sorted(set(old.roles) - set(new.roles)) or not old.roles):
        who = (
            list_names(lost) if isinstance(lost, list) else "everybody but " + list_names(new.roles)
        )
        yield change(Level.BREAKING, "dashboard_access_removed", f"{who} may not see it any more")
    if gone := [one.title for one in old.charts if one.name not in {c.name for c in new.charts}]:
        yield change(Level.REVIEW, "chart_removed", f"{list_names(gone)} is shown no longer")
