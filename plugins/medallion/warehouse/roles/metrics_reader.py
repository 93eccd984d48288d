"""The role that /metrics reads as: figures of the registry, and nothing of anybody's data.

An administrator makes it (`python -m medallion.cli roles`, `make up`). Its password is derived from
the loader's, as that of a domain's role is.
"""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from medallion.errors import SetupError
from medallion.names import metrics_reader_of
from medallion.warehouse.registry.measures import READS
from medallion.warehouse.roles import domain_role
from medallion.warehouse.roles.domain_role import DomainRole
from medallion.warehouse.session.relations import missing_roles

SESSIONS = 4
_OPTIONS = "-c default_transaction_read_only=on -c statement_timeout=5s -c lock_timeout=1s"


def metrics_url(loader_url: str) -> str:
    """The warehouse as the role.

    Raises:
        SetupError: the loader has no password to derive one from.
    """
    return _role(loader_url).url


def bring_in_step(
    admin: psycopg.Connection, loader: psycopg.Connection, loader_url: str
) -> Iterator[str]:
    """Make the role where it is missing, and give it its rights; what is new, in a line.

    Args:
        admin: may create roles. Committed here.
        loader: owns the registry.
        loader_url: what the role's password is derived from.

    Raises:
        SetupError: the loader has no password to derive one from.
    """
    role = _role(loader_url)
    if missing_roles(admin, [role.name]):
        domain_role.create(admin, role)
        yield f"{role.name} is created"
    else:
        domain_role.set_password(admin, role)
    named = sql.Identifier(role.name)
    limit = sql.SQL("ALTER ROLE {} CONNECTION LIMIT {}").format(named, sql.Literal(SESSIONS))
    admin.execute(limit)
    admin.commit()
    database = sql.Identifier(loader.info.dbname)
    loader.execute(sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(database, named))
    loader.execute(sql.SQL("GRANT USAGE ON SCHEMA medallion TO {}").format(named))
    for table in READS:
        table_name = sql.Identifier("medallion", table)
        loader.execute(sql.SQL("GRANT SELECT ON {} TO {}").format(table_name, named))


def _role(loader_url: str) -> DomainRole:
    settings = {key: value for key, value in conninfo_to_dict(loader_url).items() if value}
    name = metrics_reader_of(str(settings.get("dbname") or ""))
    password = str(settings.get("password") or "")
    if not password:
        raise SetupError(
            f"the loader logs in without a password, and none can be derived for {name}, the role "
            "that /metrics reads as",
            remedy="make a role that may read what docs/monitoring.md lists, and name it in the "
            "connection medallion_metrics",
        )
    own = {
        **settings,
        "user": name,
        "password": domain_role.password_of(password, name),
        "options": _OPTIONS,
    }
    return DomainRole(domain="", name=name, url=make_conninfo("", **own))
