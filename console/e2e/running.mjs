// What runs, as a list to work with: idle ones first, the dearest on top, Undeploy beside.
import assert from 'node:assert/strict';

export default function running(test, world) {
  test('the dearest idle deployment stands on top and is undeployed from there', async () => {
    const made = await world.ask(
      'PLATFORM',
      'mutation ($in: CreateAccountInput!) { createAccount(input: $in) { account { id } userErrors { code message } } }',
      { in: { name: 'Running', idempotencyKey: 'running' } },
    );
    const id = made.createAccount.account.id;
    const register = async (name) =>
      (
        await world.ask(
          'PLATFORM',
          `mutation ($in: RegisterModelInput!) { registerModel(input: $in) { model { id } userErrors { code message } } }`,
          { in: { accountId: id, name, parametersBillions: '7' } },
        )
      ).registerModel.model.id;
    const deploy = async (modelId, name, hardware, replicas) =>
      (
        await world.ask(
          'PLATFORM',
          `mutation ($in: DeployModelInput!) { deployModel(input: $in) { deployment { id } userErrors { code message } } }`,
          { in: { modelId, name, hardware, replicas } },
        )
      ).deployModel.deployment.id;
    const [busy, idle] = [await register('Busy'), await register('Idle')];
    const used = await deploy(busy, 'busy-prod', 'g5.48xlarge', 1);
    await deploy(idle, 'idle-small', 'g4dn.xlarge', 1);
    await deploy(idle, 'idle-big', 'g5.xlarge', 2);
    await world.ask(
      'PLATFORM',
      `mutation ($in: RecordUsageInput!) { recordUsage(input: $in) { results { status } userErrors { code message } } }`,
      {
        in: {
          accountId: id,
          events: [
            {
              source: 'e2e',
              id: '1',
              time: new Date().toISOString(),
              modelId: busy,
              deploymentId: used,
              inputTokens: 10,
              outputTokens: 5,
            },
          ],
        },
      },
    );
    const page = await world.page({
      role: 'SUPPORT',
      path: `/accounts/${encodeURIComponent(id)}/agents/settings/billing/usage/overview`,
      ready: '[data-answer]',
    });
    await page
      .getByRole('navigation', { name: 'Autonomous Agents' })
      .getByRole('link', { name: 'Deployments' })
      .click();
    await page.waitForURL(/deployments\/running/);
    const names = page.locator('tbody td[data-column="name"] a');
    await names.first().waitFor();
    assert.deepEqual(await names.allInnerTexts().then((all) => all.map((text) => text.trim())), [
      'idle-big',
      'idle-small',
      'busy-prod',
    ]);
    assert.equal(
      await page.locator('tbody tr').first().locator('td[data-column="rate"] [data-value]').getAttribute('data-value'),
      '3.018',
    );
    assert.match(await page.locator('tbody tr').last().innerText(), /In use/);
    await page.getByRole('button', { name: /^Credits an hour/ }).click();
    await page.waitForURL(/sort=price/);
    assert.equal((await names.first().innerText()).trim(), 'busy-prod');
    assert.deepEqual(page.wire.problems, []);
    await page.leave();
  });
}
