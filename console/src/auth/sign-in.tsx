// Signing in: with an API token, or with the platform's issuer where the server names one.
import { Alert, Button, Checkbox, Divider, PasswordInput, Text } from '@mantine/core';
import { type FormEvent, useEffect, useState } from 'react';
import { useNavigate } from 'react-router';
import { Brand } from '../shell/brand';
import { text } from '../ui/text';
import { type Credential, plain } from './credential';
import { type Issuer, issuer, leave, redeem } from './oidc';

const t = text.signIn;

interface SignInProps {
  /** The server no longer takes the token. */
  ended: boolean;
  onSignIn: (credential: Credential, stay: boolean) => void;
}

/** The page of whoever is not signed in. */
export function SignIn({ ended, onSignIn }: SignInProps) {
  const { provider, problem, working, go } = useIssuer(onSignIn);
  return (
    <main className="sign-in">
      <div className="sign-in-card">
        <Brand />
        <h1>{t.title}</h1>
        <Text c="dimmed" size="sm">
          {t.lead}
        </Text>
        {ended && (
          <Alert color="yellow" role="alert">
            {t.ended}
          </Alert>
        )}
        {problem && (
          <Alert color="red" role="alert">
            {t.failed} {problem}
          </Alert>
        )}
        {working ? <Text role="status">{t.working}</Text> : <TokenForm onSignIn={onSignIn} />}
        {provider && !working && (
          <>
            <Divider label={t.or} />
            <Button variant="default" fullWidth onClick={() => go(provider)}>
              {t.sso}
            </Button>
          </>
        )}
      </div>
    </main>
  );
}

function TokenForm({ onSignIn }: Pick<SignInProps, 'onSignIn'>) {
  const [token, setToken] = useState('');
  const [stay, setStay] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const secret = token.trim();
    const wrong = secret === '' ? t.empty : /^[\x21-\x7e]+$/.test(secret) ? null : t.odd;
    setProblem(wrong);
    if (!wrong) onSignIn(plain(secret), stay);
  };
  return (
    <form onSubmit={submit} className="stack">
      <PasswordInput
        label={t.token}
        description={t.hint}
        value={token}
        error={problem}
        autoComplete="off"
        autoFocus
        spellCheck={false}
        name="token"
        onChange={(event) => setToken(event.currentTarget.value)}
      />
      <Checkbox label={t.stay} checked={stay} onChange={(event) => setStay(event.currentTarget.checked)} />
      <Button type="submit" fullWidth>
        {t.submit}
      </Button>
    </form>
  );
}

function useIssuer(onSignIn: SignInProps['onSignIn']) {
  const [provider, setProvider] = useState<Issuer | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const [working, setWorking] = useState(location.pathname === '/signed-in');
  const navigate = useNavigate();
  const fail = (error: unknown) => {
    setWorking(false);
    setProblem(error instanceof Error ? error.message : null);
  };
  useEffect(() => {
    let gone = false;
    const run = async () => {
      const found = await issuer();
      if (gone) return;
      setProvider(found);
      if (!found || location.pathname !== '/signed-in') return setWorking(false);
      const params = new URLSearchParams(location.search);
      history.replaceState(null, '', '/signed-in'); // the code is used once, also where effects run twice
      if (!params.has('code') && !params.has('error')) return setWorking(false);
      const { credential, back } = await redeem(found, params);
      await navigate(back.startsWith('/signed-in') ? '/' : back, { replace: true });
      if (credential) onSignIn(credential, false);
      else setWorking(false);
    };
    run().catch(fail);
    return () => void (gone = true);
  }, [onSignIn]);
  const go = (to: Issuer) => void leave(to, location.pathname + location.search).catch(fail);
  return { provider, problem, working, go };
}
