"""File systems for sources, opened from a connection: fsspec's, and Airflow's own."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from medallion.errors import SetupError
from medallion.sources.base.providers import PACKAGES, missing
from medallion.sources.base.source import ConnectionDetails

if TYPE_CHECKING:
    from fsspec import AbstractFileSystem


def open_storage(scheme: str, details: ConnectionDetails) -> AbstractFileSystem:
    """The file system of a URL's scheme, through a connection.

    Raises:
        SetupError: the package for it is not installed, or the connection lacks a host.
    """
    if scheme not in OPENERS:
        return _of_airflow(scheme, details)
    if not details.host:
        raise SetupError(
            f"the connection {details.conn_id} has no host", remedy="say which server is meant"
        )
    return OPENERS[scheme](details)


def _ftp(details: ConnectionDetails) -> AbstractFileSystem:
    from fsspec.implementations.ftp import FTPFileSystem

    return FTPFileSystem(
        host=details.host,
        port=details.port or 21,
        username=details.login,
        password=details.password,
        tls=_is_true(details.extra.get("tls")),
        skip_instance_cache=True,
    )


def _sftp(details: ConnectionDetails) -> AbstractFileSystem:
    """Airflow's own file system for SFTP takes any server's key: this one holds it to the known."""
    logging.getLogger("asyncssh").setLevel(logging.WARNING)  # it tells of every channel
    try:
        from sshfs import SSHFileSystem
    except ImportError:
        raise missing("sftp") from None
    extra = details.extra
    options: dict[str, Any] = {
        "port": details.port or 22,
        "username": details.login or None,
        "known_hosts": _read_known_hosts(details),
        "connect_timeout": 30,
    }
    if details.password:
        options["password"] = details.password
    if key := extra.get("key_file"):
        options["client_keys"] = [str(key)]
    if key := extra.get("private_key"):
        import asyncssh

        phrase = str(extra.get("private_key_passphrase") or "") or None
        options["client_keys"] = [asyncssh.import_private_key(str(key), phrase)]
    return SSHFileSystem(details.host, **options, skip_instance_cache=True)


def _read_known_hosts(details: ConnectionDetails) -> object:
    """The server's key, as Airflow's SSH connections say it; else those of the system's user."""
    if _is_true(details.extra.get("no_host_key_check")):
        return None
    key = str(details.extra.get("host_key") or "").strip()
    if not key:
        return str(Path.home() / ".ssh" / "known_hosts")
    import asyncssh

    spelled = key if " " in key else f"ssh-rsa {key}"
    port = details.port or 22
    host = details.host if port == 22 else f"[{details.host}]:{port}"
    return asyncssh.import_known_hosts(f"{host} {spelled}\n")


OPENERS: dict[str, Callable[[ConnectionDetails], AbstractFileSystem]] = {
    "ftp": _ftp,
    "sftp": _sftp,
}
"""By scheme, those that are opened here. All others are Airflow's."""


def _of_airflow(scheme: str, details: ConnectionDetails) -> AbstractFileSystem:
    """What ObjectStoragePath would read with: the provider's file system for the connection."""
    from airflow.sdk.io import get_fs, has_fs

    if not has_fs(scheme):
        raise missing(scheme)
    try:
        return get_fs(scheme, details.conn_id)
    except ImportError as error:
        raise SetupError(
            f"{scheme} cannot be read: {error}", remedy=f"pip install '{PACKAGES[scheme]}'"
        ) from None


def _is_true(value: object) -> bool:
    return str(value).lower() == "true"
