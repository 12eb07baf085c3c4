// What is shown is taken out as a file: tables as CSV with what they are of, charts as PNG.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { record, withHistory } from './data.mjs';
import { dayOf } from './figures.mjs';
import { until } from './world.mjs';

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

  test('a change is told in credits and in percent, also in a file', async () => {
    const page = await world.page({
      role: 'SUPPORT',
      path: at(world.figures.account, `settings/billing/usage/guardrails?from=${dayOf(2)}&to=${dayOf(1)}&vs=previous`),
      ready: 'td[data-column="change"] .delta',
    });
    const delta = page.locator('tbody tr', { hasText: 'Toxic language' }).locator('.delta');
    const [change, percent] = [await delta.getAttribute('data-change'), await delta.getAttribute('data-percent')];
    assert.ok(change && percent, 'the row has both');
    const text = await read(await file(page, page.locator('.table-card'), 'Table as CSV'));
    const lines = text.trim().split('\r\n');
    assert.match(lines.find((line) => line.startsWith('Name,')) ?? '', /,Change,Change \(%\),/);
    const row = lines.find((line) => line.startsWith('Toxic language'));
    assert.ok(row?.includes(`,${change},${percent},`), row);
    assert.deepEqual(page.wire.problems, []);
    await page.leave();
  });

  test('the ring and the movers are taken out too; a picture has its name and its legend on it', async () => {
    const page = await world.page({
      role: 'SUPPORT',
      path: at(world.figures.account, `settings/billing/usage/overview?from=${dayOf(2)}&to=${dayOf(1)}&vs=previous`),
      ready: '.movers li',
    });
    const ring = page.locator('[data-card="Credits"]');
    await ring.locator('.chart[data-drawn] svg').waitFor();
    assert.match(await read(await file(page, ring, 'Table as CSV')), /\r\nCategory,Credits used,Share\r\nModels,/);
    const drawn = await ring.locator('.chart svg').boundingBox();
    const picture = readFileSync(await (await file(page, ring, 'Chart as PNG')).path());
    const [width, height] = [picture.readUInt32BE(16), picture.readUInt32BE(20)];
    assert.equal(width, Math.floor((drawn.width + 48) * 2));
    assert.ok(height > (drawn.height + 110) * 2, `${height} px for a chart of ${drawn.height}: name and legend`);
    const why = await read(await file(page, page.locator('[data-card="why"]'), 'Table as CSV'));
    assert.match(why, /Compared with .*\r\n/);
    assert.match(why, /\r\nResource,Category,Credits used,Before,Change,Change \(%\)\r\n/);
    assert.equal(
      why
        .trim()
        .split('\r\n')
        .filter((line) => /,(Models|Guardrails|Custom scripts),/.test(line)).length,
      3,
    );
    await page.goto(world.url + at(world.live.account, 'settings/billing/ledger?range=last-30-days&kind=grant'));
    await page.locator('tbody .name').first().waitFor();
    const ledger = await read(await file(page, page.locator('.table-card'), 'Table as CSV'));
    for (const told of [/\r\n"?Period: Last 30 days/, /\r\nTime zone: Europe\/Vienna/, /\r\nKind: Grant/])
      assert.match(ledger, told);
    await page.goto(world.url + at(world.live.account, 'deployments/scripts?status=draft'));
    await page.locator('tbody .name').first().waitFor();
    const scripts = await read(await file(page, page.locator('.table-card'), 'Table as CSV'));
    assert.match(scripts, /\r\nTime zone: Europe\/Vienna\r\nStatus: Draft\r\n/);
    assert.deepEqual(page.wire.problems, []);
    await page.leave();
  });

  test('what could be saved is taken out whole, whatever the filter above it; a day of the desk too', async () => {
    const account = await withHistory(world, 'Saves');
    const { createScript } = await world.ask(
      'PLATFORM',
      `mutation ($in: CreateScriptInput!) { createScript(input: $in) { script { id } userErrors { code message } } }`,
      { in: { accountId: account, name: 'Dear script', language: 'PYTHON' } },
    );
    const scriptId = createScript.script.id;
    await world.ask(
      'PLATFORM',
      'mutation ($in: DeployScriptInput!) { deployScript(input: $in) { userErrors { code message } } }',
      { in: { scriptId, hardware: '2vcpu-4gb' } }, // 2vcpu-8gb costs less
    );
    await world.ask(
      'PLATFORM',
      'mutation ($in: ReportDeploymentInput!) { reportDeployment(input: $in) { userErrors { code message } } }',
      { in: { id: scriptId, outcome: 'DEPLOYED', endpoint: 'https://scripts.example/1' } },
    );
    const { registerTool } = await world.ask(
      'PLATFORM',
      'mutation ($in: RegisterToolInput!) { registerTool(input: $in) { tool { id } userErrors { code message } } }',
      { in: { accountId: account, name: 'Rising', ownerName: 'Mia', status: 'DEPLOYED' } },
    );
    const time = `${dayOf(2)}T12:00:00Z`;
    const toolId = registerTool.tool.id;
    await record(world, account, [
      { source: 'e2e', id: '1', time, toolId, runs: 1_234 },
      { source: 'e2e', id: '2', time: new Date().toISOString(), toolId, runs: 5 },
    ]);
    const page = await world.page({
      role: 'SUPPORT',
      path: at(account, 'deployments/running?kind=scripts'),
      ready: '[data-hint]',
    });
    const hints = await read(await file(page, page.locator('[data-card="hints"]'), 'Table as CSV'));
    assert.match(hints, /^\ufeffWhat could be saved\r\n"?Account: Saves/);
    assert.match(hints, /\r\nTime zone: Europe\/Vienna\r\n/);
    assert.doesNotMatch(hints, /Category: /, 'the filter is of the list above');
    assert.deepEqual(hints.trim().split('\r\n').slice(-3), [
      'Resource,Deployment,Category,Why,"Saving, credits a day"',
      'Dear script,—,Custom scripts,2vcpu-8gb has as much and costs less,0.23904', // 24 × (0.15396 − 0.144)
      'Rising,—,Tools,"Runs rose from 0 to 1,234 in a week",—',
    ]);
    const running = await read(await file(page, page.locator('.table-card'), 'Table as CSV'));
    assert.match(running, /\r\nCategory: Custom scripts\r\n/);
    await page.goto(`${world.url}/accounts/${encodeURIComponent(account)}/support/day`);
    await page.locator('[data-story] [data-charged]').waitFor();
    const [charged, story] = [
      page.locator('[data-story] > .card').first(),
      page.locator('[data-story] > .card').last(),
    ];
    const charges = await read(await file(page, charged, 'Table as CSV'));
    assert.match(charges, /^\ufeff"?What was charged: /);
    assert.match(charges, /\r\nResource,Credits used,Tool runs\r\n/);
    assert.match(charges, /\r\nRising,—,5\r\n/);
    await story.locator('.story li').first().waitFor();
    const told = await read(await file(page, story, 'Table as CSV'));
    assert.match(told, /\r\nWhen,What,By,Times\r\n20\d\d-[^,]*Z,/);
    assert.match(told, /Z,75 credits granted: [^,\r]*,[^,]*,1\r\n/);
    assert.deepEqual(page.wire.problems, []);
    await page.leave();
  });

  test('the sheet of a period has all of it, below one another, with nothing to click on paper', async () => {
    const page = await world.page({
      role: 'SUPPORT',
      path: at(world.figures.account, `settings/billing/usage/models?from=${dayOf(29)}&to=${dayOf(0)}&vs=previous`),
      ready: 'tbody .num',
    });
    await page.getByRole('link', { name: 'Sheet of the period' }).click();
    await page.waitForURL(/billing\/sheet\?.*vs=previous.*size=100/);
    for (const [part, row] of [
      ['Tools', 'Order lookup'],
      ['Models', 'Mistral 7B'],
      ['Guardrails', 'Toxic language'],
      ['Custom Scripts', 'Invoice parser'],
    ])
      await page.getByRole('region', { name: part, exact: true }).locator('tbody tr', { hasText: row }).waitFor();
    await page.locator('.trend .chart[data-drawn] svg').waitFor();
    assert.equal(await page.locator('.sheet tbody .open').count(), 0);
    await page.emulateMedia({ media: 'print', colorScheme: 'dark' });
    for (const width of [700, 1280]) {
      await page.setViewportSize({ width, height: 900 });
      const wide = await page.locator('.sheet').evaluate((e) => e.clientWidth / window.innerWidth);
      assert.ok(wide > 0.9, `${width} px: the sheet fills ${wide} of the paper`);
      const cut = await page
        .locator('.table-scroll')
        .evaluateAll((all) => all.filter((e) => e.scrollWidth > e.clientWidth + 1).length);
      assert.equal(cut, 0, `${width} px: a table is cut`);
    }
    const ink = await page
      .locator('.sheet h2')
      .first()
      .evaluate((e) => getComputedStyle(e).color);
    assert.equal(ink, 'rgb(24, 32, 44)', 'dark letters, in the dark theme too');
    assert.match(await page.locator('.print-only').innerText(), /Figures · Period: .* Europe\/Vienna .*Compare/);
    for (const gone of ['.page-tools', '.take', '.pager-steps', '.filters'])
      for (const one of await page.locator(gone).all()) assert.equal(await one.isVisible(), false, gone);
    assert.equal(await page.locator('.sheet .pager-part').first().isVisible(), true, 'how many rows there are');
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

  test('on paper it is dark on white, whatever the theme', async () => {
    const page = await world.page({
      role: 'SUPPORT',
      path: at(world.figures.account, 'settings/billing/usage/overview?range=last-30-days'),
      theme: 'dark',
      ready: '.trend .chart[data-drawn] svg',
    });
    await page.locator('html[data-mantine-color-scheme="dark"]').waitFor();
    await page.locator('.movers li').first().waitFor();
    await page.emulateMedia({ media: 'print', colorScheme: 'dark' });
    // What is written too light to be read on white: 4.5 to 1 is a luminance of 0.183.
    const pale = () =>
      page.evaluate(() => {
        const light = (colour) => {
          const [r, g, b] = colour.match(/[\d.]+/g).map((part) => {
            const v = Number(part) / 255;
            return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
          });
          return 0.2126 * r + 0.7152 * g + 0.0722 * b;
        };
        const written = [...document.querySelectorAll('main *')].filter(
          (e) => e.checkVisibility() && [...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim()),
        );
        const colourOf = (e) => getComputedStyle(e)[e instanceof SVGElement ? 'fill' : 'color'];
        return written
          .filter((e) => light(colourOf(e)) > 0.184)
          .map((e) => `${e.textContent.trim().slice(0, 30)}: ${colourOf(e)}`);
      });
    await until('everything is dark enough', async () => (await pale()).length === 0, 5_000).catch(() => {});
    assert.deepEqual(await pale(), []);
    await page.leave();
  });
}
