"""The server over its standard input and output, with the official client."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import anyio
import pytest
from mcp import Client, MCPError, StdioServerParameters, types
from tests.catalogue.shop import SPEC, Shop, make_shop

from medallion.mcp_server.tools import tools_of
from medallion.warehouse.roles.catalogue_reader import catalogue_url

HOSTILE: list[tuple[str, dict[str, Any], str]] = [
    ("validate", {"path": "../../etc/passwd"}, "leads out of its folder"),
    ("validate", {"path": "/etc/passwd"}, "not a path below the project's folder"),
    ("validate", {"path": "file:///etc/passwd"}, "not a path below the project's folder"),
    ("validate", {"path": "specs/access.yaml"}, "not a file that authors write"),
    ("validate", {"path": "specs/shop/" + "a" * 300 + ".yaml"}, "at most 200 characters"),
    ("validate", {"path": "specs/shop/sales.yaml\x1b[2J"}, "a control character"),
    ("validate", {"path": "specs/shop/sales.yaml", "text": "a: \x00"}, "a control character"),
    ("validate", {"path": "specs/shop/sales.yaml", "text": "a" * 200_001}, "at most 200000"),
    ("validate", {"text": "a: 1"}, "path is missing"),
    ("validate", {"root": "/"}, "there is no such argument; it takes path, text"),
    ("infer", {"pipeline": "shop/x", "path": "/root/.pgpass"}, "not a path below"),
    ("infer", {"pipeline": "shop/x", "path": "https://example.org/a.csv"}, "not a path below"),
    ("infer", {"pipeline": "shop/x", "path": "a/../../../b.csv"}, "leads out of its folder"),
    (
        "infer",
        {"pipeline": "../x", "path": "a.csv"},
        "pipeline: it is not a pipeline: write <domain>/",
    ),
    ("infer", {"pipeline": "shop/x", "table": "a.b"}, "connection is missing"),
    (
        "infer",
        {"pipeline": "shop/x", "table": "a; drop table b", "connection": "shop_db"},
        "table: it is not a name",
    ),
    (
        "infer",
        {"pipeline": "shop/x", "table": "a", "connection": "postgresql://me:pw@host/db"},
        "a connection goes by its name alone",
    ),
    (
        "preview",
        {"name": "silver_shop.sales", "rows": 1_000_000},
        "rows: it is too much: at most 50",
    ),
    ("preview", {"name": "silver_shop.sales", "run": "2026-01-05'; drop"}, "it is not a moment"),
    ("preview", {"name": "silver_shop.sales", "run": "2026-02-30"}, "'2026-02-30' is not a date"),
    ("preview", {"name": "silver_shop.sales", "rows": "5"}, "rows: it is to be a whole number"),
    ("preview", {"name": "silver_shop.sales; drop table x"}, "name: it is neither a pipeline"),
    ("lineage", {"table": "silver_shop.sales\n--"}, "table: it is not a table: write silver_"),
    ("lineage", {"table": "silver_shop.sales", "column": '"x"'}, "column"),
    (
        "explain_failure",
        {"pipeline": "' or 1=1"},
        "pipeline: it is not a pipeline: write <domain>.",
    ),
    ("search", {}, "question: it is missing"),
    ("search", {"question": "a" * 301}, "at most 300 characters"),
    ("search", {"question": "quarantine", "most": 99}, "most: it is too much: at most 10"),
    ("write_file", {"path": "specs/shop/sales.yaml", "text": "a: 1"}, "--allow-write"),
    ("no_such_tool", {}, "no such tool"),
]
PATH = "specs/shop/sales.yaml"
READS = {
    "validate", "infer", "preview", "explain_failure", "search", "lineage", "propose_patch",
}  # fmt: skip

FAILED = (
    "table: silver_shop.sales",
    "step: gate_silver",
    "check: row_count (min_value: 2)",
    "  ✗ matches {column: email, regex: ^zz}: 1 of 1 row, for example (personal: not shown)",
    "remedy: fix the data at its source",
    "who must act: the data's owner",
    "who answers: shop-team",
)


@pytest.fixture
def shop(tmp_path: Path, warehouse_db: str) -> Shop:
    """One whose last run was refused: fewer rows than the check wants."""
    made = make_shop(tmp_path / "project", warehouse_db)
    wanted = "- row_count: {min_value: 2}"
    more = f'{wanted}\n        - matches: {{column: email, regex: "^zz"}}'
    (made.root / PATH).write_text(SPEC.replace(wanted, more), encoding="utf-8")
    made.run(0, ["1,10.00,ada@example.org"])
    return made


def parameters(root: Path, *words: str, **environ: str) -> StdioServerParameters:
    known = {name: os.environ[name] for name in ("PATH", "PYTHONPATH") if name in os.environ}
    return StdioServerParameters(
        command=sys.executable,
        args=["-m", "medallion.cli", "mcp", "--root", str(root), *words],
        env={**known, **environ},
    )


def text_of(result: types.CallToolResult) -> str:
    (content,) = result.content
    assert isinstance(content, types.TextContent)
    return content.text


def test_a_client_asks_and_hostile_arguments_are_refused(shop: Shop) -> None:
    reader = catalogue_url(shop.url)
    server = parameters(
        shop.root,
        MEDALLION_READER_URL=reader,
        AIRFLOW_CONN_SHOP_DB="postgresql://me:very-secret-word@127.0.0.1:1/x",
    )
    spec = shop.root / "specs/shop/sales.yaml"
    before = spec.read_bytes()

    async def talk() -> None:
        async with Client(server) as client:
            tools = {tool.name: tool for tool in (await client.list_tools()).tools}
            assert set(tools) == READS
            assert all(tool.annotations.read_only_hint for tool in tools.values())
            assert all(not tool.input_schema["additionalProperties"] for tool in tools.values())
            for name, arguments, says in HOSTILE:
                result = await client.call_tool(name, arguments)
                assert result.is_error, (name, arguments)
                assert says in text_of(result), (name, arguments, text_of(result))
                assert "very-secret" not in text_of(result)
            await ask(client)

    async def ask(client: Client) -> None:
        listed = {one.uri: one for one in (await client.list_resources()).resources}
        for address in ("project/specs/shop/sales.yaml", "schema/pipeline.schema.json"):
            assert f"medallion://{address}" in listed
        assert listed["medallion://docs/docs/mcp.md"].mime_type == "text/markdown"
        with pytest.raises(MCPError, match="no resource has this address"):
            await client.read_resource("medallion://project/../../etc/passwd")
        async with anyio.create_task_group() as both:  # side by side
            both.start_soon(refused_text, client)
            both.start_soon(failure, client)

    async def refused_text(client: Client) -> None:
        wrong = {"path": "specs/shop/sales.yaml", "text": SPEC.replace("bigint", "bigintt")}
        result = await client.call_tool("propose_patch", wrong)
        assert "+        sale_id: {type: bigintt" in text_of(result)
        assert "specs/shop/sales.yaml:14:" in text_of(result)

    async def failure(client: Client) -> None:
        result = await client.call_tool("explain_failure", {"pipeline": "shop.sales"})
        text = text_of(result)
        assert not result.is_error, text
        for said in FAILED:
            assert said in text, text
        assert "example.org" not in text.replace("shop@example.org", "")

    anyio.run(talk)
    assert spec.read_bytes() == before


WRITTEN_NOWHERE: list[tuple[str, str, str]] = [
    ("specs/access.yaml", "connections: {}\n", "not a file that authors write"),
    ("specs/policy.yaml", "rules: {}\n", "not a file that authors write"),
    ("specs/shop/tests/sales.yaml", "pipeline: sales\n", "not a file that authors write"),
    ("include/python/shop/a.py", "def a(frame): ...\n", "not a file that authors write"),
    ("dags/a.py", "import os\n", "not a file that authors write"),
    ("specs/../dags/a.yaml", "a: 1\n", "leads out of its folder"),
    ("specs/shop/../../a.yaml", "a: 1\n", "leads out of its folder"),
    ("include/sql/shop/totals.sql", "drop table silver_shop.sales", "a gold table is one SELECT"),
    ("specs/shop/sales.yaml", "description: x\nowner: ***\n", "hides a secret"),
    ("specs/linked/sales.yaml", SPEC, "leads through a symbolic link"),
]


def test_a_file_is_written_over_stdio_only_where_authors_write(shop: Shop, tmp_path: Path) -> None:
    """The official client, `--allow-write`, and arguments that mean to write elsewhere."""
    outside = tmp_path / "outside"
    outside.mkdir()
    (shop.root / "specs/linked").symlink_to(outside)
    spec = shop.root / "specs/shop/sales.yaml"
    before = {path: path.read_bytes() for path in shop.root.rglob("*") if path.is_file()}
    better = SPEC.replace("description: ", "description: Well described. ", 1)

    async def talk() -> None:
        async with Client(parameters(shop.root, "--allow-write")) as client:
            tools = {tool.name: tool for tool in (await client.list_tools()).tools}
            assert tools["write_file"].annotations.destructive_hint
            for path, text, says in WRITTEN_NOWHERE:
                result = await client.call_tool("write_file", {"path": path, "text": text})
                assert result.is_error, path
                assert says in text_of(result), (path, text_of(result))
            assert list(outside.iterdir()) == []
            kept = {path: path.read_bytes() for path in before if ".medallion" not in path.parts}
            assert kept.items() <= before.items()
            result = await client.call_tool("write_file", {"path": PATH, "text": better})
            assert not result.is_error, text_of(result)
            assert text_of(result).startswith(f"{PATH} is written.")

    anyio.run(talk)
    assert spec.read_text(encoding="utf-8") == better


def test_a_server_that_may_write_says_so() -> None:
    assert set(tools_of(allow_write=True)) - set(tools_of(allow_write=False)) == {"write_file"}
