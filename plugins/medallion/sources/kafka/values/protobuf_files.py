"""The files that a schema of Protobuf may import though its writer registers none of them.

Confluent's serializers take them for known: a registry has them built in, and so has each client.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import Any

DECIMAL = "confluent.type.Decimal"
_OF_PROTOBUF = (
    "any", "source_context", "type", "api", "descriptor", "duration", "empty", "field_mask",
    "struct", "timestamp", "wrappers",
)  # fmt: skip
_OF_GOOGLE = (
    "calendar_period", "color", "date", "datetime", "dayofweek", "expr", "fraction", "latlng",
    "money", "month", "postal_address", "quaternion", "timeofday",
)  # fmt: skip
"""Of googleapis-common-protos, where it is installed. One that is not there, its importer says."""


@cache
def list_known_files() -> dict[str, bytes]:
    """By the names under which they are imported, each behind those that it imports itself."""
    found: dict[str, bytes] = {}
    for package, names in (("google.protobuf", _OF_PROTOBUF), ("google.type", _OF_GOOGLE)):
        for name in names:
            try:
                file = import_module(f"{package}.{name}_pb2").DESCRIPTOR
            except ImportError:
                continue
            found[file.name] = file.serialized_pb
    for file in _list_files_of_confluent():
        found[file.name] = file.SerializeToString()
    return found


def _list_files_of_confluent() -> tuple[Any, Any]:
    """Their decimals; and what they say of messages, which is not read: its options stay unknown
    fields."""
    from google.protobuf.descriptor_pb2 import FieldDescriptorProto, FileDescriptorProto

    package, _, name = DECIMAL.rpartition(".")
    decimal = FileDescriptorProto(
        name="confluent/type/decimal.proto", package=package, syntax="proto3"
    )
    message = decimal.message_type.add(name=name)
    for number, (field, kind) in enumerate(
        (
            ("value", FieldDescriptorProto.TYPE_BYTES),
            ("precision", FieldDescriptorProto.TYPE_UINT32),
            ("scale", FieldDescriptorProto.TYPE_INT32),
        ),
        start=1,
    ):
        message.field.add(
            name=field, number=number, type=kind, label=FieldDescriptorProto.LABEL_OPTIONAL
        )
    meta = FileDescriptorProto(name="confluent/meta.proto", package="confluent", syntax="proto3")
    return decimal, meta
