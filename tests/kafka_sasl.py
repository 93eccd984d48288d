"""What stands before a broker of the tests and asks who comes: SASL as Kafka's protocol carries it.

Tansu asks too (`--authentication`), but its users can only be made by one who has signed in: of a
broker that is in memory nobody can. PLAIN is RFC 4616, SCRAM RFC 5802, OAUTHBEARER RFC 7628; what
carries them are Kafka's requests SaslHandshake (17) and SaslAuthenticate (36). Whoever has signed
in talks to the broker itself.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
import secrets
import socket
import struct
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs

HANDSHAKE, API_VERSIONS, AUTHENTICATE = 17, 18, 36
_NO, _UNSUPPORTED = 58, 33
"""SASL_AUTHENTICATION_FAILED, UNSUPPORTED_SASL_MECHANISM."""
ROUNDS = 4096


class Refused(Exception):
    """Whoever comes is not let in."""


@dataclass(kw_only=True)
class Door:
    """Who is let in, and who has come. `port`: where the broker itself listens, once that is known.

    `users` have passwords; `tokens` are what a bearer may show.
    """

    listens: int
    users: Mapping[str, str] = field(default_factory=dict)
    tokens: set[str] = field(default_factory=set)
    port: int = 0
    came: list[str] = field(default_factory=list)


@contextmanager
def open_door(users: Mapping[str, str]) -> Iterator[Door]:
    """The door, for as long as the block lasts."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        door = Door(listens=server.getsockname()[1], users=users)
        threading.Thread(target=_serve, args=(server, door), daemon=True).start()
        yield door
        with suppress(OSError):
            server.shutdown(socket.SHUT_RDWR)


def _serve(server: socket.socket, door: Door) -> None:
    with suppress(OSError):  # it is closed
        while True:
            came, _ = server.accept()
            threading.Thread(target=_greet, args=(came, door), daemon=True).start()


def _greet(came: socket.socket, door: Door) -> None:
    with (
        suppress(OSError, Refused, ValueError, KeyError),
        came,
        socket.create_connection(("127.0.0.1", door.port)) as broker,
    ):
        _let_in(came, broker, door)
        back = threading.Thread(target=_pump, args=(broker, came), daemon=True)
        back.start()
        _pump(came, broker)
        back.join()


def _let_in(came: socket.socket, broker: socket.socket, door: Door) -> None:
    """Answer until whoever comes has signed in.

    Raises:
        Refused: it does not; or it asks for something else before.
    """
    talk: Iterator[bytes] | None = None
    said: list[bytes] = []
    while True:
        frame = _read_frame(came)
        kind, version, correlation = struct.unpack_from(">hhi", frame)
        if kind == API_VERSIONS:
            broker.sendall(struct.pack(">i", len(frame)) + frame)
            answer = _read_frame(broker)
            came.sendall(struct.pack(">i", len(answer)) + answer)
            continue
        body = frame[10 + max(struct.unpack_from(">h", frame, 8)[0], 0) :]
        if kind == HANDSHAKE:
            mechanism = body[2 : 2 + struct.unpack_from(">h", body)[0]].decode()
            talk = _begin(mechanism, door, said)
            names = b"".join(struct.pack(">h", len(one)) + one.encode() for one in MECHANISMS)
            code = 0 if talk is not None else _UNSUPPORTED
            _answer(came, correlation, struct.pack(">hi", code, len(MECHANISMS)) + names)
        elif kind == AUTHENTICATE and talk is not None:
            said.append(body[4 : 4 + struct.unpack_from(">i", body)[0]])
            if _go_on(came, correlation, version, talk):
                return
        else:
            raise Refused("it has not signed in")


def _go_on(came: socket.socket, correlation: int, version: int, talk: Iterator[bytes]) -> bool:
    """One step of a mechanism; whether it was the last."""
    more = struct.pack(">q", 0) if version >= 1 else b""
    try:
        answer, is_last = next(talk), False
    except StopIteration as end:
        answer, is_last = end.value or b"", True
    except Refused as why:
        text = str(why).encode()
        said = struct.pack(">hh", _NO, len(text)) + text + struct.pack(">i", 0) + more
        _answer(came, correlation, said)
        raise
    body = struct.pack(">hhi", 0, -1, len(answer)) + answer + more
    _answer(came, correlation, body)
    return is_last


def _begin(mechanism: str, door: Door, said: list[bytes]) -> Iterator[bytes] | None:
    make = MECHANISMS.get(mechanism)
    return None if make is None else make(door, said, mechanism)


