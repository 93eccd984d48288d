"""Rules on sources that read a stream: disposition, and what is read of a message."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from medallion.publish.declaration import MissingKeys
from medallion.records import MESSAGE
from medallion.sources.kafka.messages import FIELDS
from medallion.sources.kafka.source import KafkaSource
from medallion.spec.findings.finding import Finding, did_you_mean
from medallion.spec.findings.positions import KeyPath
from medallion.spec.models.pipeline import SilverSpec
from medallion.spec.rules.context import RuleContext

_TOMBSTONE = f"{MESSAGE}.is_tombstone"
_OF_EVERY_MESSAGE = tuple(
    f"{MESSAGE}.{part}" for part in ("partition", "offset", "timestamp", "key", "is_tombstone")
)
"""What a message without a value has, too."""
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
                remedy="remove it; a tombstone says that a key is deleted: write `deleted_when: "
                "is_deleted`, and read that column `from: _message.is_tombstone`",
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


def tombstone_columns(context: RuleContext) -> Iterator[Finding]:
    """A tombstone has no value: where it deletes a row, columns of the value may be empty."""
    for name, dataset in context.spec.datasets.items():
        source, silver = dataset.source, dataset.silver
        flag = silver.columns.get(silver.deleted_when or "")
        if not isinstance(source, KafkaSource) or flag is None:
            continue
        where: KeyPath = ("datasets", name, "silver")
        if _TOMBSTONE not in flag.reads(silver.deleted_when or ""):
            continue
        if source.tombstones == "ignore":
            yield Finding(
                where=("datasets", name, "source", "tombstones"),
                problem="tombstones are left out, and `deleted_when` waits for them",
                remedy="remove `tombstones: ignore`",
            )
        for column in filter(partial(_wants_value, silver), silver.columns):
            yield Finding(
                where=(*where, "columns", column),
                problem=f"a tombstone has no {column}, and would go to quarantine in place of "
                "deleting its row",
                remedy="read the key of a message: `from: _message.key`"
                if column in silver.primary_key
                else "write `nullable: true`; rows without it are found by a check with a "
                "`row_condition`",
            )


def _wants_value(silver: SilverSpec, column: str) -> bool:
    """Whether a column is read from the value of a message, and may not be empty."""
    declared = silver.columns[column]
    if declared.nullable or declared.expression is not None:
        return False
    return not any(one.startswith(_OF_EVERY_MESSAGE) for one in declared.reads(column))
