// Signs in to the page of a running server, runs examples, and lets nothing be blocked by the policy or fetched from elsewhere.
import assert from 'node:assert/strict';
import { chromium } from 'playwright-core';

const {
  USAGEGRAPH_URL: url,
  EXPLORER: explorer,
  TRUSTED: trusted,
  OTHER: other,
  ACCOUNT: account,
  CHROME_BIN: executablePath,
} = process.env;
const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });

const faults = [];
let last;

async function open() {
  const page = await (await browser.newContext({ viewport: { width: 1400, height: 900 } })).newPage();
  page.setDefaultTimeout(20_000);
  page.on('pageerror', (error) => faults.push(`error: ${error.message}`));
  page.on('console', (message) => {
    if (message.type() === 'error') faults.push(`console: ${message.text()}`);
  });
  page.on('request', (request) => {
    if (!request.url().startsWith(url) && !request.url().startsWith('data:'))
      faults.push(`elsewhere: ${request.url()}`);
  });
  last = page;
  await page.goto(`${url}/graphiql`);
  return page;
}

const tabOf = (page, name) => page.locator('.graphiql-tab-button', { hasText: name });

async function signIn(page, token) {
  await page.getByLabel('API token').fill(token);
  await page.getByRole('button', { name: 'Explore' }).click();
}

async function refused(token, words) {
  const page = await open();
  await signIn(page, token);
  await page.getByRole('alert').filter({ hasText: words }).waitFor();
  assert.equal(await page.evaluate(() => sessionStorage.length), 0, 'a refused token is kept');
  await page.context().close();
}

// Switching to another example takes GraphiQL a moment, in which it still names the operation of the last one.
async function runs(page, tab, words) {
  await tabOf(page, tab).click();
  const result = page.locator('.result-window');
  for (let tries = 0; ; tries += 1) {
    await page.getByRole('button', { name: /Execute query/ }).click();
    try {
      return await result.filter({ hasText: words }).waitFor({ timeout: 2_000 });
    } catch (error) {
      if (tries === 5) throw error;
    }
  }
}

try {
  await refused('ug_nonsense', 'not valid');
  await refused(trusted, 'registered documents only');
  await refused(other, 'needs the permission EXPLORE');

  faults.length = 0; // Chromium complains about status 401
  const page = await open();
  await signIn(page, explorer);
  await tabOf(page, 'Accounts').waitFor();
  await runs(page, 'Accounts', account);
  await runs(page, 'CreditStatus', '"GREEN"');
  await runs(page, 'BillingPage', '"usageTrend"');
  await runs(page, 'Budget', '"requestedQueryCost"');
  await runs(page, 'Live', '"revision"');
  await page.getByRole('button', { name: /Stop query/ }).click();
  await page.getByRole('button', { name: /Show Documentation Explorer/ }).click();
  await page.getByText('A GraphQL schema provides a root type').waitFor();
  await page.getByRole('button', { name: /Open settings dialog/ }).click();
  await page.getByRole('dialog').waitFor();
  await page.keyboard.press('Escape');
  await page.reload();
  await tabOf(page, 'Accounts').waitFor();
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByLabel('API token').waitFor();
  await page.waitForTimeout(1_000); // GraphiQL writes what it shows half a second later
  assert.equal(await page.evaluate(() => sessionStorage.length), 0, 'something is kept after signing out');
  assert.deepEqual(faults, []);
  console.log('GraphiQL: signs in, explores, subscribes; nothing was blocked or fetched from elsewhere');
} catch (error) {
  console.error(faults.join('\n'), (await last.locator('body').innerText()).slice(0, 2_000));
  if (process.env.SCREENSHOT) await last.screenshot({ path: process.env.SCREENSHOT });
  throw error;
} finally {
  await browser.close();
}
