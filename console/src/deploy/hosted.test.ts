import { expect, it } from 'vitest';
import type { HostedRowFragment } from '../gql/graphql';
import { type Hosted, hosted, suggested } from './hosted';

const WORDS = { model: () => 'Base', guardrail: (): [string, string] => ['', ''], script: () => '' };

const edge = (node: object | null, more: object = {}) =>
  ({
    category: 'MODELS',
    resourceId: 'm',
    resourceName: 'M',
    modelType: 'BASE',
    ratePerHour: null,
    deployable: node,
    ...more,
  }) as unknown as HostedRowFragment;
const deployment = (id: string, more: object = {}) =>
  edge({ id, name: id, deploymentStatus: 'DEPLOYED', profile: 'g5', replicas: 2, pending: false, ...more });
const guardrail = (id: string, cpuCount: number) =>
  edge(
    { id, name: id, guardrailStatus: 'DEPLOYED', pending: false, cpuCount, replicas: 1 },
    { category: 'GUARDRAILS', resourceId: id },
  );
const script = (id: string, scriptStatus: string, replicas: number) =>
  edge({ id, name: id, scriptStatus, replicas, hardware: null }, { category: 'SCRIPTS', resourceId: id });

const done = ({ acts }: Hosted) => (['deploy', 'redeploy', 'scale', 'undeploy'] as const).filter((act) => acts[act]);

it('offers what can be done: a model is deployed once more beside its first row, what runs is scaled or ended', () => {
  const rows = hosted(
    [
      deployment('runs'),
      deployment('rests', { deploymentStatus: 'UNDEPLOYED' }),
      deployment('waits', { pending: true }),
      edge(null, { resourceId: 'n', resourceName: 'N' }),
      guardrail('free', 0),
      guardrail('costs', 2),
      script('draft', 'DRAFT', 0),
      script('failed', 'DEPLOYMENT_FAILED', 0),
      script('serves', 'DEPLOYED', 3),
    ],
    WORDS,
  );
  expect(rows.map((of) => [of.id, of.runs, ...done(of)])).toEqual([
    ['runs', true, 'deploy', 'scale', 'undeploy'],
    ['rests', false, 'redeploy'],
    ['waits', false, 'undeploy'],
    ['n', false, 'deploy'],
    ['free', true, 'undeploy'],
    ['costs', true, 'scale', 'undeploy'],
    ['draft', false, 'deploy'],
    ['failed', false, 'redeploy'],
    ['serves', true, 'scale', 'undeploy'],
  ]);
  expect(rows.map(({ acts }) => acts.free)).toEqual([false, false, false, false, true, false, false, false, false]);
  expect(rows[7]!.acts.redeploy).toMatchObject({ replicas: 1 });
});

it('tells what the answer tells, and nothing where the caller may not see it', () => {
  const [told, hidden] = hosted(
    [edge(null, { ratePerHour: '3.018', creditsUsed: '1.5', idleDays: 9 }), edge(null, { ratePerHour: '1' })],
    WORDS,
  );
  expect([told!.perHour, told!.used, told!.idleDays]).toEqual(['3.018', '1.5', 9]);
  expect([hidden!.perHour, hidden!.used, hidden!.idleDays]).toEqual(['1', null, null]);
});

it.each([
  ['Mistral 7B', 'mistral-7b-1'],
  ['  Résumé (v2) ', 'résumé-v2-1'],
  ['مشروع ٣', 'مشروع-٣-1'],
  ['हिन्दी मॉडल', 'हिन्दी-मॉडल-1'],
  ['👩‍👩‍👧‍👦', ''], // nothing to begin with
  ['W'.repeat(200), `${'w'.repeat(190)}-1`],
])('for %s it suggests %s', (name, deployment) => {
  expect(suggested(name)).toBe(deployment);
});
