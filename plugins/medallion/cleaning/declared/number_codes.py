"""How a JSON number with a point or an exponent is spelled while DuckDB parses its record.

See `cleaning.duckdb.json_numbers`, which writes and undoes it. A path needs it for its keys.
"""

from __future__ import annotations

import re

START = "9526018150830166"
CODES = {
    ".": "9131860130603082",
    "e": "9462814821351810",
    "e-": "9378657754323148",
    "e+": "9757411862527601",
    "E": "9855577114710474",
    "E-": "9650752170342366",
    "E+": "9712768426846563",
}
"""Each has its only 9 in front: they do not overlap, and are found where they were put. With
`START`, which also comes before a leading zero, a number has more than 64 bits.
"""


_DIGIT = re.compile("[0-9]")


def encode_key(name: str) -> str:
    """A key as it is in a JSON text whose numbers are coded.

    >>> encode_key("v1.2"), encode_key("version 1.2") == "version 1.2"
    ('v1.2', False)
    """
    if _DIGIT.search(name) is None:
        return name
    for mark, code in CODES.items():
        name = re.sub(pattern_of(mark), rf"\g<1>{START}\g<2>{code}\g<3>", name)
    return name


def pattern_of(mark: str) -> str:
    """A regular expression for a mark within a number. It follows a blank or a sign of JSON, so the
    digits of `\\u00e9` in a text do not match."""
    return rf"([-:,\[\s])([0-9]+){re.escape(mark)}([0-9])"
