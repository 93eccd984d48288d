"""The setting that says that a stack, or an Airflow, works in an environment."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING

from medallion.errors import SetupError

if TYPE_CHECKING:
    from medallion.plan.environment import Environment

SETTING = "MEDALLION_ENV"


def read_environment(environ: Mapping[str, str] = os.environ) -> Environment | None:
    """The environment that MEDALLION_ENV names; None: production.

    >>> read_environment({"MEDALLION_ENV": "alice"}), read_environment({"MEDALLION_ENV": ""})
    (Environment(name='alice'), None)

    Raises:
        SetupError: it is not the name of one. Nothing is run then: production was not meant.
    """
    said = environ.get(SETTING, "")
    if not said:
        return None
    from medallion.plan.environment import Environment

    try:
        return Environment.parse(said)
    except SetupError as error:
        raise SetupError(f"{SETTING}: {error.problem}", remedy=error.remedy) from None
