import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import {
  Client,
  encode,
  identify,
  operation,
  own,
  Sender,
  type SenderOptions,
  VERSION,
  WebSpool,
} from '../src/index.js';
import { FileSpool } from '../src/node.js';
import { pause } from '../src/retry.js';
import { answer, away, Books } from './books.js';

async function setUp(options: Partial<SenderOptions> = {}) {
  const books = new Books();
  const url = await books.open();
  const make = (more: Partial<SenderOptions> = {}) =>
    new Sender(new Client({ url, token: 't' }), { source: 'test', maxWait: 5, ...options, ...more });
  return { books, make };
}

async function send(sender: Sender, from: number, to: number): Promise<string[]> {
  const ids: string[] = [];
  for (let n = from; n < to; n++)
    ids.push((await sender.send({ account: 'a', tool: 't', id: String(n).padStart(5, '0') })).id);
  return ids;
}

test('events count once, though every second answer gets lost', async () => {
  const { books, make } = await setUp({ maxBatch: 100 });
  let n = 0;
  books.meddle = (response, events) => {
    if (n++ % 2 === 1) return false;
    for (const event of events) books.keep(event);
    response.destroy();
    return true;
  };
  const sender = make();
  const sent = await send(sender, 0, 1000);
  await sender.flush();
  assert.deepEqual(books.order, sent);
  assert.equal(sender.pending, 0);
  await sender.close();
  books.close();
});

test('events wait on disk while the server is away, and come first afterwards', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'spool-'));
  const { books, make } = await setUp();
  books.meddle = away;
  const first = make({ spool: new FileSpool(dir), maxPending: 40, maxBatch: 20 });
  const sent = await send(first, 0, 500);
  await first.close(10);
  await assert.rejects(first.send({ account: 'a', tool: 't' }), /closed/);
  books.meddle = null;
  const second = make({ spool: new FileSpool(dir) });
  sent.push(...(await send(second, 500, 600)));
  await second.flush();
  assert.deepEqual(books.order, sent);
  await second.close();
  assert.deepEqual(await readdir(dir), []);
  books.close();
});

test('what is saved is on disk, also while the server takes requests and does not answer', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'spool-'));
  const { books, make } = await setUp({ maxBatch: 4 });
  const hung: (() => void)[] = [];
  books.meddle = (response) => {
    hung.push(() => response.destroy());
    return true;
  };
  const sender = make({ spool: new FileSpool(dir) });
  const sent: string[] = [];
  for (let n = 0; n < 30; n += 10) {
    sent.push(...(await send(sender, n, n + 10)));
    await sender.save();
    const spool = new FileSpool(dir);
    const kept = await Promise.all((await spool.list()).map((name) => spool.read(name)));
    assert.equal(kept.flat().length, sent.length);
  }
  books.meddle = null;
  for (const end of hung) end();
  await sender.flush();
  assert.deepEqual(books.order, sent);
  assert.deepEqual(await readdir(dir), []);
  await sender.close();
  books.close();
});

test('whoever hands over more than memory holds waits', async () => {
  const { books, make } = await setUp({ maxPending: 10 });
  books.meddle = away;
  const sender = make();
  await send(sender, 0, 10);
  const state = await Promise.race([
    sender.send({ account: 'a', tool: 't' }).then(
      () => 'sent',
      () => 'refused',
    ),
    new Promise((done) => setTimeout(() => done('waits'), 30)),
  ]);
  assert.equal(state, 'waits');
  await assert.rejects(sender.close(10), /10 events were not sent/);
  books.close();
});

test('what is refused is reported, alone, and does not hold up the rest', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'spool-'));
  await writeFile(join(dir, '1.ndjson'), '{"torn\n');
  const { books, make } = await setUp();
  books.meddle = (response, events) => {
    const spoiled = events.some((event) => event.id === '00007');
    if (events.length <= 3 && !spoiled) return false;
    answer(response, events.length > 3 ? 413 : 400, { error: { code: 'UNFIT', message: 'unfit' } });
    return true;
  };
  const told: string[] = [];
  const sender = make({
    spool: new FileSpool(dir),
    onRefused: (_event, result) => told.push(result.code ?? ''),
  });
  await send(sender, 0, 20);
  await sender.flush();
  assert.equal(books.order.length, 19);
  assert.ok(!books.order.includes('00007'));
  assert.deepEqual(told, ['MALFORMED', 'UNFIT']);
  await sender.close();
  books.close();
});

