// The Support desk, on an account of its own: limits, plan, grants taken back, and what remains to be read of it.
import assert from 'node:assert/strict';

export default function support(test, world) {
  test('Support changes limits and plan and takes credits back; ledger and audit log tell of it', async () => {
    const made = await world.ask(
      'PLATFORM',
      'mutation ($in: CreateAccountInput!) { createAccount(input: $in) { account { id } userErrors { code message } } }',
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
          `query ($id: ID!) { account(id: $id) { settings { lowCreditLimit negativeLimit fineTuningLimit } plan { name } creditStatus { credits { allocation remaining } runs { allocation } }
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
    await limits.getByLabel('New deployments need at least').fill('7.5');
    await limits.getByRole('button', { name: 'Save' }).click();
    await limits.getByText('Limits saved.').waitFor();
    assert.deepEqual((await state()).settings, { lowCreditLimit: '7.5', negativeLimit: '-25', fineTuningLimit: '25' });
    await limits.getByLabel('Everything stops at').fill('5');
    await limits.getByRole('button', { name: 'Save' }).click();
    await limits.getByText('At most 0.').waitFor();
    assert.equal((await state()).settings.negativeLimit, '-25', 'a limit that cannot be is refused, and said so');

    const plan = page.getByRole('region', { name: 'Plan' });
    await plan.getByLabel('Plan').selectOption({ label: 'Team: 500 credits and 20,000 runs a month' });
    await plan.getByRole('button', { name: 'Apply' }).click();
    await plan.getByText('Plan changed.').waitFor();
    const planned = await state();
    assert.equal(planned.plan.name, 'Team');
    assert.equal(planned.creditStatus.credits.allocation, '575');

    await page.getByRole('button', { name: 'Take back from Free 75' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Amount').fill('5.25');
    await dialog.getByLabel('Reference').fill('Ticket 12');
    await dialog.getByRole('button', { name: 'Take back' }).click();
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
    await page.leave();
  });
}
