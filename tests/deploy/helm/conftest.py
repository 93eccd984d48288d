"""The examples are rendered once."""

from __future__ import annotations

import pytest
import yaml
from tests.deploy.helm.chart import EXAMPLES, Rendered, render


@pytest.fixture(scope="session")
def examples() -> dict[str, Rendered]:
    """By name: the five sets of values of deploy/helm/examples."""
    values = [yaml.safe_load(path.read_text()) for path in EXAMPLES.values()]
    return dict(zip(EXAMPLES, render(*values), strict=True))
