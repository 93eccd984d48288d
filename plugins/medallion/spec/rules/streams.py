"""Rules on sources that read a stream: disposition, and what is read of a message."""

from __future__ import annotations

from collections.abc import Iterator

from medallion.publish.declaration import MissingKeys
from medallion.records import MESSAGE
from medallion.sources.kafka.messages import FIELDS
from medallion.sources.kafka.source import KafkaSource
from medallion.spec.findings.finding import Finding, did_you_mean
from medallion.spec.findings.positions import KeyPath
from medallion.spec.rules.context import RuleContext

OF_A_COLUMN = tuple(field for field in FIELDS if field != "problem")


def stream_disposition(context: RuleContext) -> Iterator[Finding]:
    """What a batch of a stream leaves out is not gone: messages are merged or appended."""
    for name, dataset in context.spec.datasets.items():
        if not dataset.source.reads_stream():
            continue
        silver = dataset.silver
        where: KeyPath = ("datasets", name, "silver")
        if silver.write_disposition.whole:
            place = (*where, "write_disposition")
            yield Finding(
                where=place if "write_disposition" in silver.model_fields_set else where,
                problem=f"{silver.write_disposition} wants the whole table, and a batch of a "
                "stream brings only new messages",
                remedy="use `write_disposition: append` for events, or merge for the last state "
                "of each key",
            )
        elif silver.missing_keys is not MissingKeys.KEEP:
            yield Finding(
                where=(*where, "missing_keys"),
                problem="a key that has no new message is not missing",
                remedy="remove it; a tombstone says that a key is deleted: "
                "`from: _message.is_tombstone`",
            )


def message_field(context: RuleContext) -> Iterator[Finding]:
    """A column that reads `_message` names something that a message has."""
    for name, dataset in context.spec.datasets.items():
        if not isinstance(dataset.source, KafkaSource):
            continue
        for column, declared in dataset.silver.columns.items():
            for field in declared.reads(column):
                first, dot, rest = field.partition(".")
                part = rest.split(".")[0].split("[")[0]
                if first == MESSAGE and dot and part not in OF_A_COLUMN:
                    yield Finding(
                        where=("datasets", name, "silver", "columns", column, "from"),
                        problem=f"a message has no {part}",
                        remedy=did_you_mean(part, OF_A_COLUMN),
                    )


def stream_registry(context: RuleContext) -> Iterator[Finding]:
    """A form that a schema describes names the registry that has it, and no other form does."""
    for name, dataset in context.spec.datasets.items():
        source = dataset.source
        if not isinstance(source, KafkaSource):
            continue
        forms = source.list_registered_formats()
        if forms and source.registry_conn_id is None:
            yield Finding(
                where=("datasets", name, "source", forms[0]),
                problem=f"{getattr(source, forms[0])} is read by schemas, and no registry is named",
                remedy="name the connection of the schema registry: `registry_conn_id`",
            )
        elif source.registry_conn_id is not None and not forms:
            yield Finding(
                where=("datasets", name, "source", "registry_conn_id"),
                problem="neither values nor keys are of a form that a schema registry knows",
                remedy="write `value_format: avro`, json_schema or protobuf, or remove it",
            )
