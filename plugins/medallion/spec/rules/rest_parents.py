"""Rules on REST sources that make a request for each record of another list."""

from __future__ import annotations

from collections.abc import Iterator

from medallion.records import PARENT
from medallion.sources.rest.source import RestSource
from medallion.sources.rest.words import place_values, places
from medallion.spec.findings.finding import Finding, did_you_mean
from medallion.spec.findings.positions import KeyPath
from medallion.spec.rules.context import RuleContext
from medallion.spec.rules.rest import texts_of


def rest_for_each(context: RuleContext) -> Iterator[Finding]:
    """A name in braces means what `for_each` selects, and some name is used."""
    for name, dataset in context.spec.datasets.items():
        if not isinstance(dataset.source, RestSource):
            continue
        where: KeyPath = ("datasets", name, "source")
        yield from _names(where, dataset.source)
        if dataset.source.for_each:
            yield from _own_names(where, dataset.source)


def _names(where: KeyPath, source: RestSource) -> Iterator[Finding]:
    """Those of the source's own request."""
    known = source.for_each.select if source.for_each else {}
    used: set[str] = set()
    if not set("{}").isdisjoint(
        place_values(source.path, dict.fromkeys(places([source.path]), ""))
    ):
        yield Finding(
            where=(*where, "path"),
            problem="a brace cannot be in a path but around a name of `for_each.select`",
            remedy="names are of small letters, digits and _: {order_id}",
        )
    for place, text in texts_of(where, source):
        used.update(found := places([text]))
        for name in found:
            if name not in known:
                yield Finding(
                    where=place,
                    problem=f"{{{name}}} is not defined",
                    remedy=did_you_mean(name, known)
                    if known
                    else "`for_each` says whose values are put there: for_each: {path: v1/orders, "
                    f"select: {{{name}: id}}}}",
                )
    if known and used.isdisjoint(known):
        yield Finding(
            where=(*where, "for_each", "select"),
            problem="no request has any of these values: all of them would be the same",
            remedy=f"write {{{next(iter(known))}}} into `path` or `params`",
        )


def _own_names(where: KeyPath, source: RestSource) -> Iterator[Finding]:
    """Those of the other list's request, which there is only one of."""
    assert source.for_each  # noqa: S101  # the caller has looked
    for place, text in texts_of((*where, "for_each"), source.for_each):
        for name in places([text]):
            yield Finding(
                where=place,
                problem=f"{{{name}}} is not defined here: this list is asked for first",
                remedy="put it into the source's own `path` or `params`",
            )


def rest_parent_column(context: RuleContext) -> Iterator[Finding]:
    """A column that comes from a parent names what `for_each` selects."""
    for name, dataset in context.spec.datasets.items():
        source = dataset.source
        if not isinstance(source, RestSource) or not source.for_each:
            continue
        for column, declared in dataset.silver.columns.items():
            for field in declared.reads(column):
                first, _, selected = field.partition(".")
                if first == PARENT and selected not in source.for_each.select:
                    yield Finding(
                        where=("datasets", name, "silver", "columns", column, "from"),
                        problem=f"{field} is not selected by `for_each`",
                        remedy=did_you_mean(selected, source.for_each.select),
                    )
