"""Collects who read which published table from the server's log: each stretch of it once.

A stretch, what was found in it and how far the file was read commit together. Killed between two
stretches, it continues with the next. Nothing of a statement's text is kept.
"""

from __future__ import annotations

import hashlib
import logging
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from medallion.errors import MedallionError, WarehouseRefused
from medallion.names import (
    CATALOGUE_READER,
    ENVIRONMENT_PREFIX,
    METRICS_READER,
    STAGING_WRITER_PREFIX,
    WORKER_PREFIX,
    PublishedTable,
    TableName,
)
from medallion.operations.access.entries import Entry, read_note
from medallion.operations.access.log_files import CopiedLog, LogPlace, ServerLog
from medallion.operations.access.log_forms import LogForm, choose_form, form_of
from medallion.operations.access.tables import Catalogue, find_words
from medallion.sql.statement_reads import find_reads
from medallion.warehouse.journal.collection import (
    LogFile,
    LogState,
    TableReads,
    Tally,
    add_problem,
    add_reads,
    find_position,
    forget_old,
    list_published,
    list_views,
    read_log_state,
)
from medallion.warehouse.session.transaction import session

HEAD = 160
"""Bytes by which a file is known: the first entry's time, process and more."""
STRETCH = 4 * 1024**2
BUDGET_SECONDS = 240.0
MOST_ROWS = 10**15
"""Of one entry of the journal, whatever clients say."""
_OWN = tuple(
    f"{name.removesuffix('_')}_"
    for name in (
        *(WORKER_PREFIX, ENVIRONMENT_PREFIX, STAGING_WRITER_PREFIX),
        *(METRICS_READER, CATALOGUE_READER),
    )
)
UNREADABLE = "a file that the server cannot read"
NOT_AN_ENTRY, AMBIGUOUS = "not an entry of this form", "a name of several tables"


@dataclass(frozen=True, slots=True, kw_only=True)
class Collected:
    """What was collected, or why nothing can be; counts of statements are those of readers."""

    problem: str = ""
    lines: int = 0
    statements: int = 0
    reads: int = 0
    not_understood: Mapping[str, int] = field(default_factory=dict)
    forgotten: int = 0
    is_done: bool = True
    """False: the time was over; the next collection continues."""


def collect_reads(
    url: str,
    log: logging.Logger,
    *,
    is_on: bool = True,
    folder: Path | None = None,
    stretch: int = STRETCH,
    seconds: float = BUDGET_SECONDS,
) -> Collected:
    """Collect what the log has since the last time, and delete what is old.

    Args:
        url: the warehouse, as the loader.
        is_on: whether reads are journalled; off, only what is old is deleted.
        folder: of copies of the server's log; None: the server reads its files.
        stretch: bytes that are read and committed at once.
        seconds: after them it stops between two stretches.

    Raises:
        WarehouseUnavailable, WarehouseRefused: by who must act.
    """
    doing = "collecting who reads"
    place: LogPlace = ServerLog() if folder is None else CopiedLog(folder)
    with session(url, doing) as connection:
        state = read_log_state(connection)
        problem = find_problem(state, place) if is_on else "the journal of reads is switched off"
        if state.has_journal and problem:
            add_problem(connection, problem)
        forgotten = forget_old(connection) if state.has_journal else 0
    if problem:
        return Collected(problem=problem, forgotten=forgotten)
    form = choose_form(state)
    try:
        with session(url, doing) as connection:
            files = [one for one in place.list_files(connection) if form_of(one.name) is form]
    except MedallionError as error:
        if error.retryable:
            raise
        files, problem = [], f"the files of the log cannot be listed: {error.problem}"
    if not files:
        problem = problem or place.describe_empty(form)
        with session(url, doing) as connection:
            add_problem(connection, problem)
        return Collected(problem=problem, forgotten=forgotten)
    until = time.monotonic() + seconds
    return _collect_files(url, place, files, log, stretch, until, forgotten)


def find_problem(state: LogState, place: LogPlace) -> str:
    """Why the log cannot be read, or says nothing; empty: it can."""
    if not state.has_journal:
        return "there is no journal: an administrator runs `python -m medallion.cli roles`"
    if problem := place.find_problem(state):
        return problem
    if problem := choose_form(state).find_problem(state):
        return problem
    if state.zone not in ("UTC", "GMT", "Etc/UTC"):
        return f"log_timezone of the server is {state.zone}, and has to be UTC"
    return "" if state.is_logged else "the server does not log statements (log_statement)"


