"""The roles and rights in PostgreSQL that a project's specs need."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from medallion.names import BI_READER, Layer, PublishedTable, reader_of
from medallion.plan.masks import masks_of_tables
from medallion.spec.files.loaded import LoadedSpec
from medallion.spec.models.sharing import ShareWith


@dataclass(frozen=True, slots=True, kw_only=True)
class Readers:
    """Who may read a table: roles of the database, and domains."""

    grants: tuple[str, ...]
    share_with: ShareWith


def roles_of(specs: Iterable[LoadedSpec]) -> tuple[str, ...]:
    """Every role to exist, sorted: a reader for each domain, `bi_reader`, and those in `grants` and
    `unmasked_for`."""
    loaded = tuple(specs)
    roles = {BI_READER, *(reader_of(domain) for domain in domains_of(loaded))}
    for readers in readers_of(loaded).values():
        roles.update(readers.grants)
    for masks in masks_of_tables(loaded).values():
        roles.update(role for mask in masks for role in mask.roles)
    return tuple(sorted(roles))


def domains_of(specs: Iterable[LoadedSpec]) -> tuple[str, ...]:
    """The domains with at least one valid spec, sorted."""
    return tuple(sorted({loaded.dag_id.domain for loaded in specs}))


def readers_of(specs: Iterable[LoadedSpec]) -> Mapping[PublishedTable, Readers]:
    """Who may read each table: the roles that its spec grants it to, and the domains that it is
    shared with."""
    found: dict[PublishedTable, Readers] = {}
    for loaded in specs:
        domain = loaded.dag_id.domain
        for name, dataset in loaded.spec.datasets.items():
            silver = dataset.silver
            table = PublishedTable(layer=Layer.SILVER, domain=domain, name=name)
            found[table] = Readers(grants=silver.grants, share_with=silver.share_with)
        for name, gold in loaded.spec.gold.items():
            table = PublishedTable(layer=Layer.GOLD, domain=domain, name=name)
            found[table] = Readers(grants=gold.grants, share_with=gold.share_with)
    return found
