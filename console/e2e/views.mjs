// Every view in both themes: axe finds nothing, and nothing is wider than the screen, down to 360 px.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { until } from './world.mjs';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

// `left` names rules that a view cannot keep.
async function violations(page, left = []) {
  await page.evaluate(axe); // by the debugger, which the content security policy does not bind
  const { violations: found } = await page.evaluate(
    (rules) => window.axe.run(document, { iframes: false, resultTypes: ['violations'], rules }),
    Object.fromEntries(left.map((rule) => [rule, { enabled: false }])),
  );
  return found.map(
    (v) =>
      `${v.id}: ${v.nodes
        .slice(0, 3)
        .map((n) => `${n.target.join(' ')} ${n.any[0]?.message ?? ''}`)
        .join(' | ')}`,
  );
}

// On a narrow screen there are no heads to click; the order is chosen from a list.
async function orders(page) {
  await page.locator('.order-choice select').selectOption({ label: 'Tool name, ascending' });
  const names = () => page.locator('tbody .name').allInnerTexts();
  const right = async () => JSON.stringify(await names()) === JSON.stringify((await names()).toSorted());
  await until('the rows in their order', async () => page.url().includes('sort=name') && (await right()), 10_000);
  return [];
}

// The lists, tables and charts of a view that cannot be taken out as a file: each stands in a card, or beside a button,
// that offers one. What is no list of data does not count: ways to other pages, fields, what explains a chart, and what
// the balance allows; nor do the lists within a cell, which stand in their table's file.
const withoutFile = (page) =>
  page.evaluate(() => {
    const other = 'nav, [role="menu"], [role="listbox"], .modules, .legend, .gates, .dates, form, td';
    const rows = (e) => (e.matches('.chart') ? 1 : e.querySelectorAll(':is(tbody tr:not([aria-hidden]), li)').length);
    return [...document.querySelectorAll(':is(main, [role="dialog"]) :is(table, ul, ol, .chart)')]
      .filter((e) => e.checkVisibility() && !e.closest(other) && rows(e) > 0)
      .filter((e) => !e.closest('.card, .table-with-file, .segments')?.querySelector('.take'))
      .map((e) => `no file of ${e.outerHTML.slice(0, 100)}`);
  });

const overflow = (page) => page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);

