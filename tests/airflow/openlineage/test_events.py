"""Events of real runs, from the source to gold, at a real receiver, held to the standard.

And what must be in none of them: values of rows, secrets, names of people.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest
from confluent_kafka import Consumer, TopicPartition
from tests.airflow.openlineage.receiver import Event, Receiver, receiving
from tests.airflow.openlineage.standard import find_problems
from tests.conftest import fresh_database
from tests.kafka_broker import Broker

from medallion.local.environment import postgres_connection
from medallion.local.postgres import EmbeddedPostgres
from medallion.openlineage_transport import TRANSFORMER, transport_of

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

PERSON = "ana.martin@example.org"
SECRET = "s3cr3t-0f-the-bank"
LOGIN = PERSON.replace("@", "%40")
ONE_TASK = """\
description: Copies of a shop's tables, each in one task.
for_each_table:
  conn_id: shop_db
  schema: public
  PREFIX
  tables:
    stock:
      description: What is on the shelves.
      silver:
        primary_key: [item]
        columns: {item: {type: text}, pieces: {type: integer}}
        checks: [not_null: {column: pieces}]
"""
FILES = {
    "specs/lab/domain.yaml": "owner: lab-data\ndescription: The lab.\n",
    "specs/access.yaml": (
        "connections: {lab: [bank_core, shop_db]}\nlakes: {lab: ['file://LAB-open']}\n"
    ),
    "specs/lab/copies.yaml": ONE_TASK.replace("PREFIX", ""),
    **{
        f"specs/lab/{name}.yaml": ONE_TASK.replace("PREFIX", f"prefix: {name}_")
        for name in ("everywhere", "no_folder", "no_broker")
    },
    "specs/lab/sales.yaml": """\
description: What the lab sells.
datasets:
  orders:
    description: One row per order.
    source: {type: file, path: include/data/lab/orders.csv}
    bronze:
      checks: [row_count: {min_value: 1}]
    silver:
      primary_key: [order_id]
      publish_to: [{format: delta, location: "file://LAB-open/orders"}]
      columns:
        order_id: {from: Order, type: integer, description: The number of the order.}
        shop: {from: Shop, type: text, lookup: {dataset: shops, key: id, value: name}}
        email: {from: Mail, type: text, classification: {pii: email, protect: mask}}
        amount: {from: Amount, type: "decimal(8,2)"}
      checks:
        - not_null: {column: amount}
        - between: {column: amount, max_value: 10, on_failure: warn}
  shops:
    source: {type: file, path: include/data/lab/shops.csv}
    silver: {columns: {id: {type: text}, name: {type: text}}}
gold:
  takings:
    description: Takings of each shop.
    sql: takings.sql
    primary_key: [shop]
    checks: [not_null: {column: shop}]
""",
    "include/sql/lab/takings.sql": (
        "select shop, sum(amount) as taken from silver_lab.orders group by shop"
    ),
    "include/data/lab/orders.csv": f"Order,Shop,Mail,Amount\n1,a,{PERSON},9.50\n2,b,x@y.org,40\n",
    "include/data/lab/shops.csv": "id,name\na,North\nb,South\n",
    "specs/lab/people.yaml": """\
description: People, whose gate refuses them.
datasets:
  people:
    source: {type: file, path: include/data/lab/orders.csv}
    silver:
      columns: {mail: {from: Mail, type: text}}
      checks: [accepted_values: {column: mail, values: [nobody]}]
""",
    "specs/lab/bank.yaml": """\
description: A database that does not answer.
retries: 0
datasets:
  accounts:
    source: {type: database, conn_id: bank_core, table: public.accounts}
    silver: {columns: {id: {type: integer}}}
""",
    "specs/lab/trouble.yaml": """\
description: A receiver that is slow, wrong or gone.
datasets:
  shops_again:
    source: {type: file, path: include/data/lab/shops.csv}
    silver: {columns: {id: {type: text}, name: {type: text}}}
""",
}
TROUBLE = {"land": "wrong", "gate_bronze": "gone", "clean": "slow", "publish": "gone"}


@dataclass(frozen=True, kw_only=True)
class Lab:
    """What the runs have left."""

    receiver: Receiver
    messages: Sequence[Event]
    """What the broker's topic has in the end."""
    states: Mapping[str, str]
    root: Path
    log: str
    password: str
    """The warehouse's."""

    def event(self, task: str, kind: str = "COMPLETE") -> Event:
        """The one event of a task's kind."""
        (found,) = (
            one
            for one in self.receiver.events
            if one["job"]["name"] == task and one["eventType"] == kind
        )
        return found


