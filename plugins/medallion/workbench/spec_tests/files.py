"""Files of tests: found, read, and held against their pipelines before anything runs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from medallion.closest import closest
from medallion.errors import Issue, SpecError
from medallion.names import DagId, TableName
from medallion.plan.model import LandStep, Plan, PublishStep
from medallion.spec.files.refusals import display_path, refusal
from medallion.spec.files.regular_file import SPECS_FOLDER, FileRefused, read_bounded
from medallion.spec.findings.finding import Finding
from medallion.spec.findings.issues import issues_of
from medallion.spec.load.discover import TESTS_FOLDER
from medallion.spec.messages.prose import findings
from medallion.spec.models.unit_tests import TestsSpec
from medallion.spec.yaml.loader import read_yaml
from medallion.spec.yaml.problems import YamlRefused

RULE = "spec-test"


@dataclass(frozen=True, slots=True, kw_only=True)
class TestsFile:
    """A file of tests that its models accept. `name` is its path below the root."""

    __test__ = False

    path: Path
    name: str
    data: bytes
    dag_id: DagId
    spec: TestsSpec


def files_of_tests(root: Path) -> tuple[Path, ...]:
    """Every specs/<domain>/tests/*.yaml, sorted."""
    return tuple(sorted((root / SPECS_FOLDER).glob(f"*/{TESTS_FOLDER}/*.yaml")))


def read_tests(path: Path, root: Path) -> TestsFile:
    """One file.

    Raises:
        SpecError: with everything that its models refuse, each with its place.
    """
    name = display_path(path, root)
    data = b""
    try:
        data = read_bounded(path, root / SPECS_FOLDER)
        spec = TestsSpec.model_validate(read_yaml(data))
    except ValidationError as invalid:
        found = findings(invalid.errors(include_url=False), TestsSpec)
        raise SpecError(issues_of(found, name, data)) from None
    except (FileRefused, YamlRefused) as refused:
        raise SpecError(refusal(refused, name)) from None
    except FileNotFoundError:
        raise SpecError([Issue(path=name, rule="file", problem="there is no such file")]) from None
    dag_id = DagId(path.parent.parent.name, spec.pipeline)
    return TestsFile(path=path, name=name, data=data, dag_id=dag_id, spec=spec)


def hold_to_plan(file: TestsFile, plan: Plan) -> None:
    """Hold the names that tests give and expect to what the pipeline has.

    Raises:
        SpecError: with every name that it does not have.
    """
    found = list(_find_misnamed(file, plan))
    if found:
        raise SpecError(issues_of(found, file.name, file.data))


def map_published(plan: Plan) -> Mapping[TableName, str]:
    """The tables that a pipeline publishes, each with its task group."""
    steps = ((task.step, task.group) for task in plan.tasks)
    return {s.table.public: group for s, group in steps if isinstance(s, PublishStep)}


def _find_misnamed(file: TestsFile, plan: Plan) -> Iterator[Finding]:
    datasets = [task.group for task in plan.tasks if isinstance(task.step, LandStep)]
    tables = [str(name) for name in map_published(plan)]
    for case_name, case in file.spec.tests.items():
        for given, how in case.given.items():
            where = ("tests", case_name, "given", given)
            if given not in datasets and not given.startswith(("silver_", "gold_")):
                known = ", ".join(datasets)
                yield _finding(
                    where,
                    f"{plan.dag_id} has no dataset {given}",
                    _guess(given, datasets) or f"it has {known}; a table is silver_… or gold_…",
                )
            elif given not in datasets and how.file is not None:
                yield _finding(where, "a file is given of a source, not of a table", "write `rows`")
            elif how.file is not None and not (file.path.parent / how.file).is_file():
                yield _finding(
                    (*where, "file"),
                    f"there is no file {how.file} beside this one",
                    "correct the name, or add it",
                )
        for expected in case.expect:
            if expected not in tables:
                yield _finding(
                    ("tests", case_name, "expect", expected),
                    f"{plan.dag_id} publishes no table {expected}",
                    _guess(expected, tables) or f"it publishes {', '.join(tables)}",
                )


def _guess(word: str, known: Sequence[str]) -> str:
    found = closest(word, known)
    return f"did you mean {found}?" if found else ""


def _finding(where: tuple[str, ...], problem: str, remedy: str) -> Finding:
    return Finding(where=where, on_key=True, rule=RULE, problem=problem, remedy=remedy)
