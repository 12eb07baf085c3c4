import { afterEach, expect, it, vi } from 'vitest';
import { type Issuer, redeem } from './oidc';

const from: Issuer = {
  issuer: 'https://issuer.example',
  clientId: 'console',
  audience: 'api',
  scope: 'openid',
} as Issuer;

const part = (value: unknown): string => btoa(JSON.stringify(value)).replaceAll('=', '');
const jwt = (claims: object): string => `${part({ alg: 'RS256' })}.${part(claims)}.x`;

afterEach(() => vi.unstubAllGlobals());

/** Comes back from the issuer with an ID token of these claims; the console asked with nonce `n-1` and state `s-1`. */
async function back(claims: object, query = 'code=c&state=s-1'): Promise<string | undefined> {
  const kept = JSON.stringify({ verifier: 'v', state: 's-1', nonce: 'n-1', back: '/', silent: false });
  vi.stubGlobal('sessionStorage', { getItem: () => kept, removeItem: () => undefined });
  vi.stubGlobal('location', { origin: 'https://console.example' });
  const tokens = { access_token: 'opaque', id_token: jwt(claims) };
  vi.stubGlobal('fetch', async (url: string | URL) =>
    Response.json(
      String(url).endsWith('openid-configuration') ? { token_endpoint: 'https://issuer.example/token' } : tokens,
    ),
  );
  return (await redeem(from, new URLSearchParams(query))).credential?.token;
}

const aud = 'console';

it('an ID token of this sign-in is taken', async () => {
  for (const claims of [
    { aud, nonce: 'n-1' },
    { aud: ['other', aud], nonce: 'n-1', exp: 9_999_999_999 },
  ])
    expect(await back(claims)).toBe(jwt(claims));
});

it.each([
  undefined,
  null,
  '',
  'n-2',
  'N-1',
  'n-1 ',
  ' n-1',
  'n-1\u0000',
  'n-',
  'n-11',
  ['n-1'],
  { toString: 'n-1' },
  1,
  true,
])('a nonce of %j is refused', async (nonce) => {
  await expect(back({ aud, nonce })).rejects.toThrow();
});

it.each([undefined, null, '', 'api', 'Console', ['api'], [], [['console']], {}, 1])(
  'an ID token for %j is refused, whatever its nonce',
  async (audience) => {
    await expect(back({ aud: audience, nonce: 'n-1' })).rejects.toThrow();
  },
);

it.each(['code=c', 'code=c&state=', 'code=c&state=S-1', 'state=s-1', 'code=&state=s-1', 'code=c&state=s-2&state=s-1'])(
  'an answer of ?%s is refused',
  async (query) => {
    await expect(back({ aud, nonce: 'n-1' }, query)).rejects.toThrow();
  },
);

it('an answer that names another issuer is refused', async () => {
  await expect(back({ aud, nonce: 'n-1' }, 'code=c&state=s-1&iss=https://other.example')).rejects.toThrow();
  expect(await back({ aud, nonce: 'n-1' }, 'code=c&state=s-1&iss=https://issuer.example')).toBeDefined();
});
