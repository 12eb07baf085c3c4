import { afterEach, expect, it, vi } from 'vitest';
import { plain } from './credential';
import { type Issuer, IssuerRefusal, redeem, refresh, revoke } from './oidc';

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

it('what an issuer says is repeated only where it answers this sign-in', async () => {
  const said = 'error=access_denied&error_description=Call+us&state=';
  await expect(back({ aud, nonce: 'n-1' }, `${said}s-1`)).rejects.toThrow('Call us');
  await expect(back({ aud, nonce: 'n-1' }, `${said}s-2`)).rejects.not.toThrow('Call us');
  await expect(back({ aud, nonce: 'n-1' }, 'error=x&error_description=Call+us')).rejects.not.toThrow('Call us');
});

const issued = { ...plain('t'), issued: true, refresh: 'secret' };

/** An issuer that answers at its token endpoint; what was posted, by address. */
function answering(answer: () => Response | Promise<Response>, discovery: object = {}): Record<string, string[]> {
  const posted: Record<string, string[]> = {};
  vi.stubGlobal('fetch', async (url: string | URL, init?: RequestInit) => {
    const at = String(url);
    if (at.endsWith('console-config.json')) return Response.json({ oidc: from });
    if (at.endsWith('openid-configuration'))
      return Response.json({ token_endpoint: 'https://issuer.example/token', ...discovery });
    posted[at] = [...(posted[at] ?? []), String(init?.body)];
    return answer();
  });
  return posted;
}

// Whether to try again: a refresh token that was redeemed may be used up, and a second time would look like theft.
it.each([
  ['no token', () => Response.json({}), true],
  ['an opaque token alone', () => Response.json({ access_token: 'opaque', refresh_token: 'next' }), true],
  ['a refusal', () => Response.json({ error: 'invalid_grant' }, { status: 400 }), true],
  ['an error of its own', () => new Response('', { status: 503 }), false],
  ['too many questions', () => new Response('', { status: 429 }), false],
  ['nothing', () => Promise.reject(new TypeError('Failed to fetch')), false],
])('a renewal that is answered by %s', async (_, answer, final) => {
  answering(answer);
  const error: unknown = await refresh(from, issued).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(Error);
  expect(error instanceof IssuerRefusal).toBe(final);
  expect(String(error)).not.toMatch('fetch');
});

it('a refresh token is given back where the issuer takes it', async () => {
  const at = 'https://elsewhere.example/revoke';
  const posted = answering(() => new Response(), { revocation_endpoint: at });
  await revoke(issued);
  expect(posted).toEqual({ [at]: ['client_id=console&token=secret&token_type_hint=refresh_token'] });
  await revoke({ ...issued, refresh: null });
  await revoke(plain('t'));
  expect(posted[at]).toHaveLength(1);
  expect(answering(() => new Response())).toEqual({});
  await revoke(issued); // there is nowhere to give it back
});
