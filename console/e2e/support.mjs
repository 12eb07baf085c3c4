// The Support desk, on an account of its own: limits, plan, grants taken back, and what remains to be read of it.
import assert from 'node:assert/strict';
import { record } from './data.mjs';
import { until } from './world.mjs';

export default function support(test, world) {
  test('Support changes limits and plan and takes credits back; ledger and audit log tell of it', async () => {
    const made = await world.ask(
      'PLATFORM',
      `mutation ($in: CreateAccountInput!) { createAccount(input: $in) { account { id } userErrors { code message }
        } }`,
      { in: { name: 'Desk', idempotencyKey: 'desk' } },
    );
    const id = made.createAccount.account.id;
    await world.ask(
      'SUPPORT',
      'mutation ($in: CreatePlanInput!) { createPlan(input: $in) { userErrors { code message } } }',
      { in: { name: 'Team', credits: '500', runs: 20_000 } },
    );
    const state = () =>
      world
        .ask(
          'SUPPORT',
          `query ($id: ID!) { account(id: $id) { settings { lowCreditLimit negativeLimit fineTuningLimit } plan { name }
      creditStatus { credits { allocation remaining } runs { allocation } }
      grants(first: 10) { edges { node { kind amount reference meter } } } } }`,
          { id },
        )
        .then((d) => d.account);
    const page = await world.page({
      role: 'SUPPORT',
      path: `/accounts/${encodeURIComponent(id)}/support`,
      ready: '.desk .num',
    });

    const limits = page.getByRole('region', { name: 'Limits' });
    await limits.getByLabel('New deployments need at least').fill('75');
    await limits.getByRole('button', { name: 'Save' }).click();
    await limits.getByText('75 credits is more than 10 times the usual (5).').waitFor();
    await limits.getByLabel('New deployments need at least').fill('7.5');
    await limits.getByRole('button', { name: 'Save' }).click();
    const question = page.getByRole('dialog');
    await question.getByText('Low limit 5 → 7.5 credits').waitFor();
    await question.getByRole('button', { name: 'Yes, change' }).click();
    await limits.getByText('Limits saved.').waitFor();
    assert.deepEqual((await state()).settings, { lowCreditLimit: '7.5', negativeLimit: '-25', fineTuningLimit: '25' });
    await limits.getByLabel('Everything stops at').fill('5');
    await limits.getByRole('button', { name: 'Save' }).click();
    await limits.getByText('At most 0.').waitFor();
    assert.equal((await state()).settings.negativeLimit, '-25', 'a limit that cannot be is refused, and said so');

    const plan = page.getByRole('region', { name: 'Plan' });
    await plan.getByLabel('Plan').selectOption({ label: 'Team: 500 credits and 20,000 tool runs a month' });
    await plan.getByRole('button', { name: 'Apply' }).click();
    await question.getByRole('button', { name: 'Yes, change' }).click();
    await plan.getByText('Plan changed.').waitFor();
    const planned = await state();
    assert.equal(planned.plan.name, 'Team');
    assert.equal(planned.creditStatus.credits.allocation, '575');

    await page.getByRole('button', { name: 'Take back from Free 75' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Amount').fill('5.25');
    await dialog.getByLabel('Reference').fill('Ticket 12');
    await dialog.getByRole('button', { name: 'Review …' }).click();
    await dialog.getByText('Balance: 575.00 → 569.75').waitFor();
    assert.equal((await state()).creditStatus.credits.remaining, '575', 'it is asked back first');
    await dialog.getByRole('button', { name: 'Yes, take back' }).click();
    await dialog.waitFor({ state: 'detached' });
    assert.equal((await state()).creditStatus.credits.remaining, '569.75');

    await page.getByRole('link', { name: 'Audit log' }).click();
    const told = (names) =>
      page.waitForFunction(
        (wanted) =>
          JSON.stringify([...document.querySelectorAll('tbody [data-action] small')].map((e) => e.textContent)) ===
          wanted,
        JSON.stringify(names),
      );
    await told(['Credits corrected', 'Plan changed', 'Limits set', 'Account created']);
    await page.locator('tbody', { hasText: 'Plan none → Team' }).getByText('Low limit 5 → 7.5 credits').waitFor();
    await page.getByRole('button', { name: 'Open', exact: false }).first().click();
    await page.getByRole('dialog').getByText('Ticket 12', { exact: true }).waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await page.getByRole('navigation', { name: 'Support desk' }).getByRole('link', { name: 'Ledger' }).click();
    await page.locator('td[data-column="amount"] [data-value="-5.25"]').waitFor();
    assert.deepEqual(page.wire.problems, []);

    await page.goto(`${world.url}/accounts/${encodeURIComponent(id)}/support`);
    const edit = page.getByRole('region', { name: 'Name and time zone' });
    await edit.getByLabel('Name').fill('Desk of oak');
    await edit.getByLabel('Time zone of mails').fill('Europe/Nowhere');
    await page.getByText('No such time zone').waitFor();
    await edit.getByLabel('Time zone of mails').fill('calcutta');
    await page.getByRole('option', { name: 'Asia/Kolkata' }).click();
    await edit.getByLabel('Own ID').fill('oak-1');
    await edit.getByRole('button', { name: 'Save' }).click();
    await edit.getByText('Account saved.').waitFor();
    const { account } = await world.ask(
      'SUPPORT',
      'query ($id: ID!) { account(id: $id) { name externalId settings { timeZone } } }',
      { id },
    );
    assert.deepEqual(account, { name: 'Desk of oak', externalId: 'oak-1', settings: { timeZone: 'Asia/Kolkata' } });
    await world.ask(
      'PLATFORM',
      'mutation ($in: SetMemberInput!) { setMember(input: $in) { userErrors { code message } } }',
      { in: { accountId: id, userId: 'sub-of-oakley', email: 'oakley@oak.example', name: 'Oakley', role: 'ADMIN' } },
    );
    await page.goto(`${world.url}/accounts`);
    await page.getByRole('searchbox').fill('Oakley@oak');
    await page.waitForURL(/q=Oakley(%40|@)oak/);
    await page.locator('tbody tr', { hasText: 'Desk of oak' }).waitFor();
    await until('no other account', async () => (await page.locator('tbody tr').count()) === 1);
    await page.goto(`${world.url}/accounts?q=oak-1`);
    await page.locator('tbody tr', { hasText: 'Desk of oak' }).getByText('oak-1').waitFor();

    await page.goto(`${world.url}/accounts/${encodeURIComponent(id)}/support/usage`);
    const provisioning = page.getByRole('region', { name: 'Provisioning' });
    await provisioning.getByLabel('Tools are made, as deployed').check();
    await provisioning.getByRole('button', { name: 'Save' }).click();
    await provisioning.getByText('Provisioning saved.').waitFor();
    await page.getByText('Nothing was taken back').waitFor();
    const { recordUsage } = await world.ask(
      'PLATFORM',
      `mutation ($in: RecordUsageInput!) { recordUsage(input: $in) { results { status } userErrors { code message
        } } }`,
      {
        in: {
          accountId: id,
          events: [{ source: 'gateway', id: 'lost-1', time: new Date().toISOString(), toolId: 'nonsense', runs: 1 }],
        },
      },
    );
    assert.equal(recordUsage.results[0].status, 'REFUSED');
    const refused = page.getByRole('region', { name: 'What was refused' });
    await until('the refusal', async () => {
      await page.reload();
      await refused.locator('tbody tr, .empty, .notice').first().waitFor();
      return (await refused.locator('tbody tr', { hasText: 'lost-1' }).count()) > 0;
    });
    await page.leave();
  });

  // An account without members, in which a model costs a credit a token.
  const alone = async (name) => {
    const platform = (mutation, type, input, field) =>
      world
        .ask(
          'PLATFORM',
          `mutation ($in: ${type}!) { ${mutation}(input: $in) { ${field} { id } userErrors { code message } } }`,
          { in: input },
        )
        .then((data) => data[mutation][field].id);
    const account = await platform('createAccount', 'CreateAccountInput', { name, idempotencyKey: name }, 'account');
    const model = await platform(
      'registerModel',
      'RegisterModelInput',
      { accountId: account, name: 'Dear', inputRate: '1000000', parametersBillions: '7' },
      'model',
    );
    return { account, model, platform };
  };

  test('a day is told whole, however busy it was, and what was stopped though nobody was mailed', async () => {
    const { account, model, platform } = await alone('Busy day');
    const hosted = await platform(
      'registerModel',
      'RegisterModelInput',
      { accountId: account, name: 'Hosted', parametersBillions: '7' },
      'model',
    );
    const order = { modelId: hosted, name: 'prod', hardware: 'g4dn.xlarge' };
    await platform('deployModel', 'DeployModelInput', order, 'deployment');
    // An entry of the ledger each: more than one page of it.
    for (let i = 0; i < 105; i++)
      await record(world, account, [
        { source: 'e2e', id: String(i), time: new Date().toISOString(), modelId: model, inputTokens: 1 },
      ]);
    const path = `/accounts/${encodeURIComponent(account)}/support/day`;
    const page = await world.page({ role: 'SUPPORT', path, ready: '[data-charged]' });
    await page.locator('.story a', { hasText: 'Dear was charged 105 credits' }).waitFor();
    await page.locator('.story li[data-kind="stop"]', { hasText: 'stopped prod' }).waitFor();
    assert.equal(await page.locator('.story li[data-kind="mail"]').count(), 0);
    assert.equal(await page.getByText('more; the ledger').count(), 0);
    assert.deepEqual(page.wire.problems, []);
    await page.leave();
  });

  test('what a grant is asked back about is all of it: also when it expires', async () => {
    const { account } = await alone('Expiring');
    const path = `/accounts/${encodeURIComponent(account)}/support`;
    const page = await world.page({ role: 'SUPPORT', path, ready: '.desk .num' });
    const form = page.getByRole('region', { name: 'Add credits or runs' });
    const send = form.getByRole('button', { name: 'Add credits or runs' });
    const question = page.getByRole('dialog');
    await form.getByLabel('Amount').fill('50');
    await form.getByLabel('Reference').fill('Order 1');
    await form.getByLabel('Expires on').focus();
    await page.keyboard.type('11'); // a month alone is neither a day nor none
    await send.click();
    await form.getByText('Complete the date, or clear it.').waitFor();
    await form.getByLabel('Expires on').fill('2020-01-01');
    await send.click();
    await form.getByText('This must lie ahead.').waitFor();
    await form.getByLabel('Expires on').fill('');
    await send.click();
    await question.getByText('Expires after 12 months').waitFor();
    await question.getByRole('button', { name: 'Cancel' }).click();
    await form.getByLabel('Expires on').fill('2099-05-01');
    await send.click();
    await question.getByText('Expires on May 1, 2099').waitFor();
    await question.getByRole('button', { name: 'Yes, add' }).click();
    await form.getByText('Granted 50 credits.').waitFor();
    const { account: found } = await world.ask(
      'SUPPORT',
      'query ($id: ID!) { account(id: $id) { grants(first: 1) { edges { node { amount expiresAt } } } } }',
      { id: account },
    );
    assert.deepEqual(found.grants.edges[0].node, { amount: '50', expiresAt: '2099-04-30T22:00:00Z' });
    assert.deepEqual(page.wire.problems, []);
    await page.leave();
  });

  test('a new price of an account keeps its rates of token classes and of hosting', async () => {
    const { createAccount } = await world.ask(
      'PLATFORM',
      `mutation ($in: CreateAccountInput!) { createAccount(input: $in) { account { id } userErrors { code message }
        } }`,
      { in: { name: 'Own prices', idempotencyKey: 'own-prices' } },
    );
    const id = createAccount.account.id;
    const hosting = [{ category: 'MODELS', name: 'g5.xlarge', rate: '0.75' }];
    const tokens = { inputRate: '0.5', cacheReadRate: '0.05', cacheWriteRate: '0.6', reasoningRate: '2.5' };
    await world.ask(
      'SUPPORT',
      'mutation ($in: SetRatesInput!) { setRates(input: $in) { userErrors { code message } } }',
      { in: { accountId: id, tokens, hosting } },
    );
    const page = await world.page({
      role: 'SUPPORT',
      path: `/accounts/${encodeURIComponent(id)}/support/prices`,
      ready: 'tbody .name',
    });
    const form = page.getByRole('region', { name: 'Own prices', exact: true });
    await form.getByRole('button', { name: 'Review …' }).click();
    await form.getByText('Nothing would change').waitFor();
    assert.equal(await form.getByLabel('Input, credits per million tokens').inputValue(), '0.5');
    await form.getByLabel('Output, credits per million tokens').fill('3.25');
    await form.getByRole('button', { name: 'Review …' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Yes, change' }).click();
    await form.getByText('Prices set.').waitFor();
    const { account } = await world.ask(
      'SUPPORT',
      `query ($id: ID!) { account(id: $id) { ownRates { from hosting { category name rate }
        tokens { inputRate outputRate cacheReadRate cacheWriteRate reasoningRate } } } }`,
      { id },
    );
    const latest = account.ownRates.sort((a, b) => Date.parse(b.from) - Date.parse(a.from))[0];
    assert.deepEqual(latest.tokens, { ...tokens, outputRate: '3.25' });
    assert.deepEqual(latest.hosting, hosting);
    assert.deepEqual(page.wire.problems, []);
    await page.leave();
  });

  test('prices of hosting of an account are set, changed and taken back', async () => {
    const { createAccount } = await world.ask(
      'PLATFORM',
      `mutation ($in: CreateAccountInput!) { createAccount(input: $in) { account { id } userErrors { code message }
        } }`,
      { in: { name: 'Own hosting', idempotencyKey: 'own-hosting' } },
    );
    const id = createAccount.account.id;
    const page = await world.page({
      role: 'SUPPORT',
      path: `/accounts/${encodeURIComponent(id)}/support/prices`,
      ready: '.price-rows',
    });
    const form = page.getByRole('region', { name: 'Own prices', exact: true });
    const dialog = page.getByRole('dialog');
    const set = async (...lines) => {
      await form.getByRole('button', { name: 'Review …' }).click();
      for (const line of lines) await dialog.getByText(line).waitFor();
      await dialog.getByRole('button', { name: 'Yes, change' }).click();
      await form.getByText('Prices set.').waitFor();
      const { account } = await world.ask(
        'SUPPORT',
        'query ($id: ID!) { account(id: $id) { ownRates { from hosting { category name rate } } } }',
        { id },
      );
      return account.ownRates.sort((a, b) => Date.parse(b.from) - Date.parse(a.from))[0];
    };
    const add = async (row, hardware, rate) => {
      await form.getByRole('button', { name: 'Add a price of hosting' }).click();
      await form.getByLabel('Hardware').nth(row).selectOption({ label: hardware });
      await form.getByLabel('Credits an hour').nth(row).fill(rate);
    };
    await add(0, 'g5.xlarge', '1,5');
    await form.getByRole('button', { name: 'Review …' }).click();
    await form
      .getByText(/point|plain|1234\.5/)
      .first()
      .waitFor(); // what is wrong stands beside it
    await form.getByLabel('Credits an hour').fill('1.25');
    await add(1, 'General purpose', '0.04');
    await form.getByText('Rate card: ').first().waitFor();
    const first = await set(
      'g5.xlarge: as on the rate card → 1.25 credits',
      'General purpose: as on the rate card → 0.04 credits',
    );
    const byName = (a, b) => a.name.localeCompare(b.name);
    assert.deepEqual(first.hosting.sort(byName), [
      { category: 'MODELS', name: 'g5.xlarge', rate: '1.25' },
      { category: 'GUARDRAILS', name: 'GENERAL_PURPOSE', rate: '0.04' },
    ]);
    await page.locator('tbody tr').getByText('General purpose 0.04').waitFor();
    await form.getByRole('button', { name: 'Back to the rate card: General purpose' }).click();
    const last = await set('General purpose: 0.04 credits → as on the rate card');
    assert.deepEqual(last.hosting, [{ category: 'MODELS', name: 'g5.xlarge', rate: '1.25' }]);
    assert.deepEqual(page.wire.problems, []);
    await page.leave();
  });
}
