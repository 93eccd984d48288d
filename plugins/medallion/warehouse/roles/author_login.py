"""The role that an author's tools read the local warehouse as: whoever sits before that may read
all published tables. Elsewhere people log in as themselves.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import psycopg
from psycopg import sql

from medallion.errors import SetupError
from medallion.names import BI_READER, READER_PREFIX, catalogue_reader_of
from medallion.warehouse.roles import reader_roles
from medallion.warehouse.roles.bi_login import SETTINGS
from medallion.warehouse.session.connection import translate_errors, with_statement_timeout
from medallion.warehouse.session.kept import reading_connection
from medallion.warehouse.session.passwords import hash_password
from medallion.warehouse.session.statements import statements
from medallion.warehouse.session.transaction import Session

SQL = "roles/author_login.sql"
AUTHOR_LOGIN = "author_reader"
NAME = "medallion author"
"""Of its sessions, for whoever looks at the server's."""
SESSIONS = 10


def ensure_author_login(admin: psycopg.Connection, password: str) -> None:
    """Make the role, or bring it in step: a member of each reader that there is, and of the role
    that reads the registry.

    Args:
        admin: to the warehouse's database; may create roles.
        password: that the role gets.
    """
    reader_roles.ensure_roles(admin, [AUTHOR_LOGIN])
    login = sql.Identifier(AUTHOR_LOGIN)
    admin.execute(
        sql.SQL("ALTER ROLE {} LOGIN INHERIT NOCREATEDB NOCREATEROLE PASSWORD {}").format(
            login, hash_password(admin, AUTHOR_LOGIN, password)
        )
    )
    for _ in reader_roles.admit_readers(admin, [AUTHOR_LOGIN]):
        pass
    for _ in reader_roles.limit(admin, AUTHOR_LOGIN, sessions=SESSIONS, settings=SETTINGS):
        pass
    asked = {
        "login": AUTHOR_LOGIN,
        "names": [BI_READER, catalogue_reader_of(admin.info.dbname)],
        "prefix": READER_PREFIX,
    }
    for (role,) in admin.execute(statements(SQL)["readers"], asked).fetchall():
        admin.execute(sql.SQL("GRANT {} TO {}").format(sql.Identifier(role), login))


@contextmanager
def author_session(url: str, doing: str, limit: timedelta) -> Iterator[Session]:
    """One transaction of a reader, which only reads; `limit`: of a statement.

    Raises:
        SetupError: the role may change something: it is the loader, or an administrator.
        QueryCancelled: a statement ran out of its time.
        WarehouseUnavailable, WarehouseRefused: by who must act.
    """
    limited = with_statement_timeout(url, limit)
    with translate_errors(doing), reading_connection(limited, application_name=NAME) as connection:
        row = connection.execute(statements(SQL)["may_change"]).fetchone()
        if row is None or row[0]:
            raise SetupError(
                "the role that reads the warehouse may change it too",
                remedy="name one that may only read: CREATE ROLE ana LOGIN PASSWORD '…' IN ROLE "
                "reader_<domain>",
            )
        yield connection