test('a spool is full with what it keeps, also of an earlier sender', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'spool-'));
  const name = await new FileSpool(dir).add(['x'.repeat(60)]);
  const spool = new FileSpool(dir, 100);
  await assert.rejects(spool.add(['x'.repeat(60)]), /full/);
  await spool.remove(name);
  await spool.add(['x'.repeat(60)]);
});

test('a browser keeps them in its storage', async () => {
  const kept = new Map<string, string>();
  const storage = {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => void kept.set(key, value),
    removeItem: (key: string) => void kept.delete(key),
    key: (i: number) => [...kept.keys()][i] ?? null,
    get length() {
      return kept.size;
    },
  };
  const { books, make } = await setUp();
  books.meddle = away;
  const first = make({ spool: new WebSpool(storage) });
  const sent = await send(first, 0, 5);
  await first.close(10);
  assert.equal(kept.size, 1);
  books.meddle = null;
  const second = make({ spool: new WebSpool(storage) });
  await send(second, 5, 6);
  await second.flush();
  assert.deepEqual(books.order, [...sent, '00005']);
  assert.equal(kept.size, 0);
  await second.close();
  books.close();
});

test('identities are made once, and events have one target', () => {
  const [a, b] = [identify({ account: 'a' }, 's'), identify({ account: 'a' }, 's')];
  assert.notEqual(a.id, b.id);
  assert.equal(a.source, 's');
  for (const event of [{ account: '' }, { account: 'a' }, { account: 'a', tool: 't', model: 'm' }])
    assert.throws(() => encode(event, a), TypeError);
  assert.deepEqual(JSON.parse(encode({ account: 'a', model: own('model', 'm'), outputTokens: 5 }, a)).data, {
    inputTokens: 0,
    outputTokens: 5,
  });
  for (let n = 1; n < 60; n++) assert.ok(pause(n, 0) >= 100 && pause(n, 0) <= 30_000);
  assert.equal(pause(1, 60_000), 60_000);
});

test('the client and its package are of one version', async () => {
  const { version } = JSON.parse(await readFile('package.json', 'utf8')) as { version: string };
  assert.equal(VERSION, version);
});

test('an operation whose answer breaks off is sent again, as one without any', async () => {
  let asked = 0;
  const server = createServer((_request, response) => {
    asked++;
    if (asked > 1) return answer(response, 200, { data: { a: 1 } });
    response.writeHead(200, { 'Content-Length': 100 }).write('{"data":', () => response.destroy());
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const client = new Client({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, token: 't' });
  assert.deepEqual(await client.run(operation<object, { a: number }>('{a}'), {}), { a: 1 });
  assert.equal(asked, 2);
  server.closeAllConnections();
  server.close();
});

test('an option that is undefined has its default', async () => {
  const { books, make } = await setUp();
  const sender = make({
    maxWait: undefined,
    maxBatch: undefined,
    maxPending: undefined,
    onRefused: undefined,
  } as object);
  await send(sender, 0, 3);
  await sender.flush();
  assert.equal(books.order.length, 3);
  await sender.close();
  books.close();
});

test('a quantity that is not a whole number is not handed over: JSON makes null of NaN, and so nothing', async () => {
  const { books, make } = await setUp();
  const sender = make();
  for (const tokens of [Number.NaN, Number.POSITIVE_INFINITY, 1.5, -1, 2 ** 60, '7' as unknown as number]) {
    await assert.rejects(
      sender.send({ account: 'a', model: 'm', inputTokens: 1, outputTokens: tokens }),
      /outputTokens/,
    );
    await assert.rejects(sender.send({ account: 'a', tool: 't', runs: tokens }), /runs/);
  }
  await assert.rejects(sender.send({ account: 'a', tool: 't', inputTokens: 1 }), /runs/);
  await assert.rejects(sender.send({ account: 'a', model: 'm', runs: 1 }), /tokens/);
  await sender.close();
  assert.equal(books.order.length, 0);
  books.close();
});
