"""A day's operations as the file that the bank delivers: French, in Latin-1, with semicolons."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal

from medallion.bank.operations import KINDS, Operation

ENCODING = "latin-1"
HEADER = ("Référence", "Date", "Client", "Type", "Montant", "Devise", "Pays", "Libellé")


def file_name(day: date) -> str:
    """`transactions_2026-01-05.csv`: the finance domain's spec looks for this pattern."""
    return f"transactions_{day.isoformat()}.csv"


def content(lines: Iterable[bytes]) -> bytes:
    """A whole file: the header, then the lines, which are encoded already."""
    return b"".join([line(HEADER), *lines])


def line(fields: Sequence[str]) -> bytes:
    """One line in Latin-1 with CR LF; a field with a semicolon or a quote is quoted.

    >>> line(["é", "a;b"])
    b'\\xe9;"a;b"\\r\\n'
    """
    written = io.StringIO()
    csv.writer(written, delimiter=";", lineterminator="\r\n").writerow(fields)
    return written.getvalue().encode(ENCODING)


def fields_of(operation: Operation) -> dict[str, str]:
    """An operation's texts, by the file's columns."""
    texts = (
        operation.reference,
        f"{operation.booked_at:%d/%m/%Y %H:%M:%S}",
        operation.customer_id,
        KINDS[operation.kind],
        amount(operation.amount),
        operation.currency,
        operation.country,
        operation.label,
    )
    return dict(zip(HEADER, texts, strict=True))


def line_of(operation: Operation) -> bytes:
    """In the bank's encoding, with its separator and its line end."""
    return line(tuple(fields_of(operation).values()))


def amount(value: Decimal) -> str:
    """As the bank writes it: a decimal comma, blanks that do not break between thousands.

    >>> amount(Decimal("1234567.50"))
    '1\\xa0234\\xa0567,50'
    """
    return f"{value:,}".replace(",", "\xa0").replace(".", ",")
