"""Free TCP ports on the loopback interface."""

from __future__ import annotations

import socket
import time

HOST = "127.0.0.1"


def port_is_free(port: int, host: str = HOST) -> bool:
    """Whether a server could listen on the port now."""
    with socket.socket() as probe:
        # As servers do: a port whose last connections only linger counts as free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def somebody_listens(port: int, host: str = HOST) -> bool:
    """Whether a connection to the port is taken."""
    with socket.socket() as probe:
        probe.settimeout(2.0)
        return probe.connect_ex((host, port)) == 0


def port_is_free_within(port: int, seconds: float, host: str = HOST) -> bool:
    """Whether the port is free, or becomes so while we wait."""
    deadline = time.monotonic() + seconds
    while not port_is_free(port, host):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def free_port(preferred: int | None = None, host: str = HOST) -> int:
    """The preferred port when it is free, else one that the system picks."""
    if preferred is not None and port_is_free(preferred, host):
        return preferred
    with socket.socket() as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])
