// The server that the tests run against, and an account of their own on it.
import assert from 'node:assert/strict';

const { USAGEGRAPH_URL, USAGEGRAPH_TOKEN, SUPPORT_TOKEN } = process.env;

export const url = `${USAGEGRAPH_URL}/graphql`;
export const socket = url.replace(/^http/, 'ws');
export const platform = USAGEGRAPH_TOKEN;
export const support = SUPPORT_TOKEN;

/** Asks without any library. */
export async function ask(token, query, variables = {}) {
  const answer = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: JSON.stringify({ query, variables }),
  });
  const { data, errors } = await answer.json();
  assert.equal(errors, undefined, JSON.stringify(errors));
  return data;
}

/** Makes an account with a tool and returns their ids. */
export async function furnish(name) {
  const { createAccount } = await ask(
    platform,
    'mutation ($input: CreateAccountInput!) { createAccount(input: $input) { account { id } userErrors { message } } }',
    { input: { name, idempotencyKey: name } },
  );
  const account = createAccount.account.id;
  const { registerTool } = await ask(
    platform,
    'mutation ($input: RegisterToolInput!) { registerTool(input: $input) { tool { id } userErrors { message } } }',
    { input: { accountId: account, name: 'search', ownerName: 'Ada', status: 'DEPLOYED' } },
  );
  const { deployGuardrail } = await ask(
    platform,
    'mutation ($input: DeployGuardrailInput!) { deployGuardrail(input: $input) { guardrail { id } userErrors { message } } }',
    { input: { accountId: account, name: 'shield', scannerKey: 'REGEX' } },
  );
  return { account, tool: registerTool.tool.id, guardrail: deployGuardrail.guardrail.id };
}

/** Undeploys the guardrail. */
export async function undeploy({ guardrail }) {
  const { undeployGuardrail } = await ask(
    platform,
    'mutation ($input: UndeployGuardrailInput!) { undeployGuardrail(input: $input) { guardrail { status } userErrors { message } } }',
    { input: { guardrailId: guardrail } },
  );
  assert.equal(undeployGuardrail.guardrail.status, 'UNDEPLOYED');
}

/** Reports runs of a tool. */
export async function run({ account, tool }, id, runs) {
  const event = { source: 'others', id, time: new Date().toISOString(), toolId: tool, runs };
  const { recordUsage } = await ask(
    platform,
    'mutation ($input: RecordUsageInput!) { recordUsage(input: $input) { results { status } userErrors { message } } }',
    { input: { accountId: account, events: [event] } },
  );
  assert.equal(recordUsage.results[0].status, 'STORED');
}

/** Waits until what is seen is as it should be; fails with the last of it. */
export async function until(see, fits) {
  for (let tries = 0; tries < 300; tries++) {
    if (fits(see())) return;
    await new Promise((next) => setTimeout(next, 50));
  }
  assert.fail(`never came: ${JSON.stringify(see())}`);
}
