"""Rows of one part cleaned by the engine of the clean step, without a warehouse."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from medallion.cleaning.declared.columns import ColumnSpec
from medallion.cleaning.declared.wanted_rows import WantedRows
from medallion.cleaning.duckdb.naming import DISCARDED, RAW, REASONS
from medallion.cleaning.duckdb.query import DIALECT, clean_query
from medallion.records import RecordLayout
from medallion.steps.parts import duckdb_engine as clean_engine


def cleaned(
    part: Path,
    layout: RecordLayout,
    columns: Mapping[str, Mapping[str, object]],
    row_filter: str | None = None,
) -> list[dict[str, Any]]:
    """Each row's values, or its reasons and its record where it goes to quarantine."""
    specs = {name: ColumnSpec.model_validate(spec) for name, spec in columns.items()}
    wanted = WantedRows(columns=specs, row_filter=row_filter)
    query = clean_query(wanted, layout, str(part)).sql(dialect=DIALECT)
    kept = [name for name in (*specs, DISCARDED) if name != DISCARDED or row_filter]
    found: list[dict[str, Any]] = []
    with clean_engine.engine(part, part.parent, {}) as connection:
        for batch in clean_engine.stream(connection, query):
            for number, reasons in enumerate(batch.column(REASONS).to_pylist()):
                shown = (REASONS, RAW) if reasons else kept
                found.append({name: batch.column(name)[number].as_py() for name in shown})
    return found
