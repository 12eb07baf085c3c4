// Who is signed in, for everything below.
import { createContext, lazy, type ReactNode, Suspense, useContext, useEffect, useMemo, useRef, useState } from 'react';
import { Provider } from 'urql';
import { useAsk } from '../api/ask';
import { connect } from '../api/client';
import type { Wire } from '../api/socket';
import { type Permission, SessionDocument, type SessionQuery } from '../gql/graphql';
import { Splash } from '../shell/splash';
import { Failed } from '../ui/states';
import { type Holder, useHolder } from './holder';

const SignIn = lazy(() => import('./sign-in').then(({ SignIn: page }) => ({ default: page })));

/** The caller, as the API knows them. */
export type Viewer = SessionQuery['viewer'];

interface Session {
  viewer: Viewer;
  /** The account of the address that the page was opened with; null: none, or out of reach. */
  first: { id: string; name: string } | null;
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
  const holder = useHolder();
  if (holder.credential)
    return (
      <SignedIn key={holder.round} holder={holder}>
        {children}
      </SignedIn>
    );
  if (holder.searching) return <Splash busy />;
  return (
    <Suspense fallback={<Splash busy />}>
      <SignIn ended={holder.ended} onSignIn={holder.signIn} />
    </Suspense>
  );
}

// One client for the whole sign-in: the token changes beneath it.
function SignedIn({ holder, children }: { holder: Holder; children: ReactNode }) {
  const [wire, setWire] = useState<Wire>('connecting');
  const { current, settled, refused, leave } = holder;
  const { client, socket } = useMemo(
    () => connect({ current, token: settled, onRefused: refused, onWire: setWire }),
    [current, settled, refused],
  );
  useEffect(() => () => void socket.dispose(), [socket]);
  return (
    <Provider value={client}>
      <Known wire={wire} onLeave={leave}>
        {children}
      </Known>
    </Provider>
  );
}

// The account that the page is opened with; '' for none.
function accountInAddress(): string {
  const [, id] = /^\/accounts\/([^/]+)/.exec(location.pathname) ?? [];
  try {
    return decodeURIComponent(id ?? '');
  } catch {
    return ''; // no address of ours
  }
}

function Known({ wire, onLeave, children }: { wire: Wire; onLeave: (refused: boolean) => void; children: ReactNode }) {
  const [account] = useState(accountInAddress);
  const { data, fault, again } = useAsk(SessionDocument, { account, within: account !== '' });
  useAfterLoss(wire, again);
  const session = useMemo(
    () => (data ? { viewer: data.viewer, first: data.account ?? null, wire, signOut: () => onLeave(false) } : null),
    [data, wire, onLeave],
  );
  if (session) return <Context.Provider value={session}>{children}</Context.Provider>;
  if (fault)
    return (
      <Splash>
        <Failed fault={fault} again={again} />
      </Splash>
    );
  return <Splash busy />;
}

// A connection that was closed may have been closed because the role has changed: what the caller may do is asked
// again.
function useAfterLoss(wire: Wire, ask: () => void): void {
  const lost = useRef(false);
  useEffect(() => {
    if (wire === 'live' && lost.current) ask();
    lost.current = wire === 'lost';
  }, [wire, ask]);
}
