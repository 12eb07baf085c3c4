// Each tab's figures equal the API's, asked for by another document, and are shown rounded as they should be.
import assert from 'node:assert/strict';

// Thirty days of Vienna up to today, by their dates: a preset would move when midnight passes between the two answers.
const ZONE = 'Europe/Vienna';
/** The day in Vienna so many days ago. */
export const dayOf = (ago) =>
  new Intl.DateTimeFormat('sv-SE', { timeZone: ZONE }).format(Date.now() - ago * 86_400_000);
const [FIRST, LAST] = [dayOf(29), dayOf(0)];
const range = { from: midnight(FIRST), to: midnight(dayOf(-1)), timeZone: ZONE };
const USAGE = (account, tab) =>
  `/accounts/${encodeURIComponent(account)}/agents/settings/billing/usage/${tab}?from=${FIRST}&to=${LAST}`;

/** When a day begins in Vienna, which is one hour ahead of UTC, or two. */
export function midnight(day) {
  const hours = [1, 2].find(
    (ahead) =>
      new Intl.DateTimeFormat('sv-SE', { timeZone: ZONE, dateStyle: 'short', timeStyle: 'short' }).format(
        Date.parse(`${day}T00:00Z`) - ahead * 3_600_000,
      ) === `${day} 00:00`,
  );
  return new Date(Date.parse(`${day}T00:00Z`) - hours * 3_600_000).toISOString();
}

/**
 * Two decimals, half up, with commas; what would be a false zero is "<0.01". Written anew here, apart from the
 * console's own.
 */
export function shown(value) {
  const [whole, fraction = ''] = value.replace('-', '').split('.');
  const micros = BigInt(whole + fraction.padEnd(6, '0'));
  if (micros === 0n) return '0';
  if (micros < 5_000n) return '<0.01';
  const cents = ((micros + 5_000n) / 10_000n).toString().padStart(3, '0');
  return `${cents.slice(0, -2).replace(/\B(?=(\d{3})+$)/g, ',')}.${cents.slice(-2)}`;
}

const grouped = (n) => String(n).replace(/\B(?=(\d{3})+$)/g, ',');

/** The cells of a table: for each row, for each column, the text and the exact value behind it. */
const cells = (page, table = 'table') =>
  page.locator(`${table} tbody tr`).evaluateAll((rows) =>
    rows.map((row) =>
      Object.fromEntries(
        [...row.querySelectorAll('td')].map((cell) => [
          cell.dataset.column,
          {
            text: cell.innerText.trim().replace(/^Open\s+/, ''),
            value: cell.querySelector('[data-value]')?.dataset.value,
            exact: cell.querySelector('[data-exact]')?.dataset.exact,
          },
        ]),
      ),
    ),
  );

const figure = (page, name) => page.locator(`[data-figure="${name}"] [data-value]`).first().getAttribute('data-value');

