"""Lake table: what readers of the warehouse see, into a lake that others read, in one commit.

The warehouse comes first, and says what is right. What the lake has is read from the lake itself,
so that a task that was killed, a rollback or a restored warehouse leave nothing to be remembered:
whoever runs this brings the two in step, and does nothing where they are.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from medallion.errors import DataRejected, SetupError
from medallion.lake.published_as import PublishedAs
from medallion.lake.table_formats import OPENERS
from medallion.names import Layer, PublishedTable
from medallion.plan.model import LakeTableStep, LakeTarget
from medallion.publish.lake_formats import LAKE_FORMATS, ColumnKind
from medallion.sources.base.locations import Location
from medallion.sources.base.object_store import StoredTable, find_stored_table
from medallion.spec.files.access import lake_refusal, load_access
from medallion.steps.context import StepContext, StepResult
from medallion.steps.domain.reach import connections_of, files_of
from medallion.steps.lake_owner import hold_to_warehouse, read_warehouse
from medallion.steps.publish.primary import refuse_former_server
from medallion.warehouse.reading.pinned import Pin
from medallion.warehouse.reading.versions import open_version
from medallion.warehouse.registry.hash_keys import read_key
from medallion.warehouse.registry.lake_catalogue import CatalogueRow
from medallion.warehouse.registry.masks import read_columns_in_clear
from medallion.warehouse.session.locking import one_lake_writer_at_a_time
from medallion.warehouse.session.transaction import session

if TYPE_CHECKING:
    from medallion.lake.lake_table import LakeTable
    from medallion.warehouse.reading.columns import ReadColumn
    from medallion.warehouse.reading.lineage import Lineage


def run(step: LakeTableStep, context: StepContext) -> StepResult:
    """Bring the table of the lake in step with what readers of the warehouse see now.

    Raises:
        DataRejected: the format has no type for a column of it.
        LakeError: something else is in the folder.
        LakeUnavailable: the lake does not answer. Retried.
        SetupError: operators do not allow the folder, its connection is not right, or the loader
            reads in clear what others read masked.
        WarehouseUnavailable: by who must act.
    """
    published, is_new = bring_in_step(step, open_lake_table(step, context), context)
    context.log.info(
        "%s %s as %s version %d, %s rows",
        step.target.location,
        "is now the same" if is_new else "was the same already",
        published.table,
        published.version,
        f"{published.rows:,}",
    )
    return StepResult(
        rows_in=published.rows,
        rows_out=published.rows,
        reference=f"{step.target.location} version {published.version}",
        details={"version": published.version, "written": is_new, "location": step.target.location},
    )


def bring_in_step(
    step: LakeTableStep, lake_table: LakeTable, context: StepContext, *, again: bool = False
) -> tuple[PublishedAs, bool]:
    """Write what readers of the warehouse see, unless the lake has it; what that is, and whether it
    was written.

    Args:
        again: write it even so, and leave no trace of former versions: somebody was erased.

    Raises:
        FormerPrimary: the warehouse has left the server that answers.
        LakeError: another warehouse publishes there. Others as `run`.
    """
    url, table = context.warehouse_url, step.table
    if context.lake_root:  # what a former primary has is older than what lakes may have
        refuse_former_server(url, context.lake_root, f"publishing {table.public} to a lake")
    with one_lake_writer_at_a_time(url, step.target.location):
        there, warehouse = lake_table.read(), read_warehouse(url)
        hold_to_warehouse(there, warehouse, step, context.lake_root)
        # Before the rows: of a rotation meanwhile, the next comparison says that they are other.
        hash_key = read_hash_key(url, table)
        hold_to_masks(step, url)
        with open_version(url, table, Pin()) as version:
            published = describe_publication(version.lineage, hash_key, warehouse)
            if there == published and not again:
                return published, False
            hold_to_format(step.target, version.columns)
            lake_table.write(version.batches, published, step.description, step.column_descriptions)
        if again:
            lake_table.forget(published)
        return published, True


def open_lake_table(step: LakeTableStep, context: StepContext) -> LakeTable:
    """The table in the lake, if the domain may still publish there.

    Raises:
        SetupError: it may not, or the connection does not say enough.
    """
    stored = locate_lake_table(step, context)
    catalogue = CatalogueRow(url=context.warehouse_url, table=step.table.public)
    return OPENERS[step.target.format](stored, str(step.table.public), catalogue)


def locate_lake_table(step: LakeTableStep, context: StepContext) -> StoredTable:
    """Where the table is, held to what operators allow now: links of a folder are followed.

    Raises:
        SetupError: the domain may not publish there.
    """
    domain, location = step.table.domain, Location.parse(step.target.location)
    if location is None:
        raise SetupError(f"{step.target.location} is not a location", remedy="correct the spec")
    access = load_access(context.project_root.resolve())
    if refusal := lake_refusal(access, domain, location):
        raise SetupError(refusal[0], remedy=refusal[1])
    details = None
    if location.scheme == "file":
        allowed = [Path(one.path) for one in access.lakes_of(domain) if one.scheme == "file"]
        _hold_to_folders(Path(location.path), allowed, step, context)
    else:
        details = connections_of(domain, context)(location.conn_id)
        if _meets(location, context.lake_root):
            raise _refuse_lake(step)
    return find_stored_table(location, details)


def _hold_to_folders(
    folder: Path, allowed: Sequence[Path], step: LakeTableStep, context: StepContext
) -> None:
    """A folder of this machine leads to where it says, and has nothing of the platform in it, nor
    is in it: maintenance deletes what is not the table's."""
    found = folder.resolve()
    if not any(found.is_relative_to(one.resolve()) for one in allowed):
        raise SetupError(
            f"{step.target.location}, whose links are followed, is in no folder that the domain "
            f"{step.table.domain} may publish to",
            remedy="name the folder itself",
        )
    reach = files_of(step.table.domain, context)
    own = [
        Path(one).resolve()
        for one in (context.lake_root, context.project_root)
        if "://" not in str(one)
    ]
    if reach.is_platform(found) or any(one.is_relative_to(found) for one in own):
        raise _refuse_lake(step)


