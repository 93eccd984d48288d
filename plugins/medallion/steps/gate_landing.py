"""The gate on a landing: GX on pandas frames of its parts, a bounded number of records at a time.

Checks that look at single rows are evaluated batch by batch and their counts added up, `mostly`
being held against the sums. A check that needs the whole (an aggregate, uniqueness) is given the
columns that it names and nothing else, of all parts. The number of rows is that of the manifest.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from medallion.checks.catalogue import expectations
from medallion.checks.outcome import PlannedCheck
from medallion.checks.resolve import columns_of
from medallion.lake.manifest import Manifest, PartInfo
from medallion.lake.reader import local_part
from medallion.steps.expectations import EXAMPLES, Evaluation, Suite, new_context
from medallion.steps.gate_staging import run_kwargs

if TYPE_CHECKING:
    import pandas as pd

BATCH_RECORDS = 200_000
UNIQUENESS = frozenset(
    {"expect_column_values_to_be_unique", "expect_compound_columns_to_be_unique"}
)
ROW_COUNT = "expect_table_row_count"
_ALL_OR_NONE = ("expect_column_values_to_not_be_null", "expect_column_values_to_be_null")


def evaluate(manifest: Manifest, checks: Sequence[PlannedCheck]) -> list[Evaluation]:
    """Evaluate checks on all records of a landing.

    Raises:
        CheckCrashed: a check could not be evaluated.
        LakeError: a part is missing or damaged.
    """
    if not checks:
        return []
    _without_fingerprints()
    runner = _Runner(new_context())
    by_batch = [check for check in checks if _by_batch(check)]
    counted = [check for check in checks if check.expectation.startswith(ROW_COUNT)]
    of_shape = [c for c in checks if _kind(c) == "table" and c not in counted]
    whole = [c for c in checks if c not in (*by_batch, *counted, *of_shape)]
    found: list[Evaluation] = []
    if counted:
        found += runner.run(counted, _rows_only(manifest.records))
    if by_batch or of_shape:
        found += _over_batches(runner, manifest, by_batch, of_shape)
    for check in whole:
        found += runner.run([check], _columns_of_all(manifest, check))
    order = {check.check_id: at for at, check in enumerate(checks)}
    return sorted(found, key=lambda evaluation: order[evaluation.check.check_id])


@dataclass(slots=True)
class _Runner:
    context: Any
    suites: int = 0

    def run(self, checks: Sequence[PlannedCheck], frame: pd.DataFrame) -> list[Evaluation]:
        """Evaluate checks on one frame."""
        self.suites += 1
        source = self.context.data_sources.add_pandas(f"landing_{self.suites}")
        asset = source.add_dataframe_asset("records")
        batch = asset.add_batch_definition_whole_dataframe("whole")
        kwargs = {check.check_id: run_kwargs(check) for check in checks}
        suite = Suite(self.context, batch, checks, kwargs)
        return suite.run(examples=EXAMPLES * 5, batch_parameters={"dataframe": frame})


def _over_batches(
    runner: _Runner,
    manifest: Manifest,
    by_batch: Sequence[PlannedCheck],
    of_shape: Sequence[PlannedCheck],
) -> list[Evaluation]:
    named = sorted({column for check in by_batch for column in _columns(check)})
    sums: dict[str, Evaluation] = {}
    shape: list[Evaluation] = []
    for number, frame in enumerate(_batches(manifest)):
        if number == 0 and of_shape:
            shape = runner.run(of_shape, frame)
        if by_batch:
            for evaluation in runner.run(by_batch, _with_columns(manifest, frame, named)):
                key = evaluation.check.check_id
                sums[key] = _sum(sums[key], evaluation) if key in sums else evaluation
    return [*shape, *(_judged(evaluation) for evaluation in sums.values())]


def _sum(left: Evaluation, right: Evaluation) -> Evaluation:
    return replace(
        left,
        success=left.success and right.success,
        elements=(left.elements or 0) + (right.elements or 0),
        missing=(left.missing or 0) + (right.missing or 0),
        unexpected=(left.unexpected or 0) + (right.unexpected or 0),
        examples=(left.examples + right.examples)[:EXAMPLES],
    )


def _judged(evaluation: Evaluation) -> Evaluation:
    """`mostly` of all batches together, as GX takes it: of the values that are there."""
    if evaluation.unexpected is None:
        return evaluation
    considered = evaluation.elements or 0
    if evaluation.check.expectation not in _ALL_OR_NONE:
        considered -= evaluation.missing or 0
    mostly = float(evaluation.check.kwargs.get("mostly", 1))
    passing = considered - evaluation.unexpected
    return replace(evaluation, success=not considered or passing / considered >= mostly)


def _kind(check: PlannedCheck) -> str:
    return expectations()[check.expectation].kind


def _by_batch(check: PlannedCheck) -> bool:
    entry = expectations()[check.expectation]
    statistical = "z_scores" in check.expectation or "outliers" in check.expectation
    return entry.looks_at_rows and check.expectation not in UNIQUENESS and not statistical


def _columns(check: PlannedCheck) -> list[str]:
    return list(dict.fromkeys(column for _, column in columns_of(check.kwargs)))


def _rows_only(records: int) -> pd.DataFrame:
    import pandas as pd

    return pd.DataFrame(index=pd.RangeIndex(records))


def _columns_of_all(manifest: Manifest, check: PlannedCheck) -> pd.DataFrame:
    """The columns that a check names, of every part."""
    import pandas as pd

    named = _columns(check)
    frames = [
        _with_columns(manifest, frame, named)[named] for frame in _batches(manifest, tuple(named))
    ]
    return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=named)


def _with_columns(manifest: Manifest, frame: pd.DataFrame, named: Sequence[str]) -> pd.DataFrame:
    """JSON leaves out what it has no value for: a field that a batch lacks is NULL in it."""
    if manifest.layout.format == "csv":
        return frame
    missing = {name: None for name in named if name not in frame.columns}
    return frame.assign(**missing) if missing else frame


def _batches(manifest: Manifest, only: tuple[str, ...] = ()) -> Iterator[pd.DataFrame]:
    """All records as frames with pandas' default types; an empty frame where there is none."""
    reader = _delimited if manifest.layout.format == "csv" else _json_lines
    for part in manifest.parts:
        with local_part(manifest, part) as path:
            yield from reader(manifest, part, path, only)


