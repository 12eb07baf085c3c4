// The Overview answers: what was used against the time before, why, how the balance went, and each bar leads closer.
import assert from 'node:assert/strict';
import { dayOf, midnight } from './figures.mjs';
import { until } from './world.mjs';

const ZONE = 'Europe/Vienna';
const micro = (value) => Math.round(Number(value) * 1e6);

export default function answers(test, world) {
  const usage = (tab, search) =>
    `/accounts/${encodeURIComponent(world.figures.account)}/agents/settings/billing/usage/${tab}${search}`;
  const ask = (range, fields) =>
    world
      .ask('SUPPORT', `query ($id: ID!, $range: RangeInput) { account(id: $id) { ${fields} } }`, {
        id: world.figures.account,
        range,
      })
      .then((d) => d.account);
  test('the Overview says what was used, against the days before, and why it changed', async () => {
    const range = (from, to) => ({ from: midnight(dayOf(from)), to: midnight(dayOf(to)), timeZone: ZONE });
    const ranges = { now: range(2, 0), before: range(4, 2) };
    const page = await world.page({
      role: 'SUPPORT',
      path: usage('overview', `?from=${dayOf(2)}&to=${dayOf(1)}&vs=previous`),
      ready: '[data-answer]',
    });
    const used = 'overview(range: $range) { inRange { credits runs slices { category used } } }';
    const by = 'usage(range: $range, groupBy: [RESOURCE], first: 100) { edges { node { resourceName credits } } }';
    const [now, before] = [await ask(ranges.now, used + by), await ask(ranges.before, used + by)];
    const sentence = page.locator('[data-answer]');
    await sentence.waitFor();
    const change = await page.locator('[data-tile="Credits used"] [data-change]').getAttribute('data-change');
    const difference = micro(now.overview.inRange.credits) - micro(before.overview.inRange.credits);
    assert.equal(micro(change), difference);
    const percent = (Math.abs(difference) / micro(before.overview.inRange.credits)) * 100;
    const [, shown, word] = /([\d.]+)% (more|less) than in/.exec(await sentence.innerText());
    assert.ok(Math.abs(Number(shown) - percent) <= 0.005 + 1e-9, `${shown}% is ${percent}%`);
    assert.equal(word, difference > 0 ? 'more' : 'less');
    assert.match(await sentence.innerText(), /At this pace|used up|nothing runs out|Too little is known/);
    const amounts = new Map();
    for (const [side, account] of [
      [1, now],
      [-1, before],
    ])
      for (const { node } of account.usage.edges)
        amounts.set(node.resourceName, (amounts.get(node.resourceName) ?? 0) + side * micro(node.credits));
    const expected = [...amounts]
      .filter(([, by]) => by !== 0)
      .sort((a, b) => Math.abs(b[1]) - Math.abs(a[1]))
      .slice(0, 3);
    const rows = page.locator('.movers li');
    await rows.first().waitFor();
    assert.deepEqual(
      await rows.locator('.mover-name b').allInnerTexts(),
      expected.map(([name]) => name),
    );
    const moved = await rows
      .locator('.mover-figures b [data-value]')
      .evaluateAll((all) => all.map((e) => e.dataset.value));
    assert.deepEqual(
      moved.map(micro),
      expected.map(([, by]) => by),
    );
    await page.locator('.legend .dot-ghost').waitFor(); // the bars of the days before stand in the chart
    await page.getByText('Table', { exact: true }).click();
    await page.locator('.trend-table td[data-column="credits-change"] [data-change]').first().waitFor();
    assert.deepEqual(page.wire.problems, []);
    await page.leave();
  });

  test('the comparison is chosen, stands in the URL and goes along to the next tab', async () => {
    const page = await world.page({ role: 'SUPPORT', path: usage('overview', ''), ready: '[data-answer]' });
    await page.getByRole('button', { name: 'Compare' }).click();
    await page.getByRole('button', { name: 'A month before' }).click();
    await page.waitForURL(/vs=month/);
    await page.getByRole('navigation', { name: 'Usage' }).getByRole('link', { name: 'Models' }).click();
    await page.waitForURL(/usage\/models\?.*vs=month/);
    await page.getByRole('button', { name: /Compare/ }).click();
    await page.getByRole('button', { name: 'No comparison' }).click();
    await until('the comparison is gone', () => !page.url().includes('vs='));
    assert.deepEqual(page.wire.problems, []);
    await page.leave();
  });

  test('the balance tells of grants, and each leads to its ledger entry', async () => {
    const page = await world.page({ role: 'SUPPORT', path: usage('overview', ''), ready: '.steps li' });
    await page.locator('.balance .chart[data-drawn] svg').waitFor();
    assert.equal(await page.locator('.steps [data-value]').last().getAttribute('data-value'), '75');
    await page.locator('.steps').getByRole('link', { name: 'Granted' }).last().click();
    await page.waitForURL(/ledger\?kind=grant&meter=model-credits/);
    await page.locator('td[data-column="amount"] [data-value="75"]').waitFor();
    assert.deepEqual(page.wire.problems, []);
    await page.leave();
  });

  test('a bar leads to its day, its hour and its minutes, by pointer and by keyboard', async () => {
    const page = await world.page({
      role: 'SUPPORT',
      path: usage('overview', `?from=${dayOf(5)}&to=${dayOf(1)}`),
      ready: '.trend .chart[data-drawn] svg',
    });
    const { width } = await page.locator('.trend .chart').boundingBox();
    await page.locator('.trend .chart').click({ position: { x: width - 60, y: 140 } }); // the last column
    await page.waitForURL(new RegExp(`from=${dayOf(1)}&to=${dayOf(1)}`));
    await page.getByText('Table', { exact: true }).click();
    const hour = page.locator('.trend-table tbody tr').nth(3).getByRole('button');
    await hour.focus();
    await page.keyboard.press('Enter');
    await page.waitForURL(/step=minute/);
    assert.match(decodeURIComponent(page.url()), new RegExp(`from=${dayOf(1)}T20:00&to=${dayOf(1)}T21:00`));
    await until('60 minutes', async () => (await page.locator('.trend-table tbody tr').count()) === 60);
    assert.equal(await page.locator('.trend-table tbody button').count(), 0, 'nothing is finer than a minute');
    await page.getByRole('navigation', { name: 'Usage' }).getByRole('link', { name: 'Tools' }).click();
    await page.locator('tbody .name').first().waitFor();
    assert.match(decodeURIComponent(page.url()), /T20:00/);
    assert.deepEqual(page.wire.problems, []);
    await page.leave();
  });

  test('a period to the minute is chosen in the date filter', async () => {
    const page = await world.page({ role: 'SUPPORT', path: usage('tools', ''), ready: 'tbody .name' });
    await page.locator('.date-filter').click();
    const dialog = page.getByRole('dialog', { name: 'Date range' });
    await dialog.getByRole('button', { name: 'Custom range' }).click();
    const today = dialog.locator('table button:not([data-disabled]):not(:disabled)').last();
    await today.click();
    await today.click();
    await dialog.getByLabel('With the time of day').check();
    await dialog.getByLabel('From', { exact: true }).fill('00:00');
    await dialog.getByLabel('To', { exact: true }).fill('00:30');
    await dialog.getByRole('button', { name: 'Apply' }).click();
    await page.waitForURL(new RegExp(`from=${dayOf(0)}T00%3A00&to=${dayOf(0)}T00%3A30`));
    await page.locator('.date-filter').click();
    await page.getByRole('button', { name: 'Yesterday' }).click();
    await page.waitForURL(new RegExp(`from=${dayOf(1)}&to=${dayOf(1)}`));
    assert.deepEqual(page.wire.problems, []);
    await page.leave();
  });
}