def _folder(path: Path) -> Path:
    path.mkdir(exist_ok=True)
    return path


def _treat(event: Event) -> str:
    name = event["job"]["name"]
    return TROUBLE.get(name.rpartition(".")[2], "") if name.startswith("lab.trouble.") else ""


def _set_transport(transport: Mapping[str, Any]) -> str:
    """What sets a transport, with our transformer around it, for the DAGs that come next."""
    whole = {"type": "transform", "transformer_class": TRANSFORMER, "transport": transport}
    return f"AIRFLOW__OPENLINEAGE__TRANSPORT={json.dumps(whole)}"


def _list_runs(receiver: Receiver, broker: Broker, topic: str, root: Path) -> list[str]:
    """DAGs, and how the events of each are sent."""
    http = {"type": "http", "url": receiver.url, "timeout": 60}
    addresses = [f"file://{root}/events.jsonl", f"kafka://{broker.servers}/{topic}", "console:"]
    others = [json.loads(transport_of(one))["transport"] for one in addresses]
    others[1]["config"]["message.timeout.ms"] = "60000"
    nowhere = {"type": "file", "log_file_path": f"{root}/nowhere/events.jsonl", "append": True}
    # Longer than a task waits. Events of runs are sent in a process that this one waits for.
    config = {"bootstrap.servers": "127.0.0.1:1", "message.timeout.ms": "3000"}
    silent = {"type": "kafka", "topic": topic, "config": config}
    return [
        *(_set_transport(http), "lab.sales", "lab.copies", "lab.people", "lab.bank"),
        *(_set_transport({"type": "composite", "transports": [http, *others]}), "lab.everywhere"),
        *(_set_transport(nowhere), "lab.no_folder"),
        *("AIRFLOW__OPENLINEAGE__EXECUTION_TIMEOUT=1", _set_transport(silent), "lab.no_broker"),
        *("AIRFLOW__OPENLINEAGE__EXECUTION_TIMEOUT=3", _set_transport(http), "lab.trouble"),
    ]


def _read_messages(broker: Broker, topic: str) -> list[Event]:
    """Of the one partition of a topic to which nobody writes any more."""
    reader = Consumer({"bootstrap.servers": broker.servers, "group.id": "lab", "log_level": 0})
    try:
        _, end = reader.get_watermark_offsets(TopicPartition(topic, 0), 30)
        reader.assign([TopicPartition(topic, 0, 0)])
        found: list[Event] = []
        while len(found) < end:
            (message,) = reader.consume(1, 60)
            found.append(json.loads(message.value() or b""))
        return found
    finally:
        reader.close()


@pytest.fixture(scope="module")
def lab(
    embedded_postgres: EmbeddedPostgres,
    pg_url: str,
    project_root: Path,
    kafka_broker: Broker,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Lab]:
    root = tmp_path_factory.mktemp("lineage")
    for name, text in FILES.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text.replace("LAB", str(root)))
    for file in (project_root / "dags").glob("*.py"):
        shutil.copy(file, _folder(root / "dags"))
    with (
        fresh_database(embedded_postgres, pg_url) as warehouse,
        fresh_database(embedded_postgres, pg_url) as metadata,
        fresh_database(embedded_postgres, pg_url) as shop,
        receiving(_treat) as receiver,
    ):
        with psycopg.connect(shop) as source:
            source.execute("CREATE TABLE public.stock (item text PRIMARY KEY, pieces integer)")
            source.execute("INSERT INTO public.stock VALUES ('cup', 3), ('pot', 4)")
        topic = kafka_broker.make_topic()
        env = {
            **{key: value for key, value in os.environ.items() if not key.startswith("AIRFLOW")},
            "PYTHONPATH": f"{project_root}:{project_root / 'plugins'}",
            "MEDALLION_PROJECT_ROOT": str(root),
            "MEDALLION_STATE_ROOT": str(root / "state"),
            "MEDALLION_LAKE_ROOT": str(root / "lake"),
            "LAB_STATES": str(root / "states.json"),
            "NO_PROXY": "127.0.0.1",
            "AIRFLOW_HOME": str(root / "airflow"),
            "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
            "AIRFLOW__CORE__PLUGINS_FOLDER": str(project_root / "plugins"),
            "AIRFLOW__CORE__DAGS_FOLDER": str(root / "dags"),
            "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": metadata.replace(
                "postgresql", "postgresql+psycopg2", 1
            ),
            "AIRFLOW__OPENLINEAGE__NAMESPACE": "lab-airflow",
            "AIRFLOW__OPENLINEAGE__EXECUTION_TIMEOUT": "60",
            "AIRFLOW_CONN_MEDALLION_WAREHOUSE": postgres_connection(warehouse),
            "AIRFLOW_CONN_SHOP_DB": postgres_connection(shop),
            "AIRFLOW_CONN_BANK_CORE": f"postgres://{LOGIN}:{SECRET}@127.0.0.1:1/x",
        }
        runs = _list_runs(receiver, kafka_broker, topic, root)
        done = subprocess.run(
            [sys.executable, "-m", "tests.airflow.openlineage.run_lab", *runs],
            env=env,
            cwd=project_root,
            capture_output=True,
            text=True,
            check=False,
        )
        log = done.stdout + done.stderr
        assert done.returncode == 0, log[-6000:]
        password = urlsplit(warehouse).password or ""
        states = json.loads((root / "states.json").read_text())
        (root / "events.json").write_text(json.dumps(receiver.events))
        yield Lab(
            receiver=receiver,
            messages=_read_messages(kafka_broker, topic),
            states=states,
            root=root,
            log=log,
            password=password,
        )


