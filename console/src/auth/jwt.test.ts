import { expect, it, vi } from 'vitest';
import { choose, claimsOf } from './jwt';

const encode = (value: object) =>
  btoa(JSON.stringify(value)).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
const jwt = (claims: object, head: object = { alg: 'RS256' }) => `${encode(head)}.${encode(claims)}.c2ln`;
const API_OF = { audience: 'api', clientId: 'client' };
const pick = (tokens: Parameters<typeof choose>[0], kind?: string) =>
  choose(tokens, { ...API_OF, tokens: kind })?.token;

const API = jwt({ aud: 'api', iat: 100, exp: 400 });
const ACCOUNT = jwt({ aud: ['account', 'graph'], exp: 1 });
const ID = jwt({ aud: 'client', iat: 1_000, exp: 4_600 });

it('takes the access token where it is a JWT for the API', () => {
  expect(pick({ access_token: API, id_token: ID })).toBe(API);
  expect(pick({ access_token: jwt({ aud: ['x', 'api'] }), id_token: ID })).not.toBe(ID);
});

it.each([
  'ya29.a0AfH6SMBx',
  'opaque',
  'a.b.c',
  '..',
  `${encode({ typ: 'x' })}.${encode({})}.x`,
  'eyJhbGciOiJkaXIifQ..a.b.c',
  ACCOUNT,
])('takes the ID token where the access token is %s', (access) =>
  expect(pick({ access_token: access, id_token: ID })).toBe(ID),
);

it('takes a JWT of another audience rather than nothing, and nothing rather than what is no token', () => {
  expect(pick({ access_token: ACCOUNT })).toBe(ACCOUNT);
  expect(pick({ access_token: 'opaque' })).toBeUndefined();
  expect(pick({ access_token: 'opaque', id_token: jwt({ aud: 'another' }) })).toBeUndefined();
  expect(pick({})).toBeUndefined();
});

it('takes the kind that the API takes', () => {
  const both = { access_token: API, id_token: ID };
  expect(pick(both, 'any')).toBe(API);
  expect(pick(both, 'access')).toBe(API);
  expect(pick(both, 'id')).toBe(ID);
  expect(pick({ access_token: API }, 'id')).toBeUndefined();
  expect(pick({ access_token: 'opaque', id_token: ID }, 'access')).toBeUndefined();
  // The audience may be the client itself, which the page is then not told as one to ask for.
  const own = jwt({ aud: 'client', exp: 1 });
  expect(
    choose({ access_token: own, id_token: ID }, { audience: '', clientId: 'client', tokens: 'access' })?.token,
  ).toBe(own);
});

it('knows how long it lasts', () => {
  const lasts = (tokens: Parameters<typeof choose>[0]) => choose(tokens, API_OF)?.lasts;
  expect(lasts({ access_token: API, expires_in: 60 })).toBe(60);
  expect(lasts({ access_token: API })).toBe(300);
  expect(lasts({ access_token: 'opaque', id_token: ID, expires_in: 60 })).toBe(3_600);
});

it.each([
  ['right', 0, 3_600],
  ['four minutes slow', -240, 3_840],
  ['an hour slow', -3_600, 3_900],
  ['four minutes fast', 240, 3_360],
  ['an hour fast', 3_600, 3_900], // plainly wrong
])('a token that is dated back by five minutes lasts its hour, by a clock that is %s', (_, off, lasts) => {
  vi.useFakeTimers({ now: (1_000_000_000 + off) * 1_000 });
  const dated = jwt({ aud: 'client', iat: 999_999_700, exp: 1_000_003_600 });
  expect(choose({ access_token: 'opaque', id_token: dated }, API_OF)?.lasts).toBe(lasts);
  vi.useRealTimers();
});

it('reads names in UTF-8', () => {
  const bytes = new TextEncoder().encode(JSON.stringify({ iss: 'https://ü.example' }));
  const part = btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '');
  expect(claimsOf(`${encode({ alg: 'ES256' })}.${part}.x`)?.iss).toBe('https://ü.example');
});
