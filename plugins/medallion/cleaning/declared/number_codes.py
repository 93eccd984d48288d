"""How a JSON number with a point or an exponent is spelled while DuckDB parses its record.

See `cleaning.duckdb.json_numbers`, which writes and undoes it. A path needs it for its keys.
"""

from __future__ import annotations

import re
import secrets


def _new_codes(count: int) -> list[str]:
    """Rows of 16 digits, each with its only 9 in front: they do not overlap, and are found where
    they were put."""
    codes: set[str] = set()
    while len(codes) < count:
        codes.add("9" + "".join(secrets.choice("012345678") for _ in range(15)))
    return sorted(codes)


MARKS = (".", "e", "e-", "e+", "E", "E-", "E+")
"""What may stand between two digits of a number."""
START, *_CODES = _new_codes(1 + len(MARKS))
CODES = dict(zip(MARKS, _CODES, strict=True))
"""Other ones in each process: a text that had one of them would lose it, and nobody who writes a
text can know them. With `START`, which also comes before a leading zero, a number has more than 64
bits.
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
