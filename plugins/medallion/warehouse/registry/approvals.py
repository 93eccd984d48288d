"""What people were asked before a publication, and what they decided."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from functools import cache

from psycopg.rows import dict_row
from psycopg.types.json import Jsonb
from pydantic import TypeAdapter

from medallion.names import PublishedTable
from medallion.run import Run
from medallion.warehouse.session.json_values import as_json
from medallion.warehouse.session.statements import statements
from medallion.warehouse.session.transaction import Session

SQL = "registry/approvals.sql"
APPROVED, REJECTED, TIMED_OUT, REFUSED = "approved", "rejected", "timed_out", "refused"
PROTECTED = "(protected)"
"""In place of a value of a personal column."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExampleRow:
    """A row that is added, removed or changed. `cells`: column, before, after; a value that is
    NULL or not there is None. Of a protected column there is none."""

    kind: str
    key: tuple[str, ...]
    cells: tuple[tuple[str, str | None, str | None], ...]

    def without(self, hidden: frozenset[str] | None, key: Sequence[str]) -> ExampleRow:
        """The same without values of some columns; None: of all.

        Args:
            key: the names of the key's columns. Where they are not known, no value of it is kept.
        """
        if hidden is None:
            return replace(self, key=(PROTECTED,) * len(self.key), cells=())
        names = key if len(key) == len(self.key) else [None] * len(self.key)
        hides = {*hidden, None} if hidden else set[str | None]()
        values = zip(names, self.key, strict=True)
        return replace(
            self,
            key=tuple(PROTECTED if name in hides else value for name, value in values),
            cells=tuple(cell for cell in self.cells if cell[0] not in hidden),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What the person who decides is shown. Counts of rows; None: it could not be compared."""

    why: str
    """Why a person is asked."""
    write_disposition: str
    rows_before: int | None
    """What readers have; None: nothing was published yet."""
    version_before: int | None
    rows_staged: int
    rows_read: int
    rows_quarantined: int
    rows_deduplicated: int
    rows_discarded: int
    breaks: tuple[str, ...] = ()
    """Columns that go or change their type, in words."""
    columns_added: tuple[str, ...] = ()
    readers: tuple[str, ...] = ()
    """Who reads the table, where something breaks."""
    reader_domains: tuple[str, ...] = ()
    """Of each of the readers; empty: it belongs to no domain, or to the table's own."""
    readers_elsewhere: int = 0
    """How many more there are, in domains that the person may not see."""
    gates: tuple[tuple[str, int], ...] = ()
    """By status, how many checks."""
    attention: tuple[str, ...] = ()
    """What a gate warned of or quarantined, in a line each."""
    added: int | None = None
    removed: int | None = None
    changed: int | None = None
    same: int | None = None
    changed_columns: tuple[tuple[str, int], ...] = ()
    examples: tuple[ExampleRow, ...] = ()
    key: tuple[str, ...] = ()
    """The columns of the primary key, in the order of the examples' keys; empty: an older
    Medallion has asked."""
    notes: tuple[str, ...] = ()
    """What else has to be known: why rows were not compared, that readers have something newer."""

    def columns(self) -> frozenset[str]:
        """All that the examples have a value of."""
        return frozenset(self.key).union(*({c[0] for c in one.cells} for one in self.examples))

    def without(self, hidden: frozenset[str] | None, key: Sequence[str]) -> Question:
        """Without the values of columns that have come to be personal since; None: of all.

        Args:
            key: the primary key, as it is now.
        """
        names = self.key or key
        return replace(self, examples=tuple(one.without(hidden, names) for one in self.examples))

    def as_seen_by(self, domains: Collection[str]) -> Question:
        """Without the names of readers in domains that a person may not see."""
        seen = [
            (reader, domain)
            for reader, domain in zip(self.readers, self.reader_domains, strict=False)
            if not domain or domain in domains
        ]
        return replace(
            self,
            readers=tuple(reader for reader, _ in seen),
            reader_domains=tuple(domain for _, domain in seen),
            readers_elsewhere=len(self.readers) - len(seen),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedApproval:
    """One question. Times in UTC; `decision` None: it waits."""

    approval_id: int
    dag_id: str
    run_id: str
    code: str
    question: Question
    asked_at: datetime
    decided_at: datetime | None
    decided_by: str | None
    decision: str | None
    comment: str = field(default="")

    def without(self, hidden: frozenset[str] | None, key: Sequence[str]) -> AskedApproval:
        """Without the values of columns that have come to be personal since."""
        return replace(self, question=self.question.without(hidden, key))

    def as_seen_by(self, domains: Collection[str]) -> AskedApproval:
        """Without the names of readers in domains that a person may not see."""
        return replace(self, question=self.question.as_seen_by(domains))


def ask(connection: Session, run: Run, table: PublishedTable, code: str, question: Question) -> int:
    """Keep a question, in place of one of the same run that nobody has answered; its number."""
    named, key = statements(SQL), _key(run, table)
    connection.execute(named["withdraw"], key)
    values = {**key, "code": code, "question": Jsonb(asdict(question), dumps=as_json)}
    row = connection.execute(named["ask"], values).fetchone()
    assert row is not None  # noqa: S101  # RETURNING
    return int(row[0])


def withdraw_all(connection: Session, dag_id: str, run_id: str) -> None:
    """Take back what a run that is over has asked: there is no form any longer."""
    connection.execute(statements(SQL)["withdraw_all"], {"dag_id": dag_id, "run_id": run_id})


def decide(
    connection: Session, approval_id: int, decision: str, by: str | None, comment: str
) -> bool:
    """Keep a decision; False where there is one already."""
    values = {
        "approval_id": approval_id,
        "decision": decision,
        "decided_by": by,
        "comment": comment,
    }
    return connection.execute(statements(SQL)["decide"], values).fetchone() is not None


def read_question(connection: Session, approval_id: int) -> tuple[str, bool]:
    """What a question is about, and whether the same run has asked about something else before."""
    row = connection.execute(statements(SQL)["asked"], {"approval_id": approval_id}).fetchone()
    return (str(row[0]), bool(row[1])) if row else ("", False)


def is_approved(connection: Session, run: Run, table: PublishedTable, code: str) -> bool:
    """Whether somebody has approved that this run publishes this very thing."""
    row = connection.execute(
        statements(SQL)["is_approved"], {**_key(run, table), "code": code}
    ).fetchone()
    return bool(row and row[0])


def approvals_of(
    connection: Session, table: PublishedTable, most: int = 20
) -> Sequence[AskedApproval]:
    """The last questions about a table, the latest first."""
    asked = {**table.key(), "most": most}
    with connection.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(statements(SQL)["of_table"], asked).fetchall()
    kept = _adapter()
    return [
        AskedApproval(**{**row, "question": kept.validate_python(row["question"])}) for row in rows
    ]


def gates_of(
    connection: Session, run: Run, table: PublishedTable
) -> Sequence[tuple[str, str, int | None, int | None]]:
    """The checks that a run's rows of a table have passed through: name, status, rows that failed,
    rows checked."""
    return connection.execute(statements(SQL)["gates_of"], _key(run, table)).fetchall()


@cache
def _adapter() -> TypeAdapter[Question]:
    return TypeAdapter(Question)


def _key(run: Run, table: PublishedTable) -> dict[str, object]:
    return {**run.ids(), **table.key()}
