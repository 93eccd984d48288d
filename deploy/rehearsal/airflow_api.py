"""What the rehearsal asks Airflow's API, with the standard library alone."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from dataclasses import dataclass
from typing import Any

from engine import RehearsalError


@dataclass(frozen=True, slots=True, kw_only=True)
class Api:
    """Airflow's API at an address, as somebody who has logged in."""

    address: str
    token: str = ""

    def log_in(self, password: str) -> Api:
        """The same as the user admin.

        Raises:
            RehearsalError: the password is not the right one.
        """
        answer = self.ask("POST", "/auth/token", {"username": "admin", "password": password})
        return Api(address=self.address, token=answer["access_token"])

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        """An answer's JSON.

        Raises:
            RehearsalError: the server does not answer, or answers with an error.
        """
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {self.token}"}
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(  # noqa: S310  # our own address
            self.address + path, method=method, headers=headers, data=data
        )
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(request, timeout=60) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            said = error.read().decode(errors="replace")[:500]
            raise RehearsalError(f"{method} {path}: {error.code} {said}") from None
        except (OSError, ValueError) as error:
            raise RehearsalError(f"{method} {path}: {error}") from None

    def dags(self) -> set[str]:
        """The names of all DAGs."""
        return {one["dag_id"] for one in self.ask("GET", "/api/v2/dags?limit=200")["dags"]}

    def trigger(self, dag: str) -> str:
        """Start a run of a DAG, and return the run's name."""
        self.ask("PATCH", f"/api/v2/dags/{dag}", {"is_paused": False})
        run = self.ask("POST", f"/api/v2/dags/{dag}/dagRuns", {"logical_date": None, "conf": {}})
        return str(run["dag_run_id"])

    def describe_unfinished(self, dag: str, run: str) -> str:
        """A run's state and the tasks that are not done; empty once it has succeeded.

        Raises:
            RehearsalError: it has failed.
        """
        path = f"/api/v2/dags/{dag}/dagRuns/{run}"
        state = self.ask("GET", path)["state"]
        if state == "success":
            return ""
        tasks = self.ask("GET", f"{path}/taskInstances?limit=200")["task_instances"]
        said = ", ".join(
            f"{one['task_id']} {one['state']}" for one in tasks if one["state"] != "success"
        )
        if state == "failed":
            raise RehearsalError(f"{dag} failed: {said}")
        return f"{dag} is {state}: {said}"
