"""Run in an interpreter of its own: a source type and a file format that the product does not have.

Registered as CONTRIBUTING says, before a spec's model is made of the types that there are.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from medallion import sources
from medallion.model import SpecModel
from medallion.records import RecordLayout
from medallion.sources.base.source import KeyProblem
from medallion.sources.formats.file_format import FileAtHand, FileFormat
from medallion.sources.formats.table import FORMATS

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
  cards:
    source: {type: file, format: cards, path: include/data/shop/cards.txt, joint: "="}
    silver:
      primary_key: [number]
      columns:
        number: {type: integer}
        name: {type: text}
"""
CARDS = "number=1\nname=Ada\n\nnumber=2\nname=Grace\n"
BROKEN = (
    ("countdown", "countdwn"),
    ("type: countdown, ", ""),
    ('joint: "="', 'joint: ""'),
    ("format: cards", "format: csv"),
)


class CardKeys(SpecModel):
    """The keys of cards."""

    joint: str = ": "
    """cards: what is between a name and its value."""


def joint_of_cards(said: CardKeys) -> Iterator[KeyProblem]:
    """A name ends where its value begins."""
    if not said.joint:
        yield KeyProblem(key="joint", problem="nothing joins nothing", remedy="write `: `")


class Cards(FileFormat):
    """A block of names and values for each record."""

    keys = CardKeys
    rules = (joint_of_cards,)
    has_columns = False

    def examine(self, file: FileAtHand, said: CardKeys) -> tuple[RecordLayout, int]:
        layout = RecordLayout(format="cards", encoding=file.encoding, own=(("joint", said.joint),))
        return layout, len(_cards(file.path, layout))

    def readable(self, part: Path, layout: RecordLayout, folder: Path) -> tuple[Path, RecordLayout]:
        copy = folder / "cards.jsonl"
        copy.write_text("\n".join(map(json.dumps, _cards(part, layout))), encoding="utf-8")
        return copy, RecordLayout(format="jsonl")


def _cards(path: Path, layout: RecordLayout) -> list[dict[str, str]]:
    joint = dict(layout.own)["joint"]
    blocks = path.read_text(encoding=layout.encoding).strip().split("\n\n")
    return [dict(line.split(joint) for line in block.splitlines()) for block in blocks]


def main(root: Path, url: str) -> None:
    """Print what is wrong with broken specs; fill the tables of one that is right."""
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
    cards = root / "include/data/shop/cards.txt"
    cards.parent.mkdir(parents=True)
    cards.write_text(CARDS, encoding="utf-8")
    for right, wrong in BROKEN:
        file.write_text(SPEC.replace(right, wrong), encoding="utf-8")
        (issue,) = load_all(root, sql_reader(root)).issues
        sys.stdout.write(f"{issue.problem}; {issue.remedy}\n")
    known = schema(PipelineSpec)["$defs"]
    sys.stdout.write(f"countdown in the schema: {'Countdown' in known}\n")
    joint = known["FileSource"]["properties"]["joint"]["description"]
    sys.stdout.write(f"joint in the schema: {joint}\n")
    file.write_text(SPEC, encoding="utf-8")
    (spec,) = load_all(root, sql_reader(root)).specs
    for task in make_plan(spec).tasks:
        run_step(task.step, replace(landed.context(url, root), task_id=task.task_id))


def _register() -> None:
    """A line in the table of formats, and a folder where the source types are."""
    FORMATS["cards"] = Cards()
    sources.__path__.append(str(Path(__file__).with_name("added_types")))


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
