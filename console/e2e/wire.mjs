// What goes over the wire: one operation a view, by its hash, and none again within its freshness.
import assert from 'node:assert/strict';
import { until } from './world.mjs';

// Below the Overview's answer three cards ask for themselves, once it is there.
const CARDS = ['BalanceLine', 'HintsCard', 'Movers'];
// The small lines of rows come after the rows.
const LINES = 'RowTrends';

export default function wire(test, world) {
  const base = () => `/accounts/${encodeURIComponent(world.live.account)}/agents`;
  const table = 'tbody td .num, tbody td .name, .notice:not([role=alert])';

  test('every view is one operation', async () => {
    const views = [
      ['settings/billing/usage/overview', 'OverviewTab', '[data-card="inRange"] .num'],
      ['settings/billing/usage/tools', 'ToolsTab', table],
      ['settings/billing/usage/models', 'ModelsTab', table],
      ['settings/billing/usage/guardrails', 'GuardrailsTab', table],
      ['settings/billing/usage/scripts', 'ScriptsTab', table],
      ['settings/billing/ledger', 'LedgerView', table],
      ['settings/billing/grants', 'GrantsView', table],
      ['settings/billing/statements', 'StatementsView', table],
      ['settings/billing/emails', 'EmailsView', table],
      ['settings/billing/pricing', 'Pricing', '.pricing td'],
      ['settings/general', 'GeneralView', '.facts'],
      ['settings/members', 'MembersView', table],
      ['settings/roles', 'RolesView', table],
      ['settings/audit', 'AuditView', table],
      ['settings/security', 'TokensView', table],
      ['settings/integrations', 'ContactsView', 'textarea'],
      ['deployments/models', 'HostedView', table],
      ['deployments/guardrails', 'HostedView', table],
      ['deployments/scripts', 'HostedView', table],
      ['deployments/fine-tuning', 'FineTuningView', table],
    ];
    const page = await world.page({ role: 'MASTER_ADMIN', path: '/', ready: '.module' });
    for (const [path, operation, ready] of views) {
      await page.goto('about:blank');
      for (const list of Object.values(page.wire)) list.length = 0;
      await page.goto(`${world.url}${base()}/${path}`);
      await page.locator(ready).first().waitFor();
      await page.locator('.clock-button:not([data-icon="NONE"])').waitFor();
      const cards = operation === 'OverviewTab' ? CARDS : [];
      const sent = () => page.wire.sent.filter((name) => name !== LINES);
      await until(`the cards of ${path}`, () => sent().length >= 2 + cards.length);
      assert.deepEqual(sent().slice(0, 2), ['Session', operation], path);
      assert.deepEqual(sent().slice(2).sort(), cards, path);
      const streams = [
        'LiveBanners',
        'LiveStatus',
        ...(path.startsWith('deployments') ? ['LiveDeployments'] : []),
      ].sort();
      await until(`the streams of ${path}`, () => page.wire.streams.length >= streams.length);
      assert.deepEqual([...page.wire.streams].sort(), streams, path);
      assert.deepEqual(page.wire.problems, [], path);
    }
    await page.leave();
  });

  test('whoever reaches every account is known with it, and answers are no streams', async () => {
    const page = await world.page({ role: 'SUPPORT', path: '/accounts', ready: 'tbody .name' });
    await page.goto('about:blank');
    page.wire.sent.length = 0;
    const types = new Set();
    page.on('response', (answer) => {
      if (answer.url().endsWith('/graphql')) types.add(answer.headers()['content-type']);
    });
    await page.goto(`${world.url}${base()}/settings/billing/usage/overview`);
    await page.locator('[data-card="inRange"] .num').first().waitFor();
    assert.deepEqual(page.wire.sent.slice(0, 2), ['Session', 'OverviewTab']);
    assert.ok(!page.wire.sent.includes('Place'));
    assert.match([...types].join(), /^application\/[\w+-]*json; charset=utf-8$/);
    // Another account is asked for when one goes there.
    await page.getByRole('link', { name: /Change account/ }).click();
    await page.locator('tbody a', { hasText: 'Figures' }).first().click();
    await page.getByRole('heading', { level: 1 }).waitFor();
    await until('the place', () => page.wire.sent.includes('Place'));
    await page.leave();
  });

  test('no tab is asked for again within its freshness', async () => {
    const page = await world.page({
      role: 'MASTER_ADMIN',
      path: `${base()}/settings/billing/usage/overview`,
      ready: '[data-card="inRange"] .num',
    });
    // A card that is left before its answer is rightly asked again.
    await until('the cards are answered', () => CARDS.every((card) => page.wire.answered.includes(card)));
    await page.clock.setFixedTime(Date.now()); // however long the clicks take, all that was asked stays fresh
    const tabs = page.getByRole('navigation', { name: 'Usage' });
    for (const name of ['Tools', 'Models', 'Guardrails', 'Custom Scripts', 'Overview', 'Tools', 'Models', 'Overview']) {
      await tabs.getByRole('link', { name, exact: true }).click();
      await page
        .locator(name === 'Overview' ? '[data-card="inRange"] .num' : table)
        .first()
        .waitFor();
    }
    assert.deepEqual(page.wire.sent.filter((name) => CARDS.includes(name)).sort(), CARDS);
    assert.deepEqual(
      page.wire.sent.filter((name) => name !== LINES && !CARDS.includes(name)),
      ['Session', 'OverviewTab', 'ToolsTab', 'ModelsTab', 'GuardrailsTab', 'ScriptsTab'],
    );
    await page.getByRole('button', { name: 'Refresh' }).click();
    await until('the refresh', () => page.wire.sent.filter((name) => name === 'OverviewTab').length === 2);
    await page.clock.setFixedTime(Date.now() + 60_000);
    await tabs.getByRole('link', { name: 'Tools', exact: true }).click();
    await until(
      'what is old is asked for again',
      () => page.wire.sent.filter((name) => name === 'ToolsTab').length === 2,
    );
    await page.leave();
  });

  test('charts are loaded with their tab', async () => {
    const page = await world.page({
      role: 'MASTER_ADMIN',
      path: `${base()}/settings/billing/usage/tools`,
      ready: table,
    });
    const loaded = () =>
      page.evaluate(() =>
        performance.getEntriesByType('resource').some((entry) => entry.name.includes('/assets/echarts')),
      );
    assert.equal(await loaded(), false);
    await page.getByRole('link', { name: 'Overview' }).click();
    await page.locator('.trend .chart[data-drawn]').waitFor();
    assert.equal(await loaded(), true);
    await page.leave();
  });
}
