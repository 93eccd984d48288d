"""What the views of silver tables mask, and for whom not."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from medallion.cleaning.declared.classification import Protect
from medallion.cleaning.declared.columns import ColumnSpec
from medallion.names import Layer, PublishedTable
from medallion.publish.read_mask import ReadMask
from medallion.spec.files.loaded import LoadedSpec


def masks_of(columns: Mapping[str, ColumnSpec]) -> tuple[ReadMask, ...]:
    """The masked columns. One without roles was masked before it was stored; it is here because
    older rows of it may be in clear."""
    return tuple(
        ReadMask(
            column=name,
            roles=tuple(sorted(spec.classification.unmasked_for)),
            is_email=spec.classification.pii == "email",
            keep_last=spec.classification.keep_last,
        )
        for name, spec in columns.items()
        if spec.classification is not None and spec.classification.protect is Protect.MASK
    )


def masks_of_tables(specs: Iterable[LoadedSpec]) -> Mapping[PublishedTable, tuple[ReadMask, ...]]:
    """Those of each silver table of a project."""
    return {
        PublishedTable(layer=Layer.SILVER, domain=loaded.dag_id.domain, name=name): masks_of(
            dataset.silver.columns
        )
        for loaded in specs
        for name, dataset in loaded.spec.datasets.items()
    }
