from __future__ import annotations

from pathlib import Path

import pytest

from medallion.airflow.metrics.metadata import count_refused
from medallion.airflow.refused_specs import InvalidSpecs, raise_issues
from medallion.errors import Issue


def message(root: Path, domain: str, *paths: str) -> str:
    issues = [Issue(path=path, rule="yaml", problem="p", remedy="r") for path in paths]
    with pytest.raises(InvalidSpecs) as raised:
        raise_issues(issues, root, domain)
    return f"Traceback (most recent call last):\n  …\n{raised.value}"


def test_refused_specs_are_counted_as_the_import_errors_title_them(tmp_path: Path) -> None:
    errors = [
        message(tmp_path, "cinema", "specs/cinema/a.yaml"),
        message(tmp_path, "finance", "specs/finance/a.yaml", "specs/finance/b.yaml"),
        message(tmp_path, "", "specs/a.yaml"),
        "SyntaxError: somebody else's DAG file",
    ]
    assert count_refused(errors) == {"cinema": 1, "finance": 2, "": 1}
