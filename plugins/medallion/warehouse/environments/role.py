"""The role that runs of an environment work as: it owns the environment's schemas, reads
production's published tables, and can write neither them nor their rows of the registry.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

import psycopg
from psycopg import errors, sql

from medallion.errors import MedallionError, SetupError
from medallion.names import (
    REGISTRY_SCHEMA,
    Area,
    Layer,
    PublishedTable,
    TableName,
    environment_role_of,
)
from medallion.plan.environment import Environment
from medallion.publish.relations import identifier
from medallion.warehouse.environments.record import SQL
from medallion.warehouse.roles import domain_role, reconcile
from medallion.warehouse.roles.domain_role import DomainRole
from medallion.warehouse.roles.readers import leave_schema
from medallion.warehouse.session.connection import connect
from medallion.warehouse.session.login import describe_missing_key, key_of_roles
from medallion.warehouse.session.statements import statements
from medallion.warehouse.session.transaction import Session, session

WRITTEN = (
    "loads", "landing_parts", "task_runs", "publications", "table_inputs", "cursor_moves",
    "landed_files", "current_versions", "gate_results", "deletions", "table_readers",
    "table_figures", "check_figures", "step_figures", "incidents", "approvals",
    "shown_publications", "windows", "dropped_records", "read_masks",
    "hash_keys", "deleted_keys", "forgotten_deletions",
)  # fmt: skip
"""The tables of the registry in which a run writes rows: of its own domains alone, by policy."""

SHARED = ("request_budgets",)
"""What an API's provider counts, it counts for everybody: an environment takes from it as well."""

REMEDY = "allow the loader to create roles: ALTER ROLE … CREATEROLE"


def make_environment(
    loader_url: str, environment: Environment, domains: Iterable[str]
) -> DomainRole:
    """Make an environment, or bring it in step: its role, its schemas, and the roles of its
    domains; the role, which its runs log in as.

    Args:
        loader_url: of production's loader, who makes it and does not work in it.
        domains: of production, those whose tables it will have.

    Raises:
        SetupError: the loader may not make roles, or a schema of its name is somebody else's.
    """
    domains = sorted(domains)
    with session(loader_url, f"making the environment {environment.name}") as loader:
        loader.execute(statements(SQL)["one_at_a_time"])
        role = role_of(loader, loader_url, environment)
        with _able(f"making {role.name}"):
            domain_role.ensure(loader, role)
            _prepare(loader, role)
        for domain in domains:
            _own_schemas(loader, role, schemas_of(environment, domain))
        _give_registry(loader, role)
        kept = {"name": environment.name, "role": role.name, "domains": domains}
        loader.execute(statements(SQL)["keep"], kept)
    _make_workers(loader_url, role, environment, domains)
    return role


def role_of(loader: Session, loader_url: str, environment: Environment) -> DomainRole:
    """The environment's role, with a password that is derived from the loader's.

    Raises:
        SetupError: the loader has none.
    """
    name = environment_role_of(environment.name, loader.info.dbname)
    key = key_of_roles(loader_url, loader.info.password)
    if not key:
        problem, remedy = describe_missing_key(loader_url, name)
        raise SetupError(problem, remedy=remedy or "give the loader a password")
    password = domain_role.password_of(key, name)
    url = psycopg.conninfo.make_conninfo(loader_url, user=name, password=password)
    return DomainRole(domain=environment.name, name=name, url=url)


def schemas_of(environment: Environment, domain: str) -> tuple[str, ...]:
    """The schemas that an environment has for a domain of production."""
    found = []
    for layer in (Layer.SILVER, Layer.GOLD):
        table = PublishedTable(layer=layer, domain=environment.domain(domain), name="")
        found += [table.schema(), *(table.schema(area) for area in Area)]
    return tuple(found)


def public_schemas(environment: Environment, domains: Iterable[str]) -> tuple[str, ...]:
    """Those of them that people read."""
    return tuple(
        PublishedTable(layer=layer, domain=environment.domain(domain), name="").schema()
        for domain in domains
        for layer in (Layer.SILVER, Layer.GOLD)
    )


