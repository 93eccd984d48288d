"""The shipped schemas and settings in the YAML language server, which VS Code's extension
`redhat.vscode-yaml` is made around: it finds nothing wrong with a spec that is right, and what is
wrong with one that is not."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar

import pytest
from lsprotocol import types
from pygls.lsp.client import LanguageClient

from medallion.authoring.project_schemas import FOLDER, write_schemas
from medallion.roots import PROJECT_ROOT
from medallion.workbench.comparison.sides import read_side

SECONDS = 240.0
T = TypeVar("T")
OWN = PROJECT_ROOT / ".medallion" / "yaml-language-server" / "node_modules" / ".bin"
PIPELINES = [
    path.relative_to(PROJECT_ROOT).as_posix()
    for path in sorted((PROJECT_ROOT / "specs").glob("*/*.yaml"))
]
OTHERS = [
    path.relative_to(PROJECT_ROOT).as_posix()
    for path in sorted((PROJECT_ROOT / "specs").glob("*/tests/*.yaml"))
] + ["specs/policy.yaml"]
BOX_OFFICE = "specs/cinema/box_office.yaml"


@pytest.fixture(scope="module")
def server() -> str:
    program = shutil.which("yaml-language-server") or str(OWN / "yaml-language-server")
    if not Path(program).exists():
        pytest.skip("left out: no yaml-language-server here (.ci/run installs it where npm is)")
    return program


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The shipped specs, SQL and settings."""
    root = tmp_path_factory.mktemp("yaml") / "project"
    for folder in ("specs", "include/sql", "include/python", ".vscode"):
        if (PROJECT_ROOT / folder).exists():
            shutil.copytree(PROJECT_ROOT / folder, root / folder)
    return root


class Editor(LanguageClient):
    """A client with VS Code's settings, which keeps what the server says is wrong."""

    def __init__(self, root: Path, settings: dict[str, Any]) -> None:
        super().__init__("editor", "1")
        self.root = root
        self.said: asyncio.Queue[types.PublishDiagnosticsParams] = asyncio.Queue()

        @self.feature(types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)
        def keep(params: types.PublishDiagnosticsParams) -> None:
            self.said.put_nowait(params)

        @self.feature(types.WORKSPACE_CONFIGURATION)
        def configure(params: types.ConfigurationParams) -> list[Any]:
            return [settings.get(one.section or "") for one in params.items]

        @self.feature(types.CLIENT_REGISTER_CAPABILITY)
        def register(params: types.RegistrationParams) -> None:
            return None

    def uri(self, path: str) -> str:
        return (self.root / path).as_uri()

    async def judge(self, path: str, text: str | None = None) -> list[types.Diagnostic]:
        """What is wrong with a file."""
        shown = (self.root / path).read_text() if text is None else text
        item = types.TextDocumentItem(uri=self.uri(path), language_id="yaml", version=1, text=shown)
        self.text_document_did_open(types.DidOpenTextDocumentParams(text_document=item))
        async with asyncio.timeout(SECONDS):
            while True:
                params = await self.said.get()
                if params.uri == self.uri(path):
                    return list(params.diagnostics)

    async def complete(self, path: str, line: int, character: int) -> set[str]:
        result = await self.text_document_completion_async(
            types.CompletionParams(
                text_document=types.TextDocumentIdentifier(uri=self.uri(path)),
                position=types.Position(line=line, character=character),
            )
        )
        items = result.items if isinstance(result, types.CompletionList) else result or []
        return {one.label for one in items}


@asynccontextmanager
async def editor(program: str, root: Path) -> AsyncIterator[Editor]:
    settings = json.loads((root / ".vscode/settings.json").read_text())
    schemas = settings["yaml.schemas"]
    found = {
        "yaml": {
            "schemas": schemas, "validate": True, "completion": True, "hover": True,
            "schemaStore": {"enable": False},
        }
    }  # fmt: skip
    made = Editor(root, found)
    await made.start_io(program, "--stdio", env={**os.environ})
    await made.initialize_async(
        types.InitializeParams(
            capabilities=types.ClientCapabilities(
                workspace=types.WorkspaceClientCapabilities(
                    configuration=True, workspace_folders=True
                )
            ),
            root_uri=root.as_uri(),
            workspace_folders=[types.WorkspaceFolder(uri=root.as_uri(), name="project")],
        )
    )
    made.initialized(types.InitializedParams())
    try:
        yield made
    finally:
        async with asyncio.timeout(SECONDS):
            await made.shutdown_async(None)
            made.exit(None)
            await made.stop()


def run(program: str, root: Path, ask: Callable[[Editor], Awaitable[T]]) -> T:
    async def asked() -> T:
        async with editor(program, root) as made:
            return await ask(made)

    return asyncio.run(asked())


def said(found: list[types.Diagnostic]) -> list[str]:
    return [f"{one.range.start.line + 1}: {one.message}" for one in found]


def test_nothing_is_wrong_with_the_shipped_files(server: str, project: Path) -> None:
    async def ask(made: Editor) -> dict[str, list[str]]:
        return {path: said(await made.judge(path)) for path in (*PIPELINES, *OTHERS)}

    found = run(server, project, ask)
    assert len(found) > 8
    assert {path: lines for path, lines in found.items() if lines} == {}


def test_what_is_wrong_is_marked_at_its_line(server: str, project: Path) -> None:
    text = (project / BOX_OFFICE).read_text()
    broken = text.replace("primary_key: [movie_id]", "primary_keys: [movie_id]", 1)
    broken = broken.replace("type: bigint", "type: bigint, nullible: true", 1)
    assert broken.count("nullible") == 1
    lines = [at for at, line in enumerate(broken.splitlines(), start=1)
             if "primary_keys" in line or "nullible" in line]  # fmt: skip
    found = run(server, project, lambda made: made.judge(BOX_OFFICE, broken))
    assert {one.range.start.line + 1 for one in found} == set(lines), said(found)
    messages = " ".join(one.message for one in found)
    assert "primary_keys" in messages and "nullible" in messages
    unnamed = "description: x\ndatasets: {}\nno_such_key: 1\n"
    others = run(server, project, lambda made: made.judge("specs/cinema/new.yaml", unnamed))
    assert said(others) == ["3: Property no_such_key is not allowed."], "by .vscode/settings.json"


def test_the_project_s_own_names_are_completed(server: str, project: Path) -> None:
    write_schemas(project, read_side(project))
    text = (project / BOX_OFFICE).read_text()
    named = text.replace(
        "$schema=../pipeline.schema.json", f"$schema=../../{FOLDER}/pipeline.schema.json"
    )
    named = named.replace("primary_key: [movie_id]", "primary_key: []", 1)
    assert named.count("primary_key: []") == 1
    line = next(at for at, one in enumerate(named.splitlines()) if "primary_key: []" in one)

    async def ask(made: Editor) -> tuple[list[str], set[str]]:
        wrong = said(await made.judge(BOX_OFFICE, named))
        column = named.splitlines()[line].index("[") + 1
        return wrong, await made.complete(BOX_OFFICE, line, column)

    wrong, names = run(server, project, ask)
    assert wrong == []
    assert {"movie_id", "title"} <= {name.strip('"') for name in names}
