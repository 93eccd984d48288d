"""A look at the first messages of a topic, before a spec says how they are read."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from medallion.errors import MedallionError, SetupError
from medallion.sources.base.source import ConnectionDetails, ExtractRequest
from medallion.sources.base.stream import StreamRange
from medallion.sources.kafka.bounds import EARLIEST, find_shares
from medallion.sources.kafka.client import ask_cleanup_policy, open_topic
from medallion.sources.kafka.messages import Message
from medallion.sources.kafka.reading import Batch
from medallion.sources.kafka.values.decoded import Unread, split_prefix
from medallion.sources.kafka.values.decoders import KINDS
from medallion.sources.kafka.values.registry import open_registry

MOST_PEEKED = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicLook:
    """What a topic's first messages are.

    Attributes:
        value_format, key_format: as a source has them.
        is_compacted: it keeps the last message of each key, as its configuration says, or as
            tombstones do.
        has_keys: every message has a key.
    """

    value_format: str
    key_format: str
    is_compacted: bool
    has_keys: bool


def peek_at(
    details: ConnectionDetails, topic: str, registry: str | None, request: ExtractRequest
) -> TopicLook:
    """Read some messages, and find out how keys and values are written.

    Args:
        details: the connection of the brokers.
        topic: its name.
        registry: the id of the connection of its schema registry, where it has one.
        request: gives that connection.

    Raises:
        SetupError: there is no message; values have a schema, and no registry is named.
        SourceUnavailable, SourceRefused: the brokers do not answer, or refuse.
    """
    messages = _read_first(details, topic, request.log)
    if not messages:
        raise SetupError(
            f"{topic} has no message, so nothing can be inferred",
            remedy="write a first one, or write the spec by hand: docs/sources-kafka.md",
        )
    values = [one.value for one in messages if one.value is not None]
    keys = [one.key for one in messages if one.key is not None]
    policy = _ask_policy(details, topic, request.log)
    return TopicLook(
        value_format=_find_format(values, "values", registry, request),
        key_format=_find_key_format(keys, registry, request),
        is_compacted="compact" in policy or len(values) < len(messages),
        has_keys=len(keys) == len(messages),
    )


def _read_first(details: ConnectionDetails, topic: str, log: logging.Logger) -> list[Message]:
    with open_topic(details, topic, log) as opened:
        asked = StreamRange()
        shares = find_shares(opened, asked, first=EARLIEST, most=MOST_PEEKED, log=log)
        batch = Batch(opened, shares, log, asked=asked, may_lose=True)
        return list(batch.messages())


def _ask_policy(details: ConnectionDetails, topic: str, log: logging.Logger) -> str:
    """Empty where the login may not ask: then the messages say what there is to say."""
    try:
        return ask_cleanup_policy(details, topic, log)
    except MedallionError as error:
        log.info("the topic's configuration is not known: %s", error.problem)
        return ""


def _find_format(
    values: Sequence[bytes], what: str, registry: str | None, request: ExtractRequest
) -> str:
    """The format that all of the values have."""
    if not values:
        return "json"
    if all(_has_prefix(value) for value in values):
        return _ask_kind(values[0], what, registry, request)
    if _most(values, _is_object):
        return "json"
    if _most(values, _is_text):
        return "text"
    raise SetupError(
        f"{what} are neither JSON objects nor texts, and no schema's number is in front",
        remedy="such messages cannot be read: docs/sources-kafka.md says which can",
    )


def _find_key_format(keys: Sequence[bytes], registry: str | None, request: ExtractRequest) -> str:
    """`text`, unless all keys are objects."""
    if keys and registry and all(_has_prefix(key) for key in keys):
        return _ask_kind(keys[0], "keys", registry, request)
    return "json" if keys and all(_is_object(key) for key in keys) else "text"


def _ask_kind(value: bytes, what: str, registry: str | None, request: ExtractRequest) -> str:
    """The word of the format that a schema registry knows under a value's number."""
    schema_id, _ = split_prefix(value)
    if registry is None:
        raise SetupError(
            f"{what} begin with the number of a schema ({schema_id}), and no registry is named",
            remedy="name its Airflow connection: --registry NAME",
        )
    problems: list[str] = []
    with open_registry(request.connection(registry), request, request.log) as known:
        for word, (kind, _) in KINDS.items():
            try:
                known.find(schema_id, kind)
            except Unread as reason:
                problems.append(str(reason))
            else:
                return word
    raise SetupError(problems[0], remedy="is it the registry of this topic?")


def _most(values: Sequence[bytes], holds: Callable[[bytes], bool]) -> bool:
    """Whether it holds for more than half: a few that cannot be read go to quarantine."""
    return 2 * sum(map(holds, values)) > len(values)


def _has_prefix(value: bytes) -> bool:
    try:
        split_prefix(value)
    except Unread:
        return False
    return True


def _is_object(value: bytes) -> bool:
    try:
        return isinstance(json.loads(value), dict)
    except (ValueError, RecursionError):
        return False


def _is_text(value: bytes) -> bool:
    try:
        value.decode()
    except UnicodeDecodeError:
        return False
    return True
