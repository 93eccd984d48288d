"""Names for columns, made from what a source calls its fields."""

from __future__ import annotations

from collections.abc import Sequence

from medallion.cleaning.declared.contract import LONGEST, column_name

_SIGNS = str.maketrans({
    "œ": "oe", "æ": "ae", "ß": "ss", "ø": "o", "ł": "l", "đ": "d", "°": "o", "%": " percent ",
    "€": " eur ", "$": " usd ", "#": " number ", "&": " and ",
})  # fmt: skip


def name_of(field: str) -> str:
    """A column's name for one field: that which `schema_contract: {columns: evolve}` gives it, and
    for a field that it gives none, a word for its sign; `column` where nothing of it can be kept.

    >>> name_of("Revenu à Vie (€)"), name_of("2024"), name_of("€"), name_of("価格")
    ('revenu_a_vie', 'n_2024', 'eur', 'column')
    """
    return column_name(field) or column_name(field.lower().translate(_SIGNS)) or "column"


def names_of(fields: Sequence[str], *, are_paths: bool = True) -> list[str]:
    """A name for each field, each once: a second `total` is `total_2`. Of a path, the last name is
    enough where no other field has it.

    >>> names_of(["id", "author.name", "Total", "TOTAL"])
    ['id', 'name', 'total', 'total_2']
    >>> names_of(["Date.On", "Date.Off"], are_paths=False)
    ['date_on', 'date_off']

    Args:
        fields: of one record.
        are_paths: a dot parts the names of a path into the record; else it is a sign in a header.
    """
    if not are_paths:
        fields = [field.replace(".", " ") for field in fields]
    ends = [name_of(field.rpartition(".")[2]) for field in fields]
    found: list[str] = []
    for field, end in zip(fields, ends, strict=True):
        name = end if "." not in field or ends.count(end) == 1 else name_of(field)
        number, free = 2, name
        while free in found:
            suffix = f"_{number}"
            free, number = f"{name[: LONGEST - len(suffix)]}{suffix}", number + 1
        found.append(free)
    return found
