// Starts an MCP server over stdio, as a client does, and fails unless it lists
// tools and reads an issue of the embedded Jira.
//
//   node client.mjs run COMMAND ARGUMENT...
//   node client.mjs bundle DIRECTORY VALUES
//
// The second form starts an unpacked bundle in the way of Claude Desktop on this
// system. VALUES is a JSON object with the fields that the user filled in. Each
// other field has its default; without one, its placeholder reaches the program
// as it stands in the manifest, such as ${user_config.working_days}.
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { resolve } from "node:path";

const [form, ...rest] = process.argv.slice(2);
const server = form === "bundle" ? bundle(resolve(rest[0]), JSON.parse(rest[1])) : { command: rest[0], args: rest.slice(1), env: process.env };

/** bundle returns the command of a bundle's manifest for this system. */
function bundle(directory, values) {
  const manifest = JSON.parse(readFileSync(`${directory}/manifest.json`, "utf8"));
  const { platform_overrides: overrides, ...config } = manifest.server.mcp_config;
  const { command, args = [], env } = { ...config, ...overrides[process.platform] };
  const fill = (text) => text.replaceAll("${__dirname}", directory).replace(/\$\{user_config\.(\w+)\}/g, (placeholder, name) => {
    const field = manifest.user_config[name];
    if (!field) throw new Error(`${placeholder} is no field of user_config`);
    const value = values[name] ?? field.default;
    if (value === undefined && field.required) throw new Error(`no value for the required field ${name}`);
    return String(value ?? placeholder);
  });
  const filled = Object.fromEntries(Object.entries(env).map(([name, value]) => [name, fill(value)]));
  return { command: fill(command), args: args.map(fill), env: { PATH: process.env.PATH, HOME: process.env.HOME, ...filled } };
}

const child = spawn(server.command, server.args, { env: server.env, stdio: ["pipe", "pipe", "inherit"] });
const fail = (text) => { console.error(text); child.kill(); process.exit(1); };
setTimeout(() => fail("no answer in 60 seconds"), 60_000).unref();
child.on("error", (err) => fail(err.message));
child.stdin.on("error", () => {}); // the server ended; its exit is reported below

const waiting = new Map();
createInterface({ input: child.stdout }).on("line", (line) => {
  const message = JSON.parse(line);
  waiting.get(message.id)?.(message);
});
child.on("exit", (code) => { if (waiting.size > 0) fail(`the server ended with status ${code}`); });

const send = (message) => child.stdin.write(JSON.stringify({ jsonrpc: "2.0", ...message }) + "\n");
/** call sends a request, and returns its result. */
async function call(id, method, params) {
  const answer = await new Promise((done) => { waiting.set(id, done); send({ id, method, params }); });
  waiting.delete(id);
  if (answer.error) fail(`${method}: ${JSON.stringify(answer.error)}`);
  return answer.result;
}

const { serverInfo } = await call(1, "initialize", { protocolVersion: "2025-06-18", capabilities: {}, clientInfo: { name: "packages", version: "1" } });
send({ method: "notifications/initialized" });
const { tools } = await call(2, "tools/list", {});
if (tools.length === 0) fail("no tools");
const issue = await call(3, "tools/call", { name: "jira_get_issue", arguments: { issues: ["PAY-1"] } });
if (issue.isError || !issue.content[0].text.includes("PAY-1")) fail(JSON.stringify(issue));
console.log(`${serverInfo.name} ${serverInfo.version}: ${tools.length} tools`);
child.stdin.end();
