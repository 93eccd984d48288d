"""The guarded process's answers as entries, with an issue for a spec that exceeded a limit."""

from __future__ import annotations

import time
from typing import Any

from medallion.compiler.entries import Entry, text_digest
from medallion.compiler.limits import MEBIBYTE, Limits
from medallion.errors import Issue
from medallion.spec.files.evidence import Fact

RULE = "compile-limit"
_STAGES = {
    "": "before it was read",
    "yaml": "while its YAML was read",
    "domain": "while domain.yaml was read",
    "policy": "while specs/policy.yaml was read",
    "model": "while its keys and values were checked",
    "files": "while its SQL and Python files were read",
    "plan": "while its plan was made",
}


def entry_of(answer: dict[str, Any], path: str, named: str, limits: Limits) -> Entry:
    """The entry of a file of specs/ from the answer to its job.

    Args:
        answer: of the guarded process.
        path: the file, as people see it.
        named: the path by which the job read it: it is not a dependency, since the entry's name
            covers its bytes. Empty if the file could not be read.
        limits: the limits that the job ran under.
    """
    if "ended" in answer:
        issue = _report_end(answer, path, limits)
        until = time.time() + limits.retry_after if answer["ended"] == "stuck" else 0.0
        return Entry(issues=(issue,), until=until)
    if "failed" in answer:
        return Entry(issues=(_defect(path, str(answer["failed"])),))
    return Entry(
        facts=tuple(Fact(*fact) for fact in answer["facts"] if fact[1] != named),
        issues=tuple(Issue(**issue) for issue in answer["issues"]),
        sharing=tuple(Issue(**issue) for issue in answer.get("sharing", ())),
        warnings=tuple(Issue(**issue) for issue in answer.get("warnings", ())),
        until=answer.get("until", 0.0),
        plan=text_digest(answer["plan"]) if answer.get("plan") else "",
        domain_refused=bool(answer.get("domain_refused")),
        judged=text_digest(answer["attempt"]) if answer.get("attempt") else "",
        outline=answer.get("outline", {}),
    )


def _report_end(answer: dict[str, Any], path: str, limits: Limits) -> Issue:
    from medallion.spec.findings.positions import write_path

    doing, where = answer["doing"], answer["where"]
    place = answer.get("place", {})
    at = f"at {write_path(where)}" if where else _STAGES.get(doing, f"at the rule {doing}")
    problem, remedy = _explain(answer["ended"], limits, answer["code"])
    return Issue(
        path=path,
        line=place.get("line", 0),
        column=place.get("column", 0),
        key=place.get("key", write_path(where) if where else ""),
        rule=RULE,
        problem=f"{problem}, {at}",
        remedy=remedy,
    )


def _explain(how: str, limits: Limits, code: int) -> tuple[str, str]:
    if how == "time":
        return (
            f"reading the spec took more than {limits.seconds:g} s of processor time and was ended",
            "write it more simply, or split it; it is not tried again before it changes",
        )
    if how == "memory":
        return (
            f"reading the spec took more than {limits.memory // MEBIBYTE} MiB and was ended",
            "write it more simply, or split it; it is not tried again before it changes",
        )
    if how == "stuck":
        return (
            "reading the spec stalled and was stopped",
            f"the machine may be busy: it is tried again in {limits.retry_after / 60:.0f} minutes",
        )
    return (
        f"the process that read the spec crashed (exit code {code})",
        "write it differently, and please report it; it is not tried again before it changes",
    )


def _defect(path: str, said: str) -> Issue:
    return Issue(
        path=path,
        rule="defect",
        problem=f"Medallion failed on this file: {said}",
        remedy="please report it with the file",
    )


def pending(path: str, why: str) -> Issue:
    """A warning for a spec that has no verdict yet."""
    return Issue(
        path=path,
        rule="compiling",
        problem=why,
        remedy="no problem is found so far: it is compiled when the specs are read again",
        level="warning",
    )