def _plain(door: Door, said: list[bytes], name: str) -> Iterator[bytes]:
    _, user, password = said.pop().decode().split("\0")
    _sign_in(door, name, user, hmac.compare_digest(door.users.get(user, ""), password))
    return b""
    yield b""  # a generator, as the others are


def _scram(door: Door, said: list[bytes], name: str) -> Iterator[bytes]:
    algorithm = "sha" + name.rpartition("-")[2]
    first = said.pop().decode().removeprefix("n,,")
    user, nonce = re.fullmatch("n=([^,]*),r=([^,]*)", first).groups()  # type: ignore[union-attr]
    user = user.replace("=2C", ",").replace("=3D", "=")
    salt, whole = secrets.token_bytes(16), nonce + secrets.token_hex(8)
    mine = f"r={whole},s={base64.b64encode(salt).decode()},i={ROUNDS}"
    yield mine.encode()
    last = said.pop().decode()
    bare, _, proof = last.rpartition(",p=")
    salted = hashlib.pbkdf2_hmac(algorithm, door.users.get(user, "?").encode(), salt, ROUNDS)
    signed = f"{first},{mine},{bare}".encode()
    key = hmac.digest(salted, b"Client Key", algorithm)
    signature = hmac.digest(hashlib.new(algorithm, key).digest(), signed, algorithm)
    wanted = bytes(a ^ b for a, b in zip(key, signature, strict=True))
    is_right = bare == f"c=biws,r={whole}" and base64.b64decode(proof) == wanted
    _sign_in(door, name, user, is_right and user in door.users)
    server = hmac.digest(salted, b"Server Key", algorithm)
    return b"v=" + base64.b64encode(hmac.digest(server, signed, algorithm))


def _bearer(door: Door, said: list[bytes], name: str) -> Iterator[bytes]:
    token = re.search(rb"\x01auth=Bearer ([^\x01]+)\x01", said.pop())
    _sign_in(door, name, "bearer", token is not None and token[1].decode() in door.tokens)
    return b""
    yield b""


def _sign_in(door: Door, mechanism: str, user: str, is_right: bool) -> None:
    if not is_right:
        raise Refused(f"{mechanism}: not with this password or token")
    door.came.append(f"{mechanism} {user}")


MECHANISMS = {
    "PLAIN": _plain, "SCRAM-SHA-256": _scram, "SCRAM-SHA-512": _scram, "OAUTHBEARER": _bearer,
}  # fmt: skip


def _answer(came: socket.socket, correlation: int, body: bytes) -> None:
    came.sendall(struct.pack(">ii", len(body) + 4, correlation) + body)


def _read_frame(one: socket.socket) -> bytes:
    return _read(one, struct.unpack(">i", _read(one, 4))[0])


def _read(one: socket.socket, number: int) -> bytes:
    found = b""
    while len(found) < number:
        chunk = one.recv(number - len(found))
        if not chunk:
            raise Refused("it is gone")
        found += chunk
    return found


def _pump(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while content := source.recv(65536):
            target.sendall(content)
    for one in (source, target):
        with suppress(OSError):
            one.shutdown(socket.SHUT_RDWR)


@contextmanager
def serve_tokens(door: Door, client: str, secret: str) -> Iterator[str]:
    """A token endpoint (RFC 6749, client credentials), whose tokens the door takes; its address."""

    class Endpoint(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            who = base64.b64decode(self.headers.get("Authorization", " ").split()[1]).decode()
            is_known = who == f"{client}:{secret}"
            is_asked = parse_qs(body).get("grant_type") == ["client_credentials"]
            if is_known and is_asked:
                token = _make_token(client)
                door.tokens.add(token)
                self._send(200, {"access_token": token, "token_type": "Bearer", "expires_in": 600})
            else:
                self._send(401, {"error": "invalid_client"})

        def _send(self, status: int, document: Mapping[str, object]) -> None:
            content = json.dumps(document).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Endpoint) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/token"
        server.shutdown()


def _make_token(subject: str) -> str:
    """A JWT that nobody has signed: the door knows it by its text."""
    now = int(time.time())
    claims = {"sub": subject, "iat": now, "exp": now + 600, "jti": secrets.token_hex(8)}
    parts = ({"alg": "none", "typ": "JWT"}, claims)
    encoded = [base64.urlsafe_b64encode(json.dumps(one).encode()).rstrip(b"=") for one in parts]
    return b".".join([*encoded, b"c2lnbmVk"]).decode()
