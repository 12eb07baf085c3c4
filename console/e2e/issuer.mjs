// An issuer of the platform, as small as one can be: discovery, keys, authorization code with PKCE and nonce, RS256
// tokens, refresh tokens that are redeemed once.
import { createHash, generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import { createServer } from 'node:http';

export const AUDIENCE = 'usagegraph';
export const CLIENT = 'usagegraph-console';

/**
 * Starts it. `person` is who signs in next: the claims sub, email, name; null refuses, and is who is not signed in
 * there. `opaque` makes access tokens no JWTs, `lasts` is a token's life in seconds, `refreshes` gives refresh tokens,
 * `nonce` replaces the one asked for, `away` has codes and refresh tokens answered 503, `missed` times. `redeemed`
 * counts what was redeemed, `reused` refresh tokens redeemed twice; `revoked` lists those given back.
 */
export async function openIssuer() {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const issuer = {
    person: null,
    opaque: false,
    lasts: 3600,
    refreshes: false,
    nonce: null,
    redeemed: {},
    reused: 0,
    asked: [],
    revoked: [],
    away: false,
    missed: 0,
    url: '',
    close: null,
  };
  const secrets = new Map(); // refresh token → whose; null: redeemed
  const codes = new Map(); // code → what was asked for, redeemed once
  const encode = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const jwt = (claims) => {
    const text = `${encode({ alg: 'RS256', kid: 'e2e', typ: 'JWT' })}.${encode(claims)}`;
    return `${text}.${sign('sha256', Buffer.from(text), privateKey).toString('base64url')}`;
  };

  const authorize = (query) => {
    const back = new URL(query.get('redirect_uri'));
    back.searchParams.set('state', query.get('state'));
    issuer.asked.push(Object.fromEntries(query));
    if (issuer.person) {
      const code = randomBytes(16).toString('hex');
      codes.set(code, { query, person: issuer.person });
      back.searchParams.set('code', code);
    } else {
      const silent = query.get('prompt') === 'none';
      back.searchParams.set('error', silent ? 'login_required' : 'access_denied');
      if (!silent) back.searchParams.set('error_description', 'The person declined.');
    }
    return back.href;
  };

  const redeem = (form) => {
    const found = codes.get(form.get('code'));
    codes.delete(form.get('code'));
    const challenge = createHash('sha256')
      .update(form.get('code_verifier') ?? '')
      .digest('base64url');
    const fits =
      found &&
      found.query.get('code_challenge_method') === 'S256' &&
      found.query.get('code_challenge') === challenge &&
      form.get('client_id') === CLIENT &&
      form.get('redirect_uri') === found.query.get('redirect_uri');
    if (!fits) return { error: 'invalid_grant' };
    return grant(found.person, {
      audience: found.query.get('audience'),
      nonce: issuer.nonce ?? found.query.get('nonce'),
    });
  };

  const refresh = (form) => {
    const secret = form.get('refresh_token');
    const found = secrets.get(secret);
    if (found === null) issuer.reused++;
    if (!found) return { error: 'invalid_grant' };
    secrets.set(secret, null);
    return grant(found.person, { audience: found.audience });
  };

  const grant = (person, { audience, nonce }) => {
    const now = Math.floor(Date.now() / 1000);
    const claims = {
      iss: issuer.url,
      iat: now,
      exp: now + issuer.lasts,
      jti: randomBytes(8).toString('hex'),
      ...person,
    };
    const tokens = { token_type: 'Bearer', expires_in: issuer.lasts };
    tokens.access_token = issuer.opaque ? randomBytes(24).toString('hex') : jwt({ ...claims, aud: audience });
    tokens.id_token = jwt({
      ...claims,
      aud: [CLIENT, ...(issuer.opaque ? [audience] : [])],
      azp: CLIENT,
      ...(nonce && { nonce }),
    });
    if (issuer.refreshes) {
      tokens.refresh_token = randomBytes(16).toString('hex');
      secrets.set(tokens.refresh_token, { person, audience });
    }
    return tokens;
  };

  const token = (form) => {
    const kind = form.get('grant_type');
    issuer.redeemed[kind] = (issuer.redeemed[kind] ?? 0) + 1;
    return kind === 'refresh_token' ? refresh(form) : redeem(form);
  };

  const server = createServer(async (request, response) => {
    const { pathname, searchParams } = new URL(request.url, issuer.url);
    if (pathname === '/authorize') return response.writeHead(302, { location: authorize(searchParams) }).end();
    let body = '';
    for await (const piece of request) body += piece;
    const answers = {
      '/.well-known/openid-configuration': () => ({
        issuer: issuer.url,
        authorization_endpoint: `${issuer.url}/authorize`,
        token_endpoint: `${issuer.url}/token`,
        revocation_endpoint: `${issuer.url}/revoke`,
        jwks_uri: `${issuer.url}/keys`,
      }),
      '/keys': () => ({ keys: [{ ...publicKey.export({ format: 'jwk' }), kid: 'e2e', alg: 'RS256', use: 'sig' }] }),
      '/token': () => (issuer.away ? { error: 'away', missed: ++issuer.missed } : token(new URLSearchParams(body))),
      '/revoke': () => ({ known: issuer.revoked.push(new URLSearchParams(body).get('token')) }),
    };
    const answer = answers[pathname]?.() ?? { error: 'not_found' };
    response
      .writeHead(answer.error === 'away' ? 503 : answer.error ? 400 : 200, {
        'content-type': 'application/json',
        'access-control-allow-origin': '*',
      })
      .end(JSON.stringify(answer));
  });
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  issuer.url = `http://127.0.0.1:${server.address().port}`;
  issuer.close = () =>
    new Promise((done) => {
      server.close(done);
      server.closeAllConnections();
    });
  return issuer;
}
