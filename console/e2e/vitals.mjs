// Speed and size as a browser sees them: bytes of the first load, shifts of the layout, what a click costs until the
// screen has answered it, and what stays in memory. Each figure is printed beside its limit.
import assert from 'node:assert/strict';
import { until } from './world.mjs';

const LIMIT_KB = 300;
const SHIFT = 0.05;
// From a cold start until the figures of the Overview are there. Judged by the main thread's own time, as clicks are.
const DATA_MS = 1200;
const SLOW_DATA_MS = 2500;
// A click on a processor a quarter as fast: four times what it takes of this one's time until the frame is handed on.
// The clock on the wall says more of the other work on a busy machine, so that is printed and not judged.
const SLOWER = 4;
const CLICK_MS = 200;
// Updates of the Overview until as many answers are kept as ever will be (src/api/client.ts), and those after which the
// heap is looked at again; it may grow by so much, since the collector leaves now more and now less.
const WARM = 26;
const UPDATES = 30;
const GROWTH_MB = 1.5;

export default function vitals(test, world) {
  const usage = (tab) =>
    `/accounts/${encodeURIComponent(world.figures.account)}/agents/settings/billing/usage/${tab}?range=last-30-days`;

  test('the first load is small', async (t) => {
    const page = await world.page({ role: 'SUPPORT', path: '/accounts', ready: 'tbody .name' });
    const client = await page.context().newCDPSession(page);
    await client.send('Network.enable');
    await client.send('Network.setCacheDisabled', { cacheDisabled: true });
    const sizes = new Map();
    const urls = new Map();
    client.on('Network.responseReceived', ({ requestId, response, type }) => urls.set(requestId, [type, response.url]));
    client.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => sizes.set(requestId, encodedDataLength));
    await page.goto(world.url + usage('overview'));
    await page.locator('[data-answer]').waitFor();
    const byType = {};
    for (const [id, size] of sizes) {
      const [type, url] = urls.get(id) ?? ['?', ''];
      const kind = /echarts/.test(url) ? 'charts' : type;
      byType[kind] = (byType[kind] ?? 0) + size / 1024;
    }
    const { charts = 0, ...first } = byType;
    const total = Object.values(first).reduce((sum, size) => sum + size, 0);
    t.diagnostic(
      `first load ${total.toFixed(0)} KB, at most ${LIMIT_KB} (${Object.entries(first)
        .map(([type, size]) => `${type} ${size.toFixed(0)}`)
        .join(', ')}), charts later ${charts.toFixed(0)} KB`,
    );
    assert.ok(total <= LIMIT_KB, `${total.toFixed(0)} KB, at most ${LIMIT_KB}`);
    await page.leave();
  });

  test('the data of the Overview are there soon, on a processor a quarter as fast too', async (t) => {
    const page = await world.page({ role: 'SUPPORT', path: '/accounts', ready: 'tbody .name' });
    const client = await page.context().newCDPSession(page);
    await client.send('Network.enable');
    await client.send('Network.setCacheDisabled', { cacheDisabled: true });
    const walls = [];
    const own = [];
    const isSlow = () => Math.min(...own) * SLOWER >= SLOW_DATA_MS; // a neighbour may spoil some
    for (let i = 0; i < 3 || (isSlow() && i < 15); i++) {
      await page.goto('about:blank');
      await client.send('Performance.enable', { timeDomain: 'threadTicks' });
      await page.goto(world.url + usage('overview'), { waitUntil: 'commit' });
      await page.locator('[data-card="inRange"] [data-value]').first().waitFor();
      walls.push(await page.evaluate(() => performance.now()));
      const { metrics } = await client.send('Performance.getMetrics');
      own.push(metrics.find(({ name }) => name === 'TaskDuration').value * 1000);
      await client.send('Performance.disable');
    }
    const [wall, busy] = [Math.min(...walls), Math.min(...own)];
    t.diagnostic(
      `the main thread is busy for ${busy.toFixed(0)} ms, at most ${DATA_MS}; at a quarter of the speed ` +
        `${(busy * SLOWER).toFixed(0)} ms, at most ${SLOW_DATA_MS}; by the wall ${wall.toFixed(0)} ms`,
    );
    assert.ok(busy < DATA_MS && busy * SLOWER < SLOW_DATA_MS, `${busy} ms`);
    await page.leave();
  });

  test('nothing shifts, and a click is answered soon, on a processor a quarter as fast', async (t) => {
    const look = async (tab) => {
      const page = await world.page({ role: 'SUPPORT', path: '/accounts', ready: 'tbody .name' });
      const client = await page.context().newCDPSession(page);
      await client.send('Emulation.setCPUThrottlingRate', { rate: SLOWER });
      await page.addInitScript(observe);
      await page.goto(world.url + usage(tab));
      await page
        .locator(tab === 'overview' ? '.balance .chart[data-drawn] svg' : 'tbody .num')
        .first()
        .waitFor();
      const { shift } = await page.evaluate(() => window.vitals);
      await page.locator('.date-filter').click();
      await page.getByRole('button', { name: 'Last 90 days' }).click();
      await page.waitForURL(/range=last-90-days/);
      const { slowest } = await page.evaluate(() => window.vitals);
      await client.send('Emulation.setCPUThrottlingRate', { rate: 1 });
      const costs = await clicks(page, tab);
      await page.leave();
      return { shift, slowest, dearest: costs.reduce((a, b) => (b[1] > a[1] ? b : a)) };
    };
    for (const tab of ['overview', 'tools', 'models', 'guardrails', 'scripts']) {
      const { shift, slowest, dearest } = await soon(
        () => look(tab),
        (seen) => seen.dearest[1],
      );
      const [name, most] = dearest;
      t.diagnostic(
        `${tab}: CLS ${shift.toFixed(3)}, at most ${SHIFT}; dearest click “${name}” ${(most * SLOWER).toFixed(0)} ms ` +
          `at a quarter of the speed, at most ${CLICK_MS}; slowest by the wall ${slowest.toFixed(0)} ms`,
      );
      assert.ok(shift < SHIFT, `${tab} shifts by ${shift}`);
      assert.ok(most * SLOWER < CLICK_MS, `${tab}, ${name}: ${most * SLOWER} ms`);
    }
  });

  test('so it is in every other view', async (t) => {
    const of = (account) => (path) => `/accounts/${encodeURIComponent(account)}/${path}`;
    const [spent, own] = [of(world.exhausted.account), of(world.live.account)];
    const support = (path, click) => ['SUPPORT', path, click];
    const master = (path, click) => ['MASTER_ADMIN', path, click];
    // What is clicked there: an order, a filter, what opens a form, the next step.
    const views = [
      support(spent('agents/deployments/models'), '.sort'),
      ...['running', 'guardrails', 'scripts', 'fine-tuning'].map((kind) =>
        support(spent(`agents/deployments/${kind}`), '.choices'),
      ),
      ...['ledger', 'emails'].map((view) => support(spent(`agents/settings/billing/${view}`), '.choices')),
      ...['grants', 'statements'].map((view) => support(spent(`agents/settings/billing/${view}`), '.take')),
      support(spent('agents/settings/billing/pricing'), '.take'),
      support(spent('agents/settings/billing/sheet'), '.avatar'),
      support(spent('agents/settings/billing/script-statuses'), '.avatar'),
      support(usage('explore').replace('/usage/explore', '/explore'), '.compare-switch'),
      ...['members', 'roles', 'security'].map((view) => master(own(`agents/settings/${view}`), '.filters-end button')),
      master(own('agents/settings/general'), 'input[type="checkbox"]'),
      master(own('agents/settings/integrations'), '.clock-button'),
      master(own('agents/settings/audit'), '.choices'),
      support(spent('support'), '.desk form button[type="submit"]'),
      support(spent('support/day'), '.filters button'),
      support(spent('support/prices'), '.price-rows button'),
      support(spent('support/usage'), 'input[type="checkbox"]'),
      support(spent('support/audit'), '.open'),
      support('/accounts', '.avatar'),
      support('/rates', 'section[aria-label="Plans"] button'),
    ];
    const slow = [];
    const look = async ([role, path, click]) => {
      const page = await world.page({ role, path: role === 'SUPPORT' ? '/accounts' : '/', ready: 'main a' });
      const client = await page.context().newCDPSession(page);
      await client.send('Emulation.setCPUThrottlingRate', { rate: SLOWER });
      await page.addInitScript(observe);
      await page.goto(world.url + path);
      await page.locator('main .card, main table').first().waitFor();
      if (path.includes(encodeURIComponent(world.exhausted.account))) await page.locator('.banner').first().waitFor();
      await page.waitForFunction(
        () => !document.querySelector('main [aria-busy="true"], main .mantine-Skeleton-root, main .waiting'),
      );
      await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
      const { shift } = await page.evaluate(() => window.vitals);
      await client.send('Emulation.setCPUThrottlingRate', { rate: 1 });
      await page.waitForTimeout(300);
      const there = await page.locator(click).count();
      const cost = there === 0 ? 0 : await costOf(page, () => page.locator(click).first().click());
      await page.leave();
      return { shift, there, cost };
    };
    for (const view of views) {
      const { shift, there, cost } = await soon(
        () => look(view),
        (seen) => seen.cost,
      );
      const name = view[1].replace(/^\/accounts\/[^/]+\//, '').replace(/\?.*/, '');
      t.diagnostic(
        `${name}: CLS ${shift.toFixed(3)}, at most ${SHIFT}; ` +
          `a click ${(cost * SLOWER).toFixed(0)} ms, at most ${CLICK_MS}`,
      );
      if (there === 0) slow.push(`${name}: no ${view[2]}`);
      if (shift >= SHIFT) slow.push(`${name} shifts by ${shift}`);
      if (cost * SLOWER >= CLICK_MS) slow.push(`${name}: a click takes ${cost * SLOWER} ms`);
    }
    assert.deepEqual(slow, []);
  });

  test('memory stays flat while the figures change', async (t) => {
    const account = encodeURIComponent(world.live.account);
    const path = `/accounts/${account}/agents/settings/billing/usage/overview?vs=previous`;
    const page = await world.page({ role: 'SUPPORT', path, ready: '.balance .chart[data-drawn] svg' });
    const client = await page.context().newCDPSession(page);
    const asked = () => page.wire.sent.filter((name) => name === 'OverviewTab').length;
    const updates = async (n) => {
      for (let i = 0; i < n; i++) {
        const before = asked();
        await world.live.spend(0);
        await until('the Overview asks again', () => asked() > before);
      }
    };
    const heap = async () => {
      for (let i = 0; i < 4; i++) await client.send('HeapProfiler.collectGarbage');
      return (await client.send('Runtime.getHeapUsage')).usedSize / 1e6;
    };
    await updates(WARM);
    const before = await heap();
    await updates(UPDATES);
    const grown = (await heap()) - before;
    t.diagnostic(`${UPDATES} updates leave ${grown.toFixed(2)} MB of ${before.toFixed(1)}, at most ${GROWTH_MB}`);
    assert.ok(grown < GROWTH_MB, `${grown} MB`);
    await page.leave();
  });
}

