"""The warehouse's layers, each against a real server that fails in it."""

from __future__ import annotations

import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from urllib.parse import quote

import psycopg
import pytest
from psycopg.conninfo import make_conninfo
from tests.server_processes import stop_server

from medallion.errors import SetupError
from medallion.local.postgres import EmbeddedPostgres
from medallion.local.server_user import server_user
from medallion.warehouse.doctor import inside, reach
from medallion.warehouse.doctor.examine import examine_warehouse
from medallion.warehouse.doctor.finding import Finding
from medallion.warehouse.session.connection import is_database_url, settings_of
from medallion.warehouse.session.transaction import session

SECRET = "pass'w rd$%"


def failed(url: str, grants: tuple[str, ...] = ()) -> Finding:
    """The first finding that fails; no text of any shows the password."""
    found = list(examine_warehouse(url, grants))
    password = settings_of(url)["password"] if is_database_url(url) else SECRET
    assert password not in repr(found)
    bad = [one for one in found if one.verdict == "failed"]
    assert bad, found
    assert bad[0].cause
    return bad[0]


def refuses(url: str, match: str) -> None:
    """What every task does first raises."""
    with pytest.raises(SetupError, match=match), session(url, "looking"):
        pass


def changed(url: str, **settings: str) -> str:
    """A URL with other settings."""
    found = {**settings_of(url), **settings}
    place = f"{quote(found.pop('user'))}:{quote(found.pop('password'), safe='')}"
    place += f"@{found.pop('host')}:{found.pop('port')}/{quote(found.pop('dbname'))}"
    return f"postgresql://{place}?" + "&".join(f"{key}={one}" for key, one in found.items())


@pytest.fixture(scope="module")
def warehouse(module_warehouse_db: str) -> str:
    return module_warehouse_db


def test_a_warehouse_that_is_right_has_no_failure(warehouse: str) -> None:
    found = list(examine_warehouse(warehouse, ()))
    assert [one.layer for one in found if one.verdict == "failed"] == []
    layers = {one.layer for one in found}
    assert layers == {
        *("name", "tcp", "tls", "login", "pooler", "version", "database", "clock", "rights"),
        "roles",
    }


def test_a_name_that_is_nobodys(warehouse: str) -> None:
    found = failed(changed(warehouse, host="warehouse.data"))
    assert found.layer == "name"
    short = failed(changed(warehouse, host="no-such-warehouse.invalid.svc"))
    assert "SERVICE.NAMESPACE.svc.cluster.local" in short.cause or "port 53" in short.cause
    assert "kubectl get services -A | grep no-such-warehouse" in short.confirm


def test_a_port_that_nothing_listens_on(warehouse: str) -> None:
    with closing(socket.socket()) as taken:
        taken.bind(("127.0.0.1", 0))  # and does not listen
        port = str(taken.getsockname()[1])
        found = failed(changed(warehouse, port=port))
    assert (found.layer, "nothing listens there" in found.cause) == ("tcp", True)
    assert found.confirm == f"nc -vz 127.0.0.1 {port}"


