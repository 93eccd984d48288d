"""The role that a domain's own SQL runs as: builds, checks, the choice of rows to quarantine.

It logs in by itself. `SET ROLE` within the loader's session would not do: `set_config('role', …)`
undoes it from inside a query. Its rights are brought in step with the registry at the start of each
step that uses it, so that what is shared no longer is read no longer.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import psycopg
from psycopg import errors, sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from medallion.errors import MedallionError, SetupError
from medallion.names import Area, Layer, PublishedTable, worker_of
from medallion.warehouse.session.connection import connect
from medallion.warehouse.session.login import describe_missing_key, key_of_roles
from medallion.warehouse.session.passwords import hash_password
from medallion.warehouse.session.statements import statements

SQL = "roles/domain_role.sql"

SETTINGS = {
    "search_path": "pg_catalog,pg_temp",
    "lock_timeout": "60s",
    "idle_in_transaction_session_timeout": "15min",
    "standard_conforming_strings": "on",  # a text ends where it did when the SQL was checked
    "synchronous_commit": "off",
}
"""Of each of its sessions; `statement_timeout` comes with the loader's URL.

What the role commits counts only once the loader has taken it over. The log of both is written in
order, so that the loader's commit, which waits for the disk, brings the role's there as well; where
a crash comes before it, the step runs again."""

REMEDY = (
    "run `python -m medallion.cli roles` as an administrator, or allow the loader to create roles "
    "(ALTER ROLE … CREATEROLE), or make a role for the domain and name it in the connection "
    "medallion_warehouse_{domain}: docs/operations.md"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class DomainRole:
    """A domain's role, and how to log in as it."""

    domain: str
    name: str
    url: str = field(repr=False)
    is_given: bool = False
    """An administrator has made it: Medallion grants it rights, and changes nothing else."""

    @property
    def own_schemas(self) -> tuple[str, ...]:
        """The schemas where the role may look: public and staging, of silver and gold."""
        tables = [PublishedTable(layer=n, domain=self.domain, name="") for n in _LAYERS]
        return tuple(t.schema(area) for t in tables for area in (None, Area.STAGING))

    @property
    def building_schema(self) -> str:
        """The only schema where the role may create tables: gold's staging."""
        return PublishedTable(layer=Layer.GOLD, domain=self.domain, name="").schema(Area.STAGING)


_LAYERS = (Layer.SILVER, Layer.GOLD)


def role_of(loader: psycopg.Connection, url: str, domain: str, given: str | None) -> DomainRole:
    """The role of a domain; nothing is created.

    Args:
        loader: a connection of the loader.
        url: the loader's, with the limits of the step.
        domain: whose SQL is to run.
        given: the URL of a role that an administrator has made for the domain.

    Raises:
        SetupError: there is no password of the loader, or key, to derive one from.
    """
    info = loader.info
    role = _role_of(url, domain, given, info.dbname, info.password)
    if role is None:
        name = worker_of(domain, info.dbname)
        problem, remedy = describe_missing_key(url, name)
        by_hand = f"make a role for the domain, and the connection medallion_warehouse_{domain}"
        raise SetupError(
            f"{problem}, the role that the SQL of {domain} runs as",
            remedy=f"{remedy}, or {by_hand}" if remedy else by_hand,
        )
    return role


def foresee_role(url: str, domain: str, given: str | None) -> DomainRole | None:
    """What `role_of` is going to say, before the loader has logged in; None: its URL does not say
    enough for that. The arguments are those of `role_of`."""
    database = conninfo_to_dict(url).get("dbname")
    try:
        return _role_of(url, domain, given, str(database), "") if database or given else None
    except MedallionError:  # `role_of` meets it again
        return None


def _role_of(
    url: str, domain: str, given: str | None, database: str, password: str
) -> DomainRole | None:
    """None: there is nothing that its password could be derived from."""
    settings = {key: value for key, value in conninfo_to_dict(url).items() if value is not None}
    if given is not None:
        theirs = conninfo_to_dict(given)
        options = _options(settings.get("options"), theirs.pop("options", None))
        return DomainRole(
            domain=domain,
            name=str(theirs.get("user") or ""),
            url=make_conninfo("", **{**theirs, "options": options}),
            is_given=True,
        )
    key = key_of_roles(url, password)
    if not key:
        return None
    name = worker_of(domain, database)
    own = {
        **settings,
        "user": name,
        "password": password_of(key, name),
        "options": _options(settings.get("options")),
    }
    return DomainRole(domain=domain, name=name, url=make_conninfo("", **own))


