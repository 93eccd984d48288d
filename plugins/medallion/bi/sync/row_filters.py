"""The rules of row-level security that specs declare, kept in step; those that people made are
never touched.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from medallion.bi.assets.documents import Assets
from medallion.bi.superset.objects import RowRule
from medallion.bi.sync.target import DATABASE
from medallion.plan.bi import RowFilter
from medallion.warehouse.registry.bi import Remembered

KIND = "row_filter"
"""As the ledger calls them."""
OURS = "Kept in step by Medallion"
"""How the description of each rule of ours begins."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleChange:
    """What is done to one rule: `create`, `change`, `remove` or `refuse`."""

    action: str
    key: str
    """By which the ledger has it: the dataset's UUID and the rule's name in the spec."""
    rule: RowRule
    why: str = ""

    def describe(self) -> str:
        """As a line of the report."""
        line = f"{self.action:<8} {'row rule':<9} {self.rule.name}"
        return f"{line}: {self.why}" if self.why else line


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedRule:
    """A rule as a spec declares it, with what Superset calls its dataset and its roles."""

    dataset_uuid: str
    table: str
    spec: str
    declared: RowFilter
    dataset_id: int | None
    """None: Superset has no such dataset yet."""
    role_ids: tuple[int, ...] = ()

    @property
    def key(self) -> str:
        """The ledger knows a rule by its dataset and name: Superset gives it no UUID."""
        return key_of(self.dataset_uuid, self.declared.name)

    @property
    def rule(self) -> RowRule:
        """The rule to send. Its description marks it as Medallion's."""
        return RowRule(
            name=name_of(self.table, self.declared.name),
            clause=self.declared.clause,
            dataset_ids=() if self.dataset_id is None else (self.dataset_id,),
            role_ids=tuple(sorted(self.role_ids)),
            group_key=self.declared.group_key,
            description=f"{OURS}: {self.spec}",
        )


def tables_of(assets: Assets) -> dict[str, str]:
    """By a dataset's UUID, its table; with the database's name where that is not the usual one: on
    one Superset two projects may have tables of one name."""
    names = {one.kind: one.name for one in assets.assets}
    database = names.get("database", DATABASE)
    more = "" if database == DATABASE else f" of {database}"
    return {one.uuid: f"{one.name}{more}" for one in assets.assets if one.kind == "dataset"}


def name_of(table: str, rule: str) -> str:
    """What Superset calls a rule: no two tables share one."""
    return f"{table}: {rule}"


def key_of(dataset_uuid: str, name: str) -> str:
    """By which the ledger has a rule."""
    return f"{dataset_uuid}:{name}"


def rule_changes(
    wanted: Iterable[WantedRule],
    found: Iterable[RowRule],
    ledger: Mapping[str, Remembered],
    *,
    adopt: bool = False,
    kept: frozenset[str] = frozenset(),
) -> Iterator[RuleChange]:
    """What has to be done to Superset's rules.

    Args:
        wanted: by the specs.
        found: all that Superset has.
        ledger: our objects.
        adopt: whether a rule of somebody else with the same name is taken over.
        kept: keys of rules that are not looked at.
    """
    rules = list(found)
    by_name, ours = {one.name: one for one in rules}, {one.key: one for one in wanted}
    for key, one in ours.items():
        if key not in kept:
            yield from _change(key, one.rule, by_name.get(one.rule.name), ledger, adopt=adopt)
    names = {one.rule.name for one in ours.values()}
    for key, remembered in sorted(ledger.items()):
        if remembered.kind == KIND and key not in ours and key not in kept:
            there = by_name.get(remembered.name)
            if there is not None and _is_ours(there) and remembered.name not in names:
                why = "no spec has it any more"
                yield RuleChange(action="remove", key=key, rule=there, why=why)
            else:
                yield RuleChange(action="forget", key=key, rule=_name_rule(remembered.name))


def in_the_way(
    declared: Mapping[str, tuple[str, Sequence[RowFilter]]],
    found: Iterable[RowRule],
    ledger: Mapping[str, Remembered],
) -> dict[str, str]:
    """By the UUID of a dataset, the name of a rule that somebody else has made in the place of one
    of its own.

    Args:
        declared: by the UUID of a dataset, its table and the rules that its spec declares.
        found: all that Superset has.
        ledger: our objects.
    """
    # Of a dataset that is not there no rule is ours, unless it has lost its dataset.
    theirs = {one.name for one in found if one.dataset_ids or not _is_ours(one)}
    return {
        uuid: name_of(table, one.name)
        for uuid, (table, filters) in declared.items()
        for one in filters
        if name_of(table, one.name) in theirs and key_of(uuid, one.name) not in ledger
    }


def _change(
    key: str,
    wanted: RowRule,
    there: RowRule | None,
    ledger: Mapping[str, Remembered],
    *,
    adopt: bool,
) -> Iterator[RuleChange]:
    if there is None:
        yield RuleChange(action="create", key=key, rule=wanted)
    elif not (key in ledger or adopt or _may_be(there, wanted)):
        why = "a rule of this name is there, and Medallion did not make it: rename it, or --adopt"
        yield RuleChange(action="refuse", key=key, rule=wanted, why=why)
    elif replace(there, id=None) != wanted:
        why = ", ".join(_differing(there, wanted))
        yield RuleChange(action="change", key=key, rule=replace(wanted, id=there.id), why=why)


def _differing(there: RowRule, wanted: RowRule) -> Iterator[str]:
    words = {
        "clause": "clause",
        "dataset_ids": "dataset",
        "role_ids": "roles",
        "group_key": "group key",
        "description": "link to the spec",
        "filter_type": "kind",
    }
    return (text for name, text in words.items() if getattr(there, name) != getattr(wanted, name))


def _is_ours(rule: RowRule) -> bool:
    return rule.description.startswith(OURS)


def _may_be(there: RowRule, wanted: RowRule) -> bool:
    """Whether a rule that the ledger does not know is the one that is wanted. Another project's on
    the same Superset is of another dataset: it must not lose it."""
    return _is_ours(there) and set(there.dataset_ids) <= set(wanted.dataset_ids)


def _name_rule(name: str) -> RowRule:
    return RowRule(name=name, clause="", dataset_ids=(), role_ids=())
