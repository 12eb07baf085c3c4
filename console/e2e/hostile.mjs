// Hostile data in every view: names as long as they may be, from right to left, of pictures, of HTML; twins; amounts as
// large as they may be, debt, what was deleted; accounts with nothing, and with nothing left.
import assert from 'node:assert/strict';
import { record } from './data.mjs';
import { until } from './world.mjs';

const NAMES = {
  long: 'W'.repeat(200),
  words: 'Ein sehr langer Name, der viele Zeilen braucht, '.repeat(5).trim().slice(0, 200),
  arabic: 'مشروع دعم العملاء 2026 (تجريبي) – الإصدار ٣',
  family: '👩‍👩‍👧‍👦🏳️‍🌈🧑🏽‍💻'.repeat(8),
  html: '<img src=x onerror="window.hacked=1"><script>window.hacked=2</script>&amp;<b>',
  formula: '=HYPERLINK("http://evil.example","x")',
  marks: `Z${'\u0300'.repeat(40)}algo`,
};
// The first characters of a name, none of which joins what is cut off.
const begin = (name, most) =>
  [...name]
    .slice(0, most)
    .join('')
    .replace(/[\u200d\ufe0f]+$/, '')
    .trim();
const WIDTHS = [360, 768, 1280, 1920];
const BUSY = 'main [aria-busy="true"], main .mantine-Skeleton-root, main .waiting';
const at = (account, path) => `/accounts/${encodeURIComponent(account)}${path}`;

// What a view shows that no view may show.
const wrong = (page) =>
  page.evaluate(() => {
    const said = document.body.innerText;
    const found = ['NaN', 'undefined', 'Infinity', '[object', 'null'].filter((word) =>
      new RegExp(`(^|[\\s(])${word.replace('[', '\\[')}`).test(said),
    );
    if (window.hacked) found.push(`a name ran as a script: ${window.hacked}`);
    if (document.querySelector('img[src="x"]')) found.push('a name became an element');
    // Short words that are broken between two letters: their place is too narrow.
    const walker = document.createTreeWalker(document.querySelector('main'), NodeFilter.SHOW_TEXT);
    const broken = new Set();
    while (walker.nextNode()) {
      const { data, parentElement } = walker.currentNode;
      if (data.length > 300 || !parentElement.checkVisibility() || parentElement.closest('.hidden, svg, .out-of-sight'))
        continue;
      for (const { 0: word, index } of data.matchAll(/(?<!\S)[\p{L}_]{2,12}(?!\S)/gu)) {
        const range = document.createRange();
        range.setStart(walker.currentNode, index);
        range.setEnd(walker.currentNode, index + word.length);
        const tops = new Set([...range.getClientRects()].map(({ top }) => Math.round(top)));
        if (tops.size > 1) broken.add(word);
      }
    }
    if (broken.size > 0) found.push(`broken words: ${[...broken].slice(0, 5)}`);
    const over = document.documentElement.scrollWidth - innerWidth;
    // What is cut off by what it lies in makes nothing wide.
    const clipped = (e) => {
      for (let of = e.parentElement; of && of !== document.body; of = of.parentElement)
        if (getComputedStyle(of).overflowX !== 'visible') return true;
      return false;
    };
    if (over > 0) {
      const wide = [...document.querySelectorAll('body *')].filter(
        (e) => e.getBoundingClientRect().right > innerWidth + 1 && !clipped(e),
      );
      const told = wide.slice(0, 3).map((e) => `${e.tagName}.${e.className}: ${e.textContent.slice(0, 40)}`);
      found.push(`${over} px too wide: ${told.join(' | ')}`);
    }
    return found;
  });

