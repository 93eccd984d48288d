"""What a contract promises and a spec does not keep.

A contract may come from anywhere, with types and rules in words of its own. It is imported into an
empty project, and what that would publish is compared with what the specs publish: so both sides
speak as our contracts do. What `import` cannot map is not judged, and listed.
"""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from medallion.errors import Issue
from medallion.workbench.comparison.sides import Side, read_side
from medallion.workbench.contracts.changes import ContractChange, Level, compare_contracts
from medallion.workbench.contracts.document import Contract, write_contract
from medallion.workbench.contracts.facts import collect_facts
from medallion.workbench.contracts.keep import list_mappings, read_contract
from medallion.workbench.imports.base.node import mapping
from medallion.workbench.imports.base.outcome import Draft, NotMapped, Target
from medallion.workbench.imports.base.sketch import short_name
from medallion.workbench.imports.base.sql_types import is_number_without_digits, type_of_sql
from medallion.workbench.imports.read import read_input
from medallion.workbench.imports.spec_yaml import domain_text, draft_text
from medallion.workbench.imports.table import IMPORTERS
from medallion.workbench.inference.column_names import name_of

KIND = "odcs"
_SAID_LATER = ("roles", "servers", "customProperties", "description", "support", "team", "tags")
"""Of a contract, what a spec has from elsewhere."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What a contract was judged by.

    Attributes:
        unkept: what is promised and not kept, by the table as readers write it; a table that no
            spec publishes has one change, which says so.
        not_judged: what of the contract could not be compared.
    """

    unkept: Mapping[str, tuple[ContractChange, ...]]
    not_judged: tuple[NotMapped, ...]


def check_contract(
    path: Path, target: Target, side: Side, types: Mapping[str, Mapping[str, str]], table: str = ""
) -> Checked:
    """Compare a contract with the tables of a domain that have its objects' names.

    Args:
        path: of the contract.
        target: the domain, and a name for what is imported.
        side: the specs as they are.
        types: of columns in the warehouse, as `collect_facts` takes them.
        table: with which table the contract's one object is compared; empty: by its name.

    Raises:
        SetupError: the file cannot be read, or holds no contract.
    """
    with tempfile.TemporaryDirectory(prefix="medallion-contract-") as folder:
        root = Path(folder)
        reading = read_input(
            path, target, IMPORTERS, lambda draft: _judge(root, target.domain, draft), kind=KIND
        )
        (draft,) = reading.drafts
        _write(root, target.domain, draft)
        promised = {
            one.declared.table.name: write_contract(one)
            for one in collect_facts(read_side(root), {})
        }
    published = {str(one.declared.table.public): write_contract(one)
                 for one in collect_facts(side, types)}  # fmt: skip
    loose = _list_loose_types(path)
    unkept: dict[str, tuple[ContractChange, ...]] = {}
    unknown: list[NotMapped] = []
    for name, contract in promised.items():
        public = table or _find_table(name, target.domain, published)
        kept = published.get(public)
        if kept is None:
            unkept[public] = (_MISSING,)
            continue
        without = _list_without_type(contract, kept)
        unknown += [NotMapped(place=f"the type of {public}.{one}", why=_UNKNOWN) for one in without]
        words = {**loose.get(name, {}), **dict.fromkeys(without, False)}
        unkept[public] = tuple(_compare(contract, kept, words))
    left = (one for one in reading.not_mapped if not one.is_needless)
    return Checked(unkept=unkept, not_judged=(*left, *unknown))


_UNKNOWN = "only the warehouse knows it, and it was not asked, or the table is not published yet"
_MISSING = ContractChange(level=Level.BREAKING, place="it", what="is published by no valid spec")


def _judge(root: Path, domain: str, draft: Draft) -> list[Issue]:
    """What `validate` says of a draft that is its project's only spec."""
    _write(root, domain, draft)
    return [issue for issues in read_side(root).refused.values() for issue in issues]


def _write(root: Path, domain: str, draft: Draft) -> None:
    folder = root / "specs" / domain
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "domain.yaml").write_text(domain_text({"description": "A trial."}), "utf-8")
    (folder / f"{draft.name}.yaml").write_text(draft_text(draft, "a contract"), "utf-8")


def _find_table(name: str, domain: str, published: Mapping[str, Contract]) -> str:
    """The table of an object's name: silver's, or else gold's where that is published."""
    silver, gold = f"silver_{domain}.{name}", f"gold_{domain}.{name}"
    return gold if gold in published and silver not in published else silver


def _list_without_type(promised: Contract, kept: Contract) -> list[str]:
    """Promised columns whose type no spec says: those that gold computes."""
    names = {one["name"] for one in _columns(promised)}
    return [one["name"] for one in _columns(kept)
            if one["name"] in names and not one.get("physicalType")]  # fmt: skip


def _columns(contract: Contract) -> list[Contract]:
    found: list[Contract] = contract["schema"][0]["properties"]
    return found


def _compare(
    promised: Contract, kept: Contract, loose: Mapping[str, bool]
) -> Iterator[ContractChange]:
    """What the one says and the other does not: of the schema and the service levels alone."""
    name = str(kept["schema"][0]["name"])
    before, after = ({**one, "schema": [{**one["schema"][0], "name": name}]}
                     for one in (promised, kept))  # fmt: skip
    for one in (before, after):
        said = one["schema"][0]
        said["properties"] = [_loosen(column, loose) for column in said["properties"]]
        said["quality"] = list(_name_rules(said.get("quality")))
    both = ({k: v for k, v in one.items() if k not in _SAID_LATER} for one in (before, after))
    return (one for one in compare_contracts(*both) if one.level is Level.BREAKING)


def _loosen(said: Mapping[str, Any], loose: Mapping[str, bool]) -> dict[str, Any]:
    """A column as far as the contract itself speaks of it: a type only in words of its own, and
    nothing of what an import guesses."""
    left = {"customProperties", "classification", "transformSourceObjects"}
    if said["name"] in loose:
        left |= {"physicalType", "logicalTypeOptions", "items"}
        left |= set() if loose[said["name"]] else {"logicalType"}
    kept = {key: value for key, value in said.items() if key not in left}
    return {**kept, "quality": list(_name_rules(said.get("quality")))}


def _name_rules(rules: object) -> Iterator[dict[str, Any]]:
    """Rules under names that say what they ask for: a spec may have called a check otherwise."""
    seen: Counter[str] = Counter()
    for rule in list_mappings(rules):
        kind = str(rule.get("metric") or mapping(rule.get("implementation")).get("type"))
        seen[kind] += 1
        number = f" {seen[kind]}" if seen[kind] > 1 else ""
        yield {**{k: v for k, v in rule.items() if k != "id"}, "name": f"{kind}{number}"}


def _list_loose_types(path: Path) -> dict[str, dict[str, bool]]:
    """By object, the columns of which the contract gives no physical type that is known here, or a
    number without its digits; and whether it gives a logical one."""
    return {
        short_name(str(one.get("name"))): dict(_list_loose(one))
        for one in list_mappings(read_contract(path).get("schema"))
    }


def _list_loose(owner: Mapping[str, Any]) -> Iterator[tuple[str, bool]]:
    for one in list_mappings(owner.get("properties")):
        if one.get("properties"):
            yield from _list_loose(one)
        elif _is_loose(str(one.get("physicalType", ""))):
            yield name_of(str(one.get("name"))), bool(one.get("logicalType"))


def _is_loose(physical: str) -> bool:
    return not type_of_sql(physical) or is_number_without_digits(physical)
