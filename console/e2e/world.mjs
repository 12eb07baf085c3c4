// The world that the end-to-end tests run in: a database of its own, the real server, a browser.
import { execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { chromium } from 'playwright-core';
import { AUDIENCE, CLIENT, openIssuer } from './issuer.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
// How long to wait for what is to come, in milliseconds: long, since a wait that ends well costs nothing on a busy
// machine.
const PATIENCE = 60_000;
const ROLES = ['MEMBER', 'ADMIN', 'MASTER_ADMIN', 'PLATFORM', 'SUPPORT', 'ANALYST'];

/** The operations that the console may send: hash → name. */
export const operations = Object.fromEntries(
  Object.entries(JSON.parse(readFileSync(new URL('../persisted-documents.json', import.meta.url), 'utf8'))).map(
    ([hash, text]) => [hash, /(?:query|mutation|subscription) (\w+)/.exec(text)?.[1]],
  ),
);

/** Starts everything; close() ends it and drops the database. */
export async function open() {
  const folder = mkdtempSync(join(tmpdir(), 'usagegraph-console-'));
  // One that is built already, or one built now.
  const binary = process.env.USAGEGRAPH_BINARY ?? join(folder, 'usagegraph');
  if (!process.env.USAGEGRAPH_BINARY)
    execFileSync('go', ['build', '-o', binary, './cmd/usagegraph'], { cwd: root, stdio: 'inherit' });
  const database = await makeDatabase();
  const port = await freePort();
  const issuer = await openIssuer();
  const world = { folder, url: `http://127.0.0.1:${port}`, issuer };
  const settings = {
    DATABASE_URL: database.url,
    OIDC_ISSUER: issuer.url,
    OIDC_AUDIENCE: AUDIENCE,
    OIDC_CLIENT: CLIENT,
    OIDC_LEEWAY: '1s', // so that a token which has ended is refused while a test waits
  };
  let server = await start(binary, folder, settings, port);
  world.stop = () => stop(server);
  world.freeze = () => server.kill('SIGSTOP'); // it takes connections and says nothing, until thawed
  world.thaw = () => server.kill('SIGCONT');
  world.start = async () => void (server = await start(binary, folder, settings, port));
  world.tokens = JSON.parse(readFileSync(join(folder, '.local/development-tokens.json'), 'utf8'));
  for (const role of ROLES) if (!world.tokens[role]) throw new Error(`no development token for ${role}`);
  world.ask = (role, query, variables) => ask(world, role, query, variables);
  const browser = await chromium.launch({
    executablePath: process.env.CHROME_BIN ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-quic', '--disable-background-networking'],
  });
  world.page = (options) => page(world, browser, options);
  world.close = async () => {
    await browser.close();
    world.thaw();
    await stop(server);
    await database.drop();
    await issuer.close();
    rmSync(folder, { recursive: true, force: true });
  };
  return world;
}

async function makeDatabase() {
  const url =
    process.env.USAGEGRAPH_TEST_DATABASE_URL ??
    process.env.DATABASE_URL ??
    execFileSync(join(root, 'scripts/database'), ['up'], { encoding: 'utf8' }).trim();
  const name = `usagegraph_test_${Math.floor(Date.now() / 1000)}_${randomBytes(4).toString('hex')}_console`;
  const run = async (sql) => {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    await client.query(sql).finally(() => client.end());
  };
  await run(`CREATE DATABASE ${name}`);
  const own = new URL(url);
  own.pathname = `/${name}`;
  return { url: own.href, drop: () => run(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`) };
}

function freePort() {
  return new Promise((done, fail) => {
    const probe = createServer()
      .on('error', fail)
      .listen(0, '127.0.0.1', () => {
        const { port } = probe.address();
        probe.close(() => done(port));
      });
  });
}

async function start(binary, cwd, settings, port) {
  const env = { ...process.env, ...settings };
  const child = spawn(binary, ['dev', '--no-demo', '--listen', `127.0.0.1:${port}`], {
    cwd,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (piece) => (said = (said + piece).slice(-20_000)));
  child.ended = new Promise((done) => child.on('exit', done));
  const answers = async () =>
    fetch(`http://127.0.0.1:${port}/console-config.json`).then(
      (r) => r.ok,
      () => false,
    );
  await until(
    'the server answers',
    async () => {
      if (child.exitCode !== null) throw new Error(`the server ended:\n${said}`);
      return answers();
    },
    60_000,
  );
  return child;
}

async function stop(child) {
  child.kill('SIGTERM');
  await child.ended;
}

/** Waits until `check` is true; says what did not come true. */
export async function until(what, check, timeout = PATIENCE) {
  const end = Date.now() + timeout;
  for (;;) {
    if (await check()) return;
    if (Date.now() > end) throw new Error(`not within ${timeout} ms: ${what}`);
    await new Promise((done) => setTimeout(done, 50));
  }
}

// A caller from outside of the page, with the role's development token or a token of its own. Told to try again later,
// it does.
async function ask(world, role, query, variables = {}) {
  const answer = await fetch(`${world.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${world.tokens[role] ?? role}` },
    body: JSON.stringify({ query, variables }),
  });
  const body = await answer.json();
  const { code, retryAfter } = body.errors?.[0]?.extensions ?? {};
  if (code === 'THROTTLED' || code === 'OVERLOADED') {
    await new Promise((done) => setTimeout(done, retryAfter * 1000));
    return ask(world, role, query, variables);
  }
  if (body.errors) throw new Error(JSON.stringify(body.errors));
  for (const payload of Object.values(body.data)) {
    if (payload?.userErrors?.length) throw new Error(JSON.stringify(payload.userErrors));
  }
  return body.data;
}

