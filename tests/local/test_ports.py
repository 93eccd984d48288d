"""Free ports."""

from __future__ import annotations

import socket

from medallion.local.ports import HOST, free_port, port_is_free, port_is_free_within


def test_a_taken_port_is_not_free_and_another_is_found() -> None:
    with socket.socket() as taken:
        taken.bind((HOST, 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert not port_is_free(port)
        assert not port_is_free_within(port, 0.1)
        assert free_port(port) != port
    assert port_is_free(port)


def test_the_preferred_port_is_taken_when_it_is_free() -> None:
    port = free_port()
    assert free_port(port) == port
