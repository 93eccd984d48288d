"""The pictures of shipped dashboards in docs/images, and what the dashboards declared when those
were taken: `MEDALLION_WRITE_GOLDEN=1 pytest -n0 tests/bi/live/test_shipped.py` takes them again.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from medallion.plan.bi import BiDashboard, BiTable
from medallion.roots import PROJECT_ROOT

IMAGES = PROJECT_ROOT / "docs" / "images"
PICTURES = {
    "cinema-brands": IMAGES / "dashboard-cinema.png",
    "finance-volumes": IMAGES / "dashboard-finance.png",
}
"""By the dashboards' slugs."""
DIGESTS = Path(__file__).with_name("dashboard_pictures.json")


def read_digests() -> dict[str, str]:
    """By slug, what was kept beside the pictures."""
    found: dict[str, str] = json.loads(DIGESTS.read_text())
    return found


def keep_digest(slug: str, board: BiDashboard, tables: Iterable[BiTable]) -> None:
    """Write down what the dashboard declares, whose picture has just been taken."""
    known = read_digests() | {slug: digest_of(board, tables)}
    DIGESTS.write_text(json.dumps(known, indent=2, sort_keys=True) + "\n")


def digest_of(board: BiDashboard, tables: Iterable[BiTable]) -> str:
    """Of all that is seen of a dashboard: its charts, its layout, and the metrics and labels of the
    tables that it reads. Where the spec has it, counts for nothing."""
    seen = replace(
        board, line=0, path="", charts=tuple(replace(chart, line=0) for chart in board.charts)
    )
    read = sorted(str((one.table, one.metrics, one.dimensions)) for one in tables
                  if one.table in board.tables)  # fmt: skip
    return hashlib.sha256("\n".join((str(seen), *read)).encode()).hexdigest()[:16]
