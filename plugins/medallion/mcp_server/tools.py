"""The tools: their names, what a model reads of them, and what a call may cost."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from medallion.mcp_server import arguments
from medallion.mcp_server.arguments import Arguments

MOST_BYTES = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Tool:
    """One tool; its answer is in `answers/<name>.py`.

    Attributes:
        description: what it does and when to use it.
        takes: the model of its arguments.
        seconds: after which its process is ended.
        needs_connections: whether its process gets connections and secrets; the others have none in
            their environment.
        writes: whether it changes a file: such a tool is there only with `--allow-write`.
        most_bytes: of an answer: what is longer is cut, and says so.
    """

    name: str
    title: str
    description: str
    takes: type[Arguments]
    seconds: float = 60.0
    needs_connections: bool = False
    writes: bool = False
    most_bytes: int = MOST_BYTES

    def schema(self) -> dict[str, Any]:
        """The JSON schema of its arguments."""
        made = self.takes.model_json_schema()
        made.pop("title", None)
        made.pop("description", None)
        for one in made.get("properties", {}).values():
            one.pop("title", None)
        return made


TOOLS = (
    Tool(
        name="validate",
        title="Validate specs",
        description="Check the project's specs and SQL, or one file, or a text in place of one "
        "file. Each problem has its place, what is wrong and what to do. Nothing is written.",
        takes=arguments.Validate,
    ),
    Tool(
        name="infer",
        title="Infer a spec",
        description="Propose a whole spec from a file, a database table or an API, with the "
        "evidence in comments. Lines marked `guess` need a decision. Nothing is written.",
        takes=arguments.Infer,
        seconds=120.0,
        needs_connections=True,
    ),
    Tool(
        name="preview",
        title="Preview what would be published",
        description="Land, clean, check and build a pipeline or a table in a scratch database, and "
        "show rows, checks and reasons for quarantine. Nothing is published. Personal data are "
        "hidden.",
        takes=arguments.Preview,
        seconds=300.0,
        needs_connections=True,
    ),
    Tool(
        name="explain_failure",
        title="Explain the last failure",
        description="What failed last, of all pipelines or of one: the table, the step, each check "
        "that failed with its figures, the reason and the remedy.",
        takes=arguments.ExplainFailure,
        needs_connections=True,
    ),
    Tool(
        name="search",
        title="Search docs and specs",
        description="Find passages in Medallion's documentation and in the project's specs and "
        "SQL. Use it to learn which keys a spec has before writing one.",
        takes=arguments.Search,
    ),
    Tool(
        name="lineage",
        title="Lineage of a table or column",
        description="What a table or a column is made of, and what is made of it: tables, checks, "
        "dashboards, with file and line.",
        takes=arguments.Lineage,
    ),
    Tool(
        name="propose_patch",
        title="Propose a change as a diff",
        description="Judge a new text of a spec or of gold SQL: a unified diff, what is wrong with "
        "it, and what it would break for readers. Nothing is written.",
        takes=arguments.ProposePatch,
    ),
    Tool(
        name="write_file",
        title="Write a spec or SQL",
        description="Write a spec or gold SQL, if the project validates with it; else it is "
        "refused and nothing changes. Call propose_patch first, and show its diff to a person.",
        takes=arguments.ProposePatch,
        writes=True,
    ),
)


READ = Tool(
    name="read",
    title="Read a resource",
    description="Not listed: a client reads resources, each in a process of its own too.",
    takes=arguments.Read,
    seconds=30.0,
    most_bytes=1 << 20,
)


def tools_of(*, allow_write: bool) -> dict[str, Tool]:
    """Those that a server has, by name."""
    return {tool.name: tool for tool in TOOLS if allow_write or not tool.writes}