export default function figures(test, world) {
  const ask = (query) =>
    world
      .ask('SUPPORT', `query ($id: ID!, $range: RangeInput) { account(id: $id) { ${query} } }`, {
        id: world.figures.account,
        range,
      })
      .then((d) => d.account);
  const show = (tab, ready = 'tbody td .num, tbody td .name') =>
    world.page({ role: 'SUPPORT', path: USAGE(world.figures.account, tab), ready });

  test('Overview shows what the API says', async () => {
    const { overview, usageTrend } = await ask(`overview(range: $range) { runs { used allocation usedPercent }
      credits { used allocation usedPercent slices { category used } }
      inRange { credits runs slices { category used } } }
      usageTrend(range: $range) { series { starts credits runs models guardrails scripts } }`);
    const page = await show('overview', '[data-card="inRange"] [data-value]');
    const values = (selector) =>
      page.locator(`${selector} [data-value]`).evaluateAll((all) => all.map((e) => e.dataset.value));
    assert.deepEqual(await values('[data-card="Runs"] .meter-used'), [
      String(overview.runs.used),
      String(overview.runs.allocation),
    ]);
    assert.deepEqual(await values('[data-card="Credits"] .meter-used'), [
      overview.credits.used,
      overview.credits.allocation,
    ]);
    assert.match(
      await page.locator('[data-card="Credits"] [data-figure="percent"]').innerText(),
      new RegExp(`^${overview.credits.usedPercent}% used$`),
    );
    assert.deepEqual(
      await values('[data-card="Credits"] .slices'),
      overview.credits.slices.map((s) => s.used),
    );
    assert.deepEqual(await values('[data-card="inRange"] .pair'), [
      overview.inRange.credits,
      String(overview.inRange.runs),
    ]);
    assert.deepEqual(
      await values('[data-card="inRange"] .slices'),
      overview.inRange.slices.map((s) => s.used),
    );
    assert.ok(Number(overview.inRange.credits) > 30, 'the period has usage in it');
    await page.locator('.trend .chart[data-drawn] svg').waitFor();
    await page.getByText('Table', { exact: true }).click();
    await page.locator('.trend-table tbody [data-value]').first().waitFor();
    const { starts, ...columns } = usageTrend.series;
    const rows = await cells(page, '.trend-table');
    assert.equal(rows.length, starts.length);
    for (const [key, series] of Object.entries(columns))
      assert.deepEqual(
        rows.map((row) => row[key].value),
        series.map(String).reverse(),
        key,
      );
    assert.deepEqual(page.wire.problems, []);
    await page.leave();
  });

  test('Tools shows what the API says', async () => {
    const { tools } = await ask(
      `tools(range: $range, sort: { field: RUNS, direction: DESC }) { totals { totalTools totalRuns } edges { runs
        node { name ownerName status lastActiveOn } } }`,
    );
    const page = await show('tools');
    assert.equal(await figure(page, 'Total tools'), String(tools.totals.totalTools));
    assert.equal(await figure(page, 'Total runs'), String(tools.totals.totalRuns));
    assert.deepEqual(
      (await cells(page)).map((row) => [
        row.name.text,
        row.runs.value,
        row.runs.text,
        row.owner.text,
        row.status.text.toUpperCase(),
      ]),
      tools.edges.map(({ runs, node }) => [node.name, String(runs), grouped(runs), node.ownerName, node.status]),
    );
    assert.deepEqual(
      tools.edges.map((e) => e.node.name),
      ['Order lookup', 'Mailer', 'Fax'],
      'nothing in development is listed, what was deleted is',
    );
    await page.leave();
  });

  test('Models and their deployments show what the API says', async () => {
    const { models } = await ask(`models(range: $range, sort: { field: CREDITS_USED, direction: DESC }) {
      totals { totalModels totalCredits fineTuningCredits hostingCredits inferenceCredits }
      edges { creditsUsed node { id name type
      deployments(range: $range) { edges { creditsUsed node { name type status } } } } } }`);
    const page = await show('models');
    for (const [name, key] of [
      ['Total models', 'totalModels'],
      ['Total credits', 'totalCredits'],
      ['Fine-tuning credits', 'fineTuningCredits'],
      ['Hosting credits', 'hostingCredits'],
      ['Inference credits', 'inferenceCredits'],
    ]) {
      assert.equal(await figure(page, name), String(models.totals[key]), name);
    }
    assert.deepEqual(
      (await cells(page)).map((row) => [row.name.text, row.type.text, row.used.value, row.used.text]),
      models.edges.map(({ creditsUsed, node }) => [
        node.name,
        node.type === 'BASE' ? 'Base' : 'Fine-tuned',
        creditsUsed,
        shown(creditsUsed),
      ]),
    );
    await page.locator('tbody tr').first().click();
    await page.locator('[role="dialog"] tbody .num').first().waitFor();
    assert.match(page.url(), /open=/);
    assert.deepEqual(
      (await cells(page, '[role="dialog"] table')).map((row) => [
        row.name.text.split('\n')[0],
        row.type.text,
        row.used.value,
        row.status.text.toUpperCase(),
      ]),
      models.edges[0].node.deployments.edges.map(({ creditsUsed, node }) => [
        node.name,
        'Open-source',
        creditsUsed,
        node.status,
      ]),
    );
    await page.leave();
  });

  test('Guardrails and their hardware show what the API says', async () => {
    const { guardrails } = await ask(`guardrails(range: $range, sort: { field: CREDITS, direction: DESC }) {
      totals { totalGuardrails totalCredits time { seconds } }
      edges { credits time { seconds hours minutes } node { name status
      panel(range: $range) { hardware { cpuType cpuCount duration { seconds } credits } total } } } }`);
    const page = await show('guardrails');
    assert.equal(await figure(page, 'Total guardrails'), String(guardrails.totals.totalGuardrails));
    assert.equal(await figure(page, 'Total credits'), guardrails.totals.totalCredits);
    assert.equal(await figure(page, 'Time'), String(guardrails.totals.time.seconds));
    assert.deepEqual(
      (await cells(page)).map((row) => [
        row.name.text.split('\n')[0],
        row.credits.value,
        row.credits.text,
        row.time.value,
        row.time.text,
      ]),
      guardrails.edges.map(({ credits, time, node }) => [
        node.name,
        credits,
        shown(credits),
        String(time.seconds),
        `${grouped(time.hours)} h ${time.minutes} min`,
      ]),
    );
    await page.locator('tbody .open').first().click();
    await page.locator('[role="dialog"] tbody .num').first().waitFor();
    const { panel } = guardrails.edges[0].node;
    assert.deepEqual(
      (await cells(page, '[role="dialog"] table')).map((row) => [row.cpus.value, row.time.value, row.credits.value]),
      panel.hardware.map((h) => [String(h.cpuCount), String(h.duration.seconds), h.credits]),
    );
    assert.equal(
      await page.locator('[role="dialog"] [data-figure="Total"] [data-value]').getAttribute('data-value'),
      panel.total,
    );
    await page.leave();
  });

  test('Custom Scripts and their infrastructure show what the API says', async () => {
    const { scripts } = await ask(`scripts(range: $range, sort: { field: CREDITS_USED, direction: DESC }) {
      totals { totalScripts hostingCredits }
      edges { creditsUsed node { name languageVersion status
      panel(range: $range) { components { vcpus hostingTime { seconds } credits } hostingTime { seconds } total } } }
      }`);
    const page = await show('scripts');
    assert.equal(await figure(page, 'Total scripts'), String(scripts.totals.totalScripts));
    assert.equal(await figure(page, 'Hosting credits'), scripts.totals.hostingCredits);
    const rows = await cells(page);
    assert.deepEqual(
      rows.map((row) => [row.name.text, row.used.value, row.used.text]),
      scripts.edges.map(({ creditsUsed, node }) => [node.name, creditsUsed, shown(creditsUsed)]),
    );
    assert.deepEqual(
      rows.map((row) => [row.language.text, row.status.text, row.active.text === '—']),
      [
        ['Python (3.10.15)', 'Ready to deploy', false],
        ['JavaScript (20.19.0)', 'Draft', true],
      ],
    );
    await page.locator('tbody .open').first().press('Enter');
    await page.locator('[role="dialog"] tbody .num').first().waitFor();
    const { panel } = scripts.edges[0].node;
    assert.deepEqual(
      (await cells(page, '[role="dialog"] table')).map((row) => [row.vcpus.value, row.time.value, row.credits.value]),
      panel.components.map((c) => [String(c.vcpus), String(c.hostingTime.seconds), c.credits]),
    );
    assert.equal(
      await page.locator('[role="dialog"] [data-figure="Total"] [data-value]').getAttribute('data-value'),
      panel.total,
    );
    await page.leave();
  });

  test('the date filter leads to the same figures, in the zone of the reader', async () => {
    const page = await world.page({
      role: 'SUPPORT',
      path: USAGE(world.figures.account, 'tools').split('?')[0],
      zone: 'Asia/Kathmandu',
      ready: 'tbody .num',
    });
    const runs = async (range) => {
      const { account } = await world.ask(
        'SUPPORT',
        'query ($id: ID!, $range: RangeInput) { account(id: $id) { tools(range: $range) { totals { totalRuns } } } }',
        { id: world.figures.account, range },
      );
      return account.tools.totals.totalRuns;
    };
    const shows = (count) =>
      page.waitForFunction(
        (wanted) =>
          !document.querySelector('.table-scroll[data-busy]') &&
          document.querySelector('[data-figure="Total runs"] [data-value]')?.dataset.value === wanted,
        String(count),
      );
    for (const name of [
      'Last 24 hours',
      'Last 7 days',
      'Last 30 days',
      'Last 90 days',
      'This month',
      'Last month',
      'This year',
      'Last year',
    ]) {
      await page.getByRole('button', { name: /^Date range/ }).click();
      await page.getByRole('dialog', { name: 'Date range' }).getByRole('button', { name }).click();
      await page.getByRole('button', { name: `Date range: ${name}` }).waitFor();
      assert.equal(
        new URL(page.url()).searchParams.get('range'),
        name === 'Last 7 days' ? null : name.toLowerCase().replaceAll(' ', '-'),
      );
      await shows(await runs({ preset: name.toUpperCase().replaceAll(' ', '_'), timeZone: 'Asia/Kathmandu' }));
    }
    await page.getByRole('button', { name: /^Date range/ }).click();
    await page.getByRole('button', { name: 'Custom range' }).click();
    const enabled = page.locator('.mantine-DatePicker-day:not([data-hidden]):not([disabled])');
    await enabled.first().click(); // the first of this month
    await enabled.last().click(); // today, which may be the same day
    await page.getByRole('button', { name: 'Apply' }).click();
    await page.waitForURL(/from=\d{4}-\d\d-01&to=\d{4}-\d\d-\d\d/, { waitUntil: 'commit' });
    const { searchParams } = new URL(page.url());
    const month = {
      from: `${searchParams.get('from')}T00:00:00+05:45`,
      to: new Date(Date.parse(`${searchParams.get('to')}T00:00:00+05:45`) + 86_400_000).toISOString(),
      timeZone: 'Asia/Kathmandu',
    };
    await shows(await runs(month));
    assert.deepEqual(page.wire.problems, []);
    await page.leave();
  });
}
