"""One sync: ask Superset, decide, and do it; or only say what would be done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from medallion.bi.assets.documents import Assets
from medallion.bi.superset.client import SupersetClient
from medallion.bi.superset.objects import AssetKind
from medallion.bi.sync import freshness
from medallion.bi.sync.access import Access, Rules
from medallion.bi.sync.changes import Change, Did
from medallion.bi.sync.difference import Action, Difference, Planned, difference
from medallion.bi.sync.merge import is_closed
from medallion.bi.sync.objects import BiObject, Document, Objects
from medallion.bi.sync.owners import OWNERS, Owners
from medallion.bi.sync.remove import remove
from medallion.bi.sync.report import lines_of
from medallion.bi.sync.row_filters import in_the_way, tables_of
from medallion.bi.sync.send import Login, Sender
from medallion.names import TableName
from medallion.warehouse.registry import bi
from medallion.warehouse.registry.bi import GoldState, Remembered
from medallion.warehouse.session.transaction import Session

MARK = "password_mark"
"""In what the ledger keeps of a database."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What the specs want of Superset now."""

    assets: Assets
    unpublished: frozenset[TableName] = frozenset()
    """Tables that the warehouse has not yet: what shows them waits."""
    held: Mapping[str, str] = field(default_factory=dict)
    """By UUID, the names of dashboards that cannot be made yet, and those of their charts: what
    Superset has of them stays."""
    is_complete: bool = True
    """Whether all specs are known; where not, nothing is removed."""
    states: Mapping[TableName, GoldState] | None = None
    """How fresh the tables are."""
    adopt: bool = False
    """Whether objects of others that are in the way are taken over."""

    def objects(self) -> dict[str, BiObject]:
        """By their UUIDs."""
        return {
            one.uuid: BiObject(kind=AssetKind(one.kind), path=one.path, document=one.document)
            for one in self.assets.assets
        }

    def missing(self) -> dict[str, str]:
        """By UUID, what cannot be made yet."""
        names = {str(table) for table in self.unpublished}
        datasets = {
            one.uuid: f"{one.name}, which is not published yet"
            for one in self.assets.assets
            if one.kind == "dataset" and one.name in names
        }
        return {**self.held, **datasets}


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What was done, or would be, in lines; and what could not be."""

    lines: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()
    is_in_step: bool = True
    """Whether nothing had to be done. That the data are newer is not counted."""


def sync(
    client: SupersetClient, ledger: Session, wish: Wish, login: Login, *, dry_run: bool = False
) -> Outcome:
    """Bring Superset in step. The caller has the turn (`bi.wait_for_turn`).

    Args:
        client: of Superset.
        ledger: of the warehouse; each statement is committed by itself.
        wish: what the specs want.
        login: how Superset logs into the warehouse.
        dry_run: only say what would be done.

    Raises:
        SupersetUnavailable: it does not answer; the next sync continues from here.
        SupersetRefused: it refuses something that the rest needs.
    """
    sender = Sender(client=client, ledger=ledger, login=login)
    remembered = bi.read_ledger(ledger)
    objects = {uuid: one for uuid, one in remembered.items() if one.kind in set(AssetKind)}
    exported = sender.export()
    found = difference(
        wish.objects(),
        exported,
        objects,
        adopt=wish.adopt,
        missing=wish.missing(),
        unruled=_find_unruled(client, wish.assets, exported, remembered),
    )
    found = replace(
        found,
        planned=tuple(_with_password(one, login) for one in found.planned),
        removals=found.removals if wish.is_complete else (),
    )
    rules = Rules.of(wish.assets, remembered, found, adopt=wish.adopt, is_complete=wish.is_complete)
    owners = Owners.of(client, wish.assets.owners)
    if dry_run:
        access, ids = Access(client, is_dry_run=True), _ids(client)
        ruled = rules.plan(access, ids)
        shown = access.show(found.planned, wish.assets.roles, ids, found.found)
        owned = owners.give(client, found.planned, ids, is_dry_run=True)
        return _report(found, [*ruled, *shown, *owned], ())
    return _Run(sender=sender, wish=wish, found=found, rules=rules, owners=owners).carry_out()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Run:
    sender: Sender
    wish: Wish
    found: Difference
    rules: Rules
    owners: Owners

    def carry_out(self) -> Outcome:
        """Do all of it, in an order in which nobody sees what he may not."""
        client, ledger, access = self.sender.client, self.sender.ledger, Access(self.sender.client)
        sent = self.found.sent
        first = [one for one in sent if one.wanted.traits.is_sent_first]
        failed, ruled = self._rule(access, first)
        failed |= self.sender.send([one for one in first if one.wanted.uuid not in failed], {})
        ids = _ids(client)
        ruled += self.rules.remove(access, ledger, ids)
        rest = [one for one in sent if not one.wanted.traits.is_sent_first]
        failed |= self.sender.send(rest, self.wish.assets.roles)
        after = self.sender.export() if sent else self.found.found
        ids = _ids(client) if rest else ids
        shown = access.show(self.found.planned, self.wish.assets.roles, ids, after)
        shown += self.owners.give(client, self.found.planned, ids)
        arrived = [one for one in sent if one.wanted.uuid not in failed]
        lost = self.sender.finish(arrived, after, self._describe_kept)
        self._keep_rest()
        self._refresh(ids, after)
        remove(client, ledger, self.found.removals, ids)
        return _report(self.found, [*ruled, *shown], [*failed.values(), *lost])

    def _rule(self, access: Access, first: Sequence[Planned]) -> tuple[dict[str, str], list[str]]:
        """Let the rules of rows stand before what they are for is sent: what was not taken, and
        what was done. A rule needs its dataset; so one that is new is closed first."""
        wanted, client = self.wish.assets.row_filters, self.sender.client
        new = [one for one in first if one.wanted.uuid in wanted and one.action is Action.CREATE]
        failed: dict[str, str] = {}
        if new:
            databases = [one for one in first if one.wanted.traits.has_login]
            failed = self.sender.send(databases, {}) | self.sender.send_closed(new)
        ids = {one.uuid: one.id for one in client.objects(AssetKind.DATASET)} if wanted else {}
        taken = {one.wanted.uuid: one.taken.uuid for one in first if one.taken is not None}
        ids |= {uuid: ids[other] for uuid, other in taken.items() if other in ids}
        return failed, self.rules.make(access, self.sender.ledger, ids)

    def _describe_kept(self, one: Planned) -> Document:
        """What the ledger keeps of what the spec says, with what no file has: roles, owners, and a
        mark of the password."""
        roles = self.wish.assets.roles.get(one.wanted.uuid, ())
        mark = self.sender.login.mark if one.wanted.traits.has_login else ""
        more: dict[str, object] = {"roles": list(roles)} if roles else {}
        if owners := self.owners.names_of(one.wanted.uuid):
            more[OWNERS] = owners
        return {**one.wanted.document, **more, **({MARK: mark} if mark else {})}

    def _keep_rest(self) -> None:
        """Remember what the specs say of objects whose files are in step: their roles, their
        certification."""
        for one in self.found.planned:
            if one.action is Action.KEEP and one.last and one.last.found is not None:
                kept = self._describe_kept(one)
                if kept != one.last.wanted:
                    bi.finish(self.sender.ledger, one.wanted.uuid, kept, one.last.found)

    def _refresh(self, ids: Mapping[str, int], after: Objects) -> None:
        """Say how fresh the data are; that empties the caches of what was published again."""
        states = self.wish.states or {}
        for one in self.found.planned:
            now, number = after.get(one.wanted.uuid), ids.get(one.wanted.uuid)
            if one.wanted.traits.has_data and now is not None and number is not None:
                last = one.last.wanted if one.last else None
                state = states.get(TableName.parse(one.wanted.name))
                if fields := freshness.change_of(one.wanted.document, now.document, last, state):
                    self.sender.client.update(one.wanted.kind, number, fields)


def _find_unruled(
    client: SupersetClient, assets: Assets, found: Objects, ledger: Mapping[str, Remembered]
) -> dict[str, str]:
    """Of datasets that nobody reads yet, a rule of somebody else in the place of their own."""
    names = tables_of(assets)
    unread = {
        uuid: (names[uuid], filters)
        for uuid, filters in assets.row_filters.items()
        if uuid not in found or is_closed(found[uuid].document)
    }
    return in_the_way(unread, client.row_rules(), ledger) if unread else {}


def _with_password(one: Planned, login: Login) -> Planned:
    """A database whose password is another one than was sent is sent again."""
    last = one.last.wanted if one.last else None
    is_known = one.action is not Action.KEEP or not login.mark
    if not one.wanted.traits.has_login or is_known or last is None:
        return one
    if last.get(MARK) == login.mark:
        return one
    changes = (*one.merged.changes, Change(at=("password",), did=Did.SET))
    return replace(one, action=Action.CHANGE, merged=replace(one.merged, changes=changes))


def _ids(client: SupersetClient) -> dict[str, int]:
    kinds = (AssetKind.DATASET, AssetKind.CHART, AssetKind.DASHBOARD)
    return {one.uuid: one.id for kind in kinds for one in client.objects(kind)}


def _report(found: Difference, more: Sequence[str], problems: Sequence[str]) -> Outcome:
    refused = [f"{one.wanted.kind} {one.wanted.name}: {one.problem}" for one in found.refused]
    refused += [line.removeprefix("refuse").strip() for line in more if line.startswith("refuse")]
    return Outcome(
        lines=(*lines_of(found), *more),
        problems=(*refused, *problems),
        is_in_step=found.is_in_step and not more,
    )
