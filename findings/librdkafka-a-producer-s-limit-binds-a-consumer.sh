#!/usr/bin/env bash
# librdkafka 2.16.0 (in confluent-kafka 2.16.1), a consumer that asks for little.
#
# One would guess: fetch.max.bytes says how much one answer of a broker may hold, whatever producers
# write. A consumer that only wants to know whether there are messages sets it to 64 KiB; in Kafka's
# own client any number is taken, since the first batch of a partition is sent whole anyway.
# True: the consumer is not made: fetch.max.bytes must not be less than message.max.bytes, which is a
# limit on what a producer sends, 1,000,000 by default, and which a consumer has no other use of. With
# both set it is made. The documentation of fetch.max.bytes says that it is "automatically adjusted
# upwards to be at least message.max.bytes": it is not (issue 823 of confluent-kafka-python, of 2020).
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check confluent-kafka==2.16.1
"$work/venv/bin/python" - <<'PY'
import confluent_kafka
from confluent_kafka import Consumer, KafkaException

print("confluent-kafka", confluent_kafka.__version__, "librdkafka", confluent_kafka.libversion()[0])


def make(**settings):
    try:
        Consumer(
            {"group.id": "g", "bootstrap.servers": "127.0.0.1:9", "log_level": 0, **settings}
        ).close()
    except KafkaException as error:
        return error.args[0].str()
    return "made"


small = {"fetch.max.bytes": 65536}
alone, both = make(**small), make(**small, **{"message.max.bytes": 65536})
print("fetch.max.bytes=65536:", alone)
print("and message.max.bytes=65536:", both)
assert "`fetch.max.bytes` must be >= `message.max.bytes`" in alone, "this has changed"
assert both == "made", "this has changed"
PY
