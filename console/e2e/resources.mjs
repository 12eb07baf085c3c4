// Tabs tell shares, lines and changes; every resource has a page of its own.
import assert from 'node:assert/strict';
import { dayOf, midnight } from './figures.mjs';
import { until } from './world.mjs';

const ZONE = 'Europe/Vienna';
const micro = (value) => Math.round(Number(value) * 1e6);

export default function resources(test, world) {
  const usage = (path, search) =>
    `/accounts/${encodeURIComponent(world.figures.account)}/agents/settings/billing/usage/${path}${search}`;
  const range = (from, to) => ({ from: midnight(dayOf(from)), to: midnight(dayOf(to)), timeZone: ZONE });
  const ask = (range, fields) =>
    world
      .ask('SUPPORT', `query ($id: ID!, $range: RangeInput) { account(id: $id) { ${fields} } }`, {
        id: world.figures.account,
        range,
      })
      .then((d) => d.account);
  const days = `?from=${dayOf(2)}&to=${dayOf(1)}&vs=previous`;

  test('rows tell their share of the total and how they changed', async () => {
    const rows = 'models(range: $range) { totals { totalCredits } edges { creditsUsed node { name } } }';
    const [now, before] = [await ask(range(2, 0), rows), await ask(range(4, 2), rows)];
    const page = await world.page({
      role: 'SUPPORT',
      path: usage('models', days),
      ready: '[data-column="change"] .delta',
    });
    const used = (account) => micro(account.models.edges[0].creditsUsed);
    const row = page.locator('tbody tr', { hasText: 'Mistral 7B' });
    assert.equal(micro(await row.locator('[data-change]').getAttribute('data-change')), used(now) - used(before));
    const share = Number(await row.locator('[data-share]').getAttribute('data-share'));
    assert.ok(Math.abs(share - (used(now) / micro(now.models.totals.totalCredits)) * 100) < 0.01);
    await page.locator('.spark polyline').first().waitFor();
    const total = page.locator('[data-figure="Total credits"] [data-change]');
    assert.equal(
      micro(await total.getAttribute('data-change')),
      micro(now.models.totals.totalCredits) - micro(before.models.totals.totalCredits),
    );
    assert.deepEqual(page.wire.problems, []);
    await page.leave();
  });

  test('a tool opens its page: runs, share, trend and ledger', async () => {
    const page = await world.page({
      role: 'SUPPORT',
      path: usage('tools', '?range=last-30-days'),
      ready: 'tbody .name',
    });
    await page.getByRole('button', { name: 'Open Order lookup' }).click();
    await page.waitForURL(/usage\/tools\/[^?]+\?.*range=last-30-days/);
    assert.equal(await page.locator('[data-figure="Runs"] [data-value]').getAttribute('data-value'), '1300');
    assert.match(await page.locator('b[data-share]').innerText(), /^99\.\d\d%$/);
    await page.locator('.trend .chart[data-drawn] svg').waitFor();
    await page.getByText('No entry in this period.').waitFor(); // what lies before the books stands in no entry
    assert.deepEqual(page.wire.problems, []);
    await page.leave();
  });

  test('the page of a resource shows its ledger entries, and leads to all of them', async () => {
    await world.live.spend(1);
    const account = encodeURIComponent(world.live.account);
    const page = await world.page({
      role: 'MASTER_ADMIN',
      path: `/accounts/${account}/agents/settings/billing/usage/models/${encodeURIComponent(world.live.model)}`,
      ready: '[data-card="entries"] td[data-column="amount"] [data-value]',
    });
    await page.getByRole('link', { name: 'All entries' }).click();
    await page.waitForURL(/ledger\?.*resource=/);
    await page.getByRole('button', { name: 'One resource only' }).waitFor();
    const what = page.locator('td[data-column="what"] .name');
    await what.first().waitFor();
    assert.ok((await what.allInnerTexts()).every((text) => text.startsWith('Spender')));
    await page.getByRole('button', { name: 'One resource only' }).click();
    await until('all resources', () => !page.url().includes('resource='));
    assert.deepEqual(page.wire.problems, []);
    await page.leave();
  });

  test('the page of a resource has its actions: deploy, scale and undeploy, as in the list', async () => {
    const account = world.live.account;
    const { registerModel } = await world.ask(
      'PLATFORM',
      'mutation ($in: RegisterModelInput!) { registerModel(input: $in) { model { id } userErrors { code message } } }',
      { in: { accountId: account, name: 'Acted on', parametersBillions: '1' } },
    );
    const { id } = registerModel.model;
    await world.ask(
      'SUPPORT',
      'mutation ($in: GrantCreditsInput!) { grantCredits(input: $in) { userErrors { code message } } }',
      { in: { accountId: account, meter: 'MODEL_CREDITS', amount: '200', reference: 'Acts', idempotencyKey: 'acts' } },
    );
    await world.ask(
      'PLATFORM',
      'mutation ($in: DeployModelInput!) { deployModel(input: $in) { userErrors { code message } } }',
      { in: { modelId: id, name: 'acted-prod', hardware: 'g4dn.xlarge' } },
    );
    const page = await world.page({
      role: 'MASTER_ADMIN',
      path: `/accounts/${encodeURIComponent(account)}/agents/settings/billing/usage/models/${encodeURIComponent(id)}`,
      ready: '[data-card="ran"] tbody tr',
    });
    await page.getByRole('button', { name: 'Deploy Acted on' }).waitFor();
    await page.getByRole('button', { name: 'Scale acted-prod' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Replicas').fill('2');
    await dialog.getByRole('button', { name: /Scale/ }).click();
    await dialog.waitFor({ state: 'detached' });
    await page.locator('[data-card="ran"]').getByText('2 replicas').first().waitFor();
    await page.getByRole('button', { name: 'Undeploy acted-prod' }).click();
    await dialog.getByRole('button', { name: /Undeploy/ }).click();
    await dialog.waitFor({ state: 'detached' });
    await page.getByRole('button', { name: 'Redeploy acted-prod' }).waitFor();
    assert.deepEqual(page.wire.problems, []);
    await page.leave();
  });

  test('a model opens its page from its panel: deployments over time, tokens, what it costs an hour', async () => {
    const page = await world.page({
      role: 'SUPPORT',
      path: usage('models', '?range=last-30-days'),
      ready: 'tbody .name',
    });
    await page.getByRole('button', { name: 'Open Mistral 7B' }).click();
    await page.getByRole('link', { name: 'Open page' }).click();
    await page.waitForURL(/usage\/models\/[^?]+\?/);
    assert.equal(await page.locator('[data-figure="Costs an hour now"] [data-value]').getAttribute('data-value'), '0');
    const ran = page.locator('[data-card="ran"]');
    await ran.getByText('mistral-prod').first().waitFor();
    const { account } = await world.ask(
      'SUPPORT',
      `query ($id: ID!, $model: ID!) { account(id: $id) { segments(
        range: { preset: LAST_30_DAYS, timeZone: "Europe/Vienna" }, resourceId: $model) {
        edges { node { start end hardware replicas credits } } } } }`,
      { id: world.figures.account, model: decodeURIComponent(/models\/([^?]+)/.exec(page.url())[1]) },
    );
    const stretches = account.segments.edges.map(({ node }) => node);
    assert.ok(stretches.length > 0);
    assert.equal(await ran.locator('.track i').count(), stretches.length);
    const list = ran.locator('.segments tbody tr');
    assert.deepEqual(
      await list.locator('td[data-column="start"] time').evaluateAll((all) => all.map((time) => time.dateTime)),
      stretches.map(({ start }) => start),
    );
    assert.deepEqual(
      await list
        .locator('td[data-column="used"] [data-value]')
        .evaluateAll((all) => all.map(({ dataset }) => dataset.value)),
      stretches.map(({ credits }) => credits),
    );
    assert.deepEqual(
      await list.locator('td[data-column="hardware"]').allInnerTexts(),
      stretches.map(({ hardware, replicas }) => `${hardware} × ${replicas}`),
    );
    const inference = page.locator('[data-card="kinds"] tbody tr', { hasText: 'Inference' });
    assert.match(await inference.innerText(), /2,000,375[\s\S]*333,377/);
    await page.getByRole('link', { name: 'All models' }).click();
    await page.waitForURL(/usage\/models\?.*range=last-30-days/);
    assert.deepEqual(page.wire.problems, []);
    await page.leave();
  });
}
