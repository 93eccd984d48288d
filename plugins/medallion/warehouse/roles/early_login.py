"""A domain's role logs in while the loader logs in itself and compares the role's rights.

Half of a login is work of this process (SCRAM), which lets others work meanwhile, and the rest is
the server's. Nothing is asked in the session before the rights are in step: who takes it has waited
for that.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from threading import Thread

import psycopg

from medallion.warehouse.roles.domain_role import DomainRole, foresee_role, open_session

_Coming = Future[psycopg.Connection]


class EarlyLogin:
    """A session that is coming, in a thread of its own, or none.

    Attributes:
        given: the URL of a role that an administrator has made for the domain.
    """

    def __init__(self, role: DomainRole | None = None, given: str | None = None) -> None:
        """Log in as the role, if there is one. `take` says whether that went well."""
        self.given = given
        self._role = role
        self._coming: _Coming | None = None
        if role is not None:
            self._coming = Future()
            # A daemon: no end of the process waits for a server that does not answer.
            Thread(target=_log_in, args=(role, self._coming), daemon=True).start()

    def take(self, role: DomainRole) -> psycopg.Connection | None:
        """The session of that role, which is the caller's from now on. None: there is none, or it
        was not let in; whoever logs in then gets the reason."""
        if self._coming is None or role != self._role:
            return None
        try:
            found = self._coming.result()
        except Exception:
            found = None
        self._coming = None
        return found

    def forget(self) -> None:
        """Close what nobody has taken, as soon as it is there."""
        if self._coming is not None:
            self._coming.add_done_callback(_close)
            self._coming = None


@contextmanager
def early_login(loader_url: str, domain: str, given: str | None) -> Iterator[EarlyLogin]:
    """The login of a domain's role, for as long as the block lasts. A role that is not there yet is
    refused once more than it would be: the server's log has a line of it.

    Args:
        loader_url: a libpq URL of the loader.
        domain: whose SQL is to run.
        given: the URL of a role that an administrator has made for the domain.
    """
    early = EarlyLogin(foresee_role(loader_url, domain, given), given)
    try:
        yield early
    finally:
        early.forget()


def _log_in(role: DomainRole, coming: _Coming) -> None:
    try:
        coming.set_result(open_session(role))
    except BaseException as error:
        coming.set_exception(error)


def _close(coming: _Coming) -> None:
    if coming.exception() is None:
        coming.result().close()
