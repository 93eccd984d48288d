"""Small projects whose specs are too much for the guarded process, in one place each."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from medallion.compiler.guard import Guard
from medallion.compiler.limits import MEBIBYTE, Limits

LIMITS = Limits(first=0.4, seconds=1.5, patience=30.0, memory=256 * MEBIBYTE)
HOSTILE = (sys.executable, str(Path(__file__).with_name("hostile_worker.py")))

SPEC = """\
description: Orders of the shop.
datasets:
  {table}:
    source: {{type: file, path: include/data/shop/orders.csv}}
    silver:
      columns:
        number: {{type: integer}}
      filter: "{filter}"
"""


def write(root: Path, name: str, filter_: str = "number > 0", table: str = "") -> Path:
    """A spec of the domain `shop` that publishes one table, by default of its own name."""
    path = root / "specs" / "shop" / f"{name}.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(SPEC.format(table=table or name, filter=filter_))
    return path


@contextmanager
def hostile(limits: Limits = LIMITS) -> Iterator[Guard]:
    guard = Guard(limits, HOSTILE)
    yield guard
    guard.close()


def broken_guard() -> Guard:
    """One that cannot compile anything: what comes out nevertheless was kept."""
    return Guard(LIMITS, (sys.executable, "-c", "raise SystemExit(3)"))
