// Signing in with the platform's issuer: authorization code with PKCE and nonce, a public client, the redirect to
// /signed-in.
import { newKey } from '../api/key';
import { text } from '../ui/text';
import type { Credential } from './credential';
import { type Chosen, choose, claimsOf, isFor, type Tokens } from './jwt';

const t = text.signIn;

/** What /console-config.json tells; null without an issuer. */
export interface Issuer {
  issuer: string;
  clientId: string;
  scope: string;
  audience: string;
  /** Which kind of its tokens the API takes: `any`, `access` or `id`. */
  tokens?: string;
}

interface Discovery {
  issuer?: string;
  authorization_endpoint: string;
  token_endpoint: string;
  revocation_endpoint?: string;
}

// What is remembered while the person is at the issuer.
interface Pending {
  verifier: string;
  state: string;
  nonce: string;
  back: string;
  silent: boolean;
}

const PENDING = 'usagegraph.oidc';
// How long the issuer has to answer, in milliseconds.
const ANSWER_WITHIN = 15_000;

/** How this server lets people sign in besides tokens. */
export async function issuer(): Promise<Issuer | null> {
  const answer = await fetch('/console-config.json', { signal: AbortSignal.timeout(ANSWER_WITHIN) });
  return answer.ok ? ((await answer.json()) as { oidc: Issuer | null }).oidc : null;
}

/** Leaves for the issuer; it comes back to /signed-in. `silent` lets it ask the person nothing. */
export async function leave(to: Issuer, back: string, silent = false): Promise<void> {
  const { authorization_endpoint } = await discover(to);
  const pending: Pending = { verifier: random(), state: random(), nonce: random(), back, silent };
  sessionStorage.setItem(PENDING, JSON.stringify(pending));
  const url = new URL(authorization_endpoint);
  const query = {
    response_type: 'code',
    client_id: to.clientId,
    redirect_uri: redirect(),
    scope: to.scope,
    state: pending.state,
    nonce: pending.nonce,
    code_challenge_method: 'S256',
    code_challenge: await challenge(pending.verifier),
  };
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
  if (to.audience) url.searchParams.set('audience', to.audience);
  if (silent) url.searchParams.set('prompt', 'none');
  location.assign(url);
}

/**
 * What came of a sign-in: the credential (null: the issuer would have to ask the person), and where the person was
 * going.
 */
export interface Redeemed {
  credential: Credential | null;
  back: string;
}

/** Redeems what the issuer sent back. Throws when it does not fit. */
export async function redeem(from: Issuer, params: URLSearchParams): Promise<Redeemed> {
  const pending = JSON.parse(sessionStorage.getItem(PENDING) ?? 'null') as Pending | null;
  sessionStorage.removeItem(PENDING);
  // An answer to another question is not repeated: anybody can lead a person here with a sentence of their own.
  if (!pending || params.get('state') !== pending.state) throw new Error(t.unfit);
  if (pending.silent && params.has('error')) return { credential: null, back: pending.back };
  const code = params.get('code');
  if (!code) throw new Error(params.get('error_description') ?? t.unfit);
  const discovery = await discover(from);
  const sender = params.get('iss'); // RFC 9207: an issuer that says who it is must be the one that was asked
  if (sender !== null && sender !== (discovery.issuer ?? from.issuer)) throw new Error(t.unfit);
  const tokens = await request(from, discovery, {
    grant_type: 'authorization_code',
    code,
    redirect_uri: redirect(),
    code_verifier: pending.verifier,
  });
  checkId(tokens, from, pending.nonce);
  const chosen = choose(tokens, from);
  if (!chosen) throw new Error(t.noToken);
  return { credential: credentialOf(chosen, tokens, newKey(), null), back: pending.back };
}

/**
 * Redeems the refresh token for the next credential of the same session. An issuer that answers without a token for the
 * API has refused: the refresh token may be used up, and redeeming it again would look like theft.
 */
export async function refresh(from: Issuer, credential: Credential): Promise<Credential> {
  const { refresh: secret } = credential;
  if (secret === null) throw new IssuerRefusal(t.noToken);
  const tokens = await request(from, await discover(from), { grant_type: 'refresh_token', refresh_token: secret });
  const chosen = choose(tokens, from);
  if (!chosen) throw new IssuerRefusal(t.noToken);
  return credentialOf(chosen, tokens, credential.session, secret);
}

/** Tells the issuer that a refresh token is not needed any more (RFC 7009). It answers to nobody: the page moves on. */
export async function revoke({ refresh: token }: Credential): Promise<void> {
  const from = token === null ? null : await issuer();
  if (token === null || !from) return;
  const { revocation_endpoint: at } = await discover(from);
  if (!at) return;
  const body = new URLSearchParams({ client_id: from.clientId, token, token_type_hint: 'refresh_token' });
  await fetch(at, { method: 'POST', body, keepalive: true, signal: AbortSignal.timeout(ANSWER_WITHIN) });
}

function credentialOf({ token, lasts }: Chosen, tokens: Tokens, session: string, secret: string | null): Credential {
  const since = Date.now();
  const ends = lasts === null ? null : since + lasts * 1_000;
  return { token, session, since, ends, refresh: tokens.refresh_token ?? secret, issued: true };
}

// An ID token must be for this console and of this sign-in: a nonce of another one is a token that was slipped in.
function checkId(tokens: Tokens, from: Issuer, nonce: string): void {
  if (tokens.id_token === undefined) return;
  const claims = claimsOf(tokens.id_token);
  if (!claims || claims.nonce !== nonce || !isFor(claims, [from.clientId])) throw new Error(t.unfit);
}

/** The issuer refuses for good, such as a refresh token that has ended. Anything else may pass. */
export class IssuerRefusal extends Error {}

async function request(from: Issuer, { token_endpoint }: Discovery, fields: Record<string, string>): Promise<Tokens> {
  const body = new URLSearchParams({ client_id: from.clientId, ...fields });
  const post = { method: 'POST', body, signal: AbortSignal.timeout(ANSWER_WITHIN) };
  const answer = await fetch(token_endpoint, post).catch(() => null);
  if (!answer || answer.status >= 500 || answer.status === 429) throw new Error(t.silent);
  if (!answer.ok) throw new IssuerRefusal(t.noToken);
  return (await answer.json()) as Tokens;
}

async function discover(at: Issuer): Promise<Discovery> {
  const url = `${at.issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
  const answer = await fetch(url, { signal: AbortSignal.timeout(ANSWER_WITHIN) }).catch(() => null);
  if (!answer?.ok) throw new Error(t.silent);
  return (await answer.json()) as Discovery;
}

function redirect(): string {
  return `${location.origin}/signed-in`;
}

function random(): string {
  return encode(crypto.getRandomValues(new Uint8Array(32)));
}

async function challenge(verifier: string): Promise<string> {
  return encode(new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(verifier))));
}

function encode(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '');
}
