"""The source types as the spec sees them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from tests.sources import added_kinds
from tests.steps.staged import query

from medallion.sources.kinds import TABLE_TYPES
from medallion.sources.loaded_tables.table import LoadedTable
from medallion.spec.models.pipeline import TableSource


@pytest.fixture(scope="module")
def added(
    project_root: Path, module_warehouse_db: str, tmp_path_factory: pytest.TempPathFactory
) -> list[str]:
    """What `added_kinds` prints."""
    root = tmp_path_factory.mktemp("shop")
    done = subprocess.run(
        [sys.executable, "-m", added_kinds.__name__, str(root), module_warehouse_db],
        cwd=project_root,
        env={"PYTHONPATH": f"{project_root / 'plugins'}:{project_root}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_a_source_type_is_a_folder(added: list[str], module_warehouse_db: str) -> None:
    found = query(module_warehouse_db, "SELECT number FROM silver_shop.numbers ORDER BY number")
    assert found == [(1,), (2,), (3,)]


def test_a_file_format_brings_its_own_keys_by_its_line_in_the_table(
    added: list[str], module_warehouse_db: str
) -> None:
    found = query(module_warehouse_db, "SELECT number, name FROM silver_shop.cards ORDER BY 1")
    assert found == [(1, "Ada"), (2, "Grace")]
    assert added[2:4] == [
        "nothing joins nothing; write `: `",
        "joint does not apply to `format: csv`; remove joint, or say `format: cards`",
    ]
    assert added[5] == "joint in the schema: cards: what is between a name and its value."


def test_a_way_of_paging_an_auth_and_a_kind_of_chart_are_rows_of_their_tables(
    added: list[str],
) -> None:
    assert added[-1] == "funnel 3", (
        "the plan has the chart; three pages, with the stamp, are landed"
    )


def test_its_name_is_in_messages_and_in_the_schema_for_editors(added: list[str]) -> None:
    assert [*added[:2], added[4]] == [
        "'countdwn' is not a source type; there are airbyte, database, delta, dlt, file, fivetran, "
        "iceberg, kafka, rest, tmdb, countdown; did you mean countdown?",
        "type is missing; add `type:`, as airbyte, database, delta, dlt, file, fivetran, iceberg, "
        "kafka, rest, tmdb or countdown",
        "countdown in the schema: True",
    ]


def test_a_table_of_many_has_every_word_of_the_types_that_tools_load() -> None:
    loaded = [one for one in TABLE_TYPES.values() if issubclass(one, LoadedTable)]
    words = {
        name: str(field.annotation) for one in loaded for name, field in one.model_fields.items()
    }
    own = {"type", "conn_id", "table"}
    assert {name: str(field.annotation) for name, field in TableSource.model_fields.items()} == {
        name: annotation for name, annotation in words.items() if name not in own
    }


def test_reading_specs_loads_no_client_and_no_airflow(project_root: Path) -> None:
    code = (
        "import sys, medallion.sources.kinds; print({m.split('.')[0] for m in sys.modules}"
        " & {'httpx', 'httpcore', 'confluent_kafka', 'airflow', 'duckdb', 'pandas', 'pyarrow',"
        " 'medallion.lake'})"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={"PYTHONPATH": str(project_root / "plugins")},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "set()"
