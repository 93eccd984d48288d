"""The decoders of a source: one for each number of a schema, made when the first value has it."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping

from medallion.sources.kafka.values import avro, json_schema, protobuf
from medallion.sources.kafka.values.decoded import Decoded, Unread, split_prefix
from medallion.sources.kafka.values.registry import Schema, SchemaRegistry

MOST_SCHEMAS = 1000
"""That are remembered at a time: whoever writes to a topic may name any number."""

Reader = Callable[[bytes], bytes]

KINDS: Mapping[str, tuple[str, Callable[[Schema], Reader]]] = {
    "avro": ("AVRO", avro.make_reader),
    "json_schema": ("JSON", json_schema.make_reader),
    "protobuf": ("PROTOBUF", protobuf.make_reader),
}
"""By the spec's word: what the registry calls it, and what reads it."""


class Decoders:
    """Reads values of one form, each by its own schema."""

    def __init__(self, registry: SchemaRegistry, form: str) -> None:
        self._registry = registry
        self._kind, self._make = KINDS[form]
        self._known: OrderedDict[int, Reader | str] = OrderedDict()

    def __call__(self, value: bytes) -> Decoded:
        """The value as JSON.

        Raises:
            Unread: it cannot be read.
            SourceUnavailable, SourceRefused: the registry does not answer, or does not let us in.
        """
        schema_id, body = split_prefix(value)
        reader = self._find(schema_id)
        if isinstance(reader, str):
            raise Unread(reader)
        return Decoded(schema_id=schema_id, json=reader(body))

    def _find(self, schema_id: int) -> Reader | str:
        """What reads values of a schema, or why nothing does."""
        if schema_id in self._known:
            self._known.move_to_end(schema_id)
            return self._known[schema_id]
        found: Reader | str
        try:
            found = self._make(self._registry.find(schema_id, self._kind))
        except Unread as reason:
            found = str(reason)
        self._known[schema_id] = found
        if len(self._known) > MOST_SCHEMAS:
            self._known.popitem(last=False)
        return found
