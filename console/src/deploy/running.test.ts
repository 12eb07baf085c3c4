import { expect, it } from 'vitest';
import { type Running, running, sorted } from './running';

const row = (name: string, perHour: string, idleDays: number | null, used = '0'): Running => ({
  id: name,
  name,
  of: '',
  category: 'MODELS',
  resource: name,
  hardware: '',
  replicas: 1,
  perHour,
  used,
  idleDays,
});

it('sorts by idle time, of equal ones the dearer first, and what is not known last', () => {
  const rows = [row('a', '1', 0), row('b', '2', 30), row('c', '9', 30), row('d', '50', null)];
  expect(sorted(rows, 'IDLE', 'DESC').map(({ name }) => name)).toEqual(['c', 'b', 'a', 'd']);
  expect(sorted(rows, 'PRICE', 'ASC').map(({ name }) => name)).toEqual(['a', 'b', 'c', 'd']);
  expect(sorted(rows, 'NAME', 'DESC').map(({ name }) => name)).toEqual(['d', 'c', 'b', 'a']);
});

it('counts all replicas, and how long a deployment had no inference', () => {
  const deployment = (id: string) => ({
    node: { id, name: id, hardware: 'g5', replicas: 2, ratePerHour: '1.509', pending: false },
  });
  const events = (...ids: string[]) => ({ edges: ids.map((deploymentId) => ({ node: { deploymentId, events: 1 } })) });
  const account = {
    models: { edges: [{ node: { id: 'm', name: 'M', deployments: { edges: ['x', 'y', 'z', 'w'].map(deployment) } } }] },
    guardrails: { edges: [] },
    scripts: { edges: [] },
    day: events('x'),
    week: events('x', 'y'),
    month: events('x', 'y', 'z'),
    spent: { edges: [{ node: { resourceId: 'm', deploymentId: 'x', credits: '1.5' } }] },
  } as unknown as Parameters<typeof running>[0];
  const rows = running(account, { guardrail: () => ['', ''], script: '' });
  expect(rows.map(({ id, perHour, used, idleDays }) => [id, perHour, used, idleDays])).toEqual([
    ['x', '3.018', '1.5', 0],
    ['y', '3.018', '0', 1],
    ['z', '3.018', '0', 7],
    ['w', '3.018', '0', 30],
  ]);
});
