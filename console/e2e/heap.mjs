// What stays in memory of a page that is left open for half an hour while its account changes every ten seconds: as
// many updates of the Overview, one after the other. `npm run heap`; `npm run heap -- 60` for another number of
// updates.
import { liveAccount } from './data.mjs';
import { open, until } from './world.mjs';

const UPDATES = Number(process.argv[2] ?? 180);
// Updates until as many answers are kept as ever will be (src/api/client.ts).
const WARM = 26;
const EVERY = 30;
const MOST_MB = 0.5;

const world = await open();
try {
  const live = await liveAccount(world);
  const path = `/accounts/${encodeURIComponent(live.account)}/agents/settings/billing/usage/overview?vs=previous`;
  const page = await world.page({ role: 'SUPPORT', path, ready: '.balance .chart[data-drawn] svg' });
  const client = await page.context().newCDPSession(page);
  const asked = () => page.wire.sent.filter((name) => name === 'OverviewTab').length;
  const update = async () => {
    const before = asked();
    await live.spend(0);
    await until('the Overview asks again', () => asked() > before);
  };
  // The heap, and of it what is the page's own: objects, arrays, strings and closures. The rest is code that the engine
  // compiles when it has become hot, and the browser's record of requests; both are bounded.
  const heap = async () => {
    for (let i = 0; i < 4; i++) await client.send('HeapProfiler.collectGarbage');
    const { usedSize } = await client.send('Runtime.getHeapUsage');
    const chunks = [];
    const take = ({ chunk }) => chunks.push(chunk);
    client.on('HeapProfiler.addHeapSnapshotChunk', take);
    await client.send('HeapProfiler.takeHeapSnapshot', { reportProgress: false });
    client.off('HeapProfiler.addHeapSnapshotChunk', take);
    return { all: usedSize / 1e6, own: ownOf(JSON.parse(chunks.join(''))) / 1e6 };
  };
  for (let i = 0; i < WARM; i++) await update();
  const samples = [await heap()];
  for (let i = 1; i <= UPDATES; i++) {
    await update();
    if (i % EVERY > 0) continue;
    samples.push(await heap());
    const { all, own } = samples.at(-1);
    console.log(
      `${String(i).padStart(4)} updates: ${all.toFixed(2)} MB, of which ${own.toFixed(2)} MB are the page's own`,
    );
  }
  const grown = slopeOf(samples.map(({ own }) => own)) * (samples.length - 1);
  console.log(`${UPDATES} updates leave ${grown.toFixed(2)} MB of the page's own, at most ${MOST_MB}`);
  process.exitCode = grown > MOST_MB ? 1 : 0;
} finally {
  await world.close();
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
