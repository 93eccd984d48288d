"""What leaves an event before it is sent: whatever may hold a value of a row, a secret or a person.

It is a transformer of OpenLineage's client, named in the configuration of the transport. An event
that it cannot go through is not sent: the client drops it, with a warning in the task's log.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from openlineage.client.event_v2 import RunEvent
from openlineage.client.facet_v2 import RunFacet, error_message_run
from openlineage.client.transport.transform import EventTransformer

from medallion import errors

_KEPT = frozenset(
    (
        "parent",
        "nominalTime",
        "processing_engine",
        "tags",
        "airflow",
        "airflowDagRun",
        "airflowState",
        "jobDependencies",
    )
)
"""The facets of a run that hold no value. Others may: variables, parameters, an operator's own."""

_OF_AIRFLOW: Mapping[str, frozenset[str]] = {
    "dag": frozenset(
        ("dag_id", "description", "fileloc", "owner", "start_date", "tags", "timetable_summary")
    ),
    "dagRun": frozenset(
        (
            "dag_id",
            "run_id",
            "run_type",
            "logical_date",
            "data_interval_start",
            "data_interval_end",
            "run_after",
            "start_date",
            "end_date",
            "duration",
            "clear_number",
        )
    ),
    "taskInstance": frozenset(
        ("try_number", "map_index", "pool", "queued_dttm", "duration", "log_url")
    ),
    "task": frozenset(
        (
            "task_id",
            "owner",
            "operator_class",
            "operator_class_path",
            "retries",
            "trigger_rule",
            "upstream_task_ids",
            "downstream_task_ids",
            "task_group",
            "mapped",
        )
    ),
}
"""What stays of Airflow's own facets: no configuration of a run, no note, nobody's name."""

_KINDS = frozenset(
    name
    for name, one in vars(errors).items()
    if isinstance(one, type) and issubclass(one, errors.MedallionError)
)
"""How the text of an error of ours begins. Another's begins with anything: with a name, too."""
_SAID = "the task's log says what failed"


class WithoutValues(EventTransformer):
    """Keeps names, columns, counts and times, and nothing of what rows or people say."""

    def transform(self, event: Any) -> Any:
        """The event without values; events of other kinds, which no run has, as they are."""
        if isinstance(event, RunEvent):
            event.run.facets = _clean(event.run.facets or {})
        return event


def _clean(facets: Mapping[str, RunFacet]) -> dict[str, RunFacet]:
    kept = {name: facet for name, facet in facets.items() if name in _KEPT}
    for name in ("airflow", "airflowDagRun"):
        if name in kept:
            _reduce(kept[name])
    if (error := facets.get("errorMessage")) is not None:
        kept["errorMessage"] = _name_error(error)
    return kept


def _reduce(facet: RunFacet) -> None:
    for part, keys in _OF_AIRFLOW.items():
        said = getattr(facet, part, None)
        if said is not None:
            known = said if isinstance(said, Mapping) else {}
            setattr(facet, part, {key: known[key] for key in keys if key in known})


def _name_error(facet: RunFacet) -> error_message_run.ErrorMessageRunFacet:
    """What kind of error it is. Its text may quote a row, and a traceback quotes the text."""
    kind = str(getattr(facet, "message", "")).partition(":")[0]
    message = f"{kind}: {_SAID}" if kind in _KINDS else _SAID
    return error_message_run.ErrorMessageRunFacet(message=message, programmingLanguage="python")