// What the browser tells of shifts and of slow clicks.
function observe() {
  window.vitals = { shift: 0, slowest: 0 };
  new PerformanceObserver((list) => {
    for (const e of list.getEntries()) if (!e.hadRecentInput) window.vitals.shift += e.value;
  }).observe({ type: 'layout-shift', buffered: true });
  new PerformanceObserver((list) => {
    for (const e of list.getEntries())
      if (e.interactionId) window.vitals.slowest = Math.max(window.vitals.slowest, e.duration);
  }).observe({ type: 'event', durationThreshold: 16, buffered: true });
}

// Looks up to three times while clicks take too long, because a neighbour may spoil one look; returns the best.
async function soon(look, costOfIt) {
  let seen = await look();
  for (let i = 1; i < 3 && costOfIt(seen) * SLOWER >= CLICK_MS; i++) {
    const again = await look();
    if (costOfIt(again) < costOfIt(seen)) seen = again;
  }
  return seen;
}

// Clicks of a tab, each with what it costs.
async function clicks(page, tab) {
  const steps = [
    ['dates', () => page.locator('.date-filter').click()],
    ['30 days', () => page.getByRole('button', { name: 'Last 30 days' }).click()],
    ['comparison', () => page.locator('.compare-switch').click()],
    ['previous', () => page.getByRole('button', { name: 'Previous period' }).click()],
    ...(tab === 'overview'
      ? [
          ['table', () => page.locator('.trend').getByText('Table', { exact: true }).click()],
          ['chart', () => page.locator('.trend').getByText('Chart', { exact: true }).click()],
        ]
      : [['order', () => page.locator('.sort').first().click()]]),
  ];
  const costs = [];
  for (const [name, click] of steps) {
    await page.waitForTimeout(300); // what the click before has set going is done
    costs.push([name, await costOf(page, click)]);
  }
  return costs;
}

