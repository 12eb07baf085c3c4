// What stays in memory of a page that is left open while its account changes: thousands of updates that stream in, and
// the Overview, which asks again after them. USAGEGRAPH_HEAP_MINUTES makes it last so long (`npm run heap`: half an
// hour).
import assert from 'node:assert/strict';
import { until } from './world.mjs';

const MINUTES = Number(process.env.USAGEGRAPH_HEAP_MINUTES ?? 0);
const UPDATES = 2_000;
// Answers of the Overview until as many are kept as ever will be (src/api/client.ts).
const WARM = 26;
const SAMPLES = 6;
const WORKERS = 4;
const MOST_MB = 0.5;

export default function heap(test, world) {
  test('thousands of updates leave nothing in memory', async (t) => {
    const account = encodeURIComponent(world.live.account);
    const path = `/accounts/${account}/agents/settings/billing/usage/overview?vs=previous`;
    const page = await world.page({ role: 'SUPPORT', path, ready: '.balance .chart[data-drawn] svg' });
    const client = await page.context().newCDPSession(page);
    const asked = () => page.wire.sent.filter((name) => name === 'OverviewTab').length;
    for (let i = 0; i < WARM; i++) {
      const before = asked();
      await world.live.spend(0);
      await until('the Overview asks again', () => asked() > before);
    }
    const begun = Date.now();
    const samples = [await heapOf(client)];
    let pushed = 0;
    for (let i = 1; i <= SAMPLES; i++) {
      const more = () =>
        MINUTES > 0 ? Date.now() - begun < (i * MINUTES * 60_000) / SAMPLES : pushed < (i * UPDATES) / SAMPLES;
      const push = async () => {
        while (more()) {
          pushed++;
          await world.live.spend(0);
        }
      };
      const before = asked();
      await Promise.all(Array.from({ length: WORKERS }, push));
      await until('the Overview asks again', () => asked() > before);
      samples.push(await heapOf(client));
      const { all, own } = samples.at(-1);
      t.diagnostic(`${pushed} updates: ${all.toFixed(2)} MB, of which ${own.toFixed(2)} MB are the page's own`);
    }
    const minutes = (Date.now() - begun) / 60_000;
    const grown = slopeOf(samples.map(({ own }) => own)) * (samples.length - 1);
    const each = `${(grown / minutes).toFixed(3)} MB a minute`;
    t.diagnostic(`${pushed} updates in ${minutes.toFixed(1)} minutes leave ${grown.toFixed(2)} MB: ${each}`);
    assert.ok(grown < MOST_MB, `${grown.toFixed(2)} MB stay, at most ${MOST_MB}`);
    assert.deepEqual(page.wire.problems, []);
    await page.leave();
  });
}

// The heap in MB, and of it what is the page's own: objects, arrays, strings and closures. The rest is code that the
// engine compiles when it has become hot, and the browser's record of requests; both are bounded.
async function heapOf(client) {
  for (let i = 0; i < 4; i++) await client.send('HeapProfiler.collectGarbage');
  const { usedSize } = await client.send('Runtime.getHeapUsage');
  const chunks = [];
  const take = ({ chunk }) => chunks.push(chunk);
  client.on('HeapProfiler.addHeapSnapshotChunk', take);
  await client.send('HeapProfiler.takeHeapSnapshot', { reportProgress: false });
  client.off('HeapProfiler.addHeapSnapshotChunk', take);
  return { all: usedSize / 1e6, own: ownOf(JSON.parse(chunks.join(''))) / 1e6 };
}

// The bytes of a snapshot's objects, arrays, strings, closures and numbers.
function ownOf({ snapshot: { meta }, nodes }) {
  const { node_fields: fields, node_types: types } = meta;
  const [type, size] = [fields.indexOf('type'), fields.indexOf('self_size')];
  const other = new Set(['code', 'native', 'hidden', 'synthetic', 'object shape']);
  let sum = 0;
  for (let i = 0; i < nodes.length; i += fields.length)
    if (!other.has(types[0][nodes[i + type]])) sum += nodes[i + size];
  return sum;
}

// How much the line rises from one sample to the next that lies closest to all.
function slopeOf(samples) {
  const mean = samples.reduce((sum, y) => sum + y, 0) / samples.length;
  const middle = (samples.length - 1) / 2;
  const spread = samples.reduce((sum, _, x) => sum + (x - middle) ** 2, 0);
  return samples.reduce((sum, y, x) => sum + (x - middle) * (y - mean), 0) / spread;
}
