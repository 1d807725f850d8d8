#!/usr/bin/env node
// Starts the program from the package for this system. npm installs that
// package as an optional dependency; nothing is downloaded here.
"use strict";

const { spawn } = require("node:child_process");
const { constants } = require("node:os");

const system = `${process.platform}-${process.arch}`;
const name = `@seed-7d826362/jira-mcp-${system}`;
const supported = ["linux-x64", "linux-arm64", "darwin-x64", "darwin-arm64", "win32-x64", "win32-arm64"];

let program;
try {
  program = require.resolve(`${name}/jira-mcp${process.platform === "win32" ? ".exe" : ""}`);
} catch {
  if (supported.includes(system)) {
    console.error(`jira-mcp: the package ${name} is missing. Install again without --omit=optional, or add it: npm install ${name}`);
  } else {
    console.error(`jira-mcp: there is no package ${name}; packages exist for ${supported.join(", ")}`);
  }
  process.exit(1);
}

const child = spawn(program, process.argv.slice(2), { stdio: "inherit", windowsHide: true });

// Clients end a server with a signal to this process. A terminal sends SIGINT and
// SIGHUP to the program as well, and a second signal would end it at once.
const terminal = [process.stdin, process.stdout, process.stderr].some((stream) => stream.isTTY);
for (const signal of ["SIGINT", "SIGHUP", "SIGTERM"]) {
  process.on(signal, () => {
    if (!terminal || signal === "SIGTERM") child.kill(signal);
  });
}

child.on("error", (err) => {
  console.error(`jira-mcp: ${program}: ${err.message}`);
  process.exit(1);
});
child.on("exit", (code, signal) => {
  // A shell reports the end by a signal as 128 and its number.
  process.exit(signal ? 128 + (constants.signals[signal] ?? 0) : code);
});
