// Reads the files of all clients as npm's add-mcp does, and fails if one lacks
// the entry of this program.
//
//   node installed.mjs PROGRAM
import { listInstalledServers } from 'add-mcp';

const program = process.argv[2];
const names = {
  'claude-code': 'claude-code', 'claude-desktop': 'claude-desktop', codex: 'codex', 'copilot-cli': 'github-copilot-cli', cursor: 'cursor',
  gemini: 'gemini-cli', opencode: 'opencode', vscode: 'vscode', windsurf: 'windsurf', zed: 'zed',
};
const found = await listInstalledServers({ global: true, agents: Object.values(names) });
let failed = false;
for (const [own, theirs] of Object.entries(names)) {
  const client = found.find((one) => one.agentType === theirs);
  const entry = client?.servers?.find((one) => one.serverName === 'jira');
  const command = [entry?.config?.command].flat()[0];
  if (command === program) {
    console.log(`${own}: add-mcp reads the entry in ${client.configPath}`);
  } else {
    failed = true;
    console.error(`${own}: add-mcp finds ${JSON.stringify(entry ?? client)}`);
  }
}
process.exit(failed ? 1 : 0);
