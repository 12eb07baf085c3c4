// The Overview answers: what was used against the time before, why, how the balance went, and each bar leads closer.
import assert from 'node:assert/strict';
import { record, withHistory } from './data.mjs';
import { dayOf, midnight } from './figures.mjs';
import { until } from './world.mjs';

const ZONE = 'Europe/Vienna';
const micro = (value) => Math.round(Number(value) * 1e6);

export default function answers(test, world) {
  const usage = (tab, search) =>
    `/accounts/${encodeURIComponent(world.figures.account)}/agents/settings/billing/usage/${tab}${search}`;
  const ask = (range, fields) =>
    world
      .ask('SUPPORT', `query ($id: ID!, $range: RangeInput) { account(id: $id) { ${fields} } }`, {
        id: world.figures.account,
        range,
      })
      .then((d) => d.account);
  test('the Overview says what was used, against the days before, and why it changed', async () => {
    const range = (from, to) => ({ from: midnight(dayOf(from)), to: midnight(dayOf(to)), timeZone: ZONE });
    const ranges = { now: range(2, 0), before: range(4, 2) };
    const page = await world.page({
      role: 'SUPPORT',
      path: usage('overview', `?from=${dayOf(2)}&to=${dayOf(1)}&vs=previous`),
      ready: '[data-answer]',
    });
    const used = 'overview(range: $range) { inRange { credits runs slices { category used } } }';
    const by = 'usage(range: $range, groupBy: [RESOURCE], first: 100) { edges { node { resourceName credits } } }';
    const [now, before] = [await ask(ranges.now, used + by), await ask(ranges.before, used + by)];
    const sentence = page.locator('[data-answer]');
    await sentence.waitFor();
    const change = await page.locator('[data-tile="Credits used"] [data-change]').getAttribute('data-change');
    const difference = micro(now.overview.inRange.credits) - micro(before.overview.inRange.credits);
    assert.equal(micro(change), difference);
    const percent = (Math.abs(difference) / micro(before.overview.inRange.credits)) * 100;
    const [, shown, word] = /([\d.]+)% (more|less) than in/.exec(await sentence.innerText());
    assert.ok(Math.abs(Number(shown) - percent) <= 0.005 + 1e-9, `${shown}% is ${percent}%`);
    assert.equal(word, difference > 0 ? 'more' : 'less');
    assert.match(await sentence.innerText(), /At this pace|used up|nothing runs out|Too little is known/);
    const amounts = new Map();
    for (const [side, account] of [
      [1, now],
      [-1, before],
    ])
      for (const { node } of account.usage.edges)
        amounts.set(node.resourceName, (amounts.get(node.resourceName) ?? 0) + side * micro(node.credits));
    const expected = [...amounts]
      .filter(([, by]) => by !== 0)
      .sort((a, b) => Math.abs(b[1]) - Math.abs(a[1]))
      .slice(0, 3);
    const rows = page.locator('.movers li');
    await rows.first().waitFor();
    assert.deepEqual(
      await rows.locator('.mover-name b').allInnerTexts(),
      expected.map(([name]) => name),
    );
    const moved = await rows
      .locator('.mover-figures b [data-value]')
      .evaluateAll((all) => all.map((e) => e.dataset.value));
    assert.deepEqual(
      moved.map(micro),
      expected.map(([, by]) => by),
    );
    await page.locator('.legend .dot-ghost').waitFor(); // the bars of the days before stand in the chart
    await page.getByText('Table', { exact: true }).click();
    await page.locator('.trend-table td[data-column="credits-change"] [data-change]').first().waitFor();
    assert.deepEqual(page.wire.problems, []);
    await page.leave();
  });

  test('where no credits moved, the tools that ran more or less say why', async () => {
    const account = await withHistory(world, 'Tools alone');
    const tools = [];
    for (const name of ['Up', 'Down']) {
      const { registerTool } = await world.ask(
        'PLATFORM',
        'mutation ($in: RegisterToolInput!) { registerTool(input: $in) { tool { id } userErrors { code message } } }',
        { in: { accountId: account, name, ownerName: 'Mia', status: 'DEPLOYED' } },
      );
      tools.push(registerTool.tool.id);
    }
    const noon = (ago) => new Date(Date.parse(midnight(dayOf(ago))) + 43_200_000).toISOString();
    const ran = (id, ago, tool, runs) => ({ source: 'e2e', id, time: noon(ago), toolId: tools[tool], runs });
    await record(world, account, [ran('1', 2, 0, 5), ran('2', 1, 0, 9), ran('3', 2, 1, 20), ran('4', 1, 1, 2)]);
    const tab = `/accounts/${encodeURIComponent(account)}/agents/settings/billing/usage/overview`;
    const page = await world.page({
      role: 'SUPPORT',
      path: `${tab}?from=${dayOf(1)}&to=${dayOf(1)}`,
      ready: '.movers li',
    });
    const rows = page.locator('.movers li');
    assert.deepEqual(await rows.locator('.mover-name b').allInnerTexts(), ['Down', 'Up']);
    assert.deepEqual(await rows.locator('.mover-figures b').allInnerTexts(), ['\u221218', '+4']);
    assert.match(await page.locator('[data-card="why"] .card-head').innerText(), /Tool runs alone changed/);
    await rows.first().getByRole('link').click();
    await page.getByRole('article', { name: 'Down' }).waitFor();
    assert.deepEqual(page.wire.problems, []);
    await page.leave();
  });

  test('the comparison is chosen, stands in the URL and goes along to the next tab', async () => {
    const page = await world.page({ role: 'SUPPORT', path: usage('overview', ''), ready: '[data-answer]' });
    await page.getByRole('button', { name: 'Compare' }).click();
    await page.getByRole('button', { name: 'A month before' }).click();
    await page.waitForURL(/vs=month/);
    await page.getByRole('navigation', { name: 'Usage' }).getByRole('link', { name: 'Models' }).click();
    await page.waitForURL(/usage\/models\?.*vs=month/);
    await page.getByRole('button', { name: /Compare/ }).click();
    await page.getByRole('button', { name: 'No comparison' }).click();
    await until('the comparison is gone', () => !page.url().includes('vs='));
    assert.deepEqual(page.wire.problems, []);
    await page.leave();
  });

  test('the balance tells of grants, and each leads to its ledger entry', async () => {
    const page = await world.page({ role: 'SUPPORT', path: usage('overview', ''), ready: '.steps li' });
    await page.locator('.balance .chart[data-drawn] svg').waitFor();
    assert.equal(await page.locator('.steps [data-value]').last().getAttribute('data-value'), '75');
    await page.locator('.steps').getByRole('link', { name: 'Granted: Free' }).last().click();
    await page.waitForURL(/ledger\?kind=grant&meter=model-credits/);
    await page.locator('tr[data-opened] td[data-column="amount"] [data-value="75"]').waitFor();
    assert.deepEqual(page.wire.problems, []);
    await page.leave();
  });

  test('a mark on the line of the balance leads to its entry, among others of its day', async () => {
    const { createAccount } = await world.ask(
      'PLATFORM',
      `mutation ($in: CreateAccountInput!) { createAccount(input: $in) { account { id } userErrors { code message } }
        }`,
      { in: { name: 'Topped up', idempotencyKey: 'topped up' } },
    );
    const id = createAccount.account.id;
    for (const [amount, reference] of [
      ['100', 'First'],
      ['200', 'Second'],
    ])
      await world.ask(
        'SUPPORT',
        'mutation ($in: GrantCreditsInput!) { grantCredits(input: $in) { userErrors { code message } } }',
        { in: { accountId: id, meter: 'MODEL_CREDITS', amount, reference, idempotencyKey: reference } },
      );
    const page = await world.page({
      role: 'SUPPORT',
      path: `/accounts/${encodeURIComponent(id)}/agents/settings/billing/usage/overview?range=last-24-hours`,
      ready: '.balance .chart[data-drawn] svg',
    });
    assert.deepEqual(await page.locator('.steps a').allInnerTexts(), [
      'Granted: Top-up',
      'Granted: Top-up',
      'Granted: Free',
    ]);
    // The highest of the marks, by the colour of what arrives: after it the credits are the most.
    const good = await page.evaluate(() =>
      getComputedStyle(document.documentElement).getPropertyValue('--good').trim(),
    );
    const marks = page.locator(`.balance .chart svg path[fill="${good}" i]`);
    await until('the marks', async () => (await marks.count()) === 3);
    await page.locator('.balance .chart').scrollIntoViewIfNeeded();
    const boxes = await Promise.all((await marks.all()).map((mark) => mark.boundingBox()));
    const { x, y, width, height } = boxes.sort((a, b) => a.y - b.y)[0];
    await page.mouse.click(x + width / 2, y + height / 2);
    await page.waitForURL(/ledger\?.*entry=/);
    await page.locator('tr[data-opened]').waitFor();
    assert.equal(await page.locator('tr[data-opened]').count(), 1);
    assert.ok((await page.locator('tbody tr').count()) >= 3);
    assert.equal(
      await page.locator('tr[data-opened] td[data-column="amount"] [data-value]').getAttribute('data-value'),
      '200',
    );
    assert.deepEqual(page.wire.problems, []);
    await page.leave();
  });

  test('a bar leads to its day, its hour and its minutes, by pointer and by keyboard', async () => {
    const page = await world.page({
      role: 'SUPPORT',
      path: usage('overview', `?from=${dayOf(5)}&to=${dayOf(1)}`),
      ready: '.trend .chart[data-drawn] svg',
    });
    const { width } = await page.locator('.trend .chart').boundingBox();
    await page.locator('.trend .chart').click({ position: { x: width - 60, y: 140 } }); // the last column
    await page.waitForURL(new RegExp(`from=${dayOf(1)}&to=${dayOf(1)}`));
    await page.getByText('Table', { exact: true }).click();
    const hour = page.locator('.trend-table tbody tr').nth(3).getByRole('button');
    await hour.focus();
    await page.keyboard.press('Enter');
    await page.waitForURL(/step=minute/);
    assert.match(decodeURIComponent(page.url()), new RegExp(`from=${dayOf(1)}T20:00&to=${dayOf(1)}T21:00`));
    await until('60 minutes', async () => (await page.locator('.trend-table tbody tr').count()) === 60);
    await page.getByRole('navigation', { name: 'Usage' }).getByRole('link', { name: 'Tools' }).click();
    await page.locator('tbody .name').first().waitFor();
    assert.match(decodeURIComponent(page.url()), /T20:00/);
    assert.deepEqual(page.wire.problems, []);
    await page.leave();
  });

  test('a minute leads to the resources that were used in it, and each to its page in that minute', async () => {
    const account = await withHistory(world, 'Minutes');
    const register = async (name) => {
      const { registerModel } = await world.ask(
        'PLATFORM',
        `mutation ($in: RegisterModelInput!) { registerModel(input: $in) { model { id } userErrors { code message } }
          }`,
        { in: { accountId: account, name, inputRate: '1000000', parametersBillions: '1' } },
      );
      return registerModel.model.id;
    };
    const [big, small] = [await register('Big'), await register('Small')];
    const hour = Date.parse(midnight(dayOf(1))) + 9 * 3_600_000;
    const event = (id, minute, modelId, inputTokens) => ({
      source: 'e2e',
      id,
      time: new Date(hour + minute * 60_000).toISOString(),
      modelId,
      inputTokens,
    });
    await record(world, account, [event('1', 10, big, 7), event('2', 10, small, 2), event('3', 20, small, 5)]);
    const base = `/accounts/${encodeURIComponent(account)}/agents/settings/billing/usage/overview`;
    const page = await world.page({
      role: 'SUPPORT',
      path: `${base}?from=${dayOf(1)}T09:00&to=${dayOf(1)}T10:00&step=minute`,
      ready: '.trend .chart[data-drawn] svg',
    });
    const { width } = await page.locator('.trend .chart').boundingBox();
    await page.locator('.trend .chart').click({ position: { x: 48 + ((width - 60) / 60) * 10.5, y: 140 } });
    await page.waitForURL(/billing\/explore/);
    assert.match(decodeURIComponent(page.url()), new RegExp(`from=${dayOf(1)}T09:10&to=${dayOf(1)}T09:11`));
    const used = page.locator('tbody td[data-column="credits"] [data-value]');
    await until('both', async () => (await used.count()) === 2);
    assert.deepEqual(await used.evaluateAll((all) => all.map((e) => e.dataset.value)), ['7', '2']);
    await page.locator('.explorer-chart .chart[data-drawn] svg').waitFor();
    const bars = await page.locator('.explorer-chart .chart').boundingBox();
    await page.locator('.explorer-chart .chart').click({ position: { x: bars.width * 0.75, y: 120 } });
    await page.getByRole('article', { name: 'Small' }).waitFor();
    assert.match(decodeURIComponent(page.url()), new RegExp(`from=${dayOf(1)}T09:10&to=${dayOf(1)}T09:11`));
    await until('its use', async () =>
      Boolean(await page.locator('[data-figure="Credits used"] [data-value="2"]').count()),
    );
    assert.deepEqual(page.wire.problems, []);
    await page.leave();
  });

  test('the comparison with days of one’s own says what the days were, in cards, rows and charts', async () => {
    const range = (from, to) => ({ from: midnight(dayOf(from)), to: midnight(dayOf(to)), timeZone: ZONE });
    const used = 'overview(range: $range) { inRange { credits } }';
    const [now, then] = [await ask(range(2, 0), used), await ask(range(5, 3), used)];
    const page = await world.page({
      role: 'SUPPORT',
      path: usage('overview', `?from=${dayOf(2)}&to=${dayOf(1)}&vs=${dayOf(5)}..${dayOf(4)}`),
      ready: '[data-answer]',
    });
    const delta = page.locator('[data-card="inRange"] .pair .delta').first();
    await delta.waitFor();
    const difference = micro(now.overview.inRange.credits) - micro(then.overview.inRange.credits);
    assert.equal(micro(await delta.getAttribute('data-change')), difference);
    // How much and how many percent, both in sight.
    assert.match(await delta.innerText(), /[+\u2212][\d.,]+\s+([\d.,]+%|new)/);
    await page.locator('.legend .dot-ghost').waitFor();
    await page.getByRole('button', { name: /^Compare/ }).click();
    await page.getByRole('button', { name: 'Own days …' }).click();
    const days = page.locator('.mantine-DatePicker-day:not([data-hidden]):not([disabled])');
    await days.first().click();
    await days.first().click();
    await page.getByRole('dialog').getByRole('button', { name: 'Compare', exact: true }).click();
    await page.waitForURL(/vs=\d{4}-\d\d-01\.\.\d{4}-\d\d-01/);
    await page.getByRole('navigation', { name: 'Usage' }).getByRole('link', { name: 'Models' }).click();
    await page.locator('td[data-column="change"] .delta').first().waitFor();
    assert.match(page.url(), /vs=\d{4}-\d\d-01/);
    assert.deepEqual(page.wire.problems, []);
    await page.leave();
  });

  test('a period to the minute is chosen in the date filter', async () => {
    const page = await world.page({ role: 'SUPPORT', path: usage('tools', ''), ready: 'tbody .name' });
    await page.locator('.date-filter').click();
    const dialog = page.getByRole('dialog', { name: 'Date range' });
    await dialog.getByRole('button', { name: 'Custom range' }).click();
    const today = dialog.locator('table button:not([data-disabled]):not(:disabled)').last();
    await today.click();
    await today.click();
    await dialog.getByLabel('With the time of day').check();
    await dialog.getByLabel('From', { exact: true }).fill('00:00');
    await dialog.getByLabel('To', { exact: true }).fill('00:30');
    await dialog.getByRole('button', { name: 'Apply' }).click();
    await page.waitForURL(new RegExp(`from=${dayOf(0)}T00%3A00&to=${dayOf(0)}T00%3A30`));
    await page.locator('.date-filter').click();
    await page.getByRole('button', { name: 'Yesterday' }).click();
    await page.waitForURL(new RegExp(`from=${dayOf(1)}&to=${dayOf(1)}`));
    assert.deepEqual(page.wire.problems, []);
    await page.leave();
  });
}
