"""The rules of row-level security that specs declare, kept in step; those that people made are
never touched.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from medallion.bi.superset.objects import RowRule
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
        """By which the ledger has it."""
        return key_of(self.dataset_uuid, self.declared.name)

    @property
    def rule(self) -> RowRule:
        """As Superset is to have it."""
        return RowRule(
            name=f"{self.table}: {self.declared.name}",
            clause=self.declared.clause,
            dataset_ids=() if self.dataset_id is None else (self.dataset_id,),
            role_ids=tuple(sorted(self.role_ids)),
            group_key=self.declared.group_key,
            description=f"{OURS}: {self.spec}",
        )


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
                yield RuleChange(action="forget", key=key, rule=_named(remembered.name))


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
    elif not (_is_ours(there) or key in ledger or adopt):
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


def _named(name: str) -> RowRule:
    return RowRule(name=name, clause="", dataset_ids=(), role_ids=())
