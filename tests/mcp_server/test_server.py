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
    ("infer", {"pipeline": "../x", "path": "a.csv"}, "pipeline: String should match"),
    ("infer", {"pipeline": "shop/x", "table": "a.b"}, "connection is missing"),
    (
        "infer",
        {"pipeline": "shop/x", "table": "a; drop table b", "connection": "shop_db"},
        "table: String should match",
    ),
    (
        "infer",
        {"pipeline": "shop/x", "table": "a", "connection": "postgresql://me:pw@host/db"},
        "connection: String should match",
    ),
    ("preview", {"name": "silver_shop.sales", "rows": 1_000_000}, "less than or equal to 50"),
    ("preview", {"name": "silver_shop.sales", "rows": "5"}, "should be a valid integer"),
    ("preview", {"name": "silver_shop.sales; drop table x"}, "name: String should match"),
    ("lineage", {"table": "silver_shop.sales\n--"}, "table: String should match"),
    ("lineage", {"table": "silver_shop.sales", "column": '"x"'}, "column"),
    ("explain_failure", {"pipeline": "' or 1=1"}, "pipeline: String should match"),
    ("search", {}, "question: it is missing"),
    ("search", {"question": "a" * 301}, "at most 300 characters"),
    ("search", {"question": "quarantine", "most": 99}, "less than or equal to 10"),
    ("write_file", {"path": "specs/shop/sales.yaml", "text": "a: 1"}, "--allow-write"),
    ("no_such_tool", {}, "no such tool"),
]
READS = {
    "validate", "infer", "preview", "explain_failure", "search", "lineage", "propose_patch",
}  # fmt: skip

FAILED = (
    "table: silver_shop.sales",
    "step: gate_silver",
    "check: row_count (min_value: 2)",
    "remedy: fix the data at its source",
    "who must act: the data's owner",
    "who answers: shop-team",
)


@pytest.fixture
def shop(tmp_path: Path, warehouse_db: str) -> Shop:
    """One whose last run was refused: fewer rows than the check wants."""
    made = make_shop(tmp_path / "project", warehouse_db)
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


def test_a_server_that_may_write_says_so() -> None:
    assert set(tools_of(allow_write=True)) - set(tools_of(allow_write=False)) == {"write_file"}
