"""The roles that a project's specs need in PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterable

from medallion.names import BI_READER, reader_of
from medallion.spec.loaded import LoadedSpec


def roles_of(specs: Iterable[LoadedSpec]) -> tuple[str, ...]:
    """A reader for each domain, `bi_reader`, and whatever `grants` names; sorted."""
    roles = {BI_READER}
    for loaded in specs:
        roles.add(reader_of(loaded.dag_id.domain))
        for dataset in loaded.spec.datasets.values():
            roles.update(dataset.silver.grants)
        for gold in loaded.spec.gold.values():
            roles.update(gold.grants)
    return tuple(sorted(roles))
