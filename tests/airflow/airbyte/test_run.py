"""A whole run in a real Airflow: Airbyte syncs, then its tables are read."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import psycopg
from tests.airflow.airbyte.conftest import CONNECTION, SPEC
from tests.airflow.airbyte.run_sync import MARK
from tests.airflow.airbyte.server import SECRET, AirbyteServer
from tests.conftest import fresh_database

from medallion.local.environment import postgres_connection
from medallion.local.postgres import EmbeddedPostgres

TABLE = """
CREATE SCHEMA crm;
CREATE TABLE crm.{name} (_airbyte_raw_id varchar NOT NULL, _airbyte_meta jsonb NOT NULL,
    _airbyte_extracted_at timestamptz NOT NULL, _airbyte_generation_id bigint, id bigint);
INSERT INTO crm.{name} VALUES ('r1', '{{"changes": []}}', '2026-01-02 00:00Z', 1, 7);
"""


def test_airbyte_syncs_and_then_its_tables_are_read(
    airbyte: AirbyteServer,
    embedded_postgres: EmbeddedPostgres,
    pg_url: str,
    project_root: Path,
    tmp_path: Path,
) -> None:
    (tmp_path / "specs" / "crm").mkdir(parents=True)
    (tmp_path / "specs/crm/customers.yaml").write_text(SPEC)
    # Another process may be writing bytecode into it just now.
    code = shutil.ignore_patterns("__pycache__")
    shutil.copytree(project_root / "dags", tmp_path / "dags", ignore=code)
    airbyte.next_states = [["pending", "running", "succeeded"]]
    with (
        fresh_database(embedded_postgres, pg_url) as warehouse,
        fresh_database(embedded_postgres, pg_url) as metadata,
        fresh_database(embedded_postgres, pg_url) as loads,
    ):
        with psycopg.connect(loads) as source:
            source.execute(TABLE.format(name="customers"))
            source.execute(TABLE.format(name="orders").replace("CREATE SCHEMA crm;", ""))
        env = {
            **{key: value for key, value in os.environ.items() if not key.startswith("AIRFLOW")},
            "PYTHONPATH": os.pathsep.join(
                (str(project_root), str(project_root / "plugins"), *_found_elsewhere())
            ),
            "MEDALLION_PROJECT_ROOT": str(tmp_path),
            "MEDALLION_STATE_ROOT": str(tmp_path / "state"),
            "MEDALLION_LAKE_ROOT": str(tmp_path / "lake"),
            "NO_PROXY": "127.0.0.1",
            "AIRFLOW_HOME": str(tmp_path / "airflow"),
            "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
            "AIRFLOW__CORE__PLUGINS_FOLDER": str(project_root / "plugins"),
            "AIRFLOW__CORE__DAGS_FOLDER": str(tmp_path / "dags"),
            "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": metadata.replace(
                "postgresql", "postgresql+psycopg2", 1
            ),
            "AIRFLOW_CONN_MEDALLION_WAREHOUSE": postgres_connection(warehouse),
            "AIRFLOW_CONN_CRM_LOADS": postgres_connection(loads),
            "AIRFLOW_CONN_CRM_AIRBYTE": airbyte.connection(),
        }
        done = subprocess.run(
            [sys.executable, "-m", "tests.airflow.airbyte.run_sync", "crm.customers"],
            env=env,
            cwd=project_root,
            capture_output=True,
            text=True,
            check=False,
        )
        log = done.stdout + done.stderr
        assert done.returncode == 0, log[-6000:]
        (line,) = [one for one in done.stdout.splitlines() if one.startswith(MARK)]
        states = json.loads(line.removeprefix(MARK))
        assert set(states.values()) == {"success"}, (states, log[-8000:])
        assert f"airbyte-sync-{CONNECTION}" in states
        assert airbyte.made == [CONNECTION]
        assert SECRET not in log
        with psycopg.connect(warehouse) as connection:
            found = connection.execute(
                "SELECT c.id, o.id FROM silver_crm.customers AS c, silver_crm.orders AS o"
            ).fetchall()
            assert found == [(7, 7)]


def _found_elsewhere() -> list[str]:
    """Where the provider is, if this process was told."""
    said = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    return [one for one in said if Path(one).is_absolute()]
