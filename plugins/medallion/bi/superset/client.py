"""One Superset: its assets as files, and by questions what an import cannot do."""

from __future__ import annotations

import json
from collections.abc import Mapping
from types import TracebackType
from typing import Any

from medallion.bi.superset.bundle import pack, unpack
from medallion.bi.superset.objects import (
    AssetKind,
    ChartData,
    Role,
    RowRule,
    SupersetObject,
    User,
)
from medallion.bi.superset.read import (
    chart_data_of,
    object_of,
    role_of,
    row_rule_fields,
    row_rule_of,
    user_of,
)
from medallion.bi.superset.server import SupersetServer
from medallion.bi.superset.session import SupersetSession
from medallion.errors import SupersetRefused, SupersetUnavailable
from medallion.prose import tally

PAGE = 100
"""Superset gives no longer page, whatever is asked for."""


class SupersetClient:
    """A context manager. Every method raises:

    SupersetUnavailable: Superset does not answer, or cannot now: try later.
    SupersetRefused: any other answer than 200 or 201 with JSON; the message names the object.
    """

    def __init__(self, server: SupersetServer, *, timeout_seconds: float = 300.0) -> None:
        self._session = SupersetSession(server, timeout_seconds=timeout_seconds)

    def __enter__(self) -> SupersetClient:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._session.__exit__(kind, error, traceback)

    @property
    def url(self) -> str:
        """Superset's address, without a slash at its end."""
        return self._session.url

    # --- assets as files -------------------------------------------------------------------

    def export_assets(self) -> dict[str, str]:
        """All databases, datasets, charts and dashboards as YAML texts by their paths
        (`charts/Brands_7.yaml`), `metadata.yaml` among them. Passwords are masked.
        """
        content = self._session.download("assets/export/", "exporting all assets")
        return unpack(content)

    def import_assets(
        self,
        files: Mapping[str, str],
        *,
        passwords: Mapping[str, str] | None = None,
        is_sparse: bool = False,
    ) -> None:
        """Import a bundle. It is not one transaction: what was written before a failure stays. One
        import at a time: of two, one fails.

        Args:
            files: YAML texts by their paths, `metadata.yaml` with `type: assets` among them.
            passwords: of databases, by the path of their file.
            is_sparse: whether what the files name (a chart its dataset) may be there already
                instead of in the bundle.
        """
        secrets = dict(passwords or {})
        self._session.keep_secret(*secrets.values())
        answer = self._session.upload(
            "assets/import/",
            f"importing {tally(len(files), 'file')}",
            file=("bundle", pack(files)),
            fields={
                "overwrite": "true",
                "sparse": "true" if is_sparse else "false",
                "passwords": json.dumps(secrets),
            },
        )
        if answer.get("message") != "OK":
            raise SupersetRefused(
                f"Superset, importing {tally(len(files), 'file')}: {answer!r:.200}"
            )

    # --- objects ---------------------------------------------------------------------------

    def objects(self, kind: AssetKind) -> tuple[SupersetObject, ...]:
        """All objects of a kind, in the order of their ids."""
        rows = self._all(f"{kind}/", kind.api.name_field, f"listing every {kind}")
        return tuple(sorted((object_of(kind, row) for row in rows), key=lambda one: one.id))

    def object_by_uuid(self, kind: AssetKind, uuid: str) -> SupersetObject | None:
        """The object with this UUID; None where there is none."""
        return self._one(kind, "uuid", uuid)

    def dashboard_by_slug(self, slug: str) -> SupersetObject | None:
        """The dashboard with this slug, whoever made it."""
        return self._one(AssetKind.DASHBOARD, "slug", slug)

    def details(self, kind: AssetKind, object_id: int) -> Mapping[str, Any]:
        """All that Superset shows of one object, in its own words: of a dataset its `extra` (a JSON
        text), `columns`, `metrics`, `owners` …
        """
        answer = self._session.ask("GET", f"{kind}/{object_id}", f"reading {kind} {object_id}")
        return _mapping(answer.get("result"))

    def update(self, kind: AssetKind, object_id: int, fields: Mapping[str, object]) -> None:
        """Change single fields of an object; fields that are not named stay.

        A dataset's changed `extra` (a JSON text) empties what the cache holds of it.
        """
        doing = f"changing {', '.join(sorted(fields))} of {kind} {object_id}"
        self._session.ask("PUT", f"{kind}/{object_id}", doing, body=dict(fields))

    def refresh_dataset(self, dataset_id: int) -> None:
        """Let a dataset learn its table's columns from the database; labels and metrics stay."""
        path = f"{AssetKind.DATASET}/{dataset_id}/refresh"
        self._session.ask("PUT", path, f"refreshing dataset {dataset_id}")

    def delete(self, kind: AssetKind, object_id: int) -> bool:
        """Delete an object; whether it was there. A dataset's charts stay, without data."""
        try:
            self._session.ask("DELETE", f"{kind}/{object_id}", f"deleting {kind} {object_id}")
        except SupersetRefused as refused:
            if refused.status != 404:
                raise
            return False
        return True

    # --- who sees what ---------------------------------------------------------------------

    def roles(self) -> tuple[Role, ...]:
        """Every role, in the order of names; asked of Superset each time."""
        rows = self._all("security/roles/", "name", "listing the roles")
        return tuple(sorted(map(role_of, rows), key=lambda role: role.name))

    def create_role(self, name: str) -> Role:
        """A new role without any permission."""
        doing = f"creating the role {name}"
        answer = self._session.ask("POST", "security/roles/", doing, body={"name": name})
        return Role(id=_id(answer, doing), name=name)

    def users(self) -> tuple[User, ...]:
        """All users, by name. Only an Admin may list them."""
        rows = self._all("security/users/", "username", "listing the users")
        return tuple(sorted(map(user_of, rows), key=lambda user: user.username))

    def row_rules(self) -> tuple[RowRule, ...]:
        """All rules of row-level security, by name."""
        rows = self._all("rowlevelsecurity/", "name", "listing the rules of rows")
        return tuple(sorted(map(row_rule_of, rows), key=lambda rule: rule.name))

    def create_row_rule(self, rule: RowRule) -> int:
        """Make a rule; its id."""
        doing = f"creating the rule {rule.name}"
        body = row_rule_fields(rule)
        return _id(self._session.ask("POST", "rowlevelsecurity/", doing, body=body), doing)

    def update_row_rule(self, rule: RowRule) -> None:
        """Bring a rule that has an id in step."""
        path = f"rowlevelsecurity/{rule.id}"
        doing = f"changing the rule {rule.name} ({rule.id})"
        self._session.ask("PUT", path, doing, body=row_rule_fields(rule))

    def delete_row_rule(self, rule_id: int) -> bool:
        """Delete a rule; whether it was there."""
        try:
            self._session.ask("DELETE", f"rowlevelsecurity/{rule_id}", f"deleting rule {rule_id}")
        except SupersetRefused as refused:
            if refused.status != 404:
                raise
            return False
        return True

    # --- data ------------------------------------------------------------------------------

    def chart_data(self, chart_id: int, *, is_forced: bool = False) -> tuple[ChartData, ...]:
        """What a chart shows, one for each of its queries; as kept in its `query_context`.

        Args:
            chart_id: of Superset.
            is_forced: ask the warehouse, whatever the cache holds.
        """
        path = f"chart/{chart_id}/data/{'?force=true' if is_forced else ''}"
        answer = self._session.ask("GET", path, f"reading the data of chart {chart_id}")
        return chart_data_of(answer)

    def query_data(self, query_context: Mapping[str, object]) -> tuple[ChartData, ...]:
        """What a chart with this query context would show, one for each of its queries."""
        body = dict(query_context)
        return chart_data_of(self._session.ask("POST", "chart/data", "reading data", body=body))

    def _one(self, kind: AssetKind, column: str, value: str) -> SupersetObject | None:
        query = {"filters": [{"col": column, "opr": "eq", "value": value}]}
        doing = f"looking for the {kind} {value}"
        rows = self._rows(self._session.ask("GET", f"{kind}/", doing, query=query))
        return object_of(kind, rows[0]) if rows else None

    def _all(self, path: str, order: str, doing: str) -> list[Mapping[str, Any]]:
        """All rows of a list, each once.

        Superset orders by names, and PostgreSQL puts equal ones in another order for each page, so
        that a page may repeat a row and another is on none. Read backwards, they show up.
        """
        found: dict[int, Mapping[str, Any]] = {}
        for direction in ("asc", "desc") * 2:
            page, count = 0, 0
            while page == 0 or page * PAGE < count:
                query = {
                    "page": page, "page_size": PAGE,
                    "order_column": order, "order_direction": direction,
                }  # fmt: skip
                answer = self._session.ask("GET", path, doing, query=query)
                found.update((int(row["id"]), row) for row in self._rows(answer))
                count = int(answer.get("count") or 0)
                page += 1
            if len(found) >= count:
                return list(found.values())
        raise SupersetUnavailable(
            f"Superset, {doing}: {count} are there, and its pages hold {len(found)}",
            remedy="does somebody change them at the moment? It is tried again",
        )

    @staticmethod
    def _rows(answer: Mapping[str, Any]) -> list[Mapping[str, Any]]:
        rows = answer.get("result")
        return [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _id(answer: Mapping[str, Any], doing: str) -> int:
    found = answer.get("id")
    if not isinstance(found, int):
        raise SupersetRefused(f"Superset, {doing}: the answer has no id")
    return found
