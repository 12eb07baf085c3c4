// A small agent platform that brings its usage in by the TypeScript client: what afternoon.go does, at the size of a
// platform. It keeps its own ids, and its own books to compare with.
//
//   USAGEGRAPH_URL=http://localhost:8080 PLATFORM_TOKEN=… SUPPORT_TOKEN=… node afternoon.js
//
// 100 customers with 30 tools and 5 models each are made known by one loop. What they used in an hour is reported by own
// ids, with cached tokens; a preview tells what a new price would have cost; it is published; a wrong hour is taken back
// and sent again. Each event says which user and team it was for, and what of its tokens was cached or spent on reasoning. At the
// end the two books are equal, also by user and team.
import {
  Client,
  CreditStatus,
  operation,
  own,
  PreviewRateCard,
  PublishRateCard,
  RateCard,
  type RateCardInput,
  Sender,
  UpsertAccount,
  VoidEvents,
  VoidPreview,
} from 'usagegraph-client';

const { USAGEGRAPH_URL: url = '', PLATFORM_TOKEN = '', SUPPORT_TOKEN = '', CLOCK_URL, CUSTOMERS = '100' } = process.env;
const platform = new Client({ url, token: PLATFORM_TOKEN, attempts: 30 });
const support = new Client({ url, token: SUPPORT_TOKEN, attempts: 30 });

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const AT_ONCE = 8; // customers that are dealt with at the same time

// Ids of our own: whatever they are, they are the same tomorrow.
const uuid = (kind: number, n: number) => `${kind}f1c0b0e-6f2f-4c55-9a53-${String(n).padStart(12, '0')}`;
const range = (n: number) => [...Array(n).keys()];
const customers = range(Number(CUSTOMERS)).map((n) => uuid(6, n));
const tools = range(30).map((n) => uuid(7, n));
const models = range(5).map((n) => uuid(9, n));

/** Micro-credits per million tokens: of input, of what of it came from a cache, of output. */
interface Price {
  input: number;
  cached: number;
  output: number;
}
const TODAY: Price = { input: 500_000, cached: 500_000, output: 1_500_000 };
const DISCOUNTED: Price = { ...TODAY, cached: 50_000 };

interface Use {
  id: string;
  time: string;
  tool?: string;
  model?: string;
  runs: number;
  input: number;
  cached: number;
  output: number;
  reasoning: number; // of the output
  user: string;
  team: string;
}

/** What a customer does in an hour. */
function traffic(hour: number, prefix = ''): Use[] {
  return range(20).map((i) => {
    const time = new Date(hour + i * 3 * MINUTE).toISOString();
    const who = { user: `user-${i % 3}`, team: i % 2 ? 'search' : 'support' };
    const common = { id: `${prefix}${new Date(hour).toISOString()}-${i}`, time, ...who };
    const tool = { tool: tools[i % 30]!, runs: 1 + i, input: 0, cached: 0, output: 0, reasoning: 0 };
    if (i % 4 === 0) return { ...common, ...tool };
    const tokens = { input: 1001 + 137 * i, cached: 999 * (i % 2) + i, output: 43 + i, reasoning: i };
    return { ...common, model: models[i % 5]!, runs: 0, ...tokens };
  });
}

// One rounding over all tokens of an event, half up. These numbers are far below 2^53, so they are exact.
function cost(use: Use, at: Price): number {
  const sum = at.input * (use.input - use.cached) + at.cached * use.cached + at.output * use.output;
  return Math.floor((sum + 500_000) / 1_000_000);
}

/** Our own books. */
class Books {
  micro = 0;
  runs = 0;
  groups = new Map<string, number[]>(); // micro-credits, runs, cached and reasoning tokens by user and team
  add(uses: readonly Use[], at: Price): void {
    for (const use of uses) {
      const micro = use.model ? cost(use, at) : 0;
      this.micro += micro;
      this.runs += use.runs;
      const key = `${use.user} ${use.team}`;
      const sums = this.groups.get(key) ?? [0, 0, 0, 0];
      this.groups.set(
        key,
        [micro, use.runs, use.cached, use.reasoning].map((n, i) => n + sums[i]!),
      );
    }
  }
}

function millionths(text: string): number {
  const [whole = '', part = ''] = text.split('.');
  return Number(whole + part.padEnd(6, '0'));
}

async function forEach(list: readonly string[], work: (one: string) => Promise<void>): Promise<void> {
  const left = [...list];
  const worker = async () => {
    for (let one = left.shift(); one !== undefined; one = left.shift()) await work(one);
  };
  await Promise.all(range(AT_ONCE).map(worker));
}

// Twenty tools and models of a customer are made by one operation, or found unchanged; more it may not hold. What an
// operation makes is known by its own id to the next one.
const upserts = [
  ...tools.map(
    (id, n) =>
      `upsertTool(input: {accountId: $account, externalId: "${id}", name: "Tool ${n + 1}", ownerName: "platform", status: DEPLOYED})`,
  ),
  ...models.map((id, n) => `upsertModel(input: {accountId: $account, externalId: "${id}", name: "Model ${n + 1}"})`),
].map((upsert, n) => `u${n}: ${upsert} { userErrors { code message } }`);
const catalog = [upserts.slice(0, 20), upserts.slice(20)].map((some) =>
  operation<{ account: string }, unknown>(`mutation Catalog($account: ID!) { ${some.join(' ')} }`),
);

interface Group {
  user: string;
  tags: { value: string }[];
  credits: string;
  runs: number;
  cacheReadTokens: number;
  reasoningTokens: number;
}

