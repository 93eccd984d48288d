"""A dag-factory YAML: each DAG becomes a pipeline, what its operators read its datasets."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from medallion.workbench.imports.base.document import Document
from medallion.workbench.imports.base.node import Defaults, Leftovers, Node, mapping
from medallion.workbench.imports.base.outcome import Draft, Imported, Target
from medallion.workbench.imports.base.rest_parts import shorten
from medallion.workbench.imports.base.sketch import PLACEHOLDER, Sketch, short_name
from medallion.workbench.imports.dag_factory.tasks import add_task

_FIRST_DAY = date(2026, 1, 1)
_ALERTS = ("messages are `alerts`", "docs/alerts.md")
_UI = ("it is of Airflow's pages alone", "")
_ONCE = ("@once", "@continuous", "None", "none")
_LEFT = {
    **dict.fromkeys(("dag_display_name", "orientation", "default_view", "doc_md",
                     "is_paused_upon_creation"), _UI),
    **dict.fromkeys(("on_success_callback", "on_failure_callback", "on_retry_callback", "email",
                     "on_success_callback_name", "on_failure_callback_name", "sla_miss_callback",
                     "on_success_callback_file", "on_failure_callback_file", "email_on_failure",
                     "email_on_retry", "on_execute_callback", "callbacks"), _ALERTS),
    **dict.fromkeys(("dagrun_timeout", "dagrun_timeout_sec"),
                    ("a run is not ended, it is reported when it is late", "`deadline`")),
    **dict.fromkeys(("concurrency", "max_active_tasks"),
                    ("tasks take slots of a pool", "`pool`")),
    **dict.fromkeys(("template_searchpath", "user_defined_macros", "render_template_as_native_obj",
                     "params"),
                    ("texts are sent as they are written", "the words of the data interval: "
                     "docs/sources-rest.md#the-data-interval")),
    "depends_on_past": ("runs of one pipeline follow one another", "`max_active_runs`"),
    "access_control": ("rights are Airflow's and the warehouse's roles", "docs/security.md"),
    "timetable": ("a schedule is a cron expression with data intervals", "`schedule`"),
    "task_groups": ("tasks are in a group for each dataset", ""),
    "retry_exponential_backoff": ("the wait grows anyway", ""),
}  # fmt: skip


def recognises(document: Document) -> bool:
    """A mapping of DAGs, whose tasks name their operators."""
    return any(
        "operator" in one or "decorator" in one
        for dag in document.data.values() if isinstance(dag, Mapping)
        for one in _list(dag.get("tasks"))
    )  # fmt: skip


def read(document: Document, target: Target) -> Imported:
    """Each DAG becomes a pipeline, with what `default` says where it says nothing itself."""
    leftovers = Leftovers(document.lines)
    default = document.data.get("default")
    drafts: list[Draft] = []
    for name, given in document.data.items():
        if not isinstance(given, Mapping):
            leftovers.leave(name, "it is not a DAG")
            continue
        if name == "default":
            continue
        merged = _merge(default if isinstance(default, Mapping) else {}, given)
        own = {**given, "default_args": mapping(given.get("default_args"))}
        dag = Node(merged, name, leftovers, Defaults(own=own, place="default"))
        drafts.append(_draft(name, dag, target))
        dag.report_unread()
    return Imported(drafts=tuple(drafts), not_mapped=leftovers.in_order())


def _merge(default: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """As dag-factory does: the DAG's own keys win, in default_args too."""
    usual, own = default.get("default_args"), given.get("default_args")
    arguments = {**(usual if isinstance(usual, Mapping) else {}),
                 **(own if isinstance(own, Mapping) else {})}  # fmt: skip
    return {**default, **given, "default_args": arguments}


def _draft(name: str, dag: Node, target: Target) -> Draft:
    pipeline = short_name(dag.text("dag_id") or name)
    dag.drop("dag_id")
    sketch = Sketch(name=pipeline)
    arguments = dag.node("default_args")
    text = shorten(dag.text("description") or dag.text("doc_md"))
    sketch.said["description"] = text or f"{pipeline.replace('_', ' ').capitalize()}."
    if owner := arguments.text("owner"):
        sketch.said["owner"] = owner
    _schedule(dag, arguments, sketch)
    _settings(dag, arguments, sketch)
    for node in (dag, arguments):
        for key, (why, instead) in _LEFT.items():
            node.leave(key, why, instead)
    for task_name, task in _tasks(dag):
        add_task(task_name, task, sketch)
    if not sketch.said.get("datasets"):
        where = ("datasets", pipeline, "source", "path")
        sketch.guess(where, f"{PLACEHOLDER}: no task of the DAG reads what a source could")
        path = f"include/data/{target.domain}/{pipeline}.csv"
        sketch.add_dataset(pipeline, {"type": "file", "path": path}, [])
    return sketch.finish()


