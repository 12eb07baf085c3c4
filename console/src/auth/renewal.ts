// The token in force, renewed before it ends.
import { onReturn, patience } from '../api/seen';
import type { Credential } from './credential';
import { IssuerRefusal, issuer, refresh } from './oidc';
import { askTabs, tellTabs } from './tabs';

// A token is renewed when a fifth of its life is left, and a minute at most before its end; in milliseconds.
const MARGIN = 60_000;
const AGAIN_AFTER = 10_000;
const LONGEST = 2_000_000_000; // what a timer of a browser can hold
// A token that is refused so soon after it was got is not helped by another one.
const FRESH = 60_000;
// How long a page whose token has ended waits for an issuer that is away, before the person has to sign in again.
const PATIENCE = 120_000;

/** When to renew a credential, in milliseconds of this device's clock; null: never. */
export function renewAt({ since, ends, refresh: secret }: Credential): number | null {
  return secret === null || ends === null ? null : ends - Math.min(MARGIN, (ends - since) / 5);
}

/** Reports whether a token that was refused may be replaced by another one. */
export function isRenewable({ refresh: secret, since, ends }: Credential, now: number): boolean {
  const lived = ends !== null && ends > since && now >= ends; // however short its life was
  return secret !== null && (lived || now - since > FRESH);
}

/**
 * The next credential of the session. One tab renews, the others take what it got: a refresh token is redeemed once.
 */
export async function renew(credential: Credential): Promise<Credential> {
  return alone(async () => {
    const other = await askTabs(credential.session);
    if (other && other.since > credential.since) return other;
    const from = await issuer();
    if (!from) throw new IssuerRefusal();
    const next = await refresh(from, credential);
    tellTabs(next);
    return next;
  });
}

/** The next credential, waited for while the issuer is out of reach. Throws where it refuses, or stays away. */
export async function renewPatiently(credential: Credential): Promise<Credential> {
  const until = Date.now() + PATIENCE;
  for (;;) {
    try {
      return await renew(credential);
    } catch (error) {
      if (error instanceof IssuerRefusal || Date.now() > until) throw error;
      await patience(AGAIN_AFTER);
    }
  }
}

function alone<R>(run: () => Promise<R>): Promise<R> {
  if (!navigator.locks) return run(); // pages without TLS have no locks
  return navigator.locks.request('usagegraph.renewal', run);
}

/** Renews in time, again and again while the issuer is out of reach. The function that it returns ends that. */
export function keepFresh(credential: Credential, onRenewed: (next: Credential) => void): () => void {
  const at = renewAt(credential);
  if (at === null) return () => {};
  let [ended, running] = [false, false];
  let timer: ReturnType<typeof setTimeout> | undefined;
  const plan = (wait: number) => {
    clearTimeout(timer);
    timer = setTimeout(() => void check(), Math.min(LONGEST, Math.max(0, wait)));
  };
  const check = async () => {
    if (ended || running) return;
    if (Date.now() < at) return plan(at - Date.now());
    running = true;
    const next = await renew(credential).catch((error: unknown) =>
      error instanceof IssuerRefusal ? 'refused' : 'later',
    );
    running = false;
    if (ended || next === 'refused') return;
    if (next === 'later') return plan(AGAIN_AFTER);
    onRenewed(next as Credential);
  };
  plan(at - Date.now());
  const off = onReturn(() => void check()); // a device that slept has slept through its timers
  return () => {
    ended = true;
    clearTimeout(timer);
    off();
  };
}
