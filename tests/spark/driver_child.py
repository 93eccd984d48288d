"""A task's process, to be killed: it cleans on Spark with workers that never end by themselves."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

from tests.spark import landing
from tests.spark.faults import Stuck
from tests.spark.local_spark import CONNECTIONS
from tests.steps import landed

from medallion.steps.clean import step as clean
from medallion.steps.clean.spark import job

if __name__ == "__main__":
    url, lake = sys.argv[1:]
    job.CleanParts = Stuck  # type: ignore[misc]
    context = replace(landed.context(url, Path(lake)), connection=CONNECTIONS.__getitem__)
    clean.run(landing.step("spark"), context)
