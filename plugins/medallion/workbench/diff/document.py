"""A data diff as JSON: all of it, with keys that stay."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from medallion.workbench.diff.found import TableDiff
from medallion.workbench.diff.words import verdict


def document(found: TableDiff) -> dict[str, Any]:
    """All of it as JSON's values. Values of data are texts, NULL is null."""
    schema = found.schema
    return {
        "table": str(found.table.public),
        "different": found.is_different,
        "verdict": verdict(found),
        "problem": found.problem or None,
        "notes": list(found.notes),
        "source": found.source,
        "published": {
            "version": found.version,
            "at": found.published_at.isoformat() if found.published_at else None,
        },
        "key": list(found.key),
        "protected": sorted(found.hidden),
        "schema": {
            "added": [asdict(column) for column in schema.added],
            "removed": [asdict(column) for column in schema.removed],
            "retyped": [
                {"name": name, "before": before, "after": after}
                for name, before, after in schema.retyped
            ],
        },
        "rows": asdict(found.rows) if found.rows else None,
        "rows_after": found.rows_after,
        "untouched": found.untouched,
        "columns": [asdict(column) for column in found.columns],
        "examples": [{**asdict(row), "values": dict(row.values)} for row in found.examples],
        "aggregates": [asdict(one) for one in found.aggregates],
    }
