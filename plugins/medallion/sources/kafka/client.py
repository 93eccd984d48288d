"""A topic as a batch asks it: its partitions, where they begin and end, and their messages.

The only module that knows the client (confluent-kafka, on librdkafka). Partitions are assigned, not
subscribed to: no group is joined, so that no other reader takes a partition away in the middle.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from medallion.errors import MedallionError, SetupError, SourceRefused, SourceUnavailable
from medallion.sources.base.providers import missing
from medallion.sources.base.redaction import redact
from medallion.sources.base.source import ConnectionDetails
from medallion.sources.kafka.messages import Message
from medallion.sources.kafka.settings import (
    OF_A_CONSUMER,
    TIMEOUT_SECONDS,
    secrets_of,
    settings_of,
)

AT_ONCE = 1000
"""Messages that are taken from the client's queue together."""
WAIT_SECONDS = 0.2
MOST_REPORTS = 20
"""Of what the client has met, that are looked through for one that no waiting helps."""
AT_END = -1
"""What Kafka answers for a time after its last message."""

ID_SECONDS = 5.0
"""How long the question for a topic's id may take: a batch continues without."""
NO_ID = "AAAAAAAAAAAAAAAAAAAAAA"
"""What the client has where a broker knows no ids: sixteen bytes of 0."""

_SIGN_IN = ("_AUTHENTICATION", "SASL_AUTHENTICATION_FAILED", "_SSL", "UNSUPPORTED_SASL_MECHANISM")
_REFUSED = (
    "TOPIC_AUTHORIZATION_FAILED", "CLUSTER_AUTHORIZATION_FAILED", "TOPIC_EXCEPTION",
)  # fmt: skip
_PASSING = ("_TRANSPORT", "_ALL_BROKERS_DOWN", "_RESOLVE", "GROUP_AUTHORIZATION_FAILED")
"""The client tries again by itself; and it looks for a group that nothing here needs."""
_OUT_OF_RANGE = ("_AUTO_OFFSET_RESET", "OFFSET_OUT_OF_RANGE")


@dataclass(frozen=True, slots=True, kw_only=True)
class PartitionEnd:
    """The client has read a partition as far as it goes: up to, not including, `offset`."""

    partition: int
    offset: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OutOfRange:
    """A partition no longer has the message that was asked for, or does not have it yet."""

    partition: int


Event = Message | PartitionEnd | OutOfRange


