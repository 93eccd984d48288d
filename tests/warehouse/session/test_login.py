"""A login by a token: a real PostgreSQL whose password changes with each token, and Azure's own
client, which gets them where Container Apps has its managed identities."""

from __future__ import annotations

import logging
import secrets
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pyarrow as pa
import pytest
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from tests.azure_stand_ins import IdentityEndpoint, identity_endpoint, in_an_hour, use
from tests.docs.pages import Project

from medallion.errors import SetupError, WarehouseUnavailable
from medallion.names import TableName
from medallion.warehouse.doctor.examine import examine_warehouse
from medallion.warehouse.reading.session import read_session
from medallion.warehouse.roles.catalogue_reader import catalogue_url
from medallion.warehouse.roles.reconcile import reconcile
from medallion.warehouse.session import login
from medallion.warehouse.session.connection import connect
from medallion.warehouse.session.kept import reading_session
from medallion.warehouse.session.reuse import reuse_connections, transaction
from medallion.warehouse.session.transaction import session
from medallion.warehouse.tables.arrow_copy import copy_with_adbc, copy_with_pgpq

RESOURCE = "https://ossrdbms-aad.database.windows.net"
ROOM = TableName("public", "rows")
SCHEMA = pa.schema([("id", pa.int64())])


class Server:
    """The loader's password is the newest token; the ones before are refused, as they would be an
    hour later."""

    def __init__(self, admin_url: str, role: str) -> None:
        self.admin_url, self.role = admin_url, role
        self.seconds = 60

    def issue(self, resource: str) -> tuple[str, int]:
        assert resource == RESOURCE
        # As long as Entra ID's, with which a person may be in many groups.
        token = f"eyJ0eXAi.{secrets.token_urlsafe(1500)}.{secrets.token_urlsafe(256)}"
        self.accept(token)
        return token, int(time.time()) + self.seconds

    def accept(self, token: str) -> None:
        change = sql.SQL("ALTER ROLE {} PASSWORD {}")
        with psycopg.connect(self.admin_url, autocommit=True) as admin:
            admin.execute(change.format(sql.Identifier(self.role), sql.Literal(token)))


@pytest.fixture
def server(warehouse_db: str, pg_url: str) -> Server:
    return Server(pg_url, str(conninfo_to_dict(warehouse_db)["user"]))


@pytest.fixture
def endpoint(server: Server, monkeypatch: pytest.MonkeyPatch) -> Iterator[IdentityEndpoint]:
    with identity_endpoint(server.issue) as found:
        settings = {login.AUTH: "entra", "NO_PROXY": "127.0.0.1", "PGSSLMODE": "disable"}
        use({**found.environment(), **settings}, monkeypatch)
        monkeypatch.setenv(login.ROLES_KEY, secrets.token_urlsafe(48))
        login._credential.cache_clear()
        yield found
        login._credential.cache_clear()


@pytest.fixture
def url(warehouse_db: str) -> str:
    """The loader's, without a password."""
    return bare(warehouse_db)


def bare(url: str) -> str:
    return make_conninfo("", **{k: v for k, v in conninfo_to_dict(url).items() if k != "password"})


def refuses(url: str, token: str) -> bool:
    try:
        psycopg.connect(url, password=token).close()
    except psycopg.OperationalError:
        return True
    return False


def test_each_new_session_of_a_long_load_has_a_token_that_is_valid(
    url: str, endpoint: IdentityEndpoint, caplog: pytest.LogCaptureFixture
) -> None:
    """The load is open while the password changes; what it opens meanwhile logs in again."""
    caplog.set_level(logging.DEBUG)
    with session(url, "preparing") as connection:
        connection.execute("CREATE TABLE public.rows (id bigint)")
    before = len(endpoint.given)

    def batches() -> Iterator[pa.RecordBatch]:
        for number in range(4):
            first = endpoint.given[-1]
            with session(url, "recording") as connection:
                assert connection.execute("SELECT 1").fetchone() == (1,)
            assert refuses(url, first), "the token of before is still good: nothing is tested"
            yield pa.record_batch([pa.array([number])], SCHEMA)

    assert copy_with_pgpq(url, ROOM, SCHEMA, batches()) == 4
    assert copy_with_adbc(url, ROOM, SCHEMA, batches()) == 4
    with read_session(url, "reading") as reader, reader.stream(sql.SQL("TABLE rows")) as rows:
        assert rows.read_all().num_rows == 8
    with reading_session(url, "reading", name="page") as page:
        assert page.execute("SELECT count(*) FROM rows").fetchone() == (8,)
    with reuse_connections():
        for _ in range(2):
            with transaction(url) as connection:
                connection.execute("SELECT 1")
    assert len(endpoint.given) == before + 2 + 8 + 3, "one for each login, and none is kept"
    assert not [token for token in endpoint.given if token in caplog.text]


