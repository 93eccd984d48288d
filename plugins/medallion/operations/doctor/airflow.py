"""Whether Airflow keeps a changed DAG at once, as its own setting says. Airflow is not imported."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping

from medallion.roots import airflow_config, airflow_setting
from medallion.warehouse.doctor.finding import Finding, Verdict

SUBJECT = "airflow"
KEY = "min_serialized_dag_update_interval"
_VARIABLE = f"AIRFLOW__CORE__{KEY}".upper()
_USUAL = "30"
"""Airflow's own value, in seconds."""


def examine_airflow(environ: Mapping[str, str] = os.environ) -> Iterator[Finding]:
    """The finding about the Airflow of this process; none where no Airflow is set up here.

    Args:
        environ: the variables of the process.
    """
    is_here = airflow_config(environ).is_file() or any(
        name.startswith("AIRFLOW__") for name in environ
    )
    if not is_here:
        return
    said = airflow_setting("core", KEY, environ)
    value = (said or _USUAL).split("#")[0].strip()  # as Airflow reads a number
    by = "" if said else ", as Airflow has it by itself"
    if not value.isdecimal():
        yield _judge("warning", f"[core] {KEY} is {value!r}, and not a number of seconds")
    elif int(value) == 0:
        yield _judge("ok", f"[core] {KEY} is 0: a changed DAG is kept at once")
    else:
        yield _judge(
            "warning",
            f"[core] {KEY} is {int(value)} s{by}: for so long a changed DAG may have its new "
            "schedule with its old tasks",
        )


def _judge(verdict: Verdict, says: str) -> Finding:
    is_well = verdict == "ok"
    return Finding(
        subject=SUBJECT,
        layer="settings",
        verdict=verdict,
        says=says,
        cause=""
        if is_well
        else "a spec whose start_date moves to an earlier day can get runs of no task that succeed:"
        f" set {_VARIABLE}=0 for the DAG processor. This is what the doctor's own process has",
        confirm="" if is_well else f"airflow config get-value core {KEY}",
    )