class Topic:
    """One topic, read by one client."""

    def __init__(self, consumer: Any, name: str, problems: Problems) -> None:
        self.name = name
        self._consumer = consumer
        self._problems = problems

    def list_partitions(self) -> list[int]:
        """The numbers of its partitions.

        Raises:
            SourceRefused: there is no such topic, or the login may not read it.
        """
        with self._problems.translate(f"asking for the topic {self.name}"):
            found = self._consumer.list_topics(self.name, timeout=TIMEOUT_SECONDS)
        topic = found.topics[self.name]
        if topic.error is not None:
            raise self._problems.explain(f"asking for the topic {self.name}", topic.error)
        return sorted(topic.partitions)

    def ask_marks(self, partition: int) -> tuple[int, int]:
        """The first offset that it has, and the one behind its last, as the broker answers now."""
        with self._problems.translate(f"asking where partition {partition} ends"):
            low, high = self._consumer.get_watermark_offsets(
                self._partition(partition), timeout=TIMEOUT_SECONDS, cached=False
            )
        return int(low), int(high)

    def recall_end(self, partition: int) -> int:
        """The end that came with the partition's last messages; below 0 where none has come."""
        _, high = self._consumer.get_watermark_offsets(self._partition(partition), cached=True)
        return int(high)

    def find_offsets(self, moment: datetime, partitions: Sequence[int]) -> dict[int, int]:
        """The first message of each partition that is not before a time; `AT_END` where all are."""
        milliseconds = int(moment.timestamp() * 1000)
        asked = [self._partition(one, milliseconds) for one in partitions]
        with self._problems.translate(f"asking for the messages of {moment.isoformat()}"):
            found = self._consumer.offsets_for_times(asked, timeout=TIMEOUT_SECONDS)
        for one in found:
            if one.error is not None:
                raise self._problems.explain("asking for messages by their time", one.error)
        return {one.partition: int(one.offset) for one in found}

    def begin(self, offsets: Mapping[int, int]) -> None:
        """Read these partitions, each from an offset, and no other from now on."""
        with self._problems.translate("beginning to read"):
            self._consumer.assign([self._partition(one, at) for one, at in offsets.items()])

    def read(self, wait: float = WAIT_SECONDS) -> Iterator[Event]:
        """What has come; nothing, after a moment in which nothing has.

        Args:
            wait: how long that moment is, in seconds.

        Raises:
            SourceUnavailable, SourceRefused, SetupError: what the client says of the brokers.
        """
        with self._problems.translate("reading"):
            found = self._consumer.consume(AT_ONCE, wait)
        if not found:
            self._problems.raise_fatal()
        for one in found:
            event = self._read_event(one)
            if event is not None:
                yield event

    def _read_event(self, found: Any) -> Event | None:
        error = found.error()
        if error is None:
            _, milliseconds = found.timestamp()
            return Message(
                partition=found.partition(),
                offset=found.offset(),
                milliseconds=milliseconds if milliseconds >= 0 else None,
                key=found.key(),
                value=found.value(),
                headers=tuple(found.headers() or ()),
            )
        if error.name() == "_PARTITION_EOF":
            return PartitionEnd(partition=found.partition(), offset=found.offset())
        if error.name() in _OUT_OF_RANGE:
            return OutOfRange(partition=found.partition())
        if error.retriable() or error.name() in _PASSING:
            self._problems.note(error)
            return None  # whoever reads waits for some time
        raise self._problems.explain("reading", error)

    def _partition(self, number: int, offset: int | None = None) -> Any:
        from confluent_kafka import OFFSET_INVALID, TopicPartition

        return TopicPartition(self.name, number, OFFSET_INVALID if offset is None else offset)


class Problems:
    """What the client reports beside its answers, and its errors as Medallion's."""

    def __init__(self, details: ConnectionDetails, settings: Mapping[str, object]) -> None:
        self._details = details
        self._secrets = secrets_of(settings)
        self._last: Any = None
        self.consumer: Any = None

    def note(self, error: Any) -> None:
        """Keep what the client has reported last: a question that gets no answer says less."""
        self._last = error

    def raise_fatal(self) -> None:
        """Raise what was reported if no waiting helps: a wrong password.

        Raises:
            SetupError: the login or the certificate is wrong.
        """
        if self._last is not None and self._last.name() in _SIGN_IN:
            raise self.explain("signing in", self._last)

    @contextmanager
    def translate(self, doing: str) -> Iterator[None]:
        """Turn the client's errors into SourceUnavailable, SourceRefused or SetupError."""
        from confluent_kafka import KafkaException

        try:
            yield
        except KafkaException as error:
            self._hear()
            self.raise_fatal()
            raise self.explain(doing, error.args[0]) from None

    def _hear(self) -> None:
        """Have the client report what it has met: it does so only where it is asked for messages,
        and a question before the first of them ends with no more than that its time was over."""
        for _ in range(MOST_REPORTS):
            if self.consumer is None or (self._last and self._last.name() in _SIGN_IN):
                return
            self.consumer.poll(0.0)

    def explain(self, doing: str, error: Any) -> MedallionError:
        """An error of the client as Medallion's, by who must act."""
        name, conn_id = error.name(), self._details.conn_id
        problem = f"Kafka of {conn_id}, {doing}: {self._describe(error)}"
        if name in _SIGN_IN:
            return SetupError(
                problem,
                remedy=f"fix the login, password or certificates of the connection {conn_id}",
            )
        if name in ("UNKNOWN_TOPIC_OR_PART", "_UNKNOWN_TOPIC"):
            return SourceRefused(
                problem, remedy="is `topic` as the cluster names it? It is not made by reading it"
            )
        if name in _REFUSED:
            return SourceRefused(
                problem, remedy="have the login granted Read and Describe on the topic"
            )
        return SourceUnavailable(problem, remedy="are the brokers up, and reachable from here?")

    def describe_last(self) -> str:
        """What was reported last; empty where nothing was."""
        return "" if self._last is None else self._describe(self._last)

    def _describe(self, error: Any) -> str:
        said = redact(" ".join(str(error.str()).split()), self._secrets)[:500]
        before = ""
        if self._last is not None and self._last is not error:
            before = f" ({redact(' '.join(str(self._last.str()).split()), self._secrets)[:300]})"
        return f"{said} [{error.name()}]{before}"


