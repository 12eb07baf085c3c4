// Against a real server, which clients/clients_test.go runs, kills and starts.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { answer } from '../examples/stream.js';
import {
  Client,
  CreditStatus,
  operation,
  own,
  RateCard,
  RefusedError,
  Sender,
  UpsertAccount,
  UpsertModel,
  UpsertTool,
  UsagegraphError,
} from '../src/index.js';
import { FileSpool } from '../src/node.js';

const {
  USAGEGRAPH_URL: url = '',
  USAGEGRAPH_TOKEN: token = '',
  SUPPORT_TOKEN = '',
  CONTROL_URL = '',
  SPOOL = '',
} = process.env;
const client = new Client({ url, token, attempts: 20 });
const support = new Client({ url, token: SUPPORT_TOKEN, attempts: 20 });

async function control(what: 'kill' | 'start'): Promise<void> {
  const { status } = await fetch(`${CONTROL_URL}/${what}`, { method: 'POST' });
  assert.equal(status, 200);
}

async function prepare(externalId: string): Promise<string> {
  const accountId = own('account', externalId);
  await client.run(UpsertAccount, { input: { externalId, name: `Account ${externalId}` } });
  const tool = { accountId, externalId: 'search', name: 'Search', ownerName: 'platform', status: 'DEPLOYED' } as const;
  await client.run(UpsertTool, { input: tool });
  await client.run(UpsertModel, { input: { accountId, externalId: 'm', name: 'Model' } });
  return accountId;
}

async function used(accountId: string) {
  const { account } = await support.run(CreditStatus, { accountId });
  const { credits, runs } = account!.creditStatus!;
  return { micro: millionths(credits.used), runs: Number(runs.used) };
}

function millionths(text: string): number {
  const [whole = '', part = ''] = text.split('.');
  return Number(whole + part.padEnd(6, '0'));
}

test('the server is killed again and again, and its books are ours', async () => {
  const account = await prepare('typescript');
  const sender = new Sender(client, {
    source: 'real',
    spool: new FileSpool(SPOOL),
    maxBatch: 50,
    maxPending: 200,
    maxWait: 20,
    onRefused: (event, result) => assert.fail(`${result.code} ${event}`),
  });
  const books = { micro: 0, runs: 0 };
  for (let n = 0; n < 3000; n++) {
    if (n === 700 || n === 1900) await control('kill');
    if (n === 1400 || n === 2400) await control('start');
    if (n % 2 === 0) {
      const runs = 1 + (n % 3);
      books.runs += runs;
      await sender.send({ account, tool: own('tool', 'search'), runs });
      continue;
    }
    const [inputTokens, outputTokens] = [100 + n, 10 + n];
    books.micro += Math.floor((500_000 * inputTokens + 1_500_000 * outputTokens + 500_000) / 1_000_000);
    await sender.send({ account, model: own('model', 'm'), inputTokens, outputTokens });
  }
  await sender.close(300_000);
  assert.equal(sender.pending, 0);
  await control('kill');
  const back = control('start'); // the question waits for it
  assert.deepEqual(await used(account), books);
  await back;
});

test('what is refused is reported by type', async () => {
  const nobody = { accountId: own('account', 'nobody'), externalId: 'x', name: 'X', ownerName: 'x' };
  await assert.rejects(client.run(UpsertTool, { input: nobody }), RefusedError);
  const isOf = (code: string) => (error: unknown) => error instanceof UsagegraphError && error.code === code;
  await assert.rejects(new Client({ url, token: 'wrong' }).run(RateCard, {}), isOf('UNAUTHENTICATED'));
  await assert.rejects(client.run(operation('{ nothing }'), {}), isOf('GRAPHQL_VALIDATION_FAILED'));
  const account = await prepare('refusals');
  const told: (string | undefined)[] = [];
  const sender = new Sender(client, { source: 'real', onRefused: (_event, result) => told.push(result.code) });
  for (const tool of ['unknown', 'search']) await sender.send({ account, tool: own('tool', tool) });
  await sender.close();
  assert.deepEqual(told, ['UNKNOWN_TOOL']);
});

test('a stream is settled with what it used, also where it breaks off', async () => {
  const account = await prepare('stream-ts');
  let whole = true;
  const model = createServer((_request, response) => {
    for (const content of ['Because', ' of', ' Rayleigh.'])
      response.write(`data: ${JSON.stringify({ choices: [{ delta: { content } }] })}\n\n`);
    if (!whole) return void setTimeout(() => response.destroy(), 300);
    const usage = { prompt_tokens: 374, completion_tokens: 44 };
    response.end(`data: ${JSON.stringify({ choices: [], usage })}\n\ndata: [DONE]\n\n`);
  });
  await new Promise<void>((done) => model.listen(0, '127.0.0.1', done));
  const at = `http://127.0.0.1:${(model.address() as AddressInfo).port}/`;
  const ask = { customer: 'stream-ts', model: 'm', question: 'Why is the sky blue?' };
  let shown = '';
  await answer(client, at, ask, (text) => (shown += text));
  assert.equal(shown, 'Because of Rayleigh.');
  assert.deepEqual(await used(account), { micro: 253, runs: 0 });
  whole = false;
  await assert.rejects(answer(client, at, ask, () => {}));
  assert.deepEqual(await used(account), { micro: 265, runs: 0 });
  model.closeAllConnections();
  model.close();
});
