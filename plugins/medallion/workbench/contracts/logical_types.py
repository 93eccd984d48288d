"""Types of PostgreSQL as a data contract has them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

_SHAPE = re.compile(r"^(?P<name>[a-z][a-z ]*[a-z0-9])(?:\((?P<arguments>[0-9, ]+)\))?(?P<rest>.*)$")

_LOGICAL: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    "text": ("string", {}),
    "character varying": ("string", {}),
    "varchar": ("string", {}),
    "character": ("string", {}),
    "uuid": ("string", {"format": "uuid"}),
    "bytea": ("string", {"format": "binary"}),
    "smallint": ("integer", {"format": "i16"}),
    "integer": ("integer", {"format": "i32"}),
    "bigint": ("integer", {"format": "i64"}),
    "real": ("number", {"format": "f32"}),
    "double precision": ("number", {"format": "f64"}),
    "numeric": ("number", {}),
    "boolean": ("boolean", {}),
    "date": ("date", {}),
    "time": ("time", {}),
    "time without time zone": ("time", {}),
    "timestamp": ("timestamp", {"timezone": False}),
    "timestamp without time zone": ("timestamp", {"timezone": False}),
    "timestamptz": ("timestamp", {"timezone": True}),
    "timestamp with time zone": ("timestamp", {"timezone": True}),
    "json": ("object", {}),
    "jsonb": ("object", {}),
}


def describe_type(physical: str) -> dict[str, Any]:
    """The keys of a property that say its type; only `physicalType` where the standard has no
    logical one for it.

    >>> describe_type("numeric(18,2)")
    {'logicalType': 'number', 'physicalType': 'numeric(18,2)'}
    >>> describe_type("text[]")["items"]
    {'logicalType': 'string', 'physicalType': 'text'}

    Args:
        physical: as PostgreSQL spells it.
    """
    if physical.endswith("[]"):
        items = describe_type(physical.removesuffix("[]"))
        return {"logicalType": "array", "physicalType": physical, "items": items}
    found = _SHAPE.match(physical)
    name = f"{found['name']}{found['rest']}".strip() if found else physical
    if name not in _LOGICAL:
        return {"physicalType": physical}
    logical, options = _LOGICAL[name]
    said = dict(options)
    if logical == "string" and found and found["arguments"]:
        said["maxLength"] = int(found["arguments"])
    more = {"logicalTypeOptions": said} if said else {}
    return {"logicalType": logical, "physicalType": physical, **more}
