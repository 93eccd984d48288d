"""Values of Python as JSON that loses nothing."""

from __future__ import annotations

import base64
import json
import math
from typing import Any


def write_json(value: Any) -> bytes:
    """One line of JSON. Bytes become base64; numbers that JSON does not have, their names, as
    Protobuf's own JSON writes both.

    >>> write_json({"a": float("nan"), "b": b"\\xff", "c": [10**20]})
    b'{"a":"NaN","b":"/w==","c":[100000000000000000000]}'
    """
    return json.dumps(_plain(value), ensure_ascii=False, separators=(",", ":")).encode(
        "utf-8", "surrogatepass"
    )


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    return value


def place_point(unscaled: int, scale: int) -> str:
    """A decimal as its digits.

    >>> place_point(-1250, 2), place_point(5, 3), place_point(5, -2), place_point(0, 2)
    ('-12.50', '0.005', '500', '0.00')
    """
    if scale <= 0:
        return str(unscaled * 10**-scale)
    digits = str(abs(unscaled)).rjust(scale + 1, "0")
    return f"{'-' if unscaled < 0 else ''}{digits[:-scale]}.{digits[-scale:]}"