def let_read(loader: Session, role: str, tables: Sequence[TableName]) -> None:
    """Let an environment's role read these published tables of production, and no others."""
    wanted = set(tables)
    known = {TableName(*row) for row in loader.execute(statements(SQL)["readable"], {"role": role})}
    grantee = sql.Identifier(role)
    for schema in sorted({table.schema for table in wanted ^ known}):
        loader.execute(statements(domain_role.SQL)["one_grant_at_a_time"], {"schema": schema})
        loader.execute(
            sql.SQL("GRANT USAGE ON SCHEMA {} TO {}").format(sql.Identifier(schema), grantee)
        )
    changes = (
        ("GRANT SELECT ON {} TO {}", wanted - known),
        ("REVOKE SELECT ON {} FROM {}", known - wanted),
    )
    for statement, changed in changes:
        for table in sorted(changed):
            loader.execute(sql.SQL(statement).format(identifier(table), grantee))
    for schema in sorted({table.schema for table in known - wanted}):
        leave_schema(loader, schema, role)


def _prepare(loader: Session, role: DomainRole) -> None:
    """What the role is: it uses the rights of its domains' roles, and the loader those of it."""
    name = sql.Identifier(role.name)
    loader.execute(sql.SQL("ALTER ROLE {} INHERIT").format(name))
    row = loader.execute(statements(SQL)["may_use"], {"role": role.name}).fetchone()
    if not (row and row[0]):
        loader.execute(sql.SQL("GRANT {} TO CURRENT_USER").format(name))


def _own_schemas(loader: Session, role: DomainRole, schemas: Sequence[str]) -> None:
    for schema in schemas:
        row = loader.execute(statements(SQL)["owner_of_schema"], {"schema": schema}).fetchone()
        if row is None:
            loader.execute(
                sql.SQL("CREATE SCHEMA {} AUTHORIZATION {}").format(
                    sql.Identifier(schema), sql.Identifier(role.name)
                )
            )
        elif row[0] != role.name:
            raise SetupError(
                f"the schema {schema} belongs to {row[0]}, and not to {role.name}",
                remedy="take another name for the environment",
            )


def _give_registry(loader: Session, role: DomainRole) -> None:
    written = [*WRITTEN, *SHARED]
    asked = {"role": role.name, "written": written}
    row = loader.execute(statements(SQL)["lacks_registry"], asked).fetchone()
    if not (row and row[0]):
        return
    names = {
        "role": sql.Identifier(role.name),
        "schema": sql.Identifier(REGISTRY_SCHEMA),
        "database": sql.Identifier(loader.info.dbname),
        "tables": sql.SQL(", ").join(sql.Identifier(REGISTRY_SCHEMA, one) for one in written),
    }
    for grant in (
        "GRANT CONNECT, TEMPORARY ON DATABASE {database} TO {role}",
        "GRANT USAGE ON SCHEMA {schema} TO {role}",
        "GRANT SELECT ON ALL TABLES IN SCHEMA {schema} TO {role}",
        "GRANT INSERT, UPDATE, DELETE ON {tables} TO {role}",
    ):
        loader.execute(sql.SQL(grant).format(**names))


def _make_workers(
    loader_url: str, role: DomainRole, environment: Environment, domains: Sequence[str]
) -> None:
    """The roles that authors' SQL runs as in it: the loader makes them, the environment's role
    gives them their rights."""
    with (
        _able(f"making the roles of {role.name}"),
        session(loader_url, "making roles") as loader,
        _log_in(loader, role) as own,
    ):
        for domain in domains:
            worker, _ = reconcile.make_worker(loader, own, role.url, environment.domain(domain))
            loader.execute(
                sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(
                    sql.Identifier(loader.info.dbname), sql.Identifier(worker.name)
                )
            )


def _log_in(loader: Session, role: DomainRole) -> Session:
    """Where the loader has another password since, the role gets its new one."""
    try:
        return connect(role.url)
    except MedallionError:
        domain_role.set_password(loader, role)
        loader.commit()
        return connect(role.url)


@contextmanager
def _able(doing: str) -> Iterator[None]:
    """Say what the loader has to be allowed.

    Raises:
        SetupError: it may not do this.
    """
    try:
        yield
    except errors.InsufficientPrivilege as error:
        raise SetupError(
            f"the loader is refused {doing}: {error.diag.message_primary}", remedy=REMEDY
        ) from None
