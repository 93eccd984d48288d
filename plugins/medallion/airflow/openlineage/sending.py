"""Whether events of our DAGs may be sent: only by a transport that takes values out of them."""

from __future__ import annotations

import logging
import os
from enum import Enum, auto
from functools import lru_cache
from typing import TYPE_CHECKING

from medallion.openlineage_transport import TRANSFORMER, is_clean

if TYPE_CHECKING:
    from airflow.sdk import DAG

SECTION = "openlineage"
_ELSEWHERE = ("config_path", "config_conn_id")
"""Where a transport may be, too. What it is cannot be seen while DAGs are parsed."""
_LEGACY = "OPENLINEAGE_"
"""How the variables begin that OpenLineage's client reads by itself."""
_VARIABLES = (_LEGACY, "AIRFLOW__OPENLINEAGE__")


class Sending(Enum):
    """What Airflow's configuration says of OpenLineage."""

    OFF = auto()
    """No transport: the provider does nothing, and neither do we."""
    CLEAN = auto()
    """The transport takes values out of events."""
    UNSAFE = auto()
    """It does not: what a task's error quotes would be sent as it is."""


def read_sending() -> Sending:
    """What is set now. Nothing of the provider is imported.

    Airflow reads its file once a process, and variables each time that it is asked, which took a
    twentieth of a task's parse: it is asked again where variables have changed.
    """
    named = [name for name in os.environ if name.startswith(_VARIABLES)]
    return _read_sending(tuple((name, os.environ[name]) for name in sorted(named)))


@lru_cache(maxsize=1)
def _read_sending(variables: tuple[tuple[str, str], ...]) -> Sending:
    from airflow.configuration import conf

    if conf.getboolean(SECTION, "disabled", fallback=False):
        return Sending.OFF
    if any(conf.get(SECTION, key, fallback="") for key in _ELSEWHERE):
        return Sending.UNSAFE
    text = conf.get(SECTION, "transport", fallback="")
    if not text:
        legacy = any(value for name, value in variables if name.startswith(_LEGACY))
        return Sending.UNSAFE if legacy else Sending.OFF
    return Sending.CLEAN if is_clean(text) else Sending.UNSAFE


def hold_back_events(dags: dict[str, DAG]) -> dict[str, DAG]:
    """The DAGs; where the transport would send values, none of their events is sent.

    An administrator's rule with `locked: true` in `[openlineage] emission_policy` stands above it.
    """
    if not dags or read_sending() is not Sending.UNSAFE:
        return dags
    try:
        from airflow.providers.openlineage.api.emission_policy import (
            extend_global_openlineage_emission_policy,
        )
    except ImportError:  # the provider is not installed, and nobody else sends
        return dags
    for dag in dags.values():
        extend_global_openlineage_emission_policy(dag, emit=False)
    logging.getLogger("medallion").warning(
        "OpenLineage: no event of a pipeline is sent, for the texts of errors may quote rows. Put "
        "the transformer %s around the transport: docs/openlineage.md",
        TRANSFORMER,
    )
    return dags
