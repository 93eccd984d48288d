#!/usr/bin/env bash
# librdkafka 2.16.0 (in confluent-kafka 2.16.1), its mock cluster (test.mock.num.brokers).
#
# One would guess: what an AdminClient asks of it is answered, or refused at once as not supported.
# True: its metadata name broker 0 as the controller, and its brokers are numbered from 1. So
# describe_topics, which asks the controller, waits for as long as it may and then says that it waited
# for the controller, while the same client's list_topics answers at once. Code that asks for a
# topic's id and goes on without one is not wrong there, only slow: give the question a short time.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check confluent-kafka==2.16.1
"$work/venv/bin/python" - <<'PY'
import time

import confluent_kafka
from confluent_kafka import KafkaException, Producer, TopicCollection
from confluent_kafka.admin import AdminClient

print("confluent-kafka", confluent_kafka.__version__, "librdkafka", confluent_kafka.libversion()[0])
owner = Producer({"bootstrap.servers": "", "test.mock.num.brokers": 1, "log_level": 0})
((number, server),) = owner.list_topics(timeout=30).brokers.items()
servers = {"bootstrap.servers": f"{server.host}:{server.port}", "log_level": 0}
writer = Producer(servers)
writer.produce("orders", b"1")
assert writer.flush(10) == 0
admin = AdminClient(servers)
found = admin.list_topics("orders", timeout=5)
print("brokers", [number], "controller", found.controller_id, "topics", list(found.topics))
begun = time.monotonic()
try:
    admin.describe_topics(TopicCollection(["orders"]), request_timeout=3)["orders"].result()
    said = "answered"
except KafkaException as error:
    said = error.args[0].str()
print(f"describe_topics, after {time.monotonic() - begun:.1f} s: {said}")
assert found.controller_id not in found.brokers, "this has changed"
assert "waiting for controller" in said, "this has changed"
PY
