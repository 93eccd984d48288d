"""Requests that are sure to come, made while the answers before them are read.

An API that takes a tenth of a second gives ten pages a second to somebody who asks for one after
the other, whatever its budget allows. Where the numbers of the pages are known, several are under
way at once, at the connection's pace. They are read in their order all the same: an answer waits
until it is asked for. A request that fails counts as the first attempt of its page.

As many answers may wait as requests are under way: one whose turn comes late, of a window that is
read after others, takes the place of none of these. Each is held in memory. One that is larger than
its share is let go, and asked for when its turn comes.
"""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from http import HTTPStatus
from types import TracebackType

from medallion.sources.http.api import Answer, Call
from medallion.sources.http.client import JsonClient, NotWanted, Received

MOST_BYTES = 64 * 1024 * 1024
"""Of all answers that wait."""
MOST_MISSES = 5
"""So often another request may come than the one that was expected."""


@dataclass(slots=True)
class _Begun:
    """A request under way, or its answer that waits."""

    share: int
    """Bytes that its answer may have."""
    is_wanted: bool = True

    def takes(self, size: int) -> bool:
        """Whether an answer of so many bytes is still waited for."""
        return self.is_wanted and size <= self.share


class Ahead:
    """Asks for answers, some of them before their turn. A context manager."""

    def __init__(self, client: JsonClient) -> None:
        self._client = client
        self._most = client.at_once if client.at_once > 1 else 0
        self._width = self._most
        """So many requests are under way, at most: few after a failure, then more."""
        self._misses = 0
        self._begun: dict[object, tuple[_Begun, Future[Received]]] = {}
        self._pool: ThreadPoolExecutor | None = None

    def __enter__(self) -> Ahead:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.forget()
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)

    def expect(self, calls: Iterable[Call]) -> None:
        """Begin the requests that come next, in their order, as many as there is room for."""
        if not self._width:
            return
        for call in calls:
            if not self._has_room():
                return
            if call.key not in self._begun:
                self._begin(call)

    def _has_room(self) -> bool:
        """Whether one more request may be made. None is behind one that has failed."""
        under_way = 0
        for _, answer in self._begun.values():
            if not answer.done():
                under_way += 1
            elif answer.cancelled() or answer.exception():
                return False
        return under_way < self._width and len(self._begun) < 2 * self._width

    def has(self, call: Call) -> bool:
        """Whether a request has been made before its turn."""
        return call.key in self._begun

    def peek(self, call: Call) -> bytes | None:
        """The body of an answer that waits for its turn; None: there is none, or it is no good. It
        tells what comes after it, and is asked for all the same."""
        _, begun = self._begun.get(call.key, (None, None))
        if begun is None or not begun.done() or begun.cancelled() or begun.exception():
            return None
        received = begun.result()
        return received.content if received.response.status_code == HTTPStatus.OK else None

    def ask(self, call: Call) -> Answer:
        """The answer to a request; raises what `JsonClient.ask` raises."""
        _, begun = self._begun.pop(call.key, (None, None))
        if begun is None:
            if self._begun:  # another one was expected: the next would not be right either
                self.forget()
                self._misses += 1
                if self._misses > MOST_MISSES:
                    self._stop()
            return self._client.ask(call)

        def receive() -> Received:
            try:
                received = begun.result()
            except NotWanted:
                self._stop()
                return self._client.send(call)
            except Exception:
                self._width = 1
                raise
            self._width = min(self._width + 1, self._most)
            return received

        return self._client.ask(call, receive)

    def forget(self) -> None:
        """Let all go that was not asked for yet: the list has changed since."""
        for begun, answer in self._begun.values():
            begun.is_wanted = False
            answer.cancel()
        if self._begun:
            self._width = min(self._width, 1)
        self._begun.clear()

    def _stop(self) -> None:
        """Ask for one after the other from now on."""
        self._most = self._width = 0

    def _begin(self, call: Call) -> None:
        if self._pool is None:
            self._pool = ThreadPoolExecutor(self._most, "medallion-ahead")
        begun = _Begun(share=MOST_BYTES // (2 * self._most))
        self._begun[call.key] = begun, self._pool.submit(self._client.send, call, begun.takes)
