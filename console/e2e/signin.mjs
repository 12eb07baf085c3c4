// Signing in with the platform's issuer.
import assert from 'node:assert/strict';

export default function signIn(test, world) {
  const person = async () => {
    const { account } = await world.ask('MASTER_ADMIN', 'query ($id: ID!) { account(id: $id) { members { edges { node { userId email name role { name } } } } } }', { id: world.live.account });
    const { userId, email, name } = account.members.edges.map((e) => e.node).find((m) => m.role.name === 'MASTER_ADMIN');
    return { sub: userId, email, name };
  };
  const button = (page) => page.getByRole('button', { name: 'Sign in with your organization' });

  test('a person signs in with the issuer, and is led to where they wanted to go', async () => {
    const wanted = `/accounts/${encodeURIComponent(world.live.account)}/agents/settings/billing/usage/tools?range=last-90-days`;
    world.issuer.person = await person();
    const page = await world.page({ path: wanted, ready: 'form' });
    await button(page).click();
    await page.getByRole('heading', { name: 'Usage', exact: true }).waitFor();
    assert.equal(page.url(), world.url + wanted);
    await page.locator('.clock-button:not([data-icon="NONE"])').waitFor();
    await page.getByRole('button', { name: /Your menu/ }).click();
    await page.getByText(world.issuer.person.email).waitFor();
    await page.reload();
    await page.getByRole('heading', { name: 'Usage', exact: true }).waitFor();
    assert.equal(await page.evaluate(() => sessionStorage.getItem('usagegraph.oidc')), null, 'the verifier is forgotten');
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
    world.issuer.person = { sub: 'nobody-knows', email: 'new@example.com', name: 'New Person' };
    await button(page).click();
    await page.getByText('You do not belong to any account yet.').waitFor();
    await page.leave();
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
