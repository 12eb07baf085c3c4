import { expect, test } from 'vitest';
import { whole } from './whole';

const data = {
  viewer: { name: 'Ada' },
  account: { tools: null, usage: { edges: [] }, creditStatus: { forecast: null } },
};

test('without an error all stays as it is', () => {
  expect(whole(data)).toBe(data);
  expect(whole(data, [{ path: ['viewer'] }])).toBe(data);
});

test('an account of which a part failed is not there; what stands beside it is', () => {
  expect(whole(data, [{ path: ['account', 'tools'] }])).toEqual({ viewer: { name: 'Ada' }, account: null });
});

test('a forecast that failed is missed alone', () => {
  expect(whole(data, [{ path: ['account', 'creditStatus', 'forecast'] }])).toBe(data);
});

test('a list of which a part failed is not answered', () => {
  const path = ['accounts', 'edges', 0, 'node', 'creditStatus'];
  expect(whole({ accounts: { edges: [{ node: { creditStatus: null } }] } }, [{ path }])).toBeNull();
});
