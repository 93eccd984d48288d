"""The provider azurerm without Azure: its schema, and plans that know nothing that Azure would say.

    python -m tests.deploy.azure.provider      # prints what TF_REATTACH_PROVIDERS has to be

Terraform itself holds files to the schema and makes the plan; a provider is a server of gRPC that
hands it the schema, and says of each new resource what will only be known later. So far the real
one needs no account, and this one is enough. Nothing can be applied. The protocol is Terraform's
plugin protocol 5: docs/plugin-protocol in its repository.

With `--named` what Azure would compute is a text that says whose it is,
`azurerm_storage_container.lake.id`: so a plan shows who gets which right on what.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import grpc
import msgspec
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

SCHEMA = Path(__file__).parent / "azurerm.json"
NAME = "registry.terraform.io/hashicorp/azurerm"
NESTING = {"single": 1, "list": 2, "set": 3, "map": 4}
NOBODY = "00000000-0000-0000-0000-000000000000"
_UNKNOWN = msgspec.msgpack.Ext(0, b"\x00")

_SHAPES = {
    "DynamicValue": "msgpack bytes 1, json bytes 2",
    "Diagnostic": "severity int32 1, summary string 2, detail string 3",
    "Attribute": "name string 1, type bytes 2, required bool 4, optional bool 5, computed bool 6, "
    "write_only bool 10",
    "NestedBlock": "type_name string 1, block Block 2, nesting int32 3, min_items int64 4, "
    "max_items int64 5",
    "Block": "version int64 1, attributes *Attribute 2, block_types *NestedBlock 3",
    "Schema": "version int64 1, block Block 2",
    "Entry": "key string 1, value Schema 2",
    "Nothing": "",
    "Schemas": "provider Schema 1, resource_schemas *Entry 2, data_source_schemas *Entry 3",
    "Config": "config DynamicValue 1",
    "Prepared": "prepared_config DynamicValue 1, diagnostics *Diagnostic 2",
    "NamedConfig": "type_name string 1, config DynamicValue 2",
    "Diagnostics": "diagnostics *Diagnostic 1",
    "PlanRequest": "type_name string 1, prior_state DynamicValue 2, "
    "proposed_new_state DynamicValue 3, config DynamicValue 4",
    "Plan": "planned_state DynamicValue 1, diagnostics *Diagnostic 4, legacy_type_system bool 5",
    "State": "state DynamicValue 1, diagnostics *Diagnostic 2",
    "Stopped": "error string 1",
}
"""Messages of the protocol, as far as they are needed: on the wire a number says which field it
is, so names are free; `*` has many."""


def _messages() -> dict[str, Any]:
    file = descriptor_pb2.FileDescriptorProto(name="azurerm", package="azurerm", syntax="proto3")
    kinds = descriptor_pb2.FieldDescriptorProto
    for name, shape in _SHAPES.items():
        message = file.message_type.add(name=name)
        for one in filter(None, shape.split(", ")):
            field, kind, number = one.split()
            label = kinds.LABEL_REPEATED if kind.startswith("*") else kinds.LABEL_OPTIONAL
            kind = kind.removeprefix("*")
            added = message.field.add(name=field, number=int(number), label=label)
            if kind in _SHAPES:
                added.type, added.type_name = kinds.TYPE_MESSAGE, f".azurerm.{kind}"
            else:
                added.type = getattr(kinds, f"TYPE_{kind.upper()}")
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    found = (pool.FindMessageTypeByName(f"azurerm.{name}") for name in _SHAPES)
    return {one.name: message_factory.GetMessageClass(one) for one in found}


M = _messages()


def _block(block: Mapping[str, Any]) -> Any:
    attributes = [
        M["Attribute"](
            name=name,
            type=json.dumps(one["type"]).encode(),
            **{flag: True for flag in one if flag != "type"},
        )
        for name, one in block["attributes"].items()
    ]
    nested = [
        M["NestedBlock"](
            type_name=name,
            block=_block(one["block"]),
            nesting=NESTING[one["nesting_mode"]],
            min_items=one.get("min_items", 0),
            max_items=one.get("max_items", 0),
        )
        for name, one in block["block_types"].items()
    ]
    return M["Block"](attributes=attributes, block_types=nested)


def _schema(document: Mapping[str, Any]) -> Any:
    return M["Schema"](version=document["version"], block=_block(document["block"]))


def _read(value: Any) -> Any:
    return msgspec.msgpack.decode(value.msgpack, ext_hook=msgspec.msgpack.Ext)


def _write(value: Any) -> Any:
    return M["DynamicValue"](msgpack=msgspec.msgpack.encode(value))


class Provider:
    """What Terraform asks for."""

    def __init__(self, document: Mapping[str, Any], *, is_named: bool) -> None:
        self.document, self.is_named = document, is_named

    def schemas(self, _: Any) -> Any:
        """The provider's, and those of resources and data."""

        def entries(kind: str) -> list[Any]:
            return [M["Entry"](key=k, value=_schema(v)) for k, v in self.document[kind].items()]

        return M["Schemas"](
            provider=_schema(self.document["provider"]),
            resource_schemas=entries("resource_schemas"),
            data_source_schemas=entries("data_source_schemas"),
        )

    def plan(self, request: Any) -> Any:
        """What is asked for, and of what Azure computes, that it is not known yet."""
        wanted = _read(request.proposed_new_state)
        if wanted is not None:
            block = self.document["resource_schemas"][request.type_name]["block"]
            whose = f"{request.type_name}.{wanted.get('name')}" if self.is_named else ""
            wanted = _fill(block, wanted, whose)
        return M["Plan"](planned_state=_write(wanted), legacy_type_system=True)

    def look(self, request: Any) -> Any:
        """Who is logged in: nobody."""
        asked = _read(request.config)
        ids = {
            name: NOBODY for name, value in asked.items() if value is None and name != "timeouts"
        }
        return M["State"](state=_write({**asked, **ids}))


