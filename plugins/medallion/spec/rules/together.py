"""Rules on tables that are published together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from medallion.checks.aliases import ALIASES
from medallion.checks.declaration import CheckSpec
from medallion.names import Layer
from medallion.publish.declaration import BreakingChange
from medallion.publish.disposition import WriteDisposition
from medallion.spec.findings.finding import Finding, did_you_mean
from medallion.spec.findings.positions import KeyPath
from medallion.spec.models.pipeline import GoldSpec, SilverSpec
from medallion.spec.rules.context import RuleContext
from medallion.spec.rules.cycles import cycles


def together_table(context: RuleContext) -> Iterator[Finding]:
    """`publish_together` names tables of the spec, two or more in a group, each once."""
    known = {*context.spec.datasets, *context.spec.gold}
    lost = {name.partition(".")[0] for name in context.lost}
    seen: set[str] = set()
    for where, _, name in _named(context):
        if name in seen:
            yield Finding(
                where=where,
                problem=f"{name} is named twice",
                remedy="name it once: tables of two groups would all be published together",
            )
        elif name not in known and name not in lost:
            yield Finding(
                where=where,
                problem=f"there is no table {name} in this spec",
                remedy=did_you_mean(name, known),
            )
        seen.add(name)
    for number, names in enumerate(context.spec.publish_together):
        if len(names) == 1:
            yield Finding(
                where=("publish_together", number),
                problem=f"{names[0]} is alone in its group",
                remedy="name the tables that change with it in one list: `publish_together: "
                f"[[{names[0]}, …]]`",
            )


def together_whole(context: RuleContext) -> Iterator[Finding]:
    """Tables that are published together are replaced as a whole: of rows that are changed in
    place, a reader's statement could see others than of the versions that it was planned with."""
    for where, _, name in _named(context):
        for kind, disposition in _dispositions(context, name):
            if disposition.moves_staging:
                continue
            yield Finding(
                where=where,
                problem=f"{name} is not replaced as a whole ({disposition}): readers could see its "
                "new rows beside the former version of the others",
                remedy=_how_to_be_whole(kind, disposition),
            )


def together_shape(context: RuleContext) -> Iterator[Finding]:
    """A table that is published together with others waits for nobody, and keeps its shape."""
    for name, group in {name: group for _, group, name in _named(context)}.items():
        table = _table(context, name)
        if table is None:
            continue
        at: KeyPath = ("gold", name) if name in context.spec.gold else ("datasets", name, "silver")
        if table.approval is not None:
            yield Finding(
                where=(*at, "approval"),
                on_key=True,
                problem=f"{name} is published together with {_others(group, name)}: a person "
                "approves one table, and would approve the others unseen",
                remedy="remove it, or take the table out of `publish_together`",
            )
        if table.breaking_change is BreakingChange.ALLOW:
            yield Finding(
                where=(*at, "breaking_change"),
                problem=f"{name} is published together with {_others(group, name)}: whoever waits "
                "while a column goes could see its new rows beside the former ones of the others",
                remedy="take the table out of `publish_together` for the run that changes its "
                "shape, and put it back afterwards",
            )


def together_cycle(context: RuleContext) -> Iterator[Finding]:
    """A table that is published together with another one is not made of it: it would wait for a
    publication that waits for it."""
    groups = context.spec.publish_together
    group_of = {name: number for number, names in enumerate(groups) for name in names}
    waits = _waits(context)
    plain = {one for cycle in cycles(waits) for one in cycle}  # which has a rule of its own
    edges: dict[str, set[str]] = {}
    for name, others in waits.items():
        if name in plain:
            continue
        node = _node(name, group_of)
        edges.setdefault(node, set()).update(_node(one, group_of) for one in others)
    for cycle in cycles(edges):
        numbers = [int(one[1:]) for one in cycle if one.startswith("#")]
        if not numbers:
            continue
        inside = {name for name in waits if _node(name, group_of) in cycle}
        path = [
            f"{name} waits for {other}"
            for name in sorted(inside)
            for other in sorted(waits[name] & inside)
        ]
        yield Finding(
            where=("publish_together", numbers[0]),
            problem=f"{', '.join(groups[numbers[0]])} cannot be published together: "
            f"{', '.join(path)}, by SQL, a look-up or a foreign key, and a table is read once it "
            "is published",
            remedy="put only tables into a group that do not read one another",
        )


def _named(context: RuleContext) -> Iterator[tuple[KeyPath, tuple[str, ...], str]]:
    for number, names in enumerate(context.spec.publish_together):
        for at, name in enumerate(names):
            yield ("publish_together", number, at), names, name


def _others(group: tuple[str, ...], name: str) -> str:
    return ", ".join(one for one in group if one != name) or "others"


def _table(context: RuleContext, name: str) -> SilverSpec | GoldSpec | None:
    dataset = context.spec.datasets.get(name)
    return dataset.silver if dataset else context.spec.gold.get(name)


def _dispositions(context: RuleContext, name: str) -> Iterator[tuple[Layer, WriteDisposition]]:
    if name in context.spec.datasets:
        yield Layer.SILVER, context.spec.datasets[name].silver.write_disposition
    elif name in context.spec.gold:
        yield Layer.GOLD, context.spec.gold[name].disposition()


def _how_to_be_whole(layer: Layer, disposition: WriteDisposition) -> str:
    if layer is Layer.SILVER:
        return "use `write_disposition: replace`, or take it out of the group"
    if not disposition.stores_rows:
        return "take it out: a view shows its inputs, so put those into the group"
    return "use `materialization: table`, or take it out of the group"


def _node(name: str, group_of: Mapping[str, int]) -> str:
    return f"#{group_of[name]}" if name in group_of else name


def _waits(context: RuleContext) -> dict[str, set[str]]:
    """By table, the tables of the spec that have to be published before it is."""
    spec, domain = context.spec, context.dag_id.domain
    own = {f"{Layer.SILVER}_{domain}.{name}": name for name in spec.datasets}
    own |= {f"{Layer.GOLD}_{domain}.{name}": name for name in spec.gold}
    found: dict[str, set[str]] = {}
    for name, dataset in spec.datasets.items():
        lookups = {one.lookup.dataset for one in dataset.silver.columns.values() if one.lookup}
        read = _read_by_checks(dataset.silver.checks)
        found[name] = (lookups & spec.datasets.keys()) | {own[t] for t in read if t in own}
    for name, gold in spec.gold.items():
        query = context.queries.get(name)
        read = {str(table) for table in query.upstream} if query else set()
        read |= _read_by_checks(gold.checks)
        found[name] = {own[table] for table in read if table in own}
    return {name: others - {name} for name, others in found.items()}


def _read_by_checks(checks: tuple[CheckSpec, ...]) -> set[str]:
    return {
        str(check.arguments.get(alias.refers_to)).rpartition(".")[0]
        for check in checks
        if (alias := ALIASES.get(check.name)) and alias.refers_to
    }
