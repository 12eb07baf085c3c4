// The palette and the keys: pages, resources and periods without the pointer.
import assert from 'node:assert/strict';

export default function keys(test, world) {
  const usage = (tab) => `/accounts/${encodeURIComponent(world.figures.account)}/agents/settings/billing/usage/${tab}`;

  test('the palette finds pages, periods and resources; keys lead to tabs', async () => {
    const page = await world.page({ role: 'SUPPORT', path: usage('overview'), ready: '[data-answer]' });
    const find = async (typed) => {
      await page.keyboard.press('Control+k');
      await page.getByRole('combobox', { name: 'Go to anything' }).fill(typed);
    };
    await find('last month models');
    await page.getByRole('option', { name: 'Models · Last month' }).waitFor();
    await page.keyboard.press('Enter');
    await page.waitForURL(/usage\/models\?range=last-month/);
    await find('order look');
    await page.getByRole('option', { name: 'Order lookup' }).waitFor();
    await page.keyboard.press('Enter');
    await page.waitForURL(/usage\/tools\/[^?]+/);
    await page.getByRole('article', { name: 'Order lookup' }).waitFor();
    await page.keyboard.press('g');
    await page.keyboard.press('s');
    await page.waitForURL(/usage\/scripts/);
    await page.locator('tbody .name').first().waitFor();
    await page.keyboard.press('/');
    assert.equal(await page.evaluate(() => document.activeElement.type), 'search');
    await page.keyboard.type('?');
    assert.equal(await page.getByRole('dialog', { name: 'Keys' }).count(), 0, 'who types is left alone');
    await page.keyboard.press('Escape');
    await page.locator('h1').click();
    await page.keyboard.press('?');
    await page.getByRole('dialog', { name: 'Keys' }).waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await find('zzzz');
    await page.getByText('Nothing found').waitFor();
    await page.keyboard.press('Escape');
    assert.deepEqual(page.wire.problems, []);
    await page.leave();
  });

  test('the palette copies ids, finds the desk’s pages, and is there where no account is chosen', async () => {
    const page = await world.page({ role: 'SUPPORT', path: usage('models'), ready: 'tbody .name' });
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    const find = async (typed) => {
      await page.keyboard.press('Control+k');
      await page.getByRole('combobox', { name: 'Go to anything' }).fill(typed);
    };
    const copied = async (typed, option) => {
      await find(typed);
      await page.getByRole('option', { name: option }).click();
      await page.getByRole('status').getByText('Copied').waitFor();
      await page.getByRole('dialog').waitFor({ state: 'detached' });
      return page.evaluate(() => navigator.clipboard.readText());
    };
    assert.equal(await copied('copy account', 'Copy Account ID'), world.figures.account);
    await find('mistral');
    await page.getByRole('option', { name: 'Mistral 7B' }).click();
    await page.getByRole('article', { name: 'Mistral 7B' }).waitFor();
    const id = decodeURIComponent(/models\/([^?]+)/.exec(page.url())[1]);
    assert.equal(await copied('copy resource', 'Copy Resource ID'), id);
    await find('support prices');
    await page.getByRole('option', { name: 'Prices' }).first().click();
    await page.waitForURL(/support\/prices/);
    await page.goto(`${world.url}/accounts`);
    await page.locator('tbody .name').first().waitFor();
    await find('figures');
    await page.getByRole('option', { name: 'Figures' }).first().click();
    await page.waitForURL(/usage\/overview/);
    await page.locator('[data-answer]').waitFor();
    assert.deepEqual(page.wire.problems, []);
    await page.leave();
  });

  test('what is found later moves nothing above it', async () => {
    const page = await world.page({ role: 'SUPPORT', path: usage('overview'), ready: '[data-answer]' });
    await page.keyboard.press('Control+k');
    await page.getByRole('combobox', { name: 'Go to anything' }).fill('to');
    const options = page.locator('.palette').getByRole('option');
    await options.filter({ hasText: 'Toxic language' }).waitFor();
    assert.match(await options.first().innerText(), /^Tools/);
    assert.deepEqual(page.wire.problems, []);
    await page.leave();
  });

  test('what is typed before the palette is there is not lost, and leads nowhere else', async () => {
    const page = await world.page({ role: 'SUPPORT', path: usage('overview'), ready: '[data-answer]' });
    let release;
    const held = new Promise((done) => (release = done));
    await page.route(/\/assets\/palette-/, async (route) => {
      await held;
      await route.continue();
    });
    await page.keyboard.press('Control+k');
    await page.keyboard.type('g models');
    release();
    const field = page.getByRole('combobox', { name: 'Go to anything' });
    await field.waitFor();
    assert.equal(await field.inputValue(), 'g models');
    assert.match(page.url(), /usage\/overview/);
    await page.keyboard.press('Escape');
    await field.waitFor({ state: 'detached' });
    assert.deepEqual(page.wire.problems, []);
    await page.leave();
  });
}
