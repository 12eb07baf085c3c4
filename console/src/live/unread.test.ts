import { GraphQLError } from 'graphql';
import { CombinedError } from 'urql';
import { expect, it } from 'vitest';
import { unreadAfter } from './unread';

const failed = (...paths: string[][]) =>
  new CombinedError({ graphQLErrors: paths.map((path) => new GraphQLError('broken', { path })) });

it('knows which parts could not be read, until they are', () => {
  const none = new Set<string>();
  const outlook = unreadAfter(none, 'creditStatus', failed(['creditStatus', 'outlook']));
  expect([...outlook]).toEqual(['creditStatus.outlook']);
  const both = unreadAfter(outlook, 'banners', failed(['banners']));
  expect([...both]).toEqual(['creditStatus.outlook', 'banners']);
  expect([...unreadAfter(both, 'creditStatus', undefined)]).toEqual(['banners']);
  expect([...unreadAfter(both, '', failed(['account', 'creditStatus']))]).toEqual(['creditStatus']);
  expect([...unreadAfter(both, '', undefined)]).toEqual([]);
});

it('says nothing of parts where the connection is lost', () => {
  const before = new Set(['banners']);
  expect(unreadAfter(before, '', new CombinedError({ networkError: new Error('gone') }))).toBe(before);
  expect(unreadAfter(before, 'creditStatus', undefined)).toBe(before);
});
