"""Somebody who reads all the time, and connects again when the connection is lost."""

from __future__ import annotations

import threading
import time
from types import TracebackType

import psycopg
from psycopg import sql


class Reader:
    """Asks one question again and again in a thread; `seen`: its answers, each once in a row."""

    def __init__(self, url: str, question: str) -> None:
        self._url, self._question = url, question
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._read)
        self.seen: list[list[tuple[object, ...]]] = []
        self.answers = 0
        self.lost = 0
        self.longest = 0.0
        """Seconds between two answers."""
        self.problems: list[str] = []

    def __enter__(self) -> Reader:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._ended.set()
        self._thread.join()

    def _read(self) -> None:
        last = time.monotonic()
        while not self._ended.is_set():
            try:
                with psycopg.connect(self._url, autocommit=True) as connection:
                    while not self._ended.is_set():
                        self._note(connection.execute(sql.SQL(self._question)).fetchall())
                        last = self._measure(last)
                        time.sleep(0.01)
            except psycopg.OperationalError:  # the server is gone, or a standby in the way
                self.lost += 1
                time.sleep(0.1)
            except psycopg.Error as error:
                self.problems.append(str(error))
                return

    def _measure(self, last: float) -> float:
        now = time.monotonic()
        self.longest = max(self.longest, now - last)
        return now

    def _note(self, answer: list[tuple[object, ...]]) -> None:
        self.answers += 1
        if not self.seen or self.seen[-1] != answer:
            self.seen.append(answer)
