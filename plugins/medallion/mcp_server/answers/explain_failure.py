"""The last failure of a pipeline, from the registry: table, step, checks, reason and remedy."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path

from medallion import errors
from medallion.authoring.working_tree import read_declared_now
from medallion.catalogue.declared import Declared
from medallion.catalogue.personal import find_hidden_fields, find_hidden_if_known
from medallion.catalogue.quality import CheckLine, Verdict, read_quality
from medallion.mcp_server.arguments import ExplainFailure
from medallion.mcp_server.reading import LIMIT, reader_url
from medallion.mcp_server.reasons import hide_values
from medallion.names import PublishedTable
from medallion.spec.messages.report import visible
from medallion.warehouse.catalogue.failure import Failure, last_failure
from medallion.warehouse.catalogue.history import read_published_columns
from medallion.warehouse.roles.author_login import author_session
from medallion.warehouse.session.transaction import Session

_REMEDIES = {
    "land": "look at the source: its connection, its file, its answer",
    "gate": "fix the data at its source and run again, or, if the check is wrong, the spec",
    "clean": "fix the data or the columns' declarations",
    "build": "fix the SQL",
    "publish": "read the reason: a guard, a change of columns, or a lock",
}
"""By step, where its error says no more."""


def answer(arguments: ExplainFailure, root: Path) -> str:
    """What failed, and why, in lines."""
    declared = read_declared_now(root)
    with author_session(reader_url(root), "reading what failed", LIMIT) as session:
        failure = last_failure(session, arguments.pipeline, arguments.table)
        if failure is None:
            return "Nothing has failed, as far as the registry knows."
        return "\n".join(_lines(session, declared, failure))


def _lines(session: Session, declared: Declared, failure: Failure) -> Iterator[str]:
    table = _table(declared, failure)
    yield f"pipeline: {failure.dag_id}"
    ended = f"{failure.finished_at:%Y-%m-%d %H:%M} UTC"
    yield f"run: {failure.run_id}, try {failure.try_number}, ended {ended}"
    yield f"table: {table.public if table else failure.task_id.partition('.')[0]}"
    yield f"step: {failure.step}"
    said = failure.error or "it did not say"
    said = said if table and _is_open(session, declared, table) else hide_values(said)
    first, *others = said.splitlines() or [""]
    yield f"reason: {visible(first)}"
    yield from (f"  {visible(line)}" for line in others)
    if failure.is_over:
        yield "since then: the same task has ended well in a later run"
    found = list(_list_failed_checks(session, declared, table, failure)) if table else []
    for line, verdict in found:
        yield f"check: {visible(line.title)} ({line.layer}, on_failure: {line.on_failure})"
        yield f"  {visible(verdict.sentence)}"
        if verdict.are_hidden:
            yield "  examples: (personal: not shown)"
        elif verdict.examples:
            yield f"  examples: {visible(', '.join(verdict.examples))}"
    yield from _remedy(failure)
    if table is not None and (one := declared.tables.get(table)):
        yield f"spec: {one.spec_path}"
        yield f"who answers: {one.owner} {' '.join(one.contacts)}".rstrip()


def _is_open(session: Session, declared: Declared, table: PublishedTable) -> bool:
    """Whether it is known that a table has no personal data."""
    published = [one.name for one in read_published_columns(session, table)]
    return find_hidden_if_known(declared, table, published) == frozenset()


def _remedy(failure: Failure) -> Iterator[str]:
    """Who must act, by the error's class: the registry keeps its name before the text."""
    kind = getattr(errors, (failure.error or "").partition(":")[0], None)
    if isinstance(kind, type) and issubclass(kind, errors.MedallionError) and kind.acts:
        yield f"who must act: {kind.acts}"
    said = _REMEDIES.get(failure.step.partition("_")[0], "read the reason, and the log of the task")
    yield f"remedy: {said}"


def _list_failed_checks(
    session: Session, declared: Declared, table: PublishedTable, failure: Failure
) -> Iterator[tuple[CheckLine, Verdict]]:
    published = [one.name for one in read_published_columns(session, table)]

    def hide(named: Collection[str]) -> frozenset[str] | None:
        if table not in declared.tables:
            return None
        return find_hidden_fields(declared, table, published, named)

    for line in read_quality(session, table, hide).lines:
        verdict = next((one for one in line.cells if one and one.run_id == failure.run_id), None)
        if verdict is not None and verdict.status == "failed":
            yield line, verdict


def _table(declared: Declared, failure: Failure) -> PublishedTable | None:
    name = failure.task_id.partition(".")[0]
    return next(
        (
            one.table
            for one in declared.tables.values()
            if one.dag_id == failure.dag_id and one.table.name == name
        ),
        None,
    )