def test_every_event_is_as_the_published_schemas_have_it(lab: Lab) -> None:
    problems = {
        f"{event['job']['name']} {event['eventType']}: {one}"
        for event in lab.receiver.events
        for one in find_problems(event)
    }
    assert problems == set()


def test_each_task_starts_and_ends(lab: Lab) -> None:
    assert lab.states == {
        "lab.sales": "success",
        "lab.copies": "success",
        "lab.people": "failed",
        "lab.bank": "failed",
        "lab.everywhere": "success",
        "lab.no_folder": "success",
        "lab.no_broker": "success",
        "lab.trouble": "success",
    }
    kinds: dict[str, list[str]] = {}
    for event in lab.receiver.events:
        kinds.setdefault(event["job"]["name"], []).append(event["eventType"])
    tasks = {name: said for name, said in kinds.items() if name.startswith("lab.sales.")}
    assert set(map(tuple, tasks.values())) == {("START", "COMPLETE")}
    assert len(tasks) == 14
    assert kinds["lab.people.people.gate_silver"] == ["START", "FAIL"]
    assert kinds["lab.bank.accounts.land"] == ["START", "FAIL"]
    parents = {
        event["run"]["facets"]["parent"]["job"]["name"]
        for event in lab.receiver.events
        if event["job"]["name"] in tasks
    }
    assert parents == {"lab.sales"}


def test_the_datasets_have_the_names_of_the_naming_specification(lab: Lab) -> None:
    landed = lab.event("lab.sales.orders.land")
    (source,), (landing,) = landed["inputs"], landed["outputs"]
    assert (source["namespace"], source["name"]) == (
        "file",
        str(lab.root / "include/data/lab/orders.csv"),
    )
    assert (landing["namespace"], landing["name"]) == (
        "file",
        str(lab.root / "lake/bronze/lab/orders"),
    )
    (table,) = lab.event("lab.sales.takings.publish")["outputs"]
    server, database = table["namespace"], table["name"].partition(".")[0]
    assert server.startswith("postgres://") and "@" not in server
    assert table["name"] == f"{database}.gold_lab.takings"
    (read,) = lab.event("lab.sales.takings.build")["inputs"]
    (published,) = lab.event("lab.sales.orders.publish")["outputs"]
    assert (read["namespace"], read["name"]) == (published["namespace"], published["name"])
    (bank,) = lab.event("lab.bank.accounts.land", "START")["inputs"]
    assert (bank["namespace"], bank["name"]) == ("postgres://127.0.0.1:1", "x.public.accounts")


def _lineage(dataset: Mapping[str, Any]) -> dict[str, list[str]]:
    fields = dataset["facets"]["columnLineage"]["fields"]
    return {
        name: [f"{one['name'].rpartition('/')[2]}.{one['field']}" for one in said["inputFields"]]
        for name, said in fields.items()
    }


