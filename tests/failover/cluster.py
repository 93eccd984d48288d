"""PostgreSQL servers of a cluster: a primary, standbys of it, and the network between them.

All are the wheel's own programs. A server may stand in a network namespace of its own, as on a
machine of its own: then it can be cut off, which says nothing to anybody, instead of killed.
"""

from __future__ import annotations

import os
import secrets
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from medallion.local.ports import free_port
from medallion.local.postgres import _programs
from medallion.local.server_user import server_user

PATIENCE_SECONDS = 120.0
LOCAL = "127.0.0.1"
SETTINGS: Mapping[str, str] = {
    "shared_buffers": "32MB",
    "max_connections": "60",
    "wal_keep_size": "128MB",
    "wal_log_hints": "on",
    "wal_receiver_status_interval": "1s",
    "wal_receiver_timeout": "5s",
    "wal_sender_timeout": "5s",
    "unix_socket_directories": "",
    "timezone": "UTC",
    "fsync": "off",
}
SHORT = "connect_timeout=3&keepalives_idle=1&keepalives_interval=1&keepalives_count=2"
SUPERUSER, LOADER, DATABASE = "postgres", "loader", "warehouse"


@dataclass(kw_only=True)
class Node:
    """One server: its folder, where it listens, and the namespace that it is in."""

    root: Path
    password: str
    name: str
    address: str = LOCAL
    namespace: str = ""
    port: int = field(default_factory=free_port)
    settings: dict[str, str] = field(default_factory=dict)

    @property
    def data(self) -> Path:
        return self.root / "data"

    def url(self, database: str = "postgres", user: str = SUPERUSER, more: str = "") -> str:
        place = f"{self.address}:{self.port}"
        return f"postgresql://{user}:{self.password}@{place}/{database}{more}"

    def create(self) -> None:
        """A new, empty cluster."""
        self._own_folder()
        secret = self.root / "secret"
        secret.write_text(self.password)
        self._own(secret)
        self.run(
            "initdb", "-D", str(self.data), "-U", SUPERUSER, "--encoding=UTF8", "--no-sync",
            "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C",
            "--auth=scram-sha-256", f"--pwfile={secret}",
        )  # fmt: skip
        with (self.data / "pg_hba.conf").open("a") as rules:
            rules.write("host all all samenet scram-sha-256\n")
            rules.write("host replication all samenet scram-sha-256\n")

    def copy_of(self, other: Node) -> None:
        """A standby, from a base backup of another server that runs."""
        self._own_folder()
        self.run(
            "pg_basebackup", "-D", str(self.data), "-d", other.url(), "--no-sync",
            "-R", "-X", "stream", "-c", "fast",
        )  # fmt: skip

    def start(self) -> None:
        settings = {
            **SETTINGS, "cluster_name": self.name, **self.settings, "port": str(self.port),
            "listen_addresses": self.address,
        }  # fmt: skip
        # In the file, which pg_rewind's own start of the server reads too. The last line counts.
        with (self.data / "postgresql.conf").open("a") as file:
            file.writelines(f"{key} = '{value}'\n" for key, value in settings.items())
        words = ["-D", str(self.data), "-l", str(self.root / "log"), "-w", "-t", "120"]
        self.run("pg_ctl", *words, "start")

    def stop(self, mode: str = "fast") -> None:
        self.run("pg_ctl", "-D", str(self.data), "-m", mode, "-w", "stop")

    def kill(self) -> None:
        """As a machine that loses its power: none of its processes says goodbye."""
        pid = self.pid()
        children = subprocess.run(
            ["ps", "-o", "pid=", "--ppid", str(pid)], capture_output=True, text=True, check=False
        ).stdout.split()
        for one in [pid, *map(int, children)]:
            with suppress(ProcessLookupError):
                os.kill(one, signal.SIGKILL)
        wait_until(lambda: not Path(f"/proc/{pid}").exists(), "the server to be gone")

    def pid(self) -> int:
        return int((self.data / "postmaster.pid").read_text().splitlines()[0])

    def promote(self) -> None:
        self.run("pg_ctl", "-D", str(self.data), "-w", "-t", "120", "promote")

    def rewind_to(self, other: Node) -> None:
        """A former primary becomes a standby again: what it alone had is gone."""
        source = f"--source-server={other.url()}"
        self.run("pg_rewind", "-D", str(self.data), source, "-R", "--no-sync")

    def ask(self, text: str, database: str = "postgres") -> list[tuple[object, ...]]:
        with psycopg.connect(self.url(database), autocommit=True) as connection:
            return connection.execute(sql.SQL(text)).fetchall()

    def tell(self, text: str, database: str = "postgres") -> None:
        with psycopg.connect(self.url(database), autocommit=True) as connection:
            connection.execute(sql.SQL(text))

    def set(self, name: str, value: str) -> None:
        """Change a setting of a server that runs."""
        self.tell(f"ALTER SYSTEM SET {name} = '{value}'")
        self.tell("SELECT pg_reload_conf()")
        wait_until(lambda: self.ask(f"SHOW {name}") == [(value,)], f"{name} to be {value}")

    def run(self, program: str, *words: str) -> str:
        """A program of PostgreSQL, as the server's user, in the node's namespace."""
        user = server_user()
        command = [str(_programs() / program), *words]
        arguments = dict(user.popen_arguments())
        if self.namespace:
            ids = [f"--setuid={user.uid}", f"--setgid={user.gid}"]
            command = ["nsenter", f"--net=/run/netns/{self.namespace}", *ids, "--", *command]
            arguments = {"umask": 0o077}
        output = self.root / f"{program}.out"
        with output.open("w") as out:
            done = subprocess.run(
                command, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT, cwd="/",
                env={"PATH": os.environ["PATH"], "LC_ALL": "C", "TZ": "UTC"}, check=False,
                **arguments,
            )  # fmt: skip
        said = output.read_text()
        log = self.root / "log"
        assert done.returncode == 0, f"{program}: {said}\n{log.read_text() if log.exists() else ''}"
        return said

    def _own_folder(self) -> None:
        self.data.mkdir(parents=True)
        user = server_user()
        user.open_path(self.data, _programs())
        for folder in (self.root, self.data):
            self._own(folder)

    def _own(self, path: Path) -> None:
        server_user().own(path)


