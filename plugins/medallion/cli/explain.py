"""`explain CODE`: what a code in a message means, with a wrong and a right example."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path
from textwrap import fill, indent

from medallion.cli.arguments import project_folder
from medallion.errors import SetupError
from medallion.roots import project_root
from medallion.spec.explained.codes import WHAT_TO_DO, meanings
from medallion.spec.explained.examples import examples
from medallion.spec.files.spec_paths import POLICY_FILE
from medallion.spec.findings.finding import did_you_mean
from medallion.spec.load.policy_file import today
from medallion.spec.load.policy_notes import read_rules
from medallion.spec.messages.report import visible
from medallion.spec.models.policy import PREFIX, PolicyRule
from medallion.spec.policy.requirements import REQUIREMENTS

HELP = "say what a code in a message means, with a wrong and a right example"
_WIDTH = 96


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """`[CODE] [--root DIR]`."""
    parser.add_argument(
        "code", nargs="?", metavar="CODE", help="as messages show it in brackets; all by default"
    )
    parser.add_argument("--root", type=Path, default=project_root(), help="the project's folder")


def run(arguments: argparse.Namespace) -> int:
    """Print the explanation, or every code with its meaning.

    Raises:
        SetupError: there is no such code.
    """
    rules = read_rules(project_folder(arguments.root))
    policy = {f"{PREFIX}{rule}": said for rule, said in rules.items()}
    code = (arguments.code or "").strip("[]")
    if not code:
        print("\n".join(_list(policy)))
    elif code in policy:
        print("\n\n".join(_of_policy(code, policy[code])))
    elif code in meanings():
        print("\n\n".join(_of_code(code)))
    else:
        raise _unknown(code, list(policy))
    return 0


def _unknown(code: str, policy: list[str]) -> SetupError:
    if not code.startswith(PREFIX):
        remedy = did_you_mean(code, [*meanings(), *policy])
    elif policy:
        remedy = did_you_mean(code, policy)
    else:
        remedy = f"{POLICY_FILE} holds no rule that can be read: see `validate`"
    return SetupError(f"there is no code {visible(code)}", remedy=remedy)


def _list(policy: dict[str, PolicyRule]) -> Iterator[str]:
    said = {**meanings(), **{code: _about(rule) for code, rule in policy.items()}}
    for code, meaning in said.items():
        yield f"{code}\n{_wrap(meaning)}"


def _of_code(code: str) -> Iterator[str]:
    yield f"{code}\n{_wrap(meanings()[code])}"
    if code in WHAT_TO_DO:
        yield _wrap(f"→ {WHAT_TO_DO[code]}")
    one = examples().get(code)
    if one is None:
        return
    remedy = f"\n→ {one.remedy}" if one.remedy else ""
    yield f"  Wrong:\n\n{indent(one.wrong, '    ')}"
    yield indent(f"✗ {one.problem}{remedy}", "    ")
    yield f"  Right:\n\n{indent(one.right, '    ')}"


def _of_policy(code: str, rule: PolicyRule) -> Iterator[str]:
    yield f"{code}  ({rule.severity}, {POLICY_FILE})\n{_wrap(_about(rule))}"
    if rule.remedy:
        yield _wrap(f"→ {rule.remedy}")
    for one in rule.exemptions:
        ended = one.expires < today()
        words = "was exempted until" if ended else "is exempted until"
        yield _wrap(f"{one.table} {words} {one.expires}: {one.reason}")


def _about(rule: PolicyRule) -> str:
    """What a rule requires, and why."""
    if rule.require is not None:
        known = REQUIREMENTS.get(rule.require.name)
        what = known.doc if known else rule.require.name
        given = ", ".join(f"{key}: {value}" for key, value in rule.require.arguments.items())
        what += f" Here: {given}." if given else ""
    else:
        what = f"`{rule.expression}` is true."
    return f"{what} {rule.description}".strip()


def _wrap(text: str) -> str:
    return fill(text, _WIDTH, initial_indent="  ", subsequent_indent="  ")
