// Connects the official TypeScript client as a page in a browser does: every request
// is checked as the Fetch standard checks it (preflight, allowed and exposed
// headers), and goes through a reverse proxy with a path prefix and a limit of 60
// seconds for idle connections. In the era with a handshake, the stream from the
// server has to stay open for longer than that.
//
//   node browser.mjs URL TOKEN     the server's address, with the prefix
import http from 'node:http';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';

const [address, token] = process.argv.slice(2);
const target = new URL(address);
const page = 'http://app.example'; // the origin, which the server has to allow
const idleLimit = 60_000;
const fail = (text) => { console.error(text); process.exit(1); };

// The proxy forwards paths as they are, and ends a connection without traffic.
const proxy = http.createServer((request, response) => {
  const upstream = http.request({ host: target.hostname, port: target.port, method: request.method, path: request.url, headers: request.headers }, (answer) => {
    response.writeHead(answer.statusCode, answer.headers);
    response.flushHeaders();
    answer.pipe(response);
    answer.setTimeout(idleLimit, () => response.destroy());
  });
  upstream.on('error', () => response.destroy());
  response.on('close', () => upstream.destroy());
  request.pipe(upstream);
});
await new Promise((ready) => proxy.listen(0, '127.0.0.1', ready));

const lower = (text) => text.toLowerCase();
const list = (text) => (text ?? '').split(',').map((item) => lower(item.trim())).filter(Boolean);
const simpleHeaders = ['accept', 'accept-language', 'content-language'];
const alwaysExposed = ['cache-control', 'content-language', 'content-length', 'content-type', 'expires', 'last-modified', 'pragma'];
let preflights = 0;
const streams = []; // whether each GET stream has ended

// browserFetch is fetch for a page: it fails where a browser would.
async function browserFetch(url, init = {}) {
  const headers = new Headers(init.headers);
  const method = init.method ?? 'GET';
  const special = [...headers.keys()].filter((name) => !simpleHeaders.includes(name));
  if (special.length > 0 || !['GET', 'POST'].includes(method)) {
    preflights++;
    const asked = await fetch(url, { method: 'OPTIONS', headers: { origin: page, 'access-control-request-method': method, 'access-control-request-headers': special.join(',') } });
    const allowed = list(asked.headers.get('access-control-allow-headers'));
    if (!asked.ok || asked.headers.get('access-control-allow-origin') !== page) fail(`preflight of ${method}: ${asked.status}`);
    if (!list(asked.headers.get('access-control-allow-methods')).includes(lower(method)) && !['GET', 'POST'].includes(method)) fail(`preflight: ${method} is not allowed`);
    for (const name of special) if (!allowed.includes(name)) fail(`preflight of ${method}: the header ${name} is not allowed`);
  }
  headers.set('origin', page);
  const answer = await fetch(url, { ...init, headers });
  if (answer.headers.get('access-control-allow-origin') !== page) fail(`${method}: the page may not read the answer ${answer.status}`);
  const exposed = [...alwaysExposed, ...list(answer.headers.get('access-control-expose-headers'))];
  const visible = [...answer.headers].filter(([name]) => exposed.includes(name));
  let body = answer.body;
  if (method === 'GET' && answer.ok) {
    const stream = { ended: false };
    streams.push(stream);
    body = body.pipeThrough(new TransformStream({ flush() { stream.ended = true; } }));
  }
  return new Response(body, { status: answer.status, headers: visible });
}

for (const mode of ['legacy', { pin: '2026-07-28' }]) {
  const era = mode === 'legacy' ? 'with a handshake' : mode.pin;
  const client = new Client({ name: 'browser', version: '1' }, { versionNegotiation: { mode } });
  const url = new URL(target.pathname, `http://127.0.0.1:${proxy.address().port}`);
  const transport = new StreamableHTTPClientTransport(url, { fetch: browserFetch, requestInit: { headers: { Authorization: `Bearer ${token}` } } });
  await client.connect(transport);
  const call = async () => {
    const result = await client.callTool({ name: 'jira_get_issue', arguments: { issues: ['PAY-1'] } });
    if (result.isError || !result.content[0].text.includes('PAY-1')) fail(`${era}: ${JSON.stringify(result).slice(0, 300)}`);
  };
  await call();
  if (mode === 'legacy') {
    await new Promise((later) => setTimeout(later, idleLimit + 15_000));
    if (streams.length !== 1 || streams[0].ended) fail(`the stream did not stay open: ${JSON.stringify(streams)}`);
    await call();
  }
  if (preflights === 0) fail(`${era}: no preflight was needed`);
  await client.close();
}
proxy.closeAllConnections();
proxy.close();
console.log(`official client in a browser, behind a proxy: ok (${preflights} preflights)`);
process.exit(0);