def _fill(block: Mapping[str, Any], values: Mapping[str, Any], whose: str) -> dict[str, Any]:
    filled = dict(values)
    for name, one in block["attributes"].items():
        if one.get("write_only"):
            filled[name] = None
        elif one.get("computed") and filled.get(name) is None:
            is_text = whose and one["type"] == "string"
            filled[name] = f"{whose}.{name}" if is_text else _UNKNOWN
    for name, one in block["block_types"].items():
        inner = filled.get(name)
        if isinstance(inner, list):
            filled[name] = [_fill(one["block"], each, whose) for each in inner]
    return filled


class Service(grpc.GenericRpcHandler):
    """The methods of the protocol by their names; what is not here is not implemented."""

    def __init__(self, provider: Provider) -> None:
        fine = M["Diagnostics"]()
        self.methods: dict[str, tuple[str, Callable[[Any], Any]]] = {
            "GetSchema": ("Nothing", provider.schemas),
            "PrepareProviderConfig": (
                "Config",
                lambda one: M["Prepared"](prepared_config=one.config),
            ),
            "ValidateResourceTypeConfig": ("NamedConfig", lambda _: fine),
            "ValidateDataSourceConfig": ("NamedConfig", lambda _: fine),
            "Configure": ("Nothing", lambda _: fine),
            "PlanResourceChange": ("PlanRequest", provider.plan),
            "ReadDataSource": ("NamedConfig", provider.look),
            "Stop": ("Nothing", lambda _: M["Stopped"]()),
        }

    def service(self, details: grpc.HandlerCallDetails) -> grpc.RpcMethodHandler | None:
        method = str(details.method).removeprefix("/tfplugin5.Provider/")
        if method not in self.methods:
            return None
        takes, answer = self.methods[method]
        return grpc.unary_unary_rpc_method_handler(
            lambda request, _: answer(request),
            request_deserializer=M[takes].FromString,
            response_serializer=lambda message: message.SerializeToString(),
        )


def main() -> None:
    provider = Provider(json.loads(SCHEMA.read_text()), is_named="--named" in sys.argv)
    server = grpc.server(ThreadPoolExecutor(4), handlers=[Service(provider)])
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    address = {"Network": "tcp", "String": f"127.0.0.1:{port}"}
    plugin = {"Protocol": "grpc", "ProtocolVersion": 5, "Pid": os.getpid(), "Test": True}
    sys.stdout.write(json.dumps({NAME: {**plugin, "Addr": address}}) + "\n")
    sys.stdout.flush()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    server.wait_for_termination()


if __name__ == "__main__":
    main()
