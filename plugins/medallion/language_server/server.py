"""The server: pygls, with what the rest of this room finds. It listens on no port.

The only module that knows pygls; `cli/lsp.py` imports it when it is asked for.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

from lsprotocol import types
from pygls.exceptions import JsonRpcInvalidParams
from pygls.lsp.server import LanguageServer
from pygls.uris import from_fs_path, to_fs_path

from medallion.authoring.completion import Kind, Proposal, complete
from medallion.authoring.definitions import Target, find_definitions
from medallion.authoring.rename import Edit
from medallion.compiler.guard import GuardFailed
from medallion.errors import Issue, MedallionError
from medallion.language_server.hover import hover
from medallion.language_server.positions import Units, range_of_issue
from medallion.language_server.session import Session
from medallion.workbench.comparison.sides import Side

NAME, VERSION = "medallion", "1"
QUIET = 0.3
"""Seconds without a keystroke before the project is looked at."""
_SEVERITIES = {"error": types.DiagnosticSeverity.Error, "warning": types.DiagnosticSeverity.Warning}

_KINDS = {
    Kind.KEY: types.CompletionItemKind.Property,
    Kind.VALUE: types.CompletionItemKind.Value,
    Kind.TABLE: types.CompletionItemKind.Class,
    Kind.COLUMN: types.CompletionItemKind.Field,
    Kind.CONNECTION: types.CompletionItemKind.Reference,
    Kind.FILE: types.CompletionItemKind.File,
    Kind.ROLE: types.CompletionItemKind.Constant,
    Kind.DOMAIN: types.CompletionItemKind.Module,
}


class Desk(LanguageServer):
    """One editor at one project."""

    def __init__(self, root: Path) -> None:
        super().__init__(NAME, VERSION, text_document_sync_kind=types.TextDocumentSyncKind.Full)
        self._root = root.resolve()
        self.session = Session(self._root)
        self._looking = ThreadPoolExecutor(1, "medallion-look")  # the guard ends with its thread
        self._waiting: asyncio.Task[None] | None = None
        self._shown: set[str] = set()

    def units(self) -> Units:
        """The units of the client's columns."""
        encoding = self.workspace.position_encoding
        return Units(getattr(encoding, "value", encoding))

    def path_of(self, uri: str) -> str:
        """A document's path below the project; empty of one elsewhere."""
        file = to_fs_path(uri)
        if file is None:
            return ""
        path = Path(file)
        place = path.parent.resolve() / path.name
        return place.relative_to(self._root).as_posix() if place.is_relative_to(self._root) else ""

    def uri_of(self, path: str) -> str:
        """The address of a file of the project."""
        return from_fs_path(str(self._root / path)) or ""

    def place(self, path: str, position: types.Position) -> tuple[list[str], int, int]:
        """A file's lines, and a place in them in characters."""
        lines, line = self.session.lines(path), position.line
        text = lines[line] if line < len(lines) else ""
        return lines, line, self.units().characters(text, position.character)

    def location_of(self, target: Target) -> types.Location:
        """A place of the project as the client wants it."""
        lines = self.session.lines(target.path)
        where = self.units().range_of(lines, target.line, target.first, target.last)
        return types.Location(uri=self.uri_of(target.path), range=where)

    async def read_project(self) -> Side | None:
        """The project; one that was not looked at yet is looked at first, as an editor that has
        just been started asks before its first marks are there. None: it cannot be read."""
        if self.session.side is None:
            loop = asyncio.get_running_loop()
            with suppress(MedallionError, GuardFailed, OSError):  # what is marked says why
                await loop.run_in_executor(self._looking, self.session.look)
        return self.session.side

    async def rename(self, declared: Target, at: Target, new: str) -> list[Edit]:
        """The edits of a rename of the column at a place; see `Session.rename`.

        Raises:
            CannotRename: it is not one, or something would be wrong afterwards.
        """
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._looking, self.session.rename, declared, at, new)

    def look_soon(self, seconds: float = QUIET) -> None:
        """Look at the project once nobody has typed for a while."""
        if self._waiting is not None:
            self._waiting.cancel()
        self._waiting = asyncio.get_running_loop().create_task(self._look(seconds))

    async def _look(self, seconds: float) -> None:
        await asyncio.sleep(seconds)
        loop = asyncio.get_running_loop()
        try:
            found = await loop.run_in_executor(self._looking, self.session.look)
        except (MedallionError, GuardFailed, OSError) as error:
            said = types.LogMessageParams(type=types.MessageType.Error, message=str(error))
            self.window_log_message(said)
            return
        for path in sorted(self._shown - set(found)):
            self._publish(path, ())
        for path, issues in found.items():
            self._publish(path, issues)
        self._shown = set(found)

    def _publish(self, path: str, issues: Sequence[Issue]) -> None:
        try:
            lines = self.session.lines(path)
        except MedallionError:
            lines = []
        units = self.units()
        self.text_document_publish_diagnostics(
            types.PublishDiagnosticsParams(
                uri=self.uri_of(path),
                diagnostics=[_diagnostic(one, lines, units) for one in issues],
            )
        )

    def close(self) -> None:
        """End what looks at the project."""
        self._looking.submit(self.session.close)
        self._looking.shutdown(wait=True)


