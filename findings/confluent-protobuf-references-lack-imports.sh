#!/usr/bin/env bash
# confluent-kafka 2.16.1, ProtobufSerializer, protobuf 7.36.2, registering a schema with imports.
#
# One would guess: what a schema registry has of a message is enough to read it: the file itself,
# and as references the files that it imports, each under the name of its import.
# True: imports whose names begin with google/ or confluent/ are left out, without a word: of two
# imports of a payment, its decimals (confluent/type/decimal.proto) and its part (shop/part.proto),
# only the second one is registered and referred to. The schema still imports both. A reader that
# follows the references cannot build the descriptor: it has to bring Confluent's and Google's files
# along. Protobuf's own package has google/protobuf only, google/type is another package, and
# confluent/type is in none but the clients of Confluent.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check \
    'confluent-kafka[schemaregistry,protobuf]==2.16.1' protobuf==7.36.2
"$work/venv/bin/python" - <<'PY'
import base64

import confluent_kafka
from confluent_kafka.schema_registry import SchemaRegistryClient
from confluent_kafka.schema_registry.confluent.type import decimal_pb2
from confluent_kafka.schema_registry.protobuf import ProtobufSerializer
from confluent_kafka.serialization import MessageField, SerializationContext
from google.protobuf import __version__, descriptor_pb2, descriptor_pool
from google.protobuf.message_factory import GetMessageClass

print("confluent-kafka", confluent_kafka.__version__, "protobuf", __version__)
INT64, MESSAGE = 3, 11
pool = descriptor_pool.DescriptorPool()
pool.AddSerializedFile(decimal_pb2.DESCRIPTOR.serialized_pb)
part = descriptor_pb2.FileDescriptorProto(name="shop/part.proto", package="shop", syntax="proto3")
part.message_type.add(name="Part").field.add(name="id", number=1, type=INT64, label=1)
pool.AddSerializedFile(part.SerializeToString())
file = descriptor_pb2.FileDescriptorProto(
    name="shop/payment.proto", package="shop", syntax="proto3",
    dependency=["confluent/type/decimal.proto", "shop/part.proto"],
)
payment = file.message_type.add(name="Payment")
kinds = {"amount": ".confluent.type.Decimal", "part": ".shop.Part"}
for number, (name, kind) in enumerate(kinds.items(), start=1):
    payment.field.add(name=name, number=number, type=MESSAGE, type_name=kind, label=1)
pool.AddSerializedFile(file.SerializeToString())
Payment = GetMessageClass(pool.FindMessageTypeByName("shop.Payment"))

registry = SchemaRegistryClient.new_client({"url": "mock://here"})  # the client's own, in memory
write = ProtobufSerializer(Payment, registry)
amount = {"value": (1250).to_bytes(2, "big"), "precision": 4, "scale": 2}
value = write(Payment(amount=amount), SerializationContext("payments", MessageField.VALUE))
schema = registry.get_schema(int.from_bytes(value[1:5], "big"))
known = descriptor_pb2.FileDescriptorProto.FromString(base64.b64decode(schema.schema_str))
references = {one.name: one for one in schema.references}
print("imports:", *known.dependency)
print("references:", *references)
mine = descriptor_pool.DescriptorPool()
for one in references.values():
    version = registry.get_version(one.subject, one.version)
    mine.AddSerializedFile(base64.b64decode(version.schema.schema_str))
try:
    mine.AddSerializedFile(known.SerializeToString())
    said = "built"
except TypeError as error:
    said = str(error)
print("by the references:", said)
assert list(known.dependency) == ["confluent/type/decimal.proto", "shop/part.proto"], "changed"
assert list(references) == ["shop/part.proto"] and "decimal.proto" in said, "this has changed"
PY
