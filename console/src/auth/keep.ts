// Where the token is kept: for this tab, or on this device where the person asks for it.
const KEY = 'usagegraph.token';

/** The token kept, or null. */
export function kept(): string | null {
  return sessionStorage.getItem(KEY) ?? localStorage.getItem(KEY);
}

/** Keeps a token; `stay` keeps it when the browser is closed. */
export function keep(token: string, stay: boolean): void {
  (stay ? localStorage : sessionStorage).setItem(KEY, token);
}

/** Forgets it everywhere. */
export function forget(): void {
  sessionStorage.removeItem(KEY);
  localStorage.removeItem(KEY);
}
