"""What a change means for the organisation's policy: new warnings, and another policy."""

from __future__ import annotations

from collections.abc import Iterator

from medallion.errors import Issue
from medallion.spec.files.spec_paths import POLICY_FILE
from medallion.workbench.comparison.changes import Change, Level
from medallion.workbench.comparison.places import Place
from medallion.workbench.comparison.sides import Side


def compare_policy(before: Side, after: Side) -> Iterator[Change]:
    """Warnings that specs did not have before, and a policy that differs. What the policy refuses
    is among the refused specs."""
    if _bytes(before) != _bytes(after):
        yield Change(
            level=Level.REVIEW,
            kind="policy_changed",
            subject=POLICY_FILE,
            what="the organisation's policy differs",
            then="every spec is judged by it again; who keeps it looks at rules that are gone or "
            "milder, and at exemptions",
            place=Place(path=POLICY_FILE, line=1),
            before=not (after.root / POLICY_FILE).exists(),
        )
    for path, issues in sorted(after.warnings.items()):
        known = {_what(issue) for issue in before.warnings.get(path, ())}
        for issue in issues:
            if _what(issue) not in known:
                yield _warning(issue, path, after)


def _bytes(side: Side) -> bytes | None:
    try:
        return (side.root / POLICY_FILE).read_bytes()
    except OSError:
        return None


def _what(issue: Issue) -> tuple[str, str, str]:
    """The same warning on another line is the same."""
    return issue.rule, issue.key, issue.problem


def _warning(issue: Issue, path: str, side: Side) -> Change:
    plan = side.plans.get(path)
    return Change(
        level=Level.REVIEW,
        kind="policy_warning",
        subject=path,
        what=f"breaks a rule of the policy ({issue.rule}): {issue.problem}",
        then=issue.remedy,
        owner=plan.settings.owner if plan else "",
        contacts=plan.contacts if plan else (),
        place=Place(path=issue.path, line=issue.line),
    )
