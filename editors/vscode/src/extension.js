// Starts `medallion lsp` of the project that is open, and speaks its language with VS Code.
//
// It sends nothing anywhere, and keeps nothing: all that is known of specs is in the server.
"use strict";

const fs = require("node:fs");
const path = require("node:path");
const vscode = require("vscode");
const { LanguageClient } = require("vscode-languageclient/node");

/** @type {LanguageClient | undefined} */
let client;

/** The first open folder that is a project of Medallion. */
function findProject() {
  const folders = vscode.workspace.workspaceFolders ?? [];
  return folders.find((one) => one.uri.scheme === "file" && fs.existsSync(path.join(one.uri.fsPath, "specs")));
}

/** The Python that starts the server: the one that is set, else the project's own. */
function findPython(root) {
  const said = vscode.workspace.getConfiguration("medallion").get("python");
  if (said) return said;
  const own = [
    path.join(root, ".venv", "bin", "python"),
    path.join(root, ".venv", "Scripts", "python.exe"),
  ];
  return own.find((one) => fs.existsSync(one)) ?? "python3";
}

/** Where the project has Medallion's own code, which an installed one has not. */
function findPath(root) {
  const plugins = path.join(root, "plugins");
  return fs.existsSync(path.join(plugins, "medallion")) ? { PYTHONPATH: plugins } : {};
}

async function start() {
  const folder = findProject();
  if (!folder) return;
  const root = folder.uri.fsPath;
  const server = {
    command: findPython(root),
    args: ["-m", "medallion.cli", "lsp", "--root", root],
    options: { cwd: root, env: { ...process.env, ...findPath(root) } },
  };
  const of = (language, pattern) => ({ scheme: "file", language, pattern: `${root}/${pattern}` });
  client = new LanguageClient("medallion", "Medallion", server, {
    workspaceFolder: folder,
    documentSelector: [of("yaml", "specs/**"), of("sql", "include/sql/**")],
    synchronize: {
      fileEvents: ["specs/**", "include/**"].map((pattern) =>
        vscode.workspace.createFileSystemWatcher(new vscode.RelativePattern(folder, pattern)),
      ),
    },
  });
  try {
    await client.start();
  } catch (error) {
    const log = "Show the log";
    const chosen = await vscode.window.showErrorMessage(
      `Medallion's language server does not start: ${server.command} ${server.args.join(" ")}. Is pygls installed?`,
      log,
    );
    if (chosen === log) client.outputChannel.show();
  }
}

async function stop() {
  const running = client;
  client = undefined;
  await running?.dispose();
}

async function activate(context) {
  context.subscriptions.push(
    vscode.commands.registerCommand("medallion.restart", async () => {
      await stop();
      await start();
    }),
    vscode.workspace.onDidChangeConfiguration(async (event) => {
      if (!event.affectsConfiguration("medallion.python")) return;
      await stop();
      await start();
    }),
  );
  await start();
}

module.exports = { activate, deactivate: stop };
