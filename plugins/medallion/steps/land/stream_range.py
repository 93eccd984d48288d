"""The part of a stream that a run reads, as the registry knows it."""

from __future__ import annotations

from medallion.errors import SourceRefused
from medallion.plan.model import LandStep
from medallion.sources.base.stream import StreamRange
from medallion.steps.context import StepContext
from medallion.warehouse.registry import streams
from medallion.warehouse.session.transaction import Session


def find_stream_range(
    connection: Session, step: LandStep, context: StepContext
) -> StreamRange | None:
    """What a run reads; None if the source is not a stream.

    | run | reads |
    |---|---|
    | scheduled, or triggered by hand | on from what was published |
    | done again | what it read before; the last one reads on |
    | a backfill | the messages of its data interval, and what runs of it have read |
    | triggered with full_refresh | all that the stream has |

    Raises:
        SourceRefused: `append` would add rows twice.
    """
    stream = step.source.reads_stream()
    if not stream:
        return None
    if context.backfill or context.full_refresh:
        _refuse_doubles(step, context)
    state = streams.find_state(connection, context.run, step.table, stream)
    if context.backfill:
        return StreamRange(
            between=(context.run.interval_start, context.run.interval_end),
            covered=streams.find_covered(connection, context.run, step.table, stream, state),
            stream_id=state.stream_id,
        )
    if context.full_refresh:
        return StreamRange(whole=True, stream_id=state.stream_id)
    if state.own_before is None:
        return StreamRange(begins=state.offsets, stream_id=state.stream_id)
    return StreamRange(
        begins=state.own_before,
        ends=None if state.is_last else state.own_after,
        stream_id=state.own_stream_id,
        # Its rows take the place of those that it has appended.
        is_again=step.write_disposition.appends and state.own_before != state.own_after,
    )


def _refuse_doubles(step: LandStep, context: StepContext) -> None:
    if not step.write_disposition.appends:
        return
    asked = "a backfill" if context.backfill else "a full refresh"
    raise SourceRefused(
        f"{step.table.public} is appended to by offsets: {asked} would bring messages that are "
        "there a second time",
        remedy="clear the run that brought the messages: it reads the same again; or use "
        "`write_disposition: merge`, which knows rows by their key",
    )