export default function views(test, world) {
  const at = (account, path) => `/accounts/${encodeURIComponent(account)}${path}`;
  const all = () => {
    const f = world.figures.account;
    const usage = (tab) => at(f, `/agents/settings/billing/usage/${tab}?range=last-30-days`);
    const billing = (name) => at(f, `/agents/settings/billing/${name}?range=last-30-days`);
    const rows = 'tbody td .num, tbody td .name, .notice';
    return [
      { name: 'sign-in', path: '/', ready: 'form' },
      { name: 'modules', role: 'MASTER_ADMIN', path: '/', ready: '.module' },
      { name: 'accounts', role: 'SUPPORT', path: '/accounts', ready: rows },
      {
        name: 'stories',
        role: 'SUPPORT',
        path: '/stories',
        ready: '.chart[data-drawn] svg',
        left: ['landmark-unique'], // a card in all its states
      },
      { name: 'day', role: 'SUPPORT', path: at(f, '/support/day'), ready: '[data-story] .story' },
      { name: 'prices', role: 'SUPPORT', path: at(f, '/support/prices'), ready: '.desk form' },
      { name: 'provisioning and voids', role: 'SUPPORT', path: at(f, '/support/usage'), ready: '.desk form' },
      { name: 'overview', role: 'SUPPORT', path: usage('overview'), ready: '.trend .chart[data-drawn]' },
      {
        name: 'overview compared',
        role: 'SUPPORT',
        path: `/accounts/${encodeURIComponent(f)}/agents/settings/billing/usage/overview?range=last-7-days&vs=previous`,
        ready: '.balance .chart[data-drawn]',
        press: '.compare-switch',
        then: '.dates',
      },
      {
        name: 'models compared',
        role: 'SUPPORT',
        path: `${usage('models')}&vs=previous`,
        ready: '[data-column="change"] .delta',
      },
      {
        name: 'page of a model',
        role: 'SUPPORT',
        path: `${usage('models')}&vs=previous`,
        ready: '.open',
        press: '.open',
        then: '[role="dialog"] .facts',
        last: 'text=Open page',
        end: '[data-card="kinds"] tbody tr',
      },
      {
        name: 'page of a tool',
        role: 'SUPPORT',
        path: usage('tools'),
        ready: '.open',
        press: '.open',
        then: '[data-card="entries"]',
      },
      {
        name: 'palette',
        role: 'SUPPORT',
        path: usage('tools'),
        ready: rows,
        press: '.find',
        then: '.palette [role="option"]',
      },
      {
        name: 'explorer',
        role: 'SUPPORT',
        path: at(f, '/agents/settings/billing/explore?range=last-7-days&by=time,category&vs=previous'),
        ready: 'tbody .num',
      },
      {
        name: 'sheet',
        role: 'SUPPORT',
        path: at(f, '/agents/settings/billing/sheet?range=last-30-days&size=100&vs=previous'),
        ready: '.sheet tbody .num',
      },
      {
        name: 'trend as a table',
        role: 'SUPPORT',
        path: `${usage('overview')}&view=table`,
        ready: '.trend-table .num',
      },
      ...['tools', 'models', 'guardrails', 'scripts'].map((tab) => ({
        name: tab,
        role: 'SUPPORT',
        path: usage(tab),
        ready: rows,
      })),
      ...['models', 'guardrails', 'scripts'].map((tab) => ({
        name: `${tab} panel`,
        role: 'SUPPORT',
        path: usage(tab),
        ready: '.open',
        press: '.open',
        then: '[role="dialog"] .facts',
      })),
      {
        name: 'date filter',
        role: 'SUPPORT',
        path: usage('tools'),
        ready: rows,
        press: '.date-filter',
        then: '.dates',
        last: 'text=Custom range',
        end: '.mantine-DatePicker-day:not([data-hidden])',
      },
      {
        name: 'widget',
        role: 'MASTER_ADMIN',
        path: '/',
        ready: '.clock-button:not([data-icon="NONE"])',
        press: '.clock-button',
        then: '.summary-meter',
      },
      {
        name: 'banners',
        role: 'SUPPORT',
        path: at(world.exhausted.account, '/agents/settings/billing/usage/overview'),
        ready: '.banner + .banner',
        press: '.clock-button[data-icon="TRIANGLE"]',
        then: '.summary-meter',
      },
      {
        name: 'gates',
        role: 'SUPPORT',
        path: at(world.exhausted.account, '/agents/deployments/models'),
        ready: '.gate-why',
      },
      {
        name: 'status filter',
        role: 'SUPPORT',
        path: usage('tools'),
        ready: rows,
        press: '.choices',
        then: '[role="dialog"] input',
      },
      { name: 'menu', role: 'SUPPORT', path: usage('tools'), ready: rows, press: '.avatar', then: '.you' },
      {
        name: 'take back',
        role: 'SUPPORT',
        path: at(world.exhausted.account, '/support'),
        ready: '.desk-wide .num',
        press: '.desk-wide tbody button',
        then: '[role="dialog"] input',
      },
      {
        name: 'audit entry',
        role: 'SUPPORT',
        path: at(world.exhausted.account, '/support/audit'),
        ready: '.open',
        press: '.open',
        then: '[role="dialog"] .facts',
      },
      { name: 'nothing found', role: 'SUPPORT', path: `${usage('tools')}&q=zzz`, ready: '.notice' },
      {
        name: 'no permission',
        role: 'MEMBER',
        path: at(world.live.account, '/agents/settings/billing/usage/overview'),
        ready: '.notice',
      },
      { name: 'not found', role: 'SUPPORT', path: at('QWNjb3VudDo5OTk5', '/agents'), ready: '.notice' },
      ...['ledger', 'grants', 'statements', 'emails', 'pricing', 'script-statuses'].map((name) => ({
        name,
        role: 'SUPPORT',
        path: billing(name),
        ready: `${rows}, tbody .status`,
      })),
      ...['members', 'roles', 'security', 'integrations', 'audit'].map((name) => ({
        name,
        role: 'MASTER_ADMIN',
        path: at(world.live.account, `/agents/settings/${name}`),
        ready: 'tbody .name, textarea',
      })),
      {
        name: 'new role',
        role: 'MASTER_ADMIN',
        path: at(world.live.account, '/agents/settings/roles'),
        ready: 'tbody .name',
        press: '.filters-end button',
        then: '[role="dialog"] .scopes input',
      },
      {
        name: 'new token',
        role: 'MASTER_ADMIN',
        path: at(world.live.account, '/agents/settings/security'),
        ready: 'tbody .name',
        press: '.filters-end button',
        then: '[role="dialog"] input',
        last: 'text=Only some of what the role may do',
        end: '.scopes input',
      },
      { name: 'placeholder', role: 'SUPPORT', path: at(f, '/agents/build'), ready: '.notice' },
      { name: 'general', role: 'SUPPORT', path: at(f, '/agents/settings/general'), ready: '.facts' },
      ...['running', 'models', 'guardrails', 'scripts', 'fine-tuning'].map((kind) => ({
        name: `deployments: ${kind}`,
        role: 'MASTER_ADMIN',
        path: at(world.live.account, `/agents/deployments/${kind}`),
        ready: rows,
      })),
      {
        name: 'deploy form',
        role: 'MASTER_ADMIN',
        path: at(world.live.account, '/agents/deployments/models'),
        ready: rows,
        press: 'button[aria-label^="Deploy "]',
        then: '.estimate dd',
      },
      { name: 'support desk', role: 'SUPPORT', path: at(f, '/support'), ready: '.desk .num' },
      { name: 'audit log', role: 'SUPPORT', path: at(f, '/support/audit'), ready: rows },
    ];
  };

  test('axe finds nothing in any view, light and dark, and all fit into 360 px', async (t) => {
    const found = [];
    const pages = {};
    for (const view of all()) {
      const page = (pages[view.role] ??= await world.page({ role: view.role, path: view.path }));
      const note = (what, list) => found.push(...list.map((entry) => `${view.name}, ${what}: ${entry}`));
      const look = async () => {
        await page.emulateMedia({ colorScheme: 'light' });
        await page.setViewportSize({ width: 1280, height: 900 });
        await page.goto(world.url + view.path);
        await page.locator(view.ready).first().waitFor();
        for (const [press, then] of [
          [view.press, view.then],
          [view.last, view.end],
        ]) {
          if (!press) continue;
          await page.locator(press).first().click();
          await page.locator(then).first().waitFor();
        }
        note('light', await violations(page, view.left));
        if (view.name !== 'stories') note('file', await withoutFile(page)); // these are not of any account
        await page.emulateMedia({ colorScheme: 'dark' });
        await page.locator('html[data-mantine-color-scheme="dark"]').waitFor();
        note('dark', await violations(page, view.left));
        await page.setViewportSize({ width: 360, height: 740 });
        if (view.name === 'tools') note('order', await orders(page));
        await until(`${view.name} within 360 px`, async () => (await overflow(page)) <= 0, 10_000);
        note('console', page.wire.problems.splice(0));
      };
      await look().catch((error) => note('failed', [error.message]));
    }
    for (const page of Object.values(pages)) await page.leave();
    t.diagnostic(`${all().length} views`);
    assert.deepEqual(found, []);
  });

  test('a custom role: axe finds nothing in the dark at four widths, and all fits', async (t) => {
    const accountId = world.live.account;
    await world.ask(
      'MASTER_ADMIN',
      'mutation ($in: SetRoleInput!) { setRole(input: $in) { userErrors { code message } } }',
      { in: { accountId, name: 'Controller', permissions: ['USAGE_VIEW', 'BILLING_VIEW', 'RESOURCE_VIEW'] } },
    );
    const { createApiToken } = await world.ask(
      'MASTER_ADMIN',
      'mutation ($in: CreateApiTokenInput!) { createApiToken(input: $in) { secret userErrors { code message } } }',
      { in: { accountId, name: 'Of the controller', role: 'Controller' } },
    );
    const page = await world.page({ token: createApiToken.secret, theme: 'dark', path: '/', ready: '.module' });
    await page.locator('html[data-mantine-color-scheme="dark"]').waitFor();
    const found = [];
    const seen = 'tbody td .num, tbody td .name, .notice';
    const pages = [
      ...['overview', 'tools', 'models', 'guardrails', 'scripts'].map((tab) => `settings/billing/usage/${tab}`),
      'settings/billing/explore?vs=previous',
      ...['ledger', 'grants', 'statements', 'emails', 'pricing'].map((name) => `settings/billing/${name}`),
      ...['general', 'members', 'roles', 'security', 'audit'].map((name) => `settings/${name}`),
      ...['running', 'models', 'guardrails', 'scripts', 'fine-tuning'].map((kind) => `deployments/${kind}`),
    ];
    for (const path of pages) {
      await page.setViewportSize({ width: 1280, height: 900 });
      await page.goto(`${world.url}${at(accountId, `/agents/${path}`)}`);
      await page.locator(`${seen}, .facts, [data-answer], .pricing td`).first().waitFor();
      for (const width of [1280, 1024, 640, 360]) {
        await page.setViewportSize({ width, height: 900 });
        await until(`${path} within ${width} px`, async () => (await overflow(page)) <= 0, 10_000).catch((error) =>
          found.push(error.message),
        );
        found.push(...(await violations(page)).map((entry) => `${path}, ${width} px: ${entry}`));
      }
      found.push(...page.wire.problems.splice(0).map((problem) => `${path}: ${problem}`));
    }
    t.diagnostic(`${pages.length} views at 4 widths`);
    await page.leave();
    assert.deepEqual(found, []);
  });

  test('everything can be done by keyboard', async () => {
    const page = await world.page({
      role: 'SUPPORT',
      path: at(world.figures.account, '/agents/settings/billing/usage/scripts?range=last-30-days'),
      ready: 'tbody .num',
    });
    await page.keyboard.press('Tab');
    assert.equal(await page.evaluate(() => document.activeElement.className), 'skip');
    await page.keyboard.press('Enter');
    assert.equal(await page.evaluate(() => document.activeElement.id), 'content');
    const opener = page.getByRole('button', { name: 'Open Invoice parser' });
    await opener.focus();
    await page.keyboard.press('Enter');
    await page.getByRole('dialog').locator('.facts').waitFor();
    await until('the panel takes the focus', () =>
      page.evaluate(() => Boolean(document.activeElement.closest('[role="dialog"]'))),
    );
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await until('the panel gives it back', () => opener.evaluate((e) => e === document.activeElement));
    assert.doesNotMatch(page.url(), /open=/);
    await page.getByRole('button', { name: /^Script name/ }).focus();
    await page.keyboard.press('Enter');
    await page.locator('th[aria-sort="ascending"]').waitFor();
    assert.match(page.url(), /sort=name/);
    const figure = page.locator('tbody [data-exact][tabindex="0"]').first();
    await page.getByRole('button', { name: 'Open Invoice parser' }).focus();
    await page.keyboard.press('Tab');
    assert.equal(await figure.evaluate((e) => e === document.activeElement), true, 'a rounded figure is a stop');
    assert.equal(await page.getByRole('tooltip').innerText(), await figure.getAttribute('data-exact'));
    assert.equal(await figure.getAttribute('aria-describedby'), await page.getByRole('tooltip').getAttribute('id'));
    await page.keyboard.press('Escape');
    await page.getByRole('tooltip').waitFor({ state: 'detached' });
    await page.locator('.clock-button').focus();
    await page.keyboard.press('Enter');
    await page.getByRole('dialog', { name: 'Credit usage summary' }).waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await page.leave();
  });
}
