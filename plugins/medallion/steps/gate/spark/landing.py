"""Checks of a landing, asked of a frame of Spark that its workers fill.

The landing is read once for all checks. What GX's engine for Spark would judge otherwise than the
one for pandas is left to this process, which reads the columns itself (`comparable.py`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from medallion.checks.outcome import PlannedCheck
from medallion.checks.traits import Sees
from medallion.errors import CheckCrashed, MedallionError
from medallion.lake.manifest import Manifest
from medallion.prose import tally
from medallion.sources.formats.table import FORMATS
from medallion.steps.context import StepContext
from medallion.steps.gate.expectations import EXAMPLES, Evaluation, new_context, validate
from medallion.steps.gate.landing import Arguments, judge_rows, list_seen_columns, look_here
from medallion.steps.gate.other_names import example_in_own_names, rename, text_in_own_names
from medallion.steps.gate.spark.comparable import Kinds, is_comparable, may_be_asked
from medallion.steps.gate.spark.condition import fulfils
from medallion.steps.gate.spark.frame import (
    ERROR,
    FRACTION,
    KINDS,
    PART,
    TEXT,
    TRUTH,
    WHOLE,
    ReadParts,
    SeenColumn,
    name_in_frame,
)
from medallion.steps.gate.spark.metrics import register
from medallion.steps.gate.withheld import sees_of
from medallion.steps.spark.session import SparkPlace, find_spark, open_spark
from medallion.steps.spark.workers import describe_failure, read_error

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame

_EXACT = 2**53
"""Whole numbers up to here are the same as fractions."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OnSpark:
    """Looks at records on Spark (`landing.Look`)."""

    context: StepContext
    table: str

    def __call__(
        self, manifest: Manifest, checks: Sequence[PlannedCheck], kwargs: Arguments
    ) -> list[Evaluation]:
        """The verdicts, those of GX's engine for pandas.

        Raises:
            CheckCrashed, DataRejected, LakeError, SetupError: as in the task's own process.
            ClusterUnavailable: Spark does not answer, or lost a worker too often.
        """
        asked = [check for check in checks if may_be_asked(check, _names_of(manifest))]
        found: list[Evaluation] = []
        if asked and manifest.parts:
            place = find_spark(self.context.connection)
            with open_spark(place, f"medallion {self.table}: bronze") as spark:
                found = self._ask(spark, place, manifest, asked, kwargs)
        judged = {one.check.check_id for one in found}
        left = [check for check in checks if check.check_id not in judged]
        if left and manifest.parts:
            self.context.log.info(
                "%s: %s in this process, which reads the columns of all parts: GX's engine for "
                "Spark judges such values otherwise",
                self.table,
                ", ".join(check.check_id for check in left),
            )
        return found + (look_here(manifest, left, kwargs) if left else [])

    def _ask(
        self,
        spark: Any,
        place: SparkPlace,
        manifest: Manifest,
        checks: Sequence[PlannedCheck],
        kwargs: Arguments,
    ) -> list[Evaluation]:
        groups = share_in_order([part.bytes for part in manifest.parts], place.streams)
        job = ReadParts(manifest=manifest, columns=_columns_of(checks), groups=groups)
        self.context.log.info(
            "%s: bronze looks at %s in %s on Spark at %s",
            self.table,
            tally(len(manifest.parts), "part"),
            tally(len(groups), "stream"),
            place.shown,
        )
        try:
            with _read(spark, job) as (records, kinds):
                return _judge(records, kinds, job.columns, checks, kwargs)
        except MedallionError:
            raise
        except Exception as error:
            if not type(error).__module__.startswith(("pyspark", "py4j", "grpc")):
                raise
            raise describe_failure(error, "read the parts") from None


def share_in_order(sizes: Sequence[int], streams: int) -> tuple[tuple[int, ...], ...]:
    """The numbers of the parts for each task of Spark: about as many bytes to each, and one after
    the other, so that the first failing values are those of the first parts.

    >>> share_in_order([5, 1, 1, 5], 2)
    ((0, 1), (2, 3))
    """
    groups: list[list[int]] = [[] for _ in range(min(streams, len(sizes)))]
    total, before = sum(sizes) or 1, 0
    for number, size in enumerate(sizes):
        middle = before + size / 2
        groups[min(int(middle * len(groups) / total), len(groups) - 1)].append(number)
        before += size
    return tuple(tuple(group) for group in groups if group)


def _names_of(manifest: Manifest) -> frozenset[str] | None:
    """The columns that the landing has; None: any, as JSON's records."""
    has_columns = FORMATS[manifest.layout.format].has_columns
    return frozenset(manifest.layout.columns) if has_columns else None


def _columns_of(checks: Sequence[PlannedCheck]) -> tuple[SeenColumn, ...]:
    """What the checks look at: texts first, as the reader gives them."""
    found = {one for check in checks for one in _find_seen(check).values()}
    return tuple(sorted(found, key=lambda one: (not one.as_texts, one.name)))


def _find_seen(check: PlannedCheck) -> Mapping[str, SeenColumn]:
    texts, others = list_seen_columns(check)
    return {name: SeenColumn(name=name, as_texts=True) for name in texts} | {
        name: SeenColumn(name=name, as_texts=False) for name in others
    }


