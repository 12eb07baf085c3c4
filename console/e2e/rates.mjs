// Rate cards: Support sees what a new one would have cost, publishes it, compares versions, and takes it back.
import assert from 'node:assert/strict';

export default function rates(test, world) {
  test('Support previews, publishes, compares and withdraws a rate card', async () => {
    const versions = () =>
      world
        .ask('SUPPORT', '{ rateCards { version status card { inference { outputRate cacheReadRate } } } }')
        .then((d) => d.rateCards);
    const page = await world.page({ role: 'SUPPORT', path: '/rates', ready: '.page .name' });
    const draft = page.getByRole('region', { name: 'New version' });
    const card = draft.getByLabel('Card', { exact: true });
    const begins = await card.inputValue();
    await card.fill('{');
    await draft.getByRole('button', { name: 'Preview' }).click();
    await draft.getByText('This is no JSON').waitFor();
    await card.fill(begins.replace('"outputRate":"1.5"', '"outputRate":1.4,"cacheReadRate":0.05'));
    await draft.getByRole('button', { name: 'Preview' }).click();
    await draft.getByText('priced once more').waitFor();
    await draft.getByText('cacheReadRate', { exact: true }).waitFor();

    await draft.getByRole('button', { name: 'Publish…' }).click();
    await draft.getByText('Choose a day.').waitFor();
    await draft.getByLabel('Starts at').fill('2020-01-01T00:00');
    await draft.getByRole('button', { name: 'Publish…' }).click();
    await draft.getByText('This must lie ahead.').waitFor();
    await draft.getByLabel('Starts at').fill('2099-01-01T00:00');
    await draft.getByRole('button', { name: 'Publish…' }).click();
    await page.getByRole('dialog').getByText('January 1, 2099').or(page.getByText('Jan 1, 2099')).first().waitFor();
    await page.getByRole('dialog').getByRole('button', { name: 'Publish' }).click();
    await draft.getByText('Published.').waitFor();
    const [published] = await versions();
    assert.equal(published.status, 'PLANNED');
    assert.deepEqual(published.card.inference, { outputRate: '1.4', cacheReadRate: '0.05' });

    await page.getByRole('region', { name: 'Differences' }).getByText('1.4', { exact: true }).waitFor();
    await page.getByRole('region', { name: 'Versions' }).getByRole('button', { name: 'Withdraw' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Withdraw' }).click();
    await page.getByRole('region', { name: 'Versions' }).getByText('Withdrawn').waitFor();
    assert.equal((await versions())[0].status, 'WITHDRAWN');
    await page.leave();
  });

  test('Support makes a plan and changes it; what it brings is asked back', async () => {
    const page = await world.page({ role: 'SUPPORT', path: '/rates', ready: '.page .name' });
    const plans = page.getByRole('region', { name: 'Plans' });
    await plans.getByRole('button', { name: 'New plan' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Name').fill('Studio');
    await dialog.getByLabel('Credits a month').fill('1,5');
    await dialog.getByLabel('Tool runs a month').fill('900');
    assert.equal(await dialog.getByRole('button', { name: 'Review …' }).isDisabled(), true, 'a comma is no number');
    await dialog.getByLabel('Credits a month').fill('150.5');
    await dialog.getByRole('button', { name: 'Review …' }).click();
    await dialog.getByText('Studio: 150.5 credits and 900 tool runs a month, on offer').waitFor();
    await dialog.getByRole('button', { name: 'Yes, save' }).click();
    await dialog.waitFor({ state: 'detached' });
    await plans.getByRole('button', { name: 'Change Studio' }).click();
    await dialog.getByLabel('Credits a month').fill('15050');
    await dialog.getByRole('button', { name: 'Review …' }).click();
    await dialog.getByText('15050 credits is more than 10 times the usual (150.5).').waitFor();
    await dialog.getByLabel('Credits a month').fill('150.5');
    await dialog.getByLabel('Tool runs a month').fill('1000');
    await dialog.getByLabel('On offer').uncheck();
    await dialog.getByRole('button', { name: 'Review …' }).click();
    await dialog.getByText('→ Studio: 150.5 credits and 1,000 tool runs a month, not on offer').waitFor();
    await dialog.getByRole('button', { name: 'Yes, save' }).click();
    await dialog.waitFor({ state: 'detached' });
    const { plans: all } = await world.ask('SUPPORT', '{ plans { name credits runs active } }');
    assert.deepEqual(
      all.find(({ name }) => name === 'Studio'),
      { name: 'Studio', credits: '150.5', runs: 1000, active: false },
    );
    assert.deepEqual(page.wire.problems, []);
    await page.leave();
  });
}
