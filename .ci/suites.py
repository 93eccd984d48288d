"""Suites that take minutes of their own: `.ci/run` starts one only where what it covers has changed
since it last passed.

    python .ci/suites.py changed        the suites that have to run, one a line
    python .ci/suites.py passed NAME    write down that it has passed on the files as they are now

What a suite passed on is a digest in `.ci/passed.json`, which is committed: a machine that starts
from nothing can compare it. `make suite-NAME` runs one and writes it down.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PASSED = ROOT / ".ci" / "passed.json"
SUITES = {
    "kill": (
        "plugins/medallion/*.py",
        "plugins/medallion/cleaning/**/*",
        "plugins/medallion/lake/**/*",
        "plugins/medallion/operations/**/*",
        "plugins/medallion/plan/**/*",
        "plugins/medallion/publish/**/*",
        "plugins/medallion/sources/base/**/*",
        "plugins/medallion/sources/delta/**/*",
        "plugins/medallion/sources/file/**/*",
        "plugins/medallion/sources/formats/**/*",
        "plugins/medallion/sources/iceberg/**/*",
        "plugins/medallion/sources/kafka/**/*",
        "plugins/medallion/steps/**/*",
        "plugins/medallion/warehouse/**/*",
        "requirements.txt",
        "tests/kafka_broker.py",
        "tests/sources/iceberg/crafted.py",
        "tests/steps/kill_matrix_child.py",
        "tests/steps/test_any_order.py",
        "tests/steps/test_incremental.py",
        "tests/steps/test_kill_matrix.py",
    ),
    "bi": (
        "include/sql/cinema/*",
        "include/sql/finance/*",
        "plugins/medallion/bi/**/*",
        "plugins/medallion/local/superset/**/*",
        "plugins/medallion/plan/bi.py",
        "plugins/medallion/warehouse/roles/bi_login.py",
        "specs/cinema/*",
        "specs/finance/*",
        "superset/**/*",
        "tests/bank/timeline.py",
        "tests/bi/assets/shop.*",
        "tests/bi/live/**/*",
        "tests/docs/bi_page.py",
    ),
    "ml": (
        "plugins/medallion/client/**/*",
        "plugins/medallion/warehouse/reading/**/*",
        "ml/**/*",
        "notebooks/**/*",
        "tests/ml/**/*",
    ),
    "wheel": (
        "plugins/medallion/roots.py",
        "plugins/medallion/airflow/*.py",
        "plugins/medallion/airflow/pages/*.py",
        "plugins/medallion/cli/init.py",
        "plugins/medallion/cli/__main__.py",
        "pyproject.toml",
        "tests/wheel/**/*",
    ),
    "executors": (
        "plugins/medallion/airflow/celery_worker.py",
        "plugins/medallion/airflow/factory.py",
        "plugins/medallion/airflow/operators.py",
        "plugins/medallion/airflow/preload.py",
        "plugins/medallion/airflow/resources.py",
        "plugins/medallion/local/*.py",
        "plugins/medallion/local/celery/*.py",
        "plugins/medallion/operations/pod_template.py",
        "plugins/medallion/operations/same_lake.py",
        "plugins/medallion/operations/same_spec.py",
        "requirements-celery.txt",
        "tests/executors/**/*",
    ),
    "failover": (
        "plugins/medallion/lake/receipts.py",
        "plugins/medallion/lake/servers.py",
        "plugins/medallion/operations/maintenance.py",
        "plugins/medallion/operations/reconcile.py",
        "plugins/medallion/operations/republish.py",
        "plugins/medallion/operations/rollback.py",
        "plugins/medallion/publish/*.py",
        "plugins/medallion/steps/publish/*.py",
        "plugins/medallion/warehouse/registry/known.*",
        "plugins/medallion/warehouse/registry/registry.sql",
        "plugins/medallion/warehouse/session/*",
        "plugins/medallion/warehouse/tables/sweep.*",
        "requirements.txt",
        "tests/failover/**/*",
    ),
    "contracts": (
        "include/sql/cinema/*",
        "include/sql/finance/*",
        "plugins/medallion/bank/**/*",
        "plugins/medallion/checks/**/*",
        "plugins/medallion/cli/contract.py",
        "plugins/medallion/publish/**/*",
        "plugins/medallion/steps/gate/**/*",
        "plugins/medallion/steps/publish/*",
        "plugins/medallion/workbench/contracts/**/*",
        "requirements.txt",
        "specs/cinema/*",
        "specs/finance/*",
        "tests/bank/conftest.py",
        "tests/bank/payments.py",
        "tests/bank/timeline.py",
        "tests/kafka_broker.py",
        "tests/workbench/contracts/shop.py",
        "tests/workbench/contracts/live/**/*",
    ),
    "spark": (
        "plugins/medallion/cleaning/engines/spark.py",
        "plugins/medallion/steps/clean/**/*",
        "plugins/medallion/warehouse/quarantine/rejects.py",
        "plugins/medallion/warehouse/roles/staging_writer.*",
        "plugins/medallion/warehouse/tables/arrow_copy.py",
        "plugins/medallion/warehouse/tables/cleaned_parts.*",
        "requirements-spark.txt",
        "tests/readers/all_kinds.py",
        "tests/spark/**/*",
    ),
    "readers": (
        "plugins/medallion/lake/delta_table.py",
        "plugins/medallion/lake/iceberg/**/*",
        "plugins/medallion/lake/translating.py",
        "plugins/medallion/publish/lake_formats.py",
        "plugins/medallion/steps/lake_table.py",
        "plugins/medallion/warehouse/reading/versions.py",
        "requirements-extras.in",
        "tests/readers/**/*",
    ),
}
"""By suite, the files that it covers: its tests, and what they run."""
SOURCES = frozenset((".py", ".sql", ".txt", ".json", ".ipynb", ".toml", ".yaml"))


def main(words: list[str]) -> int:
    """Print what has changed, or write down what has passed."""
    passed: dict[str, str] = json.loads(PASSED.read_text(encoding="utf-8"))
    if words == ["changed"]:
        changed = [name for name in SUITES if passed.get(name) != digest(name)]
        sys.stdout.write("".join(f"{name}\n" for name in changed))
        return 0
    if words[:1] == ["passed"] and words[1] in SUITES:
        passed[words[1]] = digest(words[1])
        PASSED.write_text(json.dumps(passed, indent=2) + "\n", encoding="utf-8")
        return 0
    sys.stderr.write(__doc__ or "")
    return 2


def digest(name: str) -> str:
    """Of the names and contents of all files that a suite covers."""
    found = hashlib.sha256()
    for path in _files(name):
        content = hashlib.sha256(path.read_bytes()).hexdigest()
        found.update(f"{path.relative_to(ROOT)} {content}\n".encode())
    return found.hexdigest()


def _files(name: str) -> Iterator[Path]:
    paths = {path for pattern in SUITES[name] for path in ROOT.glob(pattern)}
    return (path for path in sorted(paths) if path.is_file() and path.suffix in SOURCES)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
