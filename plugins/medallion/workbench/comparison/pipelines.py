"""What has become of the pipelines: refused, gone, run at other times."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice, pairwise, takewhile

from medallion.catalogue.declared_table import DeclaredTable
from medallion.durations import in_words
from medallion.errors import Issue
from medallion.names import DagId
from medallion.plan.model import Settings
from medallion.schedules.schedule import Schedule
from medallion.spec.files.loaded import LoadedSpec
from medallion.spec.files.spec_paths import DOMAIN_FILE
from medallion.workbench.comparison.changes import Change, Level, list_names
from medallion.workbench.comparison.places import Place
from medallion.workbench.comparison.sides import Side

_SETTINGS = (
    ("owner", Level.REVIEW),
    ("start_date", Level.REVIEW),
    ("end_date", Level.REVIEW),
    ("timezone", Level.REVIEW),
    ("catchup", Level.REVIEW),
    ("alerts", Level.REVIEW),
    ("deadline", Level.REVIEW),
    ("wait_for", Level.REVIEW),
    ("max_active_runs", Level.SAFE),
    ("retries", Level.SAFE),
    ("retry_delay", Level.SAFE),
    ("pool", Level.SAFE),
    ("tags", Level.SAFE),
)
_FROM = datetime(2026, 1, 1, tzinfo=UTC)
_TICKS = 400
"""More than a year of days: weekends and short months are among them."""
_SHORT = 120
"""Characters of a remedy that is shown: `validate` shows the long ones, with all columns."""
NEVER = timedelta.max
"""Between the runs of a pipeline that nothing starts."""


def compare_pipelines(before: Side, after: Side) -> Iterator[Change]:
    """The changes of all specs of two sides, their tables aside."""
    yield from _find_refused_files(before, after)
    yield from _domains(before, after)
    for path in sorted(before.paths | after.paths):
        if path in after.refused:
            yield from _find_refused(path, before, after)
        elif path not in after.paths:
            yield from _find_gone(path, before, after)
        elif path in after.specs:
            if path not in before.paths:
                yield _new(after.specs[path])
            elif path in before.specs:
                yield from _settings(before.plans[path].settings, after, path)


def _owner(side: Side, path: str) -> tuple[str, tuple[str, ...]]:
    plan = side.plans.get(path)
    return (plan.settings.owner, plan.contacts) if plan else ("", ())


def _find_refused_files(before: Side, after: Side) -> Iterator[Change]:
    """Files that are not pipelines: domain.yaml, access.yaml, what is at a wrong place."""
    for path, issues in sorted(after.refused.items()):
        if path not in after.paths and before.refused.get(path) != issues:
            for issue in issues:
                then = "no spec of the domain is read before it is right"
                shown = then if path.endswith(f"/{DOMAIN_FILE}") else issue.remedy
                yield _issue(issue, path, shown)


def _domains(before: Side, after: Side) -> Iterator[Change]:
    """What domain.yaml says besides what its pipelines take over from it."""
    old = {one.dag_id.domain: one.domain for _, one in sorted(before.specs.items())}
    new = {one.dag_id.domain: one.domain for _, one in sorted(after.specs.items())}
    for domain in sorted(old.keys() & new.keys()):
        path = f"specs/{domain}/{DOMAIN_FILE}"
        for key in ("pii_conn_id", "connections", "contacts", "bronze", "quarantine"):
            if getattr(old[domain], key) == getattr(new[domain], key):
                continue
            then = ""
            if key == "pii_conn_id":
                then = "hashes come from another key: they join with none that is published"
            yield Change(
                level=Level.BREAKING if then else Level.REVIEW,
                kind=f"{key}_changed",
                subject=domain,
                what=f"{key} of the domain differs",
                then=then,
                owner=new[domain].owner or "",
                contacts=new[domain].contacts,
                place=after.places.of(path, (key,)),
            )


def _find_refused(path: str, before: Side, after: Side) -> Iterator[Change]:
    """A spec that would not run. One that was refused before, for the same reasons, is none of this
    change's."""
    issues = [one for one in after.refused[path] if one.level == "error"]
    if path in before.refused and before.refused[path] == after.refused[path]:
        return
    owner, contacts = _owner(before, path)
    if path in after.stops:
        then = "the pipeline stops: none of its versions may run beside the others"
    elif path in before.specs:
        then = "the version before keeps running until this one is right"
    else:
        then = "it does not run before it is right"
    for issue in issues:
        if issue.path.endswith(f"/{DOMAIN_FILE}") and issue.path != path:
            continue  # said once, of that file
        yield Change(
            level=Level.BREAKING,
            kind="spec_refused",
            subject=path,
            what=f"is refused: {issue.problem}",
            then=f"{issue.remedy}; {then}" if 0 < len(issue.remedy) <= _SHORT else then,
            owner=owner,
            contacts=contacts,
            place=Place(path=issue.path, line=issue.line),
        )


