"""What becomes of deleted and changed rows in silver, where a page of the docs does not run it."""

from __future__ import annotations

from pathlib import Path

import psycopg
from tests.docs.pages import Project
from tests.docs.test_sources_airbyte import connection_of
from tests.steps.staged import query

SPEC = """
description: What other tools have loaded.
schedule: "@daily"
start_date: 2026-01-01
datasets:
  calls:
    source: {type: airbyte, conn_id: loads, table: r, raw: true, on_change: quarantine}
    silver:
      primary_key: [id]
      deduplicate: {order_by: [at desc]}
      columns:
        id: {from: _airbyte_data.id, type: bigint}
        at: {from: _airbyte_extracted_at, type: timestamptz}
  accounts:
    source: {type: fivetran, conn_id: loads, table: a}
    silver:
      primary_key: [id]
      write_disposition: merge
      missing_keys: soft_delete
      guard: {max_shrink_percent: null}
      columns: {id: {type: bigint}}
"""
TABLES = """
CREATE TABLE r (_airbyte_raw_id varchar, _airbyte_extracted_at timestamptz, _airbyte_data jsonb,
    _airbyte_meta jsonb);
INSERT INTO r VALUES ('r1', '2026-01-01 10:00Z', '{"id": 1}', '{"changes": []}'),
    ('r2', '2026-01-01 11:00Z', '{"id": 2}',
     '{"changes": [{"field": "name", "change": "TRUNCATED", "reason": "TOO_LARGE"}]}');
CREATE TABLE a (id bigint, _fivetran_deleted boolean, _fivetran_synced timestamptz);
INSERT INTO a VALUES (1, false, '2026-01-01Z'), (2, false, '2026-01-01Z');
"""


def test_deleted_rows_are_marked_and_changed_records_set_apart(
    tmp_path: Path, warehouse_db: str, second_warehouse_db: str
) -> None:
    details = connection_of(second_warehouse_db, "loads")
    project = Project(root=tmp_path, url=warehouse_db, connections={"loads": details})
    project.write("specs/shop/loads.yaml", SPEC)
    assert project.problems() == []
    with psycopg.connect(second_warehouse_db, autocommit=True) as loads:
        loads.execute(TABLES)
        project.run("shop.loads")
        loads.execute("UPDATE a SET _fivetran_deleted = true WHERE id = 2")
        for run_id in ("by_hand_1", "by_hand_2"):  # a day that two runs bring is there once
            project.run("shop.loads", day=1, run_id=run_id, group="accounts")
    assert query(warehouse_db, "SELECT id FROM silver_shop.calls") == [(1,)]
    ((reasons,),) = query(warehouse_db, "SELECT reasons FROM quarantine_silver_shop.calls")
    assert reasons == ["name: TRUNCATED (TOO_LARGE)"]
    accounts = "SELECT id, _deleted_at IS NOT NULL FROM silver_shop.accounts ORDER BY 1"
    assert query(warehouse_db, accounts) == [(1, False), (2, True)]
