"""YAML text → plain Python, in one pass over libyaml's events: fast, safe and strict.

It reads YAML 1.2's core types (`true`, `null`, numbers) and ISO dates, and nothing else: `yes`,
`on`, `1:30` and `007` are text, as people mean them. Keys are text as written. Duplicate keys,
anchors, aliases, merge keys, tags, second documents and deep nesting are refused, since each makes
a spec say something else than a reader sees, or makes it grow beyond what is in the file.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import yaml
from yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    StreamEndEvent,
)

from medallion.spec.files.regular_file import MAX_BYTES
from medallion.spec.yaml.problems import YamlProblem, YamlRefused, syntax_problem
from medallion.spec.yaml.scalars import resolve_scalar

MAX_DEPTH = 32
"""Mappings and lists inside one another: a column's lookup is the eighth level."""

_NO_KEY = object()
_NEVER_KEYS = frozenset(("", "<<"))


def read_yaml(data: bytes, *, may_be_empty: bool = False) -> dict[str, Any]:
    """The top-level mapping of a YAML file.

    >>> read_yaml(b"owner: cinema-data\\ncatchup: no")
    {'owner': 'cinema-data', 'catchup': 'no'}

    Args:
        data: the file.
        may_be_empty: whether a file without content is an empty mapping instead of a mistake.

    Raises:
        YamlRefused: with every problem up to the first that makes further reading pointless.
    """
    top = _Builder().build(_decode(data))
    if top is None and may_be_empty:
        return {}
    if not isinstance(top, dict):
        what = "the file is empty" if top is None else "the file is not a mapping"
        remedy = "start with `description: …`, one key a line"
        raise YamlRefused.of("top-level", what, remedy=remedy, line=1, column=1)
    return top


def _decode(data: bytes) -> str:
    if len(data) > MAX_BYTES:
        raise YamlRefused.of(
            "file-size",
            f"the file has {len(data):,} bytes, and {MAX_BYTES:,} are the most",
            remedy="split it into several pipelines",
        )
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = data[: error.start]
        raise YamlRefused.of(
            "encoding",
            f"byte 0x{data[error.start]:02x} is not UTF-8",
            remedy="save the file as UTF-8",
            line=before.count(b"\n") + 1,
            column=error.start - (before.rfind(b"\n") + 1) + 1,
        ) from error


class _Builder:
    """One pass: the container being filled, the key that waits for its value, and their parents."""

    def __init__(self) -> None:
        self.problems: list[YamlProblem] = []
        self._root: list[Any] = []
        self._container: Any = self._root
        self._key: Any = _NO_KEY
        self._parents: list[Any] = []
        self._documents = 0

    def build(self, text: str) -> Any:
        """What the text's one document says; None where it says nothing."""
        try:
            self._run(yaml.CSafeLoader(text).get_event)
        except yaml.YAMLError as error:
            raise YamlRefused([*self.problems, syntax_problem(error, text)]) from error
        if self.problems:
            raise YamlRefused(self.problems)
        return self._root[0] if self._root else None

    def _run(self, next_event: Callable[[], Any]) -> None:
        """Hot: Airflow parses every spec again and again."""
        while True:
            event = next_event()
            handler = _HANDLERS.get(type(event))
            if handler is not None:
                handler(self, event)
            elif type(event) is StreamEndEvent:
                return

    def _scalar(self, event: Any) -> None:
        if event.anchor or event.tag:
            self._refuse_extras(event)
        value = event.value
        container = self._container
        if type(container) is list:
            container.append(resolve_scalar(value) if event.implicit[0] else value)
        elif self._key is _NO_KEY:
            if value in container or value in _NEVER_KEYS:
                self._refuse_key(event)
            self._key = value
        else:
            container[self._key] = resolve_scalar(value) if event.implicit[0] else value
            self._key = _NO_KEY

    def _start_mapping(self, event: Any) -> None:
        self._start(event, {})

    def _start_list(self, event: Any) -> None:
        self._start(event, [])

    def _start(self, event: Any, child: dict[str, Any] | list[Any]) -> None:
        if event.anchor or event.tag:
            self._refuse_extras(event)
        if len(self._parents) >= MAX_DEPTH:
            self._refuse_depth(event)
        container = self._container
        if type(container) is list:
            container.append(child)
        elif self._key is _NO_KEY:
            self._stop(event, "key-type", "a key is a text, not a list or a mapping", "name it")
        else:
            container[self._key] = child
            self._key = _NO_KEY
        self._parents.append(container)
        self._container = child

    def _end(self, event: Any) -> None:
        self._container = self._parents.pop()

    def _refuse_extras(self, event: Any) -> None:
        if event.anchor:
            self._note(
                event,
                "anchor",
                f"&{event.anchor}: anchors are not used in specs",
                "write the value where it is meant; what pipelines share goes to domain.yaml",
            )
        if event.tag:
            self._note(
                event,
                "tag",
                f"{event.tag}: tags are not used in specs",
                "remove it; quote a value that is to be text",
            )

    def _refuse_depth(self, event: Any) -> None:
        self._stop(
            event,
            "depth",
            f"more than {MAX_DEPTH} lists and mappings are nested in one another",
            "no key of a spec is that deep: look for a bracket or an indentation gone wrong",
        )

    def _refuse_key(self, event: Any) -> None:
        key = event.value
        if key == "<<" and event.implicit[0]:
            self._note(
                event,
                "merge-key",
                "<<: merge keys are not used in specs",
                "write the keys out; what pipelines share goes to domain.yaml",
            )
        elif key == "":
            self._note(event, "empty-key", "a key is empty", "name it, or remove the line")
        elif key in self._container:
            self._note(
                event,
                "duplicate-key",
                f"{key} appears twice in the same mapping",
                "keep one of them: YAML would silently take the last",
                key=key,
            )

    def _refuse_alias(self, event: Any) -> None:
        self._stop(
            event,
            "alias",
            f"*{event.anchor}: aliases are not used in specs",
            "write the value out; a text that starts with * is quoted",
        )

    def _start_document(self, event: Any) -> None:
        self._documents += 1
        if self._documents > 1:
            self._stop(
                event,
                "documents",
                "a second YAML document starts here",
                "one file is one pipeline: remove the `---` or make two files",
            )

    def _note(self, event: Any, rule: str, problem: str, remedy: str, key: str = "") -> None:
        mark = event.start_mark
        self.problems.append(
            YamlProblem(
                line=mark.line + 1,
                column=mark.column + 1,
                key=key,
                rule=f"yaml-{rule}",
                problem=problem,
                remedy=remedy,
            )
        )

    def _stop(self, event: Any, rule: str, problem: str, remedy: str) -> None:
        self._note(event, rule, problem, remedy)
        raise YamlRefused(self.problems)


_HANDLERS: dict[type, Callable[[_Builder, Any], None]] = {
    ScalarEvent: _Builder._scalar,
    MappingStartEvent: _Builder._start_mapping,
    SequenceStartEvent: _Builder._start_list,
    MappingEndEvent: _Builder._end,
    SequenceEndEvent: _Builder._end,
    AliasEvent: _Builder._refuse_alias,
    DocumentStartEvent: _Builder._start_document,
}
"""Of the class: what an object has of its own methods makes a circle, which only Python's garbage
collector frees."""