def _issue(issue: Issue, path: str, then: str) -> Change:
    return Change(
        level=Level.BREAKING,
        kind="file_refused",
        subject=path,
        what=f"is refused: {issue.problem}",
        then=then,
        place=Place(path=issue.path, line=issue.line),
    )


def _find_gone(path: str, before: Side, after: Side) -> Iterator[Change]:
    owner, contacts = _owner(before, path)
    loaded = before.loaded.get(path)
    lost = [
        name
        for name, table in before.all_tables.items()
        if table.spec_path == path and name not in after.all_tables
    ]
    dag_id = loaded.dag_id if loaded else DagId(*path.removesuffix(".yaml").split("/")[-2:])
    domain_gone = not any(other.startswith(f"specs/{dag_id.domain}/") for other in after.paths)
    stay = f"; {list_names(lost)} stay in the warehouse as they are" if lost else ""
    yield Change(
        level=Level.REVIEW,
        kind="domain_removed" if domain_gone else "pipeline_removed",
        subject=str(dag_id),
        what="the pipeline is gone" + (", and its domain with it" if domain_gone else ""),
        then=f"its DAG disappears, and nothing runs any more{stay}",
        owner=owner,
        contacts=contacts,
        place=Place(path=path),
        before=True,
    )


def _new(loaded: LoadedSpec) -> Change:
    return Change(
        level=Level.SAFE,
        kind="pipeline_added",
        subject=str(loaded.dag_id),
        what="the pipeline is new",
        owner=loaded.spec.owner or loaded.domain.owner or "",
        contacts=loaded.domain.contacts,
        place=Place(path=loaded.spec_path),
    )


def _settings(old: Settings, after: Side, path: str) -> Iterator[Change]:
    new, loaded = after.plans[path].settings, after.specs[path]
    owner, contacts = _owner(after, path)

    def change(level: Level, kind: str, what: str, key: str, then: str = "") -> Change:
        return Change(
            level=level,
            kind=kind,
            subject=str(loaded.dag_id),
            what=what,
            then=then,
            owner=owner,
            contacts=contacts,
            place=after.places.of(path, (key,)) if _says(loaded, key) else Place(path=path),
        )

    if _starts(old) != _starts(new):
        what = f"it runs {_when(new)}, and ran {_when(old)}"
        slower = (longest(new.schedule) or NEVER) > (longest(old.schedule) or NEVER)
        then = "its tables are older between two runs" if slower and not _by_assets(new) else ""
        yield change(Level.REVIEW, "schedule_changed", what, "schedule", then)
    for key, level in _SETTINGS:
        was, now = getattr(old, key), getattr(new, key)
        if was != now:
            what = f"{key} is {_as_text(now)}, and was {_as_text(was)}"
            yield change(level, f"{key}_changed", "alerts differ" if key == "alerts" else what, key)


def _says(loaded: LoadedSpec, key: str) -> bool:
    return key in loaded.spec.model_fields_set


def _starts(settings: Settings) -> tuple[object, ...]:
    return settings.schedule, settings.asset_schedule, settings.is_continuous


def _by_assets(settings: Settings) -> bool:
    return bool(settings.asset_schedule)


def _when(settings: Settings) -> str:
    if said := settings.describe_schedule():
        return f"by {said}"
    tables = list_names(map(str, settings.asset_schedule))
    return f"after {tables}" if tables else "by hand only"


def _as_text(value: object) -> str:
    if isinstance(value, timedelta):
        return in_words(value)
    if isinstance(value, datetime):
        return value.isoformat(timespec="minutes")
    if isinstance(value, tuple):
        return list_names(map(str, value)) or "none"
    return "none" if value is None else str(value)


def longest(schedule: Schedule | None) -> timedelta | None:
    """The longest time between two runs, as limits count it: without days off; None: no clock
    starts it.

    >>> longest(Schedule(crons=("@daily",))), longest(Schedule(crons=("0 6 * * 1-5",)))
    (datetime.timedelta(days=1), datetime.timedelta(days=3))
    """
    if schedule is None:
        return None
    last = _FROM + timedelta(days=800)
    ticks = islice(schedule.ticks_after(_FROM), _TICKS)
    found = list(takewhile(lambda tick: tick < last, ticks))
    return max((schedule.count_time(*two) for two in pairwise(found)), default=NEVER)


def beyond_its_limit(table: DeclaredTable, between: timedelta) -> str:
    """Which limit of its freshness a table will not keep; empty: none."""
    for word, limit in (("error_after", table.error_after), ("warn_after", table.warn_after)):
        if limit is not None and between > limit:
            return f"{word} ({in_words(limit)})"
    return ""