@contextmanager
def open_topic(details: ConnectionDetails, name: str, log: logging.Logger) -> Iterator[Topic]:
    """A client for a topic, closed at the end.

    Raises:
        SetupError: the package is missing, or a setting of the connection makes no sense.
    """
    try:
        from confluent_kafka import Consumer, KafkaException
    except ImportError:
        raise missing("kafka") from None
    settings = settings_of(details)
    problems = Problems(details, settings)
    try:
        consumer = Consumer(
            {**settings, "error_cb": problems.note, "log_level": 3}, logger=_quiet(log)
        )
    except (KafkaException, ValueError, TypeError) as error:
        said = redact(str(error.args[0] if error.args else error), secrets_of(settings))
        raise SetupError(
            f"the connection {details.conn_id} makes no client of Kafka: {said[:500]}",
            remedy="correct its extra: names and values are those of librdkafka",
        ) from None
    problems.consumer = consumer
    try:
        yield Topic(consumer, name, problems)
    finally:
        consumer.close()


def ask_cleanup_policy(details: ConnectionDetails, name: str, log: logging.Logger) -> str:
    """`delete`, `compact` or both: what the brokers do with old messages of a topic.

    Raises:
        SourceUnavailable, SourceRefused, SetupError: they do not answer, or do not say.
    """
    from confluent_kafka import KafkaException
    from confluent_kafka.admin import (  # type: ignore[attr-defined]  # the stubs lack two of them
        AdminClient,
        ConfigResource,
        ResourceType,
    )

    settings = settings_of(details)
    problems = Problems(details, settings)
    own: Any = {key: value for key, value in settings.items() if key not in OF_A_CONSUMER}
    admin = AdminClient({**own, "log_level": 3}, logger=_quiet(log))
    asked = ConfigResource(ResourceType.TOPIC, name)
    try:
        found = admin.describe_configs([asked], request_timeout=TIMEOUT_SECONDS)[asked].result()
    except KafkaException as error:
        raise problems.explain("asking how the topic is kept", error.args[0]) from None
    entry = found.get("cleanup.policy")
    return str(entry.value or "") if entry is not None else ""


def ask_topic_id(details: ConnectionDetails, name: str, log: logging.Logger) -> str:
    """What the brokers call a topic: one that is deleted and made again under its name gets another
    id. Empty: they do not say, as brokers of Kafka before 2.8.

    Raises:
        SetupError: a setting of the connection makes no sense.
    """
    from confluent_kafka import KafkaException, TopicCollection
    from confluent_kafka.admin import AdminClient

    own: Any = {key: one for key, one in settings_of(details).items() if key not in OF_A_CONSUMER}
    admin = AdminClient({**own, "log_level": 3}, logger=_quiet(log))
    asked: Any = TopicCollection([name])
    try:
        found: Any = admin.describe_topics(asked, request_timeout=ID_SECONDS)[name].result()
    except KafkaException as error:  # reading has said what matters, or is about to
        log.debug("the topic's id is not known: %s", error.args[0].name())
        return ""
    said = str(found.topic_id)
    return "" if said == NO_ID else said


def _quiet(log: logging.Logger) -> logging.Logger:
    """The client's own lines, of which those that matter come as errors: no secret is in the log
    whatever it writes."""
    quiet = log.getChild("librdkafka")
    quiet.setLevel(logging.CRITICAL + 1)
    return quiet
