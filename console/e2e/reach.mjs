// Who is let in, and what they see.
import assert from 'node:assert/strict';
import { operations } from './world.mjs';

export default function reach(test, world) {
  const usage = (account) => `/accounts/${encodeURIComponent(account)}/agents/settings/billing/usage`;
  test('a token that is revoked signs out at once', async () => {
    const { account } = world.live;
    const { account: found } = await world.ask(
      'MASTER_ADMIN',
      'query ($id: ID!) { account(id: $id) { members { edges { node { id role { name } } } } } }',
      { id: account },
    );
    const member = found.members.edges.map((e) => e.node).find((m) => m.role.name === 'ADMIN');
    const { createApiToken } = await world.ask(
      'MASTER_ADMIN',
      `mutation ($in: CreateApiTokenInput!) { createApiToken(input: $in) { secret apiToken { id } userErrors { code
        message } } }`,
      { in: { accountId: account, name: 'e2e', role: 'ADMIN', memberId: member.id } },
    );
    const page = await world.page({ path: '/', ready: 'form' });
    await page.getByLabel('Access token').fill(` ${createApiToken.secret} `);
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
    await page.getByRole('heading', { name: /^Welcome/ }).waitFor();
    await page.locator('.clock-button:not([data-icon="NONE"])').waitFor();
    await world.ask(
      'MASTER_ADMIN',
      'mutation ($id: ID!) { revokeApiToken(input: { apiTokenId: $id }) { userErrors { code message } } }',
      { id: createApiToken.apiToken.id },
    );
    await page.getByText('Your session has ended').waitFor();
    assert.deepEqual(
      await page.evaluate(() => [sessionStorage.getItem('usagegraph.token'), localStorage.getItem('usagegraph.token')]),
      [null, null],
    );
    await page.leave();
  });

  test('the way of the page: Autonomous Agents, Settings, Billing > Usage', async () => {
    const page = await world.page({ role: 'MASTER_ADMIN', path: '/', ready: '.module' });
    await page.getByRole('link', { name: /Autonomous Agents/ }).click();
    await page.getByRole('navigation', { name: 'Autonomous Agents' }).getByRole('link', { name: 'Settings' }).click();
    await page.getByRole('navigation', { name: 'Settings' }).getByRole('link', { name: 'Usage' }).click();
    await page.getByRole('heading', { name: 'Usage', exact: true }).waitFor();
    assert.match(page.url(), /settings\/billing\/usage\/overview\?tz=/);
    await page.locator('.clock-button').click();
    await page.getByRole('link', { name: 'Manage billing' }).click();
    await page.getByRole('heading', { name: 'Usage', exact: true }).waitFor();
    await page.getByRole('button', { name: /Your menu/ }).click();
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
    await page.leave();
  });

  test('an entry clicked again while its view is still loading leads there all the same', async () => {
    const page = await world.page({
      role: 'MASTER_ADMIN',
      path: `/accounts/${encodeURIComponent(world.live.account)}/agents/settings/general`,
      ready: '.facts',
    });
    let release;
    const held = new Promise((done) => (release = done));
    await page.route(/\/assets\/members-/, async (route) => {
      await held;
      await route.continue();
    });
    const members = page.getByRole('navigation', { name: 'Settings' }).getByRole('link', { name: 'Members' });
    for (let clicks = 0; clicks < 4; clicks++) {
      await members.click();
      await page.waitForURL(/\/members(\?|$)/, { waitUntil: 'commit' });
    }
    release();
    await page.getByRole('heading', { name: 'Members', exact: true }).waitFor();
    await page.leave();
  });

  test('the address holds tab, filters and open panel; back takes the last step back', async () => {
    const path = `/accounts/${encodeURIComponent(world.figures.account)}/agents/settings/billing/usage`;
    const page = await world.page({ role: 'SUPPORT', path: `${path}/tools?range=last-30-days`, ready: 'tbody .num' });
    const names = (list) =>
      page.waitForFunction(
        (wanted) => JSON.stringify([...document.querySelectorAll('tbody .name')].map((e) => e.textContent)) === wanted,
        JSON.stringify(list),
      );
    await page.locator('.choices').click();
    await page.getByRole('checkbox', { name: 'Deployed', exact: true }).click();
    await page.getByRole('checkbox', { name: 'Deleted' }).click(); // at once, while the first is still asked for
    await names(['Order lookup', 'Mailer', 'Fax']);
    assert.equal(new URL(page.url()).searchParams.get('status'), 'deployed,deleted');
    await page.goBack();
    await names(['Order lookup', 'Mailer']);
    await page.reload();
    await names(['Order lookup', 'Mailer']);
    await page.getByRole('navigation', { name: 'Usage' }).getByRole('link', { name: 'Guardrails' }).click();
    await page.getByRole('button', { name: 'Open Toxic language' }).click();
    await page.getByRole('dialog').locator('.facts').waitFor();
    assert.deepEqual(
      [...new URL(page.url()).searchParams.keys()],
      ['range', 'tz', 'open'],
      'the period goes along, the filter stays behind',
    );
    await page.reload();
    await page.getByRole('dialog').locator('.facts').waitFor();
    await page.goBack();
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await page.goBack();
    await names(['Order lookup', 'Mailer']);
    assert.deepEqual(page.wire.problems, []);
    await page.leave();
  });

  test('what is on its way is grey, what fails says so and can be tried again', async () => {
    const page = await world.page({ role: 'SUPPORT', path: '/accounts', ready: 'tbody .name' });
    let release;
    const held = new Promise((done) => (release = done));
    await page.route('**/graphql', async (route) => {
      await held;
      await route.abort();
    });
    await page.goto(`${world.url}/accounts`);
    await page.getByRole('status', { name: '' }).first().waitFor();
    release();
    await page.getByText('The server cannot be reached').waitFor();
    await page.unroute('**/graphql');
    await page.locator('tbody .name').first().waitFor(); // by itself
    const busy = {
      errors: [{ message: 'busy', extensions: { code: 'OVERLOADED', retryAfter: 600 } }],
      extensions: { requestId: 'r-1' },
    };
    await page.route('**/graphql', (route) => route.fulfill({ status: 503, json: busy }));
    await page.getByRole('searchbox').fill('Fig');
    await page.getByText('The server is busy').waitFor();
    await page.getByText('Try again in 600 seconds.').waitFor();
    await page.getByText('Request ID r-1').waitFor();
    await page.unroute('**/graphql');
    await page.getByRole('button', { name: 'Try again' }).click();
    await page.waitForFunction(
      () =>
        [...document.querySelectorAll('tbody a.name')].every((e) => e.textContent.startsWith('Figures')) &&
        document.querySelector('tbody a.name'),
    );
    await page.leave();
  });

  test('what cannot be renewed stays in sight, says so, and heals by itself', async () => {
    const page = await world.page({
      role: 'SUPPORT',
      path: `${usage(world.figures.account)}/tools?range=last-30-days`,
      ready: 'tbody .num',
    });
    await page.route('**/graphql', (route) => route.abort());
    await page.getByRole('button', { name: 'Refresh' }).click();
    await page.locator('.stale').getByText('The server cannot be reached').waitFor();
    await page.locator('tbody .name').getByText('Order lookup').waitFor();
    await page.unroute('**/graphql');
    await page.locator('.stale').waitFor({ state: 'detached' });
    assert.deepEqual(page.wire.problems, []);
    await page.leave();
  });

  test('whatever the view, what cannot be renewed stays, also what is typed, and heals by itself', async (t) => {
    const page = await world.page({ role: 'SUPPORT', path: '/accounts', ready: 'tbody .name' });
    await page.clock.install();
    const at = (path) => `/accounts/${encodeURIComponent(world.figures.account)}/${path}`;
    const billing = (name) => at(`agents/settings/billing/${name}?range=last-30-days`);
    const row = 'tbody td .name, tbody td .num, .notice:not([role=alert])';
    const views = [
      ...['overview', 'tools', 'models', 'guardrails', 'scripts'].map((tab) => [billing(`usage/${tab}`), '.num']),
      ...['explore', 'ledger', 'grants', 'statements', 'emails'].map((name) => [billing(name), row]),
      [billing('pricing'), '.pricing td'],
      [at('agents/settings/general'), '.facts'],
      ...['members', 'roles', 'security', 'audit'].map((name) => [at(`agents/settings/${name}`), row]),
      [at('agents/settings/integrations'), 'textarea'],
      ...['running', 'models', 'guardrails', 'scripts', 'fine-tuning'].map((kind) => [
        at(`agents/deployments/${kind}`),
        row,
      ]),
      [at('support'), '.desk .num', ['Reference', 'Order 12']],
      [at('support/day'), '[data-story]'],
      [at('support/prices'), '.desk form', ['Input, credits per million tokens', '0.75']],
      [at('support/usage'), '.desk form'],
      [at('support/audit'), row],
      ['/accounts', row],
      ['/rates', 'textarea', ['Note', 'For the new year']],
    ];
    const seen = () => page.evaluate(() => document.dispatchEvent(new Event('visibilitychange')));
    const lost = [];
    for (const [path, ready, typed] of views) {
      await page.goto(world.url + path);
      await page.locator(`main ${ready}`).first().waitFor();
      await page.waitForFunction(
        () => !document.querySelector('main [aria-busy="true"], main .mantine-Skeleton-root, main .waiting'),
      );
      const field = typed && page.locator('main').getByLabel(typed[0]).first();
      if (field) await field.fill(typed[1]);
      const before = await page.locator(`main ${ready}`).count();
      await page.route('**/graphql', (route) => route.abort());
      await page.clock.fastForward(31_000); // an answer grows old, and the page is looked at again
      await seen();
      try {
        await page.locator('main .stale').first().waitFor({ timeout: 10_000 });
        const after = await page.locator(`main ${ready}`).count();
        if (after < before) lost.push(`${path}: ${after} of ${before}`);
        if (await page.locator('main .notice[role="alert"]').count()) lost.push(`${path}: a part is gone`);
        if (field && (await field.inputValue()) !== typed[1]) lost.push(`${path}: what was typed`);
      } catch {
        lost.push(`${path}: nothing is said`);
      }
      await page.unroute('**/graphql');
      await page.clock.fastForward(61_000);
      await seen();
      await page
        .locator('main .stale')
        .first()
        .waitFor({ state: 'detached', timeout: 10_000 })
        .catch(() => lost.push(`${path}: does not heal`));
    }
    t.diagnostic(`${views.length} views`);
    assert.deepEqual(lost, []);
    assert.deepEqual(page.wire.problems, []);
    await page.leave();
  });

  test('a member sees the widget and is told what is missing', async () => {
    const page = await world.page({
      role: 'MEMBER',
      path: `/accounts/${encodeURIComponent(world.live.account)}/agents/settings/billing/usage/tools`,
      ready: '.notice',
    });
    await page.getByText('You may not see this').waitFor();
    await page.locator('.clock-button:not([data-icon="NONE"])').waitFor();
    assert.deepEqual(page.wire.sent, ['Session'], 'nothing is asked for that would be refused');
    await page.leave();
  });

  test('an analyst has the tabs and reads the balance', async () => {
    const page = await world.page({
      role: 'ANALYST',
      path: `${usage(world.figures.account)}/tools?range=last-30-days`,
      ready: 'tbody .num',
    });
    await page.locator('.clock-button').waitFor();
    for (const view of ['Ledger', 'Grants', 'Statements']) {
      await page.getByRole('link', { name: view, exact: true }).click();
      await page.getByRole('heading', { level: 1, name: view }).waitFor();
      await page.locator('tbody .num, .empty').first().waitFor();
    }
    assert.equal(await page.getByRole('link', { name: 'E-mails', exact: true }).count(), 0);
    assert.deepEqual(page.wire.problems, []);
    await page.leave();
  });

  test('a part of an answer that fails says so in its place; the rest is shown, and it heals', async () => {
    const page = await world.page({ role: 'MASTER_ADMIN', path: '/', ready: '.module' });
    let broken = ['usageTrend', 'plan'];
    await page.route('**/graphql', async (route) => {
      const { extensions } = route.request().postDataJSON() ?? {};
      const name = operations[extensions?.persistedQuery?.sha256Hash];
      const parts = { OverviewTab: broken, ResourcePage: ['segments'] }[name];
      if (!parts?.length) return route.continue();
      const response = await route.fetch();
      const body = JSON.parse(/\{.*\}/.exec(await response.text())[0]);
      for (const part of parts) body.data.account[part] = null;
      body.errors = parts.map((part) => ({
        message: 'It could not be read.',
        path: ['account', part],
        extensions: { code: 'UNAVAILABLE' },
      }));
      return route.fulfill({ contentType: 'application/json', body: JSON.stringify(body) });
    });
    const base = usage(world.live.account);
    await page.goto(`${world.url}${base}/overview`);
    await page.locator('[data-answer]').waitFor();
    await page.locator('.meter-used').first().waitFor();
    await page.locator('[data-tile="What comes next"] [role="alert"]').waitFor();
    assert.equal(await page.locator('section.trend').count(), 0);
    assert.equal(await page.locator('.notice[role="alert"]').count(), 2, 'the trend, and the balance that follows it');
    broken = [];
    await page.locator('section.trend .chart[data-drawn]').waitFor(); // by itself
    assert.equal(await page.locator('[role="alert"]').count(), 0);
    await page.goto(`${world.url}${base}/models/${encodeURIComponent(world.live.model)}`);
    await page.locator('[data-card="kinds"]').waitFor();
    await page.locator('.notice[role="alert"]').waitFor();
    assert.equal(await page.locator('[data-card="ran"]').count(), 0);
    await page.locator('section.trend').waitFor();
    assert.deepEqual(page.wire.problems, []);
    await page.leave();
  });

  // Answers to the operations named come with parts of their account missing, an error beside each.
  const breaking = async (page, broken) =>
    page.route('**/graphql', async (route) => {
      const { extensions } = route.request().postDataJSON() ?? {};
      const parts = broken[operations[extensions?.persistedQuery?.sha256Hash]];
      if (!parts?.length) return route.continue();
      const response = await route.fetch();
      const body = JSON.parse(/\{.*\}/.exec(await response.text())[0]);
      for (const part of parts) body.data.account[part] = null;
      body.errors = parts.map((part) => ({
        message: 'It could not be read.',
        path: ['account', part],
        extensions: { code: 'UNAVAILABLE' },
      }));
      return route.fulfill({ contentType: 'application/json', body: JSON.stringify(body) });
    });

  test('of what moved and of the balance each half stands for itself, and heals', async () => {
    const page = await world.page({ role: 'SUPPORT', path: '/accounts', ready: 'tbody .name' });
    const broken = { Movers: ['less'], BalanceLine: ['start'] };
    await breaking(page, broken);
    await page.goto(`${world.url}${usage(world.figures.account)}/overview?range=last-7-days`);
    const why = page.locator('[data-card="why"]');
    const balance = page.locator('[data-card="balance"]');
    await why.locator('.movers li').first().waitFor();
    await why.getByRole('alert').getByText('What fell most is missing.').waitFor();
    await balance.locator('.chart[data-drawn]').waitFor(); // from its other end
    await balance.getByRole('alert').getByText('One end of the line is computed from the other.').waitFor();
    broken.Movers = ['more'];
    broken.BalanceLine = ['start', 'end'];
    await page.reload();
    await why.getByRole('alert').getByText('What rose most is missing.').waitFor();
    await balance.getByRole('alert').getByText('The line is missing.').waitFor();
    await balance.locator('.steps, .hint').first().waitFor();
    assert.equal(await balance.locator('.chart').count(), 0);
    broken.BalanceLine = ['ledger'];
    await page.reload();
    await balance.getByRole('alert').getByText('What was granted, expired or corrected is missing').waitFor();
    assert.equal(await page.locator('.notice[role="alert"]').count(), 0, 'no card fails as a whole');
    broken.Movers = broken.BalanceLine = [];
    await balance.locator('.chart[data-drawn]').waitFor(); // by itself
    await why.getByRole('alert').waitFor({ state: 'detached' });
    assert.deepEqual(page.wire.problems, []);
    await page.leave();
  });

  test('own prices are shown where the models cannot be read; what cannot be read cannot be set', async () => {
    const page = await world.page({ role: 'SUPPORT', path: '/accounts', ready: 'tbody .name' });
    const broken = { OwnPrices: ['models'] };
    await breaking(page, broken);
    await page.goto(`${world.url}/accounts/${encodeURIComponent(world.figures.account)}/support/prices`);
    await page.getByRole('alert').getByText('The models are missing.').waitFor();
    assert.deepEqual(await page.getByLabel('Prices of').locator('option').allInnerTexts(), ['The whole account']);
    await page.getByText('No own prices').waitFor();
    broken.OwnPrices = ['ownRates'];
    await page.reload();
    await page.locator('.notice[role="alert"]').waitFor();
    assert.equal(await page.locator('.desk form').count(), 0, 'setting prices sets all of them, also unseen ones');
    broken.OwnPrices = [];
    await page.getByLabel('Prices of').waitFor(); // by itself
    assert.deepEqual(page.wire.problems, []);
    await page.leave();
  });

  test('the widget says which part of it is missing, shows the rest, and heals', async () => {
    const page = await world.page({ role: 'SUPPORT', path: '/accounts', ready: 'tbody .name' });
    let broken = true;
    await page.routeWebSocket(/graphql/, (socket) => {
      const server = socket.connectToServer();
      server.onMessage((text) => {
        const message = JSON.parse(text);
        const { data } = message.payload ?? {};
        if (broken && message.type === 'next' && data?.creditStatus) {
          data.creditStatus.outlook = null;
          const path = ['creditStatus', 'outlook'];
          message.payload.errors = [{ message: 'broken', path, extensions: { code: 'UNAVAILABLE' } }];
        }
        if (broken && message.type === 'next' && data?.banners) {
          message.payload.data = { banners: null };
          message.payload.errors = [{ message: 'broken', path: ['banners'], extensions: { code: 'UNAVAILABLE' } }];
        }
        socket.send(JSON.stringify(message));
      });
    });
    await page.goto(`${world.url}${usage(world.live.account)}/overview`);
    await page.locator('.clock-button:not([data-icon="NONE"])').click();
    const widget = page.getByRole('dialog', { name: 'Credit usage summary' });
    await widget.locator('.summary-meter').first().waitFor();
    await widget.getByRole('alert').getByText('How long the credits last is missing.').waitFor();
    await widget.getByRole('alert').getByText('Alerts are missing.').waitFor();
    broken = false;
    await widget.getByRole('alert').first().waitFor({ state: 'detached' }); // by itself
    await widget.getByRole('alert').first().waitFor({ state: 'detached' });
    assert.deepEqual(page.wire.problems, []);
    await page.leave();
  });
}
