"""What a registry may answer: its references lead to its own subjects, and one in another form
sends a message to quarantine and stops no run."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any, cast

import pytest
from tests.schema_registry import Registry, serve_registry

from medallion.sources.base.source import ExtractRequest, own_pace
from medallion.sources.kafka.values.decoded import Unread
from medallion.sources.kafka.values.registry import SchemaRegistry, open_registry

REFERENCE = {"name": "a", "subject": "a", "version": 1}


@pytest.fixture
def server() -> Iterator[Registry]:
    with serve_registry() as found:
        yield found


@pytest.fixture
def registry(server: Registry) -> Iterator[SchemaRegistry]:
    request = cast("ExtractRequest", SimpleNamespace(throttle=own_pace))
    with open_registry(server.connection(), request, logging.getLogger("test")) as found:
        yield found


@pytest.mark.parametrize(
    "references", ["a", {"a": 1}, ["a"], [{}], [{**REFERENCE, "version": "1/../../../config"}]]
)
def test_references_in_another_form_are_refused(
    server: Registry, registry: SchemaRegistry, references: Any
) -> None:
    number = server.put("{}", "JSON", references=references)
    with pytest.raises(Unread, match="the references of schema 1 are not in the form of"):
        registry.find(number, "JSON")


@pytest.mark.parametrize("subject", ["", ".", ".."])
def test_a_reference_leads_to_no_other_path(
    server: Registry, registry: SchemaRegistry, subject: str
) -> None:
    number = server.put("{}", "JSON", references=[{**REFERENCE, "subject": subject}])
    with pytest.raises(Unread, match="which no URL can name"):
        registry.find(number, "JSON")
    assert server.asked == ["GET /schemas/ids/1"]


def test_a_subject_may_have_any_other_name(server: Registry, registry: SchemaRegistry) -> None:
    name = "../a/b?c#d:e é"
    server.put('"string"', "JSON", subject=name)
    number = server.put("{}", "JSON", references=[{**REFERENCE, "subject": name}])
    assert registry.find(number, "JSON").references == (("a", '"string"'),)
    assert server.asked[-1].startswith("GET /subjects/..%2Fa%2Fb%3Fc%23d%3Ae%20%C3%A9/versions/1")
