"use strict";
// Starts `gatelint server` and leaves the rest to the client that VS Code's own people wrote.

const { commands, window, workspace } = require("vscode");
const { LanguageClient } = require("vscode-languageclient/node");

let client;

async function start() {
    const command = workspace.getConfiguration("gatelint").get("path") || "gatelint";
    const documents = ["nginx", "php-fpm"].map((language) => ({ scheme: "file", language }));
    client = new LanguageClient(
        "gatelint",
        "gatelint",
        { command, args: ["server"] },
        { documentSelector: documents },
    );
    try {
        await client.start();
    } catch (error) {
        window.showErrorMessage(`gatelint does not start: ${error.message}. Install it, or set "gatelint.path".`);
    }
}

async function stop() {
    const running = client;
    client = undefined;
    if (running && running.isRunning()) {
        await running.stop();
    }
}

async function restart() {
    await stop();
    await start();
}

async function activate(context) {
    context.subscriptions.push(
        commands.registerCommand("gatelint.restart", restart),
        workspace.onDidChangeConfiguration((event) => {
            if (event.affectsConfiguration("gatelint.path")) {
                restart();
            }
        }),
    );
    await start();
}

module.exports = { activate, deactivate: stop };
