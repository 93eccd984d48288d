"""The hosts that a connection names: one, or several of which one is the primary."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote


@dataclass(frozen=True, slots=True)
class Host:
    """A server's name or address, and its port; an empty port is libpq's own."""

    name: str
    port: str = ""

    def in_url(self) -> str:
        """As a URL has it.

        >>> Host("fd00::1", "5433").in_url(), Host("/run/postgresql").in_url()
        ('[fd00::1]:5433', '%2Frun%2Fpostgresql')
        """
        name = f"[{self.name}]" if ":" in self.name else quote(self.name, safe="")
        return f"{name}:{self.port}" if self.port else name


def read_hosts(host: str, port: int | None) -> tuple[Host, ...]:
    """The hosts of an Airflow connection: separated by commas, each with a port of its own or with
    the connection's.

    >>> read_hosts("db1,db2:6432,[fd00::1]:6433,fd00::2", 5432)
    (Host(name='db1', port='5432'), Host(name='db2', port='6432'), \
Host(name='fd00::1', port='6433'), Host(name='fd00::2', port='5432'))
    """
    return tuple(_read_host(one.strip(), str(port or "")) for one in host.split(","))


def _read_host(text: str, port: str) -> Host:
    if text.startswith("["):
        name, _, rest = text[1:].partition("]")
        return Host(name, rest.removeprefix(":") or port)
    name, colon, own = text.partition(":")
    return Host(text, port) if not colon or ":" in own else Host(name, own or port)
