// Languages, formats, and the way that lines run: what a reader elsewhere sees; and what is left at 400 % zoom.
import assert from 'node:assert/strict';
import { until } from './world.mjs';

export default function words(test, world) {
  const at = (account, path) => `/accounts/${encodeURIComponent(account)}/agents/settings/${path}`;
  const overview = () => at(world.figures.account, 'billing/usage/overview?range=last-30-days');
  const fits = (page) => page.evaluate(() => document.documentElement.scrollWidth - innerWidth);

  test('a German browser gets the console in German, whose sentences came with no other load', async () => {
    const page = await world.page({ role: 'SUPPORT', path: overview(), locale: 'de-AT', ready: '[data-answer]' });
    assert.equal(await page.evaluate(() => document.documentElement.lang), 'de');
    assert.equal(await page.getByRole('heading', { level: 1 }).innerText(), 'Nutzung');
    assert.match(
      await page.locator('[data-answer]').innerText(),
      /Credits und .* Tool-Aufrufe in den letzten 30 Tagen/,
    );
    await page.locator('.date-filter').click();
    await page.getByRole('button', { name: 'Letzte 7 Tage' }).waitFor();
    await page.keyboard.press('Escape');
    // A noun keeps its capital within a sentence, and a percent has its space.
    assert.equal(await page.locator('.step select option').first().innerText(), 'Von selbst (Tag)');
    assert.match(await page.locator('[data-figure="percent"]').first().innerText(), /^[<>]?[\d.,]+\u00a0% /);
    assert.deepEqual(page.wire.problems, []);
    const english = await world.page({ role: 'SUPPORT', path: overview(), ready: '[data-answer]' });
    const loaded = await english.evaluate(() => performance.getEntriesByType('resource').map(({ name }) => name));
    assert.ok(loaded.length > 0 && loaded.every((name) => !/\.de-/.test(name)), String(loaded));
    await english.getByRole('button', { name: /Your menu/ }).click();
    await Promise.all([english.waitForEvent('load'), english.getByLabel('Language').selectOption('de')]);
    await english.getByRole('heading', { level: 1, name: 'Nutzung' }).waitFor();
    await Promise.all([page.leave(), english.leave()]);
  });

  test('numbers and dates are as the reader has chosen, and Arabic runs from right to left', async () => {
    // A day of the past, and 1,300 runs of it in the digits and signs of each.
    for (const [formats, figure, direction] of [
      ['de-DE', /^1\.300$/, 'ltr'],
      ['fr-FR', /^1\u202f300$/, 'ltr'],
      ['hi-IN', /^1,300$/, 'ltr'],
      ['ar-EG', /^1,300$/, 'rtl'],
    ]) {
      const page = await world.page({
        role: 'SUPPORT',
        path: at(world.figures.account, 'billing/usage/tools?range=last-30-days'),
        kept: { 'usagegraph.formats': formats },
        ready: 'tbody .num',
      });
      assert.equal(await page.evaluate(() => document.documentElement.dir), direction, formats);
      const figures = await page.locator('tbody [data-value="1300"]').allInnerTexts();
      assert.ok(
        figures.some((text) => figure.test(text)),
        `${formats}: ${figures}`,
      );
      await until(`${formats} fits`, async () => (await fits(page)) <= 0, 10_000);
      if (direction === 'rtl') {
        const [menu, content] = await Promise.all([
          page.getByRole('navigation', { name: 'Settings' }).boundingBox(),
          page.locator('tbody').boundingBox(),
        ]);
        assert.ok(menu.x > content.x, 'the menu stands at the right');
        await page.goto(world.url + overview());
        const figure = page.locator('.movers .mover-figures .num').first();
        await figure.waitFor();
        await page.locator('.trend .chart[data-drawn]').waitFor();
        const way = (locator) => locator.evaluate((e) => getComputedStyle(e).direction);
        assert.match(await figure.innerText(), /^[+\u2212]/, 'the sign is part of the figure');
        assert.equal(await way(figure), 'ltr', 'and stands before it');
        assert.equal(await way(page.locator('.trend .chart')), 'ltr', 'labels of axes stand beside their axis');
        const lead = await page.locator('[data-card="why"] .card-head p').innerText();
        assert.match(lead, /\u2068.*[\u0600-\u06ff].*\u2069/, 'an Arabic date turns nothing around it');
      }
      assert.deepEqual(page.wire.problems, []);
      await page.leave();
    }
  });

  test('at 400% zoom nothing has to be scrolled sideways, and what is pressed is large enough', async () => {
    const page = await world.page({
      role: 'SUPPORT',
      path: overview(),
      width: 320,
      height: 256,
      ready: '[data-answer]',
    });
    for (const path of ['overview', 'tools', 'models', 'guardrails', 'scripts']) {
      await page.goto(world.url + at(world.figures.account, `billing/usage/${path}?range=last-30-days`));
      await page
        .locator(path === 'overview' ? '[data-answer]' : 'tbody .num')
        .first()
        .waitFor();
      await until(`${path} fits into 320 px`, async () => (await fits(page)) <= 0, 10_000);
      // WCAG 2.2, 2.5.8: 24 by 24 CSS pixels, links in sentences aside.
      const small = await page.evaluate(() =>
        [...document.querySelectorAll('button, select, input, [role="button"], nav a')]
          .filter(
            (e) => e.checkVisibility({ visibilityProperty: true, opacityProperty: true }) && !e.closest('.hidden'),
          )
          .map((e) => [e, e.getBoundingClientRect()])
          .filter(([, { width, height }]) => width > 1 && (width < 24 || height < 24))
          .map(([e, { width, height }]) => `${e.outerHTML.slice(0, 80)} ${width}×${height}`),
      );
      assert.deepEqual(small, [], path);
    }
    await page.leave();
  });
}
