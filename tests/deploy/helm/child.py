"""Helm in a process of its own: its library is Go, whose threads have no place where others fork.
Reads a JSON list of values from standard input, and prints what Helm makes of each."""

from __future__ import annotations

import json
import sys
from typing import Any

CHART, NAME, NAMESPACE, OLDEST = sys.argv[1:5]


def main() -> None:
    """For each values: what lint finds, and the files that they render to, or the error."""
    import helm_python as helm

    with helm.Chart.load(CHART) as chart:
        found = [_render(helm, chart, values) for values in json.load(sys.stdin)]
    sys.stdout.write(json.dumps(found))


def _render(helm: Any, chart: Any, values: dict[str, Any]) -> dict[str, Any]:
    report = helm.lint(CHART, values, strict=True, kube_version=f"v{OLDEST}.0")
    found: dict[str, Any] = {"lint": report["messages"]}
    try:
        found["files"] = chart.render(values, name=NAME, namespace=NAMESPACE)
    except helm.HelmError as error:
        found["error"] = str(error)
    return found


if __name__ == "__main__":
    main()
