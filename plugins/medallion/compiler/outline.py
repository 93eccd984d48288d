"""What other specs need to know about a pipeline without reading its plan."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

from medallion.names import Layer, TableName
from medallion.plan.asset_facts import asset_facts, write_facts
from medallion.plan.boards import Board, boards_of, read_board, write_board
from medallion.plan.ending import Ending
from medallion.plan.model import Plan

Outline = Mapping[str, list[str]]
"""As it is kept: `end_date` (in ISO's form), `waits`, `tables`, the facts of each table's asset
in the same order, `bi`: the tables that the BI team finds, `boards`: the dashboards, `offers`: the
tables that its file offers, and `reads`: those that it reads and does not offer."""


def outline_of(plan: Plan) -> dict[str, list[str]]:
    """A pipeline's ending, and the facts of its assets, as JSON values."""
    ending = Ending.of(plan)
    return {
        "end_date": [ending.end_date.isoformat()] if ending.end_date else [],
        "waits": [str(table) for table in ending.waits],
        "tables": [str(table) for table in ending.tables],
        "assets": [write_facts(facts) for _, facts in asset_facts(plan)],
        "bi": [str(one.table) for one in plan.bi_tables],
        "boards": [write_board(one) for one in boards_of(plan)],
    }


def offers_in(outline: Outline) -> list[str]:
    """The tables that its file offers."""
    return list(outline.get("offers", ()))


def reads_in(outline: Outline) -> list[str]:
    """The tables of other specs that it reads, by SQL, a check or a dashboard, or waits for."""
    return list(outline.get("reads", ()))


def assets_in(outline: Outline) -> Iterator[tuple[str, str]]:
    """Each table that the pipeline publishes, with the facts of its asset as they are written."""
    return zip(outline.get("tables", ()), outline.get("assets", ()), strict=False)


def ending_in(outline: Outline) -> Ending:
    """The ending in an outline; an empty one if the outline is empty."""
    end = outline.get("end_date", [])
    return Ending(
        end_date=datetime.fromisoformat(end[0]) if end else None,
        waits=tuple(TableName.parse(text) for text in outline.get("waits", ())),
        tables=tuple(TableName.parse(text) for text in outline.get("tables", ())),
    )


def bi_in(outline: Outline) -> list[str]:
    """The gold tables of the pipeline that the BI team finds in Superset."""
    return list(outline.get("bi", ()))


def boards_in(outline: Outline) -> list[Board]:
    """The dashboards that the spec declares."""
    return [read_board(text) for text in outline.get("boards", ())]


def silver_in(outline: Outline) -> list[str]:
    """The silver tables that the pipeline publishes."""
    return [text for text in outline.get("tables", ()) if text.startswith(f"{Layer.SILVER}_")]
