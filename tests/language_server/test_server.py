"""The language server over its standard input and output, with a client of the protocol."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path
from unittest.mock import patch

import pytest
from lsprotocol import types
from pygls.exceptions import JsonRpcException
from pygls.lsp.client import LanguageClient
from tests.workbench.test_preview import FILES

SPEC, SQL = "specs/shop/sales.yaml", "include/sql/shop/totals.sql"
SECONDS = 240.0


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


class Editor(LanguageClient):
    """A client that keeps what the server says is wrong."""

    def __init__(self, root: Path) -> None:
        super().__init__("editor", "1")
        self.root = root
        self.said: asyncio.Queue[types.PublishDiagnosticsParams] = asyncio.Queue()

        @self.feature(types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)
        def keep(params: types.PublishDiagnosticsParams) -> None:
            self.said.put_nowait(params)

    def uri(self, path: str) -> str:
        return (self.root / path).as_uri()

    async def begin(self) -> types.InitializeResult:
        await self.start_io(sys.executable, "-m", "medallion.cli", "lsp", "--root", str(self.root))
        result = await self.initialize_async(
            types.InitializeParams(capabilities=types.ClientCapabilities(), root_uri=self.uri(""))
        )
        self.initialized(types.InitializedParams())
        return result

    def open(self, path: str) -> None:
        text = (self.root / path).read_text()
        item = types.TextDocumentItem(uri=self.uri(path), language_id="yaml", version=1, text=text)
        self.text_document_did_open(types.DidOpenTextDocumentParams(text_document=item))

    def change(self, path: str, text: str, version: int) -> None:
        self.text_document_did_change(
            types.DidChangeTextDocumentParams(
                text_document=types.VersionedTextDocumentIdentifier(
                    uri=self.uri(path), version=version
                ),
                content_changes=[types.TextDocumentContentChangeWholeDocument(text=text)],
            )
        )

    async def wait_for(self, path: str) -> list[types.Diagnostic]:
        """What the server says next of a file."""
        async with asyncio.timeout(SECONDS):
            while True:
                params = await self.said.get()
                if params.uri == self.uri(path):
                    return list(params.diagnostics)

    async def hover(self, path: str, line: int, character: int) -> str:
        result = await self.text_document_hover_async(
            types.HoverParams(
                text_document=types.TextDocumentIdentifier(uri=self.uri(path)),
                position=types.Position(line=line, character=character),
            )
        )
        return "" if result is None else getattr(result.contents, "value", "")

    async def complete(self, path: str, line: int, character: int) -> dict[str, str]:
        """What is proposed, each with its detail."""
        result = await self.text_document_completion_async(
            types.CompletionParams(
                text_document=types.TextDocumentIdentifier(uri=self.uri(path)),
                position=types.Position(line=line, character=character),
            )
        )
        assert isinstance(result, types.CompletionList)
        return {one.label: one.detail or "" for one in result.items}

    async def define(self, path: str, line: int, character: int) -> list[tuple[str, int]]:
        result = await self.text_document_definition_async(
            types.DefinitionParams(
                text_document=types.TextDocumentIdentifier(uri=self.uri(path)),
                position=types.Position(line=line, character=character),
            )
        )
        return [(one.uri.removeprefix(self.uri("") + "/"), one.range.start.line) for one in result]

    async def rename(self, path: str, line: int, character: int, new: str) -> dict[str, list[str]]:
        """What each edit writes, by file."""
        result = await self.text_document_rename_async(
            types.RenameParams(
                text_document=types.TextDocumentIdentifier(uri=self.uri(path)),
                position=types.Position(line=line, character=character),
                new_name=new,
            )
        )
        assert result is not None and result.changes is not None
        return {
            uri.removeprefix(self.uri("") + "/"): [edit.new_text for edit in edits]
            for uri, edits in result.changes.items()
        }

    async def end(self) -> None:
        await self.shutdown_async(None)
        self.exit(None)
        server = self._server
        assert server is not None
        async with asyncio.timeout(SECONDS):
            assert await server.wait() == 0
        await self.stop()


def place(text: str, word: str) -> tuple[int, int]:
    before = text.partition(word)[0]
    return before.count("\n"), len(before.rpartition("\n")[2])


async def talk(editor: Editor) -> None:
    result = await editor.begin()
    assert result.capabilities.hover_provider
    editor.open(SPEC)
    text = FILES[SPEC]
    line, column = place(text, "amount: {")  # at once, before the project was looked at
    assert SQL in await editor.rename(SPEC, line, column + 1, "price")
    wrong = text.replace("type: bigint}", "type: bigintt}", 1)
    editor.change(SPEC, wrong, 2)
    (found,) = await editor.wait_for(SPEC)
    line, column = place(text, "bigint}")
    assert (found.range.start.line, found.range.start.character) == (line, column)
    assert found.range.end.character == column + len("bigintt")
    assert found.severity is types.DiagnosticSeverity.Error
    assert found.source == "medallion"
    assert "bigint" in found.message
    editor.change(SPEC, text, 3)
    assert await editor.wait_for(SPEC) == []
    # SQL is judged with what the specs say, in a text that is not saved.
    editor.open(SQL)
    editor.change(SQL, "select sum(amounts) as total from silver_shop.orderss\n", 2)
    (of_sql,) = await editor.wait_for(SQL)
    assert "orderss" in of_sql.message
    editor.change(SQL, FILES[SQL], 3)
    assert await editor.wait_for(SQL) == []
    assert (editor.root / SPEC).read_text() == text
    await hovers(editor, text)
    await definitions(editor, text)
    await renames(editor, text)
    await completions(editor, text)
    await editor.end()


async def hovers(editor: Editor, text: str) -> None:
    line, column = place(text, "primary_key")
    assert "tell one row from another" in await editor.hover(SPEC, line, column + 2)
    line, column = place(text, "silver_shop.orders.order_id")
    assert "`amount` decimal(10,2)" in await editor.hover(SPEC, line, column + 3)
    assert "numeric" in await editor.hover(SQL, 0, 12) or "decimal" in await editor.hover(
        SQL, 0, 12
    )
    assert await editor.hover(SPEC, 9_999, 9_999) == ""


async def definitions(editor: Editor, text: str) -> None:
    """Of tables, of columns, and the SQL of a gold table."""
    orders, order_id = place(text, "orders:"), place(text, "order_id: {from")
    line, column = place(text, "silver_shop.orders.order_id")
    assert await editor.define(SPEC, line, column + 3) == [(SPEC, orders[0])]
    assert await editor.define(SPEC, line, column + 25) == [(SPEC, order_id[0])]
    line, column = place(text, "totals.sql")
    assert await editor.define(SPEC, line, column + 2) == [(SQL, 0)]
    line, column = place(FILES[SQL], "amount")
    assert await editor.define(SQL, line, column + 2) == [(SPEC, place(text, "amount: {")[0])]
    line, column = place(FILES[SQL], "silver_shop.orders")
    assert await editor.define(SQL, line, column + 2) == [(SPEC, orders[0])]
    assert await editor.define(SPEC, 9_999, 0) == []


async def renames(editor: Editor, text: str) -> None:
    """From a place that names the column, and refused with a reason."""
    line, column = place(FILES[SQL], "amount")
    edits = await editor.rename(SQL, line, column + 2, "price")
    assert edits == {SPEC: ["price", "from: amount, ", "price"], SQL: ["price"]}
    line_of_total, column_of_total = place(FILES[SQL], "as total")
    edits = await editor.rename(SQL, line_of_total, column_of_total + 4, "taken")
    assert edits == {SQL: ["taken"]}
    with pytest.raises(JsonRpcException, match="cannot be a column"):
        await editor.rename(SQL, line, column + 2, "Price!")
    line, column = place(text, "guard")
    with pytest.raises(JsonRpcException, match="only columns are renamed"):
        await editor.rename(SPEC, line, column, "price")


async def completions(editor: Editor, text: str) -> None:
    """In texts that are not valid: somebody is typing."""
    wrong = text.replace("between: {column: amount,", "between: {column: ,", 1)
    editor.change(SPEC, wrong, 4)
    line, column = place(wrong, "{column: ,")
    found = await editor.complete(SPEC, line, column + len("{column: "))
    assert found["amount"] == "silver_shop.orders decimal(10,2)"
    found = await editor.complete(SPEC, line, column + 1)
    assert {"max_value", "strict_min", "mostly"} <= set(found)
    assert not {"column", "min_value", "on_failure"} & set(found), "they are there already"
    line, column = place(wrong, "silver_shop.orders.order_id")
    assert "silver_lab.readings" in await editor.complete(SPEC, line, column)
    line, column = place(wrong, "totals.sql")
    assert set(await editor.complete(SPEC, line, column)) == {"from_lab.sql", "totals.sql"}
    assert {"owner", "tags"} <= set(await editor.complete(SPEC, len(wrong.splitlines()), 0))
    found = await editor.complete(SQL, 0, 7)
    assert {"silver_lab.readings", "amount"} <= set(found)


def test_what_is_typed_is_judged_and_explained(project: Path) -> None:
    async def run() -> None:
        async with asyncio.timeout(3 * SECONDS):
            await talk(Editor(project))

    with patch.dict(os.environ, {"MEDALLION_PROJECT_ROOT": str(project)}):
        asyncio.run(run())
