"""Servers and networks of these tests' own."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.failover.cluster import Cluster, cluster, network


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[Cluster]:
    """A primary and a standby that is asynchronous, on this machine's own address."""
    with cluster(tmp_path / "servers") as made:
        yield made


@pytest.fixture
def apart(tmp_path: Path) -> Iterator[Cluster]:
    """The same, with the primary behind a cable that can be pulled: root only."""
    with (
        network(f"{os.getpid() % 100_000}") as (namespace, address),
        cluster(tmp_path / "servers", namespace=namespace, address=address) as made,
    ):
        yield made
