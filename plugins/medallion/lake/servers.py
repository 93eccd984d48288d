"""Which PostgreSQL the lake's warehouse is on: a small file at the lake's root.

A standby that is promoted begins a new timeline. The former primary does not know that it is one:
where it comes back, it takes writes as before. The lake has seen the newer timeline.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from medallion.errors import LakeError
from medallion.lake.storage import ensure_folder, write_whole, writing

if TYPE_CHECKING:
    from medallion.lake.storage import LakePath

NAME = ".medallion-server"
_KEY = "servers"


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A PostgreSQL's system identifier, which its standbys share, and its timeline, which a
    promotion or a restore to a point in time counts up."""

    system: str
    timeline: int

    def __str__(self) -> str:
        return f"{self.system}, timeline {self.timeline}"


def read_servers(root: LakePath) -> tuple[Server, ...]:
    """The servers that the warehouse was on, the present one last; empty: none has said so.

    Raises:
        LakeError: the file is not one of ours, or cannot be read.
    """
    path = root / NAME
    try:
        return tuple(_read(path.read_bytes()))
    except (FileNotFoundError, NotADirectoryError):
        return ()
    except (ValueError, KeyError, TypeError) as error:
        raise LakeError(
            f"{path} does not say which server the warehouse is on",
            remedy="delete it: the next publication writes it again",
        ) from error
    except OSError as error:
        raise LakeError(
            f"{path} cannot be read: {error.strerror or error}",
            remedy="may Airflow's user read the lake?",
        ) from error


def keep_server(root: LakePath, server: Server) -> None:
    """Make a server the present one.

    Raises:
        LakeError, LakeUnavailable: it cannot be written.
    """
    former = [one for one in read_servers(root) if one.system != server.system]
    listed = [{"system": one.system, "timeline": one.timeline} for one in (*former, server)]
    with writing(root / NAME):
        ensure_folder(root)
        write_whole(root / NAME, json.dumps({_KEY: listed}).encode() + b"\n")


def _read(content: bytes) -> Iterator[Server]:
    for one in json.loads(content)[_KEY]:
        yield Server(system=str(one["system"]), timeline=int(one["timeline"]))
