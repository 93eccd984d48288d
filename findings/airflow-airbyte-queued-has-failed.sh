#!/usr/bin/env bash
# apache-airflow-providers-airbyte 6.2.0 (with airbyte-api 1.0.1), asked about a job that Airbyte has queued.
#
# One would guess: the statuses that Airbyte's API documents, and airbyte-api lists in JobStatusEnum, are each
# either an end of the job or not, and the provider waits as long as there is no end. `queued` is none.
# True: the provider knows `pending`, `running` and `incomplete` as statuses of a job that goes on, and not
# `queued`. AirbyteSyncTrigger (deferrable=True) says of a queued job that it has failed; wait_for_job
# (deferrable=False) raises "unexpected state"; so does the operator where the job is queued as it is made. The
# sync itself goes on in Airbyte, and the task's next try asks for another one, which Airbyte refuses (409).
# The trigger also takes one answer that is lost, such as a 503 of a proxy, for the end of the job.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check \
    apache-airflow-core==3.3.2 apache-airflow-providers-airbyte==6.2.0 airbyte-api==1.0.1
export AIRFLOW_HOME="$work" AIRFLOW__DATABASE__SQL_ALCHEMY_CONN="sqlite:///$work/airflow.db"
export NO_PROXY=127.0.0.1
"$work/venv/bin/python" - <<'PY' 2>/dev/null
import asyncio
import json
import os
import threading
import time
from http.server import BaseHTTPRequestHandler, HTTPServer
from importlib.metadata import version

answers = []


class Airbyte(BaseHTTPRequestHandler):
    def do_GET(self):
        status = answers.pop(0) if len(answers) > 1 else answers[0]
        job = {"jobId": 7, "status": status, "jobType": "sync", "startTime": "2026-01-02T00:00:00Z",
               "connectionId": "7f3ab2c1-9d7e-4c0e-8a55-2f1f3d6f0c11"}
        body = json.dumps(job).encode()
        self.send_response(503 if status == "503" else 200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


server = HTTPServer(("127.0.0.1", 0), Airbyte)
threading.Thread(target=server.serve_forever, daemon=True).start()
os.environ["AIRFLOW_CONN_AIRBYTE_DEFAULT"] = json.dumps(
    {"conn_type": "airbyte", "host": f"http://127.0.0.1:{server.server_address[1]}/v1"})

from airbyte_api.models import JobStatusEnum
from airflow.providers.airbyte.hooks.airbyte import AirbyteHook
from airflow.providers.airbyte.triggers.airbyte import AirbyteSyncTrigger

print("provider", version("apache-airflow-providers-airbyte"), "airbyte-api", version("airbyte-api"))
print("statuses:", ", ".join(one.value for one in JobStatusEnum))


async def first_event(*statuses):
    answers[:] = statuses
    trigger = AirbyteSyncTrigger(
        job_id=7, conn_id="airbyte_default", end_time=time.time() + 30, poll_interval=0.1)
    async for event in trigger.run():
        return event.payload["status"], event.payload["message"]


def wait(*statuses):
    answers[:] = statuses
    try:
        AirbyteHook().wait_for_job(7, wait_seconds=0.1, timeout=30)
    except Exception as error:
        return f"{type(error).__name__}: {error}".splitlines()[0]
    return "it ended well"


seen = []
for before in ("pending", "running", "incomplete", "queued", "503"):
    event = asyncio.run(first_event(before, "succeeded"))
    print(f"{before}, then succeeded: the trigger says {event[0]}, {event[1][:60]!r}")
    seen.append(event[0])
waited = wait("queued", "succeeded")
print("queued, then succeeded: wait_for_job says", waited)
assert seen == ["success", "success", "success", "error", "error"], f"this has changed: {seen}"
assert "unexpected state" in waited, f"this has changed: {waited}"
PY
