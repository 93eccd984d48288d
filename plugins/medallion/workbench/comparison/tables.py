"""What has become of one table besides its columns: its key, its checks, who may read it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from medallion.checks.declaration import CheckSpec
from medallion.durations import duration
from medallion.publish.declaration import BreakingChange, GuardSpec
from medallion.publish.dispositions import disposition_of
from medallion.publish.incremental import Materialization
from medallion.spec.models.bi import KEYS_OF_BI
from medallion.spec.models.keeping import days
from medallion.spec.models.pipeline import GoldSpec
from medallion.spec.models.sharing import EVERY_DOMAIN, ShareWith
from medallion.spec.sql.lineage import digest_column
from medallion.workbench.comparison.changes import Change, Level, list_names
from medallion.workbench.comparison.check_changes import Direction, compare_checks
from medallion.workbench.comparison.places import Place
from medallion.workbench.comparison.shapes import Shape

_COMPARED_ELSEWHERE = frozenset(
    (
        *("columns", "columns_like", "checks", "grants", "share_with", "primary_key"),
        *("write_disposition", "guard", "freshness", "breaking_change", "exposures", "sql"),
        "partition_by",
    )
)
_ROWS = frozenset(("filter", "deduplicate", "transform", "missing_keys", "deleted_when"))
"""Keys of silver that decide which rows there are."""
_WEAK = {
    Direction.REMOVED: "is removed",
    Direction.LOOSENED: "is looser",
    Direction.CHANGED: "differs",
}
_STRONG = {Direction.ADDED: "is added", Direction.TIGHTENED: "is tighter"}


def compare_tables(before: Shape, after: Shape) -> Iterator[Change]:
    """The changes of a table that both sides publish, its columns aside."""
    if before.loaded.dag_id != after.loaded.dag_id:
        what = f"moves from the pipeline {before.loaded.dag_id} to {after.loaded.dag_id}"
        yield _change(after, Level.REVIEW, "table_moved", what, "versions and rows stay")
    yield from _key(before, after)
    yield from _disposition(before, after)
    yield from _access(before, after)
    yield from _checks(before, after)
    yield from _guard(before, after)
    yield from _freshness(before, after)
    yield from _partitions(before, after)
    yield from _breaking_change(before, after)
    yield from _exposures(before, after)
    yield from _sql(before, after)
    yield from _dataset(before, after)
    yield from _python(before, after)
    yield from _rest(before, after)


def _change(
    after: Shape, level: Level, kind: str, what: str, then: str = "", *key: str | int
) -> Change:
    return Change(
        level=level,
        kind=kind,
        subject=after.name,
        what=what,
        then=then,
        owner=after.declared.owner,
        contacts=after.declared.contacts,
        place=after.place(*key),
    )


def _key(before: Shape, after: Shape) -> Iterator[Change]:
    old, new = before.said.primary_key, after.said.primary_key
    if set(old) == set(new):
        return
    what = f"the primary key is {list_names(new) or 'gone'}, and was {list_names(old) or 'none'}"
    if not old:
        then = "of several rows with one key, one stays"
        yield _change(after, Level.REVIEW, "primary_key_added", what, then, "primary_key")
        return
    then = "joins on the old key find more rows, or fewer"
    yield _change(after, Level.BREAKING, "primary_key_changed", what, then, "primary_key")


def _disposition(before: Shape, after: Shape) -> Iterator[Change]:
    old, new = before.declared.write_disposition, after.declared.write_disposition
    if old == new:
        return
    what = f"write_disposition is {new}, and was {old}"
    at = "write_disposition"
    if history := next((one for one in (old, new) if disposition_of(one).keeps_history), ""):
        then = (
            f"the publication will be refused: a table cannot switch to or from {history}. Publish "
            "the history as a new table"
        )
        yield _change(after, Level.BREAKING, "publication_refused", what, then, at)
        return
    then = "the rows that are published stay, and the next run follows the new rule"
    yield _change(after, Level.REBUILD, "write_disposition_changed", what, then, at)


def _access(before: Shape, after: Shape) -> Iterator[Change]:
    old, new = before.said, after.said
    for role in sorted(set(old.grants) - set(new.grants)):
        then = f"whoever reads it as {role} is refused from the next publication on"
        yield _change(
            after, Level.BREAKING, "grant_removed", f"the role {role} loses access", then, "grants"
        )
    for role in sorted(set(new.grants) - set(old.grants)):
        what = f"the role {role} gets access"
        yield _change(after, Level.REVIEW, "grant_added", what, "", "grants")
    yield from _sharing(old.share_with, new.share_with, after)


def _sharing(old: ShareWith, new: ShareWith, after: Shape) -> Iterator[Change]:
    lost, gained = sorted(_domains(old) - _domains(new)), sorted(_domains(new) - _domains(old))
    if EVERY_DOMAIN in _domains(new):
        lost = []
    for domain in lost:
        what = f"{_name_domain(domain)} may not read it any more"
        then = "SQL and checks that read it are refused"
        yield _change(after, Level.BREAKING, "share_removed", what, then, "share_with")
    for domain in gained:
        what = f"{_name_domain(domain)} may read it now"
        yield _change(after, Level.REVIEW, "share_added", what, "", "share_with")


def _domains(share_with: ShareWith) -> set[str]:
    return {share_with} if isinstance(share_with, str) else set(share_with)


def _name_domain(domain: str) -> str:
    return "every other domain" if domain == EVERY_DOMAIN else f"the domain {domain}"


def _checks(before: Shape, after: Shape) -> Iterator[Change]:
    own: tuple[tuple[str, tuple[CheckSpec, ...], tuple[CheckSpec, ...]], ...] = (
        ("", before.said.checks, after.said.checks),
    )
    if before.dataset is not None and after.dataset is not None:
        own = (*own, ("bronze ", before.dataset.bronze.checks, after.dataset.bronze.checks))
    for layer, old, new in own:
        for one in compare_checks(old, new):
            weak = one.direction in _WEAK
            said = _WEAK[one.direction] if weak else _STRONG[one.direction]
            what = f"the {layer}check {one.check} {said}" + (f": {one.how}" if one.how else "")
            then = "" if weak else "the next run has to pass it"
            name = f"check_{one.direction.name.lower()}"
            gone = one.direction is Direction.REMOVED
            key = ("checks",) if gone else ("checks", one.at)
            place = after.side.places.of(
                after.loaded.spec_path,
                (*after.key[:-1], "bronze", *key) if layer else (*after.key, *key),
            )
            yield Change(
                level=Level.REVIEW if weak else Level.SAFE,
                kind=name,
                subject=after.name,
                what=what,
                then=then,
                owner=after.declared.owner,
                contacts=after.declared.contacts,
                place=place,
            )


def _guard(before: Shape, after: Shape) -> Iterator[Change]:
    old, new = before.said.guard, after.said.guard
    for key in sorted(GuardSpec.model_fields):
        was, now = getattr(old, key), getattr(new, key)
        if was == now:
            continue
        what = f"guard: {key} is {_as_text(now)}, and was {_as_text(was)}"
        looser = _looser(key, was, now)
        level = Level.REVIEW if looser else Level.SAFE
        kind = "guard_loosened" if looser else "guard_tightened"
        yield _change(after, level, kind, what, "", "guard", key)


def _looser(key: str, was: float | None, now: float | None) -> bool:
    """Of rows there must be at least so many; of parts there may be at most so much."""
    if was is None or now is None:
        return now is None
    return now < was if key == "min_rows" else now > was


def _as_text(value: object) -> str:
    if isinstance(value, float):
        return f"{value:g}"
    return "without limit" if value is None else str(value)


def _freshness(before: Shape, after: Shape) -> Iterator[Change]:
    for key in ("warn_after", "error_after", "behind_after"):
        was, now = (
            getattr(before.said.freshness, key, None),
            getattr(after.said.freshness, key, None),
        )
        if was == now:
            continue
        what = f"freshness: {key} is {now or 'gone'}, and was {was or 'none'}"
        looser = now is None or (was is not None and duration(now) > duration(was))
        level = Level.REVIEW if looser else Level.SAFE
        yield _change(after, level, "freshness_changed", what, "", "freshness", key)


def _partitions(before: Shape, after: Shape) -> Iterator[Change]:
    """How the table is laid out, and how long its partitions are kept."""
    old, new = before.said.partition_by, after.said.partition_by
    was, now = (str(one.to_partitions()) if one else "" for one in (old, new))
    if was != now:
        what = f"it is partitioned {now}" if now else f"it is no longer partitioned {was}"
        then = "the next publication copies its rows, which takes time and disk"
        yield _change(after, Level.REBUILD, "partitions_changed", what, then, "partition_by")
    kept, keeps = (one.retention if one else None for one in (old, new))
    if kept == keeps:
        return
    what = f"partitions are kept {keeps or 'for ever'}, and were {kept or 'for ever'}"
    is_shorter = keeps is not None and (kept is None or days(keeps) < days(kept))
    level = Level.REVIEW if is_shorter else Level.SAFE
    then = "the next maintenance drops those that are over, for good" if is_shorter else ""
    yield _change(after, level, "retention_changed", what, then, "partition_by")


def _breaking_change(before: Shape, after: Shape) -> Iterator[Change]:
    old, new = before.said.breaking_change, after.said.breaking_change
    if old is new:
        return
    what = f"breaking_change is {new}, and was {old}"
    then = "set it back once the change is published" if new is BreakingChange.ALLOW else ""
    level = Level.REVIEW if new is BreakingChange.ALLOW else Level.SAFE
    yield _change(after, level, "breaking_change_changed", what, then, "breaking_change")


def _exposures(before: Shape, after: Shape) -> Iterator[Change]:
    old, new = before.said.exposures, after.said.exposures
    for name in sorted({*old, *new}):
        if (was := old.get(name)) == (now := new.get(name)):
            continue
        said = "is named no longer" if now is None else "differs" if was else "is added"
        what = f"the exposure {name} {said}"
        yield _change(after, Level.SAFE, "exposure_changed", what, "", "exposures", name)


def _sql(before: Shape, after: Shape) -> Iterator[Change]:
    if before.dataset is not None or before.declared.sql == after.declared.sql:
        return
    then = (
        "types of computed columns are known to the warehouse alone: "
        "`validate --with-warehouse`, `preview`"
    )
    level, more = _find_former_rows(before, after)
    change = _change(after, level, "sql_changed", "its SELECT has changed", f"{more}{then}")
    yield replace(change, place=Place(path=after.declared.sql_path))


def _find_former_rows(before: Shape, after: Shape) -> tuple[Level, str]:
    """What another SELECT means for the rows that are published: of a table that is built whole
    nothing."""
    old, new = before.said, after.said
    if not isinstance(old, GoldSpec) or not isinstance(new, GoldSpec):
        return Level.REVIEW, ""
    grew, grows = (one.materialization is Materialization.INCREMENTAL for one in (old, new))
    column = new.time_column
    if not grew or not grows or column is None or column != old.time_column:
        return Level.REVIEW, ""
    digests = [digest_column(one.declared.sql, column) for one in (before, after)]
    if digests[0] != digests[1]:
        then = f"the next run builds the whole table, since {column} is computed in another way; "
        return Level.REVIEW, then
    return Level.REBUILD, "rows of former intervals stay as they are until a full refresh; "


def _dataset(before: Shape, after: Shape) -> Iterator[Change]:
    old, new = before.dataset, after.dataset
    if old is None or new is None:
        return
    name = after.declared.table.name
    if old.source != new.source:
        differs = [
            key
            for key in sorted({*type(old.source).model_fields, *type(new.source).model_fields})
            if getattr(old.source, key, None) != getattr(new.source, key, None)
        ]
        what = f"its source differs: {list_names(differs)}"
        place = after.side.places.of(after.loaded.spec_path, ("datasets", name, "source"))
        level = Level.REVIEW if after.replaces else Level.REBUILD
        then = "" if after.replaces else _STAYS
        change = _change(after, level, "source_changed", what, then)
        yield replace(change, place=place)
    if old.bronze.schema_contract is not new.bronze.schema_contract:
        what = f"bronze: schema_contract is {new.bronze.schema_contract}"
        yield _change(after, Level.REVIEW, "contract_changed", what)
    if old.description != new.description:
        yield _change(after, Level.SAFE, "description_changed", "it has another description")


def _python(before: Shape, after: Shape) -> Iterator[Change]:
    """The module of the custom step, which the spec only names."""
    name = after.declared.table.name
    if after.dataset is None:
        return
    old, new = before.loaded.code.get(name), after.loaded.code.get(name)
    if old is not None and new is not None and old.source != new.source:
        level = Level.REVIEW if after.replaces else Level.REBUILD
        then = "the next run brings all rows by it" if after.replaces else _STAYS
        change = _change(after, level, "python_changed", "its Python has changed", then)
        yield replace(change, place=Place(path=new.path))


_STAYS = "rows that are published stay as they are until they are replayed or backfilled"


def _rest(before: Shape, after: Shape) -> Iterator[Change]:
    """Every other key, whichever it is: a new one is not left out."""
    for key in sorted(type(after.said).model_fields):
        if key in _COMPARED_ELSEWHERE or key in KEYS_OF_BI:
            continue
        was, now = getattr(before.said, key, None), getattr(after.said, key, None)
        if was == now:
            continue
        level, kind, then = _rest_level(key, before, after)
        what = "it has another description" if key == "description" else f"{key} differs"
        yield _change(after, level, kind, what, then, key)


def _rest_level(key: str, before: Shape, after: Shape) -> tuple[Level, str, str]:
    if key in _ROWS:
        if after.replaces:
            return Level.REVIEW, "rows_changed", "the next run brings all rows by the new rule"
        return Level.REBUILD, "rows_changed", _STAYS
    if key == "indexes":
        unique = any(one.unique for one in after.said.indexes if one not in before.said.indexes)
        if unique:
            return Level.REVIEW, "indexes_changed", "two rows with the same values are refused now"
        return (
            Level.SAFE,
            "indexes_changed",
            "the next publication makes them, and drops the others",
        )
    if key in ("schema_contract", "approval"):
        return Level.REVIEW, "contract_changed", ""
    return Level.SAFE, f"{key}_changed", ""
