// Languages, formats, and the way that lines run: what a reader elsewhere sees; and what is left at 400 % zoom.
import assert from 'node:assert/strict';
import { record } from './data.mjs';
import { until } from './world.mjs';

const BUSY = 'main [aria-busy="true"], main .mantine-Skeleton-root, main .waiting';

// The texts that have an English word in them which German does not have: those shown, and those that are read aloud.
// What is marked as English, code, and what people wrote (`data`) do not count.
const englishIn = (page, data) =>
  page.evaluate((data) => {
    const words = /\b(the|of|and|your|you|is|are|with|not|this|it|has|have|please|been|from)\b/i;
    const found = new Set();
    const note = (said, element) => {
      if (!words.test(said) || data.some((name) => said.includes(name))) return;
      if (!element.closest('body [lang="en"], code, pre, script, style, noscript, iframe')) found.add(said.trim());
    };
    for (const element of document.querySelectorAll('body *'))
      for (const name of ['aria-label', 'title', 'placeholder']) note(element.getAttribute(name) ?? '', element);
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) note(walker.currentNode.data, walker.currentNode.parentElement);
    return [...found];
  }, data);

export default function words(test, world) {
  const at = (account, path) => `/accounts/${encodeURIComponent(account)}/agents/settings/${path}`;
  const overview = () => at(world.figures.account, 'billing/usage/overview?range=last-30-days');
  const fits = (page) => page.evaluate(() => document.documentElement.scrollWidth - innerWidth);

  test('a German browser gets the console in German, whose sentences came with no other load', async () => {
    const page = await world.page({ role: 'SUPPORT', path: overview(), locale: 'de-AT', ready: '[data-answer]' });
    assert.equal(await page.evaluate(() => document.documentElement.lang), 'de');
    assert.equal(await page.getByRole('heading', { level: 1 }).innerText(), 'Nutzung');
    assert.match(
      await page.locator('[data-answer]').innerText(),
      /Credits und .* Tool-Aufrufe in den letzten 30 Tagen/,
    );
    await page.locator('.date-filter').click();
    await page.getByRole('button', { name: 'Letzte 7 Tage' }).waitFor();
    await page.keyboard.press('Escape');
    // A noun keeps its capital within a sentence, and a percent has its space.
    assert.equal(await page.locator('.step select option').first().innerText(), 'Von selbst (Tag)');
    assert.match(await page.locator('[data-figure="percent"]').first().innerText(), /^[<>]?[\d.,]+\u00a0% /);
    assert.deepEqual(page.wire.problems, []);
    const english = await world.page({ role: 'SUPPORT', path: overview(), ready: '[data-answer]' });
    const loaded = await english.evaluate(() => performance.getEntriesByType('resource').map(({ name }) => name));
    assert.ok(loaded.length > 0 && loaded.every((name) => !/\.de-/.test(name)), String(loaded));
    await english.getByRole('button', { name: /Your menu/ }).click();
    await Promise.all([english.waitForEvent('load'), english.getByLabel('Language').selectOption('de')]);
    await english.getByRole('heading', { level: 1, name: 'Nutzung' }).waitFor();
    await Promise.all([page.leave(), english.leave()]);
  });

  // An account with all that the server writes sentences about: banners, a stop, e-mails, refusals, changes.
  const told = async () => {
    const mutate = (role, mutation, type, input, field = '') =>
      world.ask(role, `mutation ($in: ${type}!) { ${mutation}(input: $in) { ${field} userErrors { code message } } }`, {
        in: input,
      });
    const { createAccount } = await mutate(
      'PLATFORM',
      'createAccount',
      'CreateAccountInput',
      { name: 'Worte', idempotencyKey: 'words' },
      'account { id }',
    );
    const account = createAccount.account.id;
    const { registerModel } = await mutate(
      'PLATFORM',
      'registerModel',
      'RegisterModelInput',
      { accountId: account, name: 'Teuer', inputRate: '1000000', parametersBillions: '70' },
      'model { id }',
    );
    const modelId = registerModel.model.id;
    const { registerTool } = await mutate(
      'PLATFORM',
      'registerTool',
      'RegisterToolInput',
      { accountId: account, name: 'Rufer', ownerName: 'Mia', status: 'DEPLOYED' },
      'tool { id }',
    );
    await mutate('PLATFORM', 'deployModel', 'DeployModelInput', { modelId, name: 'eins', hardware: 'g4dn.xlarge' });
    const script = { accountId: account, name: 'Nachts', language: 'PYTHON' };
    const { createScript } = await mutate('PLATFORM', 'createScript', 'CreateScriptInput', script, 'script { id }');
    await mutate('PLATFORM', 'deployScript', 'DeployScriptInput', {
      scriptId: createScript.script.id,
      hardware: '1vcpu-2gb',
    });
    const limits = { accountId: account, lowCreditLimit: '6' };
    await mutate('SUPPORT', 'setAccountLimits', 'SetAccountLimitsInput', limits);
    await mutate('SUPPORT', 'setProvisioning', 'SetProvisioningInput', {
      accountId: account,
      tools: true,
      models: false,
    });
    await mutate('SUPPORT', 'setRates', 'SetRatesInput', {
      accountId: account,
      tokens: { cacheReadRate: '1' },
      hosting: [],
    });
    const time = new Date().toISOString();
    await record(world, account, [
      { source: 'e2e', id: 'runs', time, toolId: registerTool.tool.id, runs: 7_200 },
      { source: 'e2e', id: 'all', time, modelId, inputTokens: 101 }, // 75 are free; all stops at −25
    ]);
    const more = { source: 'e2e', id: 'more', time, modelId, inputTokens: 1 };
    await mutate('PLATFORM', 'recordUsage', 'RecordUsageInput', {
      accountId: account,
      mode: 'ENFORCE',
      events: [more],
    });
    await until('the refusal is remembered', async () => {
      const asked = 'query ($id: ID!) { account(id: $id) { refusals { totalCount } } }';
      return (await world.ask('SUPPORT', asked, { id: account })).account.refusals.totalCount > 0;
    });
    return account;
  };

  test('a German page has no English sentence, neither of its own nor of the server', async () => {
    const account = await told();
    const here = (path) => `/accounts/${encodeURIComponent(account)}/${path}`;
    const data = ['Mia Master', '@example.com'];
    const page = await world.page({
      role: 'SUPPORT',
      path: here('agents/deployments/models'),
      locale: 'de-DE',
      ready: '.banner + .banner',
    });
    assert.deepEqual(
      (await page.locator('.banner p').allInnerTexts()).map((line) => line.replace(/\u00a0/g, ' ')),
      [
        'Alle Credits sind verbraucht. Neue Einsätze und Aufrufe von Modellen ruhen. ' +
          'Wechseln Sie den Tarif oder laden Sie auf.',
        '70 % der Tool-Aufrufe sind verbraucht. ' +
          'Laden Sie auf oder wechseln Sie den Tarif, damit Tools weiterlaufen.',
      ],
    );
    const stopped = 'Alle Credits sind verbraucht. Laden Sie Credits auf, damit es weitergeht.';
    await page.locator('tbody .reason', { hasText: stopped }).first().waitFor(); // why hosting was stopped
    await page.locator('.gate-why', { hasText: stopped }).waitFor(); // and why none can begin
    const found = [];
    for (const path of [
      ...['overview', 'tools', 'models', 'guardrails', 'scripts'].map((tab) => `agents/settings/billing/usage/${tab}`),
      ...['explore', 'sheet', 'ledger', 'grants', 'statements', 'emails', 'pricing', 'script-statuses'].map(
        (view) => `agents/settings/billing/${view}`,
      ),
      ...['running', 'models', 'guardrails', 'scripts', 'fine-tuning'].map((kind) => `agents/deployments/${kind}`),
      ...['general', 'members', 'roles', 'security', 'audit'].map((view) => `agents/settings/${view}`),
      ...['support', 'support/day', 'support/prices', 'support/usage', 'support/audit'],
      '',
    ]) {
      await page.goto(world.url + here(path));
      await page.locator('h1').first().waitFor();
      await page.waitForFunction((busy) => !document.querySelector(busy), BUSY);
      await page.locator('.banner + .banner').waitFor();
      found.push(...(await englishIn(page, data)).map((said) => `${path}: ${said}`));
    }
    // And whatever opens above them.
    const opened = async (path, presses, there) => {
      await page.goto(world.url + here(path));
      await page.locator('h1').first().waitFor();
      await page.waitForFunction((busy) => !document.querySelector(busy), BUSY);
      for (const press of presses) await page.locator(press).first().click();
      await page.locator(there).first().waitFor();
      await page.waitForFunction((busy) => !document.querySelector(busy), BUSY);
      found.push(...(await englishIn(page, data)).map((said) => `${path}, ${presses.join(', ')}: ${said}`));
      // Names of months and days are told by no such words.
      const english = await page.evaluate(() =>
        /\b(January|March|May|October|December|Tu|We)\b/.exec(document.body.innerText),
      );
      if (english) found.push(`${path}, ${presses.join(', ')}: ${english[0]}`);
    };
    const usage = 'agents/settings/billing/usage';
    await opened(
      `${usage}/tools`,
      ['.date-filter', 'text=Eigener Zeitraum'],
      '.mantine-DatePicker-day:not([data-hidden])',
    );
    await opened(`${usage}/tools`, ['.compare-switch'], '[role="dialog"]');
    await opened(`${usage}/tools`, ['.choices'], '[role="dialog"] input');
    await opened(`${usage}/tools`, ['.avatar'], '.you');
    await opened(`${usage}/tools`, ['.clock-button'], '.summary-meter');
    await opened(`${usage}/tools`, ['.find'], '.palette [role="option"]');
    for (const tab of ['models', 'scripts']) await opened(`${usage}/${tab}`, ['.open'], '[role="dialog"] .facts');
    await opened('agents/settings/billing/emails', ['.choices'], '[role="dialog"] input');
    await opened('support/audit', ['.open'], '[role="dialog"] .facts');
    await opened('support', ['.desk-wide tbody button'], '[role="dialog"] input');
    assert.deepEqual(found, []);
    await page.leave();
    // What looks for English finds it, once the view is there: banners come before it.
    const english = await world.page({ role: 'SUPPORT', path: here('support'), ready: '.banner + .banner' });
    await english.locator('h1').first().waitFor();
    await english.waitForFunction((busy) => !document.querySelector(busy), BUSY);
    const said = await englishIn(english, data);
    assert.ok(said.length > 5, said.join('\n'));
    await english.leave();
  });

  test('a refusal is told in German', async () => {
    const path = at(world.live.account, 'roles');
    const page = await world.page({ role: 'MASTER_ADMIN', path, locale: 'de-DE', ready: 'tbody .name' });
    await page.getByRole('button', { name: 'Neue Rolle' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('textbox').fill('ADMIN');
    await dialog.getByRole('checkbox').first().check();
    await dialog.locator('button[type="submit"]').click();
    await dialog
      .getByRole('alert')
      .getByText('Dieser Name ist schon vergeben oder einer eingebauten Rolle vorbehalten.')
      .waitFor();
    await page.leave();
  });

  test('numbers and dates are as the reader has chosen, and Arabic runs from right to left', async () => {
    // A day of the past, and 1,300 runs of it in the digits and signs of each.
    for (const [formats, figure, direction] of [
      ['de-DE', /^1\.300$/, 'ltr'],
      ['fr-FR', /^1\u202f300$/, 'ltr'],
      ['hi-IN', /^1,300$/, 'ltr'],
      ['ar-EG', /^1,300$/, 'rtl'],
    ]) {
      const page = await world.page({
        role: 'SUPPORT',
        path: at(world.figures.account, 'billing/usage/tools?range=last-30-days'),
        kept: { 'usagegraph.formats': formats },
        ready: 'tbody .num',
      });
      assert.equal(await page.evaluate(() => document.documentElement.dir), direction, formats);
      const figures = await page.locator('tbody [data-value="1300"]').allInnerTexts();
      assert.ok(
        figures.some((text) => figure.test(text)),
        `${formats}: ${figures}`,
      );
      await until(`${formats} fits`, async () => (await fits(page)) <= 0, 10_000);
      if (direction === 'rtl') {
        const [menu, content] = await Promise.all([
          page.getByRole('navigation', { name: 'Settings' }).boundingBox(),
          page.locator('tbody').boundingBox(),
        ]);
        assert.ok(menu.x > content.x, 'the menu stands at the right');
        await page.goto(world.url + overview());
        const figure = page.locator('.movers .mover-figures .num').first();
        await figure.waitFor();
        await page.locator('.trend .chart[data-drawn]').waitFor();
        const way = (locator) => locator.evaluate((e) => getComputedStyle(e).direction);
        assert.match(await figure.innerText(), /^[+\u2212]/, 'the sign is part of the figure');
        assert.equal(await way(figure), 'ltr', 'and stands before it');
        assert.equal(await way(page.locator('.trend .chart')), 'ltr', 'labels of axes stand beside their axis');
        const lead = await page.locator('[data-card="why"] .card-head p').innerText();
        assert.match(lead, /\u2068.*[\u0600-\u06ff].*\u2069/, 'an Arabic date turns nothing around it');
      }
      assert.deepEqual(page.wire.problems, []);
      await page.leave();
    }
  });

  test('at 400% zoom nothing has to be scrolled sideways, and what is pressed is large enough', async () => {
    const page = await world.page({
      role: 'SUPPORT',
      path: overview(),
      width: 320,
      height: 256,
      ready: '[data-answer]',
    });
    const here = (path) => `/accounts/${encodeURIComponent(world.figures.account)}/${path}`;
    const settings = (path) => here(`agents/settings/${path}?range=last-30-days&vs=previous`);
    for (const [path, press, there] of [
      ...['overview', 'tools', 'models', 'guardrails', 'scripts'].map((tab) => [settings(`billing/usage/${tab}`)]),
      ...['explore', 'ledger', 'grants', 'statements', 'emails', 'pricing'].map((view) => [
        settings(`billing/${view}`),
      ]),
      ...['general', 'members', 'roles', 'security', 'integrations', 'audit'].map((view) => [settings(view)]),
      ...['running', 'models', 'guardrails', 'scripts', 'fine-tuning'].map((kind) => [
        here(`agents/deployments/${kind}`),
      ]),
      ...['support', 'support/day', 'support/prices', 'support/usage', 'support/audit'].map((view) => [here(view)]),
      ['/accounts'],
      ['/rates'],
      ['/stories'],
      [settings('billing/usage/tools'), '.date-filter', '.dates'],
      [settings('billing/usage/tools'), '.clock-button', '.summary-meter'],
      [settings('billing/usage/tools'), '.avatar', '.you'],
      [settings('billing/usage/models'), '.open', '[role="dialog"] .facts'],
      [here('support'), '.desk-wide tbody button', '[role="dialog"] input'],
    ]) {
      await page.goto(world.url + path);
      await page.locator('h1').first().waitFor();
      if (path !== '/stories') await page.waitForFunction((busy) => !document.querySelector(busy), BUSY);
      if (press) {
        await page.locator(press).first().click();
        await page.locator(there).first().waitFor();
      }
      await until(`${path} fits into 320 px`, async () => (await fits(page)) <= 0, 10_000);
      // WCAG 2.2, 2.5.8: 24 by 24 CSS pixels, links in sentences aside.
      const small = await page.evaluate(() =>
        [...document.querySelectorAll('button, select, input, [role="button"], nav a')]
          .filter(
            (e) => e.checkVisibility({ visibilityProperty: true, opacityProperty: true }) && !e.closest('.hidden'),
          )
          .map((e) => [e, e.getBoundingClientRect()])
          .filter(([, { width, height }]) => width > 1 && (width < 24 || height < 24))
          .map(([e, { width, height }]) => `${e.outerHTML.slice(0, 80)} ${width}×${height}`),
      );
      assert.deepEqual(small, [], path);
    }
    await page.leave();
  });
}
