"""Who answers by TLS and speaks nothing else: whether a driver trusts it is seen before anything is
said to it."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, kw_only=True)
class Listener:
    """One that listens, with a certificate of its own making for this name and this machine.

    Attributes:
        heard: what each client sent first once it trusted the certificate.
    """

    port: int
    certificate: Path
    heard: list[bytes] = field(default_factory=list)


@contextmanager
def listen_by_tls(folder: Path, address: str = "127.0.0.1") -> Iterator[Listener]:
    """Answer each client, and hang up on what it says."""
    from pysqlbridge.certificate import self_signed

    made = self_signed()
    certificate, key = folder / "certificate.pem", folder / "key.pem"
    certificate.write_bytes(made.cert_pem)
    key.write_bytes(made.key_pem)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    with socket.create_server((address, 0)) as listening:
        listener = Listener(port=listening.getsockname()[1], certificate=certificate)
        thread = threading.Thread(
            target=_answer, args=(listening, context, listener.heard), daemon=True
        )
        thread.start()
        yield listener


def _answer(listening: socket.socket, context: ssl.SSLContext, heard: list[bytes]) -> None:
    with suppress(OSError):
        while True:
            client, _ = listening.accept()
            with suppress(OSError), context.wrap_socket(client, server_side=True) as secure:
                heard.append(secure.recv(4096))
