"""Whose an object is: Superset's owners are users of it, and a spec names a team and its contacts.

A user is meant by his name or by his address. Owners are given once; what people make of them
afterwards is theirs, until other users are meant.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from medallion.bi.superset.client import SupersetClient
from medallion.bi.superset.objects import User, keep_fields
from medallion.bi.sync.difference import Planned
from medallion.bi.sync.objects import Document
from medallion.errors import SupersetRefused

OWNERS = "owners"
"""In what the ledger keeps of an object: the names of the users that it was given to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Owners:
    """The users that the specs' owners and contacts mean, by the UUID of each object."""

    users: Mapping[str, tuple[User, ...]] = field(default_factory=dict)
    known: tuple[User, ...] = ()
    """All of Superset's."""

    @classmethod
    def of(cls, client: SupersetClient, named: Mapping[str, Sequence[str]]) -> Owners:
        """Asks for Superset's users, where anybody is named at all. One that does not list them to
        Medallion's user knows none.

        Args:
            client: of Superset.
            named: by UUID, the names and addresses that the spec has.
        """
        if not named:
            return cls()
        try:
            known = client.users()
        except SupersetRefused:
            return cls()
        users = {uuid: find_users(known, names) for uuid, names in named.items()}
        return cls(users=users, known=known)

    def names_of(self, uuid: str) -> list[str]:
        """The names of the users of an object, for the ledger."""
        return [one.username for one in self.users.get(uuid, ())]

    def give(
        self,
        client: SupersetClient,
        planned: Iterable[Planned],
        ids: Mapping[str, int],
        *,
        is_dry_run: bool = False,
    ) -> list[str]:
        """Make these users owners of what they are not known to have been given; what was done, or
        would be."""
        lines: list[str] = []
        for one in planned:
            number, names = ids.get(one.wanted.uuid), self.names_of(one.wanted.uuid)
            before = _read_given(one.last.wanted if one.last else None)
            if names == before or (number is None and not is_dry_run):
                continue
            said = {} if number is None else client.details(one.wanted.kind, number)
            have = {int(row["id"]) for row in said.get("owners") or ()}
            former = {user.id for user in self.known if user.username in before}
            want = {*(have - former), *(user.id for user in self.users.get(one.wanted.uuid, ()))}
            if want != have:
                if number is not None and not is_dry_run:
                    fields = {"owners": sorted(want), **keep_fields(one.wanted.kind, said)}
                    client.update(one.wanted.kind, number, fields)
                lines.append(
                    f"change   {one.wanted.kind:<9} {one.wanted.name}: owned by "
                    f"{', '.join(names) or 'nobody whom its spec names'}"
                )
        return lines


def find_users(known: Iterable[User], names: Iterable[str]) -> tuple[User, ...]:
    """The active users with one of these names or addresses.

    >>> ana = User(id=3, username="ana", email="Ana@shop.org")
    >>> [one.id for one in find_users([ana], ["shop-data", "ana@shop.org"])]
    [3]
    """
    wanted = {name.strip().lower() for name in names} - {""}
    found = [
        one
        for one in known
        if one.is_active and not wanted.isdisjoint((one.username.lower(), one.email.lower()))
    ]
    return tuple(sorted(found, key=lambda one: one.username))


def _read_given(wanted: Document | None) -> list[str]:
    said = (wanted or {}).get(OWNERS)
    return [str(name) for name in said] if isinstance(said, list) else []