def test_a_token_is_kept_until_five_minutes_before_its_end(
    url: str, endpoint: IdentityEndpoint, server: Server
) -> None:
    server.seconds = 3600
    for _ in range(3):
        connect(url).close()
    assert len(endpoint.given) == 1
    login._credential.cache_clear()
    server.seconds = 290
    for _ in range(2):
        connect(url).close()
    assert len(endpoint.given) == 3, "a token that ends soon is not used again"


def test_a_token_that_the_server_no_longer_takes_is_replaced_once(
    url: str, endpoint: IdentityEndpoint, server: Server
) -> None:
    server.seconds = 3600
    connect(url).close()
    server.accept("something else")
    connect(url).close()
    assert len(endpoint.given) == 2
    endpoint.issue = lambda _: ("not the server's", in_an_hour())
    login._credential.cache_clear()
    with pytest.raises(WarehouseUnavailable, match="password authentication failed") as caught:
        connect(url)
    assert len(endpoint.given) == 4
    assert "not the server's" not in str(caught.value)


def test_so_is_one_that_the_server_does_not_take_of_adbc(
    url: str, endpoint: IdentityEndpoint, server: Server
) -> None:
    """Both who read and who load: the driver has a login of its own."""
    server.seconds = 3600
    with session(url, "preparing") as connection:
        connection.execute("CREATE TABLE public.rows (id bigint)")
    server.accept("something else")
    batch = pa.record_batch([pa.array([1, 2])], SCHEMA)
    assert copy_with_adbc(url, ROOM, SCHEMA, [batch]) == 2
    server.accept("something else again")
    with read_session(url, "reading") as reader, reader.stream(sql.SQL("TABLE rows")) as rows:
        assert rows.read_all().num_rows == 2
    assert len(endpoint.given) == 3
    endpoint.issue = lambda _: ("not the server's", in_an_hour())
    login._credential.cache_clear()
    with pytest.raises(WarehouseUnavailable, match="password authentication failed") as caught:
        copy_with_adbc(url, ROOM, SCHEMA, [batch])
    assert len(endpoint.given) == 5, "another one is asked for once"
    assert "not the server's" not in str(caught.value)


def test_the_doctor_says_that_a_token_is_not_taken_and_speaks_of_no_password(
    url: str, endpoint: IdentityEndpoint
) -> None:
    endpoint.issue = lambda _: ("not the server's", in_an_hour())
    (last,) = [one for one in examine_warehouse(url, ()) if one.verdict == "failed"]
    assert last.layer == "login"
    assert last.cause.startswith("the server does not take the token: no role there is of this")
    assert last.confirm.startswith('PGPASSWORD="$(az account get-access-token --scope https://oss')
    assert "not the server's" not in f"{last}"


def test_a_server_that_does_not_answer_is_not_asked_with_another_token(
    endpoint: IdentityEndpoint,
) -> None:
    """libpq says `timeout expired`, which is not the token's end."""
    with silent_server() as port, pytest.raises(WarehouseUnavailable, match="timeout expired"):
        connect(f"host=127.0.0.1 port={port} dbname=a user=b connect_timeout=2")
    assert len(endpoint.given) <= 1


