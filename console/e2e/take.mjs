// What is shown is taken out as a file: tables as CSV with what they are of, charts as PNG.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { dayOf } from './figures.mjs';

const read = async (download) => readFileSync(await download.path(), 'utf8');

export default function take(test, world) {
  const at = (account, path) => `/accounts/${encodeURIComponent(account)}/agents/${path}`;
  const file = async (page, card, entry) => {
    const download = page.waitForEvent('download');
    await card.getByRole('button', { name: /^Download/ }).click();
    await page.getByRole('menuitem', { name: entry }).click();
    return download;
  };

  test('a tab becomes a CSV file: period, zone and filter above, exact figures below', async () => {
    const page = await world.page({
      role: 'SUPPORT',
      path: at(world.figures.account, `settings/billing/usage/tools?from=${dayOf(29)}&to=${dayOf(0)}&status=deployed`),
      ready: 'tbody .num',
    });
    const download = await file(page, page.locator('.table-card'), 'Table as CSV');
    assert.match(download.suggestedFilename(), /^figures-usage-tools-\d{4}-\d\d-\d\d\.csv$/);
    const text = await read(download);
    assert.match(text, /^\ufeffUsage: Tools\r\n/);
    assert.match(text, /Time zone: Europe\/Vienna/);
    assert.match(text, /Status: Deployed/);
    const lines = text.trim().split('\r\n');
    const rows = lines.slice(lines.findIndex((line) => line.startsWith('Tool name')));
    assert.equal(rows[0], 'Tool name,Runs,Share,Trend,Owner name,Last active on,Status');
    assert.match(rows[1], /^Order lookup,1300,99\.\d\d,[^,]*,Mia Master,20\d\d-/);
    assert.equal(rows.length, 3);
    assert.deepEqual(page.wire.problems, []);
    await page.leave();
  });

  test('the trend becomes a picture and a table, the ledger a file', async () => {
    const page = await world.page({
      role: 'SUPPORT',
      path: at(world.figures.account, `settings/billing/usage/overview?from=${dayOf(5)}&to=${dayOf(1)}&vs=previous`),
      ready: '.trend .chart[data-drawn] svg',
    });
    const trend = page.locator('.trend');
    const picture = readFileSync(await (await file(page, trend, 'Chart as PNG')).path());
    assert.equal(picture.subarray(1, 4).toString(), 'PNG');
    assert.ok(picture.length > 5_000, `${picture.length} bytes`);
    const table = await read(await file(page, trend, 'Table as CSV'));
    assert.match(table, /Compared with/);
    assert.equal(
      table
        .trim()
        .split('\r\n')
        .filter((line) => /^\w{3}, /.test(line.replace(/^"/, ''))).length,
      5,
    );
    await page.goto(world.url + at(world.live.account, 'settings/billing/ledger'));
    await page.locator('tbody .name').first().waitFor();
    const ledger = await read(await file(page, page.locator('.table-card'), 'Table as CSV'));
    assert.match(ledger, /Effective,Kind,What,Amount,/);
    assert.deepEqual(page.wire.problems, []);
    await page.leave();
  });

  test('on paper there are figures and what they are of, and nothing to click', async () => {
    const page = await world.page({
      role: 'SUPPORT',
      path: at(world.figures.account, 'settings/billing/usage/overview?range=last-month'),
      ready: '[data-answer]',
    });
    await page.emulateMedia({ media: 'print' });
    await page.locator('.print-only').waitFor();
    assert.match(await page.locator('.print-only').innerText(), /Figures · Period: Last month .* Europe\/Vienna/);
    for (const gone of ['.top', '.side', '.tabs', '.page-tools'])
      assert.equal(await page.locator(gone).isVisible(), false, gone);
    await page.leave();
  });
}
