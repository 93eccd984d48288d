"""The gate on a landing: GX on pandas frames of its records.

Where a check is evaluated follows from what it has to see:

- the number of rows is the manifest's, which needs no GX, and the columns are those of all records;
- what says of each row by itself whether it passes is evaluated on a bounded number of records at
  a time, the counts are added up, and `mostly` is held against the sums;
- what needs the whole (uniqueness, aggregates) is given the columns that it names of all parts,
  and nothing else: memory for these grows with the landing.

Checks of texts (regular expressions, lengths, uniqueness, sets of texts) see the texts that were
landed: `007` is `007`. The others see the types that pandas finds.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from math import isnan
from typing import TYPE_CHECKING, Any

from medallion.checks.catalogue import expectations, sees_texts
from medallion.checks.outcome import PlannedCheck
from medallion.checks.regexes import ENGINES, rewrite_patterns
from medallion.checks.resolve import columns_of
from medallion.checks.row_condition import leaving_missing_out, list_compared_columns
from medallion.checks.traits import Sees
from medallion.errors import CheckCrashed
from medallion.lake.manifest import Manifest
from medallion.names import Layer
from medallion.steps.gate.expectations import EXAMPLES, Evaluation, new_context, validate
from medallion.steps.gate.other_names import (
    example_in_own_names,
    rename,
    tell_apart,
    text_in_own_names,
)
from medallion.steps.gate.record_count import judge_count
from medallion.steps.gate.withheld import sees_of, withhold, without_messages
from medallion.steps.parts.landing_frames import field_names, read_mixed_frames

if TYPE_CHECKING:
    import pandas as pd


Arguments = Mapping[str, Mapping[str, Any]]
"""By check id, the arguments as GX takes them."""
Look = Callable[[Manifest, Sequence[PlannedCheck], Arguments], list[Evaluation]]
"""Evaluates checks that have to see records."""


def look_here(
    manifest: Manifest, checks: Sequence[PlannedCheck], kwargs: Arguments
) -> list[Evaluation]:
    """Read the records in this process."""
    by_row = [check for check in checks if sees_of(check) is Sees.ROWS]
    found = _by_batches(manifest, by_row, kwargs)
    for check in checks:
        if check not in by_row:
            found += _run([check], kwargs, _columns_of_all(manifest, check))
    return found


def evaluate(
    manifest: Manifest,
    checks: Sequence[PlannedCheck],
    clear_fields: frozenset[str] | None = None,
    look: Look = look_here,
) -> list[Evaluation]:
    """Evaluate checks on all records of a landing.

    Args:
        manifest: the landing's.
        checks: with ids of their own.
        clear_fields: the fields whose values may be shown; None: all of them. Of a check that
            looks at another one nothing is shown but counts.
        look: reads the records, for the checks that have to see them.

    Raises:
        CheckCrashed: a check could not be evaluated.
        DataRejected: a part is not CSV or not JSON.
        LakeError: a part is missing or damaged.
    """
    try:
        found = _evaluate(manifest, checks, look)
    except CheckCrashed as crash:
        raise (crash if clear_fields is None else without_messages(crash, checks)) from None
    order = {check.check_id: at for at, check in enumerate(checks)}
    found.sort(key=lambda evaluation: order[evaluation.check.check_id])
    return found if clear_fields is None else [withhold(e, clear_fields) for e in found]


def _evaluate(manifest: Manifest, checks: Sequence[PlannedCheck], look: Look) -> list[Evaluation]:
    kwargs = {check.check_id: _kwargs(check) for check in checks}
    groups: dict[Sees, list[PlannedCheck]] = {}
    for check in checks:
        groups.setdefault(sees_of(check), []).append(check)
    found: list[Evaluation] = []
    if counted := groups.pop(Sees.COUNT, []):
        found += _by_count(manifest.records_left, counted, kwargs)
    if shaped := groups.pop(Sees.SHAPE, []):
        found += _run_frame(shaped, kwargs, _columns_only(field_names(manifest)))
    left = [check for asked in groups.values() for check in asked]
    return found + (look(manifest, left, kwargs) if left else [])


def _kwargs(check: PlannedCheck) -> dict[str, Any]:
    """A landing holds the texts of dates (ISO 8601): a set of dates is compared as texts."""
    kwargs = rewrite_patterns(check.kwargs, ENGINES[Layer.BRONZE])
    if "value_set" in kwargs:
        kwargs["value_set"] = [
            value.isoformat() if isinstance(value, date) else value for value in kwargs["value_set"]
        ]
    if "row_condition" in kwargs:
        kwargs["row_condition"] = leaving_missing_out(kwargs["row_condition"])
    return kwargs


def _by_count(records: int, checks: Sequence[PlannedCheck], kwargs: Arguments) -> list[Evaluation]:
    judged = {one.check_id: judge_count(one, kwargs[one.check_id], records) for one in checks}
    left = [check for check in checks if judged[check.check_id] is None]
    found = [evaluation for evaluation in judged.values() if evaluation is not None]
    return found + (_run(left, kwargs, _rows_only(records)) if left else [])


def _run(
    checks: Sequence[PlannedCheck],
    kwargs: Arguments,
    frame: pd.DataFrame,
) -> list[Evaluation]:
    """Evaluate checks on one frame, in a GX project that goes with it: GX keeps its frames."""
    asked = (name for check in checks for seen in list_seen_columns(check) for name in seen)
    # A column that the landing lacks has its place too, or GX would take one that it has for it.
    names = tell_apart(dict.fromkeys([*frame.columns, *asked]))
    if names:
        return _run_by_other_names(checks, kwargs, frame, names)
    return _run_frame(checks, kwargs, frame)


def _run_by_other_names(
    checks: Sequence[PlannedCheck],
    kwargs: Arguments,
    frame: pd.DataFrame,
    names: Mapping[str, str],
) -> list[Evaluation]:
    """Of columns whose names differ only in capitals GX would judge the first for all."""
    renamed = {check.check_id: rename(kwargs[check.check_id], names) for check in checks}
    own = {new: name for name, new in names.items()}
    try:
        found = _run_frame(checks, renamed, frame.rename(columns=names))
    except CheckCrashed as crash:
        raise CheckCrashed(text_in_own_names(crash.problem, own), remedy=crash.remedy) from None
    return [
        replace(one, examples=tuple(example_in_own_names(each, own) for each in one.examples))
        for one in found
    ]


def _run_frame(
    checks: Sequence[PlannedCheck],
    kwargs: Arguments,
    frame: pd.DataFrame,
) -> list[Evaluation]:
    context = new_context()
    _without_fingerprints()
    asset = context.data_sources.add_pandas("landing").add_dataframe_asset("records")
    definition = asset.add_batch_definition_whole_dataframe("whole")
    batch = definition.get_batch(batch_parameters={"dataframe": frame})
    found = validate(batch, checks, kwargs, examples=EXAMPLES * 5)
    return [replace(one, examples=_show_missing(one.examples)) for one in found]


def _show_missing(examples: Sequence[object]) -> tuple[object, ...]:
    """pandas writes a missing value as NaN, of which none equals another one."""
    shown: list[object] = []
    for example in map(_none_for_nan, examples):
        if example not in shown:
            shown.append(example)
    return tuple(shown)


def _none_for_nan(value: object) -> object:
    if isinstance(value, Mapping):
        return {name: _none_for_nan(one) for name, one in value.items()}
    return None if isinstance(value, float) and isnan(value) else value


def _by_batches(
    manifest: Manifest,
    checks: Sequence[PlannedCheck],
    kwargs: Arguments,
) -> list[Evaluation]:
    """Those that see all their columns alike look at one frame together."""
    together: dict[tuple[bool, str], list[PlannedCheck]] = {}
    for check in checks:
        texts, others = list_seen_columns(check)
        alone = check.check_id if texts and others else ""
        together.setdefault((bool(texts), alone), []).append(check)
    return [
        evaluation
        for asked in together.values()
        for evaluation in _by_batch(manifest, asked, kwargs)
    ]


def _by_batch(
    manifest: Manifest,
    checks: Sequence[PlannedCheck],
    kwargs: Arguments,
) -> list[Evaluation]:
    seen = [list_seen_columns(check) for check in checks]
    texts = sorted({column for of_check, _ in seen for column in of_check})
    others = sorted({column for _, of_check in seen for column in of_check})
    sums: dict[str, Evaluation] = {}
    for frame in read_mixed_frames(manifest, texts=texts, others=others):
        for evaluation in _run(checks, kwargs, frame):
            key = evaluation.check.check_id
            sums[key] = _sum(sums[key], evaluation) if key in sums else evaluation
    return [judge_rows(evaluation) for evaluation in sums.values()]


def _sum(left: Evaluation, right: Evaluation) -> Evaluation:
    examples = left.examples + tuple(e for e in right.examples if e not in left.examples)
    return replace(
        left,
        success=left.success and right.success,
        elements=_add(left.elements, right.elements),
        missing=_add(left.missing, right.missing),
        unexpected=_add(left.unexpected, right.unexpected),
        examples=examples[:EXAMPLES],
    )


def _add(left: int | None, right: int | None) -> int | None:
    return right if left is None else left + (right or 0)


def judge_rows(evaluation: Evaluation) -> Evaluation:
    """`mostly` of all batches together, as GX takes it: of the values that are there."""
    if evaluation.unexpected is None:
        return evaluation
    considered = evaluation.elements or 0
    if not expectations()[evaluation.check.expectation].traits.counts_missing:
        considered -= evaluation.missing or 0
    mostly = float(evaluation.check.kwargs.get("mostly", 1))
    passing = considered - evaluation.unexpected
    return replace(evaluation, success=not considered or passing / considered >= mostly)


def list_seen_columns(check: PlannedCheck) -> tuple[list[str], list[str]]:
    """The columns that a check sees as texts, and those that it sees as pandas finds them.

    What a condition compares with a text is one, whatever the check itself looks at.
    """
    own = dict.fromkeys(
        column for key, column in columns_of(check.kwargs) if key != "row_condition"
    )
    compared = dict(list_compared_columns(check.kwargs.get("row_condition")))
    texts = dict.fromkeys(column for column, kind in compared.items() if kind is str)
    others = dict.fromkeys(column for column in compared if column not in {**own, **texts})
    if sees_texts(check.expectation, check.kwargs):
        return list({**own, **texts}), list(others)
    return list(texts), list({**{c: None for c in own if c not in texts}, **others})


def _rows_only(records: int) -> pd.DataFrame:
    import pandas as pd

    return pd.DataFrame(index=pd.RangeIndex(records))


def _columns_only(names: Sequence[str]) -> pd.DataFrame:
    import pandas as pd

    return pd.DataFrame(columns=list(names), dtype=object)


def _columns_of_all(manifest: Manifest, check: PlannedCheck) -> pd.DataFrame:
    """The columns that a check names, of every part."""
    import pandas as pd

    texts, others = list_seen_columns(check)
    return pd.concat(read_mixed_frames(manifest, texts=texts, others=others), ignore_index=True)


def _without_fingerprints() -> None:
    """GX hashes every frame: longer than the checks take, and for a cache that is not used here."""
    from great_expectations.execution_engine import pandas_execution_engine as engine

    if hasattr(engine, "hash_pandas_dataframe"):
        engine.hash_pandas_dataframe = lambda frame: str(id(frame))
