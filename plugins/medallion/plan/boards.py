"""The dashboards of a table that its own spec does not know: those that other specs declare."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass

from medallion.names import TableName
from medallion.plan.asset_facts import AssetFacts, exposure_facts, read_facts, write_facts
from medallion.plan.bi import BiDashboard
from medallion.plan.model import Exposure, Plan


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """A dashboard as the tables that it reads have it among their exposures."""

    domain: str
    name: str
    slug: str
    owner: str
    tables: tuple[str, ...]

    @classmethod
    def of(cls, dashboard: BiDashboard) -> Board:
        """As a spec declares it."""
        return cls(
            domain=dashboard.domain,
            name=dashboard.name,
            slug=dashboard.slug,
            owner=dashboard.owner,
            tables=tuple(map(str, dashboard.tables)),
        )

    def exposure_for(self, domain: str) -> Exposure:
        """As a table of a domain has it. Another domain's is called by its slug: both may have one
        of that name."""
        name = self.name if domain == self.domain else self.slug
        return Exposure(name=name, kind="dashboard", owner=self.owner, dashboard=self.slug)


def boards_of(plan: Plan) -> Iterator[Board]:
    """The dashboards of a spec."""
    return map(Board.of, plan.dashboards)


def write_board(board: Board) -> str:
    """As text, for whoever does not read the plan."""
    return json.dumps(asdict(board), separators=(",", ":"))


def read_board(text: str) -> Board:
    """Read back what `write_board` wrote."""
    said = json.loads(text)
    return Board(**{**said, "tables": tuple(said["tables"])})


def boards_that_read(boards: Iterable[Board], table: TableName) -> tuple[Board, ...]:
    """The dashboards with a chart or a filter on the table, in their order."""
    return tuple(one for one in boards if str(table) in one.tables)


def find_unnamed(boards: Iterable[Board], domain: str, said: Iterable[Exposure]) -> list[Exposure]:
    """Dashboards that a table's spec does not have among its exposures.

    Args:
        boards: that read the table, of all specs.
        domain: of the table.
        said: the exposures of its spec.
    """
    names = {(one.kind, one.name) for one in said}
    made = (board.exposure_for(domain) for board in boards)
    return [one for one in made if (one.kind, one.name) not in names]


def with_boards(assets: Mapping[str, str], boards: Iterable[Board]) -> dict[str, str]:
    """By table, the facts of its asset as they are written, with the dashboards of all specs among
    the exposures."""
    found: dict[str, AssetFacts] = {}
    for board in boards:
        for table in board.tables:
            if table in assets:
                facts = found.get(table) or read_facts(assets[table])
                found[table] = _with_board(facts, board)
    return {**assets, **{table: write_facts(facts) for table, facts in found.items()}}


def _with_board(facts: AssetFacts, board: Board) -> AssetFacts:
    said = facts.get("exposures", [])
    one = exposure_facts(board.exposure_for(str(facts.get("domain"))))
    if any((other.get("type"), other.get("name")) == (one["type"], one["name"]) for other in said):
        return facts
    return {**facts, "exposures": [*said, one]}