def test_a_way_on_which_everything_is_dropped(
    warehouse: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As behind a NetworkPolicy: a full queue of a port drops what else knocks, without a word."""
    monkeypatch.setattr(reach, "SECONDS", 1.0)
    with closing(socket.socket()) as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        waiting = [_knock(full.getsockname()) for _ in range(8)]
        found = failed(changed(warehouse, port=str(full.getsockname()[1])))
        for one in waiting:
            one.close()
    assert (found.layer, "a NetworkPolicy" in found.cause) == ("tcp", True)


def _knock(place: tuple[str, int]) -> socket.socket:
    one = socket.socket()
    one.setblocking(False)
    one.connect_ex(place)
    return one


def test_a_name_with_an_ipv6_address_that_nobody_listens_on(warehouse: str) -> None:
    port = int(settings_of(warehouse)["port"])
    both = [(socket.AF_INET6, ("::1", port)), (socket.AF_INET, ("127.0.0.1", port))]
    found = reach.look_at_port("warehouse", "db", port, both)
    assert (found.layer, found.verdict) == ("tcp", "warning")
    assert found.says == f"port {port} of 127.0.0.1 answers, ::1 does not"
    assert "IPv6" in found.cause
    alone = reach.look_at_port("warehouse", "db", port, both[:1])
    assert (alone.layer, alone.verdict) == ("tcp", "failed")


def test_a_server_that_is_not_postgresql(warehouse: str) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as other:
        found = list(_first_layers(warehouse, other))
    assert [one.layer for one in found if one.verdict == "failed"] == ["tls"]


def _first_layers(warehouse: str, other: socket.socket) -> Iterator[Finding]:
    def answer() -> None:
        for _ in range(2):  # the look at the port, and the one at TLS
            client, _ = other.accept()
            with client, suppress(OSError):  # the first hangs up at once
                client.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
                client.recv(8)

    thread = threading.Thread(target=answer, daemon=True)
    thread.start()
    yield from examine_warehouse(changed(warehouse, port=str(other.getsockname()[1])), ())
    thread.join(240)


def test_tls_that_is_demanded_and_not_spoken(warehouse: str) -> None:
    found = failed(changed(warehouse, sslmode="verify-full"))
    assert (found.layer, "sslmode=verify-full demands it" in found.says) == ("tls", True)
    assert "openssl s_client -starttls postgres" in found.confirm


def test_tls_that_a_variable_demands_as_libpq_reads_it(
    warehouse: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PGSSLMODE", "verify-full")
    found = failed(warehouse)
    assert (found.layer, "sslmode=verify-full demands it" in found.says) == ("tls", True)


def test_a_password_that_is_wrong(warehouse: str) -> None:
    found = failed(changed(warehouse, password=SECRET))
    assert (found.layer, "percent-encoded" in found.cause) == ("login", True)
    assert found.confirm.startswith("psql 'host=127.0.0.1")


def test_a_password_that_is_not_encoded(warehouse: str) -> None:
    found = failed(f"postgresql://loader:{SECRET}/x@127.0.0.1/warehouse")
    assert found.layer == "url"
    assert "loader" not in found.says


@pytest.mark.parametrize(
    ("name", "value"),
    [("sslmode", "verify-ful"), ("target_session_attrs", "rw"), ("connect_timeout", "soon")],
)
def test_a_setting_whose_value_is_misspelt(warehouse: str, name: str, value: str) -> None:
    found = failed(changed(warehouse, **{name: value}))
    assert (found.layer, name in found.says) == ("url", True)
    assert "verify-ca or verify-full" in found.cause


def test_a_variable_of_libpq_that_is_misspelt(
    warehouse: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PGSSLMODE", "verify-ful")
    found = failed(warehouse)
    assert (found.layer, "PGSSLMODE" in found.cause) == ("url", True)


def test_a_setting_that_libpq_does_not_have(warehouse: str) -> None:
    found = failed(changed(warehouse, sslmod="require"))
    assert (found.layer, "after the ? that libpq does not know" in found.cause) == ("url", True)


@pytest.mark.parametrize(
    ("place", "layer"),
    [
        ("loader:{}[@127.0.0.1:1/wh", "url"),
        ("loader:{}\u2100@127.0.0.1:1/wh", "tcp"),
        ("loader:{}/wh", "url"),
        ("loader@127.0.0.1:{}/wh", "url"),
    ],
)
def test_a_url_that_python_cannot_read_is_not_shown(place: str, layer: str) -> None:
    """Its errors quote what cannot be read: here the password, or what may be one."""
    found = list(examine_warehouse(f"postgresql://{place.format('hidden')}", ()))
    assert [one.layer for one in found if one.verdict == "failed"] == [layer]
    assert "hidden" not in repr(found)


def test_a_database_that_is_not_there(warehouse: str) -> None:
    found = failed(changed(warehouse, dbname="no such"))
    assert found.layer == "database"
    assert "'\"'\"'no such'\"'\"'" in found.confirm


def test_rights_and_roles_that_are_missing(warehouse: str, pg_url: str) -> None:
    assert failed(warehouse, ("reader_of_nothing",)).layer == "roles"
    with psycopg.connect(pg_url, autocommit=True) as admin:
        admin.execute("CREATE ROLE doctors_guest LOGIN PASSWORD 'guest of the doctor'")
        name = settings_of(warehouse)["dbname"]
        try:
            refused = changed(warehouse, user="doctors_guest", password="guest of the doctor")
            assert failed(refused).layer == "rights"  # no CONNECT
            admin.execute(f'GRANT CONNECT ON DATABASE "{name}" TO doctors_guest')
            found = failed(refused)
            assert (found.layer, "GRANT CREATE ON DATABASE" in found.cause) == ("rights", True)
        finally:
            admin.execute(f'REVOKE ALL ON DATABASE "{name}" FROM doctors_guest')
            admin.execute("DROP ROLE doctors_guest")


def test_a_database_that_cannot_store_every_text(warehouse: str, pg_url: str) -> None:
    with psycopg.connect(pg_url, autocommit=True) as admin:
        owner = settings_of(warehouse)["user"]
        admin.execute(
            f'CREATE DATABASE doctors_ascii OWNER "{owner}" TEMPLATE template0'
            " ENCODING 'SQL_ASCII' LOCALE_PROVIDER libc LC_COLLATE 'C' LC_CTYPE 'C'"
        )
        try:
            found = failed(changed(warehouse, dbname="doctors_ascii"))
        finally:
            admin.execute("DROP DATABASE doctors_ascii WITH (FORCE)")
    assert (found.layer, found.says) == ("database", "encoding SQL_ASCII")
    assert "ENCODING 'UTF8'" in found.cause


def test_a_database_that_only_reads(warehouse: str, pg_url: str) -> None:
    name = settings_of(warehouse)["dbname"]
    with psycopg.connect(pg_url, autocommit=True) as admin:
        admin.execute(f'ALTER DATABASE "{name}" SET default_transaction_read_only = on')
        try:
            found = failed(warehouse)
        finally:
            admin.execute(f'ALTER DATABASE "{name}" RESET default_transaction_read_only')
    assert (found.layer, "target_session_attrs=read-write" in found.cause) == ("database", True)


def test_a_server_that_is_too_old(warehouse: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """No package has a PostgreSQL 13: this server is the one that is older than the oldest."""
    with psycopg.connect(warehouse) as connection:
        number = connection.info.server_version
    monkeypatch.setattr(inside, "OLDEST", number)
    assert [one.verdict for one in examine_warehouse(warehouse, ()) if one.layer == "version"] == [
        "ok"
    ]
    monkeypatch.setattr(inside, "OLDEST", number + 1)
    found = failed(warehouse)
    assert (found.layer, found.says.startswith("PostgreSQL ")) == ("version", True)
    assert found.cause == "Medallion needs PostgreSQL 14 or later"


def test_no_connection_is_left(warehouse: str, pg_url: str) -> None:
    role = settings_of(warehouse)["user"]
    with psycopg.connect(pg_url, autocommit=True) as admin:
        admin.execute(f'ALTER ROLE "{role}" CONNECTION LIMIT 0')
        try:
            found = failed(warehouse)
        finally:
            admin.execute(f'ALTER ROLE "{role}" CONNECTION LIMIT -1')
    assert (found.layer, "fewer workers" in found.cause) == ("limits", True)


@contextmanager
def pool(warehouse: str, folder: Path, *settings: str) -> Iterator[str]:
    """The warehouse behind a real PgBouncer."""
    found = settings_of(warehouse)
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    config = folder / "pgbouncer.ini"
    config.write_text(
        "[databases]\n"
        f"* = host={found['host']} port={found['port']} user={found['user']}"
        f" password={found['password']}\n"
        f"[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =\n"
        "auth_type = any\n" + "".join(f"{one}\n" for one in settings)
    )
    user = server_user()
    user.open_path(folder)
    user.own(config)
    process = subprocess.Popen(
        ["pgbouncer", str(config)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        **user.popen_arguments(),
    )
    try:
        _wait_for(port)
        yield changed(warehouse, port=str(port))
    finally:
        stop_server(process)


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server of its own, whose pg_hba.conf lets nobody in without TLS, and one user nowhere."""
    server = EmbeddedPostgres(tmp_path_factory.mktemp("guarded"))
    server.start()
    try:
        url = server.url()
        hba = server.data / "pg_hba.conf"
        with psycopg.connect(url, autocommit=True) as admin:
            hba.write_text("host all stranger all reject\nhostssl all all all scram-sha-256\n")
            admin.execute("SELECT pg_reload_conf()")
        yield url
    finally:
        server.stop()


def test_what_pg_hba_refuses(guarded: str) -> None:
    _wait_until_refused(guarded)
    plain = failed(guarded)
    assert (plain.layer, "sslmode=require" in plain.cause) == ("login", True)
    nobody = failed(changed(guarded, user="stranger"))
    assert (nobody.layer, "pg_hba.conf" in nobody.cause) == ("login", True)


def _wait_until_refused(url: str) -> None:
    """The postmaster reads its file again a moment after it was asked to."""
    until = time.monotonic() + 240
    while True:
        try:
            psycopg.connect(url).close()
        except psycopg.OperationalError:
            return
        assert time.monotonic() < until
        time.sleep(0.05)


needs_pgbouncer = pytest.mark.skipif(
    not shutil.which("pgbouncer"), reason="PgBouncer is not installed"
)


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """server.crt, for another name than the server's address, and other.crt."""
    folder = tmp_path_factory.mktemp("certificates")
    for name in ("server", "other"):
        words = [
            *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"),
            *("-subj", "/CN=warehouse.example.org", "-keyout", f"{name}.key"),
            *("-out", f"{name}.crt"),
        ]
        subprocess.run(words, cwd=folder, check=True, capture_output=True)
    return folder


@needs_pgbouncer
def test_certificates_are_held_to_the_mode(
    warehouse: str, certificates: Path, tmp_path: Path
) -> None:
    """The embedded server is built without TLS: a PgBouncer before it speaks it."""
    for name in ("server.crt", "server.key"):
        shutil.copy(certificates / name, tmp_path / name)
        server_user().own(tmp_path / name)
    settings = (
        *("pool_mode = session", "ignore_startup_parameters = options"),
        *("client_tls_sslmode = require", f"client_tls_key_file = {tmp_path / 'server.key'}"),
        f"client_tls_cert_file = {tmp_path / 'server.crt'}",
    )
    with pool(warehouse, tmp_path, *settings) as url:
        good = changed(url, sslmode="verify-ca", sslrootcert=str(certificates / "server.crt"))
        assert [one for one in examine_warehouse(good, ()) if one.verdict == "failed"] == []
        name = failed(changed(good, sslmode="verify-full"))
        assert (name.layer, "is for another name" in name.cause) == ("tls", True)
        other = failed(changed(good, sslrootcert=str(certificates / "other.crt")))
        assert (other.layer, "another authority" in other.cause) == ("tls", True)
        missing = failed(changed(good, sslrootcert=str(certificates / "missing.crt")))
        assert (missing.layer, "sslrootcert" in missing.cause) == ("tls", True)


@needs_pgbouncer
class TestPooler:
    """A real PgBouncer before the warehouse."""

    def test_as_it_is_it_hands_on_no_settings(self, warehouse: str, tmp_path: Path) -> None:
        with pool(warehouse, tmp_path, "pool_mode = transaction") as url:
            assert failed(url).layer == "pooler"
            refuses(url, "unsupported startup parameter")

    def test_a_pool_of_transactions_is_refused(self, warehouse: str, tmp_path: Path) -> None:
        settings = ("pool_mode = transaction", "ignore_startup_parameters = options")
        with pool(warehouse, tmp_path, *settings) as url:
            found = failed(url)
            assert (found.layer, "transaction mode" in found.says) == ("pooler", True)
            refuses(url, "pooler in transaction mode")

    def test_a_pool_of_sessions_works(self, warehouse: str, tmp_path: Path) -> None:
        settings = ("pool_mode = session", "ignore_startup_parameters = options")
        with pool(warehouse, tmp_path, *settings) as url:
            assert [one for one in examine_warehouse(url, ()) if one.verdict == "failed"] == []
            with session(url, "looking") as connection:
                assert connection.execute("SHOW TimeZone").fetchone() == ("UTC",)

    def test_a_session_that_is_not_in_utc_is_refused(
        self, warehouse: str, tmp_path: Path, pg_url: str
    ) -> None:
        name = settings_of(warehouse)["dbname"]
        with psycopg.connect(pg_url, autocommit=True) as admin:
            admin.execute(f"ALTER DATABASE \"{name}\" SET TimeZone = 'Europe/Paris'")
            try:
                settings = ("pool_mode = session", "ignore_startup_parameters = options")
                with pool(warehouse, tmp_path, *settings) as url:
                    assert failed(url).layer == "pooler"
                    refuses(url, "not in UTC")
            finally:
                admin.execute(f'ALTER DATABASE "{name}" RESET TimeZone')


def _wait_for(port: int) -> None:
    until = time.monotonic() + 240
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=5).close()
            return
        except OSError:
            assert time.monotonic() < until
            time.sleep(0.05)


def test_of_several_hosts_one_that_is_down_is_a_warning(warehouse: str) -> None:
    port = settings_of(warehouse)["port"]
    two = make_conninfo(warehouse, host="127.0.0.1,127.0.0.1", port=f"1,{port}")
    found = list(examine_warehouse(two, []))
    tcp = [one.verdict for one in found if one.layer == "tcp"]
    assert tcp == ["warning", "ok"]
    assert "failed" not in {one.verdict for one in found}
    none = make_conninfo(warehouse, host="127.0.0.1,127.0.0.1", port="1,1")
    assert [one.verdict for one in examine_warehouse(none, []) if one.layer == "tcp"] == [
        "failed",
        "failed",
    ]
