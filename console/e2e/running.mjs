// What runs, as a list to work with: idle ones first, the dearest on top, Undeploy beside.
import assert from 'node:assert/strict';
import { withHistory } from './data.mjs';
import { bound, counting } from './tasks.mjs';
import { until } from './world.mjs';

export default function running(test, world) {
  test('task: the dearest idle deployment stands on top; each list is sorted by price and by idle time', async (t) => {
    const id = await withHistory(world, 'Running');
    const ago = (days) => new Date(Date.now() - days * 86_400_000).toISOString().replace(/\.\d+Z/, 'Z');
    const register = async (name) =>
      (
        await world.ask(
          'PLATFORM',
          `mutation ($in: RegisterModelInput!) { registerModel(input: $in) { model { id } userErrors { code message
            } } }`,
          { in: { accountId: id, name, parametersBillions: '7' } },
        )
      ).registerModel.model.id;
    const deploy = async (modelId, name, hardware, replicas, at = ago(10)) =>
      (
        await world.ask(
          'PLATFORM',
          `mutation ($in: DeployModelInput!) { deployModel(input: $in) { deployment { id } userErrors { code message
            } } }`,
          { in: { modelId, name, hardware, replicas, at } },
        )
      ).deployModel.deployment.id;
    const [busy, idle] = [await register('Busy'), await register('Idle')];
    const busiest = await deploy(busy, 'busy-prod', 'g5.48xlarge', 1);
    await deploy(idle, 'idle-small', 'g4dn.xlarge', 1);
    const biggest = await deploy(idle, 'idle-big', 'g5.xlarge', 2);
    await deploy(idle, 'young', 'g5.xlarge', 1, ago(0.5));
    await world.ask(
      'PLATFORM',
      `mutation ($in: RecordUsageInput!) { recordUsage(input: $in) { results { status } userErrors { code message }
        } }`,
      {
        in: {
          accountId: id,
          events: [
            {
              source: 'e2e',
              id: '1',
              time: new Date().toISOString(),
              modelId: busy,
              deploymentId: busiest,
              inputTokens: 10,
              outputTokens: 5,
            },
          ],
        },
      },
    );
    const guard = async (name, replicas) =>
      (
        await world.ask(
          'PLATFORM',
          `mutation ($in: DeployGuardrailInput!) { deployGuardrail(input: $in) { guardrail { id } userErrors { code
            message } } }`,
          { in: { accountId: id, name, scanner: 'ANONYMIZE', replicas, at: ago(12) } },
        )
      ).deployGuardrail.guardrail.id;
    const [asleep, awake] = [await guard('guard-idle', 1), await guard('guard-used', 2)];
    const used = (at, resource) => ({ id: resource, at: new Date(Date.now() - at * 86_400_000).toISOString() });
    await world.ask(
      'PLATFORM',
      'mutation ($in: ReportUseInput!) { reportUse(input: $in) { changed userErrors { code message } } }',
      { in: { accountId: id, uses: [used(9.5, asleep), used(0, awake)] } },
    );
    const page = await world.page({
      role: 'SUPPORT',
      path: `/accounts/${encodeURIComponent(id)}/agents/settings/billing/usage/overview`,
      ready: '[data-answer]',
    });
    const c = counting();
    await c.click(
      page.getByRole('navigation', { name: 'Autonomous Agents' }).getByRole('link', { name: 'Deployments' }),
    );
    await page.waitForURL(/deployments\/running/);
    const names = page.locator('tbody td[data-column="name"] a');
    await names.first().waitFor();
    const shown = async () => (await names.allInnerTexts()).map((text) => text.trim());
    // The server sorts: the rows follow the address.
    const comes = (what, order) => until(what, async () => JSON.stringify(await shown()) === JSON.stringify(order));
    // What was deployed half a day ago is not idle yet, though nobody has used it.
    assert.deepEqual(await shown(), ['idle-big', 'idle-small', 'guard-idle', 'busy-prod', 'young', 'guard-used']);
    bound(t, c.count(), 2);
    const figure = (name) => page.locator(`[data-figure="${name}"]`).innerText();
    assert.match(await figure('Running now'), /6/);
    assert.match(await figure('Idle for a week'), /3/);
    assert.equal(
      await page.locator('tbody tr').first().locator('td[data-column="rate"] [data-value]').getAttribute('data-value'),
      '3.018',
    );
    assert.match(await page.locator('tbody tr').last().innerText(), /In use/);
    assert.match(await page.locator('tbody tr').nth(2).innerText(), /Not for 9 days/);
    assert.match(await page.locator('tbody tr').first().innerText(), /Not for 10 days/);
    await page.getByRole('button', { name: /^Credits an hour/ }).click();
    await page.waitForURL(/sort=price/);
    await until('the dearest', async () => (await shown())[0] === 'busy-prod');
    const tabs = page.getByRole('navigation', { name: 'Deployments' });
    await tabs.getByRole('link', { name: 'Guardrails' }).click();
    await page.waitForURL(/deployments\/guardrails/);
    await page.getByText('guard-used').waitFor();
    await page.getByRole('button', { name: /^Use/ }).click();
    await page.waitForURL(/sort=idle/);
    await comes('guardrails by use', ['guard-idle', 'guard-used']);
    await page.getByRole('button', { name: /^Credits an hour/ }).click();
    await page.waitForURL(/sort=price/);
    await comes('guardrails by price', ['guard-used', 'guard-idle']);
    await tabs.getByRole('link', { name: 'Models' }).click();
    await page.waitForURL(/deployments\/models/);
    await page.getByText('busy-prod').waitFor();
    await page.getByRole('button', { name: /^Use/ }).click();
    await page.waitForURL(/sort=idle/);
    await comes('models by use', ['idle-big', 'idle-small', 'busy-prod', 'young']);
    await world.ask(
      'PLATFORM',
      'mutation ($in: UndeployModelInput!) { undeployModel(input: $in) { userErrors { code message } } }',
      { in: { deploymentId: biggest } },
    );
    await page.locator('tbody tr', { hasText: 'idle-big' }).getByText('Undeployed').waitFor();
    await comes('what does not run is not idle', ['idle-small', 'busy-prod', 'young', 'idle-big']);
    assert.deepEqual(page.wire.problems, []);
    await page.leave();
  });
}
