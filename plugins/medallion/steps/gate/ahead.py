"""Asks the server what Great Expectations is about to ask, while that is still being imported.

Importing Great Expectations takes two seconds of a processor in a process that has nothing, and
setting it up 0.2 s in any; meanwhile the server has nothing to do. Here it gets the questions of
`foreseen.py` in threads. When Great Expectations asks one of them, in the very same words, it gets
the answer that has come or is coming; everything else it asks itself. So it stays the judge: which
questions there are, and what their answers mean, is its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from medallion.checks.outcome import PlannedCheck
from medallion.steps.gate.foreseen import Arguments, foresee_scan, foresee_search, list_keys
from medallion.warehouse.tables.primary_key import ask_unique_index

if TYPE_CHECKING:
    import sqlalchemy as sa

ASKING = ("sqlalchemy", "sqlalchemy.dialects.postgresql.psycopg2", "psycopg2.extras")
"""What is imported to ask: a fifth of what Great Expectations imports."""

_CANCELLED = "57014"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The place of an answer: a column of a row that is coming. None: nothing was asked."""

    row: Future[Sequence[Any] | None]
    place: int


@dataclass(kw_only=True)
class Ahead:
    """What was asked ahead, by the text of each single question."""

    engine: sa.Engine
    answers: dict[str, Answer] = field(default_factory=dict)
    _running: set[Any] = field(default_factory=set)

    def expect(self, query: sa.Select[Any], row: Future[Sequence[Any] | None]) -> None:
        """Note where the answers to each of a query's columns will be."""
        for place, column in enumerate(query.selected_columns):
            text = self._text(query, column)
            if text:
                self.answers[text] = Answer(row=row, place=place)

    def ask(self, query: sa.Select[Any]) -> Sequence[Any]:
        """The one row of a query; in a thread of its own."""
        with self.engine.connect() as connection, self._cancellable(connection):
            return tuple(connection.execute(query).one())

    def search(self, query: sa.Select[Any], names: Sequence[str], key: str) -> Sequence[Any] | None:
        """The same, unless an index has proven that there is nothing to find: then GX asks of no
        row (`proven_keys.py`)."""
        question, values = ask_unique_index(names, [key])
        with self.engine.connect() as connection:
            if connection.exec_driver_sql(question, values).scalar():
                return None
            with self._cancellable(connection):
                return tuple(connection.execute(query).one())

    def answer_from(self, gx_engine: Any) -> None:
        """Have an execution engine of GX look here before it asks the server."""
        ask = gx_engine.execute_query

        def execute_query(query: Any) -> Any:
            found = self._find(query, ask)
            return ask(query) if found is None else found

        gx_engine.execute_query = execute_query

    def end(self) -> None:
        """End what nobody waits for any longer. A query that is only just being sent may miss being
        cancelled: it is asked again until all have ended."""
        rows = {answer.row for answer in self.answers.values()}
        for row in rows:
            row.cancel()
        while wait(rows, timeout=0.05).not_done:
            for connection in tuple(self._running):
                with suppress(Exception):  # it has ended meanwhile, or the server is gone
                    connection.cancel()

    @contextmanager
    def _cancellable(self, connection: sa.Connection) -> Iterator[None]:
        driver = connection.connection.dbapi_connection
        self._running.add(driver)
        try:
            yield
        finally:
            self._running.discard(driver)

    def _find(self, query: Any, ask: Any) -> Any:
        """What GX gets for a query; None where it has to ask all of it itself."""
        import sqlalchemy as sa

        if not isinstance(query, sa.Select):
            return None
        columns = list(query.selected_columns)
        known = {at: value for at, c in enumerate(columns) for value in self._value(query, c)}
        if not known:
            return None
        left = [at for at in range(len(columns)) if at not in known]
        if left:
            asked = query.with_only_columns(
                *(columns[at] for at in left), maintain_column_froms=True
            )
            known |= dict(zip(left, ask(asked).one(), strict=True))
        return _make_result([column.key for column in columns], [known[at] for at in sorted(known)])

    def _value(self, query: sa.Select[Any], column: Any) -> Iterator[Any]:
        """The answer to one column of a query, if there is one."""
        import sqlalchemy as sa

        found = self.answers.get(self._text(query, column))
        if found is None:
            return
        try:
            row = found.row.result()
        except sa.exc.SQLAlchemyError as error:
            # GX asks, and gets the error itself; but one of time would take as long once more.
            if getattr(getattr(error, "orig", None), "pgcode", None) == _CANCELLED:
                raise
            return
        if row is not None:
            yield row[found.place]

    def _text(self, query: sa.Select[Any], column: Any) -> str:
        """A question for one value, as SQL without parameters; empty where it cannot be written."""
        import sqlalchemy as sa

        bare = column.element if isinstance(column, sa.Label) else column
        single = query.with_only_columns(bare, maintain_column_froms=True)
        try:
            return str(
                single.compile(dialect=self.engine.dialect, compile_kwargs={"literal_binds": True})
            )
        except (sa.exc.CompileError, NotImplementedError):
            return ""


def _make_result(names: Sequence[str | None], row: Sequence[Any]) -> Any:
    from sqlalchemy.engine.result import IteratorResult, SimpleResultMetaData

    keys = [name or f"column_{at}" for at, name in enumerate(names)]
    return IteratorResult(SimpleResultMetaData(keys), iter([tuple(row)]))


@contextmanager
def ask_ahead(
    url: sa.URL,
    names: tuple[str, str],
    columns: Sequence[str],
    checks: Sequence[PlannedCheck],
    kwargs: Mapping[str, Arguments],
) -> Iterator[Ahead]:
    """Ask what can be foreseen, in threads, for as long as the block lasts.

    Args:
        url: of the role that GX asks as.
        names: the schema and the name of the table.
        columns: the names of its columns.
        checks: what GX will be given.
        kwargs: by check id, the arguments as GX takes them.
    """
    import sqlalchemy as sa

    _, table = names
    ahead = Ahead(engine=sa.create_engine(url, poolclass=sa.NullPool))
    scan = foresee_scan(table, checks, kwargs)
    keys = list_keys(checks, kwargs)
    with ThreadPoolExecutor(2, "medallion-ahead") as pool:
        try:
            if scan is not None:
                ahead.expect(scan, pool.submit(ahead.ask, scan))
            for key in keys:
                search = foresee_search(table, key, columns)
                ahead.expect(search, pool.submit(ahead.search, search, names, key))
            yield ahead
        finally:
            ahead.end()
            ahead.engine.dispose()