// The milliseconds of the main thread's own time from a click until the frame that answers it is handed on.
async function costOf(page, click) {
  const browser = page.context().browser();
  await browser.startTracing(page, { categories: ['devtools.timeline', 'disabled-by-default-devtools.timeline'] });
  await click();
  await page.waitForTimeout(300);
  const { traceEvents } = JSON.parse(await browser.stopTracing());
  const pressed = traceEvents.filter((e) => e.name === 'EventDispatch' && e.args?.data?.type === 'click');
  assert.ok(pressed.length > 0, 'no click in the trace');
  return Math.max(...pressed.map((at) => untilCommit(traceEvents, at)));
}

// The task of the click and the one of the frame; what arrives in between belongs to the click before.
function untilCommit(events, at) {
  const own = events.filter((e) => e.pid === at.pid && e.tid === at.tid);
  const commit = Math.min(...own.filter((e) => e.name === 'Commit' && e.ts > at.ts).map((e) => e.ts));
  const tasks = own.filter((e) => e.name === 'RunTask' && e.tdur);
  const during = (ts) => tasks.find((e) => e.ts <= ts && ts <= e.ts + e.dur);
  const both = new Set([during(at.ts), during(commit)].filter(Boolean));
  return [...both].reduce((sum, e) => sum + e.tdur, 0) / 1000;
}
