"""A PostgreSQL that is built with TLS, unlike the embedded one: Debian's. It listens on IPv6 alone,
and its clock is ten minutes ahead."""

from __future__ import annotations

import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from tests.azure_stand_ins import Authority, make_authority
from tests.server_processes import stop_server

from medallion.local.server_user import server_user
from medallion.warehouse.doctor.examine import examine_warehouse
from medallion.warehouse.doctor.finding import Finding
from medallion.warehouse.doctor.reach import look_at_port
from medallion.warehouse.session.connection import connect

PROGRAMS = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"))
CLOCK = Path("/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1")
PASSWORD = "of-the-doctors-patient"
pytestmark = pytest.mark.skipif(
    not PROGRAMS, reason="left out: Debian's PostgreSQL is not installed (.ci/run does, as root)"
)


@dataclass(frozen=True, kw_only=True)
class Server:
    port: int
    authority: Authority
    other: Authority

    def url(self, host: str = "localhost", **settings: str) -> str:
        given = {
            "user": "postgres", "password": PASSWORD,
            "host": host, "hostaddr": "::1", "port": str(self.port), "dbname": "postgres",
            "sslmode": "verify-full",
            "sslrootcert": str(self.authority.bundle), **settings,
        }  # fmt: skip
        return " ".join(f"{key}={value}" for key, value in given.items())


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder, user = tmp_path_factory.mktemp("tls"), server_user()
    authority = make_authority(folder)
    (folder / "other").mkdir()
    other = make_authority(folder / "other")
    data, secret = folder / "data", folder / "password"
    data.mkdir()
    secret.write_text(PASSWORD)
    certificate, key = authority.certify("localhost")
    user.open_path(folder)
    for one in (data, secret, certificate, key):
        user.own(one)
    initdb = PROGRAMS[-1].with_name("initdb")
    subprocess.run(
        [initdb, "-D", data, "-U", "postgres", f"--pwfile={secret}", "-A", "scram-sha-256",
         "--encoding=UTF8", "--locale=C", "--no-sync"],
        check=True, capture_output=True, cwd=folder, **user.popen_arguments(),
    )  # fmt: skip
    (data / "pg_hba.conf").write_text("hostssl all all all scram-sha-256\n")
    with socket.socket(socket.AF_INET6) as free:
        free.bind(("::1", 0))
        port = free.getsockname()[1]
    settings = {
        "port": port, "listen_addresses": "::1", "unix_socket_directories": "", "ssl": "on",
        "ssl_cert_file": certificate, "ssl_key_file": key, "fsync": "off",
    }  # fmt: skip
    words = [f"-c{name}={value}" for name, value in settings.items()]
    ahead = {"LD_PRELOAD": str(CLOCK), "FAKETIME": "+10m", "FAKETIME_DONT_FAKE_MONOTONIC": "1"}
    log = (folder / "log").open("wb")
    process = subprocess.Popen(
        [PROGRAMS[-1], "-D", data, *words], stdout=log, stderr=log,
        env=ahead if CLOCK.exists() else {}, cwd=folder, **user.popen_arguments(),
    )  # fmt: skip
    try:
        found = Server(port=port, authority=authority, other=other)
        _wait_for(found.url(), process, folder / "log")
        yield found
    finally:
        stop_server(process)


def _wait_for(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + 240
    while True:
        try:
            psycopg.connect(url).close()
            return
        except psycopg.OperationalError as error:
            assert process.poll() is None and time.monotonic() < until, f"{error} {log.read_text()}"
            time.sleep(0.1)


def failed(url: str) -> Finding:
    found = list(examine_warehouse(url, ()))
    assert PASSWORD not in repr(found)
    return next(one for one in found if one.verdict == "failed")


def test_a_certificate_that_is_right_is_verified_in_full(server: Server) -> None:
    found = list(examine_warehouse(server.url(), ()))
    assert [one for one in found if one.verdict == "failed"] == []
    (tls,) = [one for one in found if one.layer == "tls"]
    assert (tls.verdict, tls.says) == ("ok", "the server speaks TLS (sslmode=verify-full)")
    with connect(server.url()) as connection:
        row = connection.execute("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()")
        assert row.fetchone() == (True,)


def test_a_certificate_for_another_name_is_refused(server: Server) -> None:
    for name in ("::1", "warehouse.example.org"):
        found = failed(server.url(host=name))
        assert (found.layer, "is for another name" in found.cause) == ("tls", True)


def test_another_authority_is_refused(server: Server) -> None:
    found = failed(server.url(sslrootcert=str(server.other.bundle)))
    assert (found.layer, "another authority" in found.cause) == ("tls", True), found


def test_a_server_that_wants_tls_says_so(server: Server) -> None:
    found = failed(server.url(sslmode="disable"))
    assert (found.layer, "set sslmode=require" in found.cause) == ("login", True)


def test_a_server_that_listens_on_ipv6_alone_is_reached(server: Server) -> None:
    found = {one.layer: one for one in examine_warehouse(server.url(), ())}
    assert found["tcp"].says == f"port {server.port} of ::1 answers"
    assert found["login"].verdict == "ok"
    beside = [(socket.AF_INET6, ("::1", server.port)), (socket.AF_INET, ("127.0.0.1", server.port))]
    both = look_at_port("warehouse", "db", server.port, beside)
    assert both.says == f"port {server.port} of ::1 answers, 127.0.0.1 does not"


@pytest.mark.skipif(not CLOCK.exists(), reason="left out: there is no libfaketime here")
def test_a_clock_that_is_ten_minutes_ahead_is_shown(server: Server) -> None:
    (found,) = [one for one in examine_warehouse(server.url(), ()) if one.layer == "clock"]
    assert found.verdict == "warning"
    seconds = int(found.says.split()[-2])
    assert 590 <= seconds <= 720, found.says
    assert "NTP" in found.cause
