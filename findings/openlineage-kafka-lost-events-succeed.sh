#!/usr/bin/env bash
# openlineage-python 1.54.0, its Kafka transport (confluent-kafka 2.16.1), and a broker that is down.
#
# One would guess: emit() raises, as that of the HTTP and file transports does, when the event could not be
# sent; so a `composite` transport tries the next one, and Airflow's provider warns.
# True: emit() returns as if all were well. The transport flushes, and whoever it asks for the delivery only
# logs what librdkafka says (Local: Message timed out). Airflow's provider (2.20.3) then logs "Successfully
# emitted", below that error, and counts no `ol.emit.failed`; a `composite` with continue_on_success: false,
# made to fall back on another transport, counts the lost event as sent and never tries that one. Without
# message.timeout.ms emit() blocks for librdkafka's default of five minutes.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check openlineage-python==1.54.0 confluent-kafka==2.16.1
cd "$work"
"$work/venv/bin/python" - <<'PY'
import os
from datetime import datetime, timezone
from importlib.metadata import version
from uuid import uuid4

from openlineage.client import OpenLineageClient
from openlineage.client.event_v2 import Job, Run, RunEvent, RunState

print("openlineage-python", version("openlineage-python"), "confluent-kafka", version("confluent-kafka"))
EVENT = RunEvent(
    eventTime=datetime.now(timezone.utc).isoformat(), eventType=RunState.START,
    run=Run(runId=str(uuid4())), job=Job(namespace="n", name="j"), producer="https://example.org",
)
DOWN = "127.0.0.1:1"
KAFKA = {"type": "kafka", "topic": "t", "config": {
    "bootstrap.servers": DOWN, "message.timeout.ms": "1000", "log_level": "0"}}
HTTP = {"type": "http", "url": f"http://{DOWN}", "timeout": 1, "retry": {"total": 0}}
FILE = {"type": "file", "log_file_path": "events.jsonl", "append": True}


def emit(transport):
    try:
        OpenLineageClient(config={"transport": transport}).emit(EVENT)
    except Exception as error:
        return f"raises {type(error).__name__}"
    return "returns"


def first_that_takes_it(*transports):
    one = {"type": "composite", "continue_on_success": False, "transports": list(transports)}
    said = emit(one)
    return f"{said}; the file has {'the event' if os.path.exists('events.jsonl') else 'nothing'}"


found = {
    "http, nobody there": emit(dict(HTTP)),
    "kafka, nobody there": emit(KAFKA | {"config": dict(KAFKA["config"])}),
    "kafka, else a file": first_that_takes_it(KAFKA | {"config": dict(KAFKA["config"])}, dict(FILE)),
    "http, else a file": first_that_takes_it(dict(HTTP), dict(FILE)),
}
for case, said in found.items():
    print(f"{case}: {said}")
assert list(found.values()) == [
    "raises ConnectionError",
    "returns",
    "returns; the file has nothing",
    "returns; the file has the event",
], "this has changed"
PY
