import { GraphQLError } from 'graphql';
import { CombinedError } from 'urql';
import { expect, test } from 'vitest';
import { faultAt, faultsOf, mended } from './parts';

const failing = (...paths: (string | number)[][]) =>
  new CombinedError({
    graphQLErrors: paths.map((path) => new GraphQLError('out of reach', { path, extensions: { code: 'UNAVAILABLE' } })),
  });
const data = { account: { plan: null, overview: {}, creditStatus: { forecast: null } } };

test('parts of an account that failed are told one by one', () => {
  const { all, parts } = faultsOf(data, failing(['account', 'plan'], ['account', 'creditStatus', 'forecast']));
  expect(all).toBeNull();
  expect([...parts.keys()]).toEqual(['plan', 'creditStatus.forecast']);
  expect(faultAt(parts, 'plan')).toMatchObject({ code: 'UNAVAILABLE', message: 'out of reach' });
  expect(faultAt(parts, 'creditStatus')?.code).toBe('UNAVAILABLE');
  expect(faultAt(parts, 'creditStatus.forecast')?.code).toBe('UNAVAILABLE');
  expect(faultAt(parts, 'overview')).toBeNull();
});

test('where there is no account, or more failed than its parts, nothing is answered', () => {
  expect(faultsOf({ account: null }, failing(['account'])).all?.code).toBe('UNAVAILABLE');
  expect(faultsOf(undefined, failing(['account', 'plan'])).all?.code).toBe('UNAVAILABLE');
  expect(faultsOf(data, failing(['account', 'plan'], ['plans'])).all?.code).toBe('UNAVAILABLE');
  expect(faultsOf(data, new CombinedError({ networkError: new Error('gone') })).all?.code).toBe('OFFLINE');
  expect(faultsOf(data, undefined).all).toBeNull();
});

test('a row of a list may lack a part', () => {
  const list = { accounts: { edges: [{ node: { creditStatus: null } }] } };
  const { all, parts } = faultsOf(list, failing(['accounts', 'edges', 0, 'node', 'creditStatus']));
  expect(all).toBeNull();
  expect([...parts.keys()]).toEqual(['accounts.edges.0.node.creditStatus']);
  expect(faultsOf({ accounts: null }, failing(['accounts', 'edges'])).all?.code).toBe('UNAVAILABLE');
});

test('a part that failed stays as it was before', () => {
  const { parts } = faultsOf(data, failing(['account', 'plan'], ['account', 'creditStatus', 'forecast']));
  const before = { account: { plan: { name: 'Team' }, overview: { old: true }, creditStatus: { forecast: {} } } };
  expect(mended(data, before, parts)).toEqual({ account: { ...data.account, plan: { name: 'Team' } } });
  expect(mended(data, undefined, parts)).toBe(data);
  expect(mended(data, before, new Map())).toBe(data);
});
