// What moves without a reload, while usage is recorded from outside.
import assert from 'node:assert/strict';
import { until } from './world.mjs';

const OVERVIEW = (account) => `/accounts/${encodeURIComponent(account)}/agents/settings/billing/usage/overview`;

export default function live(test, world) {
  const icon = (page) => page.locator('.clock-button').getAttribute('data-icon');
  const banners = (page) =>
    page.locator('.banner').evaluateAll((all) => all.map((e) => `${e.dataset.kind} ${e.dataset.percent}`));
  const shows = (page, state, list) =>
    until(
      `${state} with ${list}`,
      async () => (await icon(page)) === state && JSON.stringify(await banners(page)) === JSON.stringify(list),
    );
  const open = (role, more = {}) =>
    world.page({ role, path: OVERVIEW(world.live.account), ready: '[data-card="Credits"] [data-value]', ...more });
  const remaining = (page) =>
    page.locator('[data-meter="MODEL_CREDITS"] [data-value]').first().getAttribute('data-value');

  test('the page turns yellow, red, triangle, and green again; dismissals last', async (t) => {
    const page = await open('MASTER_ADMIN');
    await page.evaluate(() => void (window.unreloaded = true));
    await shows(page, 'GREEN', []);
    await page.locator('.clock-button').click();
    await page.locator('.summary-meter').first().waitFor();
    assert.equal(await remaining(page), '75');

    const begun = performance.now();
    await world.live.spend(20);
    await shows(page, 'YELLOW', ['THRESHOLD 20']);
    t.diagnostic(`${(performance.now() - begun).toFixed(0)} ms from recording to the page`);
    assert.equal(await remaining(page), '55', 'the open summary moves too');
    await until(
      'the card follows',
      async () =>
        (await page.locator('[data-card="Credits"] .meter-used [data-value]').first().getAttribute('data-value')) ===
        '20',
    );
    await page.keyboard.press('Escape');
    const pie = page.locator('.pie .chart[data-drawn]');
    await until('the pie tells its values', async () => {
      // a ring that is drawn anew under the pointer closes its tip
      await pie.hover({ position: { x: 60, y: 2 } });
      await pie.hover({ position: { x: 14, y: 66 } });
      return page.locator('.chart-tip', { hasText: 'Models20100%' }).isVisible();
    });

    await page.getByRole('button', { name: /^Dismiss/ }).click();
    await shows(page, 'YELLOW', []);
    await page.reload();
    await page.locator('[data-card="Credits"] [data-value]').first().waitFor();
    await shows(page, 'YELLOW', []);
    const elsewhere = await open('MASTER_ADMIN');
    await shows(elsewhere, 'YELLOW', []);
    const other = await open('ADMIN', { ready: '.clock-button' });
    await shows(other, 'YELLOW', ['THRESHOLD 20']);

    await page.evaluate(() => void (window.unreloaded = true));
    await world.live.spend(40);
    await shows(page, 'RED', ['THRESHOLD 80']);
    await shows(elsewhere, 'RED', ['THRESHOLD 80']);
    await world.live.spend(15);
    await shows(page, 'TRIANGLE', ['EXHAUSTED 100']);
    assert.equal(await page.getByRole('button', { name: /^Dismiss/ }).count(), 0, 'a fixed banner cannot be dismissed');
    assert.match(await page.locator('.banner a').getAttribute('href'), /^(mailto:|https?:)/);
    assert.match(
      await page.locator('.clock-button').getAttribute('aria-label'),
      /All credits exhausted, 0% of credits remaining/,
    );

    await world.ask(
      'SUPPORT',
      `mutation ($in: GrantCreditsInput!) { grantCredits(input: $in) { userErrors { code message } } }`,
      {
        in: {
          accountId: world.live.account,
          meter: 'MODEL_CREDITS',
          amount: '225',
          reference: 'e2e',
          idempotencyKey: 'e2e-top-up',
        },
      },
    );
    await shows(page, 'GREEN', []);
    await shows(other, 'GREEN', []);
    assert.equal(await page.evaluate(() => window.unreloaded), true, 'all that without a reload');
    for (const p of [page, elsewhere, other]) {
      assert.deepEqual(p.wire.problems, []);
      await p.leave();
    }
  });

  test('what the balance forbids is disabled and says why', async () => {
    const { account } = await world.ask(
      'PLATFORM',
      'query ($id: ID!) { account(id: $id) { access(action: DEPLOY_SCRIPT) { allowed available } } }',
      { id: world.live.account },
    );
    assert.equal(account.access.allowed, true);
    const page = await world.page({
      role: 'ADMIN',
      path: `/accounts/${encodeURIComponent(world.live.account)}/agents/deployments/scripts`,
      ready: 'tbody .name',
    });
    const deploy = page.getByRole('button', { name: 'Deploy Nightly export' });
    assert.equal(await deploy.getAttribute('aria-disabled'), null);
    await world.live.spend(230);
    await page.locator('[data-gate="deployScript"][data-allowed="false"]').waitFor();
    const { account: after } = await world.ask(
      'PLATFORM',
      'query ($id: ID!) { account(id: $id) { access(action: DEPLOY_SCRIPT) { refusal { sentence } } } }',
      { id: world.live.account },
    );
    assert.equal(await deploy.getAttribute('aria-disabled'), 'true');
    assert.ok(
      (await page.locator(`[id="${await deploy.getAttribute('aria-describedby')}"]`).textContent()).startsWith(
        after.access.refusal.sentence,
      ),
    );
    await deploy.click({ force: true });
    assert.equal(await page.getByRole('dialog').count(), 0);
    assert.equal(await page.locator('.gate-why').first().innerText(), after.access.refusal.sentence);
    await page.leave();
  });

  test('Support adds credits in the page; the deploy form estimates, and what is deployed shows', async () => {
    const desk = await world.page({ role: 'SUPPORT', path: '/accounts', ready: 'tbody .name' });
    await desk.getByRole('searchbox').fill(world.live.account);
    await until('the account alone', async () => (await desk.locator('tbody tr').count()) === 1);
    await desk.getByRole('link', { name: 'Development' }).click();
    const form = desk.getByRole('region', { name: 'Add credits or runs' });
    const send = form.getByRole('button', { name: 'Add credits or runs' });
    await form.getByLabel('Reference').fill('Order 4471');
    for (const [typed, told] of [
      ['0', 'More than 0.'],
      ['1,5', 'no commas'],
      ['1,000.5', 'no commas'],
      ['1e3', 'plain number'],
      ['١٥', 'plain number'],
    ]) {
      await form.getByLabel('Amount').fill(typed);
      await send.click();
      await form.getByText(told).waitFor();
    }
    await form.getByLabel('Amount').fill('22500');
    await send.click();
    await form.getByRole('alert').getByText('more than 10 times the usual').waitFor();
    assert.equal(desk.wire.sent.includes('GrantCredits'), false, 'nothing was sent of all that');
    await form.getByLabel('Amount').fill('1000.5');
    await form.getByRole('alert').waitFor({ state: 'detached' });
    await form.getByRole('button', { name: 'Add credits or runs' }).click();
    await desk.getByRole('dialog', { name: 'Add 1,000.5 credits to Development?' }).waitFor();
    assert.equal(desk.wire.sent.includes('GrantCredits'), false, 'it is asked back first');
    await desk.getByRole('button', { name: 'Yes, add' }).click();
    await form.getByText('Granted 1,000.5 credits.').waitFor();
    const { account } = await world.ask(
      'SUPPORT',
      'query ($id: ID!) { account(id: $id) { grants(first: 1) { edges { node { amount kind reference } } } } }',
      { id: world.live.account },
    );
    assert.deepEqual(account.grants.edges[0].node, { amount: '1000.5', kind: 'TOP_UP', reference: 'Order 4471' });
    await desk.leave();

    const page = await world.page({
      role: 'ADMIN',
      path: `/accounts/${encodeURIComponent(world.live.account)}/agents/deployments/models`,
      ready: 'tbody .name',
    });
    await page.getByRole('button', { name: 'Deploy Spender' }).click();
    await page.getByLabel('Hardware').selectOption('g5.xlarge');
    await page.getByRole('group', { name: 'Estimate' }).getByText('1.509').waitFor();
    await page.getByRole('dialog').getByRole('button', { name: 'Deploy' }).click();
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await page.locator('tbody .status[data-status="DEPLOYED"]').waitFor();
    await page.getByRole('button', { name: 'Undeploy spender-1' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Undeploy' }).click();
    await page.locator('tbody .status[data-status="UNDEPLOYED"]').waitFor();
    assert.deepEqual(page.wire.problems, []);
    await page.leave();
  });

  test('a server that takes what is sent and says nothing is told, and comes back by itself', async () => {
    const page = await open('MASTER_ADMIN');
    await page.locator('.clock-button:not([data-icon="NONE"])').waitFor();
    world.freeze();
    try {
      await page.getByText('Reconnecting…').waitFor();
      await page.getByRole('link', { name: 'Models', exact: true }).click();
      await page.getByText('The server cannot be reached').waitFor();
    } finally {
      world.thaw();
    }
    await page.locator('tbody .name').first().waitFor(); // nobody pressed "Try again"
    await page.getByText('Reconnecting…').waitFor({ state: 'detached' });
    await page.leave();
  });

  test('a page that nobody saw is up to date when it is seen again', async () => {
    const page = await open('MASTER_ADMIN');
    const used = () =>
      page.locator('[data-card="Credits"] .meter-used [data-value]').first().getAttribute('data-value');
    const hide = (hidden) =>
      page.evaluate((value) => {
        Object.defineProperty(document, 'hidden', { configurable: true, get: () => value });
        document.dispatchEvent(new Event('visibilitychange'));
      }, hidden);
    await page.clock.install();
    page.wire.sent.length = 0;
    await page.reload();
    await page.locator('.clock-button:not([data-icon="NONE"])').waitFor();
    await until('all cards have asked', () =>
      ['BalanceLine', 'HintsCard', 'Movers'].every((name) => page.wire.sent.includes(name)),
    );
    const [before, label] = [await used(), () => page.locator('.clock-button').getAttribute('aria-label')];
    const was = await label();
    await hide(true);
    const asked = page.wire.sent.length;
    await world.live.spend(20);
    await until('the frame', async () => (await label()) !== was);
    await page.clock.runFor(5_000);
    assert.equal(page.wire.sent.length, asked, 'a hidden page asks nothing');
    assert.equal(await used(), before);
    await hide(false);
    await until('the card follows', async () => (await used()) !== before);
    await page.leave();
  });

  test('a part that is gone after an update offers the new version', async () => {
    const page = await open('MASTER_ADMIN');
    await page.route(/\/assets\/(deployments|pricing)-.*\.js/, (route) =>
      route.fulfill({ status: 404, body: 'not found' }),
    );
    await page.getByRole('link', { name: 'Pricing' }).click();
    await page.getByText('A newer console is there').waitFor();
    await page.getByRole('link', { name: 'Usage', exact: true }).click(); // what is loaded goes on
    await page.locator('[data-card="Credits"] [data-value]').first().waitFor();
    await page.getByRole('link', { name: 'Deployments' }).click();
    await page.getByText('A newer console is there').waitFor();
    await page.unroute(/\/assets\/(deployments|pricing)-.*\.js/);
    await page.getByRole('button', { name: 'Reload' }).click();
    await page.locator('.gates [data-gate]').first().waitFor();
    await page.leave();
  });

  test('a page whose first part is gone says so; one whose sentences are gone speaks English', async () => {
    const gone = (page, part) => page.route(part, (route) => route.fulfill({ status: 404, body: 'not found' }));
    const page = await open('MASTER_ADMIN', { locale: 'de-AT' });
    await gone(page, /\/assets\/(text|told|names)\.de-.*\.js/);
    await page.reload();
    await page.getByRole('link', { name: 'Usage', exact: true }).waitFor();
    await page.locator('[data-card="Credits"] [data-value]').first().waitFor();
    await gone(page, /\/assets\/.*\.js/);
    await page.reload();
    await page.getByText('reload the page').waitFor(); // after the 10 s that it may be on its way
    await page.leave();
  });

  test('a lost connection is told quietly and comes back by itself', async () => {
    const page = await open('MASTER_ADMIN');
    await page.locator('.clock-button:not([data-icon="NONE"])').waitFor();
    const before = await icon(page);
    await world.stop();
    await page.getByText('Reconnecting…').waitFor();
    assert.equal(await icon(page), before, 'what was known stays');
    await world.start();
    await page.getByText('Reconnecting…').waitFor({ state: 'detached' });
    await world.live.spend(900);
    await until('a frame after the restart', async () => (await icon(page)) !== before);
    await page.leave();
  });
}
