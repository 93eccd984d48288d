"""Shows everything that is kept of one person, as article 15 of the GDPR lets him ask for it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from medallion.operations.people.datasets import make_context, read_plans
from medallion.operations.people.downstream import find_snapshots, list_downstream
from medallion.operations.people.erase import open_searches
from medallion.operations.people.search import Found, Search
from medallion.operations.surroundings import Surroundings
from medallion.steps.clean.erased.landing import rewritten
from medallion.warehouse.registry.operator_actions import record_action
from medallion.warehouse.session.transaction import session
from medallion.warehouse.tables import people as rows

ACTION = "export person"


def export_person(
    surroundings: Surroundings, *, by: str, column: str, value: str, domain: str | None = None
) -> Mapping[str, object]:
    """What is kept of whom a value identifies, as JSON has it: by domain and dataset, rows of
    tables, records as they were landed, and what is made of them.

    Raises:
        SetupError: nobody is identified by that; a spec is refused.
        DataRejected, LakeError, WarehouseUnavailable: by who must act.
    """
    plans = read_plans(surroundings)
    searches = open_searches(surroundings, plans, domain)
    known = [
        one
        for one in searches
        if any(column in {*d.identifiers, *d.identifiers.values()} for d in one.datasets)
    ]
    domains = {}
    for search in known or searches[:1]:
        search.start(column, value)
        found = search.look()
        datasets = {one.dataset.table.name: _show(surroundings, search, one) for one in found}
        tables = [
            one.dataset.table for one in found if any(datasets[one.dataset.table.name].values())
        ]
        domains[search.domain] = {
            "identified by": {name: sorted(some) for name, some in search.clear.items()},
            "datasets": {name: said for name, said in datasets.items() if any(said.values())},
            "made of it": [str(t.public) for t in list_downstream(surroundings, plans, tables)],
        }
        with session(surroundings.warehouse_url, "recording an export") as connection:
            for table in tables:
                record_action(connection, table, by=by, action=ACTION, details={})
    return {"exported_at": datetime.now(UTC).isoformat(), "domains": domains}


def _show(where: Surroundings, search: Search, found: Found) -> dict[str, object]:
    table = found.dataset.table
    said: dict[str, object] = {}
    with session(where.warehouse_url, f"reading {table.public}") as connection:
        names = [*rows.list_row_tables(connection, table)]
        said["rows"] = {
            str(name): some
            for name in names
            if (some := list(rows.read_rows(connection, name, found.wanted)))
        }
        said["quarantine"] = {
            str(name): some
            for name in rows.list_rejected_tables(connection, table)
            if (some := list(rows.read_rows(connection, name, found.wanted)))
        }
    said["landed"] = _show_landings(where, search, found)
    said["snapshots"] = list(find_snapshots(where, found))
    return said


def _show_landings(where: Surroundings, search: Search, found: Found) -> list[object]:
    """Each landing with the person's records as they were landed; how many, where single records
    cannot be taken out of it."""
    context, shown = make_context(found.dataset, where), list[object]()
    for landing in found.landings:
        records: list[object] = []
        for number, part in () if landing.obstacle else landing.parts.items():
            info = landing.manifest.parts[number]
            with rewritten(
                found.dataset.step, context, landing.manifest, info, part, search.people,
                records.append,
            ):  # fmt: skip
                pass
        shown.append(
            {
                "landing": landing.manifest.uri,
                "extracted_at": landing.manifest.extracted_at.isoformat(),
                "count": landing.records,
                "records": records,
            }
        )
    return shown
