import { expect, it } from 'vitest';
import { type Account, type Hosted, hosted, sorted } from './hosted';

const WORDS = { model: () => 'Base', guardrail: (): [string, string] => ['', ''], script: () => '' };

const row = (name: string, perHour: string | null, idleDays: number | null, used: string | null = '0'): Hosted => ({
  id: name,
  name,
  of: '',
  category: 'MODELS',
  resource: name,
  hardware: '',
  status: 'DEPLOYED',
  pending: false,
  reason: null,
  runs: true,
  perHour,
  used,
  idleDays,
  acts: { gate: 'deployModel', free: false },
});

const names = (rows: Hosted[]) => rows.map(({ name }) => name);

it('sorts by idle time, of equal ones the dearer first, and what is not known last', () => {
  const rows = [row('a', '1', 0), row('b', '2', 30), row('c', '9', 30), row('d', '50', null)];
  expect(names(sorted(rows, 'IDLE', 'DESC'))).toEqual(['c', 'b', 'a', 'd']);
  expect(names(sorted(rows, 'PRICE', 'ASC'))).toEqual(['a', 'b', 'c', 'd']);
  expect(names(sorted(rows, 'NAME', 'DESC'))).toEqual(['d', 'c', 'b', 'a']);
});

it('sorts what does not run behind what costs nothing', () => {
  const rows = [row('rests', null, null, null), row('free', '0', null, '0'), row('dear', '3', 0, '2.5')];
  expect(names(sorted(rows, 'PRICE', 'DESC'))).toEqual(['dear', 'free', 'rests']);
  expect(names(sorted(rows, 'USED', 'DESC'))).toEqual(['dear', 'free', 'rests']);
});

const deployment = (id: string, more: object = {}) => ({
  node: {
    id,
    name: id,
    status: 'DEPLOYED',
    hardware: 'g5',
    replicas: 2,
    ratePerHour: '1.509',
    pending: false,
    ...more,
  },
});
const model = (...deployments: object[]) => ({
  edges: [{ node: { id: 'm', name: 'M', type: 'BASE', deployments: { edges: deployments } } }],
});
const events = (ids: string[], count = 1, cut = false) => ({
  edges: ids.map((deploymentId) => ({ node: { deploymentId, events: count } })),
  pageInfo: { hasNextPage: cut },
});
const spent = (cut = false, ...rows: object[]) => ({ pageInfo: { hasNextPage: cut }, edges: rows });

it('counts all replicas, and how long a deployment had no inference', () => {
  const account = {
    models: model(...['x', 'y', 'z', 'w'].map((id) => deployment(id))),
    day: events(['x']),
    week: events(['x', 'y']),
    month: events(['x', 'y', 'z']),
    spent: spent(false, { node: { resourceId: 'm', deploymentId: 'x', credits: '1.5' } }),
  } as unknown as Account;
  expect(
    hosted(account, account, WORDS).map(({ id, perHour, used, idleDays }) => [id, perHour, used, idleDays]),
  ).toEqual([
    ['x', '3.018', '1.5', 0],
    ['y', '3.018', '0', 1],
    ['z', '3.018', '0', 7],
    ['w', '3.018', '0', 30],
  ]);
});

it('offers what can be done: a model is deployed once more beside its first row, what runs is scaled or ended', () => {
  const account = {
    models: {
      edges: [
        ...model(
          deployment('runs'),
          deployment('rests', { status: 'UNDEPLOYED' }),
          deployment('waits', { pending: true }),
        ).edges,
        { node: { id: 'n', name: 'N', type: 'BASE', deployments: { edges: [] } } },
      ],
    },
  } as unknown as Account;
  const rows = hosted(account, account, WORDS);
  const done = ({ acts }: Hosted) => (['deploy', 'redeploy', 'scale', 'undeploy'] as const).filter((act) => acts[act]);
  expect(rows.map((of) => [of.id, of.perHour, ...done(of)])).toEqual([
    ['runs', '3.018', 'deploy', 'scale', 'undeploy'],
    ['rests', null, 'redeploy'],
    ['waits', null, 'undeploy'],
    ['n', null, 'deploy'],
  ]);
});

it('guardrails and scripts are idle since their use that was reported, else for as long as there was no event', () => {
  const seen = (count: number, cut = false) => events(['other'], count, cut);
  const asOf = '2026-05-20T12:00:00Z';
  const guardrail = (id: string, lastUsedOn: string | null) => ({
    node: { id, name: id, status: 'DEPLOYED', pending: false, cpuCount: 1, replicas: 1, ratePerHour: '1', lastUsedOn },
  });
  const account = (day: number, week: number, month: number, cut = false) =>
    ({
      models: model(deployment('d')),
      guardrails: {
        asOf,
        edges: [
          guardrail('never', null),
          guardrail('today', '2026-05-20T11:00:00Z'),
          guardrail('before', '2026-05-11T11:00:00Z'),
        ],
      },
      scripts: {
        asOf,
        edges: [{ node: { id: 's', name: 's', status: 'DEPLOYED', replicas: 1, ratePerHour: '1' } }],
      },
      day: seen(day, cut),
      week: seen(week),
      month: seen(month),
      spent: spent(cut),
    }) as unknown as Account;
  const idle = (of: Account) => hosted(of, of, WORDS).map(({ id, idleDays, used }) => [id, idleDays, used]);
  expect(idle(account(5, 5, 5))).toEqual([
    ['d', 30, '0'],
    ['never', null, '0'],
    ['today', 0, '0'],
    ['before', 9, '0'],
    ['s', null, '0'],
  ]);
  expect(idle(account(0, 3, 3)).map(([, days]) => days)).toEqual([30, 1, 0, 9, 1]);
  expect(idle(account(0, 0, 0)).map(([, days]) => days)).toEqual([30, 30, 0, 9, 30]);
  expect(idle(account(5, 5, 5, true))[0]).toEqual(['d', null, null]);
});
