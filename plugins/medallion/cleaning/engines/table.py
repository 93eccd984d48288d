"""Every engine of the cleaning query, by its word in specs: a new one is its files and a line here.

What starts an engine on a part is `open_part` in `steps/parts/<word>_engine.py`.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from medallion.cleaning.engines.engine import Engine

ENGINES: dict[str, str] = {
    "duckdb": "medallion.cleaning.engines.duckdb",
    "spark": "medallion.cleaning.engines.spark",
}
"""The module that has it as `ENGINE`: loaded when it is needed, for specs are parsed without."""


def engine_of(word: str) -> Engine:
    """What a word in a spec names."""
    engine: Engine = import_module(ENGINES[word]).ENGINE
    return engine
