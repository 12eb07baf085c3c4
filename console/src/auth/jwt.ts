// What stands in a token of the issuer. The server checks signatures; here a token is only told from another one.

/** The claims that are looked at. */
export interface Claims {
  iss?: string;
  aud?: string | string[];
  exp?: number;
  iat?: number;
  nonce?: string;
}

/** The claims of a JWT; null for anything else, such as an opaque token. */
export function claimsOf(token: string | undefined): Claims | null {
  const parts = token?.split('.') ?? [];
  if (parts.length !== 3) return null;
  const [head, claims] = [decoded(parts[0]!), decoded(parts[1]!)];
  return head && claims && 'alg' in head ? (claims as Claims) : null;
}

function decoded(part: string): object | null {
  try {
    const bytes = Uint8Array.from(atob(part.replaceAll('-', '+').replaceAll('_', '/')), (c) => c.charCodeAt(0));
    const value: unknown = JSON.parse(new TextDecoder().decode(bytes));
    return typeof value === 'object' ? value : null;
  } catch {
    return null;
  }
}

/** Reports whether a token is meant for one of some audiences. */
export function isFor(claims: Claims | null, audiences: readonly string[]): boolean {
  const named = claims?.aud === undefined ? [] : [claims.aud].flat();
  return named.some((audience) => audiences.includes(audience));
}

/** What an issuer answers. */
export interface Tokens {
  access_token?: string;
  id_token?: string;
  refresh_token?: string;
  expires_in?: number;
}

/** The token that the API takes, and how many seconds it lasts (null: unknown). */
export interface Chosen {
  token: string;
  lasts: number | null;
}

/** What tokens the API takes: for whom they are, and of which kind. */
export interface Takes {
  audience: string;
  clientId: string;
  /** `any`, `access` or `id`. */
  tokens?: string;
}

/**
 * Picks the token for the API, of the kind that it takes. Where it takes both, that is the access token where it is a
 * JWT for the API, and the ID token where the access token is opaque or meant for another service; null where there is
 * neither.
 */
export function choose(tokens: Tokens, { audience, clientId: client, tokens: kind }: Takes): Chosen | null {
  const { access_token: access, id_token: id } = tokens;
  const [accessClaims, idClaims] = [claimsOf(access), claimsOf(id)];
  const ofAccess =
    access && accessClaims ? { token: access, lasts: tokens.expires_in ?? lifetime(accessClaims) } : null;
  const ofId = id && idClaims ? { token: id, lasts: lifetime(idClaims) } : null;
  const fitting = ofId && isFor(idClaims, [audience, client]) ? ofId : null;
  if (kind === 'access') return ofAccess;
  if (kind === 'id') return fitting;
  return ofAccess && (isFor(accessClaims, [audience]) || !ofId) ? ofAccess : (fitting ?? ofAccess);
}

// Some issuers date their tokens back, Entra by five minutes, so that this device's clock tells better how long one
// lasts; unless it says that less than half is left of a token that has just been got: then the clock is wrong.
function lifetime({ exp, iat }: Claims): number | null {
  if (exp === undefined) return null;
  const left = exp - Date.now() / 1_000;
  const whole = iat === undefined ? left : exp - iat;
  return Math.max(0, left > whole / 2 ? Math.min(whole, left) : whole);
}
