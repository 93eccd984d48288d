"""Write the summary of `check --format markdown` as one comment on a pull or merge request.

    python deploy/ci/post_summary.py check.md

The comment that it wrote before is replaced, so a branch has one. GitHub: GH_TOKEN, REPOSITORY and
NUMBER, as github-actions.yml sets them. GitLab: MEDALLION_NOTES_TOKEN beside what the runner sets.
Without a token nothing is written, and a line says so. It needs nothing but Python.
"""

from __future__ import annotations

import json
import os
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

MARKER = "<!-- medallion check -->"
_MOST_PAGES = 20
_SECONDS = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Platform:
    """Where the comments of a request are, and how they are written.

    `one` is the address of a comment, before its id; `verb` is what changes one.
    """

    comments: str
    one: str
    verb: str
    headers: Mapping[str, str]


def platform_of(environ: Mapping[str, str]) -> Platform | None:
    """The platform that runs the job; None: it is neither, or there is no token."""
    if environ.get("GITHUB_ACTIONS") == "true" and environ.get("GH_TOKEN"):
        issues = f"{environ['GITHUB_API_URL']}/repos/{environ['REPOSITORY']}/issues"
        return Platform(
            comments=f"{issues}/{environ['NUMBER']}/comments",
            one=f"{issues}/comments",
            verb="PATCH",
            headers={"Authorization": f"Bearer {environ['GH_TOKEN']}"},
        )
    if environ.get("GITLAB_CI") == "true" and environ.get("MEDALLION_NOTES_TOKEN"):
        project = f"{environ['CI_API_V4_URL']}/projects/{environ['CI_PROJECT_ID']}"
        notes = f"{project}/merge_requests/{environ['CI_MERGE_REQUEST_IID']}/notes"
        token = {"PRIVATE-TOKEN": environ["MEDALLION_NOTES_TOKEN"]}
        return Platform(comments=notes, one=notes, verb="PUT", headers=token)
    return None


def main(words: list[str], environ: Mapping[str, str] = os.environ) -> int:
    """0: written, or there is nothing to write with; 1: the platform has refused it."""
    if len(words) != 1:
        sys.stderr.write(__doc__ or "")
        return 2
    file, platform = Path(words[0]), platform_of(environ)
    if platform is None or not file.is_file():
        why = "there is no summary" if platform else "there is no token to comment with"
        sys.stdout.write(f"no comment is written: {why}\n")
        return 0
    body = file.read_text(encoding="utf-8")
    try:
        known = next((one["id"] for one in _comments(platform) if _is_ours(one)), None)
        if known is None:
            _ask(platform, "POST", platform.comments, {"body": body})
        else:
            _ask(platform, platform.verb, f"{platform.one}/{known}", {"body": body})
    except (urllib.error.URLError, ValueError, KeyError, TypeError) as error:
        code = getattr(error, "code", "")
        sys.stderr.write(f"the comment was refused: {code or type(error).__name__}\n")
        return 1
    return 0


def _is_ours(comment: Mapping[str, Any]) -> bool:
    return str(comment.get("body", "")).startswith(MARKER)


def _comments(platform: Platform) -> Iterator[Mapping[str, Any]]:
    for page in range(1, _MOST_PAGES + 1):
        found = _ask(platform, "GET", f"{platform.comments}?per_page=100&page={page}")
        yield from found
        if len(found) < 100:
            return


def _ask(platform: Platform, verb: str, url: str, body: Mapping[str, str] | None = None) -> Any:
    request = urllib.request.Request(  # noqa: S310  # the address is the platform's own
        url,
        method=verb,
        data=None if body is None else json.dumps(body).encode(),
        headers={**platform.headers, "Content-Type": "application/json", "User-Agent": "medallion"},
    )
    with urllib.request.urlopen(request, timeout=_SECONDS) as answer:  # noqa: S310
        return json.loads(answer.read() or b"null")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
