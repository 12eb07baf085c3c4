// The explorer: usage by any grouping, the question in the URL, the same figures as the API.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { record } from './data.mjs';
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
      `query ($id: ID!, $range: RangeInput) { account(id: $id) { usage(range: $range, groupBy: [OWNER], filter: {
        categories: [TOOLS] }, orderBy: [{ measure: RUNS }]) { edges { node { ownerName runs } } } } }`,
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

  test('rows are ordered by any figure either way, and narrowed by what is clicked; a file tells both', async () => {
    const days = `from=${dayOf(29)}&to=${dayOf(0)}&tz=Europe%2FVienna`;
    const page = await world.page({
      role: 'SUPPORT',
      path: path(`?${days}&measure=runs&by=owner`),
      ready: 'tbody .num',
    });
    const column = (name) =>
      page
        .locator(`tbody td[data-column="${name}"] [data-value]`)
        .evaluateAll((all) => all.map((e) => Number(e.dataset.value)));
    await page.getByRole('columnheader', { name: 'Tool runs' }).getByRole('button').click();
    await page.waitForURL(/sort=runs&dir=asc/);
    await until('the fewest runs first', async () => {
      const runs = await column('runs');
      return runs.length > 2 && runs.every((n, i) => i === 0 || n >= runs[i - 1]) && runs.at(-1) > 0;
    });
    await page.getByLabel('Order', { exact: true }).selectOption('RUNS DESC');
    await until('the most runs first', async () => (await column('runs'))[0] === 1300);
    await page.locator('tbody').getByRole('button', { name: 'Mia Master' }).click();
    await page.waitForURL(/owner=Mia/);
    await until('one owner', async () => (await page.locator('tbody tr').count()) === 1);
    const download = page.waitForEvent('download');
    await page.locator('.table-card .take').click();
    await page.getByRole('menuitem', { name: 'Table as CSV' }).click();
    const file = readFileSync(await (await download).path(), 'utf8');
    for (const line of ['Show: Tool runs', 'By: Owner', 'Order: "?Tool runs, descending', 'Owner: Mia Master'])
      assert.match(file, new RegExp(`\r\n"?${line}`), line);
    // Down to one resource, from the chart of its owner.
    await page.locator('.explorer-chart .chart[data-drawn] svg').waitFor();
    const { width } = await page.locator('.explorer-chart .chart').boundingBox();
    await page.locator('.explorer-chart .chart').click({ position: { x: width / 2, y: 120 } });
    await until('by resource', () => !page.url().includes('by='));
    await page.locator('tbody').getByRole('link', { name: 'Order lookup' }).click();
    await page.getByRole('article', { name: 'Order lookup' }).waitFor();
    assert.match(page.url(), new RegExp(`from=${dayOf(29)}`), 'the period goes along');
    assert.deepEqual(page.wire.problems, []);
    await page.leave();
  });

  test('one resource is found by its name; time is told in steps of one’s choice, ratios by themselves', async () => {
    const days = `from=${dayOf(29)}&to=${dayOf(0)}&tz=Europe%2FVienna`;
    const page = await world.page({ role: 'SUPPORT', path: path(`?${days}&by=time`), ready: 'tbody .num' });
    await page.getByRole('combobox', { name: 'Resource' }).fill('mistral');
    await page.getByRole('option', { name: 'Mistral 7B' }).click();
    await page.waitForURL(/resource=/);
    await page.getByRole('button', { name: 'Clear filter: Resource: Mistral 7B' }).waitFor();
    await page.getByLabel('Step').selectOption('WEEK');
    await page.waitForURL(/step=week/);
    await until('weeks', async () => [5, 6].includes(await page.locator('tbody tr').count()));
    await page.getByLabel('By', { exact: true }).selectOption('RESOURCE');
    await page.getByLabel('Show', { exact: true }).selectOption('CREDITS_PER_1000_TOKENS');
    const { account } = await world.ask(
      'SUPPORT',
      `query ($id: ID!, $range: RangeInput) { account(id: $id) { usage(range: $range, groupBy: [RESOURCE], filter: {
        categories: [MODELS] }) { edges { node { creditsPer1000Tokens } } } } }`,
      {
        id: world.figures.account,
        range: { from: midnight(dayOf(29)), to: midnight(dayOf(-1)), timeZone: 'Europe/Vienna' },
      },
    );
    const ratio = account.usage.edges[0].node.creditsPer1000Tokens;
    await page.locator(`tbody td[data-column="class"] [data-value="${ratio}"]`).waitFor();
    assert.equal(await page.locator('th[data-column="share"]').count(), 0, 'a ratio is no part of a whole');
    await page.getByRole('button', { name: 'Clear filter: Resource: Mistral 7B' }).click();
    await until('all resources', () => !page.url().includes('resource='));
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
    // What it is compared with stands behind the bars, and the table with its changes fits into the page.
    await page.locator('.explorer-chart .legend .dot-ghost').waitFor();
    const wider = await page
      .locator('.table-scroll')
      .evaluateAll((all) => all.filter((e) => e.scrollWidth > e.clientWidth + 1).length);
    assert.equal(wider, 0, 'the table scrolls sideways at 1280 px');
    assert.deepEqual(page.wire.problems, []);
    await page.leave();
  });

  test('usage is told by user, by API key and by the value of a tag, and one of them alone', async () => {
    const { createAccount } = await world.ask(
      'PLATFORM',
      `mutation ($in: CreateAccountInput!) { createAccount(input: $in) { account { id } userErrors { code message }
        } }`,
      { in: { name: 'Who', idempotencyKey: 'who' } },
    );
    const id = createAccount.account.id;
    const { registerModel } = await world.ask(
      'PLATFORM',
      'mutation ($in: RegisterModelInput!) { registerModel(input: $in) { model { id } userErrors { code message } } }',
      { in: { accountId: id, name: 'Asked', parametersBillions: '7' } },
    );
    const modelId = registerModel.model.id;
    const event = (n, more) => ({
      source: 'e2e',
      id: String(n),
      time: new Date().toISOString(),
      modelId,
      inputTokens: 1000 * n,
      outputTokens: 100,
      ...more,
    });
    await record(world, id, [
      event(1, { user: 'ann', apiKey: 'key-1', tags: [{ key: 'team', value: 'red' }], cacheReadTokens: 400 }),
      event(2, { user: 'bob', tags: [{ key: 'team', value: 'blue' }], reasoningTokens: 30 }),
      event(4, {}),
    ]);
    const at = (search) => `/accounts/${encodeURIComponent(id)}/agents/settings/billing/explore${search}`;
    const page = await world.page({ role: 'SUPPORT', path: at('?by=user&measure=input-tokens'), ready: 'tbody .num' });
    const rows = (column) =>
      page
        .locator('tbody tr')
        .evaluateAll(
          (all, name) =>
            all.map((tr) => [
              tr.querySelector(`[data-column="${name}"]`)?.textContent,
              tr.querySelector('[data-column="tokens"] [data-value]')?.getAttribute('data-value'),
            ]),
          column,
        );
    const become = (column, wanted) =>
      until(JSON.stringify(wanted), async () => JSON.stringify(await rows(column)) === JSON.stringify(wanted));
    await become('by-user', [
      ['None named', '4100'],
      ['bob', '2100'],
      ['ann', '1100'],
    ]);
    await page.getByLabel('Tag', { exact: true }).selectOption('team');
    await page.getByLabel('By', { exact: true }).selectOption('TAG');
    await become('by-tag', [
      ['None named', '4100'],
      ['blue', '2100'],
      ['red', '1100'],
    ]);
    await page.locator('tbody').getByRole('button', { name: 'red' }).click();
    await page.waitForURL(/value=red/);
    await become('by-tag', [['red', '1100']]);
    await page.getByLabel('Show', { exact: true }).selectOption('CACHE_READ_TOKENS');
    await page.locator('td[data-column="class"] [data-value="400"]').waitFor();
    await page.getByLabel('User', { exact: true }).fill('bob');
    await page.getByLabel('User', { exact: true }).press('Enter');
    await page.waitForURL(/user=bob/);
    await page.getByText('Nothing was used in this period.').first().waitFor();
    await page.goto(world.url + at('?by=resource-tag'));
    await page.getByText('Choose a tag to group by.').waitFor();
    assert.deepEqual(page.wire.problems, []);

    const usage = `/accounts/${encodeURIComponent(id)}/agents/settings/billing/usage`;
    await page.goto(`${world.url}${usage}/models/${encodeURIComponent(modelId)}`);
    const who = page.locator('[data-card="who"]');
    await who.locator('tbody tr', { hasText: 'bob' }).waitFor();
    await who.getByLabel('By').selectOption('tag:team');
    await who.locator('tbody tr', { hasText: 'blue' }).waitFor();
    const kinds = page.locator('[data-card="kinds"] tbody tr').first();
    assert.equal(await kinds.locator('[data-column="cache-read"] [data-value]').getAttribute('data-value'), '400');
    assert.equal(await kinds.locator('[data-column="reasoning"] [data-value]').getAttribute('data-value'), '30');
    await who.getByRole('link', { name: 'Explorer' }).click();
    await page.waitForURL(/explore\?.*by=tag.*tag=team/);
    assert.deepEqual(page.wire.problems, []);
    await page.leave();
  });
}
