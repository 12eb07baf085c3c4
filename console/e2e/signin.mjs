// Signing in with the platform's issuer.
import assert from 'node:assert/strict';
import { until } from './world.mjs';

export default function signIn(test, world) {
  const usage = () => `/accounts/${encodeURIComponent(world.live.account)}/agents/settings/billing/usage`;
  const person = async () => {
    const { account } = await world.ask(
      'MASTER_ADMIN',
      'query ($id: ID!) { account(id: $id) { members { edges { node { userId email name role { name } } } } } }',
      { id: world.live.account },
    );
    const { userId, email, name } = account.members.edges
      .map((e) => e.node)
      .find((m) => m.role.name === 'MASTER_ADMIN');
    return { sub: userId, email, name };
  };
  const button = (page) => page.getByRole('button', { name: 'Sign in with your organization' });

  test('a person signs in with the issuer, and is led to where they wanted to go', async () => {
    const wanted = `${usage()}/tools?range=last-90-days`;
    world.issuer.person = await person();
    const page = await world.page({ path: wanted, ready: 'form' });
    await button(page).click();
    await page.getByRole('heading', { name: 'Usage', exact: true }).waitFor();
    assert.equal(page.url(), `${world.url}${wanted}&tz=Europe%2FVienna`);
    await page.locator('.clock-button:not([data-icon="NONE"])').waitFor();
    await page.getByRole('button', { name: /Your menu/ }).click();
    await page.getByText(world.issuer.person.email).waitFor();
    await page.reload();
    await page.getByRole('heading', { name: 'Usage', exact: true }).waitFor();
    assert.equal(
      await page.evaluate(() => sessionStorage.getItem('usagegraph.oidc')),
      null,
      'the verifier is forgotten',
    );
    assert.deepEqual(page.wire.problems, []);
    await page.leave();
  });

  test('what the issuer refuses, what does not fit and whom nobody knows is told', async () => {
    const page = await world.page({ path: '/', ready: 'form' });
    world.issuer.person = null;
    await button(page).click();
    await page.getByText('The person declined.').waitFor();
    await page.goto(`${world.url}/signed-in?code=stolen&state=of-another`);
    await page.getByText('The sign-in does not fit.').waitFor();
    assert.equal(await page.evaluate(() => sessionStorage.getItem('usagegraph.token')), null);
    await page.goto(`${world.url}/signed-in?error=x&error_description=Call+1-800-EVIL&state=of-another`);
    await page.getByText('The sign-in does not fit.').waitFor();
    assert.equal(await page.getByText('1-800').count(), 0, 'what another page made up is not told');
    world.issuer.person = { sub: 'nobody-knows', email: 'new@example.com', name: 'New Person' };
    await button(page).click();
    await page.getByText('You do not belong to any account yet.').waitFor();
    await page.leave();
  });

  const signedIn = async () => {
    world.issuer.person = await person();
    const page = await world.page({ path: '/', ready: 'form' });
    await button(page).click();
    await page.getByRole('heading', { name: /^Welcome/ }).waitFor();
    return page;
  };
  const token = (page) => page.evaluate(() => sessionStorage.getItem('usagegraph.token'));
  const usual = () => Object.assign(world.issuer, { opaque: false, lasts: 3600, refreshes: false, nonce: null });

  test('the ID token stands in for an access token that is opaque', async () => {
    world.issuer.opaque = true;
    const page = await signedIn();
    await page.locator('.clock-button:not([data-icon="NONE"])').waitFor();
    assert.equal((await token(page)).split('.').length, 3);
    assert.match(world.issuer.asked.at(-1).nonce, /^[\w-]{43}$/);
    await page.leave();
    usual();
  });

  test('an ID token of another sign-in is refused by its nonce', async () => {
    world.issuer.nonce = 'of-another';
    world.issuer.person = await person();
    const page = await world.page({ path: '/', ready: 'form' });
    await button(page).click();
    await page.getByText('The sign-in does not fit.').waitFor();
    assert.equal(await token(page), null);
    await page.leave();
    usual();
  });

  test('the token is renewed before it ends, once for all tabs; the page stays as it is', async () => {
    Object.assign(world.issuer, { refreshes: true, lasts: 15, reused: 0 });
    const page = await signedIn();
    await page.evaluate(() => void (window.unreloaded = true));
    const other = await page.context().newPage();
    await other.goto(world.url);
    await other.getByRole('heading', { name: /^Welcome/ }).waitFor(); // a new tab is signed in
    const first = await token(page);
    assert.equal(await token(other), first);
    world.issuer.redeemed.refresh_token = 0;
    await until('a token that outlived two', async () => world.issuer.redeemed.refresh_token >= 3);
    await until('the same in both tabs', async () => (await token(page)) === (await token(other)));
    assert.notEqual(await token(page), first);
    assert.equal(world.issuer.reused, 0, 'no refresh token is redeemed twice');
    assert.equal(await page.evaluate(() => window.unreloaded), true);
    await page.getByRole('link', { name: /Autonomous Agents/ }).click();
    await page.locator('.clock-button:not([data-icon="NONE"])').waitFor();
    assert.equal(await page.getByText('Your session has ended').count(), 0);
    await page.getByRole('button', { name: /Your menu/ }).click();
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
    await other.getByRole('heading', { name: 'Sign in' }).waitFor(); // signing out holds for all tabs
    assert.equal(await token(other), null);
    await until('the refresh token is given back', async () => world.issuer.revoked.length > 0);
    await page.leave();
    usual();
  });

  test('an issuer that is away when the token ends is waited for', async () => {
    Object.assign(world.issuer, { refreshes: true, lasts: 6 });
    const page = await signedIn();
    await page.evaluate(() => void (window.unreloaded = true));
    const first = await token(page);
    Object.assign(world.issuer, { away: true, missed: 0 });
    await page.getByRole('link', { name: /Autonomous Agents/ }).click();
    await page.locator('.clock-button:not([data-icon="NONE"])').waitFor();
    // It is asked before the token ends, and again when the server does not take the token any more.
    await until('it was asked twice', async () => world.issuer.missed >= 2);
    Object.assign(world.issuer, { away: false, lasts: 3600 });
    await until('another token', async () => ![first, null].includes(await token(page)));
    await page.locator('.clock-button:not([data-icon="NONE"])').waitFor();
    assert.equal(await page.getByText('Your session has ended').count(), 0);
    assert.equal(await page.evaluate(() => window.unreloaded), true, 'the page was not left');
    await page.leave();
    usual();
  });

  const elsewhere = async (page) => {
    const other = await page.context().newPage();
    await other.goto(world.url);
    await other.getByRole('heading', { name: /^Welcome/ }).waitFor();
    await other.goto(`${world.issuer.url}/keys`); // where no word of the sign-out reaches it
    await page.getByRole('button', { name: /Your menu/ }).click();
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
    await other.goBack();
    await other.getByRole('heading', { name: 'Sign in' }).waitFor();
    assert.equal(await token(other), null);
  };

  test('who comes back to a tab after signing out in another one is signed out, and can sign in again', async () => {
    const page = await signedIn();
    await elsewhere(page);
    await page.leave();
    const secret = world.tokens.MASTER_ADMIN;
    const second = await world.page({ path: '/', ready: 'form' });
    const enter = async () => {
      await second.getByLabel('Access token', { exact: true }).fill(secret);
      await second.getByRole('button', { name: 'Sign in', exact: true }).click();
      await second.getByRole('heading', { name: /^Welcome/ }).waitFor();
    };
    await enter();
    await elsewhere(second);
    assert.equal(await second.evaluate((kept) => JSON.stringify({ ...localStorage }).includes(kept), secret), false);
    await enter();
    await second.reload();
    await second.getByRole('heading', { name: /^Welcome/ }).waitFor();
    await second.leave();
    usual();
  });

  test('a new tab is signed in by the issuer without a question, until the person has signed out', async () => {
    const page = await signedIn();
    const context = page.context();
    const wanted = `${world.url}${usage()}/tools?q=x`;
    const other = await context.newPage();
    await page.close(); // nobody is left to ask
    await other.goto(wanted);
    await other.getByRole('heading', { name: 'Usage', exact: true }).waitFor();
    assert.match(other.url(), /tools\?.*q=x/);
    assert.equal(world.issuer.asked.at(-1).prompt, 'none');
    world.issuer.person = null; // the issuer would have to ask
    const third = await context.newPage();
    await other.evaluate(() => sessionStorage.clear());
    await other.close();
    await third.goto(wanted);
    await button(third).waitFor();
    assert.equal(third.url(), `${wanted}&tz=Europe%2FVienna`);
    assert.equal(await third.getByRole('alert').count(), 0);
    await page.leave();
    usual();
  });

  test('a token that ends and cannot be renewed leads back to where one was', async () => {
    world.issuer.lasts = 6;
    const page = await signedIn();
    await page.getByRole('link', { name: /Autonomous Agents/ }).click();
    await page.getByRole('navigation', { name: 'Autonomous Agents' }).getByRole('link', { name: 'Settings' }).click();
    await page.getByRole('heading', { name: 'Usage', exact: true }).waitFor();
    const silent = () => world.issuer.asked.filter((query) => query.prompt === 'none').length;
    const before = silent();
    world.issuer.lasts = 3600;
    await until('the issuer is asked', async () => silent() > before);
    await page.getByRole('heading', { name: 'Usage', exact: true }).waitFor();
    assert.match(page.url(), /usage\/overview/);
    await page.leave();
    usual();
  });

  test('an issuer that does not answer is told', async () => {
    const page = await world.page({ path: '/', ready: 'form' });
    await page.route(`${world.issuer.url}/**`, (route) => route.abort());
    await button(page).click();
    await page.getByText('The sign-in did not work.').waitFor();
    await button(page).waitFor();
    await page.leave();
  });
}