def _schedule(dag: Node, arguments: Node, sketch: Sketch) -> None:
    key = "schedule" if "schedule" in dag else "schedule_interval"
    schedule = dag.text(key)
    if schedule in _ONCE:
        schedule = ""
    elif not schedule:
        dag.leave(key, "a schedule is a cron expression; tables that are read start runs by "
                  "themselves", "leave `schedule` out: docs/spec.md#when-it-runs")  # fmt: skip
    if not schedule:
        for node in (dag, arguments):
            node.drop("start_date", "end_date", "catchup", "timezone")
        return
    sketch.said["schedule"] = schedule
    beside = dag if dag.peek("start_date") is not None else arguments
    if zone := dag.text("timezone") or arguments.text("timezone"):
        sketch.said["timezone"] = zone
        runs_in = beside.text("timezone") or "UTC"
        if zone != runs_in:
            why = f"dag-factory runs it in {runs_in}: it reads the zone that is beside `start_date`"
            sketch.guess(("timezone",), why)
    start = _day(dag.take("start_date")) or _day(arguments.take("start_date"))
    if start is None:
        sketch.guess(("start_date",), f"{PLACEHOLDER}: the first day of its data intervals")
    sketch.said["start_date"] = _without_offset(start, "start_date", sketch) or _FIRST_DAY
    if end := _day(dag.take("end_date")) or _day(arguments.take("end_date")):
        sketch.said["end_date"] = _without_offset(end, "end_date", sketch)
    if dag.flag("catchup") or arguments.flag("catchup"):
        sketch.said["catchup"] = True


def _settings(dag: Node, arguments: Node, sketch: Sketch) -> None:
    said = sketch.said
    most = dag.take("max_active_runs", "max_active_runs_per_dag")
    if isinstance(most, int):
        said["max_active_runs"] = most
    retries = arguments.take("retries")
    if isinstance(retries, int):
        said["retries"] = retries
    for ours, theirs in (
        ("retry_delay", "retry_delay"),
        ("execution_timeout", "execution_timeout"),
    ):
        seconds = _seconds_of(arguments.take(f"{theirs}_sec", theirs))
        if isinstance(seconds, int) and seconds > 0:
            said[ours] = f"{seconds}s"
        elif seconds is not None:
            arguments.leftovers.leave(
                arguments.at(theirs), "a length of time is 30s, 5m or 2h", f"`{ours}`"
            )
    if pool := arguments.text("pool"):
        said["pool"] = pool
    if tags := dag.texts("tags"):
        said["tags"] = tags


_LENGTHS = {"days": 86_400, "seconds": 1, "minutes": 60, "hours": 3600, "weeks": 604_800}


def _seconds_of(value: object) -> object:
    """The seconds of a `timedelta` as dag-factory writes objects; anything else as it is."""
    if not isinstance(value, Mapping) or not str(value.get("__type__")).endswith("timedelta"):
        return value
    first = value.get("__args__")
    given = dict(zip(("days", "seconds"), first if isinstance(first, list) else (), strict=False))
    given |= {key: one for key, one in value.items() if not key.startswith("__")}
    if not all(key in _LENGTHS and isinstance(one, int) for key, one in given.items()):
        return value
    return sum(_LENGTHS[key] * one for key, one in given.items())


def _day(value: object) -> date | None:
    if isinstance(value, datetime | date):
        return value
    text = str(value or "").strip()
    for read in (date.fromisoformat, datetime.fromisoformat):
        try:
            return read(text)
        except ValueError:
            continue
    return None


def _without_offset(day: date | None, key: str, sketch: Sketch) -> date | None:
    """As dag-factory reads it: an offset is replaced by the DAG's zone, whose time stays."""
    if not isinstance(day, datetime) or day.tzinfo is None:
        return day
    offset = day.strftime("%z")
    sketch.guess((key,), f"dag-factory leaves the offset {offset} out: a time in the DAG's zone")
    return day.replace(tzinfo=None)


def _tasks(dag: Node) -> Iterator[tuple[str, Node]]:
    if isinstance(dag.peek("tasks"), list):
        for number, node in enumerate(dag.nodes("tasks")):
            name = node.text("task_id") or f"task_{number}"
            yield name, node
    else:
        yield from dag.node("tasks").items()


def _list(tasks: object) -> Sequence[Mapping[str, Any]]:
    found = tasks.values() if isinstance(tasks, Mapping) else tasks
    return [one for one in found if isinstance(one, Mapping)] if isinstance(
        found, list | type({}.values())
    ) else []  # fmt: skip
