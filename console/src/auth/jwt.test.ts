import { expect, it } from 'vitest';
import { choose, claimsOf } from './jwt';

const encode = (value: object) =>
  btoa(JSON.stringify(value)).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
const jwt = (claims: object, head: object = { alg: 'RS256' }) => `${encode(head)}.${encode(claims)}.c2ln`;
const pick = (tokens: Parameters<typeof choose>[0]) => choose(tokens, 'api', 'client')?.token;

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

it('knows how long it lasts', () => {
  expect(choose({ access_token: API, expires_in: 60 }, 'api', 'client')?.lasts).toBe(60);
  expect(choose({ access_token: API }, 'api', 'client')?.lasts).toBe(300);
  expect(choose({ access_token: 'opaque', id_token: ID, expires_in: 60 }, 'api', 'client')?.lasts).toBe(3_600);
});

it('reads names in UTF-8', () => {
  const bytes = new TextEncoder().encode(JSON.stringify({ iss: 'https://ü.example' }));
  const part = btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '');
  expect(claimsOf(`${encode({ alg: 'ES256' })}.${part}.x`)?.iss).toBe('https://ü.example');
});
