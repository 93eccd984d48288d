"""What Superset 6.1 and d3 know: formats, colour schemes, maps, ranges of time.

Superset takes an unknown word without an error, and shows a default or "NaN" in its place.
"""

from __future__ import annotations

import re
from functools import cache
from math import isfinite
from pathlib import Path

NUMBER_FORMATS = frozenset(
    (
        *("SMART_NUMBER", "SMART_NUMBER_SIGNED", "OVER_MAX_HIDDEN", "DURATION", "DURATION_SUB"),
        *("DURATION_COL", "MEMORY_DECIMAL", "MEMORY_BINARY", "MEMORY_TRANSFER_RATE_DECIMAL"),
        "MEMORY_TRANSFER_RATE_BINARY",
    )
)
"""The formats of numbers that have a name."""
TIME_FORMATS = frozenset(("smart_date", "smart_date_verbose", "smart_date_detailed"))
USUAL_FORMATS = (",.0f", ",.2f", ".1%", "$,.2f", "SMART_NUMBER", "DURATION")
"""What to begin with."""

# d3-format: [[fill]align][sign][symbol][0][width][,][.precision][~][type]. An unknown type counts
# as none there.
_NUMBER = re.compile(r"(?:.?[<>=^])?[-+( ]?[$#]?0?\d*,?(?:\.\d+)?~?[%bcdefgnoprsxX]?", re.DOTALL)
_DIRECTIVE = re.compile(r"%[-_0]?(.)", re.DOTALL)
_DIRECTIVES = frozenset("aAbBcdefgGHIjLmMpqQsSuUVwWxXyYZ%")

CATEGORICAL = frozenset(
    (
        *("bnbColors", "d3Category10", "d3Category20", "d3Category20b", "d3Category20c"),
        *("echarts4Colors", "echarts5Colors", "googleCategory10c", "googleCategory20c"),
        *("lyftColors", "presetColors", "supersetColors", "supersetAndPresetColors"),
        *("blueToGreen", "colorsOfRainbow", "modernSunset", "redToYellow", "wavesOfBlue"),
    )
)
SEQUENTIAL = frozenset(
    (
        *("blue_white_yellow", "fire", "white_black", "black_white", "dark_blue", "pink_grey"),
        *("greens", "purples", "oranges", "red_yellow_blue", "brown_white_green"),
        *("purple_white_green", "superset_seq_1", "superset_seq_2", "superset_div_1"),
        *("superset_div_2", "preset_seq_1", "preset_seq_2", "preset_div_1", "preset_div_2"),
        *("echarts_gradient", "schemeRdBu", "schemeBrBG", "schemePRGn", "schemePiYG"),
        *("schemePuOr", "schemeRdGy", "schemeRdYlBu", "schemeRdYlGn", "schemeSpectral"),
        *("schemeBlues", "schemeGreens", "schemeGrays", "schemeOranges", "schemePurples"),
        *("schemeReds", "schemeViridis", "schemeInferno", "schemeMagma", "schemeWarm"),
        *("schemeCool", "schemeCubehelixDefault", "schemeBuGn", "schemeBuPu", "schemeGnBu"),
        *("schemeOrRd", "schemePuBuGn", "schemePuBu", "schemePuRd", "schemeRdPu"),
        *("schemeYlGnBu", "schemeYlGn", "schemeYlOrBr", "schemeYlOrRd"),
    )
)
COLOR_SCHEMES = {"categorical": CATEGORICAL, "sequential": SEQUENTIAL}

_UNIT = r"(second|minute|day|week|month|quarter|year)s?"
_RANGE = re.compile(
    rf"No filter|(Last|Next) (\d{{1,6}} )?{_UNIT}|previous calendar (week|month|quarter|year)"
    r"|Current (day|week|month|quarter|year)|.* : .*",
    re.DOTALL,
)
_DECIMAL = re.compile(r"[-+]?(\d+(\.\d*)?|\.\d+)(e[-+]?\d{1,4})?", re.ASCII | re.IGNORECASE)
WORLD = "world"


def is_format(text: str) -> bool:
    """Whether Superset shows a number, or a time, by this format.

    >>> is_format(",.1f"), is_format("%d.%m.%Y"), is_format("SMART_NUMBER"), is_format("0,0.00")
    (True, True, True, False)
    """
    if text in NUMBER_FORMATS or text in TIME_FORMATS or _NUMBER.fullmatch(text):
        return bool(text)
    directives = _DIRECTIVE.findall(text)
    return bool(directives) and _DIRECTIVES.issuperset(directives)


def is_time_range(text: str) -> bool:
    """Whether Superset reads a text as a range of time.

    >>> is_time_range("Last 30 days"), is_time_range("2026-01-01 : "), is_time_range("last month")
    (True, True, False)
    """
    return _RANGE.fullmatch(text) is not None and text.strip(" :") != ""


@cache
def countries() -> frozenset[str]:
    """What a map may show: `world`, and the countries whose regions Superset has."""
    file = Path(__file__).with_name("superset_countries.txt")
    lines = file.read_text(encoding="utf-8").splitlines()
    return frozenset((WORLD, *(line for line in lines if line and not line.startswith("#"))))


def is_number(text: str) -> bool:
    """Whether a text is an end of a range of numbers: a finite one.

    >>> is_number("-2.5e3"), is_number("inf"), is_number("1e999"), is_number("one")
    (True, False, False, False)
    """
    return _DECIMAL.fullmatch(text) is not None and isfinite(float(text))