def test_columns_lead_from_gold_to_the_fields_of_the_source(lab: Lab) -> None:
    (staged,) = lab.event("lab.sales.orders.clean")["outputs"]
    database = staged["name"].partition(".")[0]
    shops = f"{database}.silver_lab.shops"
    assert _lineage(staged) == {
        "order_id": ["orders.Order"],
        "shop": ["orders.Shop", f"{shops}.id", f"{shops}.name"],
        "email": ["orders.Mail"],
        "amount": ["orders.Amount"],
    }
    how = staged["facets"]["columnLineage"]["fields"]
    masked = {
        name: one["inputFields"][0]["transformations"][0]["masking"] for name, one in how.items()
    }
    assert masked == {"order_id": False, "shop": False, "email": True, "amount": False}
    (built,) = lab.event("lab.sales.takings.build")["outputs"]
    orders = f"{database}.silver_lab.orders"
    assert _lineage(built) == {"shop": [f"{orders}.shop"], "taken": [f"{orders}.amount"]}
    (table,) = lab.event("lab.sales.takings.publish")["outputs"]
    staging = f"{database}.staging_gold_lab.takings"
    assert _lineage(table) == {"shop": [f"{staging}.shop"], "taken": [f"{staging}.taken"]}


def test_a_table_of_the_lake_has_the_columns_of_the_published_table(lab: Lab) -> None:
    done = lab.event("lab.sales.orders.publish_delta")
    (read,), (written,) = done["inputs"], done["outputs"]
    (published,) = lab.event("lab.sales.orders.publish")["outputs"]
    assert (read["namespace"], read["name"]) == (published["namespace"], published["name"])
    assert (written["namespace"], written["name"]) == ("file", f"{lab.root}-open/orders")
    columns = ["order_id", "shop", "email", "amount"]
    assert _lineage(written) == {name: [f"{published['name']}.{name}"] for name in columns}
    facets = written["facets"]
    assert [one["name"] for one in facets["schema"]["fields"]] == columns
    assert facets["documentation"]["description"] == "One row per order."
    assert written["outputFacets"]["outputStatistics"]["rowCount"] == 2
    (begun,) = lab.event("lab.sales.orders.publish_delta", "START")["outputs"]
    assert begun["name"] == written["name"]


def test_a_task_of_a_whole_table_leads_from_its_source_to_what_it_publishes(lab: Lab) -> None:
    done = lab.event("lab.copies.stock.publish")
    inputs = {one["name"].rpartition("/")[2]: one for one in done["inputs"]}
    outputs = {one["name"].rpartition("/")[2]: one for one in done["outputs"]}
    source, landing, staging, table = "public.stock", "stock", "staging_silver_lab", "silver_lab"
    (read,) = [one for name, one in inputs.items() if name.endswith(source)]
    (published,) = [one for name, one in outputs.items() if name.split(".")[1:2] == [table]]
    (staged,) = [one for name, one in outputs.items() if name.split(".")[1:2] == [staging]]
    assert read["namespace"].startswith("postgres://127.0.0.1:")
    assert (len(inputs), len(outputs)) == (3, 3), "what one step writes, the next one reads"
    assert _lineage(outputs[landing]) == {
        name: [f"{read['name']}.{name}"] for name in ("item", "pieces")
    }
    assert _lineage(staged) == {name: [f"stock.{name}"] for name in ("item", "pieces")}
    assert _lineage(published) == {
        name: [f"{staged['name']}.{name}"] for name in ("item", "pieces")
    }
    assert published["outputFacets"]["outputStatistics"]["rowCount"] == 2
    (check,) = inputs[staged["name"]]["inputFacets"]["dataQualityAssertions"]["assertions"]
    assert (check["assertion"], check["success"]) == ("not_null", True)
    begun = lab.event("lab.copies.stock.publish", "START")
    assert {one["name"] for one in begun["inputs"]} == {one["name"] for one in done["inputs"]}


def test_datasets_have_schema_counts_owner_documentation_and_code(lab: Lab) -> None:
    published = lab.event("lab.sales.orders.publish")
    (table,) = published["outputs"]
    facets = table["facets"]
    assert [(one["name"], one["type"]) for one in facets["schema"]["fields"]] == [
        ("order_id", "integer"),
        ("shop", "text"),
        ("email", "text"),
        ("amount", "numeric(8,2)"),
    ]
    assert facets["schema"]["fields"][0]["description"] == "The number of the order."
    assert facets["documentation"]["description"] == "One row per order."
    assert [one["name"] for one in facets["ownership"]["owners"]] == ["lab-data"]
    assert facets["version"]["datasetVersion"] == "1"
    assert facets["dataQualityMetrics"]["rowCount"] == 2
    assert table["outputFacets"]["outputStatistics"]["rowCount"] == 2
    (landing,) = lab.event("lab.sales.orders.land")["outputs"]
    counts = landing["outputFacets"]["outputStatistics"]
    size = len(FILES["include/data/lab/orders.csv"])
    assert (counts["rowCount"], counts["size"], counts["fileCount"]) == (2, size, 1)
    job = lab.event("lab.sales.takings.build")["job"]
    assert job["namespace"] == "lab-airflow"
    assert job["facets"]["sql"]["query"] == FILES["include/sql/lab/takings.sql"]
    assert "What the lab sells." in job["facets"]["documentation"]["description"]
    assert [one["name"] for one in job["facets"]["ownership"]["owners"]] == ["lab-data"]


