// The data of the tests, made through the API.
import { until } from './world.mjs';

const REGISTER = `mutation ($tool: RegisterToolInput!) { registerTool(input: $tool) { tool { id } userErrors { code
  message } } }`;

/** The account whose figures the tabs are compared with: everything lies in the past and stands still. */
export async function figuresAccount(world) {
  const past = (hours) =>
    new Date(Math.floor(Date.now() / 3_600_000 - hours) * 3_600_000).toISOString().replace('.000Z', 'Z');
  const account = await withHistory(world, 'Figures');
  const tool = async (name, ownerName, status) => {
    const { registerTool } = await world.ask('PLATFORM', REGISTER, {
      tool: { accountId: account, name, ownerName, status },
    });
    return registerTool.tool.id;
  };
  const [lookup, mailer, gone] = [
    await tool('Order lookup', 'Mia Master', 'DEPLOYED'),
    await tool('Mailer', 'Adam Admin', 'DEPLOYED'),
    await tool('Fax', 'Max Member', 'DEPLOYED'),
  ];
  await tool('Half done', 'Mia Master', 'IN_DEVELOPMENT');
  const {
    registerModel: { model },
  } = await world.ask(
    'PLATFORM',
    `mutation ($in: RegisterModelInput!) { registerModel(input: $in) { model { id } userErrors { code message } } }`,
    { in: { accountId: account, name: 'Mistral 7B', parametersBillions: '7' } },
  );
  const {
    deployModel: { deployment },
  } = await world.ask(
    'PLATFORM',
    `mutation ($in: DeployModelInput!) { deployModel(input: $in) { deployment { id } userErrors { code message } } }`,
    { in: { modelId: model.id, name: 'mistral-prod', hardware: 'g4dn.xlarge', replicas: 2, at: past(60) } },
  );
  await world.ask(
    'PLATFORM',
    `mutation ($id: ID!, $at: DateTime) { undeployModel(input: { deploymentId: $id, at: $at }) { userErrors { code
      message } } }`,
    { id: deployment.id, at: past(50) },
  );
  const guardrail = async (name, scanner, from, to) => {
    const { deployGuardrail } = await world.ask(
      'PLATFORM',
      `mutation ($in: DeployGuardrailInput!) { deployGuardrail(input: $in) { guardrail { id } userErrors { code
        message } } }`,
      { in: { accountId: account, name, scanner, at: past(from) } },
    );
    await world.ask(
      'PLATFORM',
      `mutation ($id: ID!, $at: DateTime) { undeployGuardrail(input: { guardrailId: $id, at: $at }) { userErrors {
        code message } } }`,
      { id: deployGuardrail.guardrail.id, at: past(to) },
    );
  };
  await guardrail('Toxic language', 'TOXICITY', 90, 18);
  await guardrail('Card numbers', 'REGEX', 30, 20);
  const script = async (name, language, hardware, from, to) => {
    const { createScript } = await world.ask(
      'PLATFORM',
      `mutation ($in: CreateScriptInput!) { createScript(input: $in) { script { id } userErrors { code message } } }`,
      { in: { accountId: account, name, language } },
    );
    if (!hardware) return;
    const id = createScript.script.id;
    await world.ask(
      'PLATFORM',
      `mutation ($in: DeployScriptInput!) { deployScript(input: $in) { userErrors { code message } } }`,
      { in: { scriptId: id, hardware, at: past(from) } },
    );
    await world.ask(
      'PLATFORM',
      `mutation ($in: ReportDeploymentInput!) { reportDeployment(input: $in) { userErrors { code message } } }`,
      { in: { id, outcome: 'DEPLOYED', at: past(from), endpoint: 'https://scripts.example/1' } },
    );
    await world.ask(
      'PLATFORM',
      `mutation ($id: ID!, $at: DateTime) { undeployScript(input: { scriptId: $id, at: $at }) { userErrors { code
        message } } }`,
      { id, at: past(to) },
    );
  };
  await script('Invoice parser', 'PYTHON', '1vcpu-2gb', 70, 10);
  await script('Returns labels', 'JAVASCRIPT');
  const event = (id, hours, more) => ({ source: 'e2e', id, time: past(hours), ...more });
  await record(world, account, [
    event('1', 100, { toolId: lookup, runs: 1234 }),
    event('2', 40, { toolId: lookup, runs: 66 }),
    event('3', 30, { toolId: mailer, runs: 7 }),
    event('4', 20, { toolId: gone, runs: 1 }),
    event('5', 55, { modelId: model.id, deploymentId: deployment.id, inputTokens: 374, outputTokens: 44 }),
    event('6', 26, { modelId: model.id, inputTokens: 2_000_001, outputTokens: 333_333 }),
  ]);
  await world.ask(
    'PLATFORM',
    `mutation ($id: ID!) { setToolStatus(input: { toolId: $id, status: DELETED }) { userErrors { code message } } }`,
    { id: gone },
  );
  return { account };
}

// An account whose books begin in the second in which it is made: only then may hosting lie before it. On a busy
// machine the second may pass on the way; then another one is made.
export async function withHistory(world, name) {
  let id;
  await until('an account made in the second in which its books begin', async () => {
    const booksFrom = new Date(Math.floor(Date.now() / 1000) * 1000);
    const { createAccount } = await world.ask(
      'PLATFORM',
      `mutation ($in: CreateAccountInput!) { createAccount(input: $in) { account { id createdAt } userErrors { code
        message } } }`,
      { in: { name, booksFrom: booksFrom.toISOString(), idempotencyKey: `${name} ${booksFrom.toISOString()}` } },
    );
    id = createAccount.account.id;
    return Math.floor(Date.parse(createAccount.account.createdAt) / 1000) === booksFrom.getTime() / 1000;
  });
  return id;
}

