// Speed and size as a browser sees them: bytes of the first load, shifts of the layout, and how long a click takes on a
// processor a quarter as fast.
import assert from 'node:assert/strict';

const LIMIT_KB = 360;
const SHIFT = 0.05;
// Generous, since the machine of the tests may be busy; what was measured is printed.
const CLICK_MS = 600;

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
      `first load ${total.toFixed(0)} KB (${Object.entries(first)
        .map(([type, size]) => `${type} ${size.toFixed(0)}`)
        .join(', ')}), charts later ${charts.toFixed(0)} KB`,
    );
    assert.ok(total < LIMIT_KB, `${total.toFixed(0)} KB`);
    await page.leave();
  });

  test('nothing shifts, and a click is answered soon, on a processor a quarter as fast', async (t) => {
    for (const tab of ['overview', 'tools', 'models', 'guardrails', 'scripts']) {
      const page = await world.page({ role: 'SUPPORT', path: '/accounts', ready: 'tbody .name' });
      const client = await page.context().newCDPSession(page);
      await client.send('Emulation.setCPUThrottlingRate', { rate: 4 });
      await page.addInitScript(() => {
        window.shift = 0;
        window.slowest = 0;
        new PerformanceObserver((list) => {
          for (const e of list.getEntries()) if (!e.hadRecentInput) window.shift += e.value;
        }).observe({ type: 'layout-shift', buffered: true });
        new PerformanceObserver((list) => {
          for (const e of list.getEntries()) if (e.interactionId) window.slowest = Math.max(window.slowest, e.duration);
        }).observe({ type: 'event', durationThreshold: 16, buffered: true });
      });
      await page.goto(world.url + usage(tab));
      await page
        .locator(tab === 'overview' ? '.balance .chart[data-drawn] svg' : 'tbody .num')
        .first()
        .waitFor();
      const shift = await page.evaluate(() => window.shift);
      await page.locator('.date-filter').click();
      await page.getByRole('button', { name: 'Last 7 days' }).click();
      await page.waitForTimeout(600);
      const slowest = await page.evaluate(() => window.slowest);
      t.diagnostic(`${tab}: CLS ${shift.toFixed(3)}, slowest click ${slowest.toFixed(0)} ms`);
      assert.ok(shift < SHIFT, `${tab} shifts by ${shift}`);
      assert.ok(slowest < CLICK_MS, `${tab}: ${slowest} ms`);
      await page.leave();
    }
  });
}