@dataclass(frozen=True, kw_only=True)
class Cluster:
    """A primary and a standby, and the warehouse as clients name it: both hosts."""

    primary: Node
    standby: Node

    def url(self, more: str = "", user: str = LOADER, attrs: str = "read-write") -> str:
        """Both hosts, the primary's first; a server that says nothing is given up after seconds."""
        hosts = ",".join(f"{one.address}:{one.port}" for one in (self.primary, self.standby))
        asked = f"target_session_attrs={attrs}&{SHORT}&tcp_user_timeout=4000{more}"
        return f"postgresql://{user}:{self.primary.password}@{hosts}/{DATABASE}?{asked}"

    def be_synchronous(self) -> None:
        """A commit counts once the standby has it."""
        self.primary.set("synchronous_standby_names", "standby")
        asked = "SELECT sync_state FROM pg_stat_replication"
        wait_until(lambda: self.primary.ask(asked) == [("sync",)], "the standby to be synchronous")

    def wait_for_standby(self) -> None:
        """Until it has all that the primary has committed."""
        ((there,),) = self.primary.ask("SELECT pg_current_wal_lsn()::text")
        asked = f"SELECT pg_last_wal_replay_lsn() >= '{there}'"
        wait_until(lambda: self.standby.ask(asked) == [(True,)], "the standby to catch up")


def wait_until(is_so: object, what: str, seconds: float = PATIENCE_SECONDS) -> None:
    """Ask again until it is, or fail: how long it takes is the machine's. A server whose cable has
    just come back may drop a first connection."""
    assert callable(is_so)
    deadline = time.monotonic() + seconds
    while True:
        with suppress(psycopg.OperationalError):
            if is_so():
                return
        assert time.monotonic() < deadline, f"waited {seconds:.0f} s for {what}"
        time.sleep(0.05)


@contextmanager
def cluster(root: Path, *, namespace: str = "", address: str = LOCAL) -> Iterator[Cluster]:
    """A primary with a warehouse's database in it, and a standby that streams from it."""
    password = secrets.token_hex(12)
    primary = Node(
        root=root / "primary", password=password, name="primary", address=address,
        namespace=namespace,
    )  # fmt: skip
    here = LOCAL if not namespace else address.rpartition(".")[0] + ".1"
    standby = Node(root=root / "standby", password=password, name="standby", address=here)
    try:
        primary.create()
        primary.start()
        role = f"CREATE ROLE {LOADER} LOGIN NOSUPERUSER CREATEROLE PASSWORD '{password}'"
        primary.tell(role)
        primary.tell(f"CREATE DATABASE {DATABASE} OWNER {LOADER}")
        standby.copy_of(primary)
        standby.start()
        both = Cluster(primary=primary, standby=standby)
        wait_until(lambda: primary.ask("SELECT 1 FROM pg_stat_replication"), "the standby")
        yield both
    finally:
        for node in (standby, primary):
            if (node.data / "postmaster.pid").exists():
                with suppress(AssertionError):
                    node.stop("immediate")


@contextmanager
def network(name: str) -> Iterator[tuple[str, str]]:
    """A namespace and the address in it; this side of the cable has .1, the other has .2."""
    if os.geteuid() != 0:
        pytest.skip("only root makes a network of its own")
    number = secrets.randbelow(200) + 20
    here, there = f"mdl{name}h", f"mdl{name}n"
    subnet = f"10.213.{number}"
    made = subprocess.run(["ip", "netns", "add", there], capture_output=True, check=False)
    if made.returncode:
        pytest.skip("no network namespace can be made here")
    try:
        for words in (
            f"link add {here} type veth peer name {there}",
            f"link set {there} netns {there}",
            f"addr add {subnet}.1/24 dev {here}",
            f"link set {here} up",
            f"-n {there} addr add {subnet}.2/24 dev {there}",
            f"-n {there} link set {there} up",
            f"-n {there} link set lo up",
        ):
            subprocess.run(["ip", *words.split()], check=True, capture_output=True)
        yield there, f"{subnet}.2"
    finally:
        subprocess.run(["ip", "link", "del", here], capture_output=True, check=False)
        subprocess.run(["ip", "netns", "del", there], capture_output=True, check=False)


def cut_off(namespace: str) -> None:
    """Pull the cable on the other side: packets are lost, and nothing says so."""
    words = ["ip", "-n", namespace, "link", "set", namespace, "down"]
    subprocess.run(words, check=True, capture_output=True)


def connect_again(namespace: str) -> None:
    """Put it back."""
    words = ["ip", "-n", namespace, "link", "set", namespace, "up"]
    subprocess.run(words, check=True, capture_output=True)
