"""Which published tables a domain's SQL and checks may read: its own, and what others share."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from medallion.names import Layer, PublishedTable, TableName
from medallion.spec.files.loaded import LoadedSpec
from medallion.spec.models.sharing import ShareWith, is_shared_with


def readable_tables(domain: str, specs: Iterable[LoadedSpec]) -> tuple[TableName, ...]:
    """The public tables that a domain may read, sorted: the database role of its builds and gates
    has SELECT on these and on no others.

    Args:
        domain: of the reader.
        specs: all specs of the project.
    """
    return tuple(
        sorted(
            table.public
            for table, share_with in map_published_tables(specs).items()
            if table.domain == domain or is_shared_with(domain, share_with)
        )
    )


def map_published_tables(specs: Iterable[LoadedSpec]) -> Mapping[PublishedTable, ShareWith]:
    """Every table that the specs publish, with whom its owner shares it."""
    return dict(table for loaded in specs for table in _tables_of(loaded))


def _tables_of(loaded: LoadedSpec) -> Iterator[tuple[PublishedTable, ShareWith]]:
    domain = loaded.dag_id.domain
    for name, dataset in loaded.spec.datasets.items():
        table = PublishedTable(layer=Layer.SILVER, domain=domain, name=name)
        yield table, dataset.silver.share_with
    for name, gold in loaded.spec.gold.items():
        yield PublishedTable(layer=Layer.GOLD, domain=domain, name=name), gold.share_with
