"""When events of our DAGs are sent, and what is imported while they are not."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from airflow.configuration import conf
from airflow.providers.openlineage.utils.emission_policy import (
    resolve_dag_emission_policy,
    resolve_task_emission_policy,
)
from openlineage.client.transport import TransformTransport, get_default_factory
from tests.airflow.lab import plan_of_lab

from medallion.airflow.factory import build_dag
from medallion.airflow.openlineage.sending import Sending, hold_back_events, read_sending
from medallion.errors import SetupError
from medallion.openlineage_transport import is_clean, transport_of

TRANSPORT = "AIRFLOW__OPENLINEAGE__TRANSPORT"
PLAIN = '{"type": "http", "url": "http://127.0.0.1:9"}'
CLEAN = transport_of("http://127.0.0.1:9")


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({}, Sending.OFF),
        ({TRANSPORT: CLEAN}, Sending.CLEAN),
        ({TRANSPORT: PLAIN}, Sending.UNSAFE),
        ({TRANSPORT: PLAIN, "AIRFLOW__OPENLINEAGE__DISABLED": "True"}, Sending.OFF),
        ({"AIRFLOW__OPENLINEAGE__CONFIG_PATH": "/etc/openlineage.yml"}, Sending.UNSAFE),
        ({"AIRFLOW__OPENLINEAGE__CONFIG_CONN_ID": "lineage", TRANSPORT: CLEAN}, Sending.UNSAFE),
        ({"OPENLINEAGE_URL": "http://127.0.0.1:9"}, Sending.UNSAFE),
        ({"OPENLINEAGE__TRANSPORT__TYPE": "console"}, Sending.UNSAFE),
    ],
)
def test_a_transport_is_clean_with_our_transformer_around_it(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], expected: Sending
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert read_sending() is expected


def test_airflow_is_asked_again_where_variables_have_changed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    get, asked = conf.get, list[str]()

    def ask(section: str, key: str, **more: Any) -> Any:
        asked.append(key)
        return get(section, key, **more)

    monkeypatch.setattr(conf, "get", ask)
    monkeypatch.setenv(TRANSPORT, CLEAN)
    assert read_sending() is Sending.CLEAN
    assert "transport" in asked
    asked.clear()
    assert (read_sending(), asked) == (Sending.CLEAN, [])
    monkeypatch.setenv(TRANSPORT, PLAIN)
    assert read_sending() is Sending.UNSAFE
    monkeypatch.delenv(TRANSPORT)
    assert read_sending() is Sending.OFF


@pytest.mark.parametrize("text", ["", "[]", "null", "{", '{"type": "transform"}', PLAIN])
def test_what_is_not_understood_is_not_clean(text: str) -> None:
    assert not is_clean(text)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://lineage.example.org/x", {"type": "http", "url": "https://lineage.example.org/x"}),
        ("file:///var/lineage/events.jsonl", {"type": "file", "append": True,
                                              "log_file_path": "/var/lineage/events.jsonl"}),
        ("kafka://k1:9092,k2:9092/lineage", {"type": "kafka", "topic": "lineage"}),
        ("console:", {"type": "console"}),
    ],
)  # fmt: skip
def test_the_client_takes_the_transport_of_each_kind_of_address(
    url: str, expected: dict[str, object]
) -> None:
    text = transport_of(url)
    assert is_clean(text)
    inner = json.loads(text)["transport"]
    assert expected.items() <= inner.items()
    made = get_default_factory().create(json.loads(text))
    assert isinstance(made, TransformTransport)
    assert made.transport.kind == inner["type"]


def test_a_broker_that_is_down_is_given_up_before_a_task_would_be() -> None:
    """Without a limit librdkafka tries for five minutes, also in the scheduler."""
    said = json.loads(transport_of("kafka://k1:9092,k2:9092/lineage"))["transport"]["config"]
    assert said == {"bootstrap.servers": "k1:9092,k2:9092", "message.timeout.ms": "2000"}


@pytest.mark.parametrize(
    "url",
    ["marquez:5000", "http://", "file://events.jsonl", "kafka://k1:9092", "kafka:///t",
     "kafka://k1:9092/a/b", "console://here", "ftp://ana:s3cr3t@lineage/x"],
)  # fmt: skip
def test_an_address_that_nothing_can_be_sent_to_is_refused(url: str) -> None:
    with pytest.raises(SetupError, match="MEDALLION_OPENLINEAGE_URL") as caught:
        transport_of(url)
    assert "kafka://HOST:PORT/TOPIC" in str(caught.value)
    assert "s3cr3t" not in str(caught.value)


@pytest.mark.parametrize(("transport", "is_sent"), [(CLEAN, True), (PLAIN, False)])
def test_nothing_is_sent_of_our_dags_without_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, transport: str, is_sent: bool
) -> None:
    monkeypatch.setenv(TRANSPORT, transport)
    dag = build_dag(plan_of_lab(tmp_path), str(tmp_path / "x.yaml"))
    assert hold_back_events({dag.dag_id: dag}) == {dag.dag_id: dag}
    task = dag.task_dict["takings.publish"]
    assert resolve_task_emission_policy(task, dag.dag_id, task.task_id).emit is is_sent
    assert resolve_dag_emission_policy(dag.dag_id, dag).emit is is_sent


def test_nothing_of_the_provider_is_imported_while_it_is_off(
    tmp_path: Path, project_root: Path
) -> None:
    """A parse that makes DAGs, in a process of its own."""
    program = (
        "import sys; from pathlib import Path\n"
        "from tests.airflow.lab import plan_of_lab\n"
        "from medallion.airflow.factory import build_dag\n"
        "from medallion.airflow.openlineage.sending import hold_back_events\n"
        f"dag = build_dag(plan_of_lab(Path({str(tmp_path)!r})), 'x.yaml')\n"
        "hold_back_events({dag.dag_id: dag})\n"
        # Airflow itself looks at what each provider brings.
        "own = ('medallion', 'airflow.providers.openlineage.get_provider_info')\n"
        "found = [name for name in sys.modules if 'openlineage' in name]\n"
        "found = [name for name in found if name != 'airflow.providers.openlineage']\n"
        "print([name for name in found if not name.startswith(own)])\n"
    )
    env = {
        **{key: value for key, value in os.environ.items() if not key.startswith("AIRFLOW")},
        "AIRFLOW_HOME": str(tmp_path / "airflow"),
        "PYTHONPATH": f"{project_root}:{project_root / 'plugins'}",
    }
    done = subprocess.run(
        [sys.executable, "-c", program],
        env=env, capture_output=True, text=True, check=True, cwd=project_root,
    )  # fmt: skip
    assert json.loads(done.stdout.strip().splitlines()[-1].replace("'", '"')) == []
