"""`new` from a topic: its first messages, how they are written, and what their keys are."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from medallion.cli.new_connections import enter_airflow, hold_allowed
from medallion.cli.new_landing import land_sample, request_of
from medallion.cli.new_looked import Looked
from medallion.errors import SetupError
from medallion.sources.kafka.peek import TopicLook, peek_at
from medallion.sources.kafka.source import KafkaSource
from medallion.workbench.inference.topic import read_messages, settle

MOST_MESSAGES = 10_000
"""What is inferred from: the first ones that the topic still has."""
_FORMATS = {"value_format": "json", "key_format": "text"}


@contextmanager
def look_at_topic(arguments: argparse.Namespace, domain: str, root: Path) -> Iterator[Looked]:
    """The first messages, with the source that reads them.

    Raises:
        SetupError: no connection is named, or the domain may not use it; there is no message.
        SourceRefused, SourceUnavailable, DataRejected: the brokers refuse, or do not answer.
    """
    said = _read_arguments(arguments, domain, root)
    enter_airflow(root)
    request = replace(request_of(domain, root), first=MOST_MESSAGES)
    details = request.connection(said["conn_id"])
    look = peek_at(details, said["topic"], said.get("registry_conn_id"), request)
    said |= {
        key: found for key, usual in _FORMATS.items() if (found := getattr(look, key)) != usual
    }
    has_states = look.is_compacted and look.has_keys
    with land_sample(KafkaSource.model_validate(said), request, domain) as landed:
        messages = read_messages(landed, has_states=has_states)
        yield Looked(
            sample=messages.sample,
            source=said,
            origin=f"the topic {said['topic']} of {said['conn_id']}",
            key=messages.key,
            about="" if has_states else "One row for each message.",
            remarks=tuple(_remark(look)),
            write_disposition="merge" if has_states else "append",
            deleted_when=messages.flag,
            settle=partial(settle, messages),
        )


def _read_arguments(arguments: argparse.Namespace, domain: str, root: Path) -> dict[str, Any]:
    """The keys of the source that arguments name, with connections that the domain may use."""
    if not arguments.connection:
        raise SetupError(
            "which brokers?", remedy="name their Airflow connection: --connection cards_kafka"
        )
    if arguments.key:
        raise SetupError(
            "the key of a row is that of its message, or its partition and offset",
            remedy="leave --key out, and change `primary_key` in the spec where it is another one",
        )
    said = {"type": "kafka", "conn_id": arguments.connection, "topic": arguments.topic}
    if arguments.registry:
        said["registry_conn_id"] = arguments.registry
    source = KafkaSource.model_validate(said)
    for conn_id in source.conn_ids():
        hold_allowed(domain, conn_id, root)
    return said


def _remark(look: TopicLook) -> Iterator[str]:
    if look.is_compacted and look.has_keys:
        yield "the topic keeps the last message of each key: rows are merged by it, and deleted"
    else:
        yield "each message is an event: rows are added"
    if look.is_compacted and not look.has_keys:
        yield "some messages have no key, though the topic is compacted"
    yield 'to have rows within seconds, write schedule: "@continuous"'
