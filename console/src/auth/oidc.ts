// Signing in with the platform's issuer: authorization code with PKCE, a public client, the redirect to /signed-in.

import { text } from '../ui/text';

const t = text.signIn;

/** What /console-config.json tells; null without an issuer. */
export interface Issuer {
  issuer: string;
  clientId: string;
  scope: string;
  audience: string;
}

interface Discovery {
  authorization_endpoint: string;
  token_endpoint: string;
}

const PENDING = 'usagegraph.oidc';

/** How this server lets people sign in besides tokens. */
export async function issuer(): Promise<Issuer | null> {
  const answer = await fetch('/console-config.json');
  return answer.ok ? ((await answer.json()) as { oidc: Issuer | null }).oidc : null;
}

/** Leaves for the issuer; it comes back to /signed-in. */
export async function leave(to: Issuer, back: string): Promise<void> {
  const { authorization_endpoint } = await discover(to);
  const verifier = random();
  const state = random();
  sessionStorage.setItem(PENDING, JSON.stringify({ verifier, state, back }));
  const url = new URL(authorization_endpoint);
  const query = {
    response_type: 'code', client_id: to.clientId, redirect_uri: redirect(), scope: to.scope, state,
    code_challenge_method: 'S256', code_challenge: await challenge(verifier),
  };
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
  if (to.audience) url.searchParams.set('audience', to.audience);
  location.assign(url);
}

/** Redeems what the issuer sent back: the token, and where the person wanted to go. Throws when it does not fit. */
export async function redeem(from: Issuer, params: URLSearchParams): Promise<{ token: string; back: string }> {
  const pending = JSON.parse(sessionStorage.getItem(PENDING) ?? 'null') as { verifier: string; state: string; back: string } | null;
  sessionStorage.removeItem(PENDING);
  const code = params.get('code');
  if (!pending || !code || params.get('state') !== pending.state) throw new Error(params.get('error_description') ?? t.unfit);
  const { token_endpoint } = await discover(from);
  const body = new URLSearchParams({
    grant_type: 'authorization_code', code, client_id: from.clientId, redirect_uri: redirect(), code_verifier: pending.verifier,
  });
  const answer = await fetch(token_endpoint, { method: 'POST', body });
  const { access_token } = (await answer.json()) as { access_token?: string };
  if (!answer.ok || !access_token) throw new Error(t.noToken);
  return { token: access_token, back: pending.back };
}

async function discover(at: Issuer): Promise<Discovery> {
  const answer = await fetch(`${at.issuer.replace(/\/$/, '')}/.well-known/openid-configuration`).catch(() => null);
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
  return btoa(String.fromCharCode(...bytes)).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}
