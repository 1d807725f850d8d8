// Connects the official TypeScript client, which validates results against the
// output schemas that the server declared, to a server over streamable HTTP, in
// the protocol era with a handshake and in that of 2026-07-28.
//
//   node official.mjs URL structured|text
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';

const [url, setting] = process.argv.slice(2);
const wantsStructured = setting === 'structured';
const fail = (text) => { console.error(text); process.exit(1); };

for (const header of [undefined, 'true']) {
  for (const mode of ['legacy', { pin: '2026-07-28' }]) {
    const client = new Client({ name: 'official', version: '1' }, { versionNegotiation: { mode } });
    const headers = header ? { 'X-MCP-Structured': header } : {};
    await client.connect(new StreamableHTTPClientTransport(new URL(url), { requestInit: { headers } }));
    const want = wantsStructured || header === 'true';
    const { tools } = await client.listTools();
    const schemas = tools.filter((t) => t.outputSchema).length;
    if (schemas !== (want ? tools.length : 0)) fail(`${JSON.stringify(mode)}, header ${header}: ${schemas} of ${tools.length} tools have an output schema`);
    for (const [name, args, isError] of [
      ['jira_get_issue', { issues: ['PAY-1'] }, false], ['jira_search', { jql: 'project = PAY', limit: 3, count: true }, false], ['jira_sprint_report', { project: 'PAY' }, false],
      ['jira_add_comment', { issue: 'PAY-1', body: 'x', dry_run: true }, false], ['jira_get_issue', { issues: ['PAY-99999'] }, true],
    ]) {
      const result = await client.callTool({ name, arguments: args }); // throws if the content does not fit the schema
      if (!!result.isError !== isError) fail(`${name}: ${JSON.stringify(result).slice(0, 300)}`);
      if ((result.structuredContent !== undefined) !== (want && !isError)) fail(`${JSON.stringify(mode)}, header ${header}: ${name} has ${result.structuredContent === undefined ? 'no ' : ''}structured content`);
    }
    await client.close();
  }
}
console.log(`official client, ${setting}: ok`);
