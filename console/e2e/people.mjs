// Members, API tokens and billing contacts, as a master admin sees to them.
import assert from 'node:assert/strict';
import { until } from './world.mjs';

export default function people(test, world) {
  const setting = (name) => `/accounts/${encodeURIComponent(world.live.account)}/agents/settings/${name}`;
  const account = (role, fields) =>
    world
      .ask(role, `query ($id: ID!) { account(id: $id) { ${fields} } }`, { id: world.live.account })
      .then((d) => d.account);

  test('a master admin adds a member, changes their role and removes them', async () => {
    const page = await world.page({ role: 'MASTER_ADMIN', path: setting('members'), ready: 'tbody .name' });
    await page.getByRole('button', { name: 'Add member' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('The person is known by').selectOption('Their ID at the identity provider');
    await dialog.getByLabel('User ID').fill('sub-of-nora');
    await dialog.getByLabel('E-mail').fill('nora@example.com');
    await dialog.getByLabel('Name').fill('Nora New');
    await dialog.getByRole('button', { name: 'Add member' }).click();
    await dialog.waitFor({ state: 'detached' });
    const row = page.locator('tbody tr', { hasText: 'Nora New' });
    await row.getByText('MEMBER', { exact: true }).waitFor();
    await page.getByRole('button', { name: 'Change Nora New' }).click();
    await dialog.getByLabel('Role').selectOption('ADMIN');
    await dialog.getByRole('button', { name: 'Change', exact: true }).click();
    await dialog.waitFor({ state: 'detached' });
    await row.getByText('ADMIN', { exact: true }).waitFor();
    const members = (await account('MASTER_ADMIN', 'members { edges { node { userId email role { name } } } }')).members
      .edges;
    assert.deepEqual(
      members.map((e) => e.node).find((m) => m.userId === 'sub-of-nora'),
      { userId: 'sub-of-nora', email: 'nora@example.com', role: { name: 'ADMIN' } },
    );
    await page.getByRole('button', { name: 'Remove Nora New' }).click();
    await dialog.getByRole('button', { name: 'Remove', exact: true }).click();
    await row.waitFor({ state: 'detached' });
    await page.getByRole('button', { name: 'Remove Mia' }).first().click(); // the last master admin stays
    await dialog.getByRole('button', { name: 'Remove', exact: true }).click();
    await dialog.getByRole('alert').waitFor();
    assert.deepEqual(page.wire.problems, []);
    await page.leave();
  });

  test('a colleague is invited by e-mail, and is a member from the first sign-in with that address', async () => {
    const page = await world.page({ role: 'MASTER_ADMIN', path: setting('members'), ready: 'tbody .name' });
    const dialog = page.getByRole('dialog');
    await page.getByRole('button', { name: 'Add member' }).click();
    await dialog.getByLabel('E-mail').fill('Ida@Example.com');
    await dialog.getByLabel('Role').selectOption('ADMIN');
    await dialog.getByRole('button', { name: 'Invite' }).click();
    await dialog.waitFor({ state: 'detached' });
    const row = page.locator('tbody tr', { hasText: 'ida@example.com' });
    await row.getByText('Invited; has not signed in yet').waitFor();
    await page.getByRole('button', { name: 'Add member' }).click();
    // Who is a member already is not invited.
    const { members } = await account('MASTER_ADMIN', 'members { edges { node { email invited } } }');
    await dialog.getByLabel('E-mail').fill(members.edges.find(({ node }) => !node.invited).node.email.toUpperCase());
    await dialog.getByRole('button', { name: 'Invite' }).click();
    await dialog.getByRole('alert').getByText('a member has this address already').waitFor();
    await page.keyboard.press('Escape');
    const signIn = async (person) => {
      world.issuer.person = person;
      const own = await world.page({ path: '/', ready: 'form' });
      await own.getByRole('button', { name: 'Sign in with your organization' }).click();
      return own;
    };
    const other = await signIn({ sub: 'sub-of-eve', email: 'ida@example.com', email_verified: false, name: 'Eve' });
    await other.getByText('You do not belong to any account yet.').waitFor();
    await other.leave();
    const own = await signIn({
      sub: 'sub-of-ida',
      email: 'ida@example.com',
      email_verified: true,
      name: 'Ida Invited',
    });
    await own.getByRole('heading', { name: /^Welcome/ }).waitFor();
    await own.leave();
    await page.reload();
    await page.locator('tbody tr', { hasText: 'Ida Invited' }).getByText('ADMIN', { exact: true }).waitFor();
    assert.equal(await page.getByText('Invited; has not signed in yet').count(), 0);
    await page.getByRole('link', { name: 'Audit log' }).click();
    await page.locator('tbody tr', { hasText: 'Ida Invited' }).filter({ hasText: 'first sign-in' }).first().waitFor();
    assert.deepEqual(page.wire.problems, []);
    await page.leave();
  });

  test('a date that is filled in by half is no missing date', async () => {
    const page = await world.page({ role: 'MASTER_ADMIN', path: setting('security'), ready: 'tbody .name' });
    await page.getByRole('button', { name: 'Create token' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Name').fill('Half');
    await dialog.getByLabel('Ends on').focus();
    await page.keyboard.type('12');
    await dialog.getByRole('button', { name: 'Create token' }).click();
    await dialog.getByText('Complete the date, or clear it.').waitFor();
    await dialog.getByLabel('Ends on').fill('2020-01-01');
    await dialog.getByRole('button', { name: 'Create token' }).click();
    await dialog.getByText('This must lie ahead.').waitFor();
    assert.equal(page.wire.sent.includes('CreateApiToken'), false);
    await page.leave();
  });

  test('a token is made with scopes, shown once, works, and is revoked', async () => {
    const page = await world.page({ role: 'MASTER_ADMIN', path: setting('security'), ready: 'tbody .name' });
    await page.getByRole('button', { name: 'Create token' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Name').fill('Nightly report');
    await dialog.getByLabel('Role', { exact: true }).selectOption('MASTER_ADMIN');
    await dialog.getByLabel('Only some of what the role may do').check();
    const create = dialog.getByRole('button', { name: 'Create token' });
    assert.equal(await create.isDisabled(), true, 'no scope is nothing, and nothing is not made');
    await dialog.getByRole('checkbox', { name: 'USAGE_VIEW' }).check();
    await dialog.getByLabel('Documents').selectOption('ANY');
    await create.click();
    const secret = await dialog.getByTestId('secret').innerText();
    await dialog.getByRole('button', { name: 'I have copied it' }).click();
    await dialog.waitFor({ state: 'detached' });
    assert.equal((await page.content()).includes(secret), false);
    const made = page.locator('tbody tr', { hasText: 'Nightly report' });
    await made.getByText('USAGE_VIEW', { exact: true }).waitFor(); // its scopes, and which documents it may send
    await made.getByText('Any document, within the limits of cost').waitFor();
    assert.ok(await account(secret, 'overview { runs { used } }'));
    await assert.rejects(account(secret, 'members { totalCount }'), /FORBIDDEN/);
    await page.getByRole('button', { name: 'Revoke Nightly report' }).click();
    await dialog.getByRole('button', { name: 'Revoke', exact: true }).click();
    await page.locator('tbody tr', { hasText: 'Nightly report' }).getByText('Revoked').waitFor();
    await assert.rejects(account(secret, 'id'), /UNAUTHENTICATED/);
    assert.deepEqual(page.wire.problems, []);
    await page.leave();
  });

  test('billing contacts are set a line each; what is no address is refused beside the field', async () => {
    const page = await world.page({ role: 'MASTER_ADMIN', path: setting('integrations'), ready: 'textarea' });
    const field = page.getByLabel('Billing contacts').last();
    await field.fill('books@example.com\nnonsense');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('“nonsense” is not an e-mail address.').waitFor();
    await field.fill('books@example.com\n cfo@example.com ');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Contacts saved.').waitFor();
    await until('the contacts', async () => {
      const { settings } = await account('MASTER_ADMIN', 'settings { billingContacts }');
      return settings.billingContacts.join() === 'books@example.com,cfo@example.com';
    });
    assert.deepEqual(page.wire.problems, []);
    await page.leave();
  });

  test('a role of one’s own is made from a preset, given to a colleague, and stays while somebody has it', async () => {
    const page = await world.page({ role: 'MASTER_ADMIN', path: setting('roles'), ready: 'tbody .name' });
    const dialog = page.getByRole('dialog');
    await page.getByRole('button', { name: 'New role' }).click();
    await dialog.getByLabel('Role').fill('BOOKS');
    await dialog.getByRole('button', { name: 'Billing only' }).click();
    await dialog.getByRole('button', { name: 'New role' }).click();
    await dialog.waitFor({ state: 'detached' });
    await page.locator('tbody tr', { hasText: 'BOOKS' }).getByText('BILLING_VIEW').waitFor();
    await page.getByRole('link', { name: 'Members' }).click();
    await page.getByRole('button', { name: 'Add member' }).click();
    await dialog.getByLabel('E-mail').fill('bob@example.com');
    await dialog.getByLabel('Role').selectOption('BOOKS');
    await dialog.getByRole('button', { name: 'Invite' }).click();
    await dialog.waitFor({ state: 'detached' });
    await page.locator('tbody tr', { hasText: 'bob@example.com' }).getByText('BOOKS').waitFor();
    await page.getByRole('link', { name: 'Roles' }).click();
    await page.getByRole('button', { name: 'Remove BOOKS' }).click();
    await dialog.getByRole('button', { name: 'Remove', exact: true }).click();
    await dialog.getByRole('alert').waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Change BOOKS' }).click();
    await dialog.getByRole('checkbox', { name: 'AUDIT_READ' }).check();
    await dialog.getByRole('button', { name: 'Change', exact: true }).click();
    await dialog.waitFor({ state: 'detached' });
    const { roles } = await account('MASTER_ADMIN', 'roles { name permissions }');
    const { permissions } = roles.find((role) => role.name === 'BOOKS');
    assert.ok(permissions.includes('BILLING_VIEW') && permissions.includes('AUDIT_READ'), String(permissions));
    assert.deepEqual(page.wire.problems, []);
    await page.leave();
  });

  test('a token is rotated: the new one has the rights of the old, which stays good for a while or ends', async () => {
    const { createApiToken } = await world.ask(
      'MASTER_ADMIN',
      `mutation ($in: CreateApiTokenInput!) { createApiToken(input: $in) { secret userErrors { code message } } }`,
      {
        in: {
          accountId: world.live.account,
          name: 'Gateway',
          role: 'MASTER_ADMIN',
          scopes: ['USAGE_VIEW', 'ACCOUNT_VIEW'],
          documents: 'ANY',
        },
      },
    );
    const old = createApiToken.secret;
    assert.ok(await account(old, 'overview { runs { used } }'));
    const page = await world.page({ role: 'MASTER_ADMIN', path: setting('security'), ready: 'tbody .name' });
    await page.getByRole('button', { name: 'Rotate Gateway' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('button', { name: 'Rotate', exact: true }).click();
    const secret = await dialog.getByTestId('secret').innerText();
    await dialog.getByRole('button', { name: 'I have copied it' }).click();
    await page.locator('tbody tr', { hasText: 'Gateway' }).getByText('Rotated').waitFor();
    assert.ok(await account(old, 'overview { runs { used } }'), 'the old one is good for a day');
    assert.ok(await account(secret, 'overview { runs { used } }'));
    await assert.rejects(account(secret, 'members { totalCount }'), /FORBIDDEN/);
    await page.getByText(secret).waitFor({ state: 'detached' }); // shown once
    await page.getByRole('button', { name: 'Rotate Gateway' }).click();
    await dialog.getByLabel('The old one stays good for').selectOption('0');
    await dialog.getByRole('button', { name: 'Rotate', exact: true }).click();
    const last = await dialog.getByTestId('secret').innerText();
    await assert.rejects(account(secret, 'id'), /UNAUTHENTICATED/);
    assert.ok(await account(last, 'overview { runs { used } }'));
    await dialog.getByRole('button', { name: 'I have copied it' }).click();
    await page.locator('tbody tr', { hasText: 'Gateway' }).getByText('Revoked').waitFor();
    assert.deepEqual(page.wire.problems, []);
    await page.leave();
  });

  test('a customer reads in the audit log, in words, who raised the limits', async () => {
    await world.ask(
      'SUPPORT',
      'mutation ($in: SetAccountLimitsInput!) { setAccountLimits(input: $in) { userErrors { code message } } }',
      { in: { accountId: world.live.account, fineTuningLimit: '26.5' } },
    );
    const page = await world.page({ role: 'MASTER_ADMIN', path: setting('general'), ready: '.facts' });
    await page.locator('.facts', { hasText: 'Fine-tuning' }).locator('[data-value="26.5"]').waitFor();
    await page.getByRole('link', { name: 'Audit log' }).click();
    const row = page.locator('tbody tr', { hasText: 'Fine-tuning limit 25 → 26.5 credits' }).first();
    await row.waitFor();
    assert.match(await row.innerText(), /SUPPORT/);
    assert.deepEqual(page.wire.problems, []);
    await page.leave();
  });

  test('people of an account change its name and zone, and choose their e-mails; the log tells of it', async () => {
    const page = await world.page({ role: 'MASTER_ADMIN', path: setting('general'), ready: '.facts' });
    const { account: before } = await world.ask('MASTER_ADMIN', 'query ($id: ID!) { account(id: $id) { name } }', {
      id: world.live.account,
    });
    const edit = page.getByRole('region', { name: 'Name and time zone' });
    await edit.getByLabel('Name').fill('Acme of ours');
    await edit.getByLabel('Time zone of mails').fill('tokyo');
    await page.getByRole('option', { name: 'Asia/Tokyo' }).click();
    await edit.getByRole('button', { name: 'Save' }).click();
    await edit.getByText('Account saved.').waitFor();
    const mails = page.getByRole('region', { name: 'My e-mails' });
    assert.equal(await mails.getByLabel('Deployments stopped').count(), 0, 'what cannot be muted is not offered');
    await mails.getByLabel('Usage step').uncheck();
    await mails.getByRole('button', { name: 'Save' }).click();
    await mails.getByText('Saved.').waitFor();
    const { account } = await world.ask(
      'MASTER_ADMIN',
      'query ($id: ID!) { account(id: $id) { name settings { timeZone } mailPreferences { muted } } }',
      { id: world.live.account },
    );
    assert.deepEqual(account, {
      name: 'Acme of ours',
      settings: { timeZone: 'Asia/Tokyo' },
      mailPreferences: { muted: ['STEP'] },
    });
    await page.getByRole('link', { name: 'Audit log' }).click();
    await page.locator('tbody tr', { hasText: 'E-mails muted by' }).first().waitFor();
    assert.deepEqual(page.wire.problems, []);
    await page.leave();
    const accountId = world.live.account;
    await world.ask(
      'MASTER_ADMIN',
      `mutation ($name: SetAccountProfileInput!, $mails: SetMailPreferencesInput!) {
        setAccountProfile(input: $name) { userErrors { code message } }
        setMailPreferences(input: $mails) { userErrors { code message } } }`,
      { name: { accountId, name: before.name, timeZone: 'UTC' }, mails: { accountId, muted: [] } },
    );
  });
}
