// An issuer of the platform, as small as one can be: discovery, keys, authorization code with PKCE, RS256 tokens.
import { createHash, generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import { createServer } from 'node:http';

export const AUDIENCE = 'usagegraph';
export const CLIENT = 'usagegraph-console';

/** Starts it. `person` is who signs in next: the claims sub, email, name; null refuses. */
export async function openIssuer() {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const issuer = { person: null, url: '', close: null };
  const codes = new Map(); // code → what was asked for, redeemed once
  const encode = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const jwt = (claims) => {
    const text = `${encode({ alg: 'RS256', kid: 'e2e', typ: 'JWT' })}.${encode(claims)}`;
    return `${text}.${sign('sha256', Buffer.from(text), privateKey).toString('base64url')}`;
  };

  const authorize = (query) => {
    const back = new URL(query.get('redirect_uri'));
    back.searchParams.set('state', query.get('state'));
    if (issuer.person) {
      const code = randomBytes(16).toString('hex');
      codes.set(code, { query, person: issuer.person });
      back.searchParams.set('code', code);
    } else {
      back.searchParams.set('error', 'access_denied');
      back.searchParams.set('error_description', 'The person declined.');
    }
    return back.href;
  };

  const redeem = (form) => {
    const found = codes.get(form.get('code'));
    codes.delete(form.get('code'));
    const challenge = createHash('sha256').update(form.get('code_verifier') ?? '').digest('base64url');
    const fits = found && found.query.get('code_challenge_method') === 'S256' && found.query.get('code_challenge') === challenge
      && form.get('client_id') === CLIENT && form.get('redirect_uri') === found.query.get('redirect_uri');
    if (!fits) return { error: 'invalid_grant' };
    const now = Math.floor(Date.now() / 1000);
    return { token_type: 'Bearer', access_token: jwt({ iss: issuer.url, aud: found.query.get('audience'), iat: now, exp: now + 3600, ...found.person }) };
  };

  const server = createServer(async (request, response) => {
    const { pathname, searchParams } = new URL(request.url, issuer.url);
    if (pathname === '/authorize') return response.writeHead(302, { location: authorize(searchParams) }).end();
    let body = '';
    for await (const piece of request) body += piece;
    const answers = {
      '/.well-known/openid-configuration': () => ({ issuer: issuer.url, authorization_endpoint: `${issuer.url}/authorize`, token_endpoint: `${issuer.url}/token`, jwks_uri: `${issuer.url}/keys` }),
      '/keys': () => ({ keys: [{ ...publicKey.export({ format: 'jwk' }), kid: 'e2e', alg: 'RS256', use: 'sig' }] }),
      '/token': () => redeem(new URLSearchParams(body)),
    };
    const answer = answers[pathname]?.() ?? { error: 'not_found' };
    response.writeHead(answer.error ? 400 : 200, { 'content-type': 'application/json', 'access-control-allow-origin': '*' }).end(JSON.stringify(answer));
  });
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  issuer.url = `http://127.0.0.1:${server.address().port}`;
  issuer.close = () => new Promise((done) => { server.close(done); server.closeAllConnections(); });
  return issuer;
}