def _collect_files(
    url: str,
    place: LogPlace,
    files: list[LogFile],
    log: logging.Logger,
    stretch: int,
    until: float,
    forgotten: int,
) -> Collected:
    total, reads, is_done = Stretch(), 0, True
    for file in files:
        while True:
            if time.monotonic() > until:
                is_done = False
                break
            try:
                done = _collect_stretch(url, place, file, stretch)
            except WarehouseRefused as error:  # the server itself may not read it
                log.warning("%s is passed over: %s", file.name, error.problem)
                total.not_understood[UNREADABLE] += 1
                break
            if done is None:
                break
            total.add(done)
            reads += sum(one.times for one in done.list_reads())
    log.info("%s entries, %s statements of readers, %s reads of published tables",
             total.lines, total.statements, reads)  # fmt: skip
    return Collected(
        lines=total.lines,
        statements=total.statements,
        reads=reads,
        not_understood=dict(total.not_understood),
        forgotten=forgotten,
        is_done=is_done,
    )


def _collect_stretch(url: str, place: LogPlace, file: LogFile, most: int) -> Stretch | None:
    """One stretch of a file, committed; None: there is nothing more in it now."""
    with session(url, f"reading {file.name}") as connection:
        start = place.read(connection, file, 0, HEAD)
        if len(start) < HEAD:
            return None
        head = hashlib.sha256(start).hexdigest()
        position = find_position(connection, head)
        if position >= file.bytes:
            return None
        before = min(position, 1)
        content = place.read(connection, file, position - before, most + before)
        if place.read(connection, file, 0, HEAD) != start:
            return None  # its name was taken by another file meanwhile
        found = Stretch()
        taken = _take(content, before, found, is_full=len(content) == most + before, file=file)
        if not taken:
            return None
        user, database = connection.info.user, connection.info.dbname
        catalogue = Catalogue.of(list_published(connection), list_views(connection))
        found.judge(partial(_is_readers, database=database, loader=user), catalogue)
        is_ours = add_reads(
            connection, head, (position, position + taken), found.list_reads(), found.tally()
        )
    return found if is_ours else None


def _take(content: bytes, before: int, found: Stretch, *, is_full: bool, file: LogFile) -> int:
    """Hand on the entries of a stretch; how many bytes are done with.

    Args:
        content: with the byte before the stretch, unless that is the file's first.
        before: 1 with that byte, 0 without.
        is_full: the stretch ends where it does because it is long enough.
    """
    skipped = 0
    if before and content[:1] != b"\n":
        # The stretch before ended within an entry that is longer than a stretch. What a client has
        # sent must not look like the beginning of an entry here.
        end = content.find(b"\n", 1)
        skipped = (end if end > 0 else len(content)) - (1 if end < 0 else 0)
        found.not_understood[NOT_AN_ENTRY] += 1
    rest = content[before + skipped :]
    form = form_of(file.name)
    entries, taken = form.split(rest, is_whole=not is_full and file.is_quiet)
    for raw in entries:
        found.add_raw(raw, form)
    if not entries and is_full and not skipped:
        found.not_understood[NOT_AN_ENTRY] += 1
        return len(content) - before
    return skipped + taken


def _is_readers(entry: Entry, *, database: str, loader: str) -> bool:
    """Whether an entry is of somebody who reads this database, and not Medallion's own."""
    if entry.database != database or entry.user == loader:
        return False
    return not (entry.user.startswith(_OWN) and "__" in entry.user)


class _Asked:
    """A statement of a session, and what the log says of it afterwards."""

    def __init__(self, entry: Entry) -> None:
        self.entry = entry
        self.prepared = ""
        self._is_refused = False

    def is_refused_by(self, entry: Entry) -> bool:
        """Whether the server has refused it before anything was read, as an entry says.

        What comes between the error and the statement's text counts too: an error with a context
        is raised by a function, which may have seen rows by then.
        """
        if entry.prepared:
            self.prepared = entry.prepared
        if entry.level in ("ERROR", "CONTEXT"):
            self._is_refused = entry.is_refusal
        return (
            self._is_refused and entry.level == "STATEMENT" and entry.text in self.entry.statements
        )


