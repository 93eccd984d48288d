"""Whether a server can be reached: its name, its port, and whether it speaks TLS."""

from __future__ import annotations

import socket
import struct
from collections.abc import Iterator
from shlex import quote

from medallion.warehouse.doctor.finding import Finding

SECONDS = 5.0
"""For each address; what is silent for so long is behind a firewall."""

_SSL_REQUEST = struct.pack("!ii", 8, 80877103)
"""What libpq sends first: PostgreSQL answers S or N, before any login."""
_DEMANDS_TLS = ("require", "verify-ca", "verify-full")

_Addresses = list[tuple[int, tuple[str, int]]]


def look_at_name(subject: str, host: str, port: int) -> tuple[Finding, _Addresses]:
    """Resolve a host's name; the addresses are empty where that fails."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        return _explain_unknown_name(subject, host, error), []
    addresses: _Addresses = [
        (int(family), (str(place[0]), int(place[1]))) for family, _, _, _, place in found
    ]
    listed = ", ".join(dict.fromkeys(place[0] for _, place in addresses))
    return Finding(
        subject=subject, layer="name", verdict="ok", says=f"{host} is {listed}"
    ), addresses


def _explain_unknown_name(subject: str, host: str, error: Exception) -> Finding:
    is_passing = getattr(error, "errno", None) == socket.EAI_AGAIN
    short = "." not in host.removesuffix(".svc")
    cause = "the name is misspelt, or of another network"
    if is_passing:
        cause = "no name server answers: a NetworkPolicy must allow port 53, UDP and TCP, to it"
    elif short or ".svc" in host:
        cause = (
            "in Kubernetes, the namespace: of a service in another one the name is "
            "SERVICE.NAMESPACE.svc.cluster.local"
        )
    service = quote(host.partition(".")[0])
    return Finding(
        subject=subject,
        layer="name",
        verdict="failed",
        says=f"{host} has no address: {getattr(error, 'strerror', None) or error}",
        cause=cause,
        confirm=f"getent hosts {quote(host)}; kubectl get services -A | grep {service}",
    )


def look_at_port(subject: str, host: str, port: int, addresses: _Addresses) -> Finding:
    """Open TCP to each address: libpq takes the first that answers."""
    failures: dict[str, OSError] = {}
    reached: list[str] = []
    for family, place in addresses:
        try:
            with socket.socket(family, socket.SOCK_STREAM) as opened:
                opened.settimeout(SECONDS)
                opened.connect(place)
            reached.append(place[0])
        except OSError as error:
            failures[place[0]] = error
    if not reached:
        return _explain_silence(subject, host, port, failures)
    says = f"port {port} of {', '.join(dict.fromkeys(reached))} answers"
    if not failures:
        return Finding(subject=subject, layer="tcp", verdict="ok", says=says)
    silent = ", ".join(failures)
    return Finding(
        subject=subject,
        layer="tcp",
        verdict="warning",
        says=f"{says}, {silent} does not",
        cause="the name has an IPv6 address that nothing listens on, or no way leads to: each "
        "connection may wait for it first"
        if any(":" in one for one in failures)
        else "one of several servers behind the name is down",
        confirm=f"nc -vz {quote(host)} {port}",
    )


def _explain_silence(subject: str, host: str, port: int, failures: dict[str, OSError]) -> Finding:
    error = next(iter(failures.values()))
    if any(isinstance(one, ConnectionRefusedError) for one in failures.values()):
        cause = (
            "nothing listens there: the port is another one, the server is down, or its "
            "listen_addresses leaves this address out"
        )
    elif any(isinstance(one, TimeoutError) for one in failures.values()):
        cause = (
            "something drops it: a NetworkPolicy, a firewall or a security group between here and "
            "there"
        )
    else:
        cause = "no way leads there from this network"
        if all(":" in one for one in failures):
            cause += ": the name has IPv6 addresses alone, and this machine may have no IPv6"
    return Finding(
        subject=subject,
        layer="tcp",
        verdict="failed",
        says=f"port {port} of {', '.join(failures)} cannot be opened: {error.strerror or error}",
        cause=cause,
        confirm=f"nc -vz {quote(host)} {port}",
    )


def look_at_tls(subject: str, host: str, port: int, sslmode: str) -> Finding:
    """Ask PostgreSQL whether it speaks TLS. Certificates are judged at the login, by libpq."""
    command = f"openssl s_client -starttls postgres -connect {quote(f'{host}:{port}')}"
    try:
        with socket.create_connection((host, port), timeout=SECONDS) as opened:
            opened.sendall(_SSL_REQUEST)
            answer = opened.recv(1)
    except OSError as error:
        return Finding(
            subject=subject,
            layer="tls",
            verdict="failed",
            says=f"the server does not answer: {error.strerror or error}",
            cause="it is up and hangs, or it is not a PostgreSQL",
            confirm=command,
        )
    return next(_judge_tls(subject, answer, sslmode, command))


def _judge_tls(subject: str, answer: bytes, sslmode: str, command: str) -> Iterator[Finding]:
    if answer not in (b"S", b"N"):
        yield Finding(
            subject=subject,
            layer="tls",
            verdict="failed",
            says="what listens there does not speak PostgreSQL's protocol",
            cause="the port is another server's, or a proxy ends TLS before PostgreSQL",
            confirm=command,
        )
    speaks = answer == b"S"
    if not speaks and sslmode in _DEMANDS_TLS:
        yield Finding(
            subject=subject,
            layer="tls",
            verdict="failed",
            says=f"the server does not speak TLS, and sslmode={sslmode} demands it",
            cause="`ssl` is off at the server, or a pooler is in between that has no certificate; "
            "sslmode=prefer would send the password over a line that anybody on it reads",
            confirm=command,
        )
    if not speaks:
        yield Finding(
            subject=subject,
            layer="tls",
            verdict="warning",
            says="the server does not speak TLS: what is sent can be read on the way",
            cause="`ssl` is off at the server; within one machine that is usual",
            confirm=command,
        )
    if sslmode == "disable":
        yield Finding(
            subject=subject,
            layer="tls",
            verdict="warning",
            says="the server speaks TLS, and sslmode=disable does not use it",
            cause="the connection's `sslmode`",
            confirm=command,
        )
    says = f"the server speaks TLS (sslmode={sslmode})"
    yield Finding(subject=subject, layer="tls", verdict="ok", says=says)