export default function hostile(test, world) {
  const make = async (mutation, type, input, field) => {
    const query = `mutation ($in: ${type}!) { ${mutation}(input: $in) { ${field ?? ''} userErrors { code message } } }`;
    return (await world.ask(field === 'plan { id }' ? 'SUPPORT' : 'PLATFORM', query, { in: input }))[mutation];
  };
  const account = async (name, key) =>
    (await make('createAccount', 'CreateAccountInput', { name, idempotencyKey: key }, 'account { id }')).account.id;
  const grant = (accountId, amount, reference, key) =>
    world.ask(
      'SUPPORT',
      'mutation ($in: GrantCreditsInput!) { grantCredits(input: $in) { userErrors { code message } } }',
      { in: { accountId, meter: 'MODEL_CREDITS', amount, reference, idempotencyKey: key } },
    );

  // Everything under every name; two of each are called the same; one of each is deleted.
  const fill = async () => {
    const id = await account(NAMES.html, 'hostile');
    await grant(id, '1000000', NAMES.words, 'hostile-1');
    const made = { account: id };
    const time = new Date(Date.now() - 3_600_000).toISOString();
    const events = [];
    const all = [...Object.entries(NAMES), ['twin', NAMES.long], ['gone', NAMES.arabic]];
    for (const [key, name] of all) {
      const tags = [{ key: 'team', value: begin(name, 50) }];
      const { tool } = await make(
        'registerTool',
        'RegisterToolInput',
        { accountId: id, name, ownerName: name, status: 'DEPLOYED', tags },
        'tool { id }',
      );
      const { model } = await make(
        'registerModel',
        'RegisterModelInput',
        { accountId: id, name, parametersBillions: '7' },
        'model { id }',
      );
      const { deployment } = await make(
        'deployModel',
        'DeployModelInput',
        { modelId: model.id, name, hardware: 'g4dn.xlarge' },
        'deployment { id }',
      );
      const { guardrail } = await make(
        'deployGuardrail',
        'DeployGuardrailInput',
        { accountId: id, name, scanner: 'TOXICITY' },
        'guardrail { id }',
      );
      const { script } = await make(
        'createScript',
        'CreateScriptInput',
        { accountId: id, name, language: 'PYTHON' },
        'script { id }',
      );
      const user = begin(name, 60);
      events.push(
        { source: 'e2e', id: `t${key}`, time, toolId: tool.id, runs: 123_456, user, apiKey: user, tags },
        {
          source: 'e2e',
          id: `m${key}`,
          time,
          modelId: model.id,
          deploymentId: deployment.id,
          inputTokens: 999_999_999,
        },
      );
      if (key === 'html')
        Object.assign(made, { tool: tool.id, model: model.id, guardrail: guardrail.id, script: script.id });
      if (key === 'gone') Object.assign(made, { gone: { tool, model, deployment, guardrail, script } });
    }
    await record(world, id, events);
    const { tool, deployment, model, guardrail, script } = made.gone;
    await make('setToolStatus', 'SetToolStatusInput', { toolId: tool.id, status: 'DELETED' });
    await make('undeployModel', 'UndeployModelInput', { deploymentId: deployment.id });
    await make('deleteModel', 'DeleteModelInput', { modelId: model.id });
    await make('undeployGuardrail', 'UndeployGuardrailInput', { guardrailId: guardrail.id });
    await make('deleteGuardrail', 'DeleteGuardrailInput', { guardrailId: guardrail.id });
    await make('deleteScript', 'DeleteScriptInput', { scriptId: script.id });
    await world.ask(
      'SUPPORT',
      'mutation ($in: SetRatesInput!) { setRates(input: $in) { userErrors { code message } } }',
      { in: { accountId: id, modelId: made.model, tokens: { inputRate: '999999.123456' } } },
    );
    return made;
  };

  // An account in debt far beyond its limit, with figures as large as they come.
  const indebted = async () => {
    const id = await account('In debt', 'indebted');
    const { model } = await make(
      'registerModel',
      'RegisterModelInput',
      { accountId: id, name: 'Dear', inputRate: '1000000', parametersBillions: '7' },
      'model { id }',
    );
    const { tool } = await make(
      'registerTool',
      'RegisterToolInput',
      { accountId: id, name: 'Busy', ownerName: 'Mia', status: 'DEPLOYED' },
      'tool { id }',
    );
    const time = new Date(Date.now() - 60_000).toISOString();
    await record(world, id, [
      { source: 'e2e', id: 'm', time, modelId: model.id, inputTokens: 987_654_321 },
      { source: 'e2e', id: 't', time, toolId: tool.id, runs: 1_000_000 },
    ]);
    return { account: id, model: model.id, tool: tool.id };
  };

  const paths = ({ account: id, tool, model, guardrail, script, gone }) => {
    const usage = (rest) => at(id, `/agents/settings/billing/usage/${rest}?range=last-30-days&vs=previous`);
    const pages = [
      ['tools', tool],
      ['models', model],
      ['guardrails', guardrail],
      ['scripts', script],
      ['tools', gone?.tool.id],
      ['models', gone?.model.id],
      ['guardrails', gone?.guardrail.id],
      ['scripts', gone?.script.id],
    ];
    return [
      ...['overview', 'tools', 'models', 'guardrails', 'scripts'].map(usage),
      ...pages.filter(([, of]) => of).map(([tab, of]) => usage(`${tab}/${encodeURIComponent(of)}`)),
      ...pages
        .filter(([tab, of]) => of && tab !== 'tools')
        .map(([tab, of]) => `${usage(tab)}&open=${encodeURIComponent(of)}`),
      ...['resource', 'owner', 'user', 'api-key', 'deployment', 'time,resource'].map((by) =>
        at(id, `/agents/settings/billing/explore?range=last-7-days&by=${by}&vs=previous`),
      ),
      ...['ledger', 'grants', 'statements', 'emails', 'pricing', 'script-statuses'].map((name) =>
        at(id, `/agents/settings/billing/${name}?range=last-30-days`),
      ),
      ...['running', 'models', 'guardrails', 'scripts', 'fine-tuning'].map((kind) =>
        at(id, `/agents/deployments/${kind}`),
      ),
      ...['general', 'members', 'roles', 'security', 'audit'].map((name) => at(id, `/agents/settings/${name}`)),
      ...['', '/day', '/prices', '/usage', '/audit'].map((name) => at(id, `/support${name}`)),
      at(id, ''),
      '/accounts',
    ];
  };

  // Goes through views in every width; says what is wrong where.
  const walk = async (page, views, widths = WIDTHS) => {
    const found = [];
    for (const path of views) {
      const note = (what, list) => found.push(...list.map((one) => `${path}, ${what}: ${one}`));
      try {
        await page.goto(world.url + path);
        await page.locator('h1, [role="dialog"]').first().waitFor();
        await page.waitForFunction((busy) => !document.querySelector(busy), BUSY);
        for (const width of widths) {
          await page.setViewportSize({ width, height: 900 });
          await until('the place of everything', async () => (await wrong(page)).length === 0, 1_500).catch(() => {});
          note(`${width} px`, await wrong(page));
        }
      } catch (error) {
        note('failed', [error.message]);
      }
      note('console', page.wire.problems.splice(0));
    }
    return found;
  };

  let made;
  test('names of every kind break nothing, in any view and width', async (t) => {
    made = { hostile: await fill(), debt: await indebted(), bare: { account: await account('0', 'bare') } };
    const page = await world.page({ role: 'SUPPORT', path: '/accounts', ready: 'tbody .name' });
    const views = paths(made.hostile);
    const found = await walk(page, views);
    t.diagnostic(`${views.length} views`);
    assert.deepEqual(found, []);
    await page.leave();
  });

  test('neither does debt, nothing at all, or nothing left', async () => {
    const page = await world.page({ role: 'SUPPORT', path: '/accounts', ready: 'tbody .name' });
    for (const one of [made.debt, made.bare, world.exhausted])
      assert.deepEqual(await walk(page, paths(one), [360, 1280]), []);
    await page.goto(world.url + at(made.bare.account, '/agents/settings/billing/usage/overview'));
    assert.match(
      await page.locator('[data-answer]').innerText(),
      /^Nothing was used in the last 7 days, nor in .*\. Too little is known/,
    );
    assert.equal(await page.locator('.trend .chart-hint').count(), 0, 'there is no bar to click');
    await page.goto(world.url + at(made.debt.account, '/agents/settings/billing/usage/overview?range=last-30-days'));
    await page.locator('[data-card="Credits"] .meter-foot').waitFor();
    assert.match(await page.locator('[data-card="Credits"] .meter-foot').innerText(), /\u2212987,654,246/);
    await page.leave();
  });

  test('nor do they from right to left, or in German', async () => {
    const views = paths(made.hostile);
    for (const options of [{ kept: { 'usagegraph.formats': 'ar-EG' } }, { locale: 'de-DE' }]) {
      const page = await world.page({ role: 'SUPPORT', path: '/accounts', ready: 'tbody .name', ...options });
      assert.deepEqual(await walk(page, views, [360, 1280]), []);
      await page.leave();
    }
  });

  test('two things of one name are two bars, and each leads to its own page', async () => {
    const page = await world.page({
      role: 'SUPPORT',
      path: at(made.hostile.account, '/agents/settings/billing/usage/tools?range=last-30-days&sort=name&dir=desc'),
      ready: 'tbody .name',
    });
    const twins = page.getByRole('button', { name: NAMES.long });
    await until('the twins', async () => (await twins.count()) === 2);
    const seen = new Set();
    for (const i of [0, 1]) {
      await twins.nth(i).click();
      await page.waitForURL(/usage\/tools\/./);
      seen.add(new URL(page.url()).pathname);
      await page.goBack();
      await twins.first().waitFor();
    }
    assert.equal(seen.size, 2);
    await page.leave();
  });

  test('people, roles and tokens of every name break nothing either', async () => {
    const id = world.live.account;
    for (const [i, name] of Object.values(NAMES).entries()) {
      await world.ask(
        'MASTER_ADMIN',
        'mutation ($in: SetMemberInput!) { setMember(input: $in) { userErrors { code message } } }',
        {
          in: {
            accountId: id,
            userId: `hostile-${i}`,
            email: `hostile${i}@example.com`,
            name: begin(name, 100),
            role: 'MEMBER',
          },
        },
      );
      await world.ask(
        'MASTER_ADMIN',
        'mutation ($in: CreateApiTokenInput!) { createApiToken(input: $in) { userErrors { code message } } }',
        { in: { accountId: id, name: begin(name, 40), role: 'MEMBER' } },
      );
    }
    const page = await world.page({ role: 'MASTER_ADMIN', path: '/', ready: '.module' });
    const views = ['members', 'roles', 'security', 'integrations', 'audit', 'general'].map((name) =>
      at(id, `/agents/settings/${name}?size=100`),
    );
    assert.deepEqual(await walk(page, views), []);
    await page.leave();
  });
}
