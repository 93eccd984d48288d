"""Run in an interpreter of its own: a source type that the product does not have, and its table.

Registered as CONTRIBUTING says, before a spec's model is made of the types that there are.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Literal, Union

from pydantic import Field

from medallion.records import RecordLayout
from medallion.sources import kinds
from medallion.sources.base.source import ExtractRequest, Landing, SourceModel

SPEC = """
description: Numbers, and no file or server that has them.
schedule: "@daily"
start_date: 2026-01-01
datasets:
  numbers:
    source: {type: countdown, start: 3}
    silver:
      primary_key: [number]
      columns:
        number: {type: integer}
"""


class Countdown(SourceModel):
    """Counts down to 1."""

    type: Literal["countdown"]
    start: int

    def extract(self, request: ExtractRequest, landing: Landing) -> RecordLayout:
        with landing.part("numbers.jsonl") as part:
            for number in range(self.start, 0, -1):
                part.write(b'{"number": %d}\n' % number)
                part.count(1)
        return RecordLayout(format="jsonl")


def main(root: Path, url: str) -> None:
    """Print what is wrong with two broken specs; fill the table of one that is right."""
    _register()
    from tests.steps import landed

    from medallion.plan.make import make_plan
    from medallion.spec.load.specs import load_all
    from medallion.spec.models.pipeline import PipelineSpec
    from medallion.spec.schema import schema
    from medallion.spec.sql.reader import sql_reader
    from medallion.steps.run import run_step

    file = root / "specs/shop/numbers.yaml"
    file.parent.mkdir(parents=True)
    for broken in (SPEC.replace("countdown", "countdwn"), SPEC.replace("type: countdown, ", "")):
        file.write_text(broken, encoding="utf-8")
        (issue,) = load_all(root, sql_reader(root)).issues
        sys.stdout.write(f"{issue.problem}; {issue.remedy}\n")
    known = "Countdown" in schema(PipelineSpec)["$defs"]
    sys.stdout.write(f"countdown in the schema: {known}\n")
    file.write_text(SPEC, encoding="utf-8")
    (spec,) = load_all(root, sql_reader(root)).specs
    for task in make_plan(spec).tasks:
        run_step(task.step, replace(landed.context(url, root), task_id=task.task_id))


def _register() -> None:
    """What one more name in the tuple comes to."""
    types = (*kinds.SOURCE_TYPES, Countdown)
    vars(kinds).update(
        SOURCE_TYPES=types,
        Source=Annotated[Union[types], Field(discriminator="type")],  # noqa: UP007
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
