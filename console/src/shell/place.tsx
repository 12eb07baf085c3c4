// The account on the screen, and what the caller may do there.
import { createContext, type ReactNode, useContext, useMemo } from 'react';
import { useParams } from 'react-router';
import { useAsk } from '../api/ask';
import { permissionsIn, useSession } from '../auth/session';
import { type Permission, PlaceDocument } from '../gql/graphql';
import { LiveAccount } from '../live/live';
import { Failed, Missing } from '../ui/states';
import { Redirect } from './redirect';
import { Splash } from './splash';

export interface Place {
  account: { id: string; name: string };
  can: (permission: Permission) => boolean;
}

/** Where the account comes from; stories give one of their own. */
export const PlaceContext = createContext<Place | null>(null);

/** The account on the screen; only below AccountGate. */
export function usePlace(): Place {
  const place = useContext(PlaceContext);
  if (!place) throw new Error('no account');
  return place;
}

/** The account on the screen; null where there is none. */
export function useOptionalPlace(): Place | null {
  return useContext(PlaceContext);
}

/** Finds the account of the URL: among one's own; where the caller reaches all, the session's first, or by asking. */
export function AccountGate({ children }: { children: ReactNode }) {
  const { account = '' } = useParams();
  const { viewer, first } = useSession();
  const own = viewer.accounts.find((place) => place.account.id === account)?.account;
  const known = own ?? (first?.id === account && viewer.role !== null ? first : null);
  const asks = !known && viewer.role !== null;
  const { data, fault, again } = useAsk(PlaceDocument, { account }, !asks);
  const found = known ?? (asks ? data?.account : null) ?? null;
  const place = useMemo(() => {
    if (!found) return null;
    const held = permissionsIn(viewer, found.id);
    return { account: { id: found.id, name: found.name }, can: (permission: Permission) => held.has(permission) };
  }, [found, viewer]);
  if (fault)
    return (
      <Splash>
        <Failed fault={fault} again={again} />
      </Splash>
    );
  if (place)
    return (
      <PlaceContext.Provider value={place}>
        <LiveAccount key={account} account={account} allowed={place.can('WIDGET')}>
          {children}
        </LiveAccount>
      </PlaceContext.Provider>
    );
  if (asks && !data) return <Splash busy />;
  return viewer.role === null && viewer.accounts.length > 0 && account === '' ? (
    <Redirect to="/" />
  ) : (
    <Splash>
      <Missing />
    </Splash>
  );
}
