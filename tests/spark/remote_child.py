"""A task's process, which cleans on a Spark elsewhere: a process has one kind of session."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

from psycopg.conninfo import conninfo_to_dict
from tests.spark import faults, landing
from tests.steps import landed

from medallion.errors import MedallionError
from medallion.names import SPARK_CONN_ID
from medallion.sources.base.source import ConnectionDetails
from medallion.steps.clean import step as clean
from medallion.steps.clean.spark import job


def main(url: str, lake: str, said: str) -> None:
    """Print the step's result, or its error, as the last line, with the password of its workers."""
    details = ConnectionDetails(conn_id=SPARK_CONN_ID, **json.loads(said))
    place, fault = os.environ.get(faults.PLACE), os.environ.get(faults.KIND)
    kind = getattr(faults, fault) if fault else job.CleanParts
    passwords: list[object] = []

    def make(**given: Any) -> Any:
        passwords.append(conninfo_to_dict(given["url"])["password"])
        made = kind(**given)
        return faults.InPlace(job=made, place=place) if place else made

    job.CleanParts = make  # type: ignore[assignment, misc]
    context = replace(landed.context(url, Path(lake)), connection={SPARK_CONN_ID: details}.get)  # type: ignore[arg-type]
    answer: dict[str, object] = {}
    try:
        found = clean.run(landing.step("spark"), context)
    except MedallionError as error:
        answer = {"error": str(error), "kind": type(error).__name__}
    else:
        answer = {"out": found.rows_out, "quarantined": found.rows_quarantined}
    sys.stdout.write(json.dumps({"answer": answer, "passwords": passwords}) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
