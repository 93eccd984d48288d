"""What a test has in Azure's place on this machine, so that Azure's own clients run as they are:
the endpoint that gives a managed identity its tokens, and Azure's names, by a proxy that leads them
to servers of the test with certificates of an authority of its own."""

from __future__ import annotations

import json
import re
import secrets
import socket
import socketserver
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

Issue = Callable[[str], tuple[str, int]]
"""For a resource a token and when it ends, in seconds since 1970."""


@dataclass(kw_only=True)
class IdentityEndpoint:
    """As App Service and Container Apps have one: HTTP on loopback, and a header that only the
    process knows."""

    issue: Issue
    header: str = field(default_factory=lambda: secrets.token_urlsafe(12))
    asked: list[str] = field(default_factory=list)
    given: list[str] = field(default_factory=list)
    url: str = ""

    def environment(self) -> dict[str, str]:
        return {"IDENTITY_ENDPOINT": self.url, "IDENTITY_HEADER": self.header}

    def answer(self, path: str, header: str | None) -> tuple[int, dict[str, object]]:
        found = parse_qs(urlsplit(path).query)
        if header != self.header or found.get("api-version") != ["2019-08-01"]:
            return 403, {"statusCode": 403, "message": "not this process"}
        (resource,) = found["resource"]
        self.asked.append(resource)
        token, expires = self.issue(resource)
        self.given.append(token)
        return 200, {
            "access_token": token, "expires_on": str(expires), "resource": resource,
            "token_type": "Bearer", "client_id": "00000000-0000-0000-0000-000000000000",
        }  # fmt: skip


@contextmanager
def identity_endpoint(issue: Issue) -> Iterator[IdentityEndpoint]:
    """Started and stopped."""
    endpoint = IdentityEndpoint(issue=issue)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, document = endpoint.answer(self.path, self.headers.get("X-IDENTITY-HEADER"))
            send_json(self, status, document)

        def log_message(self, *_: object) -> None: ...

    with served(ThreadingHTTPServer(("127.0.0.1", 0), Handler)) as port:
        endpoint.url = f"http://127.0.0.1:{port}/msi/token"
        yield endpoint


def send_json(
    handler: BaseHTTPRequestHandler,
    status: int,
    document: object,
    headers: Mapping[str, str] | None = None,
) -> None:
    data = json.dumps(document).encode()
    handler.send_response(status)
    for name, value in {"Content-Type": "application/json", **(headers or {})}.items():
        handler.send_header(name, value)
    handler.send_header("Content-Length", str(len(data)))
    handler.end_headers()
    handler.wfile.write(data)


@contextmanager
def served(server: socketserver.BaseServer) -> Iterator[int]:
    """A server of a thread of its own; its port."""
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield int(server.server_address[1])
    finally:
        server.shutdown()
        thread.join(60)
        server.server_close()


def sign_token(resource: str, **claims: object) -> tuple[str, int]:
    """A token as Entra ID's, valid for an hour, by a key that nobody knows: none of the test's
    servers holds it to its signature."""
    import jwt

    now, tenant = int(time.time()), "11111111-1111-1111-1111-111111111111"
    said = {
        "aud": resource, "iss": f"https://sts.windows.net/{tenant}/", "tid": tenant, "ver": "1.0",
        "iat": now - 60, "nbf": now - 60, "exp": now + 3600, "oid": secrets.token_hex(8), **claims,
    }  # fmt: skip
    return jwt.encode(said, secrets.token_bytes(32), algorithm="HS256"), now + 3600


def read_token(header: str | None) -> dict[str, object]:
    """The claims of an `Authorization` header; empty where it has none, or no token."""
    import jwt

    kind, _, token = (header or "").partition(" ")
    if kind != "Bearer":
        return {}
    return dict(jwt.decode(token, options={"verify_signature": False}))


@dataclass(kw_only=True)
class Vault:
    """Key Vault's `Get Secret`, as learn.microsoft.com/rest/api/keyvault/secrets/get-secret has it:
    a first request is refused and learns whom its token has to be for."""

    secrets: Mapping[str, str]
    is_forbidden: bool = False
    """Whether the identity has no right to read secrets."""
    asked: list[str] = field(default_factory=list)

    def answer(self, path: str, header: str | None) -> tuple[int, object, Mapping[str, str]]:
        parts, query = urlsplit(path), parse_qs(urlsplit(path).query)
        kind, _, rest = parts.path.removeprefix("/").partition("/")
        name = rest.rstrip("/")
        (version,) = query.get("api-version", [""])
        if kind != "secrets" or not re.fullmatch(r"7\.\d|20\d\d-\d\d-\d\d", version):
            return 400, _vault_error("BadParameter", f"api-version {version} of {kind}"), {}
        if read_token(header).get("aud") != "https://vault.azure.net":
            challenge = (
                'Bearer authorization="https://login.microsoftonline.com/11111111-1111-1111-1111'
                '-111111111111", resource="https://vault.azure.net"'
            )
            return 401, _vault_error("Unauthorized", "no token"), {"WWW-Authenticate": challenge}
        self.asked.append(name)
        if self.is_forbidden:
            return 403, _vault_error("Forbidden", "the caller may not get secrets"), {}
        if name not in self.secrets:
            return 404, _vault_error("SecretNotFound", f"no secret {name}"), {}
        now = int(time.time())
        return 200, {
            "value": self.secrets[name],
            "id": f"https://medallion-run.vault.azure.net/secrets/{name}/{'0' * 32}",
            "attributes": {"enabled": True, "created": now, "updated": now},
        }, {}  # fmt: skip


