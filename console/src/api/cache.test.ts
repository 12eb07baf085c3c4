import { Client, type Exchange, makeResult, type Operation } from 'urql';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { filter, map, pipe } from 'wonka';
import { keeping } from './cache';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const QUESTION = 'query ($n: Int) { n(n: $n) }';

// A client whose server counts: each answer is the number of questions so far.
function counting(freshFor = 30_000, most = 2) {
  let asked = 0;
  const server: Exchange = () => (operations) =>
    pipe(
      operations,
      filter((operation: Operation) => operation.kind !== 'teardown'),
      map((operation) => makeResult(operation, { data: { n: ++asked } })),
    );
  const client = new Client({ url: '/', preferGetMethod: false, exchanges: [keeping({ freshFor, most }), server] });
  const ask = async (n: number) => (await client.query(QUESTION, { n }).toPromise()).data?.n as number;
  return { client, ask };
}

test('a fresh answer is shown again, an aged one is requested again', async () => {
  const { client, ask } = counting();
  expect(await ask(1)).toBe(1);
  expect(await ask(1)).toBe(1);
  vi.advanceTimersByTime(30_001);
  const seen: unknown[] = [];
  const { unsubscribe } = client.query(QUESTION, { n: 1 }).subscribe(({ data, stale }) => seen.push([data?.n, stale]));
  await vi.runAllTimersAsync();
  expect(seen).toEqual([
    [1, true],
    [2, false],
  ]);
  unsubscribe();
});

test('no more answers are kept than there is room for, the latest', async () => {
  const { ask } = counting();
  for (const n of [1, 2, 3]) await ask(n);
  expect(await ask(3)).toBe(3);
  expect(await ask(2)).toBe(2);
  expect(await ask(1)).toBe(4);
});

test('a change forgets all answers and asks again for what is shown', async () => {
  const { client, ask } = counting();
  await ask(1);
  const seen: unknown[] = [];
  const { unsubscribe } = client.query(QUESTION, { n: 2 }).subscribe(({ data }) => seen.push(data?.n));
  await client.mutation('mutation { change }', {}).toPromise();
  await vi.runAllTimersAsync();
  expect(seen).toEqual([2, 4]);
  expect(await ask(1)).toBe(5);
  unsubscribe();
});
