// Takes the pictures of docs/images from the demo data: `make run` in one terminal, `npm run screenshots` in another.
// USAGEGRAPH_URL and USAGEGRAPH_TOKENS (the file of development tokens) say where, if elsewhere. Names of pictures as
// arguments take these alone.
import { mkdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

const root = new URL('../../', import.meta.url);
const url = process.env.USAGEGRAPH_URL ?? 'http://localhost:8080';
const tokens = JSON.parse(
  readFileSync(process.env.USAGEGRAPH_TOKENS ?? new URL('.local/development-tokens.json', root), 'utf8'),
);
const images = fileURLToPath(new URL('docs/images/', root));
mkdirSync(images, { recursive: true });

async function accounts() {
  const answer = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${tokens.SUPPORT}` },
    body: JSON.stringify({ query: '{ accounts(first: 100) { edges { node { id name creditStatus { icon } } } } }' }),
  });
  return (await answer.json()).data.accounts.edges.map(({ node }) => node);
}

const all = await accounts();
const main = all.find((account) => account.name === 'Northwind Retail') ?? all[0];
const exhausted = all.find((account) => account.creditStatus.icon === 'TRIANGLE') ?? main;
const red = all.find((account) => account.creditStatus.icon === 'RED') ?? main;
const at = (account, path) => `/accounts/${encodeURIComponent(account.id)}/agents/${path}`;
const usage = (tab, account = main) => at(account, `settings/billing/usage/${tab}?range=last-30-days`);
const rows = 'tbody .num';

const shots = [
  {
    name: 'overview',
    path: `${usage('overview')}&vs=previous`,
    ready: '.balance .chart[data-drawn] svg',
    height: 1640,
  },
  {
    name: 'overview-dark',
    path: usage('overview'),
    ready: '.balance .chart[data-drawn] svg',
    height: 1640,
    theme: 'dark',
  },
  { name: 'tools', path: usage('tools'), ready: rows },
  { name: 'models', path: usage('models'), ready: rows, press: 'tbody .open', then: '[role="dialog"] .num' },
  { name: 'guardrails', path: usage('guardrails'), ready: rows, press: 'tbody .open', then: '[role="dialog"] .num' },
  { name: 'scripts', path: usage('scripts'), ready: rows, press: 'tbody .open', then: '[role="dialog"] .num' },
  {
    name: 'widget',
    role: 'SUPPORT',
    path: usage('overview', red),
    ready: '.trend .chart[data-drawn] svg',
    press: '.clock-button',
    then: '.summary-meter',
  },
  {
    name: 'deployments-exhausted',
    role: 'SUPPORT',
    path: at(exhausted, 'deployments/models'),
    ready: '.gate-why',
    theme: 'dark',
  },
  {
    name: 'explorer',
    path: `${at(main, 'settings/billing/explore')}?range=last-30-days&by=resource&vs=previous`,
    ready: '.explorer-chart .chart[data-drawn] svg',
    height: 1100,
  },
  { name: 'running', path: at(main, 'deployments/running'), ready: rows },
  { name: 'audit-log', path: at(main, 'settings/audit'), ready: 'tbody .name' },
  {
    name: 'resource',
    path: `${usage('models')}&vs=previous`,
    ready: rows,
    press: 'tbody .open',
    then: '[role="dialog"] .facts',
    last: 'text=Open page',
    end: '.trend .chart[data-drawn] svg',
    height: 1500,
  },
  {
    name: 'palette',
    path: usage('overview'),
    ready: '[data-answer]',
    press: '.find',
    then: '.palette [role="option"]',
  },
  { name: 'ledger', path: at(main, 'settings/billing/ledger'), ready: rows },
  { name: 'support', role: 'SUPPORT', path: `/accounts/${encodeURIComponent(main.id)}/support`, ready: '.desk .num' },
  { name: 'phone', path: usage('overview'), ready: '.trend .chart[data-drawn] svg', width: 390, height: 844 },
];

const browser = await chromium.launch({
  executablePath: process.env.CHROME_BIN ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-quic', '--disable-background-networking'],
});
for (const {
  name,
  role = 'MASTER_ADMIN',
  path,
  ready,
  press,
  then,
  last,
  end,
  theme = 'light',
  width = 1280,
  height = 800,
} of shots.filter(({ name }) => process.argv.length < 3 || process.argv.includes(name))) {
  const context = await browser.newContext({
    viewport: { width, height },
    colorScheme: theme,
    timezoneId: 'Europe/Vienna',
    reducedMotion: 'reduce',
  });
  await context.addInitScript((token) => sessionStorage.setItem('usagegraph.token', token), tokens[role]);
  const page = await context.newPage();
  await page.goto(url + path);
  await page.locator(ready).first().waitFor();
  await page.locator('.clock-button:not([data-icon="NONE"])').waitFor();
  if (press) {
    await page.locator(press).first().click();
    await page.locator(then).first().waitFor();
  }
  if (last) {
    await page.locator(last).first().click();
    await page.locator(end).first().waitFor();
  }
  await page.evaluate(() => document.fonts.ready);
  await page.mouse.move(0, 0);
  await page.screenshot({ path: `${images}${name}.png` });
  console.log(`docs/images/${name}.png`);
  await context.close();
}
await browser.close();