def test_a_gate_says_what_its_checks_found(lab: Lab) -> None:
    (judged,) = lab.event("lab.sales.orders.gate_silver")["inputs"]
    facets = judged["inputFacets"]
    found = {
        one["name"]: (one["assertion"], one["column"], one["success"], one["severity"])
        for one in facets["dataQualityAssertions"]["assertions"]
    }
    assert found == {
        "not_null_amount": ("not_null", "amount", True, "error"),
        "between_amount": ("between", "amount", False, "warn"),
    }
    metrics = facets["dataQualityMetrics"]
    assert metrics["rowCount"] == 2 and metrics["columnMetrics"]["amount"]["nullCount"] == 0
    (refused,) = lab.event("lab.people.people.gate_silver", "FAIL")["inputs"]
    (check,) = refused["inputFacets"]["dataQualityAssertions"]["assertions"]
    assert (check["success"], check["actual"]) == (False, "2 of 2 rows fail")


def test_no_value_no_secret_and_nobodys_name_is_sent(lab: Lab) -> None:
    assert PERSON in lab.log, "the log of the gate quotes the row: the test is about something"
    sent = "\n".join(lab.receiver.bodies)
    for planted in (PERSON, "ana.martin", SECRET, "North", "40.00", "x@y.org", lab.password):
        assert planted not in sent, planted
    error = lab.event("lab.people.people.gate_silver", "FAIL")["run"]["facets"]["errorMessage"]
    assert error["message"] == "DataRejected: the task's log says what failed"
    assert "stackTrace" not in error
    runs = [
        event["run"]["facets"].get("airflow", {}).get("dagRun", {}) for event in lab.receiver.events
    ]
    assert not any({"conf", "note", "triggering_user_name"} & set(run) for run in runs)


def test_a_receiver_that_is_slow_wrong_or_gone_fails_no_task(lab: Lab) -> None:
    asked = {
        event["job"]["name"].rpartition(".")[2]
        for event in lab.receiver.events
        if event["job"]["name"].startswith("lab.trouble.")
    }
    assert asked >= set(TROUBLE)
    assert lab.states["lab.trouble"] == "success"


def test_each_transport_has_the_same_events(lab: Lab) -> None:
    lines = (lab.root / "events.jsonl").read_text().splitlines()
    logged = re.findall(r"info +\] (\{\"eventTime\".*\}) \[openlineage\.client", lab.log)
    posted = _of_tasks(lab.receiver.events, "lab.everywhere.")
    assert {json.loads(one)["eventType"] for one in posted} == {"START", "COMPLETE"}
    assert _of_tasks(map(json.loads, lines), "lab.everywhere.") == posted
    assert _of_tasks(lab.messages, "lab.everywhere.") == posted
    assert _of_tasks(map(json.loads, logged), "lab.everywhere.") == posted


def _of_tasks(events: Iterable[Event], prefix: str) -> list[str]:
    """The events of a DAG's tasks, which run one after the other, as texts. That of its run is sent
    in a process of its own, meanwhile."""
    return [json.dumps(one, sort_keys=True) for one in events if _is_of(one, prefix)]


def _is_of(event: Event, prefix: str) -> bool:
    return str(event["job"]["name"]).startswith(prefix)


def test_a_file_that_cannot_be_written_and_a_broker_that_is_down_fail_no_task(lab: Lab) -> None:
    assert lab.states["lab.no_folder"] == lab.states["lab.no_broker"] == "success"
    assert f"Failed to write to log file `{lab.root}/nowhere/events.jsonl`" in lab.log
    assert "expired and will be terminated by listener" in lab.log
    assert "127.0.0.1:1/bootstrap" in lab.log, "librdkafka has tried"
    for other in ("lab.no_folder.", "lab.no_broker."):
        assert _of_tasks([*lab.receiver.events, *lab.messages], other) == []
