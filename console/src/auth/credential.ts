// What a person is signed in with, and where it is kept: for this tab, or on this device where the person asks for it.

/** A token, and how to get the next one. */
export interface Credential {
  token: string;
  /** One sign-in, whatever tabs and renewals came of it. */
  session: string;
  /** When this token was got, in milliseconds of this device's clock. */
  since: number;
  /** When it ends; null where nobody told. */
  ends: number | null;
  /** Redeemed for the next token; null: it was signed in with an API token, or the issuer gives none. */
  refresh: string | null;
  /** It came from the platform's issuer, which may sign the person in again without asking. */
  issued: boolean;
}

const TOKEN = 'usagegraph.token';
const REST = 'usagegraph.session';
// The person signed in with the issuer on this device and has not signed out since. It holds no secret.
const KNOWN = 'usagegraph.issuer';

/** A credential that is an API token. */
export function plain(token: string): Credential {
  return { token, session: token, since: Date.now(), ends: null, refresh: null, issued: false };
}

/** The credential kept, or null. */
export function kept(): Credential | null {
  const token = sessionStorage.getItem(TOKEN) ?? localStorage.getItem(TOKEN);
  if (token === null) return null;
  const rest = parsed(sessionStorage.getItem(REST));
  return rest?.token === token ? rest : plain(token);
}

function parsed(text: string | null): Credential | null {
  try {
    return JSON.parse(text ?? 'null') as Credential | null;
  } catch {
    return null;
  }
}

/** Keeps a credential; `stay` keeps it when the browser is closed. */
export function keep(credential: Credential, stay: boolean): void {
  (stay ? localStorage : sessionStorage).setItem(TOKEN, credential.token);
  if (!credential.issued) return;
  sessionStorage.setItem(REST, JSON.stringify(credential));
  localStorage.setItem(KNOWN, '1');
}

/** Forgets it everywhere. */
export function forget(): void {
  for (const store of [sessionStorage, localStorage]) store.removeItem(TOKEN);
  sessionStorage.removeItem(REST);
}

/** Whether the issuer may be asked without asking the person. */
export function isKnown(): boolean {
  return localStorage.getItem(KNOWN) !== null;
}

/** The person has signed out: the issuer is not asked again by itself. */
export function forgetIssuer(): void {
  localStorage.removeItem(KNOWN);
}
