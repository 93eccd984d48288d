"""Findings → issues. Places are worked out here, only if there are findings."""

from __future__ import annotations

from collections.abc import Iterable

from medallion.errors import Issue
from medallion.spec.findings.finding import Finding
from medallion.spec.findings.positions import Positions, write_path


def issues_of(found: Iterable[Finding], path: str, data: bytes) -> tuple[Issue, ...]:
    """Every finding with its file, line and column, sorted by place, each once.

    Args:
        found: what is wrong.
        path: the YAML file, as it is to be shown.
        data: its bytes, which `read_yaml` has accepted.
    """
    positions: Positions | None = None
    issues: set[Issue] = set()
    for finding in found:
        if finding.file:
            place, key = (finding.file, finding.line, finding.column), write_path(finding.where)
        else:
            positions = positions or Positions(data.decode("utf-8-sig"))
            at = positions.place(finding.where, on_key=finding.on_key)
            place, key = (path, at.line, at.column), at.key
        issues.add(
            Issue(
                path=place[0],
                line=place[1],
                column=place[2],
                key=key,
                rule=finding.rule,
                problem=finding.problem,
                remedy=finding.remedy,
            )
        )
    return tuple(sorted(issues))
