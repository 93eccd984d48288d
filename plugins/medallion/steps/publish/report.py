"""What a publication has changed for readers: for the log, the task's result, the asset event."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from medallion.errors import MedallionError
from medallion.plan.model import PublishStep
from medallion.prose import tally
from medallion.publish.declaration import MissingKeys
from medallion.warehouse.registry import gate_records
from medallion.warehouse.registry import records as registry
from medallion.warehouse.registry.records import Publication
from medallion.warehouse.session.relations import columns_of
from medallion.warehouse.session.transaction import Session, session
from medallion.warehouse.tables.key_changes import count_key_changes

MOST_COMPARED = 200_000
"""Rows of a whole table up to which its keys are held against those of the version before."""

_KEPT = "readers see another version, which is newer"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A publication beside what readers had before it; None where there was nothing, or where it is
    not known.
    """

    publication: Publication
    former: Publication | None
    columns: int
    """Those of the spec, without Medallion's own."""
    added: int | None = None
    removed: int | None = None
    checks: Mapping[str, int] = field(default_factory=dict)
    """By status, how many checks of its gates."""

    def details(self) -> dict[str, object]:
        """For the task's result."""
        late = [] if self.publication.is_current else [_KEPT]
        return {
            **({"attention": late} if late else {}),
            "columns": self.columns,
            "rows_before": self.former.rows_total if self.former else None,
            "rows_added": self.added,
            "rows_removed": self.removed,
            "checks": dict(self.checks),
        }

    def describe(self, step: PublishStep) -> Iterator[str]:
        """Lines for the log."""
        new, table = self.publication, step.table.public
        if not new.is_current:
            kept = f"kept {table} version {new.version}, {tally(new.rows_total, 'row')}"
            yield f"{kept}: {_KEPT}"
            return
        yield (
            f"published {table} version {new.version}: {tally(new.rows_total, 'row')}, "
            f"{tally(self.columns, 'column')} ({step.write_disposition})"
        )
        if self.former is None:
            yield "  it is the first version"
            return
        before = self.former
        yield (
            f"  before: version {before.version}, published at "
            f"{before.published_at:%Y-%m-%d %H:%M} UTC, {tally(before.rows_total, 'row')}; "
            f"{self._difference(step)}"
        )

    def _difference(self, step: PublishStep) -> str:
        new, before = self.publication, self.former
        if before is not None and new.digest == before.digest:
            return "made of the same data"
        if self.added is None or self.removed is None:
            more = new.rows_total - (before.rows_total if before else 0)
            return f"{abs(more):,} {'fewer' if more < 0 else 'more'}" if more else "as many"
        what = "keys" if step.write_disposition.moves_staging else "rows"
        return f"{self.added:,} {what} added, {self.removed:,} removed"


def change_of(step: PublishStep, url: str, publication_id: int) -> Change:
    """A publication, and what it has changed. That is a courtesy: where it cannot be counted, it is
    not."""
    with session(url, f"reading {step.table.public}") as connection:
        publication = registry.publication(connection, publication_id)
        former = registry.former(connection, step.table, publication)
        checks = gate_records.verdicts_of(connection, publication.publication_id)
        names = [column.name for column in columns_of(connection, step.table.public)]
    columns = sum(not name.startswith("_") for name in names)
    added, removed = (None, None) if former is None else _counts(step, url, publication, former)
    return Change(
        publication=publication,
        former=former,
        columns=columns,
        added=added,
        removed=removed,
        checks=checks,
    )


def _counts(
    step: PublishStep, url: str, new: Publication, former: Publication
) -> tuple[int | None, int | None]:
    if not step.write_disposition.stores_rows:
        return None, None  # the rows that readers had before are there no more
    if not step.write_disposition.moves_staging:
        marked = step.missing_keys is MissingKeys.SOFT_DELETE  # such rows stay
        gone = 0 if marked else new.rows_deleted
        grown = new.rows_total - former.rows_total
        if new.version != former.version or grown + gone < 0:
            return None, None
        return grown + gone, gone
    small = max(new.rows_total, former.rows_total) <= MOST_COMPARED
    if not (small and step.primary_key and former.version_kept and new.version_kept):
        return None, None
    try:
        with session(url, f"comparing the versions of {step.table.public}") as connection:
            return _key_changes(connection, step, new, former)
    except MedallionError:
        return None, None


def _key_changes(
    connection: Session, step: PublishStep, new: Publication, former: Publication
) -> tuple[int | None, int | None]:
    ours, theirs = step.table.version(new.version), step.table.version(former.version)
    for version in (ours, theirs):
        if not {column.name for column in columns_of(connection, version)} >= {*step.primary_key}:
            return None, None
    return count_key_changes(connection, ours, theirs, step.primary_key)
