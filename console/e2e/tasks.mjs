// Real tasks, with the clicks that each takes: what the console is for. A click is a press of the pointer or of Enter;
// typing into a field that has the focus is none.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { record, withHistory } from './data.mjs';
import { dayOf } from './figures.mjs';
import { until } from './world.mjs';

/** Counts clicks. */
export function counting() {
  let n = 0;
  return {
    click: async (locator) => {
      await locator.click();
      n++;
    },
    count: () => n,
  };
}

/** Says how many clicks a task took, and fails where they are too many. */
export function bound(t, clicks, most) {
  t.diagnostic(`${clicks} clicks, at most ${most}`);
  assert.ok(clicks <= most, `${clicks} clicks, at most ${most}`);
}

export default function tasks(test, world) {
  const at = (account, path) => `/accounts/${encodeURIComponent(account)}/agents/${path}`;
  const overview = () => at(world.figures.account, 'settings/billing/usage/overview');

  const open = (role, path, ready) => world.page({ role, path, ready });
  const done = async (t, page, clicks, most) => {
    bound(t, clicks, most);
    assert.deepEqual(page.wire.problems, []);
    await page.leave();
  };

  const toolOf = async (accountId, name, ownerName) =>
    (
      await world.ask(
        'PLATFORM',
        'mutation ($in: RegisterToolInput!) { registerTool(input: $in) { tool { id } userErrors { code message } } }',
        { in: { accountId, name, ownerName, status: 'DEPLOYED' } },
      )
    ).registerTool.tool.id;

  // Yesterday in Vienna: at 14:10 Busy ran 7 times and Later 3 times, at 16:10 Later ran 50 times.
  const hours = async () => {
    const account = await withHistory(world, 'Hours');
    const [busy, later] = [await toolOf(account, 'Busy', 'Mia'), await toolOf(account, 'Later', 'Mia')];
    const noon = new Date(`${dayOf(1)}T12:10:00Z`);
    const local = Number(
      new Intl.DateTimeFormat('en-GB', { hour: '2-digit', hour12: false, timeZone: 'Europe/Vienna' }).format(noon),
    );
    const hour = (wanted) => new Date(noon.getTime() + (wanted - local) * 3_600_000).toISOString();
    await record(world, account, [
      { source: 'e2e', id: '1', time: hour(14), toolId: busy, runs: 7 },
      { source: 'e2e', id: '2', time: hour(14), toolId: later, runs: 3 },
      { source: 'e2e', id: '3', time: hour(16), toolId: later, runs: 50 },
    ]);
    return { account };
  };

  // The middle of last month: a tool of each of two owners ran.
  const lastMonth = async () => {
    const account = await withHistory(world, 'Owners');
    const now = new Date();
    const time = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - 1, 15, 12)).toISOString();
    const [one, two] = [await toolOf(account, 'Search', 'Mia Master'), await toolOf(account, 'Mailer', 'Adam Admin')];
    await record(world, account, [
      { source: 'e2e', id: '1', time, toolId: one, runs: 41 },
      { source: 'e2e', id: '2', time, toolId: two, runs: 7 },
    ]);
    return { account };
  };

  // What four models used in the month before last and in the last one: credits in the middle of each.
  const months = async () => {
    const account = await withHistory(world, 'Why');
    const now = new Date();
    const used = { Alpha: [10, 30], Beta: [25, 10], Gamma: [0, 12], Steady: [5, 6] };
    const events = [];
    for (const [name, credits] of Object.entries(used)) {
      const { registerModel } = await world.ask(
        'PLATFORM',
        `mutation ($in: RegisterModelInput!) { registerModel(input: $in) { model { id } userErrors { code message } }
          }`,
        { in: { accountId: account, name, inputRate: '1000000', parametersBillions: '1' } },
      );
      credits.forEach((inputTokens, i) => {
        const time = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - 2 + i, 15, 12)).toISOString();
        const modelId = registerModel.model.id;
        if (inputTokens > 0) events.push({ source: 'e2e', id: `${name} ${i}`, time, modelId, inputTokens });
      });
    }
    await record(world, account, events);
    return account;
  };

  test('task: last month against the month before, and why', async (t) => {
    const page = await open('SUPPORT', at(await months(), 'settings/billing/usage/overview'), '[data-answer]');
    const c = counting();
    await c.click(page.locator('.date-filter'));
    await c.click(page.getByRole('button', { name: 'Last month' }));
    await page.waitForURL(/range=last-month/);
    // What it is compared with, and by how much, without arithmetic: 58 credits after 40.
    await until('the sentence', async () =>
      /58\.00 credits .*last month: 45% more than in/.test(await page.locator('[data-answer]').innerText()),
    );
    const credits = page.locator('[data-tile="Credits used"] .delta');
    assert.match(await credits.innerText(), /\+18\s+45%/);
    // What moved most, by name, each with its difference and a way to its page.
    const rows = page.locator('[data-card="why"] .movers li');
    await until('three of them', async () => (await rows.count()) === 3);
    assert.deepEqual(await rows.locator('a .mover-name b').allInnerTexts(), ['Alpha', 'Beta', 'Gamma']);
    assert.deepEqual(
      await rows.locator('.mover-figures b [data-value]').evaluateAll((all) => all.map((e) => e.dataset.value)),
      ['20', '-15', '12'],
    );
    bound(t, c.count(), 4);
    await rows.first().getByRole('link').click();
    await page.getByRole('article', { name: 'Alpha' }).waitFor();
    assert.match(page.url(), /range=last-month/);
    assert.deepEqual(page.wire.problems, []);
    await page.leave();
  });

  test('task: which tool ran most in an hour of yesterday', async (t) => {
    // Busy ran most in that hour, Later most in the day.
    const { account } = await hours();
    const page = await open('SUPPORT', at(account, 'settings/billing/usage/overview'), '.trend .chart[data-drawn] svg');
    const c = counting();
    await c.click(page.locator('.date-filter'));
    await c.click(page.getByRole('button', { name: 'Yesterday' }));
    await page.waitForURL(new RegExp(`from=${dayOf(1)}`));
    const chart = page.locator('.trend .chart');
    await until('hours', async () => (await page.locator('.step select option:checked').innerText()).includes('hour'));
    const { width } = await chart.boundingBox();
    const place = { x: 48 + ((width - 60) / 24) * 14.5, y: 140 }; // 14:00 to 15:00
    await c.click({ click: () => chart.click({ position: place }) });
    await page.waitForURL(/step=minute/);
    assert.match(decodeURIComponent(page.url()), new RegExp(`from=${dayOf(1)}T14:00&to=${dayOf(1)}T15:00`));
    await c.click(page.getByRole('navigation', { name: 'Usage' }).getByRole('link', { name: 'Tools' }));
    await until('the tool', async () => /Busy/.test(await page.locator('tbody tr').first().innerText()));
    assert.equal(
      await page.locator('tbody tr').first().locator('[data-value]').first().getAttribute('data-value'),
      '7',
    );
    await done(t, page, c.count(), 4);
  });

  test('task: when do we run out', async (t) => {
    // A credit a day for three weeks, of 75 that are free for 90 days.
    const id = await withHistory(world, 'Steady');
    const { registerModel } = await world.ask(
      'PLATFORM',
      'mutation ($in: RegisterModelInput!) { registerModel(input: $in) { model { id } userErrors { code message } } }',
      { in: { accountId: id, name: 'Steady', inputRate: '1000000', parametersBillions: '1' } },
    );
    const days = Array.from({ length: 21 }, (_, i) => new Date(Date.now() - (i + 1) * 86_400_000).toISOString());
    await record(
      world,
      id,
      days.map((time) => ({ source: 'e2e', id: time, time, modelId: registerModel.model.id, inputTokens: 1 })),
    );
    const page = await open('SUPPORT', at(id, 'settings/billing/usage/overview'), '[data-tile="Runs out"] time');
    const { account } = await world.ask(
      'SUPPORT',
      `query ($id: ID!) { account(id: $id) { creditStatus { forecast { credits
        { exhaustedAt } } } } }`,
      { id },
    );
    const { exhaustedAt } = account.creditStatus.forecast.credits;
    const ahead = (Date.parse(exhaustedAt) - Date.now()) / 86_400_000;
    assert.ok(Math.abs(ahead - 75) < 75 * 0.064, `${ahead} days`); // the median error of a month (docs/forecast.md)
    const day = new Intl.DateTimeFormat('en-US', { dateStyle: 'medium', timeZone: 'Europe/Vienna' });
    const shown = (await page.locator('[data-tile="Runs out"] .tile-value').innerText()).trim();
    assert.equal(shown, day.format(new Date(exhaustedAt)));
    const sentence = await page.locator('[data-answer]').innerText();
    assert.ok(sentence.includes(`on ${shown}.`), sentence);
    await done(t, page, 0, 0);
  });

  test('task: use by owner for finance, as a file', async (t) => {
    // From the Overview, with no period and no grouping in the address.
    const { account } = await lastMonth();
    const page = await open('SUPPORT', at(account, 'settings/billing/usage/overview'), '[data-answer]');
    const c = counting();
    await page.keyboard.press('Control+k');
    await page.getByRole('combobox', { name: 'Go to anything' }).fill('last month by owner');
    await page.getByRole('option', { name: 'Explorer · by owner · Last month' }).waitFor();
    await c.click({ click: () => page.keyboard.press('Enter') });
    await page.waitForURL(/explore\?by=owner&range=last-month/);
    await until('the owners', async () => (await page.locator('tbody').innerText()).includes('Mia Master'));
    const download = page.waitForEvent('download');
    await c.click(page.locator('.table-card .take'));
    await c.click(page.getByRole('menuitem', { name: 'Table as CSV' }));
    const file = readFileSync(await (await download).path(), 'utf8');
    assert.match(file, /\r\nMia Master,0,41,/);
    await done(t, page, c.count(), 4);
  });

  test('task: grant 500', async (t) => {
    const { createAccount } = await world.ask(
      'PLATFORM',
      `mutation ($in: CreateAccountInput!) { createAccount(input: $in) { account { id } userErrors { code message }
        } }`,
      { in: { name: 'Tasks', idempotencyKey: 'tasks' } },
    );
    const id = createAccount.account.id;
    const page = await open('SUPPORT', `/accounts/${encodeURIComponent(id)}/support`, '.desk .num');
    const c = counting();
    const form = page.getByRole('region', { name: 'Grant' }).or(page.locator('.desk form').first());
    await c.click(form.getByLabel('Amount').first());
    await page.keyboard.type('500');
    await c.click(form.getByLabel('Reference').first());
    await page.keyboard.type('Order 500');
    await c.click(form.locator('button[type="submit"]').first());
    await c.click(page.getByRole('dialog').getByRole('button', { name: 'Yes, add' })); // the one confirmation
    await until('the grant', async () => {
      const { account } = await world.ask(
        'SUPPORT',
        'query ($id: ID!) { account(id: $id) { creditStatus { credits { allocation } } } }',
        { id },
      );
      return account.creditStatus.credits.allocation === '575';
    });
    await done(t, page, c.count(), 4);
  });

  test('task: explain the 12th, names in every line', async (t) => {
    await world.live.spend(1);
    const page = await open('SUPPORT', `/accounts/${encodeURIComponent(world.live.account)}/support`, '.desk .num');
    const c = counting();
    await c.click(page.getByRole('navigation', { name: 'Support desk' }).getByRole('link', { name: 'A day' }));
    await page.locator('[data-story] .story li').first().waitFor(); // today; another day is typed into the field
    await c.click(page.getByLabel('Day', { exact: true }));
    await page.getByLabel('Day', { exact: true }).fill(dayOf(0));
    const lines = await page.locator('[data-story] .story li').allInnerTexts();
    assert.ok(
      lines.some((line) => /^Spender was charged [0-9.,]+ credits/.test(line)),
      String(lines),
    );
    assert.ok(
      lines.some((line) => /granted: /.test(line)),
      String(lines),
    );
    assert.ok(
      lines.every((line) => /\p{L}{3,}/u.test(line.replace(/credits|tool runs|was charged/g, ''))),
      String(lines),
    );
    await done(t, page, c.count(), 4);
  });

  test('task: change the price of a model', async (t) => {
    const path = `/accounts/${encodeURIComponent(world.live.account)}/support`;
    const page = await open('SUPPORT', path, '.desk .num');
    const c = counting();
    await c.click(page.getByRole('navigation', { name: 'Support desk' }).getByRole('link', { name: 'Prices' }));
    const form = page.getByRole('region', { name: 'Own prices', exact: true });
    await form.getByLabel('Prices of').selectOption({ label: 'Spender' });
    await c.click(form.getByLabel('Input, credits per million tokens'));
    await page.keyboard.press('Control+a'); // the price so far stands in it
    await page.keyboard.type('999999.5');
    await c.click(form.getByRole('button', { name: 'Review …' }));
    const question = page.getByRole('dialog', { name: 'Change the prices of Spender?' });
    await question.getByText('Input: 1,000,000 credits → 999,999.5 credits').waitFor();
    await c.click(question.getByRole('button', { name: 'Yes, change' }));
    await page.locator('tbody tr', { hasText: 'Spender' }).getByText('999,999.5').waitFor();
    const { account } = await world.ask(
      'SUPPORT',
      'query ($id: ID!) { account(id: $id) { ownRates { modelName tokens { inputRate outputRate } } } }',
      { id: world.live.account },
    );
    // The price that nobody touched is still the one that the model was registered with.
    assert.deepEqual(account.ownRates, [
      { modelName: 'Spender', tokens: { inputRate: '999999.5', outputRate: '1000000' } },
    ]);
    await done(t, page, c.count() + 1, 5); // and the choice of the model
  });

  test('task: the cheapest script', async (t) => {
    const page = await open('SUPPORT', overview(), '[data-answer]');
    const c = counting();
    await c.click(page.getByRole('navigation', { name: 'Usage' }).getByRole('link', { name: 'Custom Scripts' }));
    await page.locator('tbody .name').first().waitFor();
    await c.click(page.getByRole('button', { name: /^Credits used/ }));
    await page.waitForURL(/dir=asc/);
    await until('the cheapest on top', async () =>
      /Returns labels/.test(await page.locator('tbody tr').first().innerText()),
    );
    await done(t, page, c.count(), 4);
  });

  test('task: who raised the limits', async (t) => {
    await world.ask(
      'SUPPORT',
      'mutation ($in: SetAccountLimitsInput!) { setAccountLimits(input: $in) { userErrors { code message } } }',
      { in: { accountId: world.live.account, fineTuningLimit: '27.25' } },
    );
    const page = await open('MASTER_ADMIN', at(world.live.account, 'settings/billing/usage/overview'), '[data-answer]');
    const c = counting();
    await c.click(page.getByRole('navigation', { name: 'Settings' }).getByRole('link', { name: 'Audit log' }));
    const raised = page.locator('tbody tr', { hasText: '→ 27.25 credits' }).first();
    await raised.waitFor();
    assert.match(await raised.locator('[data-column="who"]').innerText(), /SUPPORT/);
    await done(t, page, c.count(), 3);
  });

  test('task: invite a colleague for billing only', async (t) => {
    const page = await open('MASTER_ADMIN', at(world.live.account, 'settings/members'), 'tbody .name');
    const c = counting();
    await c.click(page.getByRole('button', { name: 'Add member' }));
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('E-mail').fill('bill@example.com');
    await dialog.getByLabel('Role').selectOption({ label: 'BILLING (new: billing and usage only)' });
    await c.click(dialog.getByRole('button', { name: 'Invite' }));
    await dialog.waitFor({ state: 'detached' });
    await page.locator('tbody tr', { hasText: 'bill@example.com' }).getByText('BILLING', { exact: true }).waitFor();
    await done(t, page, c.count() + 1, 4);
  });

  test('task: a token for the gateway', async (t) => {
    const page = await open('MASTER_ADMIN', at(world.live.account, 'settings/security'), 'tbody .name, .notice');
    const c = counting();
    await c.click(page.getByRole('button', { name: 'Create token' }));
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Name').fill('Gateway of tasks');
    await c.click(dialog.getByRole('button', { name: 'Create token' }));
    await dialog.getByTestId('secret').waitFor();
    await c.click(dialog.getByRole('button', { name: 'I have copied it' }));
    await dialog.waitFor({ state: 'detached' });
    await done(t, page, c.count(), 4);
  });
}