def password_of(key: str, role: str) -> str:
    """The role's password: HMAC-SHA256 with a key, the loader's password or what there is in its
    place (`key_of_roles`). It cannot be reversed, and it changes with the key."""
    return hmac.new(key.encode(), f"medallion {role}".encode(), hashlib.sha256).hexdigest()


def ensure(loader: psycopg.Connection, role: DomainRole) -> None:
    """Create the role where it is missing; one question when it is there.

    Raises:
        SetupError: it cannot be made, or may do more than a domain's role may.
    """
    known = _attributes(loader, role)
    if known is None:
        with by_administrator(role.domain, f"creating the role {role.name}"):
            known = _create(loader, role)
    can_login, is_mighty = known
    if is_mighty or not can_login:
        raise SetupError(
            f"the role {role.name}, which the SQL of {role.domain} is to run as, "
            + ("has rights of the server's or the loader's" if is_mighty else "may not log in"),
            remedy="it has to be a plain role with LOGIN: no superuser, no member of the loader",
        )


def log_in(loader_url: str, role: DomainRole) -> psycopg.Connection:
    """A session of the role. Where its password is not the derived one, it is set again.

    Raises:
        WarehouseUnavailable: the server does not answer, or does not let the role in.
    """
    try:
        return open_session(role)
    except MedallionError:
        if role.is_given:
            raise
    with (
        by_administrator(role.domain, f"setting the password of {role.name}"),
        connect(loader_url) as loader,
    ):
        set_password(loader, role)
    return open_session(role)


def open_session(role: DomainRole) -> psycopg.Connection:
    """A session of the role, by the password that it should have.

    Raises:
        WarehouseUnavailable, WarehouseRefused: the server does not answer, or refuses the login.
    """
    return connect(role.url, application_name=f"medallion {role.domain}")


def create(connection: psycopg.Connection, role: DomainRole) -> None:
    """CREATE ROLE with the derived password, on a connection that may create roles. The role must
    not exist."""
    connection.execute(
        sql.SQL("CREATE ROLE {} LOGIN NOINHERIT PASSWORD {}").format(
            sql.Identifier(role.name), _scram(connection, role)
        )
    )


def set_password(connection: psycopg.Connection, role: DomainRole) -> None:
    """Set the derived password, on a connection that may administer the role."""
    connection.execute(statements(SQL)["one_at_a_time"], {"role": role.name})
    connection.execute(
        sql.SQL("ALTER ROLE {} PASSWORD {}").format(
            sql.Identifier(role.name), _scram(connection, role)
        )
    )


def _options(*given: object) -> str:
    """libpq's options; the role's own come last, and win."""
    pinned = " ".join(f"-c {name}={value}" for name, value in SETTINGS.items())
    return " ".join([*(str(text) for text in given if text), pinned])


def _attributes(loader: psycopg.Connection, role: DomainRole) -> tuple[bool, bool] | None:
    """Whether it may log in, and whether it may do more than it should; None: there is none."""
    row = loader.execute(statements(SQL)["attributes"], {"role": role.name}).fetchone()
    return (bool(row[0]), bool(row[1])) if row else None


def _create(loader: psycopg.Connection, role: DomainRole) -> tuple[bool, bool]:
    if role.is_given:
        raise SetupError(
            f"there is no role {role.name}, which medallion_warehouse_{role.domain} names",
            remedy="an administrator creates it: docs/operations.md says how",
        )
    loader.execute(statements(SQL)["one_at_a_time"], {"role": role.name})
    known = _attributes(loader, role)
    if known is not None:  # another task was faster
        return known
    create(loader, role)
    return True, False


def _scram(connection: psycopg.Connection, role: DomainRole) -> sql.Literal:
    password = str(conninfo_to_dict(role.url)["password"])
    return hash_password(connection, role.name, password)


@contextmanager
def by_administrator(domain: str, doing: str) -> Iterator[None]:
    """Turn a missing right of the loader into an error for an administrator.

    Raises:
        SetupError: the loader may not do this.
    """
    try:
        yield
    except errors.InsufficientPrivilege as error:
        raise SetupError(
            f"the loader is refused {doing}: {error.diag.message_primary}",
            remedy=REMEDY.format(domain=domain),
        ) from None
