// What stands where: long names, narrow and low windows, what is loaded late, other places of the world.
import assert from 'node:assert/strict';
import { until } from './world.mjs';

const LONG = `${'Ungewöhnlichlangername'.repeat(6)} of a tool`;
const at = (account, path) => `/accounts/${encodeURIComponent(account)}${path}`;
const usage = (account, tab) => at(account, `/agents/settings/billing/usage/${tab}?range=last-30-days`);

const EMAILS = `query ($id: ID!) { account(id: $id) { emails(first: 100) {
  totalCount edges { node { subject createdAt recipient } } } } }`;

// What is cut off or scrolls sideways: the boxes of tables that are wider than their place.
const wider = (page) =>
  page.locator('.table-scroll').evaluateAll((all) => all.filter((e) => e.scrollWidth > e.clientWidth + 1).length);

export default function layout(test, world) {
  const make = async (name) => {
    const { createAccount } = await world.ask(
      'PLATFORM',
      `mutation ($in: CreateAccountInput!) { createAccount(input: $in) { account { id } userErrors { code message }
        } }`,
      { in: { name, idempotencyKey: name.slice(0, 100) } },
    );
    return createAccount.account.id;
  };

  test('long names wrap: no column is pushed out', async () => {
    const account = await make(LONG);
    await world.ask(
      'PLATFORM',
      'mutation ($in: RegisterToolInput!) { registerTool(input: $in) { userErrors { code message } } }',
      { in: { accountId: account, name: LONG, ownerName: LONG, status: 'DEPLOYED' } },
    );
    const { registerModel } = await world.ask(
      'PLATFORM',
      'mutation ($in: RegisterModelInput!) { registerModel(input: $in) { model { id } userErrors { code message } } }',
      { in: { accountId: account, name: LONG, parametersBillions: '7' } },
    );
    for (const name of [`${LONG} 1`, `${LONG} 2`]) {
      const { deployModel } = await world.ask(
        'PLATFORM',
        `mutation ($in: DeployModelInput!) { deployModel(input: $in) { deployment { id } userErrors { code message }
          } }`,
        { in: { modelId: registerModel.model.id, name, hardware: 'g4dn.xlarge' } },
      );
      await world.ask(
        'PLATFORM',
        'mutation ($id: ID!) { undeployModel(input: { deploymentId: $id }) { userErrors { code message } } }',
        { id: deployModel.deployment.id },
      );
    }
    const page = await world.page({ role: 'SUPPORT', path: usage(account, 'tools'), ready: 'tbody .name' });
    for (const [path, ready] of [
      [usage(account, 'tools'), 'tbody .name'],
      [usage(account, 'models'), 'tbody .name'],
      [at(account, '/agents/deployments/models'), 'tbody .name'],
      [at(account, '/agents/settings/billing/ledger'), 'tbody .name'],
      [at(account, '/support'), '.desk .num'],
      ['/accounts', 'tbody .name'],
      [at(account, ''), '.module'],
    ]) {
      await page.goto(world.url + path);
      await page.locator(ready).first().waitFor();
      assert.equal(await wider(page), 0, path);
      assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth), path);
    }
    await page.goto(`${world.url}${at(account, '/agents/deployments/models')}`);
    await page.locator('.pager-part').waitFor();
    assert.equal(await page.locator('tbody tr').count(), 2);
    assert.equal(await page.locator('.pager-part').innerText(), '1–2 of 2', 'the pages count what can be deployed');
    await page.leave();
  });

  test('the tabs fit with a comparison into every width, in English and in German', async () => {
    for (const locale of ['en-US', 'de-DE']) {
      const page = await world.page({ role: 'SUPPORT', path: '/accounts', locale, ready: 'tbody .name' });
      for (const tab of ['tools', 'models', 'guardrails', 'scripts']) {
        await page.goto(`${world.url}${usage(world.figures.account, tab)}&vs=previous`);
        await page.locator('td[data-column="change"] .delta').first().waitFor();
        for (const width of [1920, 1280, 1101, 1024, 900, 768, 640, 320]) {
          await page.setViewportSize({ width, height: 900 });
          await until(`${locale}: ${tab} fit into ${width} px`, async () => (await wider(page)) === 0, 10_000);
        }
      }
      await page.leave();
    }
  });

  test('on a phone, why a deployment failed stands below its status, not outside of the card', async () => {
    const account = await make('Failed');
    const { createScript } = await world.ask(
      'PLATFORM',
      `mutation ($in: CreateScriptInput!) { createScript(input: $in) { script { id } userErrors { code message } } }`,
      { in: { accountId: account, name: 'Failing', language: 'PYTHON' } },
    );
    const id = createScript.script.id;
    await world.ask(
      'PLATFORM',
      'mutation ($in: DeployScriptInput!) { deployScript(input: $in) { userErrors { code message } } }',
      { in: { scriptId: id, hardware: '1vcpu-2gb' } },
    );
    await world.ask(
      'PLATFORM',
      'mutation ($in: ReportDeploymentInput!) { reportDeployment(input: $in) { userErrors { code message } } }',
      { in: { id, outcome: 'FAILED', reason: 'requirements.txt: no matching distribution for pandas==0.8' } },
    );
    const path = at(account, '/agents/deployments/scripts');
    const page = await world.page({ role: 'SUPPORT', path, width: 320, ready: '.reason' });
    assert.equal(await wider(page), 0);
    const [status, reason] = [page.locator('tbody .status'), page.locator('tbody .reason')];
    const [above, below] = [await status.boundingBox(), await reason.boundingBox()];
    assert.ok(below.y >= above.y + above.height, 'below it');
    await page.leave();
  });

  test('the pricing table fits into 1280 px and into 1024', async () => {
    const page = await world.page({
      role: 'SUPPORT',
      path: at(world.figures.account, '/agents/settings/billing/pricing'),
      ready: '.pricing td',
    });
    for (const width of [1280, 1440, 1024]) {
      await page.setViewportSize({ width, height: 900 });
      await until(`nothing is cut at ${width}`, async () => (await wider(page)) === 0, 10_000);
    }
    await page.leave();
  });

  test('the head of the page leaves room to read at 200% zoom', async () => {
    const page = await world.page({
      role: 'SUPPORT',
      path: at(world.exhausted.account, '/agents/settings/billing/ledger'),
      width: 640,
      height: 450,
      ready: '.banner + .banner',
    });
    // Again until the ledger is there: before that the page is too short to scroll.
    await until('the head has gone', () =>
      page.evaluate(() => {
        window.scrollTo(0, 400);
        return document.querySelector('.top').getBoundingClientRect().bottom <= 0;
      }),
    );
    await page.leave();
  });

  test('what is loaded late moves little', async (t) => {
    for (const kind of ['models', 'guardrails', 'scripts', 'fine-tuning']) {
      const page = await world.page({ role: 'SUPPORT', path: '/accounts', ready: 'tbody .name' });
      await page.addInitScript(() => {
        window.shift = 0;
        new PerformanceObserver((list) => {
          for (const e of list.getEntries()) if (!e.hadRecentInput) window.shift += e.value;
        }).observe({ type: 'layout-shift', buffered: true });
      });
      await page.goto(world.url + at(world.exhausted.account, `/agents/deployments/${kind}`));
      await page.locator('.gate-why').first().waitFor();
      await page.locator('.banner + .banner').waitFor();
      await page.locator('tbody .name, .notice').first().waitFor();
      const shift = await page.evaluate(() => window.shift);
      t.diagnostic(`${kind}: ${shift.toFixed(3)}`);
      assert.ok(shift < 0.05, `${kind}: ${shift}`);
      await page.leave();
    }
  });

  test('Back after closing a panel leads to where one was before it', async () => {
    const page = await world.page({
      role: 'SUPPORT',
      path: usage(world.figures.account, 'models'),
      ready: 'tbody .num',
    });
    await page.getByRole('navigation', { name: 'Usage' }).getByRole('link', { name: 'Guardrails' }).click();
    await page.getByRole('button', { name: 'Open Toxic language' }).click();
    await page.getByRole('dialog').locator('.facts').waitFor();
    await page.keyboard.press('Escape');
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    assert.match(page.url(), /guardrails/);
    await page.goBack();
    await page.waitForURL(/usage\/models/);
    assert.equal(await page.getByRole('dialog').count(), 0);
    await page.goto(`${world.url}${usage(world.figures.account, 'guardrails')}`);
    await page.getByRole('button', { name: 'Open Toxic language' }).click();
    await page.getByRole('dialog').locator('.facts').waitFor();
    const link = page.url();
    const other = await page.context().newPage();
    await other.goto(link);
    await other.getByRole('dialog').locator('.facts').waitFor();
    await other.keyboard.press('Escape');
    await other.getByRole('dialog').waitFor({ state: 'detached' });
    assert.doesNotMatch(other.url(), /open=/);
    await page.leave();
  });

  test('the zone is shown, part of the address, and found by its present and its former name', async () => {
    const page = await world.page({
      role: 'SUPPORT',
      path: usage(world.figures.account, 'tools'),
      zone: 'Asia/Kolkata',
      ready: 'tbody .num',
    });
    await page.waitForURL(/tz=Asia%2FKolkata/);
    assert.match(await page.locator('.date-filter').innerText(), /Kolkata/);
    await page.locator('.date-filter').click();
    const zone = page.getByRole('dialog').getByRole('combobox', { name: 'Time zone' });
    for (const [typed, wanted] of [
      ['kathm', 'Asia/Kathmandu'],
      ['calcutta', 'Asia/Kolkata'],
      ['kyiv', 'Europe/Kyiv'],
      ['new york', 'America/New_York'],
    ]) {
      await zone.fill(typed);
      await page.getByRole('option', { name: wanted }).waitFor();
    }
    await page.getByRole('option', { name: 'America/New_York' }).click();
    await page.waitForURL(/tz=America%2FNew_York/);
    await page.leave();
  });

  // A token of a role that the account makes of these permissions.
  const tokenOf = async (permissions) => {
    const accountId = world.live.account;
    const name = `Only ${permissions.join(' ')}`;
    await world.ask(
      'MASTER_ADMIN',
      'mutation ($in: SetRoleInput!) { setRole(input: $in) { userErrors { code message } } }',
      { in: { accountId, name, permissions } },
    );
    const { createApiToken } = await world.ask(
      'MASTER_ADMIN',
      'mutation ($in: CreateApiTokenInput!) { createApiToken(input: $in) { secret userErrors { code message } } }',
      { in: { accountId, name, role: name } },
    );
    return createApiToken.secret;
  };

  test('whoever one is, what is offered may be seen, and nothing is asked for that is refused', async (t) => {
    const own = ['USAGE_VIEW', 'BALANCES_VIEW', 'RESOURCE_MANAGE', 'MEMBERS_MANAGE', 'TOKENS_MANAGE', 'AUDIT_READ'];
    const people = [
      ...['MEMBER', 'ADMIN', 'PLATFORM', 'ANALYST'].map((role) => ({ role })),
      ...(await Promise.all(own.map(async (permission) => ({ role: permission, token: await tokenOf([permission]) })))),
    ];
    let views = 0;
    for (const { role, token } of people) {
      const page = await world.page({ role, token, path: '/', ready: 'h1' });
      const refused = [];
      page.on('response', async (answer) => {
        const body = answer.url().endsWith('/graphql') ? await answer.text().catch(() => '') : '';
        if (/FORBIDDEN/.test(body)) refused.push(body);
      });
      const seen = new Set();
      for (const start of ['', '/agents/deployments', '/agents/settings']) {
        await page.goto(world.url + at(world.live.account, start));
        await page.locator('h1').first().waitFor();
        const offered = await page.locator('.side a, .bar-nav a').evaluateAll((all) => all.map((a) => a.href));
        for (const href of offered.filter((one) => !seen.has(one))) {
          seen.add(href);
          await page.goto(href);
          await page.locator('h1').first().waitFor();
          await page.waitForFunction(
            () => !document.querySelector('main [aria-busy="true"], main .mantine-Skeleton-root, main .waiting'),
          );
          assert.equal(await page.getByText('You may not see this').count(), 0, `${role}: ${href}`);
        }
      }
      views += seen.size;
      assert.deepEqual(refused, [], role);
      assert.deepEqual(page.wire.problems, [], role);
      if (role === 'ANALYST') {
        await page.getByRole('button', { name: /Your menu/ }).click();
        assert.equal(await page.getByRole('link', { name: /GraphiQL/ }).getAttribute('href'), '/graphiql/');
      }
      await page.leave();
    }
    t.diagnostic(`${people.length} roles, ${views} views`);
  });

  test('settings begin with what one’s role is for, and what is missing is called by its name', async () => {
    for (const [permission, heading] of [
      ['AUDIT_READ', 'Audit log'],
      ['MEMBERS_MANAGE', 'Members'],
      ['TOKENS_MANAGE', 'Security'],
    ]) {
      const path = at(world.live.account, '/agents/settings');
      const page = await world.page({ token: await tokenOf([permission]), path, ready: 'h1' });
      await page.getByRole('heading', { level: 1, name: heading }).waitFor();
      await page.leave();
    }
    const page = await world.page({ role: 'MEMBER', path: at(world.live.account, '/agents/settings/members') });
    for (const [path, missing] of [
      ['/agents/settings/members', '“members:view”'],
      ['/agents/settings/audit', '“audit:read”'],
      ['/agents/settings/billing/usage/overview', '“billing:view”'],
      ['/support', 'the people who run Usagegraph'],
    ]) {
      await page.goto(world.url + at(world.live.account, path));
      await page.locator('.notice', { hasText: missing }).waitFor();
    }
    await page.leave();
  });

  test('a message to several people is one row, and is shown as its readers see it', async () => {
    const page = await world.page({
      role: 'MASTER_ADMIN',
      path: at(world.live.account, '/agents/settings/billing/emails'),
      ready: 'tbody .name, .notice',
    });
    let [mails, messages] = [[], new Set()];
    for (;;) {
      const { account } = await world.ask('MASTER_ADMIN', EMAILS, { id: world.live.account });
      mails = account.emails.edges.map((e) => e.node);
      messages = new Set(mails.map((m) => `${m.subject} ${m.createdAt}`));
      if (mails.length > messages.size) break; // there are copies
      await world.live.spend(40); // as long as nothing else did, when this part runs alone
    }
    await page.goto(`${page.url()}?size=100`);
    await until('a row a message', async () => (await page.locator('tbody tr').count()) === messages.size);
    await page.getByRole('button', { name: mails[1].recipient }).first().click();
    await page.getByRole('dialog').getByText(mails[1].recipient).waitFor();
    const frame = page.frameLocator('iframe.mail');
    await frame.locator('h1').waitFor();
    await until(
      'the style of the mail',
      async () => (await frame.locator('h1').evaluate((e) => getComputedStyle(e).fontSize)) === '22px',
    );
    assert.equal(await frame.locator('main').evaluate((e) => getComputedStyle(e).maxWidth), '560px');
    assert.deepEqual(page.wire.problems, []);
    await page.leave();
  });
}
