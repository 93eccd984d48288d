"""A schema registry, asked as Confluent's is: `GET /schemas/ids/7`.

Apicurio, Karapace and Redpanda answer the same. A schema never changes under its number, so that
one question each is enough for a batch.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from medallion.sources.base.source import ConnectionDetails, ExtractRequest
from medallion.sources.http.api import Answer, Api, Verdict, usual_verdict
from medallion.sources.http.client import JsonClient
from medallion.sources.http.connection import address, throttle
from medallion.sources.http.credentials import credentials_of
from medallion.sources.kafka.values.decoded import Unread

NOT_FOUND = 404
MOST_BYTES = 1024 * 1024
"""Of a schema's text."""
MOST_REFERENCES = 100
"""Of a schema, those of its references included."""
REQUESTS_PER_SECOND = 100.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Schema:
    """A schema as the registry has it.

    Attributes:
        kind: AVRO, JSON or PROTOBUF.
        text: of Protobuf the file's descriptor, in base64.
        references: by the name that it gives them, the schemas that it uses; each stands behind
            those that it uses itself.
    """

    kind: str
    text: str
    references: tuple[tuple[str, str], ...] = ()


class SchemaRegistry:
    """Asks for schemas by their numbers, and remembers the answers."""

    def __init__(self, client: JsonClient) -> None:
        self._client = client

    def find(self, schema_id: int, kind: str) -> Schema:
        """The schema of a number, with all that it refers to.

        Raises:
            Unread: there is none, or it is of another kind, or larger than any that is read.
            SourceUnavailable: the registry does not answer.
            SourceRefused: it does not let us in.
        """
        answer = self._ask(f"schemas/ids/{schema_id}", kind)
        if answer is None:
            raise Unread(f"the schema registry has no schema {schema_id}")
        what = f"schema {schema_id}"
        found = str(answer.get("schemaType") or "AVRO")
        if found != kind:
            raise Unread(f"{what} is of {found}, not of {kind}")
        references: dict[str, str] = {}
        self._follow(answer, kind, what, references, ())
        return Schema(kind=kind, text=_text_of(answer, what), references=tuple(references.items()))

    def _follow(
        self,
        answer: Mapping[str, Any],
        kind: str,
        what: str,
        found: dict[str, str],
        above: tuple[str, ...],
    ) -> None:
        """Add what a schema refers to; what that refers to comes first."""
        for name, subject, version in _references_of(answer, what):
            if name in above:
                raise Unread(f"{what} refers to itself, by {name}")
            if name in found:
                continue
            if len(found) + len(above) >= MOST_REFERENCES:
                raise Unread(f"{what} has more than {MOST_REFERENCES} references")
            path = f"subjects/{quote(subject, safe='')}/versions/{version}"
            referred = self._ask(path, kind)
            if referred is None:
                raise Unread(
                    f"{what} refers to {subject}, version {version}, which is not there"[:300]
                )
            self._follow(referred, kind, what, found, (*above, name))
            found[name] = _text_of(referred, what)

    def _ask(self, path: str, kind: str) -> Mapping[str, Any] | None:
        params = {"format": "serialized"} if kind == "PROTOBUF" else {}
        answer: Answer = self._client.get(path, params)
        if answer.ignored:
            return None
        return answer.document if isinstance(answer.document, Mapping) else {}


def _references_of(answer: Mapping[str, Any], what: str) -> Iterator[tuple[str, str, int]]:
    """Name, subject and version of each. They become a path below the registry's address, and
    nothing above it: a URL has no way to write a subject that is `.` or `..`."""
    listed = answer.get("references") or []
    for one in listed if isinstance(listed, list) else [None]:
        found = one if isinstance(one, Mapping) else {}
        name, subject, version = (found.get(key) for key in ("name", "subject", "version"))
        if not (isinstance(name, str) and isinstance(subject, str) and type(version) is int):
            raise Unread(f"the references of {what} are not in the form of a schema registry")
        if subject in ("", ".", ".."):
            raise Unread(f"{what} refers to the subject {subject!r}, which no URL can name")
        yield name, subject, version


def _text_of(answer: Mapping[str, Any], what: str) -> str:
    text = answer.get("schema")
    if not isinstance(text, str) or not text:
        raise Unread(f"the schema registry answers for {what} without a schema")
    if len(text) > MOST_BYTES:
        raise Unread(f"{what} has {len(text):,} bytes, more than {MOST_BYTES:,}")
    return text


def _verdict(status: int) -> Verdict:
    """A number that the registry does not know is the message's fault, not the registry's."""
    return Verdict.IGNORE if status == NOT_FOUND else usual_verdict(status)


def _explain(document: Any) -> str:
    said = document.get("message") if isinstance(document, Mapping) else None
    return str(said or "no explanation")


@contextmanager
def open_registry(
    details: ConnectionDetails, request: ExtractRequest, log: logging.Logger
) -> Iterator[SchemaRegistry]:
    """The registry of a connection: its host, and its login and password or its token.

    Raises:
        SetupError: the connection makes no address.
    """
    headers, secrets = credentials_of(details)
    api = Api(
        base_url=address(details),
        headers={**headers, "Accept": "application/vnd.schemaregistry.v1+json, application/json"},
        secrets=secrets,
        throttle=throttle(details, request, REQUESTS_PER_SECOND),
        explain=_explain,
        verdict=_verdict,
    )
    with JsonClient(api, log) as client:
        yield SchemaRegistry(client)