class Stretch:
    """What a stretch of a log has: its entries, and then what readers read by them."""

    def __init__(self) -> None:
        self.lines = self.statements = self.refused = 0
        self.not_understood: Counter[str] = Counter()
        self._entries: list[Entry] = []
        self._reads: dict[tuple[PublishedTable, str, str, str], TableReads] = {}

    def add(self, other: Stretch) -> None:
        """Count another one's in."""
        self.lines += other.lines
        self.statements += other.statements
        self.refused += other.refused
        self.not_understood += other.not_understood

    def add_raw(self, raw: bytes, form: LogForm) -> None:
        """An entry as the file has it."""
        self.lines += 1
        self._entries += (entries := form.read(raw))
        if not entries and form.is_expected(raw):
            self.not_understood[NOT_AN_ENTRY] += 1

    def judge(self, is_readers: Callable[[Entry], bool], catalogue: Catalogue) -> None:
        """Find the tables that were read. A statement that the server has refused read nothing."""
        sessions: dict[str, _Asked] = {}
        for entry in filter(is_readers, self._entries):
            known = sessions.get(entry.session)
            if (note := read_note(entry)) is not None:
                self._read(sessions.pop(entry.session, None), catalogue)
                self.statements += 1
                self._add_rows(entry, *note)
            elif entry.statements:
                self._read(known, catalogue)
                sessions[entry.session] = _Asked(entry)
            elif known is not None and known.is_refused_by(entry):
                del sessions[entry.session]
                self.statements += 1
                self.refused += 1
        for one in sessions.values():
            self._read(one, catalogue)

    def _read(self, asked: _Asked | None, catalogue: Catalogue) -> None:
        if asked is None:
            return
        self.statements += 1
        tables, problem = find_tables(asked.entry.statements, asked.prepared, catalogue)
        if problem:
            self.not_understood[problem] += 1
        for table in tables:
            self._count(asked.entry, table)

    def _count(self, entry: Entry, table: PublishedTable) -> None:
        key = (table, entry.user, entry.client, entry.application)
        known = self._reads.get(key)
        self._reads[key] = TableReads(
            layer=str(table.layer),
            domain=table.domain,
            table_name=table.name,
            reader=entry.user,
            client=entry.client,
            application=entry.application,
            first_at=min(known.first_at, entry.at) if known else entry.at,
            last_at=max(known.last_at, entry.at) if known else entry.at,
            times=(known.times if known else 0) + 1,
            rows=known.rows if known else None,
        )

    def _add_rows(self, entry: Entry, name: TableName, rows: int) -> None:
        """How many rows the client of a read says it got. It is believed of what it has read in
        this stretch, and of nothing else."""
        table = PublishedTable.of(name)
        key = (table, entry.user, entry.client, entry.application)
        if (known := self._reads.get(key)) is not None:
            self._reads[key] = replace(known, rows=min((known.rows or 0) + rows, MOST_ROWS))

    def list_reads(self) -> list[TableReads]:
        """What was read, by whom."""
        return list(self._reads.values())

    def tally(self) -> Tally:
        """The figures of it."""
        return Tally(
            up_to=max((one.at for one in self._entries), default=None),
            lines=self.lines,
            statements=self.statements,
            refused=self.refused,
            not_understood=dict(self.not_understood),
        )


def find_tables(
    texts: Iterable[str], prepared: str, catalogue: Catalogue
) -> tuple[frozenset[PublishedTable], str]:
    """The published tables that a statement reads, and why it is not understood.

    Args:
        texts: of several one is what was run, and the others are pieces of it: one that is
            understood is enough. Of one that is not, names of published tables are taken where
            they stand.
        prepared: the PREPARE of what an EXECUTE has run; empty: it is none.
    """
    understood = [find_reads(text) for text in texts]
    understood += [find_reads(prepared, runs_prepared=True)] if prepared else []
    reads = {read for one in understood for read in one.reads}
    problem = ""
    if all(one.problem for one in understood):
        problem = understood[0].problem if understood else ""
        reads |= {read for text in (*texts, prepared) for read in find_words(text)}
    tables, is_ambiguous = catalogue.find_tables(reads)
    return tables, AMBIGUOUS if is_ambiguous else problem
