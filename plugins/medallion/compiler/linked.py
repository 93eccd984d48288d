"""Which specs rules across specs have to look at: those that read other specs' tables, those that
are read, those that publish what another one does, and those of which nothing is known.

The others stay as they are, whatever else a project holds: with ten thousand specs, one that has
changed would have all of them read again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from medallion.compiler.across import Member
from medallion.compiler.entries import text_digest
from medallion.compiler.outline import Outline, offers_in, reads_in
from medallion.names import TableName


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """One spec: what rules judge it by, and the outline of the same version."""

    member: Member
    outline: Outline


def choose_members(specs: Sequence[Seen]) -> list[Member]:
    """The members that can be refused because of others, in their order, and one more, which knows
    the names of the others' tables: of a misspelt name the closest is suggested. Empty where there
    is nothing to judge."""
    offered = Counter(table for one in specs for table in offers_in(one.outline))
    read = {table for one in specs for table in reads_in(one.outline)}
    together = read | {table for table, times in offered.items() if times > 1}
    linked = [one.member for one in specs if _is_linked(one.outline, together)]
    if not linked:
        return []
    others = [one.outline for one in specs if not _is_linked(one.outline, together)]
    return [*linked, _name_tables(sorted({t for one in others for t in offers_in(one)}))]


def _is_linked(outline: Outline, together: set[str]) -> bool:
    if "offers" not in outline:  # it is refused, or was compiled by older code
        return True
    return bool(reads_in(outline)) or not together.isdisjoint(offers_in(outline))


def _name_tables(names: Sequence[str]) -> Member:
    return Member(digest=text_digest("\n".join(names)), text=lambda: _write_offers(names))


def _write_offers(names: Sequence[str]) -> str:
    from medallion.compiler.codec import encode
    from medallion.spec.files.loaded import Attempt
    from medallion.spec.files.offers import Offer

    tables = map(TableName.parse, names)
    offers = {table: Offer(path="", name=table.table, key="") for table in tables}
    return encode(Attempt(path="", tables=offers))
