// 10,000 tools and 10,000 deployments page smoothly.
import assert from 'node:assert/strict';

// Generous, since the machine of the tests may be busy; the figure measured is printed. What holds on every machine:
// the twentieth page takes as long as the second.
const LIMIT_MS = 3_000;

// Turns twenty pages of a hundred rows, and times each from the click until its rows are there. `there` waits for
// page n, and may return what is looked at with the watch stopped.
async function paged(t, page, what, there) {
  const times = [];
  for (let n = 2; n <= 21; n++) {
    const next = page.getByRole('button', { name: 'Next page' });
    await next.hover();
    const begun = performance.now();
    await next.click();
    const look = await there(n);
    times.push(performance.now() - begun);
    if (typeof look === 'function') await look();
  }
  const median = (some) => some.toSorted((a, b) => a - b)[Math.floor(some.length / 2)];
  const [early, late] = [median(times.slice(0, 10)), median(times.slice(10))];
  assert.ok(
    late < 3 * early + 300,
    `later pages do not take longer: ${early.toFixed(0)} ms, then ${late.toFixed(0)} ms`,
  );
  const most = Math.max(...times);
  t.diagnostic(`a page of 100 of 10,000 ${what}: median ${median(times).toFixed(0)} ms, slowest ${most.toFixed(0)} ms`);
  assert.ok(median(times) < LIMIT_MS, `median ${median(times)} ms`);
}

export default function crowd(test, world) {
  test('every row of a long page has its line, by the hour too', async () => {
    const { account } = await world.crowd;
    const page = await world.page({
      role: 'SUPPORT',
      path: `/accounts/${encodeURIComponent(account)}/agents/settings/billing/usage/tools?size=100&range=last-24-hours`,
      ready: 'tbody .num',
    });
    await page.waitForFunction(() => document.querySelectorAll('tbody svg.spark polyline').length === 100);
    assert.deepEqual(page.wire.problems, []);
    await page.leave();
  });

  test('10,000 tools page smoothly', async (t) => {
    const { account, runs } = await world.crowd;
    const page = await world.page({
      role: 'SUPPORT',
      path: `/accounts/${encodeURIComponent(account)}/agents/settings/billing/usage/tools?size=100&sort=name&dir=asc`,
      ready: 'tbody .num',
    });
    const part = page.locator('.pager-part');
    assert.equal(await part.innerText(), '1–100 of 10,000');
    assert.equal(
      await page.locator('[data-figure="Total runs"] [data-value]').getAttribute('data-value'),
      String(runs),
    );
    const seen = new Set();
    await paged(t, page, 'tools', async (n) => {
      const wanted = `Tool ${String((n - 1) * 100).padStart(5, '0')}`;
      await page.waitForFunction((name) => document.querySelector('tbody .name')?.textContent === name, wanted);
      return async () => {
        for (const name of await page.locator('tbody .name').allInnerTexts()) seen.add(name);
      };
    });
    assert.equal(seen.size, 2_000, 'every row once');
    await page.getByRole('button', { name: 'Last page' }).click();
    await page.waitForFunction(() => document.querySelector('tbody tr:last-child .name')?.textContent === 'Tool 09999');
    assert.equal(await part.innerText(), '9,901–10,000 of 10,000');
    await page.getByRole('button', { name: 'Previous page' }).click();
    await page.waitForFunction(() => document.querySelector('tbody .name')?.textContent === 'Tool 09800');
    await page.goBack();
    await page.waitForFunction(() => document.querySelector('tbody tr:last-child .name')?.textContent === 'Tool 09999');
    await page.getByRole('searchbox').fill('TOOL 0042');
    await page.waitForFunction(() => document.querySelectorAll('tbody tr').length === 10);
    await page.getByRole('button', { name: /^Runs/ }).click();
    await page.waitForFunction(() =>
      document.querySelector('th[aria-sort="descending"]')?.textContent.includes('Runs'),
    );
    assert.match(page.url(), /q=TOOL\+0042/);
    assert.deepEqual(page.wire.problems, []);
    await page.leave();
  });

  test('10,000 deployments sort and page on the server: the order is that of all of them', async (t) => {
    const { account, name } = await world.hosted;
    const page = await world.page({
      role: 'SUPPORT',
      path: `/accounts/${encodeURIComponent(account)}/agents/deployments/scripts?size=100&sort=name&dir=desc`,
      ready: 'tbody .name',
    });
    const first = () => page.locator('tbody td[data-column="name"] a').first().innerText();
    const begins = (wanted) =>
      page.waitForFunction((of) => document.querySelector('tbody a.link')?.textContent === of, wanted);
    const part = page.locator('.pager-part');
    assert.equal(await part.innerText(), '1–100 of 10,000');
    assert.equal(await first(), name(9_999), 'the last of all, though it is far behind the first page');
    await paged(t, page, 'deployments', (n) => begins(name(10_000 - (n - 1) * 100 - 1)));
    const begun = performance.now();
    await page.getByRole('button', { name: 'Last page' }).click();
    await begins(name(99));
    t.diagnostic(`the last page after ${(performance.now() - begun).toFixed(0)} ms`);
    assert.equal(await part.innerText(), '9,901–10,000 of 10,000');
    const before = page.wire.sent.filter((of) => of === 'HostedView').length;
    await page.getByRole('searchbox').fill('SCRIPT 0119');
    await page.waitForFunction(() => document.querySelectorAll('tbody tr').length === 10);
    const asked = page.wire.sent.filter((of) => of === 'HostedView').length - before;
    assert.ok(asked <= 3, `a page is one question: ${asked}`);
    assert.deepEqual(page.wire.problems, []);
    await page.leave();
  });
}