def _meets(location: Location, lake_root: str) -> bool:
    """Whether a location is in Medallion's own lake, or has it in it, whatever connection leads
    there: of two accounts the containers may be called alike, and then this errs on the safe side.
    """
    lake = Location.parse(lake_root)
    if lake is None:
        return False
    here, there = (
        Location(scheme=one.scheme, conn_id="", path=one.path) for one in (location, lake)
    )
    return here.is_within(there) or there.is_within(here)


def _refuse_lake(step: LakeTableStep) -> SetupError:
    return SetupError(
        f"{step.target.location} meets what Medallion keeps for itself",
        remedy="publish to a folder of its own",
    )


def hold_to_masks(step: LakeTableStep, url: str) -> None:
    """A lake gets the masks of columns that some roles read in clear: so must whoever reads for it.

    Raises:
        SetupError: he reads in clear, as a superuser or a member of such a role.
    """
    with session(url, "reading what is masked") as connection:
        clear = read_columns_in_clear(connection, step.table)
    if clear:
        raise SetupError(
            f"{step.target.location} would get values of {step.table.public} that are masked for "
            f"others: the loader's role reads {', '.join(clear)} in clear",
            remedy="the loader is neither a superuser nor in a role of `unmasked_for`: revoke it",
        )


def hold_to_format(target: LakeTarget, columns: Sequence[ReadColumn]) -> None:
    """Of a silver table the spec's rules have said it; what a SELECT gives, the warehouse knows.

    Raises:
        DataRejected: the format has no type for a column.
    """
    format_ = LAKE_FORMATS[target.format]
    if problems := format_.find_problems(map(_kind_of, columns)):
        raise DataRejected(
            f"{target.location} does not get what it cannot hold: " + "; ".join(problems),
            remedy="cast the column in the SELECT (`price::numeric(18,2)`, `opening::text`), or "
            "leave it out: nothing is cast by itself. The lake keeps the version before",
        )


def _kind_of(column: ReadColumn) -> ColumnKind:
    # Of a numeric without digits the reader has found how many there are now; another day has more.
    says = column.kind != "numeric" or "(" in column.spelled
    return ColumnKind(
        name=column.name,
        kind=column.kind,
        spelled=column.spelled,
        is_array=column.is_array,
        digits=max(column.shape) if says and column.shape else None,
    )


def read_hash_key(url: str, table: PublishedTable) -> str:
    """The id of the key that a silver table's hashes were made with; empty: none is noted. Gold is
    built again with another key, and so published again."""
    if table.layer is not Layer.SILVER:
        return ""
    with session(url, "reading the keys of hashes") as connection:
        known = read_key(connection, table)
    return known.id if known else ""


def describe_publication(lineage: Lineage, hash_key: str, warehouse: str) -> PublishedAs:
    """The publication that rows are of, as the lake has it.

    Args:
        hash_key: see `read_hash_key`.
        warehouse: see `read_warehouse`.
    """
    return PublishedAs(
        table=lineage.table,
        version=lineage.version,
        publication_id=lineage.publication_id,
        dag_id=lineage.dag_id,
        run_id=lineage.run_id,
        digest=lineage.digest,
        rows=lineage.rows,
        published_at=PublishedAs.spell(lineage.published_at),
        data_interval_end=PublishedAs.spell(lineage.data_interval_end),
        hash_key=hash_key,
        warehouse=warehouse,
    )
