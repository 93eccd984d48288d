#!/usr/bin/env bash
# Apache Airflow 3.3.2 with its standard provider 1.21.0: what a human-in-the-loop task asks after
# it was cleared.
#
# One would guess: a task that is cleared and runs again asks with what it says now. Its body is a
# template, rendered for each try, and the rendered template of the second try says so.
# True: the form keeps text, options, defaults and fields of the first try. A request belongs to the
# task instance and follows it through a clear (and a retry); asking again only removes the answer. So
# a person approves by figures that are those of another try, and the answer counts for the new one.
# What can be done: put a name of what is shown into a field of the form, which comes back with the
# answer, and compare it.
set -euo pipefail
work="$(mktemp -d)"
server=""
trap '[ -z "$server" ] || { kill -- "-$server" 2>/dev/null || true; sleep 3; }; rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check apache-airflow==3.3.2 \
  apache-airflow-providers-standard==1.21.0
mkdir "$work/dags"
cat >"$work/dags/ask.py" <<'PY'
from airflow.providers.standard.operators.hitl import ApprovalOperator
from airflow.sdk import DAG

with DAG("ask", schedule=None, is_paused_upon_creation=False):
    ApprovalOperator(task_id="ask", subject="Go on?", body="This is try {{ ti.try_number }}.")
PY
export AIRFLOW_HOME="$work" AIRFLOW__CORE__LOAD_EXAMPLES=False AIRFLOW__CORE__DAGS_FOLDER="$work/dags"
export AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS=True AIRFLOW__API__PORT="${PORT:-18797}"
export AIRFLOW__CORE__EXECUTION_API_SERVER_URL="http://127.0.0.1:$AIRFLOW__API__PORT/execution/"
export AIRFLOW__API__WORKERS=1 PATH="$work/venv/bin:$PATH"
setsid airflow standalone >"$work/log" 2>&1 &
server=$!
python - <<'PY'
import json
import os
import time
import urllib.error
import urllib.request
from importlib.metadata import version

API = f"http://127.0.0.1:{os.environ['AIRFLOW__API__PORT']}/api/v2"
print("apache-airflow", version("apache-airflow"), "standard provider",
      version("apache-airflow-providers-standard"))


def call(method, path, body=None):
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(API + path, data, method=method)
    request.add_header("Content-Type", "application/json")
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)


def patiently(what, *arguments, until=lambda found: True):
    end = time.monotonic() + 300
    while True:
        try:
            found = what(*arguments)
            if until(found):
                return found
        except (urllib.error.URLError, OSError):
            found = None
        assert time.monotonic() < end, (arguments, found)
        time.sleep(1)


run = patiently(call, "POST", "/dags/ask/dagRuns", {"logical_date": None})["dag_run_id"]
task = f"/dags/ask/dagRuns/{run}/taskInstances/ask"


def wait(state, tries):
    return patiently(call, "GET", task,
                     until=lambda ti: (ti["state"], ti["try_number"]) == (state, tries))


wait("awaiting_input", 1)
first = call("GET", f"{task}/-1/hitlDetails")["body"]
call("PATCH", f"{task}/-1/hitlDetails", {"chosen_options": ["Reject"], "params_input": {}})
wait("success", 1)
call("POST", "/dags/ask/clearTaskInstances",
     {"dry_run": False, "dag_run_id": run, "task_ids": ["ask"], "only_failed": False})
again = wait("awaiting_input", 2)
second = call("GET", f"{task}/-1/hitlDetails")
print("the first try asks:  ", first)
print("the second one asks: ", second["body"])
print("and has rendered:    ", again["rendered_fields"]["body"])
assert first == second["body"] == "This is try 1.", "the text follows the try now"
assert again["rendered_fields"]["body"] == "This is try 2."
assert not second["response_received"]
PY
