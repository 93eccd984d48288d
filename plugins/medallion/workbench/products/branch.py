"""What a branch changes of the data products that domains offer, for `check`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from medallion.errors import Issue
from medallion.workbench.comparison.changes import Change, Impact, Level
from medallion.workbench.comparison.places import Place
from medallion.workbench.comparison.sides import Side
from medallion.workbench.contracts import changes as contracts
from medallion.workbench.products.changes import compare_products
from medallion.workbench.products.document import ProductFacts, write_product
from medallion.workbench.products.facts import collect_products, find_product_issues

_NO_CONTRACTS = Path("/nonexistent")
"""What changes in a contract is a change of its table, which is reported by itself."""
_LEVELS = {
    contracts.Level.BREAKING: Level.BREAKING,
    contracts.Level.COMPATIBLE: Level.SAFE,
    contracts.Level.WORDING: Level.SAFE,
}
_NOT_SHARED = "product-table-shared"


def compare_offers(before: Side, after: Side) -> Iterator[Change]:
    """Products that come, go or promise something else, each with its consumers. Of a domain.yaml
    that is refused on a side nothing is known."""
    unknown = _find_refused_domains(before) | _find_refused_domains(after)
    old, new = (_by_name(side, unknown) for side in (before, after))
    for name in sorted(old.keys() - new.keys()):
        yield _report_removed(old[name], before)
    for name in sorted(new.keys() - old.keys()):
        yield _change(new[name], after, Level.SAFE, "product_added", "it is new")
    for name in sorted(old.keys() & new.keys()):
        yield from _compare(old[name], new[name], after)
    known = {_what(issue) for issue in find_product_issues(before)}
    for issue in find_product_issues(after):
        if issue.rule == _NOT_SHARED and _what(issue) not in known:
            yield _report_not_shared(issue)


def _find_refused_domains(side: Side) -> frozenset[str]:
    paths = (Path(path) for path in side.refused)
    return frozenset(path.parent.name for path in paths if path.name == "domain.yaml")


def _by_name(side: Side, unknown: frozenset[str]) -> Mapping[str, ProductFacts]:
    return {
        one.id: one
        for one in collect_products(side, _NO_CONTRACTS, side.all_tables)
        if one.domain not in unknown
    }


def _report_removed(one: ProductFacts, before: Side) -> Change:
    then = "its consumers lose what was promised: `status: deprecated` says so before it ends"
    what = "no domain offers it any more"
    change = _change(one, before, Level.BREAKING, "product_removed", what)
    return replace(change, then=then, before=True, impacts=_consumers(one, before))


def _compare(old: ProductFacts, new: ProductFacts, after: Side) -> Iterator[Change]:
    for one in compare_products(write_product(old), write_product(new)):
        level = _LEVELS[one.level]
        what = one.what if one.place == "product" else f"{one.place} {one.what}"
        change = _change(new, after, level, "product_changed", what)
        if level is Level.BREAKING:
            then = "its consumers have to hear of it before it is merged"
            change = replace(change, then=then, impacts=_consumers(new, after))
        yield change


def _change(one: ProductFacts, side: Side, level: Level, kind: str, what: str) -> Change:
    return Change(
        level=level,
        kind=kind,
        subject=f"product {one.id}",
        what=what,
        owner=one.owner,
        contacts=(one.contact,) if one.contact else (),
        place=side.places.of(one.path, ("products", one.name)),
    )


def _consumers(one: ProductFacts, side: Side) -> tuple[Impact, ...]:
    return tuple(
        Impact(
            kind="consumer",
            name=consumer.name,
            how="builds on it",
            owner=consumer.name,
            contacts=(consumer.contact,) if consumer.contact else (),
            place=side.places.of(one.path, ("products", one.name, "consumers", at)),
        )
        for at, consumer in enumerate(one.spec.consumers)
    )


def _what(issue: Issue) -> tuple[str, str]:
    return issue.path, issue.problem


def _report_not_shared(issue: Issue) -> Change:
    return Change(
        level=Level.BREAKING,
        kind="product_table_lost",
        subject=issue.path,
        what=f"offers what it may not: {issue.problem}",
        then=issue.remedy,
        place=Place(path=issue.path, line=issue.line),
    )
