"""Rules on gold tables that are views."""

from __future__ import annotations

from collections.abc import Iterator

from medallion.checks.declaration import OnFailure
from medallion.spec.findings.finding import Finding
from medallion.spec.models.pipeline import GoldSpec
from medallion.spec.rules.checks import list_declared
from medallion.spec.rules.context import RuleContext
from medallion.spec.sql.lineage import placeholder_places

_AS_TABLE = "remove it, or have `materialization: table`"


def view_words(context: RuleContext) -> Iterator[Finding]:
    """A view has no rows of its own: it takes no key that needs them."""
    for name, gold in _views(context):
        for key, problem, remedy in _words_without_use(gold):
            yield Finding(
                where=("gold", name, *key), on_key=True, problem=f"{name} is a view: {problem}",
                remedy=remedy,
            )  # fmt: skip


def view_quarantine(context: RuleContext) -> Iterator[Finding]:
    """A check of a view moves no row to quarantine: the rows are those of its inputs, and stay
    there."""
    for where, declared, _ in list_declared(context.spec):
        gold = context.spec.gold.get(str(where[1])) if where[0] == "gold" else None
        if gold is None or not gold.is_view() or declared.on_failure is not OnFailure.QUARANTINE:
            continue
        yield Finding(
            where=(*where, declared.name, "on_failure"),
            problem=f"{where[1]} is a view: its rows are those of its inputs, and stay there",
            remedy="let the check fail or warn, have the SELECT leave such rows out, or have "
            "`materialization: table`",
        )


def view_select(context: RuleContext) -> Iterator[Finding]:
    """The SELECT of a view is run by whoever reads it, at any time: it knows no run."""
    for name, _ in _views(context):
        query = context.queries.get(name)
        words = placeholder_places(query.text) if query else {}
        if query and words:
            line, column = min(words.values())
            yield Finding(
                where=("gold", name, "sql"),
                file=query.path,
                line=line,
                column=column,
                problem=f"{name} is a view, which belongs to no run, and its SELECT says "
                + " and ".join(f":{word}" for word in sorted(words)),
                remedy="compare with `current_date` or `now()`, or have `materialization: table`",
            )


def _words_without_use(gold: GoldSpec) -> Iterator[tuple[tuple[str, ...], str, str]]:
    """Keys, why a view cannot have them, and what to do."""
    if gold.indexes:
        yield (
            ("indexes",),
            "it has no rows that could be indexed",
            "have the tables that it reads say `indexes`, or have `materialization: table`",
        )
    if gold.cluster_by:
        yield (("cluster_by",), "it has no rows that could be put in order", _AS_TABLE)
    if gold.approval is not None:
        yield (
            ("approval",),
            "its rows change with its inputs, whatever a person has approved",
            "have its inputs say `approval`, or have `materialization: table`",
        )
    if gold.freshness is not None and gold.freshness.behind_after is not None:
        yield (("freshness", "behind_after"), "it is never behind its inputs", "remove it")
    if gold.declares_features():
        key = next(key for key in ("entity", "event_time", "ttl") if getattr(gold, key))
        yield (
            (key,),
            "a training set could not be made again from it, for it keeps no former rows",
            _AS_TABLE,
        )


def _views(context: RuleContext) -> Iterator[tuple[str, GoldSpec]]:
    return ((name, gold) for name, gold in context.spec.gold.items() if gold.is_view())
