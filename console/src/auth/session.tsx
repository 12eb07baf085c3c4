// Who is signed in, for everything below.
import { createContext, type ReactNode, useCallback, useContext, useEffect, useMemo, useState } from 'react';
import { Provider } from 'urql';
import { useAsk } from '../api/ask';
import { connect, type Wire } from '../api/client';
import { SessionDocument, type Permission, type SessionQuery } from '../gql/graphql';
import { Failed } from '../ui/states';
import { Splash } from '../shell/splash';
import { forget, keep, kept } from './keep';
import { SignIn } from './sign-in';

/** The caller, as the API knows them. */
export type Viewer = SessionQuery['viewer'];

interface Session {
  viewer: Viewer;
  wire: Wire;
  signOut: () => void;
}

const Context = createContext<Session | null>(null);

/** The session; only below SessionGate. */
export function useSession(): Session {
  const session = useContext(Context);
  if (!session) throw new Error('not signed in');
  return session;
}

/** What the caller may do in an account. */
export function permissionsIn(viewer: Viewer, account: string): ReadonlySet<Permission> {
  const own = viewer.accounts.find((place) => place.account.id === account);
  return new Set([...viewer.permissions, ...(own?.role.permissions ?? [])]);
}

/** Shows what is below to whoever is signed in, and the sign-in to everyone else. */
export function SessionGate({ children }: { children: ReactNode }) {
  const [token, setToken] = useState(kept);
  const [ended, setEnded] = useState(false);
  const signIn = useCallback((secret: string, stay: boolean) => {
    keep(secret, stay);
    setEnded(false);
    setToken(secret);
  }, []);
  const leave = useCallback((refused: boolean) => {
    forget();
    setEnded(refused);
    setToken(null);
  }, []);
  if (token === null) return <SignIn ended={ended} onSignIn={signIn} />;
  return <SignedIn key={token} token={token} onLeave={leave}>{children}</SignedIn>;
}

interface SignedInProps {
  token: string;
  onLeave: (refused: boolean) => void;
  children: ReactNode;
}

function SignedIn({ token, onLeave, children }: SignedInProps) {
  const [wire, setWire] = useState<Wire>('connecting');
  const { client, socket } = useMemo(
    () => connect({ token, onRefused: () => onLeave(true), onWire: setWire }),
    [token, onLeave],
  );
  useEffect(() => () => void socket.dispose(), [socket]);
  return <Provider value={client}><Known wire={wire} onLeave={onLeave}>{children}</Known></Provider>;
}

function Known({ wire, onLeave, children }: { wire: Wire; onLeave: (refused: boolean) => void; children: ReactNode }) {
  const { data, fault, again } = useAsk(SessionDocument, {});
  const session = useMemo(
    () => (data ? { viewer: data.viewer, wire, signOut: () => onLeave(false) } : null),
    [data, wire, onLeave],
  );
  if (session) return <Context.Provider value={session}>{children}</Context.Provider>;
  if (fault) return <Splash><Failed fault={fault} again={again} /></Splash>;
  return <Splash busy />;
}
