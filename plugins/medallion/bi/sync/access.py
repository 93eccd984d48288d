"""Who sees what: roles of dashboards, and rules of row-level security. No file of an import has
them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from medallion.bi.assets.documents import Assets
from medallion.bi.superset.client import SupersetClient
from medallion.bi.sync.difference import Difference, Planned
from medallion.bi.sync.objects import Objects
from medallion.bi.sync.row_filters import (
    KIND,
    RuleChange,
    WantedRule,
    key_of,
    rule_changes,
    tables_of,
)
from medallion.warehouse.registry import bi
from medallion.warehouse.registry.bi import Remembered
from medallion.warehouse.session.transaction import Session

_OF_DATASETS = ("create", "change")
"""What is done to a rule that needs its dataset."""


class Access:
    """Roles by their names, asked of Superset once. A dry run only says it."""

    def __init__(self, client: SupersetClient, *, is_dry_run: bool = False) -> None:
        self.client = client
        self.is_dry_run = is_dry_run
        self._known: dict[str, int] | None = None
        self.created: list[str] = []
        """Lines of roles that were made."""

    def ids_of(self, names: Iterable[str]) -> tuple[int, ...]:
        """The ids of roles. One that Superset has not is made, with nobody in it and no right: so
        what it limits is hidden rather than open."""
        if self._known is None:
            self._known = {role.name: role.id for role in self.client.roles()}
        for name in names:
            if name not in self._known:
                # One that a dry run would make has a number that no other has.
                number = -len(self._known) if self.is_dry_run else self.client.create_role(name).id
                self._known[name] = number
                self.created.append(
                    f"create   role      {name}: a spec names it; nobody has it yet"
                )
        return tuple(self._known[name] for name in names)

    def show(
        self,
        planned: Iterable[Planned],
        roles: Mapping[str, Sequence[str]],
        ids: Mapping[str, int],
        found: Objects,
    ) -> list[str]:
        """Give dashboards the roles that their specs name, and then show them; what was changed.

        Where a spec names none, the roles that people gave stay, but for those that it had named.
        """
        lines: list[str] = []
        for one in planned:
            uuid, number = one.wanted.uuid, ids.get(one.wanted.uuid)
            before = (one.last.wanted or {}).get("roles") if one.last else None
            wanted = roles.get(uuid, ())
            if not one.wanted.traits.has_viewers or not (wanted or before):
                continue
            if number is None and not self.is_dry_run:
                continue
            said = {} if number is None else self.client.details(one.wanted.kind, number)
            have = _ids_in(said.get("roles"))
            want = self.ids_of(wanted)
            fields: dict[str, object] = {} if set(have) == set(want) else {"roles": list(want)}
            is_shown = uuid in found and bool(found[uuid].document.get("published"))
            if one.wanted.document.get("published") and not is_shown:
                fields["published"] = True
            if fields and number is not None and not self.is_dry_run:
                self.client.update(one.wanted.kind, number, fields)
            if "roles" in fields:
                seen_by = ", ".join(wanted) or "all"
                lines.append(f"change   {one.wanted.kind:<9} {one.wanted.name}: seen by {seen_by}")
        created, self.created = self.created, []
        return [*created, *lines]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """The rules that specs declare, against those that the ledger knows."""

    assets: Assets
    ledger: Mapping[str, Remembered]
    found: Objects
    left_out: frozenset[str] = frozenset()
    """UUIDs of datasets that are not imported: their rules stay as they are."""
    adopt: bool = False
    is_complete: bool = True
    """Whether all specs are known; where not, no rule is removed."""
    names: Mapping[str, str] = field(default_factory=dict)
    """By a dataset's UUID, what its rules are named by."""

    @classmethod
    def of(
        cls,
        assets: Assets,
        ledger: Mapping[str, Remembered],
        found: Difference,
        *,
        adopt: bool,
        is_complete: bool,
    ) -> Rules:
        """The rules beside a difference."""
        planned = {one.wanted.uuid for one in found.planned}
        return cls(
            assets=assets,
            ledger=ledger,
            found=found.found,
            left_out=frozenset(assets.row_filters) - planned,
            adopt=adopt,
            is_complete=is_complete,
            names=tables_of(assets),
        )

    def plan(self, access: Access, ids: Mapping[str, int]) -> list[str]:
        """What would be done, in lines."""
        changes = self._changes(access, ids)
        return [one.describe() for one in changes if one.action != "forget"]

    def make(self, access: Access, ledger: Session, ids: Mapping[str, int]) -> list[str]:
        """Make and change the rules of the datasets that are there; what was done, in lines.

        Nothing is opened before that. Rules that go, go after it: `remove`.
        """
        return self._bring(access, ledger, ids, ("create", "change", "refuse"))

    def remove(self, access: Access, ledger: Session, ids: Mapping[str, int]) -> list[str]:
        """Delete the rules that no spec has any more, once the datasets are as the specs say."""
        return self._bring(access, ledger, ids, ("remove", "forget"))

    def _bring(
        self, access: Access, ledger: Session, ids: Mapping[str, int], actions: Collection[str]
    ) -> list[str]:
        changes = [
            one
            for one in self._changes(access, ids)
            if one.action in actions and (one.rule.dataset_ids or one.action not in _OF_DATASETS)
        ]
        for one in changes:
            self._do(access.client, ledger, one)
        created, access.created = access.created, []
        return [*created, *(one.describe() for one in changes if one.action != "forget")]

    def _changes(self, access: Access, ids: Mapping[str, int]) -> list[RuleChange]:
        known = any(one.kind == KIND for one in self.ledger.values())
        if not self.assets.row_filters and not known:
            return []
        documents = {one.uuid: one.document for one in self.assets.assets}
        wanted = [
            WantedRule(
                dataset_uuid=uuid,
                table=self.names[uuid],
                spec=str(documents[uuid].get("external_url") or ""),
                declared=one,
                dataset_id=ids.get(uuid),
                role_ids=access.ids_of(one.roles),
            )
            for uuid, filters in self.assets.row_filters.items()
            if uuid not in self.left_out
            for one in filters
        ]
        kept = {key_of(uuid, one.name) for uuid in self.left_out
                for one in self.assets.row_filters[uuid]}  # fmt: skip
        if not self.is_complete:
            kept |= {key for key in self.ledger if key not in {one.key for one in wanted}}
        rules = access.client.row_rules()
        return list(
            rule_changes(wanted, rules, self.ledger, adopt=self.adopt, kept=frozenset(kept))
        )

    def _do(self, client: SupersetClient, ledger: Session, one: RuleChange) -> None:
        if one.action == "refuse":
            return
        if one.action in ("remove", "forget"):
            if one.rule.id is not None:
                client.delete_row_rule(one.rule.id)
            bi.forget(ledger, one.key)
            return
        said = Remembered(uuid=one.key, kind=KIND, name=one.rule.name, sending={})
        bi.begin(ledger, [said])
        if one.action == "create":
            client.create_row_rule(one.rule)
        else:
            client.update_row_rule(one.rule)
        bi.finish(ledger, one.key, {"clause": one.rule.clause}, {})


def _ids_in(rows: object) -> list[int]:
    found = rows if isinstance(rows, list) else []
    return [int(row["id"]) for row in found if isinstance(row, dict) and "id" in row]
