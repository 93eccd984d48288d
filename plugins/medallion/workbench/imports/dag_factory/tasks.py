"""Airflow's operators as a YAML names them: what those that read become, and why others do not."""

from __future__ import annotations

import re
from typing import Any

from medallion.workbench.imports.base.node import Node
from medallion.workbench.imports.base.rest_parts import NOT_IN_A_SPEC, TO_THE_CONNECTION, is_secret
from medallion.workbench.imports.base.sketch import PLACEHOLDER, Found, Sketch

_MACROS = {
    "ds": ":data_interval_start_date",
    "data_interval_start": ":data_interval_start",
    "data_interval_start | ds": ":data_interval_start_date",
    "data_interval_end": ":data_interval_end",
    "data_interval_end | ds": ":data_interval_end_date",
    "next_ds": ":data_interval_end_date",
    "execution_date": ":data_interval_start",
    "logical_date": ":data_interval_start",
}  # fmt: skip
_JINJA = re.compile(
    r"""(?P<quote>['"]?)\{\{-?(?P<said>(?:(?!\{\{).)*?)-?\}\}(?P=quote)""", re.DOTALL
)
_PAGES = (
    "Airflow's operator makes one request; if the list has pages, say how they are turned: "
    "docs/sources-rest.md#pages-pagination"
)
_CUSTOM = "Python on cleaned rows is a custom step (docs/custom-step.md); SQL is a gold table"
_NOT_READ: tuple[tuple[str, str, str], ...] = (
    (r"(Empty|Dummy)Operator$", "it does nothing", ""),
    (r"Sensor(Async)?$", "a run waits for nothing but its interval", "`schedule`; `wait_for`"),
    (r"TriggerDagRunOperator$", "a pipeline runs when the tables that it reads are published",
     "leave its `schedule` out"),
    (r"(Email|Slack|Teams|Discord)\w*Operator$", "messages are `alerts`", "docs/alerts.md"),
    (r"^Dbt", "it runs a dbt project", "import that: its YAML, or its folder of models"),
    (r"(Python|Bash|Branch\w*|ShortCircuit\w*|Virtualenv\w*)Operator$|^task$",
     "what it runs is not data", _CUSTOM),
    (r"To\w+Operator$", "it copies between two systems",
     "a dataset with a `source`: docs/spec.md#keys"),
)  # fmt: skip


def add_task(name: str, task: Node, sketch: Sketch) -> None:
    """The dataset of a task that reads, or why there is none."""
    operator = (task.text("operator") or task.text("decorator")).rpartition(".")[2]
    task.drop("task_id", "dependencies", "task_group_name", "operator", "decorator", "doc_md")
    task.drop("depends_on_past", "trigger_rule")
    for key in ("retries", "retry_delay", "pool", "execution_timeout"):
        task.leave(key, "all steps of a pipeline have the same", f"the pipeline's `{key}`")
    if operator in ("HttpOperator", "SimpleHttpOperator"):
        _add_http(name, task, sketch)
    elif "sql" in task and re.search(r"(SQL|Sql|Postgres|Oracle|Query)\w*Operator", operator):
        _add_sql(name, task, sketch)
    else:
        found = (rest for pattern, *rest in _NOT_READ if re.search(pattern, operator))
        why, instead = next(found, [f"Medallion has no step like {operator or 'it'}", _CUSTOM])
        task.leave_all(why, instead)


def _add_http(name: str, task: Node, sketch: Sketch) -> None:
    conn_id = task.text("http_conn_id") or "http_default"
    dataset = sketch.free_name(name)
    where = ("datasets", dataset, "source")
    source: dict[str, Any] = {"type": "rest", "conn_id": conn_id}
    source["path"] = _fill(task, "endpoint", task.text("endpoint")).lstrip("/")
    is_post = (task.text("method") or "POST").upper() != "GET"
    data = task.node("data")
    sent = {key: _fill(data, key, value) for key, value in data.value.items()
            if _is_open(data, key, conn_id)}  # fmt: skip
    if is_post:
        source["body"] = sent
    elif sent:
        source["params"] = sent
    headers = task.node("headers")
    headers.drop(*(key for key in headers if key.lower() == "content-type"))
    kept = {key: str(headers.take(key)) for key in headers
            if key.lower() != "content-type" and _is_open(headers, key, conn_id)}  # fmt: skip
    if kept:
        source["headers"] = kept
    task.drop("log_response", "deferrable", "request_kwargs", "extra_options", "auth_type")
    for key in ("response_check", "response_filter", "pagination_function", "response_check_name",
                "response_check_file"):  # fmt: skip
        task.leave(key, "it is a function of Python", "`records`, `pagination`, `responses`")
    sketch.guess((*where, "path"), _PAGES)
    for key in ("params", "body"):
        if "TODO" in source.get(key, {}).values():
            sketch.guess((*where, key), f"{PLACEHOLDER}: what Jinja gives is not known")
    sketch.connections.setdefault(conn_id, "--conn-type http --conn-host HOST")
    sketch.add_dataset(name, source, [])


def _add_sql(name: str, task: Node, sketch: Sketch) -> None:
    found = task.peek("sql")
    sql = found.strip().rstrip(";").strip() if isinstance(found, str) else ""
    if not re.match(r"(?is)(select|with)\b", sql):
        why = "it reads SQL from a file" if sql.endswith(".sql") else "it is not one SELECT"
        task.leave_all(why, "a gold table: its SELECT goes to include/sql/")
        return
    conn_id = task.text("conn_id", "postgres_conn_id", "mysql_conn_id", "mssql_conn_id",
                        "oracle_conn_id", "sqlite_conn_id", "snowflake_conn_id")  # fmt: skip
    conn_id = conn_id or "postgres_default"
    task.take("sql")
    task.drop(
        "autocommit", "handler", "split_statements", "return_last", "show_return_value_in_logs"
    )
    for key in ("parameters", "database", "hook_params"):
        task.leave(key, "a query has the words of the data interval alone",
                   "docs/sources-database.md#the-data-interval")  # fmt: skip
    sketch.connections.setdefault(conn_id, "--conn-type TYPE")
    source = {"type": "database", "conn_id": conn_id, "query": _fill(task, "sql", sql)}
    sketch.add_dataset(name, source, [Found(field=one, said={}) for one in _columns(sql)])


def _columns(sql: str) -> list[str]:
    """What a SELECT calls its columns; nothing where it says `*`."""
    import sqlglot

    try:
        named = sqlglot.parse_one(_JINJA.sub("NULL", sql)).named_selects  # type: ignore[attr-defined]
    except (sqlglot.errors.SqlglotError, AttributeError, RecursionError):
        return []
    return [] if "*" in named or "" in named else list(dict.fromkeys(named))


def _is_open(owner: Node, key: str, conn_id: str) -> bool:
    """Whether a spec may have a value; a secret is reported."""
    if not is_secret(key):
        return True
    owner.leave(key, NOT_IN_A_SPEC, TO_THE_CONNECTION.format(conn_id))
    return False


def _fill(owner: Node, key: str, value: Any) -> Any:
    """Airflow's macros of the data interval as Medallion's words; other Jinja is reported."""
    owner.take(key)
    if not isinstance(value, str):
        return value

    def word(found: re.Match[str]) -> str:
        said = " ".join(found["said"].split())
        if said in _MACROS:
            return _MACROS[said]
        owner.leftovers.leave(
            owner.at(key), f"Jinja has no counterpart: {{{{ {said[:60]} }}}}",
            "the words of the data interval: docs/sources-rest.md#the-data-interval",
        )  # fmt: skip
        return "TODO"

    return _JINJA.sub(word, value)