def _vault_error(code: str, message: str) -> dict[str, object]:
    return {"error": {"code": code, "message": message}}


@contextmanager
def key_vault(vault: Vault, context: ssl.SSLContext) -> Iterator[int]:
    """Its port."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            status, document, headers = vault.answer(self.path, self.headers.get("Authorization"))
            send_json(self, status, document, headers)

        def log_message(self, *_: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.block_on_close = False
    server.socket = context.wrap_socket(server.socket, server_side=True)
    with served(server) as port:
        yield port


@dataclass(frozen=True, kw_only=True)
class Authority:
    """An authority that the test's processes trust and no other."""

    folder: Path

    @property
    def bundle(self) -> Path:
        return self.folder / "authority.crt"

    def environment(self) -> dict[str, str]:
        """For `requests`, and for whatever asks OpenSSL for the system's authorities."""
        return {name: str(self.bundle) for name in ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE")}

    def context(self, name: str) -> ssl.SSLContext:
        certificate, key = self.certify(name)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        return context

    def certify(self, name: str) -> tuple[Path, Path]:
        """A certificate for a host's name, and its key."""
        from cryptography import x509
        from cryptography.hazmat.primitives.serialization import load_pem_private_key

        authority = x509.load_pem_x509_certificate(self.bundle.read_bytes())
        signs = load_pem_private_key((self.folder / "authority.key").read_bytes(), None)
        stem = name.replace("*", "any")
        return _certificate(self.folder, stem, name, authority.subject, signs)


def make_authority(folder: Path) -> Authority:
    from cryptography import x509
    from cryptography.x509.oid import NameOID

    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "the tests' authority")])
    _certificate(folder, "authority", "", name, None)
    return Authority(folder=folder)


def _certificate(
    folder: Path, stem: str, host: str, issuer: object, signs: object
) -> tuple[Path, Path]:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    key = ec.generate_private_key(ec.SECP256R1())
    now = datetime.now(UTC)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)]) if host else issuer
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)  # type: ignore[arg-type]
        .issuer_name(issuer)  # type: ignore[arg-type]
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=2))
        .add_extension(x509.BasicConstraints(ca=not host, path_length=None), critical=True)
    )
    if host:
        names = x509.SubjectAlternativeName([x509.DNSName(host)])
        builder = builder.add_extension(names, critical=False)
    made = builder.sign(signs or key, hashes.SHA256())  # type: ignore[arg-type]
    certificate, private = folder / f"{stem}.crt", folder / f"{stem}.key"
    certificate.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return certificate, private


@dataclass(kw_only=True)
class Names:
    """Azure's names, each at a port of this machine. What is no name of these is refused."""

    ports: Mapping[str, int]
    asked: list[str] = field(default_factory=list)
    port: int = 0

    def environment(self) -> dict[str, str]:
        proxy = dict.fromkeys(("HTTPS_PROXY", "https_proxy"), f"http://127.0.0.1:{self.port}")
        direct = dict.fromkeys(("NO_PROXY", "no_proxy"), "127.0.0.1,localhost")
        return {**proxy, **direct}


@contextmanager
def azure_names(ports: Mapping[str, int]) -> Iterator[Names]:
    """A proxy that clients ask for `NAME:443` (CONNECT), as in many companies' networks."""
    names = Names(ports=ports)

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            words = self.rfile.readline().decode().split()
            while self.rfile.readline().strip():
                pass
            host = words[1].rpartition(":")[0]
            names.asked.append(host)
            if words[0] != "CONNECT" or host not in names.ports:
                self.wfile.write(b"HTTP/1.1 502 not a name of the test\r\n\r\n")
                return
            with socket.create_connection(("127.0.0.1", names.ports[host])) as server:
                self.wfile.write(b"HTTP/1.1 200 connected\r\n\r\n")
                back = threading.Thread(target=_pump, args=(server, self.connection), daemon=True)
                back.start()
                _pump(self.connection, server)
                back.join(60)

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True
        block_on_close = False

    with served(Server(("127.0.0.1", 0), Handler)) as names.port:
        yield names


def _pump(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
    with suppress(OSError):
        target.shutdown(socket.SHUT_WR)


def use(environment: Mapping[str, str], patch: pytest.MonkeyPatch) -> None:
    """Have this process find its identity where the environment says, and nowhere else."""
    for name in (
        *(
            "AZURE_CLIENT_ID",
            "AZURE_TENANT_ID",
            "AZURE_CLIENT_SECRET",
            "AZURE_FEDERATED_TOKEN_FILE",
        ),
        *(
            "IDENTITY_ENDPOINT",
            "IDENTITY_HEADER",
            "MSI_ENDPOINT",
            "AZURE_STORAGE_CONNECTION_STRING",
        ),
    ):
        patch.delenv(name, raising=False)
    for name, value in environment.items():
        patch.setenv(name, value)


def in_an_hour() -> int:
    return int(time.time()) + 3600