def _delimited(
    manifest: Manifest, part: PartInfo, path: Path, only: tuple[str, ...]
) -> Iterator[pd.DataFrame]:
    import pandas as pd

    layout = manifest.layout
    known = [name for name in layout.columns if name in only]
    yield from pd.read_csv(
        path,
        sep=layout.delimiter,
        quotechar=layout.quote,
        encoding=layout.encoding,
        header=0,
        names=list(layout.columns),
        index_col=False,
        usecols=known or None,
        chunksize=BATCH_RECORDS,
        on_bad_lines="skip",  # they are quarantined, with their reason, when the part is cleaned
    )


def _json_lines(
    manifest: Manifest, part: PartInfo, path: Path, only: tuple[str, ...]
) -> Iterator[pd.DataFrame]:
    import pandas as pd

    records = _records(manifest, path)
    if only:
        records = ({key: record.get(key) for key in only} for record in records)
    first = True
    while batch := list(islice(records, BATCH_RECORDS)):
        first = False
        yield pd.DataFrame(batch)
    if first:
        yield pd.DataFrame(columns=list(only))


def _records(manifest: Manifest, path: Path) -> Iterator[dict[str, Any]]:
    opened = gzip.open if manifest.layout.compression == "gzip" else open
    with opened(path, "rb") as lines:
        for line in lines:
            document = json.loads(line)
            for step in filter(None, manifest.layout.records_path.split(".")):
                document = document[step]
            found = document if isinstance(document, list) else [document]
            yield from (r if isinstance(r, Mapping) else {"value": r} for r in found)  # type: ignore[misc]


def _without_fingerprints() -> None:
    """GX hashes every frame: longer than the checks take, and for a cache that is not used here."""
    from great_expectations.execution_engine import pandas_execution_engine as engine

    if hasattr(engine, "hash_pandas_dataframe"):
        engine.hash_pandas_dataframe = lambda frame: str(id(frame))
