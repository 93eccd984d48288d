"""What `validate` and `test` note of a project whose specs are valid."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from datetime import date
from pathlib import Path
from unittest.mock import patch

from medallion.errors import Issue, SpecError
from medallion.names import DagId
from medallion.plan.make import make_plan
from medallion.plan.model import Plan
from medallion.spec.load import attempt, specs
from medallion.spec.load.notes import find_notes
from medallion.spec.load.specs import load_all
from medallion.spec.sql.reader import sql_reader
from medallion.workbench.spec_tests.files import files_of_tests, hold_to_plan, read_tests

DAY = date(2026, 6, 1)
"""The day on which exemptions are judged."""


def find_all_notes(root: Path) -> list[Issue]:
    """The warnings about a project, and what is wrong with its unit tests."""
    with ExitStack() as stopped:
        for module in (specs, attempt):
            stopped.enter_context(patch.object(module, "today", lambda: DAY))
        report = load_all(root, sql_reader(root))
    assert not report.issues, report.issues
    plans = {spec.dag_id: make_plan(spec) for spec in report.specs}
    return sorted((*find_notes(report, root, DAY), *_of_unit_tests(root, plans)))


def _of_unit_tests(root: Path, plans: Mapping[DagId, Plan]) -> Iterator[Issue]:
    for path in files_of_tests(root):
        try:
            file = read_tests(path, root)
            hold_to_plan(file, plans[file.dag_id])
        except SpecError as error:
            yield from error.issues