/** Records usage from outside of any page. */
export async function record(world, account, events) {
  const { recordUsage } = await world.ask(
    'PLATFORM',
    `mutation ($in: RecordUsageInput!) { recordUsage(input: $in) { results { status message } userErrors { code
      message } } }`,
    { in: { accountId: account, events } },
  );
  const refused = recordUsage.results.filter((r) => r.status !== 'STORED');
  if (refused.length) throw new Error(JSON.stringify(refused));
}

/** The account of the development tokens, with a model to spend credits by. */
export async function liveAccount(world) {
  const { viewer } = await world.ask('MASTER_ADMIN', '{ viewer { accounts { account { id name } } } }');
  const account = viewer.accounts[0].account.id;
  const { registerModel } = await world.ask(
    'PLATFORM',
    `mutation ($in: RegisterModelInput!) { registerModel(input: $in) { model { id } userErrors { code message } } }`,
    {
      in: { accountId: account, name: 'Spender', inputRate: '1000000', outputRate: '1000000', parametersBillions: '1' },
    },
  );
  const model = registerModel.model.id;
  let n = 0;
  const spend = (credits) =>
    record(world, account, [
      { source: 'e2e', id: `spend-${++n}`, time: new Date().toISOString(), modelId: model, inputTokens: credits },
    ]);
  await world.ask(
    'PLATFORM',
    `mutation ($in: CreateScriptInput!) { createScript(input: $in) { userErrors { code message } } }`,
    { in: { accountId: account, name: 'Nightly export', language: 'PYTHON' } },
  );
  return { account, model, spend };
}

/** An account that used all its credits and a third of its runs: a fixed banner, a removable one, everything gated. */
export async function exhaustedAccount(world) {
  const made = await world.ask(
    'PLATFORM',
    `mutation ($in: CreateAccountInput!) { createAccount(input: $in) { account { id } userErrors { code message } } }`,
    { in: { name: 'Exhausted', idempotencyKey: 'exhausted' } },
  );
  const account = made.createAccount.account.id;
  const {
    registerModel: { model },
  } = await world.ask(
    'PLATFORM',
    `mutation ($in: RegisterModelInput!) { registerModel(input: $in) { model { id } userErrors { code message } } }`,
    {
      in: { accountId: account, name: 'Spender', inputRate: '1000000', outputRate: '1000000', parametersBillions: '1' },
    },
  );
  const {
    registerTool: { tool },
  } = await world.ask('PLATFORM', REGISTER, {
    tool: { accountId: account, name: 'Caller', ownerName: 'Mia Master', status: 'DEPLOYED' },
  });
  const time = new Date().toISOString();
  await record(world, account, [
    { source: 'e2e', id: '1', time, modelId: model.id, inputTokens: 80 },
    { source: 'e2e', id: '2', time, toolId: tool.id, runs: 3_300 },
  ]);
  return { account };
}

/** An account with so many tools, each with a run or more. */
export async function crowdedAccount(world, tools) {
  const account = await accountOf(world, 'Crowded');
  const made = await many(world, tools, 'registerTool', 'RegisterToolInput', 'tool { id }', (i) => ({
    accountId: account,
    name: `Tool ${String(i).padStart(5, '0')}`,
    ownerName: `Owner ${i % 97}`,
    status: 'DEPLOYED',
  }));
  const ids = made.map(({ tool }) => tool.id);
  for (let i = 0; i < ids.length; i += 1000) {
    await record(
      world,
      account,
      ids.slice(i, i + 1000).map((toolId, k) => ({
        source: 'e2e',
        id: `crowd-${i + k}`,
        time: new Date(Date.now() - 60_000).toISOString(),
        toolId,
        runs: 1 + ((i + k) % 500),
      })),
    );
  }
  return { account, runs: ids.reduce((sum, _, i) => sum + 1 + (i % 500), 0) };
}

/** An account with so many custom scripts, which can be deployed. */
export async function hostingAccount(world, scripts) {
  const account = await accountOf(world, 'Scripts');
  const name = (i) => `script ${String(i).padStart(5, '0')}`;
  await many(world, scripts, 'createScript', 'CreateScriptInput', '', (i) => ({
    accountId: account,
    name: name(i),
    language: 'PYTHON',
  }));
  return { account, name };
}

async function accountOf(world, name) {
  const { createAccount } = await world.ask(
    'PLATFORM',
    `mutation ($in: CreateAccountInput!) { createAccount(input: $in) { account { id } userErrors { code message } } }`,
    { in: { name, idempotencyKey: name } },
  );
  return createAccount.account.id;
}

// Sends a mutation so many times, ten in a request, with `inputOf` each one's number.
async function many(world, count, mutation, type, fields, inputOf) {
  const width = 10;
  const numbers = Array.from({ length: width }, (_, i) => i);
  const asked = numbers.map((i) => `t${i}: ${mutation}(input: $t${i}) { ${fields} userErrors { code message } }`);
  const query = `mutation (${numbers.map((i) => `$t${i}: ${type}!`)}) { ${asked.join(' ')} }`;
  const made = [];
  let next = 0;
  const worker = async () => {
    while (next < count) {
      const from = next;
      next += width;
      const inputs = Object.fromEntries(numbers.map((i) => [`t${i}`, inputOf(from + i)]));
      made.push(...Object.values(await world.ask('PLATFORM', query, inputs)));
    }
  };
  await Promise.all(Array.from({ length: 8 }, worker));
  return made;
}