const ByUserAndTeam = operation<{ account: string }, { account: { usage: { edges: { node: Group }[] } } }>(
  `query ByUserAndTeam($account: ID!) { account(id: $account) { usage(groupBy: [USER, TAG], tagKeys: ["team"], first: 100) {
    edges { node { user tags { value } credits runs cacheReadTokens reasoningTokens } } } } }`,
);

async function sync(): Promise<void> {
  await forEach(customers, async (externalId) => {
    await platform.run(UpsertAccount, { input: { externalId, name: `Customer ${externalId.slice(-3)}` } });
    for (const some of catalog) await platform.run(some, { account: own('account', externalId) });
  });
}

async function report(sender: Sender, customer: string, uses: readonly Use[]): Promise<void> {
  for (const { id, time, tool, model, runs, input, cached, output, reasoning, user, team } of uses) {
    const event = { account: own('account', customer), id, time, user, tags: { team } };
    if (tool) await sender.send({ ...event, tool: own('tool', tool), runs });
    else {
      const tokens = { inputTokens: input, cacheReadTokens: cached, outputTokens: output, reasoningTokens: reasoning };
      await sender.send({ ...event, model: own('model', model!), ...tokens });
    }
  }
}

// Publishes the card of today with another price of cached tokens, if the preview says what our own books say.
async function changePrices(from: number, hour: number): Promise<void> {
  const { rateCard } = await support.run(RateCard, {});
  const card = { ...rateCard, inference: { ...rateCard!.inference, cacheReadRate: '0.05' } } as RateCardInput;
  const at = (time: number) => new Date(time).toISOString();
  const { previewRateCard: seen } = await support.run(PreviewRateCard, {
    card,
    range: { from: at(hour), to: at(hour + HOUR) },
  });
  const [was, would] = [new Books(), new Books()];
  for (const _ of customers) {
    was.add(traffic(hour), TODAY);
    would.add(traffic(hour), DISCOUNTED);
  }
  equal('the preview', [seen.total.was, seen.total.would].map(millionths), [was.micro, would.micro]);
  await support.run(PublishRateCard, {
    input: { card, effectiveFrom: at(from), note: 'Cached tokens cost a tenth', idempotencyKey: 'cached' },
  });
}

// Takes a customer's hour back: counted first, so that nothing goes that we did not mean.
async function takeBack(customer: string, hour: number, count: number): Promise<void> {
  const accountId = own('account', customer);
  const filter = { from: new Date(hour).toISOString(), to: new Date(hour + HOUR).toISOString(), source: 'agents' };
  const { account } = await platform.run(VoidPreview, { accountId, filter });
  equal('events of the hour', account!.voidPreview.events, count);
  const input = { accountId, filter, expectedCount: count, idempotencyKey: 'wrong hour' };
  await platform.run(VoidEvents, { input });
}

function equal(what: string, theirs: unknown, ours: unknown): void {
  const [a, b] = [JSON.stringify(theirs), JSON.stringify(ours)];
  if (a !== b) throw new Error(`${what}: ${a}, our books: ${b}`);
}

const now = async () => (CLOCK_URL ? Number(await (await fetch(`${CLOCK_URL}/now`)).text()) : Date.now());

async function waitUntil(time: number): Promise<void> {
  if (CLOCK_URL)
    await fetch(`${CLOCK_URL}/turn?to=${time}`, { method: 'POST' }); // the clock of a test
  else await new Promise((done) => setTimeout(done, time - Date.now()));
}

async function afternoon(): Promise<void> {
  const books = new Map(customers.map((customer) => [customer, new Books()]));
  const sender = new Sender(platform, {
    source: 'agents',
    onRefused: (event, result) => {
      throw new Error(`${result.code ?? ''} ${result.message ?? ''}: ${event}`);
    },
  });
  for (const _ of range(2)) await sync(); // as often as we like: a repeat changes nothing

  // The hour before now, at the prices of today. A repeat counts once.
  const began = Math.floor((await now()) / MINUTE) * MINUTE;
  const before = began - HOUR;
  for (const customer of customers) {
    books.get(customer)!.add(traffic(before), TODAY);
    for (const _ of range(2)) await report(sender, customer, traffic(before));
  }
  await sender.flush();
  const change = began + 7 * MINUTE; // prices are published some minutes ahead
  await changePrices(change, before);
  await waitUntil(change + HOUR);

  // The next hour is reported; by mistake the last customer's twice, under other ids.
  for (const customer of customers) {
    books.get(customer)!.add(traffic(change), DISCOUNTED);
    await report(sender, customer, traffic(change));
  }
  const unlucky = customers.at(-1)!;
  await report(sender, unlucky, traffic(change, 'mistake-'));
  await sender.flush();
  // So that hour is taken back and sent again: an identity is never used twice, so the right events have new ids too.
  await takeBack(unlucky, change, 40);
  await report(sender, unlucky, traffic(change, 'corrected-'));
  await sender.close();

  await forEach(customers, async (customer) => {
    const { account } = await support.run(CreditStatus, { accountId: own('account', customer) });
    const { credits, runs } = account!.creditStatus!;
    const { micro, runs: ours } = books.get(customer)!;
    equal(`customer ${customer}`, [millionths(credits.used), Number(runs.used)], [micro, ours]);
    const by = await support.run(ByUserAndTeam, { account: own('account', customer) });
    const theirs = by.account.usage.edges.map(({ node: n }): [string, number[]] => [
      `${n.user} ${n.tags[0]!.value}`,
      [millionths(n.credits), n.runs, n.cacheReadTokens, n.reasoningTokens],
    ]);
    equal(`users and teams of ${customer}`, theirs.sort(), [...books.get(customer)!.groups].sort());
  });
}

await afternoon();
console.log('The books are equal.');
