"""The replay server as a process' own thread, for tests, or as its main task."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from types import TracebackType

import uvicorn

from medallion.errors import SetupError
from medallion.replay.access import Access
from medallion.replay.api import Limits, RecordedRequest, ReplayApi
from medallion.replay.catalogue import Catalogue, Film
from medallion.replay.faults import Faults
from medallion.roots import PROJECT_ROOT

FILMS_FILE = PROJECT_ROOT / "include" / "data" / "cinema" / "tmdb_films.jsonl"
"""The films of true facts that the project ships."""

_START_SECONDS = 30.0
_NO_FAULTS = Faults()


class ReplayServer:
    """A TMDB of one's own on a loopback port, until the `with` block ends.

    Args:
        films: the films, a file of JSON Lines, or None for the films that the project ships.
        faults: what is to go wrong.
        access: the credentials that are valid; by default REPLAY_TOKEN and REPLAY_API_KEY.
        limits: TMDB's page size, page limit and rate limit.
        host: the address to listen on.
        port: the port to listen on, 0 for a free one.

    Raises SetupError when the films cannot be read or the port is taken.
    """

    def __init__(
        self,
        *,
        films: Iterable[Film] | Path | None = None,
        faults: Faults = _NO_FAULTS,
        access: Access | None = None,
        limits: Limits | None = None,
        host: str = "127.0.0.1",
        port: int = 0,
    ) -> None:
        catalogue = (
            Catalogue.read(films or FILMS_FILE)
            if films is None or isinstance(films, Path)
            else Catalogue.of(films)
        )
        self._api = ReplayApi(
            catalogue=catalogue, access=access or Access(), limits=limits or Limits(), faults=faults
        )
        self._host = host
        self._socket = _listen(host, port)
        self.port: int = self._socket.getsockname()[1]
        self._started = threading.Event()
        self._uvicorn = _AnnouncingServer(
            uvicorn.Config(
                self._api.asgi,
                lifespan="off",
                access_log=False,  # it would show API keys
                log_level="critical",  # cut answers are meant
                timeout_graceful_shutdown=1,
            ),
            announce=self._started.set,
        )
        self._thread = threading.Thread(target=self._serve, name="tmdb-replay", daemon=True)

    @property
    def base_url(self) -> str:
        """The API's root, as clients are given it: `http://127.0.0.1:PORT/3`."""
        return f"http://{self._host}:{self.port}/3"

    @property
    def requests(self) -> tuple[RecordedRequest, ...]:
        """The requests answered so far, without credentials."""
        return tuple(self._api.requests)

    @property
    def left(self) -> frozenset[int]:
        """The films that were there at first and are there no more."""
        return self._api.left

    def add_faults(self, faults: Faults) -> None:
        """Let more go wrong, behind the faults that still wait."""
        self._api.add_faults(faults)

    def run(self, announce: Callable[[str], None]) -> None:
        """Serve in this thread until SIGINT or SIGTERM; `announce` gets the URL once it answers."""
        self._uvicorn.announce = lambda: announce(self.base_url)
        self._serve()

    def __enter__(self) -> ReplayServer:
        self._thread.start()
        if not self._started.wait(_START_SECONDS):
            raise SetupError(f"The replay server did not start within {_START_SECONDS:.0f} s.")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._uvicorn.should_exit = True
        self._thread.join()

    def _serve(self) -> None:
        with self._socket:
            self._uvicorn.run(sockets=[self._socket])


class _AnnouncingServer(uvicorn.Server):
    """uvicorn, telling when it answers."""

    def __init__(self, config: uvicorn.Config, *, announce: Callable[[], None]) -> None:
        super().__init__(config)
        self.announce = announce

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start as uvicorn does, then say so."""
        await super().startup(sockets)
        self.announce()


def _listen(host: str, port: int) -> socket.socket:
    """Bound here and not by uvicorn, which hides the port it got and exits when it gets none."""
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise SetupError(
            f"The replay server cannot listen on {host}:{port}: {error.strerror}.",
            remedy="Give a free port with --port, or 0 for any.",
        ) from error
    return listener
