"""The source types as the spec sees them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import get_args

from medallion.sources.kinds import SOURCE_TYPES, Source


def test_the_union_and_the_tuple_name_the_same_types() -> None:
    union, _ = get_args(Source)
    assert set(get_args(union)) == set(SOURCE_TYPES)


def test_reading_specs_loads_no_client_and_no_airflow(project_root: Path) -> None:
    code = (
        "import sys, medallion.sources.kinds; print({m.split('.')[0] for m in sys.modules}"
        " & {'httpx', 'httpcore', 'airflow', 'duckdb', 'pandas', 'pyarrow', 'medallion.lake'})"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={"PYTHONPATH": str(project_root / "plugins")},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "set()"