@contextmanager
def _read(spark: Any, job: ReadParts) -> Iterator[tuple[DataFrame, Mapping[SeenColumn, Kinds]]]:
    """All records, which Spark keeps as long as the block lasts, with the kinds of their values.

    Raises:
        DataRejected, LakeError, SetupError: what a worker met, in the first part that has it.
    """
    from pyspark.sql import functions as f

    streams = len(job.groups)
    records = spark.range(0, streams, 1, streams).mapInArrow(job, job.schema).persist()
    try:
        error = f.when(f.col(ERROR).isNotNull(), f.struct(PART, ERROR))
        asked = [f.min(error).alias(ERROR)]
        for number, one in enumerate(job.columns):
            if not one.as_texts:
                asked += _kinds_of(name_in_frame(number))
        (found,) = records.agg(*asked).collect()
        if found[ERROR] is not None:
            raise read_error(found[ERROR][ERROR])
        yield (
            records,
            {
                one: _read_kinds(found, name_in_frame(number))
                for number, one in enumerate(job.columns)
                if not one.as_texts
            },
        )
    finally:
        records.unpersist()


def _kinds_of(name: str) -> list[Column]:
    from pyspark.sql import functions as f

    column = f.col(name)
    counts = [f.count(column[kind]).alias(f"{name}_{kind}") for kind in KINDS]
    least, most = f.min(column[WHOLE]), f.max(column[WHOLE])
    return [*counts, least.alias(f"{name}_least"), most.alias(f"{name}_most")]


def _read_kinds(found: Any, name: str) -> Kinds:
    kinds = frozenset(kind for kind in KINDS if found[f"{name}_{kind}"])
    least, most = found[f"{name}_least"] or 0, found[f"{name}_most"] or 0
    return Kinds(found=kinds, is_exact=max(-least, most) <= _EXACT)


def _judge(
    records: DataFrame,
    kinds: Mapping[SeenColumn, Kinds],
    columns: Sequence[SeenColumn],
    checks: Sequence[PlannedCheck],
    kwargs: Arguments,
) -> list[Evaluation]:
    """Those of the checks that Spark judges as pandas does: all that have one condition together.
    GX gets a frame without the records that the condition leaves out."""
    numbers = {one: number for number, one in enumerate(columns)}
    typed = records.select(*(_give_type(kinds.get(one), number) for one, number in numbers.items()))
    together: dict[str, list[PlannedCheck]] = {}
    for check in checks:
        of_check = {name: kinds[one] for name, one in _find_seen(check).items() if one in kinds}
        if is_comparable(check, kwargs[check.check_id], of_check):
            condition = kwargs[check.check_id].get("row_condition")
            together.setdefault(repr(condition), []).append(check)
    found: list[Evaluation] = []
    for asked in together.values():
        names = [
            {name: name_in_frame(numbers[one]) for name, one in _find_seen(check).items()}
            for check in asked
        ]
        condition = kwargs[asked[0].check_id].get("row_condition")
        frame = typed if condition is None else typed.filter(fulfils(condition, names[0]))
        found += _run(frame, asked, kwargs, names)
    figures = map(_complete, found)
    return [judge_rows(one) if sees_of(one.check) is Sees.ROWS else one for one in figures]


def _complete(one: Evaluation) -> Evaluation:
    """GX's engine for Spark gives no count where it saw no record."""
    is_empty = one.elements == 0 and one.unexpected is None
    return replace(one, unexpected=0) if is_empty else one


def _give_type(kinds: Kinds | None, number: int) -> Column:
    from pyspark.sql import functions as f

    name = name_in_frame(number)
    column = f.col(name)
    if kinds is None:
        return column
    if kinds.found == {WHOLE}:
        return column[WHOLE].alias(name)
    if kinds.found <= {WHOLE, FRACTION}:
        return f.coalesce(column[FRACTION], column[WHOLE].cast("double")).alias(name)
    if len(kinds.found) == 1 and kinds.found <= {TRUTH, TEXT}:
        return column[next(iter(kinds.found))].alias(name)
    return f.coalesce(*(column[kind].cast("string") for kind in KINDS)).alias(name)


def _run(
    frame: DataFrame,
    checks: Sequence[PlannedCheck],
    kwargs: Arguments,
    names: Sequence[Mapping[str, str]],
) -> list[Evaluation]:
    context = new_context()
    register()
    source = context.data_sources.add_spark("landing", persist=False)
    definition = source.add_dataframe_asset("records").add_batch_definition_whole_dataframe("whole")
    batch = definition.get_batch(batch_parameters={"dataframe": frame})
    renamed = {
        check.check_id: rename(_without_condition(kwargs[check.check_id]), of_check)
        for check, of_check in zip(checks, names, strict=True)
    }
    own = {new: name for of_check in names for name, new in of_check.items()}
    try:
        found = validate(batch, checks, renamed)
        return _with_examples(batch, found, renamed, own)
    except CheckCrashed as crash:
        raise CheckCrashed(text_in_own_names(crash.problem, own), remedy=crash.remedy) from None


def _with_examples(
    batch: Any, found: Sequence[Evaluation], kwargs: Arguments, own: Mapping[str, str]
) -> list[Evaluation]:
    """GX would collect failing values of each check by a query of its own: it is asked for those of
    the checks that fail."""
    failing = [one.check for one in found if one.unexpected]
    again = validate(batch, failing, kwargs, examples=EXAMPLES * 5) if failing else []
    examples = {
        one.check.check_id: tuple(example_in_own_names(example, own) for example in one.examples)
        for one in again
    }
    return [replace(one, examples=examples.get(one.check.check_id, ())) for one in found]


def _without_condition(kwargs: Mapping[str, Any]) -> dict[str, Any]:
    """The frame has only the records that fulfil it."""
    return {key: value for key, value in kwargs.items() if key != "row_condition"}