/**
 * A page in a browser of its own, signed in as `role` (or by `token`); it keeps what it sent, and what went wrong.
 */
async function page(
  world,
  browser,
  {
    role,
    token = role && world.tokens[role],
    path = '/',
    theme = 'light',
    width = 1280,
    height = 900,
    zone = 'Europe/Vienna',
    locale = 'en-US',
    kept = {}, // what the browser keeps from an earlier visit
    ready,
  } = {},
) {
  const context = await browser.newContext({
    viewport: { width, height },
    colorScheme: theme,
    timezoneId: zone,
    locale,
    reducedMotion: 'reduce',
  });
  if (token)
    await context.addInitScript((secret) => {
      if (window === window.top && !sessionStorage.getItem('e2e')) sessionStorage.setItem('usagegraph.token', secret);
      if (window === window.top) sessionStorage.setItem('e2e', '1');
    }, token);
  await context.addInitScript((values) => {
    for (const [name, value] of Object.entries(values)) localStorage.setItem(name, value);
  }, kept);
  const p = await context.newPage();
  p.setDefaultTimeout(PATIENCE);
  const wire = { sent: [], answered: [], streams: [], problems: [] };
  const noted = (list) => (request) => {
    if (!request.url().endsWith('/graphql') || request.method() !== 'POST') return;
    const body = request.postDataJSON();
    list.push(
      body.query ? `text: ${body.query}` : (operations[body.extensions?.persistedQuery?.sha256Hash] ?? 'unknown'),
    );
  };
  p.on('request', noted(wire.sent));
  p.on('requestfinished', noted(wire.answered));
  p.on('websocket', (socket) =>
    socket.on('framesent', ({ payload }) => {
      const message = JSON.parse(payload.toString());
      if (message.type === 'subscribe')
        wire.streams.push(operations[message.payload.extensions?.persistedQuery?.sha256Hash] ?? 'unknown');
    }),
  );
  p.on('pageerror', (error) => wire.problems.push(error.message));
  p.on('console', (message) => {
    if (message.type() === 'error' && !/Failed to load resource|WebSocket connection/.test(message.text()))
      wire.problems.push(message.text());
  });
  await p.goto(world.url + path);
  if (ready) await p.locator(ready).first().waitFor();
  return Object.assign(p, { wire, leave: () => context.close() });
}
