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
// The sessions that the person has signed out of on this device: a tab that was elsewhere then, and comes back, was not
// told. It holds no secrets.
const LEFT = 'usagegraph.left';
const MOST_LEFT = 50;

/** A credential that is an API token. */
export function plain(token: string): Credential {
  return { token, session: markOf(token), since: Date.now(), ends: null, refresh: null, issued: false };
}

// What tells a token from others and gives nothing of its secret away: of our own its public beginning, of a JWT a
// piece of its signature.
function markOf(token: string): string {
  return /^ug_[a-z2-7]{8}_/.test(token) ? token.slice(0, 11) : token.slice(-12);
}

/** The credential kept, or null. */
export function kept(): Credential | null {
  for (const store of [sessionStorage, localStorage]) {
    const token = store.getItem(TOKEN);
    if (token === null) continue;
    const rest = parsed(sessionStorage.getItem(REST));
    const found = rest?.token === token ? rest : plain(token);
    if (!hasLeft(found.session)) return found;
    store.removeItem(TOKEN);
  }
  return null;
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
  if (!credential.issued) {
    putLeft(left().filter((session) => session !== credential.session)); // the same token is the same session
    return;
  }
  sessionStorage.setItem(REST, JSON.stringify(credential));
  localStorage.setItem(KNOWN, '1');
}

/** Forgets it everywhere. What this device keeps of another sign-in stays. */
export function forget(token: string): void {
  for (const name of [TOKEN, REST]) sessionStorage.removeItem(name);
  if (localStorage.getItem(TOKEN) === token) localStorage.removeItem(TOKEN);
}

/** The person has signed out of a session. */
export function noteLeft(session: string): void {
  putLeft([...left(), session].slice(-MOST_LEFT));
}

/** Whether the person has signed out of a session, in whatever tab. */
export function hasLeft(session: string): boolean {
  return left().includes(session);
}

function left(): string[] {
  return (localStorage.getItem(LEFT) ?? '').split(' ').filter(Boolean);
}

function putLeft(sessions: string[]): void {
  if (sessions.length > 0) localStorage.setItem(LEFT, sessions.join(' '));
  else localStorage.removeItem(LEFT);
}

/** Whether the issuer may be asked without asking the person. */
export function isKnown(): boolean {
  return localStorage.getItem(KNOWN) !== null;
}

/** The person has signed out: the issuer is not asked again by itself. */
export function forgetIssuer(): void {
  localStorage.removeItem(KNOWN);
}