def test_whoever_gives_tokens_and_says_nothing_is_not_waited_for(
    url: str, endpoint: IdentityEndpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(login, "ANSWER_SECONDS", 0.5)
    with silent_server() as port:
        monkeypatch.setenv("IDENTITY_ENDPOINT", f"http://127.0.0.1:{port}/msi/token")
        with pytest.raises(WarehouseUnavailable, match=r"ManagedIdentityCredential: .*timed out"):
            connect(url)


@contextmanager
def silent_server() -> Iterator[int]:
    """Its port: it takes connections and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield int(server.getsockname()[1])


def test_a_pipeline_runs_to_gold_by_tokens_alone(
    url: str, endpoint: IdentityEndpoint, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Its roles have passwords that are derived from the key, and stay while tokens change."""
    caplog.set_level(logging.DEBUG)
    project = Project(root=tmp_path, url=url)
    project.write("include/data/shop/orders.csv", "id,amount\n1,2.50\n2,x\n3,4.00\n")
    project.write(
        "specs/shop/sales.yaml",
        "description: Sales.\ndatasets:\n  orders:\n"
        "    source: {type: file, path: include/data/shop/orders.csv}\n"
        "    silver:\n      primary_key: [id]\n      guard: {max_quarantined_percent: 50}\n"
        '      columns: {id: {type: bigint}, amount: {type: "decimal(10,2)"}}\n'
        "      checks: [{between: {column: amount, min_value: 0}}]\n"
        "gold:\n  totals:\n    sql: totals.sql\n    checks: [{row_count: {min_value: 1}}]\n",
    )
    project.write(
        "include/sql/shop/totals.sql", "select sum(amount) as total from silver_shop.orders\n"
    )
    project.run("shop.sales")
    project.run("shop.sales", day=1)
    with connect(url) as connection:
        found = connection.execute("SELECT total FROM gold_shop.totals").fetchone()
    assert found is not None and str(found[0]) == "6.50"
    assert len(endpoint.given) > 10
    kept = "".join(path.read_text(errors="replace") for path in _files(tmp_path))
    with connect(catalogue_url(url)) as reader:
        kept += str(reader.execute("SELECT * FROM medallion.task_runs").fetchall())
    assert not [token for token in endpoint.given if token in kept + caplog.text]


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in folder.rglob("*") if path.is_file())


def test_without_a_key_roles_have_no_password(
    url: str, endpoint: IdentityEndpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(login.ROLES_KEY)
    with pytest.raises(SetupError, match="no MEDALLION_ROLES_KEY that the password of") as caught:
        catalogue_url(url)
    assert "openssl rand -base64 48" in caught.value.remedy
    monkeypatch.setenv(login.ROLES_KEY, "short")
    with pytest.raises(SetupError, match="has 5 characters, and needs 32"):
        catalogue_url(url)


def test_the_setup_needs_the_key_as_tasks_do(
    url: str, pg_url: str, endpoint: IdentityEndpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The administrator has a password, the loader a token."""
    admin = make_conninfo(pg_url, dbname=str(conninfo_to_dict(url)["dbname"]))
    list(reconcile(admin, url, ()))
    connect(catalogue_url(url)).close()
    monkeypatch.delenv(login.ROLES_KEY)
    with pytest.raises(SetupError, match="no MEDALLION_ROLES_KEY that the password of"):
        list(reconcile(admin, url, ()))


def test_who_has_a_password_logs_in_by_it(warehouse_db: str, endpoint: IdentityEndpoint) -> None:
    connect(warehouse_db).close()
    assert not endpoint.given
    assert login.key_of_roles(warehouse_db) == conninfo_to_dict(warehouse_db)["password"]


def test_a_token_is_not_sent_without_tls(
    url: str, endpoint: IdentityEndpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The embedded server is built without it."""
    monkeypatch.delenv("PGSSLMODE")
    with pytest.raises(WarehouseUnavailable, match="does not support SSL"):
        connect(url)
    connect(f"{url} sslmode=disable").close()


def test_where_there_is_no_identity_the_doctor_says_so(
    url: str, endpoint: IdentityEndpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = {one.layer: one for one in examine_warehouse(url, ())}
    assert found["token"].says == ("Microsoft Entra ID gives one, which is valid for 1 minutes")
    assert found["login"].verdict == "ok"
    monkeypatch.setenv("IDENTITY_HEADER", "another process's")
    login._credential.cache_clear()
    with pytest.raises(WarehouseUnavailable, match="gives no token for https://ossrdbms-aad"):
        connect(url)
    (last,) = [one for one in examine_warehouse(url, ()) if one.verdict == "failed"]
    assert (last.layer, "azure.workload.identity/use" in last.cause) == ("token", True)
    monkeypatch.setenv(login.AUTH, "entre")
    (last,) = [one for one in examine_warehouse(url, ()) if one.verdict == "failed"]
    assert (last.layer, last.says) == ("token", "MEDALLION_WAREHOUSE_AUTH is 'entre'")
