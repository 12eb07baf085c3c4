// The explorer: usage by any grouping, the question in the URL, the same figures as the API.
import assert from 'node:assert/strict';
import { dayOf, midnight } from './figures.mjs';
import { until } from './world.mjs';

export default function explore(test, world) {
  const path = (search) =>
    `/accounts/${encodeURIComponent(world.figures.account)}/agents/settings/billing/explore${search}`;

  test('the explorer answers by owner and by time what the API says, and its link keeps the question', async () => {
    const days = `from=${dayOf(29)}&to=${dayOf(0)}`;
    const range = { from: midnight(dayOf(29)), to: midnight(dayOf(-1)), timeZone: 'Europe/Vienna' };
    const { account } = await world.ask(
      'SUPPORT',
      `query ($id: ID!, $range: RangeInput) { account(id: $id) { usage(range: $range, groupBy: [OWNER], filter: { categories: [TOOLS] }, orderBy: [{ measure: RUNS }]) { edges { node { ownerName runs } } } } }`,
      { id: world.figures.account, range },
    );
    const wanted = account.usage.edges.map(({ node }) => [node.ownerName, String(node.runs)]);
    const page = await world.page({ role: 'SUPPORT', path: path(`?${days}`), ready: 'tbody .num' });
    await page.getByLabel('Show', { exact: true }).selectOption('RUNS');
    await page.getByLabel('By', { exact: true }).selectOption('OWNER');
    await page.getByRole('button', { name: 'Category' }).click();
    await page.getByRole('checkbox', { name: 'Tools' }).check();
    await page.keyboard.press('Escape');
    await page.waitForURL(/measure=runs.*by=owner.*category=tools/);
    const rows = () =>
      page
        .locator('tbody tr')
        .evaluateAll((all) =>
          all.map((tr) => [
            tr.querySelector('[data-column="by-owner"]')?.textContent,
            tr.querySelector('[data-column="runs"] [data-value]')?.getAttribute('data-value'),
          ]),
        );
    await until('the rows of the API', async () => JSON.stringify(await rows()) === JSON.stringify(wanted));
    await page.locator('.explorer-chart .chart[data-drawn] svg').waitFor();
    const other = await page.context().newPage();
    await other.goto(page.url());
    await other.locator('tbody td[data-column="by-owner"]').first().waitFor();
    assert.equal(await other.getByLabel('Show', { exact: true }).inputValue(), 'RUNS');
    await other.close();
    await page.getByLabel('Then by').selectOption('TIME');
    await page.locator('tbody td[data-column="by-time"]').first().waitFor();
    await page.locator('.explorer-chart .legend').getByText('Mia Master').waitFor();
    assert.deepEqual(page.wire.problems, []);
    await page.leave();
  });

  test('the question as GraphQL is the same question', async () => {
    const page = await world.page({
      role: 'SUPPORT',
      path: path(`?range=last-30-days&by=category&vs=previous`),
      ready: 'tbody .num',
    });
    const href = await page.getByRole('link', { name: 'Open in GraphiQL' }).getAttribute('href');
    const document = decodeURIComponent(href.split('#query=')[1]);
    const { account } = await world.ask('SUPPORT', document);
    const shown = await page
      .locator('td[data-column="credits"] [data-value]')
      .evaluateAll((all) => all.map((e) => e.dataset.value));
    assert.deepEqual(
      account.usage.edges.map(({ node }) => node.credits),
      shown,
    );
    assert.deepEqual(page.wire.problems, []);
    await page.leave();
  });
}