def _diagnostic(issue: Issue, lines: list[str], units: Units) -> types.Diagnostic:
    remedy = f"\n→ {issue.remedy}" if issue.remedy else ""
    return types.Diagnostic(
        range=range_of_issue(issue, lines, units),
        severity=_SEVERITIES.get(issue.level, types.DiagnosticSeverity.Error),
        code=issue.rule,
        source=NAME,
        message=f"{issue.problem}{remedy}",
    )


def make_server(root: Path) -> Desk:
    """A server for one editor.

    Args:
        root: the project's folder.
    """
    desk = Desk(root)
    _follow_texts(desk)

    @desk.feature(types.TEXT_DOCUMENT_HOVER)
    def on_hover(params: types.HoverParams) -> types.Hover | None:
        path = desk.path_of(params.text_document.uri)
        if not path:
            return None
        lines, line, column = desk.place(path, params.position)
        said = hover(path, lines, line, column, desk.session.side)
        content = types.MarkupContent(kind=types.MarkupKind.Markdown, value=said)
        return types.Hover(contents=content) if said else None

    _complete(desk)
    _go_to(desk)
    _rename(desk)
    return desk


def _complete(desk: Desk) -> None:
    options = types.CompletionOptions(trigger_characters=[" ", ".", "{", "[", ","])

    @desk.feature(types.TEXT_DOCUMENT_COMPLETION, options)
    def on_completion(params: types.CompletionParams) -> types.CompletionList | None:
        path = desk.path_of(params.text_document.uri)
        if not path:
            return None
        lines, line, column = desk.place(path, params.position)
        found = complete(path, lines, line, column, desk.session.facts)
        items = [_item(one, at) for at, one in enumerate(found)]
        return types.CompletionList(is_incomplete=False, items=items)


def _item(one: Proposal, at: int) -> types.CompletionItem:
    said = types.MarkupContent(kind=types.MarkupKind.Markdown, value=one.description)
    return types.CompletionItem(
        label=one.label,
        kind=_KINDS[one.kind],
        detail=one.detail or None,
        documentation=said if one.description else None,
        insert_text=one.text or None,
        sort_text=f"{at:05}",
    )


def _go_to(desk: Desk) -> None:
    @desk.feature(types.TEXT_DOCUMENT_DEFINITION)
    async def on_definition(params: types.DefinitionParams) -> list[types.Location] | None:
        path, side = desk.path_of(params.text_document.uri), await desk.read_project()
        if not path or side is None:
            return None
        _, line, column = desk.place(path, params.position)
        found = find_definitions(path, line, column, side, desk.session.lines)
        return [desk.location_of(one) for one in found]


def _rename(desk: Desk) -> None:
    @desk.feature(types.TEXT_DOCUMENT_RENAME)
    async def on_rename(params: types.RenameParams) -> types.WorkspaceEdit | None:
        path, side = desk.path_of(params.text_document.uri), await desk.read_project()
        if not path or side is None:
            return None
        _, line, column = desk.place(path, params.position)
        found = find_definitions(path, line, column, side, desk.session.lines)
        at = Target(path=path, line=line, first=column)
        try:
            edits = await desk.rename(found[0] if len(found) == 1 else at, at, params.new_name)
        except MedallionError as error:
            raise JsonRpcInvalidParams(str(error)) from None
        changes: dict[str, list[types.TextEdit]] = {}
        for edit in edits:
            lines = desk.session.lines(edit.path)
            where = desk.units().range_of(lines, edit.line, edit.first, edit.last)
            made = types.TextEdit(range=where, new_text=edit.text)
            changes.setdefault(desk.uri_of(edit.path), []).append(made)
        return types.WorkspaceEdit(changes=changes)


def _follow_texts(desk: Desk) -> None:
    """Take what the editor has open in place of the files."""

    @desk.feature(types.TEXT_DOCUMENT_DID_OPEN)
    def on_open(params: types.DidOpenTextDocumentParams) -> None:
        if path := desk.path_of(params.text_document.uri):
            desk.session.put(path, params.text_document.text)
            desk.look_soon(0.0)

    @desk.feature(types.TEXT_DOCUMENT_DID_CHANGE)
    def on_change(params: types.DidChangeTextDocumentParams) -> None:
        if path := desk.path_of(params.text_document.uri):
            document = desk.workspace.get_text_document(params.text_document.uri)
            desk.session.put(path, document.source)
            desk.look_soon()

    @desk.feature(types.TEXT_DOCUMENT_DID_SAVE)
    def on_save(params: types.DidSaveTextDocumentParams) -> None:
        desk.look_soon(0.0)

    @desk.feature(types.TEXT_DOCUMENT_DID_CLOSE)
    def on_close(params: types.DidCloseTextDocumentParams) -> None:
        if path := desk.path_of(params.text_document.uri):
            desk.session.forget(path)
            desk.look_soon(0.0)


def serve(root: Path) -> None:
    """Answer on the standard output what comes by the standard input, until the editor ends it."""
    desk = make_server(root)
    try:
        desk.start_io()
    finally:
        desk.close()
