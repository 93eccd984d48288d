"""The beginning of a JSON document that is too long to be looked at as a whole."""

from __future__ import annotations

_CLOSED_BY = {"[": "]", "{": "}"}


def close_document(head: str) -> str:
    r"""A document's beginning as a document: cut behind its last whole value, and closed.

    >>> close_document('{"a": {"b": [{"c": 1}, {"c": 2}, {"c": "x, [')
    '{"a": {"b": [{"c": 1}, {"c": 2}]}}'
    """
    open_: list[str] = []
    in_text = escaped = False
    end, closing = 0, ""
    for at, sign in enumerate(head):
        if in_text:
            in_text = escaped or sign != '"'
            escaped = sign == "\\" and not escaped
        elif sign == '"':
            in_text = True
        elif sign in _CLOSED_BY:
            open_.append(_CLOSED_BY[sign])
        elif open_ and sign == open_[-1]:
            open_.pop()
        elif sign == ",":
            end, closing = at, "".join(reversed(open_))
    return head[:end] + closing
